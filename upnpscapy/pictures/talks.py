"""Pairs of hosts, or of a host and a group, with what they said to each other."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from upnpscapy.pictures.moments import Moments, is_group
from upnpscapy.pictures.palette import KINDS
from upnpscapy.pictures.tracks import ANYONE, Frame

if TYPE_CHECKING:
    from upnpscapy.forensics.case import Case

__all__ = ["MAX_HOSTS", "MAX_PAIRS", "Talk", "most_telling", "talks_of"]

MAX_HOSTS = 40
MAX_PAIRS = 60

_TO_CONTROL_POINT = frozenset(("response", "event", "refusal", "alive", "byebye", "update"))
"""What devices send."""


@dataclass(slots=True, eq=False)
class Talk:
    """What two said to each other, or one said to a group."""

    left: bytes
    right: bytes
    counts: Counter[str] = field(default_factory=Counter)
    first: dict[str, Frame] = field(default_factory=dict)

    @property
    def kinds(self) -> list[str]:
        """What was said, in the order of a conversation."""
        return [kind for kind in KINDS if self.counts[kind]]

    @property
    def rank(self) -> tuple[int, int]:
        """How much of UPnP there is in it, in kinds and in messages."""
        counts = self.counts
        return len(counts) - ("other" in counts), counts.total() - counts["other"]

    def take(self, kind: str, count: int, first: Frame) -> None:
        """Take what was said besides, and where first."""
        self.counts[kind] += count
        self.first.setdefault(kind, first)

    @property
    def is_announcement(self) -> bool:
        """Whether it is what a device says to a group."""
        return is_group(self.right) and bool(self.counts.keys() & _TO_CONTROL_POINT)


def talks_of(case: Case, moments: Moments) -> list[Talk]:
    """All pairs in the order they were first heard; events and answers count with their pair.

    What a host announces to a group and what it searches there are two.
    """
    found: dict[tuple[bytes, bytes, bool], Talk] = {}

    def take(source: bytes, destination: bytes, kind: str, count: int, first: Frame) -> None:
        of_device, group = kind in _TO_CONTROL_POINT, is_group(destination)
        pair = (destination, source) if of_device and not group else (source, destination)
        key = *pair, of_device and group
        talk = found.get(key)
        if talk is None:
            talk = found[key] = Talk(*pair)
        talk.take(kind, count, first)

    for tracks in (moments.discovery, moments.http):
        for (source, destination, kind), stream in tracks.streams.items():
            asked = found.get((source, destination, False))
            if kind == "refusal" and asked is not None:
                # The answer to an event goes to the device.
                asked.take(kind, stream.count, stream.first)
            else:
                take(source, destination, kind, stream.count, stream.first)
    for row in case.events:
        if row.exchange is None:
            sighting = row.sighting
            frame = row.capture, sighting.frame
            take(sighting.source, sighting.destination, "event", 1, frame)
    return list(found.values())


def most_telling(every: list[Talk]) -> list[Talk]:
    """Those with most to tell, until there are too many hosts."""
    ranked = sorted(every, key=lambda talk: talk.rank, reverse=True)
    hosts: set[bytes] = set()
    chosen: list[Talk] = []
    for talk in ranked:
        more = {talk.left, talk.right} - hosts
        if ANYONE in more or len(hosts) + len(more) > MAX_HOSTS or len(chosen) == MAX_PAIRS:
            continue
        hosts |= more
        chosen.append(talk)
    kept = set(chosen)
    return [talk for talk in every if talk in kept]
