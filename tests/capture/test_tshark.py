"""``messages`` equals tshark on every capture; every difference is explained and pinned.

Where tshark misses what is there, see ``test_tshark_misses``.
"""

from pathlib import Path
from typing import NamedTuple

import pytest

import upnpscapy
from tests.capture.corpus import CAPTURES, PCAPS
from tests.capture.tshark import needs_tshark, rows

FIELDS = (
    "frame.number frame.protocols ip.src ipv6.src ip.dst ipv6.dst udp.srcport udp.dstport "
    "_ws.col.Info http.location http.server http.user_agent http.host"
).split()


class Seen(NamedTuple):
    """A message by either's account."""

    src: str | None
    dst: str | None
    sport: str | None
    dport: str | None
    start_line: str
    location: str | None
    server: str | None
    user_agent: str | None
    host: str | None


QUOTED = "quoted in an ICMP error, so that its sender's host never took it"
EMPTY = "a datagram of no bytes to port 1900: listed as other here, as bare UDP there"

DIFFERENCES: dict[str, dict[int, str]] = {
    "andypitcher__IoT_Sentinel__WeMoSwitch__Setup-A-3-STA.pcap": dict.fromkeys(
        (356, 357, 358), QUOTED
    ),
    "apache__drill__pcapng__sniff.pcapng": {58: EMPTY},
}
"""Capture, frame, explanation."""

LEAST = 30
"""Messages in each capture of ``pcaps/``, so that no oracle that finds nothing is believed."""


def ours(path: Path) -> dict[int, Seen]:
    found = {}
    for row in upnpscapy.analyze(path).messages:
        values = [row.column(name) for name in ("src", "dst", "sport", "dport", "start_line")]
        headers = [row.column(name) for name in ("location", "server", "user_agent", "host")]
        frame = row.column("frame")
        assert isinstance(frame, int)
        found[frame] = Seen(*map(str, values), *headers)
    return found


def theirs(path: Path) -> tuple[dict[int, Seen], set[int]]:
    """What tshark calls SSDP, and the frames where it is quoted in ICMP errors."""
    found, quoted = {}, set()
    for row in rows(path, "ssdp", *FIELDS):
        (number, *_), (protocols, *_) = row["frame.number"], row["frame.protocols"]
        first = {name: values[0] for name, values in row.items()}
        found[int(number)] = Seen(
            first.get("ipv6.src") or first.get("ip.src"),
            first.get("ipv6.dst") or first.get("ip.dst"),
            first["udp.srcport"],
            first["udp.dstport"],
            first["_ws.col.Info"].strip(),
            *[first.get(f"http.{name}") for name in ("location", "server", "user_agent", "host")],
        )
        if "icmp" in protocols:
            quoted.add(int(number))
    return found, quoted


@needs_tshark
@pytest.mark.parametrize("name", CAPTURES)
def test_messages_equal_tshark(name: str) -> None:
    path = CAPTURES[name]
    here, (there, quoted) = ours(path), theirs(path)
    differences = {}
    for frame in here.keys() | there.keys():
        if frame in quoted and frame not in here:
            differences[frame] = QUOTED
        elif frame not in there and not here[frame].start_line:
            differences[frame] = EMPTY
        else:
            assert here.get(frame) == there.get(frame), frame
    assert differences == DIFFERENCES.get(name, {})
    if path.parent == PCAPS:
        assert len(here) > LEAST
