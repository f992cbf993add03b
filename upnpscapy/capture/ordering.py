"""One direction of a TCP connection: its segments put in order, what is lost known as lost.

Sequence numbers (RFC 9293, 3.4) become offsets that do not wrap.
The first arrival of a byte stays; a later one that differs is a ``Conflict``.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import deque
from typing import NamedTuple

__all__ = ["HALF", "HISTORY_BYTES", "MASK", "Conflict", "Data", "Gap", "Piece", "Stream"]

MASK = 0xFFFFFFFF
HALF = 0x80000000
"""Sequence numbers wrap; of two ways from one to another the shorter is meant."""

MAX_PIECES = 2048
"""Pieces that wait for an earlier one."""

MAX_WAITING = 1 << 20
"""Bytes of them; as far as a home device's receive window gets."""

PIECE = 200
"""Bytes a piece takes in memory besides those it has from the wire."""

HISTORY_BYTES, HISTORY_PIECES = 32 << 10, 64
"""Delivered bytes that are kept to compare retransmissions with."""

LOSER = 256
"""Bytes kept of each side of a conflict."""


class Data(NamedTuple):
    """Bytes of a stream, the next in order."""

    offset: int
    """From the first byte of the stream, or from some byte if its start was not seen."""
    data: bytes
    frame: int
    time_ns: int | None
    acked: int | None
    """Offset in the other direction up to which the sender had received."""
    whole: bool
    """Whether the start of the stream was seen."""


class Gap(NamedTuple):
    """Bytes that were sent and are not in the capture."""

    offset: int
    length: int


class Conflict(NamedTuple):
    """Bytes that were sent twice, and differently; ``kept`` arrived first."""

    offset: int
    kept: bytes
    lost: bytes
    """What ``frame`` has instead; both are cut at 256 bytes."""
    frame: int


class Piece(NamedTuple):
    """Bytes that arrived, followed by ``missing`` ones that a snap length cut off."""

    offset: int
    data: bytes
    missing: int
    frame: int
    time_ns: int | None
    ack: int | None
    """Acknowledgement number of the segment."""

    @property
    def end(self) -> int:
        """Offset of the byte that follows."""
        return self.offset + len(self.data) + self.missing


class Stream:
    """Segments of one direction in, pieces in order out."""

    __slots__ = (
        "acked",
        "ended",
        "fin",
        "forgiven",
        "history",
        "isn_offset",
        "known",
        "next",
        "offset",
        "offsets",
        "reset_at",
        "seen",
        "settled",
        "stuck",
        "taken",
        "waiting",
        "was_reset",
    )

    def __init__(self) -> None:
        self.known = False
        """Whether sequence numbers can be placed."""
        self.settled = False
        """Whether it is known where the stream, or what was captured of it, begins."""
        self.next = 0
        """Sequence number of the next byte in order."""
        self.offset = 0
        self.acked: int | None = None
        """Offset up to which the receiver has acknowledged."""
        self.forgiven = -HALF
        """Offset that can be acknowledged without data: a FIN that was not captured."""
        self.fin: int | None = None
        """Offset at which the stream ends."""
        self.ended = False
        self.seen = 0
        """Segments, of whatever kind."""
        self.reset_at: int | None = None
        """Offset of its sender's reset."""
        self.was_reset = False
        """Whether a reset ended it, of whichever side."""
        self.isn_offset: int | None = None
        """Offset behind the SYN."""
        self.stuck: tuple[int, int, int] | None = None
        """Since when nothing arrives: offset, segments of the connection, time."""
        self.waiting: list[Piece] = []
        self.offsets: list[int] = []
        self.taken = 0
        """Bytes that the waiting pieces take in memory."""
        self.history: deque[Data] = deque(maxlen=HISTORY_PIECES)
        """What was delivered last, to compare retransmissions with."""

    def start(self, seq: int) -> None:
        """Count offsets from a sequence number."""
        self.known = True
        self.next = seq & MASK

    def place(self, seq: int) -> int:
        """The offset of a sequence number, the nearest there is."""
        return self.offset + ((seq - self.next + HALF) & MASK) - HALF

    def settle(self) -> None:
        """Begin with the first piece there is, or where the receiver stood if that is before."""
        if not self.settled:
            if self.waiting:
                self.advance(min(self.offset, self.waiting[0].offset))
            self.settled = True

    def begin_at(self, seq: int) -> None:
        """Begin with a sequence number: that behind the SYN."""
        if not self.known:
            self.start(seq)
        self.advance(self.place(seq))
        self.isn_offset = self.offset
        self.settled = True
        while self.waiting and self.waiting[0].offset < self.offset:
            self.pop()

    def advance(self, offset: int) -> None:
        """Go on at an offset."""
        self.next = (self.next + offset - self.offset) & MASK
        self.offset = offset

    def acknowledge(self, ack: int, window: int) -> None:
        """Take note of the receiver's acknowledgement, unless it is beyond all reason."""
        at = self.place(ack)
        if at - self.offset <= window and (self.acked is None or at > self.acked):
            self.acked = at

    def reach(self) -> int:
        """The offset up to which bytes are known to have been sent."""
        reach = self.offset if self.acked is None else max(self.offset, self.acked)
        return reach if self.fin is None else min(reach, self.fin)

    @property
    def full(self) -> bool:
        """Whether more is waiting than is allowed to."""
        return self.taken > MAX_WAITING or len(self.waiting) > MAX_PIECES

    @property
    def ready(self) -> bool:
        """Whether the next bytes in order are there."""
        return self.settled and bool(self.waiting) and self.waiting[0].offset <= self.offset

    def add(self, piece: Piece) -> list[Conflict]:
        """Keep of a piece what nothing before it covers; what it contradicts is returned."""
        conflicts: list[Conflict] = []
        end = piece.end if self.fin is None else min(piece.end, self.fin)
        at = piece.offset
        if self.settled and at < self.offset:
            if piece.end == self.offset and len(piece.data) == 1:
                return conflicts  # a keep-alive probe; its byte means nothing (RFC 1122, 4.2.3.6)
            self._compare_with_history(piece, conflicts)
            at = self.offset
        place = bisect_right(self.offsets, at)
        if place:
            before = self.waiting[place - 1]
            _compare(before, piece, conflicts)
            at = max(at, before.end)
        while at < end:
            following = self.offsets[place] if place < len(self.offsets) else end
            if at < following:
                self._insert(place, at, min(following, end), piece)
                place += 1
            if place == len(self.offsets):
                break
            after = self.waiting[place]
            if after.offset < end:
                _compare(after, piece, conflicts)
            at = after.end
            place += 1
        return conflicts

    def pop(self) -> Piece:
        """Take out the first waiting piece."""
        piece = self.waiting.pop(0)
        del self.offsets[0]
        self.taken -= len(piece.data) + PIECE
        return piece

    def remember(self, data: Data) -> None:
        """Keep delivered bytes for comparison."""
        history = self.history
        history.append(data)
        while data.offset - history[0].offset > HISTORY_BYTES:
            history.popleft()

    def _insert(self, place: int, at: int, end: int, piece: Piece) -> None:
        data = piece.data[at - piece.offset : end - piece.offset]
        missing = end - at - len(data)
        self.waiting.insert(place, piece._replace(offset=at, data=data, missing=missing))
        self.offsets.insert(place, at)
        self.taken += len(data) + PIECE

    def _compare_with_history(self, piece: Piece, conflicts: list[Conflict]) -> None:
        for old in reversed(self.history):
            if old.offset + len(old.data) <= piece.offset:
                break
            if old.offset < piece.end:
                _compare(old, piece, conflicts)


def _compare(old: Piece | Data, new: Piece, conflicts: list[Conflict]) -> None:
    """Note where two pieces overlap and differ."""
    start = max(old.offset, new.offset)
    end = min(old.offset + len(old.data), new.offset + len(new.data))
    if start >= end:
        return
    kept = old.data[start - old.offset : end - old.offset]
    lost = new.data[start - new.offset : end - new.offset]
    if kept != lost:
        first = next(i for i, (a, b) in enumerate(zip(kept, lost, strict=True)) if a != b)
        shown = slice(first, first + LOSER)
        conflicts.append(Conflict(start + first, kept[shown], lost[shown], new.frame))
