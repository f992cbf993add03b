"""TCP payloads of the frames that are shared, put together by sequence number."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass, field
from operator import itemgetter

__all__ = ["Direction", "Directions"]

HALF, FULL = 1 << 31, 1 << 32

SYN = 0x02


@dataclass(slots=True)
class Direction:
    """The bytes that one side of one connection sent."""

    begin: int
    """Sequence number of its first segment seen."""
    pieces: list[tuple[int, bytes]] = field(default_factory=list)
    """Place relative to that, and bytes, as captured."""
    runs: list[tuple[int, bytes, bytes]] = field(default_factory=list)
    """Place, bytes without a gap, and their substitute."""

    def place(self, seq: int) -> int:
        """A sequence number, relative to the first."""
        return (seq - self.begin + HALF) % FULL - HALF

    def settle(self) -> None:
        """Put the pieces together; of bytes that were sent differently again the first count."""
        self.runs.clear()
        parts: list[bytes] = []
        start = end = 0
        for place, data in sorted(self.pieces, key=lambda piece: piece[0]):
            if parts and place <= end:
                data = data[end - place :]
            else:
                self._add(start, parts)
                parts, start, end = [], place, place
            parts.append(data)
            end += len(data)
        self._add(start, parts)
        self.pieces.clear()

    def _add(self, start: int, parts: list[bytes]) -> None:
        if parts:
            self.runs.append((start, b"".join(parts), b""))

    def substitute(self, text: Callable[[bytes], bytes]) -> None:
        """Give each run its substitute."""
        self.runs = [(start, data, text(data)) for start, data, _ in self.runs]

    def payload(self, place: int, data: bytes) -> bytes:
        """What stands for a segment's payload; zeros if other bytes were sent there first."""
        at = bisect_right(self.runs, place, key=itemgetter(0)) - 1
        if at < 0:
            return bytes(len(data))
        start, sent, new = self.runs[at]
        span = slice(place - start, place - start + len(data))
        return new[span] if sent[span] == data else bytes(len(data))


class Directions:
    """Tells the connections of a direction apart by their SYN."""

    def __init__(self) -> None:
        self._current: dict[bytes, tuple[Direction, int | None]] = {}
        self.all: list[Direction] = []

    def of(self, key: bytes, seq: int, flags: int) -> Direction:
        """The direction that a segment is of."""
        known = self._current.get(key)
        if known is None or (flags & SYN and known[1] != seq):
            begin = (seq + 1) % FULL if flags & SYN else seq
            known = Direction(begin), seq if flags & SYN else None
            self._current[key] = known
            self.all.append(known[0])
        return known[0]
