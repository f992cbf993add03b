"""A recorded session taken apart into its TCP segments, and written again as a capture.

What is not TCP stays where and what it is.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from random import Random
from typing import NamedTuple

from tests.capture.pcap_writer import ETHERNET, pcap
from tests.capture.reading import frames_of
from tests.capture.tcp_frame import tcp_frame
from upnpscapy.capture.batch import Batch
from upnpscapy.capture.reader import CaptureReader
from upnpscapy.capture.segments import FIN, SYN, Segment, SegmentReader
from upnpscapy.capture.source import Source

__all__ = [
    "Shot",
    "apart",
    "as_ipv6",
    "capture",
    "connections",
    "cut",
    "doubled",
    "mixed",
    "reordered",
    "session",
    "shifted",
    "without_handshakes",
]

PAUSE_NS = 50_000_000

_MASK = 0xFFFFFFFF


class Shot(NamedTuple):
    """A frame, with its segment if it is one of TCP."""

    time_ns: int
    frame: bytes
    segment: Segment | None

    @property
    def connection(self) -> frozenset[tuple[bytes, int]]:
        """Both ends of the segment."""
        segment = self.segment
        assert segment is not None
        ends = (segment.source, segment.sport), (segment.destination, segment.dport)
        return frozenset(ends)

    def with_segment(self, **fields: object) -> Shot:
        """The same with other fields in its segment, which makes another frame."""
        assert self.segment is not None
        segment = self.segment._replace(**fields)  # type: ignore[arg-type]
        return self._replace(segment=segment, frame=tcp_frame(segment, self.frame[:12]))


@cache
def session(path: Path) -> tuple[Shot, ...]:
    """The frames of a capture of Ethernet."""
    shots: list[Shot] = []
    reader = SegmentReader()
    with Source(path) as source:
        for batch in CaptureReader(source).batches():
            assert batch.link_type == ETHERNET
            segments = {segment.frame: segment for segment in reader.read([batch])}
            shots += _shots(batch, segments)
    return tuple(shots)


def _shots(batch: Batch, segments: dict[int, Segment]) -> Iterator[Shot]:
    for frame in frames_of(batch):
        assert frame.record.time_ns is not None
        yield Shot(frame.record.time_ns, frame.data, segments.get(frame.number))


def capture(shots: Iterable[Shot]) -> bytes:
    """A capture of frames in this order; none of them is earlier than the one before."""
    last = 0
    timed: list[tuple[int, bytes]] = []
    for shot in shots:
        last = max(last, shot.time_ns)
        timed.append((last, shot.frame))
    return pcap(timed, nanoseconds=True)


def connections(shots: Sequence[Shot]) -> list[list[int]]:
    """The places of the segments of each connection; of one pair of ports, if it is used again."""
    found: dict[frozenset[tuple[bytes, int]], list[int]] = defaultdict(list)
    for place, shot in enumerate(shots):
        if shot.segment is not None:
            found[shot.connection].append(place)
    return list(found.values())


def apart(shots: Sequence[Shot]) -> list[Shot]:
    """The segments of each connection one after the other, where the last with bytes was.

    So exchanges end in the order in which they did.
    """
    whole: dict[int, list[int]] = {}
    for places in connections(shots):
        whole[max(places, key=lambda place: (bool(_payload(shots[place])), place))] = places
    order: list[Shot] = []
    for place, shot in enumerate(shots):
        if shot.segment is None:
            order.append(shot)
        order += [shots[one]._replace(time_ns=shot.time_ns) for one in whole.get(place, ())]
    return order


def reordered(shots: Sequence[Shot], random: Random, window: int) -> list[Shot]:
    """The segments of each connection in another order, none passed by ``window`` others."""
    order = list(shots)
    for places in connections(shots):
        _move(shots, places, order, random, window)
    return order


def mixed(shots: Sequence[Shot], random: Random, window: int) -> list[Shot]:
    """The segments of all connections in another order, none passed by ``window`` others."""
    order = list(shots)
    places = [place for place, shot in enumerate(shots) if shot.segment is not None]
    _move(shots, places, order, random, window)
    return order


def _move(
    shots: Sequence[Shot], places: list[int], order: list[Shot], random: Random, window: int
) -> None:
    """Put what stands in some places into another order there.

    None passes a pause: what a capture point mixes up happened at nearly the same time.
    """
    late = 0
    keys: list[float] = []
    for number, place in enumerate(places):
        if number and shots[place].time_ns - shots[places[number - 1]].time_ns > PAUSE_NS:
            late += window
        keys.append(number + late + random.random() * window)
    moved = sorted(range(len(places)), key=keys.__getitem__)
    for place, number in zip(places, moved, strict=True):
        order[place] = shots[places[number]]._replace(time_ns=shots[place].time_ns)


def doubled(shots: Sequence[Shot], random: Random, share: float) -> list[Shot]:
    """Some segments sent again a little later: as they were, a part, or with what preceded.

    They follow before another connection or a pause does.
    """
    order: list[Shot] = []
    later: list[tuple[int, Shot]] = []
    before: dict[tuple[bytes, int], Segment] = {}
    for shot in shots:
        if later and _is_apart(shot, order[-1]):
            order += [again._replace(time_ns=order[-1].time_ns) for _, again in later]
            later.clear()
        order.append(shot)
        segment = shot.segment
        if segment is not None:
            if random.random() < share:
                again = _again(shot, before.get((segment.source, segment.sport)), random)
                later.append((len(order) + random.randrange(8), again))
            before[segment.source, segment.sport] = segment
        while later and later[0][0] <= len(order):
            order.append(later.pop(0)[1]._replace(time_ns=shot.time_ns))
    return order + [shot._replace(time_ns=order[-1].time_ns) for _, shot in later]


def _is_apart(shot: Shot, before: Shot) -> bool:
    if shot.segment is None or before.segment is None or shot.connection != before.connection:
        return True
    return shot.time_ns - before.time_ns > PAUSE_NS


def _again(shot: Shot, before: Segment | None, random: Random) -> Shot:
    segment = shot.segment
    assert segment is not None
    payload, seq = segment.payload, segment.seq
    if len(payload) < 2:
        return shot
    if before is not None and (before.seq + len(before.payload)) & _MASK == seq:
        start = random.randint(0, len(before.payload))
        payload, seq = before.payload[start:] + payload, (seq - len(before.payload) + start) & _MASK
    start, end = sorted(random.sample(range(len(payload) + 1), 2))
    flags = segment.flags if end == len(payload) else segment.flags & ~FIN
    return shot.with_segment(payload=payload[start:end], seq=(seq + start) & _MASK, flags=flags)


def cut(shots: Iterable[Shot], random: Random, longest: int) -> Iterator[Shot]:
    """Segments cut into pieces of at most ``longest`` bytes."""
    for shot in shots:
        segment = shot.segment
        if segment is None or len(segment.payload) < 2:
            yield shot
            continue
        at, size = 0, len(segment.payload)
        while at < size:
            end = min(size, at + random.randint(1, longest))
            flags = segment.flags if end == size else segment.flags & ~FIN
            yield shot.with_segment(
                payload=segment.payload[at:end], seq=(segment.seq + at) & _MASK, flags=flags
            )
            at = end


def shifted(shots: Sequence[Shot], random: Random) -> list[Shot]:
    """Sequence numbers that wrap within the bytes of each direction, or at their start or end."""
    order = list(shots)
    for places in connections(shots):
        shift: dict[tuple[bytes, int], int] = {}
        for side in {_sender(shots[place]) for place in places}:
            mine = [shots[place].segment for place in places if _sender(shots[place]) == side]
            first = mine[0]
            assert first is not None
            sizes = [len(segment.payload) for segment in mine if segment is not None]
            shift[side] = -(first.seq + random.randint(0, sum(sizes) + 2))
        for place in places:
            segment = shots[place].segment
            assert segment is not None
            mine_by, other_by = shift[_sender(shots[place])], shift.get(_receiver(shots[place]), 0)
            order[place] = shots[place].with_segment(
                seq=(segment.seq + mine_by) & _MASK, ack=(segment.ack + other_by) & _MASK
            )
    return order


def without_handshakes(shots: Iterable[Shot]) -> Iterator[Shot]:
    """Without the three segments that open each connection: from a sender's first bytes on."""
    begun: set[frozenset[tuple[bytes, int]]] = set()
    for shot in shots:
        segment = shot.segment
        if segment is not None:
            if segment.flags & SYN:
                begun.discard(shot.connection)
                continue
            if segment.payload:
                begun.add(shot.connection)
            if shot.connection not in begun:
                continue
        yield shot


def as_ipv6(shots: Iterable[Shot]) -> Iterator[Shot]:
    """Segments of IPv4 in packets of IPv6, the addresses in 2001:db8::/96."""
    prefix = bytes.fromhex("20010db8") + bytes(8)
    for shot in shots:
        segment = shot.segment
        if segment is None or len(segment.source) == 16:
            yield shot
        else:
            source, destination = prefix + segment.source, prefix + segment.destination
            yield shot.with_segment(source=source, destination=destination)


def _payload(shot: Shot) -> bytes:
    return shot.segment.payload if shot.segment is not None else b""


def _sender(shot: Shot) -> tuple[bytes, int]:
    assert shot.segment is not None
    return shot.segment.source, shot.segment.sport


def _receiver(shot: Shot) -> tuple[bytes, int]:
    assert shot.segment is not None
    return shot.segment.destination, shot.segment.dport
