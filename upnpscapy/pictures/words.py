"""Text in a picture: how wide it is at most, and how it is cut to fit.

Fonts are the reader's, so that widths are estimates on the safe side (DejaVu Sans, which is wide).
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from upnpscapy.display import printable

__all__ = ["counted", "fit", "text_width"]

MAX_CHARACTERS = 400
"""Of a text from the wire that is looked at; no place in a picture has room for more."""

_NARROW = frozenset(" .,:;'|!iIjlft()[]/\\")
_WIDE = frozenset("MWmw@%&…→←—")


def text_width(text: str, size: float) -> float:
    """The width of a text in a font size, in the same unit, rather too much than too little."""
    return size * sum(map(_advance, text))


def fit(text: str, width: float, size: float) -> str:
    """Text from the wire, printable and cut with an ellipsis where it is wider than ``width``.

    Characters that are drawn over others are written as escapes.
    """
    shown = _tame(text[:MAX_CHARACTERS])
    cut = len(text) > MAX_CHARACTERS
    if not cut and text_width(shown, size) <= width:
        return shown
    room = width - text_width("…", size)
    end = 0
    for char in shown:
        room -= size * _advance(char)
        if room < 0:
            break
        end += 1
    return shown[:end].rstrip() + "…"


def counted(number: int, noun: str, plural: str = "") -> str:
    """``1 message``, ``1,024 messages``."""
    return f"{number:,} {noun if number == 1 else plural or f'{noun}s'}"


def _tame(text: str) -> str:
    shown = printable(text)
    if shown.isascii():
        return shown
    return "".join([_escape(char) if unicodedata.combining(char) else char for char in shown])


def _escape(char: str) -> str:
    return f"\\u{ord(char):04x}"


@lru_cache(4096)
def _advance(char: str) -> float:
    """The advance of a character in ems."""
    if char in _NARROW:
        return 0.41
    if char in _WIDE:
        return 1.02
    if char.isascii():
        return 0.72 if char.isupper() else 0.64
    return 1.1 if unicodedata.east_asian_width(char) in "WF" else 1.0
