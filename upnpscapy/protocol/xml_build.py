"""XML to send: text and names as XML writes them, or ``MessageError``.

XML 1.0 cannot carry every text, not even as a reference: control characters but tab and line
ends, surrogates, U+FFFE and U+FFFF (XML 1.0, 2.2).
"""

from __future__ import annotations

import re

from upnpscapy.errors import MessageError

__all__ = ["attribute_text", "element_name", "element_text"]

_UNWRITABLE = re.compile("[\0-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9._-]*\Z")
"""Of arguments and actions; the standard's own are ASCII (UDA 2.0, 2.5)."""

_IN_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_IN_ATTRIBUTE = _IN_TEXT | str.maketrans({'"': "&quot;", "\n": "&#10;", "\t": "&#9;"})


def element_text(value: str) -> str:
    """Text as it stands between tags; a parser gives back the same text.

    A carriage return is written as a reference, else a parser reads a line feed.
    """
    _check(value)
    return value.translate(_IN_TEXT)


def attribute_text(value: str) -> str:
    """Text as it stands in double quotes; a parser gives back the same text."""
    _check(value)
    return value.translate(_IN_ATTRIBUTE)


def element_name(name: str) -> str:
    """The name itself, if an element can have it without a prefix."""
    if not _NAME.match(name):
        raise MessageError(f"not a name for an XML element: {name!r}")
    return name


def _check(value: str) -> None:
    if match := _UNWRITABLE.search(value):
        raise MessageError(f"XML cannot carry {match.group()!r}")
