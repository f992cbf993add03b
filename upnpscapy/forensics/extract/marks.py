"""Frames that were marked, a bit for each: less than a thousandth of what the frames take."""

from __future__ import annotations

from collections.abc import Iterator

__all__ = ["FrameMarks"]

_PAGE_BITS = 16
"""Frames are looked after in pages of so many bits; a page without a mark takes nothing."""

_PAGE_BYTES = 1 << _PAGE_BITS - 3

_BITS = tuple(tuple(bit for bit in range(8) if value >> bit & 1) for value in range(256))


class FrameMarks:
    """A set of frame numbers that are asked for in ascending ranges."""

    def __init__(self) -> None:
        self._pages: dict[int, bytearray] = {}

    def add(self, number: int) -> None:
        """Mark a frame."""
        page = self._pages.get(number >> _PAGE_BITS)
        if page is None:
            page = self._pages[number >> _PAGE_BITS] = bytearray(_PAGE_BYTES)
        place = number & (1 << _PAGE_BITS) - 1
        page[place >> 3] |= 1 << (place & 7)

    def within(self, first: int, last: int) -> Iterator[int]:
        """The marked frames from ``first`` to ``last``, both included, in order."""
        for number in range(first >> _PAGE_BITS, (last >> _PAGE_BITS) + 1):
            page = self._pages.get(number)
            if page is None:
                continue
            base = number << _PAGE_BITS
            begin = max(first - base, 0) >> 3
            end = min(last - base >> 3, _PAGE_BYTES - 1) + 1
            for place, value in enumerate(page[begin:end], begin):
                if value:
                    for bit in _BITS[value]:
                        if first <= (frame := base + (place << 3) + bit) <= last:
                            yield frame
