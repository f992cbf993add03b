"""Frame numbers as evidence: all of them while they are few, the first ones and the last after."""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Self

__all__ = ["KEPT", "NO_FRAMES", "Frames"]

KEPT = 256
"""Numbers kept at most, besides the last; enough to look at, bounded in a flood."""


class Frames:
    """Frame numbers in the order they were seen; iterating gives those that are kept."""

    __slots__ = ("_first", "count", "last")

    def __init__(self) -> None:
        self._first: array[int] | None = None
        self.count = 0
        """How many were seen."""
        self.last = 0

    def add(self, frame: int) -> None:
        """Take note of one more."""
        if self.count < KEPT:
            if self._first is None:
                self._first = array("Q")
            self._first.append(frame)
        self.count += 1
        self.last = frame

    def extend(self, frames: array[int]) -> None:
        """Take note of some more."""
        room = max(0, KEPT - self.count)
        if self._first is None:
            self._first = frames[:room]
        elif room:
            self._first.extend(frames[:room])
        self.count += len(frames)
        self.last = frames[-1]

    def add_behind(self, others: Iterable[tuple[Frames, int]]) -> None:
        """Take note of what each of some others got behind as many as are told.

        All are in rising order; theirs may lie between those that were added.
        """
        kept = self._first if self._first is not None else array("Q")
        end = kept[-1] if len(kept) == KEPT else None
        new = array("Q")
        for other, told in others:
            if other._first and len(other._first) > told:
                first = other._first
                new += first[told : None if end is None else bisect_left(first, end)]
            self.count += other.count - told
            self.last = max(self.last, other.last)
        if new:
            begin = bisect_left(kept, min(new))  # those before stay where they are
            kept[begin:] = array("Q", sorted(kept[begin:] + new)[: KEPT - begin])
            self._first = kept

    @property
    def first(self) -> int | None:
        """The first number, None if there is none."""
        return self._first[0] if self._first else None

    @property
    def highest(self) -> int:
        """The highest number of those that are kept, 0 if there is none."""
        first = self._first
        if not first:
            return 0
        return self.last if self.count == 1 else max(self.last, max(first))

    @property
    def left_out(self) -> int:
        """How many were seen and are not kept."""
        return max(0, self.count - KEPT - 1)

    def state(self) -> tuple[bytes, int, int]:
        """All of it, in plain values."""
        return (b"" if self._first is None else self._first.tobytes()), self.count, self.last

    @classmethod
    def from_state(cls, state: tuple[bytes, int, int]) -> Self:
        """What has that state."""
        frames = cls()
        first, frames.count, frames.last = state
        if first:
            frames._first = array("Q", first)
        return frames

    def __iter__(self) -> Iterator[int]:
        return chain(self._first or (), (self.last,) if self.count > KEPT else ())

    def __len__(self) -> int:
        return min(self.count, KEPT + 1)

    def __repr__(self) -> str:
        return f"<Frames {list(self)[:8]}{'…' if self.count > 8 else ''} ({self.count})>"


NO_FRAMES = Frames()
"""For what most have none of; nothing is ever added to it."""
