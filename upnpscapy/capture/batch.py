"""The common currency of the file formats: a buffer, and where in it the frames begin."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

__all__ = ["Batch", "Frame", "Record"]


class Record(NamedTuple):
    """What a capture file says of one frame."""

    time_ns: int | None
    """Nanoseconds since 1970 UTC; None where the format has no time (simple packet blocks)."""
    captured: int
    """Bytes of the frame in the file."""
    original: int
    """Bytes of the frame on the wire."""


class Batch(NamedTuple):
    """Consecutive frames of one link type in one buffer.

    Frame ``first_frame + i`` begins at ``data[starts[i]]``, and lies in ``data`` completely;
    ``describe(data, starts[i])`` tells its time and lengths.
    Only the frames someone asks about are described.
    """

    data: bytes
    starts: list[int]
    first_frame: int
    link_type: int
    describe: Callable[[bytes, int], tuple[int | None, int, int]]
    """As ``Record``, a plain tuple for speed."""
    kept: Sequence[int] | None = None
    """Places in ``starts`` of the frames that are left when those that nobody wants are passed
    over (see ``passing``); None if that was not tried."""

    def take_places(self, numbers: deque[int]) -> list[int]:
        """The places in ``starts`` of the frames with these ascending numbers; they are removed.

        So are numbers of frames before the batch.
        """
        places, behind = [], self.first_frame + len(self.starts)
        while numbers and numbers[0] < behind:
            number = numbers.popleft()
            if number >= self.first_frame:
                places.append(number - self.first_frame)
        return places


class Frame(NamedTuple):
    """One frame with its bytes, as ``read_frames`` gives it."""

    number: int
    record: Record
    link_type: int
    data: bytes
