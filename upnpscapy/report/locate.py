"""Where in a message the value lies that evidence names."""

from __future__ import annotations

import re
from ast import literal_eval
from collections.abc import Iterator
from contextlib import suppress

__all__ = ["locate"]

DISTINCT = 4
"""Bytes of a value whose first occurrence is taken; a shorter one must be the only one."""

_CUT = re.compile(r"… \([0-9]+ characters\)\Z")
_BYTES = re.compile(r"b(['\"]).*\1\Z", re.DOTALL)
_FIELD = re.compile(r"[A-Za-z0-9_.-]{1,64}: *(?=.)")
_LEADS_TO = re.compile(r"→ \[?([0-9A-Fa-f.:]*[0-9A-Fa-f])\]?:[0-9]+ ")
"""How evidence writes where a mapping leads."""

_ENTITIES = ((b"&", b"&amp;"), (b"<", b"&lt;"), (b">", b"&gt;"))
_QUOTES = ((b'"', b"&quot;"), (b"'", b"&apos;"))


def locate(value: str | None, data: bytes) -> tuple[int, int] | None:
    """Start and end of a value in a message; None if it is not there, or in doubt where."""
    was_cut = _CUT.search(value or "") is not None
    for wanted in _forms(value or ""):
        place = data.find(wanted)
        while place >= 0 and not _stands_alone(data, place, wanted, was_cut=was_cut):
            place = data.find(wanted, place + 1)
        if place < 0:
            continue
        if len(wanted) >= DISTINCT or data.find(wanted, place + 1) < 0:
            return place, place + len(wanted)
    return None


def _forms(value: str) -> Iterator[bytes]:
    """The bytes that a value may be on the wire, the likeliest first."""
    plain = _CUT.sub("", value)
    if not plain.strip():
        return
    if _BYTES.match(plain):
        with suppress(ValueError, SyntaxError):
            yield literal_eval(plain)
    encoded = plain.encode("utf-8", "surrogateescape")
    yield encoded
    escaped = encoded
    for char, entity in _ENTITIES:
        escaped = escaped.replace(char, entity)
    yield escaped
    for char, entity in _QUOTES:
        escaped = escaped.replace(char, entity)
    yield escaped
    if "\\x" in plain:  # what is not UTF-8 is written so
        yield re.sub(rb"\\x([0-9a-f]{2})", lambda match: bytes.fromhex(match[1].decode()), encoded)
    if match := _FIELD.match(plain):
        yield encoded[match.end() :]
    if match := _LEADS_TO.search(plain):
        yield match[1].encode()


def _stands_alone(data: bytes, place: int, wanted: bytes, *, was_cut: bool) -> bool:
    """Whether no letter or digit goes on at either end: ``80`` is not in ``8080``."""
    behind = place + len(wanted)
    before, after = data[max(0, place - 1) : place], data[behind : behind + 1]
    if before.isalnum() and wanted[:1].isalnum():
        return False
    return was_cut or not (after.isalnum() and wanted[-1:].isalnum())
