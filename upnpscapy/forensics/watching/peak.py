"""The densest window of messages from, or to, one address; counted by quarters of a second."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Literal

from upnpscapy.capture.datagrams import address_text
from upnpscapy.capture.sighting import Sighting
from upnpscapy.forensics.finding import Evidence
from upnpscapy.forensics.place import Place
from upnpscapy.protocol.frames import Frames

__all__ = ["BUCKET_NS", "SECOND", "Counts", "Peak", "PeakKind", "without_copies"]

SECOND = 1_000_000_000
BUCKET_NS = SECOND // 4

COPY_NS = 5_000_000
"""What a bridge or a mirror port repeats, it repeats within this."""

MAX_FRAMES = 16
"""Frames kept of each quarter of a second."""

MAX_SOURCES = 4096
"""Senders told apart in a window."""

MAX_PAYLOADS = 1 << 16

PeakKind = Literal["notify", "same-notify", "new-udn", "search", "response-in", "reflection"]

_payload, _source = itemgetter(11), itemgetter(4)


@dataclass(eq=False, slots=True)
class Peak:
    """The densest window of one kind of messages from, or to, one address.

    Kept from below what the catalogue calls unusual on, so that rules hold the thresholds.
    Copies that a bridge or a mirror port made are counted once; messages without time are not.
    Windows begin and end with quarters of a second.
    """

    kind: PeakKind
    """``notify`` all NOTIFY of a source, ``same-notify`` one NTS and USN of it,
    ``new-udn`` UDNs that its link address had not announced before, ``search`` its M-SEARCH,
    ``response-in`` responses to a destination that had not searched from that port,
    ``reflection`` unicast searches that seem to come from a source, with what it was sent."""
    source: str | None
    """None for ``response-in``, which has ``sources``."""
    link_source: str | None
    """Of the first message, for ``response-in`` too."""
    destination: str
    """For ``response-in`` the receiver of all; else where the first message went."""
    window_seconds: int
    """10 for ``notify same-notify search response-in``, 60 for ``new-udn reflection``."""
    count: int
    """Messages, or new UDNs, in the window."""
    first_ns: int
    last_ns: int
    """Of the messages in the window."""
    frames: Frames
    """Of the window, as numbered inside; of a dense one not all, but ``count`` says how many."""
    place: Place
    sources: dict[str, int] = field(default_factory=dict)
    """Messages by sender, the busiest first; of the first 4096 senders."""
    ephemeral: int = 0
    """Messages that came from another port than 1900."""
    bytes_in: int = 0
    """UDP payload of these messages."""
    responses: int = 0
    """For ``reflection``: responses to that address in the window."""
    bytes_out: int = 0
    """For ``reflection``: their UDP payload."""
    response_frames: tuple[int, ...] = ()
    """For ``reflection``: the first of them."""
    detail: str | None = None
    """For ``same-notify``: NTS, a blank, USN."""

    @property
    def subject(self) -> str:
        """The address it is about."""
        return self.destination if self.source is None else self.source

    def evidence(self, what: str, value: object = None) -> Evidence:
        """Its frames as evidence."""
        ends = self.source, self.destination
        times = self.first_ns, self.last_ns
        return Evidence.of(what, self.place, self.frames, times[0], *ends, value, times[1])


@dataclass(eq=False, slots=True)
class _Bucket:
    """What came in a quarter of a second."""

    count: int = 0
    first_ns: int = 0
    last_ns: int = 0
    size: int = 0
    ephemeral: int = 0
    frames: list[int] = field(default_factory=list)
    sources: dict[bytes, int] = field(default_factory=dict)
    responses: int = 0
    bytes_out: int = 0
    response_frames: list[int] = field(default_factory=list)


class Counts:
    """Counts of one subject; keeps the last window and the densest."""

    def __init__(self, first: Sighting, place: Place, window_seconds: int) -> None:
        self._first = first
        self._place = place
        self._window = window_seconds * SECOND // BUCKET_NS
        self._buckets: dict[int, _Bucket] = {}
        self._best: list[_Bucket] = []
        self._best_count = 0

    def add(self, sent: Sequence[Sighting], base: int) -> None:
        """Take messages, which have times; ``base`` is added to frame numbers."""
        by_bucket: dict[int, list[Sighting]] = defaultdict(list)
        for sighting in sent:
            by_bucket[(sighting[3] or 0) // BUCKET_NS].append(sighting)
        for number, group in by_bucket.items():
            bucket = self._bucket(number)
            if not bucket.count:
                bucket.first_ns = group[0].time_ns or 0
            bucket.last_ns = group[-1].time_ns or 0
            bucket.count += len(group)
            bucket.size += sum(map(len, map(_payload, group)))
            bucket.ephemeral += sum(sighting.sport != 1900 for sighting in group)
            room = MAX_FRAMES - len(bucket.frames)
            bucket.frames += [base + sighting.frame for sighting in group[:room]]
            sources = bucket.sources
            for source in map(_source, group):
                if source in sources or len(sources) < MAX_SOURCES:
                    sources[source] = sources.get(source, 0) + 1
        self._look()

    def add_responses(self, sent: Sequence[Sighting], base: int) -> None:
        """Take responses to the subject."""
        for sighting in sent:
            bucket = self._bucket((sighting.time_ns or 0) // BUCKET_NS)
            bucket.responses += 1
            bucket.bytes_out += len(sighting.payload)
            if len(bucket.response_frames) < MAX_FRAMES:
                bucket.response_frames.append(base + sighting.frame)
        self._look()

    def peak(self, kind: PeakKind, detail: str | None, least: int) -> Peak | None:
        """The densest window, None if it has less than so many messages."""
        counted = [bucket for bucket in self._best if bucket.count]
        count = sum(bucket.count for bucket in counted)
        if count < least:
            return None
        sources: dict[bytes, int] = {}
        for bucket in counted:
            for source, messages in bucket.sources.items():
                if source in sources or len(sources) < MAX_SOURCES:
                    sources[source] = sources.get(source, 0) + messages
        numbers = [number for bucket in counted for number in bucket.frames]
        frames = Frames()
        for number in numbers:
            frames.add(number)
        frames.count = max(frames.count, count)
        return Peak(
            kind,
            None if kind == "response-in" else self._first.src,
            self._first.link_src,
            self._first.dst,
            self._window * BUCKET_NS // SECOND,
            count,
            min(bucket.first_ns for bucket in counted),
            max(bucket.last_ns for bucket in counted),
            frames,
            self._place,
            {
                address_text(source): messages
                for source, messages in sorted(sources.items(), key=lambda item: -item[1])
            },
            sum(bucket.ephemeral for bucket in counted),
            sum(bucket.size for bucket in counted),
            sum(bucket.responses for bucket in self._best),
            sum(bucket.bytes_out for bucket in self._best),
            tuple(number for bucket in self._best for number in bucket.response_frames)[:256],
            detail,
        )

    def _bucket(self, number: int) -> _Bucket:
        bucket = self._buckets.get(number)
        if bucket is None:
            bucket = self._buckets[number] = _Bucket()
        return bucket

    def _look(self) -> None:
        """Look for the densest window, and forget what no later one can include."""
        numbers = sorted(self._buckets)
        buckets = [self._buckets[number] for number in numbers]
        first = total = 0
        for last, bucket in enumerate(buckets):
            total += bucket.count + bucket.responses
            while numbers[last] - numbers[first] >= self._window:
                total -= buckets[first].count + buckets[first].responses
                first += 1
            if total > self._best_count:
                self._best_count, self._best = total, buckets[first : last + 1]
        if numbers:
            oldest = numbers[-1] - self._window
            self._buckets = {number: self._buckets[number] for number in numbers if number > oldest}


def without_copies(sent: Sequence[Sighting]) -> list[Sighting]:
    """Messages without what a bridge or a mirror port repeated at once.

    Nothing but time tells a copy from a flood, so at most every second of equal messages is one.
    """
    kept: list[Sighting] = []
    last: dict[tuple[bytes, bytes, int, int], tuple[int, bool]] = {}
    for sighting in sent:
        _, _, _, time_ns, _, sport, destination, dport, _, _, _, payload, _ = sighting
        key = payload, destination, sport, dport
        time = time_ns or 0
        before = last.get(key)
        if before is not None and 0 <= time - before[0] <= COPY_NS and not before[1]:
            last[key] = time, True
            continue
        if len(last) >= MAX_PAYLOADS:
            last.clear()
        last[key] = time, False
        kept.append(sighting)
    return kept
