"""Where a row comes from: the file, and frame numbers that lie in other files of a joined capture.

Inside, the frames of the n-th joined file are numbered from n · 2**40 on, so that one number
says both; outside, a frame of the row's own file is a number and any other ``name:number``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from upnpscapy.protocol.frames import Frames

__all__ = ["FILE_STRIDE", "FrameNumbers", "Place"]

FILE_STRIDE = 1 << 40


class Place(NamedTuple):
    """One file of a capture."""

    capture: str
    """Its name as given."""
    ordinal: int
    """Its position among the files of the capture."""
    names: tuple[str, ...]
    """All files of the capture, in order; one, unless files are joined."""

    @property
    def base(self) -> int:
        """What is added to the file's frame numbers inside."""
        return self.ordinal * FILE_STRIDE

    def of(self, number: int) -> tuple[str, int]:
        """The file and the frame in it of a number as used inside."""
        ordinal, frame = divmod(number, FILE_STRIDE)
        return self.names[ordinal], frame

    def show(self, number: int) -> int | str:
        """A frame's number as a row of this file shows it."""
        ordinal, frame = divmod(number, FILE_STRIDE)
        return frame if ordinal == self.ordinal else f"{self.names[ordinal]}:{frame}"

    def frames(self, numbers: Iterable[int]) -> FrameNumbers:
        """Numbers as used inside, as a row of this file shows them."""
        frames = Frames()
        for number in numbers:
            frames.add(number)
        return FrameNumbers(frames, self)


class FrameNumbers:
    """Frames as a row shows them: what is kept of them, first to last."""

    __slots__ = ("_frames", "_place")

    def __init__(self, frames: Frames, place: Place) -> None:
        self._frames = frames
        self._place = place

    @property
    def count(self) -> int:
        """How many there are."""
        return self._frames.count

    @property
    def left_out(self) -> int:
        """How many there are beyond those that are kept."""
        return self._frames.left_out

    def places(self) -> Iterator[tuple[str, int]]:
        """The file and the frame in it of each that is kept."""
        return map(self._place.of, self._frames)

    def __iter__(self) -> Iterator[int | str]:
        return map(self._place.show, self._frames)

    def __len__(self) -> int:
        return len(self._frames)

    def __repr__(self) -> str:
        return repr(self._frames)
