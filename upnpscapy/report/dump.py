"""Bytes of a frame as a hex dump, and of a message as text, with what matters marked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import NamedTuple

from upnpscapy.display import printable

__all__ = ["Line", "Run", "hex_lines", "is_text", "text_lines"]

WIDTH = 16
"""Bytes of a line."""

MAX_LINES = 12
"""Lines of a dump without a mark, and of the marked part of one with it."""

AROUND = 2
"""Lines shown before and after what is marked."""

HEAD = 1_200
"""Bytes of a message shown as text from its beginning."""

NEAR = 240
"""Bytes shown as text before and after what is marked, if it lies behind."""

MAX_MARKED = 512
"""Bytes of what is marked that are shown as text."""

_CHARACTERS = bytes(byte if 0x20 <= byte < 0x7F else 0x2E for byte in range(256))
"""Each byte as it is shown: what is no printable ASCII is a point."""

_TEXT = re.compile(rb"[\t\r\n\x20-\x7e]")

Range = tuple[int, int]
"""Start and end."""


class Run(NamedTuple):
    """Text that is marked, or not."""

    text: str
    marked: bool = False


class Line(NamedTuple):
    """A line of a hex dump, or of text: then it has no offset and no characters."""

    offset: str
    runs: tuple[Run, ...]
    characters: tuple[Run, ...] = ()


def hex_lines(data: bytes, start: int, end: int, marked: Range | None) -> Iterator[Line]:
    """The lines of ``data[start:end]``, or of what is around the mark in it.

    Offsets are those in ``data``, as Wireshark shows them of a frame.
    """
    first, last = start // WIDTH, (end - 1) // WIDTH
    if marked is not None:
        first = max(first, marked[0] // WIDTH - AROUND)
        most = marked[0] // WIDTH + MAX_LINES
        shown_last = min(last, (marked[1] - 1) // WIDTH + AROUND, most)
    else:
        shown_last = min(last, first + MAX_LINES - 1)
    for line in range(first, shown_last + 1):
        yield _hex_line(data, line * WIDTH, start, end, marked)
    left = end - (shown_last + 1) * WIDTH
    if left > 0:
        yield Line("", (Run(f"… {left:,} more bytes of the frame"),))


def text_lines(data: bytes, marked: Range | None) -> Iterator[Line]:
    """A message as lines of text: its beginning, and what is around the mark in it."""
    ranges = [(0, min(len(data), HEAD))]
    if marked is not None:
        marked = marked[0], min(marked[1], marked[0] + MAX_MARKED)
        near = max(0, marked[0] - NEAR), min(len(data), marked[1] + NEAR)
        if near[1] > HEAD:
            ranges = [(0, near[1])] if near[0] <= HEAD else [(0, HEAD), near]
    reached = 0
    for start, end in ranges:
        if start > reached:
            yield Line("", (Run(f"… {start - reached:,} bytes left out …"),))
        yield from _lines(data, start, end, marked)
        reached = end
    if reached < len(data):
        yield Line("", (Run(f"… {len(data) - reached:,} more bytes"),))


def is_text(data: bytes) -> bool:
    """Whether a message is worth being shown as text: its first bytes mostly are."""
    head = data[:256]
    return bool(head) and len(_TEXT.findall(head)) * 10 >= len(head) * 8


def _hex_line(data: bytes, at: int, start: int, end: int, marked: Range | None) -> Line:
    first, last = max(at, start), min(at + WIDTH, end)
    if last - first == WIDTH and (marked is None or marked[1] <= first or last <= marked[0]):
        shown = data[first:last]
        digits = Run(f"{_hex(shown, at)} ")
        return Line(f"{at:04x}", (digits,), (Run(_ascii(shown)),))
    edges = [first, last]
    if marked is not None and marked[0] < last and first < marked[1]:
        edges[1:1] = [max(first, marked[0]), min(last, marked[1])]
    cells, characters = [Run(_blanks(at, first))], [Run(" " * (first - at))]
    for place, (begin, stop) in enumerate(pairwise(edges)):
        shown, is_marked = data[begin:stop], place == 1
        if not shown:
            continue
        cells += (Run(_hex(shown, begin), is_marked), Run(_gap(stop)))
        characters.append(Run(_ascii(shown), is_marked))
    cells.append(Run(_blanks(last, at + WIDTH)))
    return Line(f"{at:04x}", _filled(cells), _filled(characters))


def _hex(shown: bytes, at: int) -> str:
    """Two digits for each byte, and a wider gap in the middle of a line."""
    head = shown[: max(0, WIDTH // 2 - at % WIDTH)]
    tail = shown[len(head) :]
    return (_gap(at + len(head)) if head and tail else "").join((head.hex(" "), tail.hex(" ")))


def _ascii(shown: bytes) -> str:
    return shown.translate(_CHARACTERS).decode("ascii")


def _gap(place: int) -> str:
    """What stands before a byte that follows another."""
    return "  " if place % WIDTH == WIDTH // 2 else " "


def _blanks(first: int, behind: int) -> str:
    """What stands instead of bytes that are not shown, with the gap to the next one."""
    return "".join("  " + _gap(place + 1) for place in range(first, behind))


def _filled(runs: list[Run]) -> tuple[Run, ...]:
    return tuple(run for run in runs if run.text)


def _lines(data: bytes, start: int, end: int, marked: Range | None) -> Iterator[Line]:
    pieces = [(start, end, False)]
    if marked is not None and start <= marked[0] < end:
        middle = min(marked[1], end)
        pieces = [(start, marked[0], False), (marked[0], middle, True), (middle, end, False)]
    line: list[Run] = []
    for begin, stop, is_marked in pieces:
        text = data[begin:stop].decode("utf-8", "backslashreplace").replace("\r\n", "\n")
        for place, piece in enumerate(text.split("\n")):
            if place:
                yield Line("", tuple(line))
                line = []
            if piece:
                line.append(Run(printable(piece), is_marked))
    if line:
        yield Line("", tuple(line))
