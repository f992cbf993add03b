"""A message as it was sent, line by line: what deviates is marked, named and has its clause."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from upnpscapy.protocol.http_lines import text
from upnpscapy.tree import Node, Tree, Written, card

if TYPE_CHECKING:
    from upnpscapy.protocol.defect import Defect
    from upnpscapy.protocol.httpu import Message
    from upnpscapy.protocol.ssdp import SsdpMessage

__all__ = ["head_node", "meaning_fields", "message_tree", "ssdp_nodes", "ssdp_tree"]

MAX_LINES = 128
"""Header lines shown; real messages have a dozen."""

MAX_LINE = 800
"""Bytes of a line that are shown, and looked into."""

MAX_TAIL = 256
"""Bytes shown of what follows the head."""

_END = re.compile(rb"[\r\n]+\Z")
_NAME = re.compile(rb"\A[ \t]*([^:\r\n]+?)[ \t]*:")
_VALUE = re.compile(rb":[ \t]*([^\r\n].*?)[ \t]*[\r\n]*\Z", re.DOTALL)
_LINE = re.compile(rb"\A[^\r\n]+")
_SPANS = {
    **dict.fromkeys(("bare-lf", "bare-cr", "cr-cr-lf", "mixed-line-ends"), _END),
    **dict.fromkeys(("lower-case-name", "bad-name", "duplicate-header"), _NAME),
    **dict.fromkeys(("header-without-colon", "folded-header", "no-reason-phrase"), _LINE),
    "non-ascii-name": re.compile(rb"\A[^:]*?([\x80-\xff]+)"),
    "non-ascii-value": re.compile(rb":.*?([\x80-\xff]+)", re.DOTALL),
    "nul-in-value": re.compile(rb"(\0+)"),
    "control-in-value": re.compile(rb":.*?([\x01-\x08\x0b\x0c\x0e-\x1f\x7f]+)", re.DOTALL),
    "lf-in-value": re.compile(rb"(\n)(?=.)", re.DOTALL),
    "blank-before-name": re.compile(rb"\A([ \t]+)"),
    "space-before-colon": re.compile(rb"([ \t]+):"),
    "no-space-after-colon": re.compile(rb"(:)"),
    "tab-after-colon": re.compile(rb":(\t)"),
    "header-without-name": re.compile(rb"(:)"),
    "request-target": re.compile(rb"\A\S+[ \t]+(\S+)"),
    "status-not-200": re.compile(rb"\A\S+[ \t]+(\S+)"),
    "http-version": re.compile(rb"(HTTP/[^\s]*)", re.IGNORECASE),
}
"""Deviation → the bytes it is about, in its line; of a header it is the value otherwise."""


class _Segment(NamedTuple):
    """A line of a message, or what is outside of its lines."""

    data: bytes
    is_header: bool = False
    is_line: bool = True


def message_tree(message: Message) -> Tree:
    """The message as sent."""
    return Tree((head_node(message, "message"),))


def ssdp_tree(message: SsdpMessage) -> Tree:
    """What the message means, then as sent."""
    return card(message.kind, message.target or "", meaning_fields(message), ssdp_nodes(message))


def ssdp_nodes(message: SsdpMessage) -> tuple[Node, ...]:
    """The message as sent, with the deviations in meaning too."""
    return (head_node(message.message, "as sent", message.defects),)


def head_node(message: Message, label: str, defects: Sequence[Defect] | None = None) -> Node:
    """A message's lines; deviations that are nowhere in it are fields."""
    defects = message.defects if defects is None else defects
    segments = list(_segments(message))
    plain_end = len(segments) - 1 if segments and segments[-1] == _Segment(b"\r\n") else None
    marked: dict[int, list[Defect]] = {}
    elsewhere = []
    for defect in defects:
        place = _segment_at(segments, defect.at)
        if place is None:
            elsewhere.append(("deviates", str(defect)))
        else:
            marked.setdefault(place, []).append(defect)
    written = [
        _written(segment, marked.get(place, ()))
        for place, segment in enumerate(segments)
        if place in marked or (place < MAX_LINES and place != plain_end)
    ]
    left_out = len(segments) - len(written) - (plain_end is not None and plain_end not in marked)
    if left_out:
        elsewhere.append(("not shown", f"{left_out} lines without a deviation"))
    count = len(defects)
    note = f"{count} {'deviation' if count == 1 else 'deviations'}" if count else ""
    return Node(label, note, tuple(elsewhere), written=tuple(written))


def meaning_fields(message: SsdpMessage) -> tuple[tuple[str, object], ...]:
    """What was read, by the names of the table ``messages``."""
    names = (
        "udn location server user_agent mx_seconds max_age_seconds boot_id next_boot_id config_id "
        "search_port secure_location"
    )
    return tuple((name, getattr(message, name)) for name in names.split())


def _segments(message: Message) -> Iterator[_Segment]:
    if message.prologue:
        yield _Segment(message.prologue, is_line=False)
    if message.start.line:
        yield _Segment(message.start.line)
    for header in message.headers:
        yield _Segment(header.line, is_header=True)
    if message.blank:
        yield _Segment(message.blank)
    if message.body:
        yield _Segment(message.body, is_line=False)


def _segment_at(segments: Sequence[_Segment], at: int | None) -> int | None:
    """Which segment an offset is in; what is at the end is of the last one."""
    if at is None or not segments:
        return None
    end = 0
    for place, segment in enumerate(segments):
        end += len(segment.data)
        if at < end:
            return place
    return len(segments) - 1


def _written(segment: _Segment, defects: Sequence[Defect]) -> Written:
    most = MAX_LINE if segment.is_line else MAX_TAIL
    shown = segment.data[:most]
    spans = sorted({_span(segment, shown, defect.name) for defect in defects})
    # A line end is seen where it is not as it should be.
    end = len(shown)
    if segment.is_line and shown.endswith(b"\r\n") and all(stop <= end - 2 for _, stop in spans):
        end -= 2
    pieces, at = [], 0
    for start, stop in spans:
        if start < at:
            continue
        pieces += [(text(shown[at:start]), False), (text(shown[start:stop]), True)]
        at = stop
    pieces.append((text(shown[at:end]), False))
    if len(segment.data) > most:
        pieces.append((f"… ({len(segment.data)} bytes)", False))
    notes = tuple(f"{one.name}: {one.meaning} ({one.clause})" for one in defects)
    return Written(tuple((piece, mark) for piece, mark in pieces if piece), notes)


def _span(segment: _Segment, data: bytes, name: str) -> tuple[int, int]:
    """Where in a segment the bytes are that a deviation is about."""
    if not segment.is_line:
        return 0, len(data)
    pattern = _SPANS.get(name)
    match = pattern.search(data) if pattern else None
    if match is None and segment.is_header:
        match = _VALUE.search(data)
    if match is None:
        match = _LINE.search(data)
    if match is None:
        return 0, len(data)
    return match.span(1) if match.re.groups else match.span()
