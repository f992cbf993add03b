"""Who said how much of each kind when, in cells of time that grow coarser as they fill up."""

from __future__ import annotations

from collections.abc import Iterator

__all__ = ["MAX_HOSTS", "Cell", "Frame", "Stream", "Tracks"]

Frame = tuple[str, int]
"""A file's name and a frame's number in it."""

FINEST_NS = 1 << 20
"""Width of a cell at first: about a millisecond."""

MAX_CELLS = 6144
"""When there are more, neighbours become one until there are not."""

MAX_SPAN = 2048
"""Cells from the first to the last that are left then: a picture is not that wide."""

MAX_HOSTS = 96
"""That have tracks of their own; a flood from invented addresses goes on beyond."""

MAX_STREAMS = 2048
"""Triples of sender, receiver and kind that are counted apart."""

KEPT = 3
"""First frames of a cell that are kept, besides the last."""

ANYONE = b""
"""In the place of an address beyond the bounds."""


class Cell:
    """Messages of one sender and kind in one span of time."""

    __slots__ = ("count", "first_ns", "frames", "last", "last_ns")

    def __init__(self, frame: Frame, time_ns: int) -> None:
        self.count = 1
        self.first_ns = self.last_ns = time_ns
        self.frames = [frame]
        """The first ones."""
        self.last = frame

    def add(self, capture: str, frame: int, time_ns: int) -> None:
        """Take one more."""
        self.last = capture, frame
        if self.count < KEPT:
            self.frames.append(self.last)
        self.count += 1
        if time_ns >= self.last_ns:
            self.last_ns = time_ns
        elif time_ns < self.first_ns:
            self.first_ns = time_ns

    def merge(self, later: Cell) -> None:
        """Take all of another, which is of a later time."""
        self.count += later.count
        self.frames = (self.frames + later.frames)[:KEPT]
        self.last = later.last
        self.first_ns = min(self.first_ns, later.first_ns)
        self.last_ns = max(self.last_ns, later.last_ns)

    def copy(self) -> Cell:
        """Another that can be merged without changing this one."""
        cell = Cell(self.last, self.first_ns)
        cell.count, cell.last_ns, cell.frames = self.count, self.last_ns, [*self.frames]
        return cell

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Cell) and self._value() == other._value()

    def __hash__(self) -> int:
        raise TypeError("a cell changes")

    def _value(self) -> tuple[object, ...]:
        return self.count, self.first_ns, self.last_ns, self.frames, self.last

    def __repr__(self) -> str:
        return f"<Cell {self.count} {self.first_ns} {self.frames} {self.last}>"


NO_CELL = Cell(("", 0), 0)
"""Of a stream whose cell is to be looked up."""


class Stream:
    """All messages of one kind from one sender to one receiver."""

    __slots__ = ("cell", "count", "first", "high_ns", "low_ns", "track")

    def __init__(self, track: dict[int, Cell], first: Frame) -> None:
        self.track = track
        self.count = 0
        self.first = first
        self.cell = NO_CELL
        """The one of the latest message; it holds what is from ``low_ns`` to ``high_ns``."""
        self.low_ns = self.high_ns = 0


class Tracks:
    """Messages counted by sender, receiver and kind, and the senders' by time as well."""

    def __init__(self) -> None:
        self.streams: dict[tuple[bytes, bytes, str], Stream] = {}
        """By sender, receiver and kind; ``ANYONE`` is who is beyond the bounds."""
        self.untimed = 0
        """Messages without a time."""
        self.width_ns = FINEST_NS
        self._tracks: dict[bytes, dict[str, dict[int, Cell]]] = {}
        self._cells = 0

    @property
    def hosts(self) -> list[bytes]:
        """Senders with tracks of their own, the first seen first."""
        return [host for host in self._tracks if host != ANYONE]

    def cells(self, host: bytes) -> dict[str, list[Cell]]:
        """What a sender said, by kind, in the order of time; of ``ANYONE``, what all others did."""
        return {
            kind: [track[place] for place in sorted(track)]
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
        stream = self.streams.get((source, destination, kind))
        if stream is None:
            stream = self._stream(source, destination, kind, (capture, frame))
        stream.count += 1
        if time_ns is None:
            self.untimed += 1
        elif stream.low_ns <= time_ns < stream.high_ns:
            cell = stream.cell
            if cell.count >= KEPT and time_ns >= cell.last_ns:
                # What ``add`` would do, without the call: most of a flood comes here.
                cell.count += 1
                cell.last = capture, frame
                cell.last_ns = time_ns
            else:
                cell.add(capture, frame, time_ns)
        else:
            self._place(stream, capture, frame, time_ns)

    def _stream(self, source: bytes, destination: bytes, kind: str, first: Frame) -> Stream:
        known = source in self._tracks
        if not known and len(self._tracks) > MAX_HOSTS:
            source, known = ANYONE, ANYONE in self._tracks
        if len(self.streams) >= MAX_STREAMS:
            destination = ANYONE
        stream = self.streams.get((source, destination, kind))
        if stream is None:
            track = self._tracks.setdefault(source, {}).setdefault(kind, {})
            stream = self.streams[source, destination, kind] = Stream(track, first)
        return stream

    def _place(self, stream: Stream, capture: str, frame: int, time_ns: int) -> None:
        place = time_ns // self.width_ns
        cell = stream.track.get(place)
        if cell is not None:
            cell.add(capture, frame, time_ns)
        else:
            cell = stream.track[place] = Cell((capture, frame), time_ns)
            self._cells += 1
            while self._cells > MAX_CELLS:
                self._coarsen()
            cell = stream.track[time_ns // self.width_ns]
        stream.cell = cell
        stream.low_ns = time_ns // self.width_ns * self.width_ns
        stream.high_ns = stream.low_ns + self.width_ns

    def _coarsen(self) -> None:
        """Make cells twice as wide, or more where they are far more than a picture can show."""
        ends = [place for track in self._all() if track for place in (min(track), max(track))]
        span, times = max(ends) - min(ends), 2
        while span // times > MAX_SPAN:
            times *= 2
        self.width_ns *= times
        self._cells = 0
        for track in self._all():
            finer = sorted(track.items())
            track.clear()
            for place, cell in finer:
                wider = track.setdefault(place // times, cell)
                if wider is not cell:
                    wider.merge(cell)
            self._cells += len(track)
        for stream in self.streams.values():
            stream.cell, stream.low_ns, stream.high_ns = NO_CELL, 0, 0

    def _all(self) -> Iterator[dict[int, Cell]]:
        for tracks in self._tracks.values():
            yield from tracks.values()
