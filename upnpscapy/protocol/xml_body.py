"""The XML body of a control or event message: its root element, and values as they were sent.

A body that no repair makes XML is not lost: its plain elements are read one by one.
"""

from __future__ import annotations

import re

from upnpscapy.errors import DescriptionError
from upnpscapy.protocol.control_defect import ControlDefect
from upnpscapy.protocol.httpu import Headers, text
from upnpscapy.protocol.memory import Memory
from upnpscapy.protocol.xml import Element, parse_xml
from upnpscapy.protocol.xml_build import attribute_text, element_text

__all__ = ["Pairs", "attribute_of", "judge_content_type", "pairs_found", "read_body", "value_of"]

Pairs = tuple[tuple[str, str], ...]
"""(name, value) in wire order."""

MAX_BYTES = 16 << 20
"""Of one body; a media server's answer to Browse may hold thousands of items."""

_CHARSET = re.compile(r";\s*charset\s*=\s*[\"']?([^\"';\s]*)", re.IGNORECASE)
_SINCE_1_1 = re.compile(rb"UPnP/(?:1\.[1-9]|[2-9])", re.IGNORECASE)
_PLAIN = re.compile(r"<(?:[\w.-]{1,64}:)?([A-Za-z_][\w.-]{0,127})(?:\s[^<>]*)?>([^<]*)</")
_REFERENCES = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&"))


def read_body(headers: Headers, body: bytes, defects: list[ControlDefect]) -> Element | None:
    """The root element of a body, None if there is none; deviations are added to the list."""
    if not body.strip(b"\0\r\n\t "):
        defects.append(ControlDefect("missing-body"))
        return None
    judge_content_type(headers, defects)
    try:
        document = parse_xml(body, max_bytes=MAX_BYTES)
    except DescriptionError as error:
        defects.append(ControlDefect("not-xml", str(error)))
        return None
    if document.repairs:
        names = ", ".join(repair.name for repair in document.repairs)
        defects.append(ControlDefect("xml-repaired", names))
    return document.root


def value_of(element: Element) -> str:
    """The text of an element with every blank, or the XML in it where it holds elements."""
    if not element.children:
        return element.raw_text
    before = element_text(element.raw_text) if element.text else ""
    return before + "".join(map(_written, element.children))


def attribute_of(element: Element, name: str) -> str | None:
    """The value of the first attribute of that local name, in any case and with any prefix."""
    for found, value in element.attributes:
        if not found.startswith("xmlns") and found.rpartition(":")[2].lower() == name:
            return value
    return None


def pairs_found(body: bytes) -> Pairs:
    """Every element that holds plain text only, from bytes that are not XML as a whole."""
    pairs = []
    for name, value in _PLAIN.findall(text(body[:MAX_BYTES])):
        for reference, character in _REFERENCES:
            value = value.replace(reference, character)
        pairs.append((name, value))
    return tuple(pairs)


def _written(element: Element) -> str:
    name = f"{element.prefix}:{element.name}" if element.prefix else element.name
    attributes = "".join(f' {key}="{attribute_text(value)}"' for key, value in element.attributes)
    inside = value_of(element) if element.children else element_text(element.raw_text)
    return f"<{name}{attributes}>{inside}</{name}>" if inside else f"<{name}{attributes}/>"


def judge_content_type(headers: Headers, defects: list[ControlDefect]) -> None:
    """CONTENT-TYPE is text/xml; UDA 1.0, 3.2.1 advises to name the charset, later ones demand it.

    Quotes and case of the charset are passed over: no reader is known that they stop.
    """
    value = headers.get(b"content-type")
    if value is None:
        defects.append(ControlDefect("missing-content-type"))
        return
    fault, unless_old = _CONTENT_TYPES[value]
    if unless_old:
        claim = headers.get(b"server") or headers.get(b"user-agent") or b""
        if not _SINCE_1_1.search(claim):
            return
    if fault is not None:
        defects.append(fault)


def _read_content_type(value: bytes) -> tuple[ControlDefect | None, bool]:
    """What is wrong with a value, and whether it is right if the sender is of UDA 1.0."""
    shown = text(value)
    if shown.partition(";")[0].strip().lower() != "text/xml":
        return ControlDefect("content-type-value", shown), False
    charset = _CHARSET.search(shown)
    if charset is not None and charset[1].lower() in ("utf-8", "utf8"):
        return None, False
    return ControlDefect("content-type-charset", shown), charset is None


_CONTENT_TYPES = Memory(_read_content_type, len, limit=256, entries=256)
"""CONTENT-TYPE as sent → what is wrong with it."""
