"""A capture file from start to end, as batches of frames, and single frames again later."""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from itertools import chain, repeat
from pathlib import Path
from typing import IO, NamedTuple

from upnpscapy.capture.batch import Batch, Frame, Record
from upnpscapy.capture.passing import Passing
from upnpscapy.capture.pcap import HEADER, MAGICS, PcapWalker
from upnpscapy.capture.pcapng import SECTION_HEADER, PcapngWalker, State
from upnpscapy.capture.source import CHUNK, Source, SourceLike, is_stream
from upnpscapy.errors import CaptureError

__all__ = ["CaptureReader", "Mark", "first_time_ns", "read_chosen_frames", "read_frames"]

_MARKS_OF_CHUNK = 4
"""Entries of the index in a full chunk at first: a look-up walks little more than a part of it."""

_NEAR = 1 << 16
"""Bytes read at a time behind an entry of the index at first."""

_MAX_MARKS = 4096
"""Entries of the index; of a file with more every second is given up, as often as it takes."""


class Mark(NamedTuple):
    """A place to begin again: the frames before it, its offset, and the section it is in."""

    frames: int
    offset: int
    state: State | None


class CaptureReader:
    """Reads one capture: ``batches()`` once, then what is known of the file stands in here.

    A file that is cut off is read to the cut, and ``cut`` says so.
    """

    def __init__(self, source: Source, progress: Callable[[int], None] | None = None) -> None:
        self._source = source
        self._progress = progress
        self.name = source.name
        self.format: str | None = None
        """``pcap``, ``pcap-ns`` or ``pcapng``, with ``+gzip``, ``+zstd`` or ``+xz``."""
        self.link_types: list[int] = []
        self.frames = 0
        self.first_time_ns: int | None = None
        self.last_time_ns: int | None = None
        """Time of the last frame, not necessarily the latest."""
        self.bytes_left = 0
        """Bytes at the end, after decompression, that are no complete record."""
        self.cut: str | None = None
        """Where and why the reading stopped before the file's end."""
        self.marks: list[Mark] = []
        self._step = CHUNK // _MARKS_OF_CHUNK
        """Bytes between two of them at least."""

    def batches(self, passing: Passing | None = None) -> Iterator[Batch]:
        """All frames in order.

        ``passing`` tells which of them may be passed over (see ``Batch.kept``).
        Raises ``CaptureError`` for what is no capture, and where a capture is damaged.
        """
        chunks = self._source.chunks()
        data = self._first_bytes(chunks)
        walker: PcapWalker | PcapngWalker
        if data[:4] in MAGICS:
            walker = PcapWalker(data)
            data, offset = data[HEADER:], HEADER
        else:
            walker, offset = PcapngWalker(), 0
        compression = self._source.compression
        self.format = walker.format + (f"+{compression}" if compression else "")
        self.marks = [Mark(0, offset, walker.state())]
        while True:
            if offset - self.marks[-1].offset >= self._step:
                self._mark(Mark(walker.frames, offset, walker.state()))
            for batch in walker.walk(data, 0, passing):
                self._note(batch)
                self._mark_within(batch, offset, walker)
                yield batch
            self.frames = walker.frames
            offset += walker.used
            if walker.damage:
                reason = walker.damage.format(offset=offset)
                raise CaptureError(f"damaged: {reason}", self.name, self.frames + 1)
            if self._progress is not None:
                self._progress(self._source.stored_bytes)
            rest = data[walker.used :]
            try:
                comes_again = self._source.take_back(len(rest))
                data = _gather(b"" if comes_again else rest, chunks, walker.wanted)
            except CaptureError as error:
                raise CaptureError(error.reason, self.name, self.frames + 1) from error
            if len(data) < walker.wanted:
                break
        self._note_end(data, offset)

    def _first_bytes(self, chunks: Iterator[bytes]) -> bytes:
        data = _gather(b"", chunks, HEADER)
        if not data:
            reason = "nothing can be decompressed" if self._source.cut else "the file is empty"
            raise CaptureError(reason, self.name)
        if not any(magic.startswith(data[:4]) for magic in (*MAGICS, SECTION_HEADER)):
            raise CaptureError(f"neither pcap nor pcapng: begins with {data[:4].hex()}", self.name)
        if len(data) < HEADER:
            raise CaptureError(f"ends within the file header, after {len(data)} bytes", self.name)
        return data

    def _note(self, batch: Batch) -> None:
        if batch.link_type not in self.link_types:
            self.link_types.append(batch.link_type)
        if self.first_time_ns is None:
            self.first_time_ns = batch.describe(batch.data, batch.starts[0])[0]
        last = batch.describe(batch.data, batch.starts[-1])[0]
        if last is not None:
            self.last_time_ns = last

    def _mark(self, mark: Mark) -> None:
        if len(self.marks) >= _MAX_MARKS:
            del self.marks[1::2]
            self._step *= 2
        self.marks.append(mark)

    def _mark_within(self, batch: Batch, offset: int, walker: PcapWalker | PcapngWalker) -> None:
        """Note where later frames of a batch begin, whose buffer is at an offset of the file.

        What has several frames has records of one kind, and nothing between that changes a state.
        """
        starts, offset = batch.starts, offset - walker.head
        place = 1
        while True:
            place = bisect_left(starts, self.marks[-1].offset + self._step - offset, place)
            if place >= len(starts):
                return
            frames = batch.first_frame - 1 + place
            self._mark(Mark(frames, offset + starts[place], walker.state()))

    def _note_end(self, rest: bytes, offset: int) -> None:
        self.bytes_left = len(rest)
        if rest or self._source.cut:
            stream = f"the {self._source.compression} stream ends early, " * self._source.cut
            self.cut = (
                f"{stream}cut in frame {self.frames + 1} at byte {offset}, {len(rest)} bytes left"
            )


def read_frames(
    source: SourceLike, marks: list[Mark] | None = None, at: int = 1
) -> Iterator[Frame]:
    """Frames with their bytes, from number ``at`` on.

    ``marks`` of an earlier reading of the same file save walking what lies before;
    a compressed file is decompressed from its start.
    Raises ``CaptureError`` as ``CaptureReader.batches`` does, and if the file cannot be opened.
    """
    for batch in _batches_from(source, _mark_before(marks or [], at)):
        skip = max(0, at - batch.first_frame)
        for place in range(skip, len(batch.starts)):
            yield _frame(batch, place)


def read_chosen_frames(
    source: SourceLike, numbers: Iterable[int], marks: list[Mark] | None = None
) -> Iterator[Frame]:
    """The frames of these numbers, in order; those that the file does not have are left out.

    Raises as ``read_frames`` does.
    """
    left = deque(sorted(set(numbers)))
    known = marks if marks and _can_resume(source) else []
    while left:
        for batch in _batches_from(source, _mark_before(known, left[0])):
            for place in batch.take_places(left):
                yield _frame(batch, place)
            if not left:
                return
            nearer = _mark_before(known, left[0])
            if nearer is not None and nearer.frames >= batch.first_frame + len(batch.starts):
                break
        else:
            return


def first_time_ns(source: SourceLike) -> int:
    """When the first frame of a file was captured; 0 if that cannot be read."""
    with suppress(CaptureError), Source(source) as opened:
        reader = CaptureReader(opened)
        for _ in reader.batches():
            return reader.first_time_ns or 0
    return 0


def _mark_before(marks: list[Mark], at: int) -> Mark | None:
    """The last mark from which on a frame is found."""
    place = bisect_left(marks, at, key=lambda mark: mark.frames)
    return marks[place - 1] if place else None


def _frame(batch: Batch, place: int) -> Frame:
    start = batch.starts[place]
    record = Record(*batch.describe(batch.data, start))
    data = batch.data[start : start + record.captured]
    return Frame(batch.first_frame + place, record, batch.link_type, data)


def _can_resume(source: SourceLike) -> bool:
    """Whether it can be opened by its name and read from a mark on: it is not compressed."""
    if not isinstance(source, str | Path) or is_stream(source):
        return False
    with _opened(source) as file:
        return _is_plain(file.read(HEADER))


def _is_plain(header: bytes) -> bool:
    return header[:4] in MAGICS or header[:4] == SECTION_HEADER


def _batches_from(source: SourceLike, mark: Mark | None) -> Iterator[Batch]:
    if mark is not None and mark.offset > HEADER and not is_stream(source):
        with _opened(source) as file:
            header = file.read(HEADER)
            if _is_plain(header):
                yield from _resume(file, header, mark)
                return
    with Source(source) as opened:
        yield from CaptureReader(opened).batches()


@contextmanager
def _opened(source: SourceLike) -> Iterator[IO[bytes]]:
    """A file that was read before; raises ``CaptureError`` if it has gone since."""
    try:
        with Path(str(source)).open("rb") as file:
            yield file
    except OSError as error:
        raise CaptureError(error.strerror or str(error), str(source)) from error


def _resume(file: IO[bytes], header: bytes, mark: Mark) -> Iterator[Batch]:
    walker: PcapWalker | PcapngWalker
    walker = PcapWalker(header) if header[:4] in MAGICS else PcapngWalker(mark.state)
    walker.frames = mark.frames
    file.seek(mark.offset)
    chunks = map(file.read, chain(repeat(_NEAR, CHUNK // _NEAR), repeat(CHUNK)))
    data = b""
    while len(data := _gather(data, chunks, max(walker.wanted, 1))) >= walker.wanted:
        yield from walker.walk(data)
        if walker.damage:
            return
        data = data[walker.used :]


def _gather(data: bytes, chunks: Iterator[bytes], wanted: int) -> bytes:
    """The data and as many further chunks as make it long enough, if there are so many."""
    parts, size = [data] if data else [], len(data)
    while size < wanted and (chunk := next(chunks, b"")):
        parts.append(chunk)
        size += len(chunk)
    return b"".join(parts)
