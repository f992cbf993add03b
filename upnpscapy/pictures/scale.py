"""What pictures with time have in common: the scale on top, the legend below."""

from __future__ import annotations

from collections.abc import Iterable

from upnpscapy.pictures.clock import Clock
from upnpscapy.pictures.svg import MARGIN, SMALL, Drawing
from upnpscapy.pictures.words import text_width

__all__ = ["draw_legend", "draw_scale"]

COLUMN = 324
LINE = 18


def draw_scale(drawing: Drawing, clock: Clock, top: float, bottom: float) -> None:
    """Lines through the picture, with the time in UTC above them."""
    drawing.text(MARGIN, top - 6, f"{clock.day} UTC", "f", size=SMALL)
    for x, label in clock.ticks():
        drawing.line(x, top, x, bottom, "rule")
        half = text_width(label, SMALL) / 2
        if clock.left - 30 + half <= x <= drawing.width - half - 4:
            drawing.text(x, top - 6, label, "f m", size=SMALL)


def draw_legend(drawing: Drawing, marks: Iterable[tuple[str, str, str]], y: float) -> float:
    """(shape, style, words) in columns; returns where it ends."""
    column = -1
    for column, (shape, style, words) in enumerate(marks):
        x = MARGIN + column % 3 * COLUMN
        here = y + column // 3 * LINE
        drawing.mark(shape, x + 6, here, 4.5, style)
        drawing.text(x + 18, here + 4, words, "f", size=SMALL, width=COLUMN - 22)
    return y + column // 3 * LINE + 4
