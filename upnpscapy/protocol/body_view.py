"""A body as people read it: XML as a tree, text as lines, anything else as hexadecimal."""

from __future__ import annotations

import re

from upnpscapy.errors import DescriptionError
from upnpscapy.protocol.http_lines import text
from upnpscapy.protocol.xml import Element, parse_xml
from upnpscapy.tree import MAX_VALUE, Node, Written

__all__ = ["body_node"]

MAX_XML = 256 << 10
"""Bytes up to which XML is read to be looked at."""

MAX_ELEMENTS = 200
"""Elements shown."""

MAX_DEPTH = 32
"""Elements in each other that are shown."""

MAX_LINES = 100
"""Lines of text shown."""

OPEN_ELEMENTS = 40
"""Elements up to which a body is open at once; an envelope has some ten."""

MAX_HEX = 256
"""Bytes shown of what is no text."""

_ROW = 16
_NO_TEXT = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")


def body_node(data: bytes, label: str = "body", *, complete: bool = True) -> Node:
    """A body; ``complete`` says whether it is all there."""
    size = f"{len(data)} bytes" + ("" if complete else ", not all of it is there")
    if data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and len(data) <= MAX_XML:
        try:
            document = parse_xml(data)
        except DescriptionError as error:
            return _text_node(label, f"{size}, no XML: {error.reason}", data)
        room = [MAX_ELEMENTS]
        fields = tuple(("repaired", str(repair)) for repair in document.repairs)
        children = (_element_node(document.root, room, 0),)
        is_open = room[0] > MAX_ELEMENTS - OPEN_ELEMENTS
        return Node(label, f"{size} of XML", fields, children, is_open)
    if _is_text(data):
        return _text_node(label, size, data)
    rows = range(0, min(len(data), MAX_HEX), _ROW)
    lines = [_hex_row(at, data[at : at + _ROW]) for at in rows]
    if len(data) > MAX_HEX:
        lines.append(Written(((f"… {len(data) - MAX_HEX} more bytes", False),)))
    return Node(label, size, written=tuple(lines))


def _element_node(element: Element, room: list[int], depth: int) -> Node:
    room[0] -= 1
    name = f"{element.prefix}:{element.name}" if element.prefix else element.name
    children = []
    if depth < MAX_DEPTH:
        for child in element.children:
            if room[0] <= 0:
                break
            children.append(_element_node(child, room, depth + 1))
    left_out = len(element.children) - len(children)
    if left_out:
        children.append(Node(f"… {left_out} more"))
    return Node(name, element.text, element.attributes, tuple(children))


def _text_node(label: str, note: str, data: bytes) -> Node:
    most = MAX_LINES * MAX_VALUE
    lines = data[:most].splitlines()
    shown = [Written(((text(line), False),)) for line in lines[:MAX_LINES]]
    if len(lines) > MAX_LINES or len(data) > most:
        shown.append(Written((("… more", False),)))
    return Node(label, note, written=tuple(shown))


def _is_text(data: bytes) -> bool:
    """No byte that no text holds, in what would be shown of it."""
    return not _NO_TEXT.search(data, 0, MAX_LINES * MAX_VALUE)


def _hex_row(at: int, data: bytes) -> Written:
    plain = "".join(chr(byte) if 32 <= byte < 127 else "." for byte in data)
    return Written(((f"{at:04x}  {data.hex(' '):<{3 * _ROW}} {plain}", False),))
