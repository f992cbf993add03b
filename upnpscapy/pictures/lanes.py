"""What each host said, by kind and time: what a timeline shows."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING

from upnpscapy.pictures.hosts import Host, Hosts
from upnpscapy.pictures.moments import Moments
from upnpscapy.pictures.palette import KINDS
from upnpscapy.pictures.tracks import ANYONE, Cell
from upnpscapy.pictures.words import counted

if TYPE_CHECKING:
    from upnpscapy.forensics.case import Case

__all__ = ["Lane", "lanes_of"]

_first_ns = attrgetter("first_ns")


@dataclass(slots=True)
class Lane:
    """One host, or all others."""

    host: Host
    cells: dict[str, list[Cell]] = field(default_factory=dict)
    """By kind, in the order of time after ``sort``."""
    counts: Counter[str] = field(default_factory=Counter)
    """Messages by kind, those without a time too."""

    @property
    def kinds(self) -> list[str]:
        """Those that it said, in the order of a conversation."""
        return [kind for kind in KINDS if self.counts[kind]]

    @property
    def first_ns(self) -> int:
        """When it was first heard."""
        return min((cells[0].first_ns for cells in self.cells.values() if cells), default=0)

    @property
    def rank(self) -> tuple[int, int]:
        """How much of UPnP it says, in kinds and in messages."""
        kinds = [kind for kind in self.kinds if kind not in ("other", "refusal")]
        return len(kinds), sum(self.counts.values())

    def take(self, kind: str, cells: list[Cell], count: int) -> None:
        """Take what was said besides."""
        self.counts[kind] += count
        self.cells.setdefault(kind, []).extend(cells)

    def sort(self) -> None:
        """Put what was taken in the order of time."""
        for cells in self.cells.values():
            cells.sort(key=_first_ns)


def lanes_of(case: Case, moments: Moments, most: int) -> list[Lane]:
    """Control points, then devices, each in the order they were first heard; the others last.

    Of more than ``most``, those that say least are taken together.
    """
    hosts = Hosts(case, moments)
    found: dict[bytes, Lane] = {}
    for tracks in (moments.discovery, moments.http):
        counts: dict[tuple[bytes, str], int] = {}
        for (source, _, kind), stream in tracks.streams.items():
            counts[source, kind] = counts.get((source, kind), 0) + stream.count
        for source in {source: None for source, _ in counts}:
            lane = found.setdefault(source, Lane(hosts[source]))
            for kind, cells in tracks.cells(source).items():
                lane.take(kind, cells, counts[source, kind])
    for row in case.events:
        if row.exchange is None:
            lane = found.setdefault(row.sighting.source, Lane(hosts[row.sighting.source]))
            at, frame = row.time_ns, row.sighting.frame
            cells = [] if at is None else [Cell([(at, row.capture, frame)])]
            lane.take("event", cells, 1)
    for lane in found.values():
        lane.sort()
    others = found.pop(ANYONE, None)
    ranked = sorted(found.values(), key=lambda lane: lane.rank, reverse=True)
    if len(ranked) <= most and others is None:
        return sorted(ranked, key=_order)
    shown, rest = ranked[: most - 1], ranked[most - 1 :]
    more = "at least " if others is not None else ""
    words = f"{more}{counted(len(rest) + (others is not None), 'other host')}"
    last = Lane(Host(words, "", False, False))
    for lane in [*rest, *([] if others is None else [others])]:
        for kind in lane.kinds:
            last.take(kind, lane.cells.get(kind, []), lane.counts[kind])
    last.sort()
    return [*sorted(shown, key=_order), last]


def _order(lane: Lane) -> tuple[bool, int, str]:
    return lane.host.is_device, lane.first_ns, lane.host.address
