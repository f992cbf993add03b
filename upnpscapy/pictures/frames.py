"""Frame numbers in a picture: with their file where there are several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from upnpscapy.pictures.tracks import Cell, Frame

if TYPE_CHECKING:
    from upnpscapy.forensics.case import Case

__all__ = ["FrameWords"]

MAX_NAME = 60
"""Characters of a file's name, the last ones."""


class FrameWords:
    """How frames of a case are written."""

    def __init__(self, case: Case) -> None:
        self.several = len(list(case.captures)) > 1

    def one(self, frame: Frame | None) -> str:
        """``42``, or ``a.pcap:42``; empty for none."""
        if frame is None:
            return ""
        capture, number = frame
        if not self.several:
            return str(number)
        return f"{capture if len(capture) <= MAX_NAME else '…' + capture[-MAX_NAME:]}:{number}"

    def hint(self, frames: Sequence[Frame], last: Frame, count: int) -> str:
        """``frame 42``, ``frames 42, 43 … 60``."""
        if count == 1:
            return f"frame {self.one(last)}"
        first = list(frames) if count > len(frames) else list(frames)[:-1]
        dots = " … " if count > len(frames) + 1 else ", "
        return f"frames {', '.join(map(self.one, first))}{dots}{self.one(last)}"

    def between(self, first: Frame, last: Frame, count: int) -> str:
        """``frame 42``, ``frames 42 to 60``."""
        if first == last:
            return f"frame {self.one(first)}"
        joined = " and " if count == 2 else " to "
        return f"frames {self.one(first)}{joined}{self.one(last)}"

    def short(self, first: Frame, last: Frame) -> str:
        """``42``, ``42…60``, with the last characters of the file's name."""
        words = str(first[1]) if first == last else f"{first[1]}…{last[1]}"
        return f"…{first[0][-6:]}:{words}" if self.several else words

    def beside(self, cell: Cell) -> list[str]:
        """What may stand beside a mark, the longest first."""
        if self.several:
            return [f"({cell.count})"] if cell.count > 1 else []
        first = str(cell.frames[0][1])
        if cell.count == 1:
            return [first]
        return [f"{first}…{cell.last[1]} ({cell.count})", f"{first} ({cell.count})", first]
