"""Between a message and the values of a packet's fields.

``values`` reads a message into field values; ``rewrite`` writes changed values back and leaves
every line that did not change as it was sent.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Any

from scapy.fields import RawVal

from upnpscapy.layers.fields import Item, as_bytes, as_item, header_line, item_line
from upnpscapy.protocol.httpu import Header, Headers, Message, parse

__all__ = ["HeaderNames", "read", "rewrite", "values"]

HeaderNames = Mapping[bytes, tuple[str, bytes]]
"""Lower-case header name → (field, name as written)."""

_REMEMBERED_MESSAGES = 1024
_LONGEST_REMEMBERED = 2048
"""Bytes; longer payloads are not SSDP's, and would fill the memory."""

_parse = lru_cache(_REMEMBERED_MESSAGES)(parse)


def read(data: bytes) -> Message:
    """A payload as a message; the same payload is read once, for SSDP repeats itself."""
    return _parse(data) if len(data) <= _LONGEST_REMEMBERED else parse(data)


def values(message: Message, names: HeaderNames) -> dict[str, Any]:
    """A message as field values; of a header sent twice, the first is in its own field."""
    start = message.start.stripped
    end = message.start.line[len(start) :] or b"\r\n"
    found: dict[str, Any] = {}
    others = []
    for header, name in zip(message.headers, _fields(message, names), strict=True):
        if name is None:
            others.append(as_item(header))
        else:
            found[name] = header.value
    found["prologue"] = message.prologue
    found["start_line"] = start
    found["headers"] = others
    found["line_end"] = end
    found["blank"] = None if message.blank == end else message.blank
    found["body"] = message.body
    return found


def rewrite(message: Message, names: HeaderNames, new: Mapping[str, Any]) -> bytes:
    """A message with the values of ``new``; lines whose value did not change keep their bytes."""
    old = values(message, names)
    end = as_bytes(new["line_end"])
    fields = _fields(message, names)
    others = [header for header, name in zip(message.headers, fields, strict=True) if name is None]
    kept, added = _aligned(message, others, new["headers"], end)

    rest = iter(kept)
    lines = [_start(message, new["start_line"])]
    for header, name in zip(message.headers, fields, strict=True):
        if name is None:
            lines += next(rest)
        else:
            lines.append(_header(message, header, new[name]))
    if end != old["line_end"]:
        lines = [_ended(line, end) for line in lines]
    for name, wire_name in names.values():
        value = new[name]
        if name not in old and value is not None:
            raw = isinstance(value, RawVal)
            added.append(bytes(value) if raw else header_line(wire_name, as_bytes(value), end))
    lines = [line for line in lines if line]
    if added and lines and not lines[-1].endswith((b"\r", b"\n")):
        lines[-1] += end
    blank = end if new["blank"] is None else as_bytes(new["blank"])
    return b"".join((as_bytes(new["prologue"]), *lines, *added, blank, as_bytes(new["body"])))


def _fields(message: Message, names: HeaderNames) -> list[str | None]:
    """The field each header is the value of, None for those in the list of others."""
    seen: set[bytes] = set()
    fields: list[str | None] = []
    for header in message.headers:
        known = names.get(header.key) if header.key not in seen else None
        seen.add(header.key)
        fields.append(None if known is None else known[0])
    return fields


def _aligned(
    message: Message, headers: Sequence[Header], new: Any, end: bytes
) -> tuple[list[list[bytes]], list[bytes]]:
    """The lines that stand where each old header stood, and those to add after all."""
    if isinstance(new, RawVal):
        return [[] for _ in headers], [bytes(new)]
    items = [as_item(item) for item in new or ()]
    places: list[list[bytes]] = [[] for _ in range(len(headers) + 1)]
    at = 0
    for index, item in _pairs([as_item(header) for header in headers], items):
        if index is not None:
            at = index + 1
        if item is None:
            continue
        if index is None:
            places[at].append(item_line(item, end))
        elif isinstance(item, tuple) and item != as_item(headers[index]):
            places[index].append(_line_with(message, headers[index], item[1]))
        else:
            places[index].append(headers[index].line)
    return places[:-1], places[-1]


def _pairs(old: list[Item], new: list[Item]) -> Iterator[tuple[int | None, Item | None]]:
    """Which old item each new one is, by name and value where possible, else by name.

    An old item that is gone comes with None, a new one that is added with None for its index.
    """
    for tag, start, stop, low, high in SequenceMatcher(None, old, new, False).get_opcodes():
        if tag == "equal":
            yield from zip(range(start, stop), new[low:high], strict=True)
            continue
        by_name = SequenceMatcher(
            None, [*map(_name, old[start:stop])], [*map(_name, new[low:high])], False
        )
        for what, first, last, left, right in by_name.get_opcodes():
            if what == "equal":
                indexes = range(start + first, start + last)
                yield from zip(indexes, new[low + left : low + right], strict=True)
            else:
                yield from ((index, None) for index in range(start + first, start + last))
                yield from ((None, item) for item in new[low + left : low + right])


def _name(item: Item) -> Item:
    return item[0] if isinstance(item, tuple) else item


def _start(message: Message, value: Any) -> bytes:
    """The start line with its value as it is in the packet."""
    if value is None:
        return b""
    if isinstance(value, RawVal):
        return bytes(value)
    line, old = message.start.line, message.start.stripped
    wire_value = as_bytes(value)
    return line if wire_value == old else wire_value + line[len(old) :]


def _header(message: Message, header: Header, value: Any) -> bytes:
    """A header's line with its value as it is in the packet."""
    if value is None:
        return b""
    if isinstance(value, RawVal):
        return bytes(value)
    wire_value = as_bytes(value)
    return header.line if wire_value == header.value else _line_with(message, header, wire_value)


def _line_with(message: Message, header: Header, value: bytes) -> bytes:
    """A header's line with another value, as ``Message.with_header`` writes it."""
    alone = message._replace(prologue=b"", headers=Headers((header,)), blank=b"", body=b"")
    changed = bytes(alone.with_header(header.name, value, check=False))
    return changed[len(message.start.line) :]


def _ended(line: bytes, end: bytes) -> bytes:
    content = line.rstrip(b"\r\n")
    return line if content == line else content + end
