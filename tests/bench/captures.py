"""The captures of the benchmark: made once, described by a sidecar file, the same on every machine.

- `mixed`: ordinary traffic of which 2 % is SSDP, about 0.9 GB.
- `http`: descriptions, calls and events between other traffic, about 0.3 GB.
- `ssdp`: SSDP alone, for some hours.
- `planted`: as `mixed`, with ten attacks in it.
- `long`: the same hosts as `ssdp`, for ten times as long.
"""

import heapq
import json
import random
from collections.abc import Iterator
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Any, NamedTuple

from .background import HOME, OFFICE, Background
from .control import Control
from .discovery import Discovery, Scene
from .pcapwrite import PcapWriter
from .planted import Planter, digest
from .truth import Frame, Truth

RECIPE = 4
"""Raise it whenever what is generated changes; older files are then made anew."""
SEED = 1900
START_US = 1_709_539_200_000_000
"""2024-03-04 08:00 UTC."""

FRAMES = {
    "mixed": 1_500_000,
    "planted": 1_500_000,
    "http": 360_000,
    "ssdp": 1_000_000,
    "long": 10_000_000,
}
FRAMES_OF_AN_EXCHANGE = 18
"""Of `http`, the other traffic included."""
MIRROR = Scene(
    300, 40, pace=1.2, search_seconds=75, reboot_seconds=2500, heard=1.0, unreachable=True
)
"""A mirror port: every reply is heard, more than half as many as there are announcements."""
CAMPUS = Scene(
    500, 60, pace=0.9, search_seconds=18, reboot_seconds=20_000, heard=0.05, unreachable=False
)
"""An ordinary port, as most captures are taken: of 100 messages about 70 announce, 25 search
and 5 reply, as in the 8,000 of 286 captures that were counted for this mix."""


class Capture(NamedTuple):
    """A capture file and what is truly in it."""

    name: str
    path: Path
    truth: dict[str, Any]


def make(name: str, directory: Path, scale: float = 1.0) -> Capture:
    """Return the named capture, generating it where it is missing or of an older recipe."""
    frames = max(1, round(FRAMES[name] * scale))
    path = directory / f"{name}-{frames}.pcap"
    sidecar = path.with_suffix(".json")
    wanted: dict[str, Any] = {"recipe": RECIPE, "seed": SEED, "frames": frames}
    if name == "planted":
        wanted["attacks"] = digest()
    if path.exists() and sidecar.exists():
        truth = json.loads(sidecar.read_text())
        if wanted.items() <= truth.items() and truth["bytes"] == path.stat().st_size:
            return Capture(name, path, truth)
    directory.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".part")
    truth = wanted | _write(unfinished, name, frames)
    unfinished.replace(path)
    sidecar.write_text(json.dumps(truth, indent=1) + "\n")
    return Capture(name, path, truth)


def _write(path: Path, name: str, frames: int) -> dict[str, Any]:
    background = None
    if name not in ("ssdp", "long"):
        mix = HOME if name == "http" else OFFICE
        background = Background(random.Random(SEED + 1), mix, START_US)
    control = None
    stream: Iterator[Frame]
    if name == "http":
        control = Control(random.Random(SEED), frames // FRAMES_OF_AN_EXCHANGE, START_US)
        stream = control.frames()
    else:
        scene = MIRROR if background else CAMPUS
        stream = Discovery(random.Random(SEED), scene, START_US).frames()
    if background:
        stream = heapq.merge(stream, background.frames(), key=itemgetter(0))
    planter = Planter(frames) if name == "planted" else None
    if planter:
        stream = planter.frames(stream)
    truth = Truth()
    first = last = 0
    with PcapWriter(path) as out:
        for frame in islice(stream, frames):
            last = frame.time_us
            first = first or last
            out.write(last, frame.data)
            truth.add(frame)
    if control and not control.finished:
        raise ValueError(f"{frames} frames end before the exchanges do")
    return (
        {
            "bytes": out.size,
            "sha256": out.sha256,
            "first_time_us": first,
            "last_time_us": last,
            "tcp_flows": background.flows if background else 0,
        }
        | truth.as_dict()
        | ({"http": control.as_dict()} if control else {})
        | ({"planted": planter.as_dict()} if planter else {})
    )
