"""Records attacks on real software in the lab: python -m tests.corpus.record [NAME …], as root.

What findings must cite is asked of tshark, not of the rules: for each expected finding a display
filter of requests, whose answers belong to it too.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from pathlib import Path

from tests.corpus.folder import ATTACKS, readme
from tests.corpus.recipe import SCHEMA, TITLES, encoded
from tests.corpus.recordings import EFFECT, RECORDINGS, Recording
from tests.lab import record as lab_record
from tests.lab import requirements
from tests.lab.daemons import miniupnpd, recording
from tests.lab.namespaces import STATE, own_prefix
from tests.lab.network import Network
from tests.lab.programs import run
from upnpscapy.capture.pcapng_write import Interface, PcapngWriter
from upnpscapy.capture.reader import CaptureReader
from upnpscapy.capture.source import Source


def main(arguments: Sequence[str]) -> int:
    """0 when the named recordings are written, 1 when something is missing."""
    reason = requirements.missing()
    if reason:
        print(reason, file=sys.stderr)
        return 1
    scratch = STATE / own_prefix(0)
    scratch.mkdir(parents=True, mode=0o700)
    try:
        lab_record._hide_kernel_release(scratch)
        for one in RECORDINGS:
            if not arguments or one.name in arguments:
                _record(one, scratch / f"{one.name}.pcap")
    finally:
        shutil.rmtree(scratch)
    (ATTACKS / "README.md").write_text(readme(), encoding="utf-8")
    return 0


def _record(one: Recording, made: Path) -> None:
    with (
        Network() as network,
        miniupnpd(network.router, ipv6=False, secure=one.secure),
        recording(network.bridge, made),
    ):
        one.play(network)
    target = ATTACKS / f"recorded-{one.name}.pcapng"
    count = _rewrite(made, target, one)
    findings = [
        {
            "rule": find.rule,
            "severity": find.severity,
            "outcome": find.outcome,
            "subject": find.subject,
            "frames": sorted({number for text in find.filters for number in _frames(made, text)}),
        }
        for find in one.finds
    ]
    sidecar = {
        "schema": SCHEMA,
        "rule": one.rule,
        "title": TITLES[one.rule],
        "attack": bool(findings),
        "differs": "",
        "synthetic": False,
        "made_by": one.made_by,
        "link": "ether",
        "frames": count,
        "findings": findings,
    }
    target.with_suffix(".json").write_bytes(encoded(sidecar))
    print(f"{target.name}: {count} frames", file=sys.stderr)


def _rewrite(made: Path, target: Path, one: Recording) -> int:
    """The recording as pcapng, with a comment; how many frames it has."""
    banners = run(["tshark", "-r", str(made), "-Y", "http.server", "-T", "fields", "-e",
                   "http.server"]).splitlines()  # fmt: skip
    version = next((line for line in banners if "MiniUPnPd" in line), "miniupnpd")
    comment = f"RECORDED upnpscapy {one.rule}: {one.made_by}; {version}"
    with Source(made) as opened, target.open("wb") as file:
        writer = PcapngWriter(file, comments=[comment], application="python -m tests.corpus.record")
        for batch in CaptureReader(opened).batches():
            for start in batch.starts:
                time_ns, captured, original = batch.describe(batch.data, start)
                frame = batch.data[start : start + captured]
                writer.write(Interface(batch.link_type), frame, time_ns, original)
        return writer.frames


def _frames(made: Path, text: str) -> set[int]:
    """Frames that a filter has, and of requests the answers, with all segments of each."""
    filters = [text.removeprefix(EFFECT)]
    if not text.startswith(EFFECT):
        found = _fields(made, text)
        filters += [f"http.request_in == {number}" for number, _ in found]
    numbers: set[int] = set()
    for one in filters:
        for number, segments in _fields(made, one):
            numbers |= {number, *segments}
    return numbers


def _fields(made: Path, text: str) -> list[tuple[int, list[int]]]:
    words = ["tshark", "-r", str(made), "-Y", text, "-T", "fields"]
    told = run([*words, "-e", "frame.number", "-e", "tcp.segment"])
    rows = (line.split("\t") for line in told.splitlines() if line[:1].isdigit())
    return [
        (int(number), [int(one) for one in segments.split(",") if one]) for number, segments in rows
    ]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
