"""The characters behind bytes that call themselves XML: as declared, else as the bytes look.

UPnP wants UTF-8 (UDA 2.0, 2.3); devices send what their flash image was written in.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable

__all__ = ["decode"]

Add = Callable[[str, str], None]
"""Takes the name of a repair and what it concerns."""

_DECLARED = re.compile(rb"""<\?xml\s[^<>]{0,200}?encoding\s*=\s*["']?\s*([A-Za-z0-9._-]{1,40})""")
_BEGINNING = 4096
"""Bytes in which a declaration is looked for; an HTTP header may stand before it."""
_KNOWN = frozenset(
    codecs.lookup(name).name
    for name in (
        "utf-8 ascii gb2312 gbk gb18030 big5 shift_jis euc-jp euc-kr koi8-r "
        "iso8859-1 iso8859-2 iso8859-5 iso8859-7 iso8859-9 iso8859-15 "
        "cp1250 cp1251 cp1252 cp1253 cp1254"
    ).split()
)
"""Python has codecs for other things than text, some of them slow; these are text."""
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "iso8859-1": "cp1252", "ascii": "utf-8"}
_CHINESE = 4
"""Bytes above 127 in a row; one pair may be two letters of Latin-1, as in ``Füße``."""
_HIGH = re.compile(rb"[\x80-\xff]+")


def decode(data: bytes, add: Add) -> tuple[str, str]:
    """The text of any bytes, and the encoding it was read in; never raises."""
    if data.startswith(codecs.BOM_UTF8):
        add("byte-order-mark", "UTF-8")
        data = data[3:]
    elif encoding := _utf_16(data):
        return _decode_utf_16(data, encoding, add), encoding
    match = _DECLARED.search(data[:_BEGINNING])
    declared = match.group(1).decode().lower() if match else "utf-8"
    encoding = declared
    try:
        encoding = codecs.lookup(declared).name
    except LookupError:
        add("unknown-encoding", declared)
        return _guess(data, add, silent=True)
    if encoding.startswith(("utf-16", "utf-32")) or declared in ("ucs-2", "unicode"):
        add("wrong-utf-16-declaration", declared)
        return _guess(data, add, silent=True)
    if encoding not in _KNOWN:
        add("unknown-encoding", declared)
        return _guess(data, add, silent=True)
    if encoding == "utf-8":
        return _guess(data, add, silent=False)
    for name in (encoding, _WIDER.get(encoding, encoding)):
        try:
            return data.decode(name), name
        except UnicodeDecodeError:
            continue
    add("wrong-encoding", declared)
    return _guess(data, add, silent=True)


def _utf_16(data: bytes) -> str:
    """The kind of UTF-16 the bytes are by mark or by the NULs around the first ``<``."""
    if data.startswith(codecs.BOM_UTF16_LE):
        return "utf-16-le"
    if data.startswith(codecs.BOM_UTF16_BE):
        return "utf-16-be"
    start = data[:64].lstrip(b"\0 \t\r\n")
    if start[:1] == b"<" and start[1:2] == b"\0" and start[3:4] == b"\0":
        return "utf-16-be" if data[:1] == b"\0" else "utf-16-le"
    return ""


def _decode_utf_16(data: bytes, encoding: str, add: Add) -> str:
    try:
        return data.decode(encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        add("odd-utf-16", f"byte {error.start}")
        return data.decode(encoding, "replace").removeprefix("\ufeff")


def _guess(data: bytes, add: Add, *, silent: bool) -> tuple[str, str]:
    """The text of bytes of which no declaration can be believed.

    UTF-8, also with some spoilt bytes; else GB 2312 if all bytes above 127 are pairs of it, two
    of them together somewhere; else Windows' superset of Latin-1.
    """
    try:
        return data.decode(), "utf-8"
    except UnicodeDecodeError as error:
        place = f"byte {error.start}"
    kept = data.decode("utf-8", "ignore")
    spoilt = len(data) - len(kept.encode())
    if sum(map(len, _HIGH.findall(data))) > 2 * spoilt:
        add("invalid-utf-8", place)
        return data.decode("utf-8", "backslashreplace"), "utf-8"
    encoding = "cp1252"
    runs = _HIGH.findall(data)
    if all(len(run) % 2 == 0 for run in runs) and len(max(runs, key=len)) >= _CHINESE:
        try:
            b"".join(runs).decode("gb2312")
            encoding = "gb2312"
        except UnicodeDecodeError:
            pass
    if not silent:
        add("undeclared-encoding", f"read as {encoding}")
    try:
        return data.decode(encoding), encoding
    except UnicodeDecodeError:
        return data.decode("latin-1"), "latin-1"
