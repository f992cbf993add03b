"""Who said how much of each kind when, in cells of time that grow coarser as they fill up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, groupby
from operator import xor
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from upnpscapy.capture.sighting import Sighting

__all__ = ["MAX_HOSTS", "Cell", "Frame", "Heard", "Stream", "Tracks"]

Frame = tuple[str, int]
"""A file's name and a frame's number in it."""

Heard = tuple[int, str, int]
"""When something was said, the file's name and the frame's number."""

FINEST = 20
"""Width of a cell at first, as a power of two in nanoseconds: about a millisecond."""

MAX_CELLS = 4096
"""When there are more, neighbours become one until there are not."""

MAX_DOUBLINGS = 64
"""After which a cell is as wide as all times that a capture can hold."""

MAX_WAITING = 16_384
"""Messages that wait for their cells: those of one cell are taken together, and so quickly."""

MAX_HOSTS = 96
"""That have tracks of their own; a flood from invented addresses goes on beyond."""

MAX_STREAMS = 2048
"""Triples of sender, receiver and kind that are counted apart."""

KEPT = 3
"""First frames of a cell that are kept, besides the last."""

MAX_KNOWN = 8192
"""Triples whose stream is known without looking what the bounds make of them."""

ANYONE = b""
"""In the place of an address beyond the bounds."""


class Cell:
    """Messages of one sender and kind in one span of time."""

    __slots__ = ("count", "first_ns", "frames", "last", "last_ns")

    def __init__(self, heard: Sequence[Heard]) -> None:
        """Of what was heard, in the order of time."""
        self.count = len(heard)
        self.frames: list[Frame] = [one[1:] for one in heard[:KEPT]]
        """The first ones."""
        self.last: Frame = heard[-1][1:]
        self.first_ns = heard[0][0]
        self.last_ns = heard[-1][0]

    def merge(self, later: Cell) -> None:
        """Take all of another, which is of a later time, or came later."""
        self.count += later.count
        if len(self.frames) < KEPT:
            self.frames = (self.frames + later.frames)[:KEPT]
        self.last = later.last
        if later.first_ns < self.first_ns:
            self.first_ns = later.first_ns
        if later.last_ns > self.last_ns:
            self.last_ns = later.last_ns

    def copy(self) -> Cell:
        """Another that can be merged without changing this one."""
        cell = Cell.__new__(Cell)
        cell.count, cell.frames, cell.last = self.count, self.frames, self.last
        cell.first_ns, cell.last_ns = self.first_ns, self.last_ns
        return cell

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Cell) and self._value() == other._value()

    def __hash__(self) -> int:
        raise TypeError("a cell changes")

    def _value(self) -> tuple[object, ...]:
        return self.count, self.first_ns, self.last_ns, self.frames, self.last

    def __repr__(self) -> str:
        return f"<Cell {self.count} {self.first_ns} {self.frames} {self.last}>"


class Track:
    """All messages of one kind from one sender."""

    __slots__ = ("cells", "waiting")

    def __init__(self) -> None:
        self.cells: dict[int, Cell] = {}
        """By when, in widths of a cell."""
        self.waiting: list[Heard] = []
        """What is to be taken into cells yet."""

    def doublings(self, shift: int) -> Iterator[int]:
        """After how many a cell, with what waits, becomes one with the next: but for the last."""
        places = sorted({one[0] >> shift for one in self.waiting}.union(self.cells))
        return map(int.bit_length, map(xor, places, places[1:]))

    def place(self, shift: int) -> None:
        """Take what waits into cells."""
        waiting, cells = self.waiting, self.cells
        waiting.sort()  # HTTP exchanges come when they are complete
        start = 0
        for place, same in groupby([one[0] >> shift for one in waiting]):
            stop = start + len(list(same))
            cell = Cell(waiting[start:stop])
            known = cells.setdefault(place, cell)
            if known is not cell:
                known.merge(cell)
            start = stop
        waiting.clear()

    def coarsen(self, doublings: int) -> None:
        """Make cells wider."""
        finer = sorted(self.cells.items())
        self.cells.clear()
        for place, cell in finer:
            wider = self.cells.setdefault(place >> doublings, cell)
            if wider is not cell:
                wider.merge(cell)


class Stream:
    """All messages of one kind from one sender to one receiver."""

    __slots__ = ("count", "first", "waiting")

    def __init__(self, track: Track, first: Frame) -> None:
        self.waiting = track.waiting
        self.count = 0
        self.first = first


class Tracks:
    """Messages counted by sender, receiver and kind, and the senders' by time as well."""

    def __init__(self) -> None:
        self.streams: dict[tuple[bytes, bytes, str], Stream] = {}
        """By sender, receiver and kind; ``ANYONE`` is who is beyond the bounds."""
        self.untimed = 0
        """Messages without a time."""
        self._shift = FINEST
        """Times that differ in so many last bits alone are in the same cell."""
        self._known: dict[tuple[bytes, bytes, str], Stream] = {}
        """The same by what they are in the message."""
        self._tracks: dict[bytes, dict[str, Track]] = {}
        self._room = MAX_WAITING
        """Messages that can still wait."""

    @property
    def hosts(self) -> list[bytes]:
        """Senders with tracks of their own, the first seen first."""
        return [host for host in self._tracks if host != ANYONE]

    @property
    def width_ns(self) -> int:
        """Width of a cell."""
        return 1 << self._shift

    def cells(self, host: bytes) -> dict[str, list[Cell]]:
        """What a sender said, by kind, in the order of time; of ``ANYONE``, what all others did."""
        if self._room < MAX_WAITING:
            self._place()
        return {
            kind: [track.cells[place] for place in sorted(track.cells)]
            for kind, track in self._tracks.get(host, {}).items()
        }

    def take(
        self,
        source: bytes,
        destination: bytes,
        kind: str,
        capture: str,
        frame: int,
        time_ns: int | None,
    ) -> None:
        """Take one message."""
        stream = self._known.get((source, destination, kind))
        if stream is None:
            stream = self._stream(source, destination, kind, (capture, frame))
        stream.count += 1
        if time_ns is None:
            self.untimed += 1
        else:
            stream.waiting.append((time_ns, capture, frame))
            self._room -= 1
            if not self._room:
                self._place()

    def take_messages(self, sightings: Iterable[Sighting]) -> None:
        """Take messages of discovery."""
        known = self._known.get
        for sighting in sightings:
            # What ``take`` does, without the call and all names: there can be a million of them.
            ends = sighting[4], sighting[6], sighting[1].kind
            stream = known(ends)
            if stream is None:
                stream = self._stream(*ends, (sighting[0], sighting[2]))
            stream.count += 1
            time_ns = sighting[3]
            if time_ns is None:
                self.untimed += 1
            else:
                stream.waiting.append((time_ns, sighting[0], sighting[2]))
                self._room -= 1
                if not self._room:
                    self._place()

    def _stream(self, source: bytes, destination: bytes, kind: str, first: Frame) -> Stream:
        asked = source, destination, kind
        if source not in self._tracks and len(self._tracks) > MAX_HOSTS:
            source = ANYONE
        if len(self.streams) >= MAX_STREAMS:
            destination = ANYONE
        stream = self.streams.get((source, destination, kind))
        if stream is None:
            tracks = self._tracks.setdefault(source, {})
            track = tracks.get(kind) or tracks.setdefault(kind, Track())
            stream = self.streams[source, destination, kind] = Stream(track, first)
        if len(self._known) >= MAX_KNOWN:
            self._known.clear()
        self._known[asked] = stream
        return stream

    def _place(self) -> None:
        """Take what waits into cells, which become as wide as they must for there to be few."""
        tracks = [track for of_host in self._tracks.values() for track in of_host.values()]
        merging = Counter(chain.from_iterable(track.doublings(self._shift) for track in tracks))
        cells, doublings = len(tracks) + merging.total(), 0
        while cells > MAX_CELLS and doublings < MAX_DOUBLINGS:
            doublings += 1
            cells -= merging[doublings]
        self._shift += doublings
        for track in tracks:
            if doublings:
                track.coarsen(doublings)
            track.place(self._shift)
        self._room = MAX_WAITING
