"""HTTP/1 message syntax as discovery sends it, one message a datagram (UDA 2.0, 1.1).

``parse`` is the only reader of HTTP syntax here.
It never raises and keeps every byte: ``bytes(parse(data)) == data``.
A message is cut at line ends of any kind (CR LF, LF, CR, CR CR LF) into
prologue, start line, header lines, empty line and body; the parts put together are the message.
What the sender got wrong is named in ``defects``.

One line is read in ``http_lines``, once: one device repeats the same ones for years.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from operator import itemgetter
from typing import NamedTuple

from upnpscapy.display import printable
from upnpscapy.errors import MessageError
from upnpscapy.protocol.defect import Defect
from upnpscapy.protocol.http_lines import (
    FOLDED,
    HEADERS,
    STARTS,
    TOKEN,
    WITHOUT_COLON,
    Header,
    Headers,
    StartLine,
    key_of,
    text,
)
from upnpscapy.tree import MAX_SUMMARY, Shown, Tree

__all__ = ["Header", "Headers", "Message", "StartLine", "build", "parse", "text"]

LATE_LOCATION = 1024
"""Bytes; readers with a 1 KiB buffer are common in small control points."""

_BEFORE_START = frozenset(b"\xef\r\n\0 \t")
_PROLOGUE = re.compile(rb"(?:\xef\xbb\xbf|[\r\n\0 \t])*")
_PROLOGUE_FAULTS = (
    ("byte-order-mark", re.compile(rb"\xef")),
    ("leading-blanks", re.compile(rb"[\r\n \t]")),
    ("leading-nul", re.compile(rb"\0")),
)
_LINES = re.compile(rb"[^\r\n]*(?:\r\r\n|\r\n|\r|\n)|[^\r\n]+\Z")
_UNWRITABLE = re.compile(rb"[\x00-\x08\x0a-\x1f\x7f]")
_NOT_A_START = frozenset(("not-http", "start-line-blanks"))
_LINE_ENDS = ((b"\n", "bare-lf"), (b"\r", "bare-cr"), (b"\r\r\n", "cr-cr-lf"))
_NAMELESS = frozenset((FOLDED, WITHOUT_COLON))
_JOINED = frozenset((FOLDED, "lf-in-value"))
_NO_START = StartLine(b"", None, None, None, None, None)

_found_of = itemgetter(1)
_header_key = itemgetter(3)


class _Parts(NamedTuple):
    prologue: bytes
    """What stands before the start line: nothing, in a good message."""
    start: StartLine
    headers: Headers
    blank: bytes
    """The line end that closes the header fields; empty if it is missing."""
    body: bytes
    defects: tuple[Defect, ...]


class Message(Shown, _Parts):
    """One HTTP message, kept byte for byte."""

    __slots__ = ()

    def tree(self) -> Tree:
        """Its lines as sent, with what deviates."""
        from upnpscapy.protocol.message_view import message_tree

        return message_tree(self)

    def _summary(self) -> str:
        words = f", {len(self.defects)} deviations" if self.defects else ""
        return f"Message {printable(text(self.start.stripped[:MAX_SUMMARY]))}{words}"

    def __bytes__(self) -> bytes:
        lines = b"".join([header.line for header in self.headers])
        return b"".join((self.prologue, self.start.line, lines, self.blank, self.body))

    def with_header(self, name: str | bytes, value: str | bytes, *, check: bool = True) -> Message:
        """The message with one header's value changed, or the header added at the end.

        Only the line of the first header of that name changes.
        Raises ``MessageError`` for what HTTP cannot carry, unless ``check`` is off,
        and where there is no start line that headers could follow.
        """
        wire_name, wire_value = _wire(name), _wire(value)
        if check:
            _check_header(wire_name, wire_value)
        if not self.start.line:
            raise MessageError("a message without a start line has no headers")
        key = wire_name.lower()
        lines = [self.start.line, *[header.line for header in self.headers]]
        for index, header in enumerate(self.headers, 1):
            if key and header.key == key:
                lines[index] = _line_with_value(header.line, wire_value)
                break
        else:
            end = _line_end(lines[-1])
            if not end:
                end = _line_end(self.start.line) or b"\r\n"
                lines[-1] += end
            lines.append(wire_name + (b": " if wire_value else b":") + wire_value + end)
        return self._with_lines(lines)

    def without_header(self, name: str | bytes) -> Message:
        """The message without any header of that name."""
        key = key_of(name)
        lines = [header.line for header in self.headers if header.key != key]
        return self._with_lines([self.start.line, *lines])

    def _with_lines(self, lines: list[bytes]) -> Message:
        return parse(b"".join((self.prologue, *lines, self.blank, self.body)))


def parse(data: bytes) -> Message:
    """Any bytes as a message; never raises, and ``bytes(parse(data)) == data``."""
    content = data.rstrip(b"\0") if data[-1:] == b"\0" else data
    defects: list[Defect] = []
    prologue = b""
    if content and content[0] in _BEFORE_START:
        prologue = _read_prologue(content, defects)
        content = content[len(prologue) :]
    if not content:
        defects = []
        _read_prologue(data, defects)
        defects.append(Defect("not-http", len(data)))
        return Message(data, _NO_START, Headers(), b"", b"", tuple(defects))

    crcrlf = b"\r\r\n" in content
    lines = _LINES.findall(content) if crcrlf else content.splitlines(keepends=True)
    at = len(prologue)
    start, found = STARTS[lines[0]]
    if found:
        defects.extend([Defect(name, at) for name in found])

    # Most messages end in their only empty line and have no line with a deviation.
    read = [*map(HEADERS.__getitem__, lines[1:-1])] if lines[-1] == b"\r\n" else None
    if read is None or any(map(_found_of, read)):
        headers, blank, count = _read_headers(lines, at, defects)
    else:
        headers, blank, count = [header for header, _ in read], b"\r\n", len(lines)
    size = len(content) if count == len(lines) else sum(map(len, lines[:count]))
    body = data[at + size :]

    if content.count(b"\r\n", 0, size) != count or crcrlf:
        _judge_line_ends(lines[:count], at, defects)
    if body or not blank:
        _judge_end(blank, body, lines[count - 1], at + size, defects)
    if len(set(map(_header_key, headers))) != len(headers):
        _judge_duplicates(headers, at + len(lines[0]), defects)
    if at + size > LATE_LOCATION:
        _judge_late_location(headers, at + len(lines[0]), defects)
    return Message(prologue, start, Headers(headers), blank, body, tuple(defects))


def build(start_line: str | bytes, headers: Iterable[tuple[str | bytes, str | bytes]]) -> Message:
    """A well-formed message of a start line and (name, value) pairs.

    Raises ``MessageError`` for what HTTP cannot carry: no request or status line,
    a name that is no token, control characters, blanks around a value.
    """
    start = _wire(start_line)
    if _UNWRITABLE.search(start) or not _NOT_A_START.isdisjoint(STARTS[start][1]):
        raise MessageError(f"not a start line: {start_line!r}")
    parts = [start, b"\r\n"]
    for name, value in headers:
        wire_name, wire_value = _wire(name), _wire(value)
        _check_header(wire_name, wire_value)
        parts += (wire_name, b": " if wire_value else b":", wire_value, b"\r\n")
    parts.append(b"\r\n")
    return parse(b"".join(parts))


def _wire(value: str | bytes) -> bytes:
    if isinstance(value, bytes):
        return value
    try:
        return value.encode()
    except UnicodeEncodeError as error:
        raise MessageError(f"not text that UTF-8 can write: {value!r}") from error


def _line_end(line: bytes) -> bytes:
    return line[len(line.rstrip(b"\r\n")) :]


def _check_header(name: bytes, value: bytes) -> None:
    if not TOKEN.match(name):
        raise MessageError(f"not a header name: {name!r}")
    if _UNWRITABLE.search(value):
        raise MessageError(f"{text(name)}: a value cannot hold CR, LF, NUL or the like: {value!r}")
    if value != value.strip(b" \t"):
        raise MessageError(f"{text(name)}: blanks around a value are not carried: {value!r}")


def _line_with_value(line: bytes, value: bytes) -> bytes:
    """A header line with another value; name, blanks before it and line end stay."""
    name, _, old = line.partition(b":")
    lead = old[: len(old) - len(old.lstrip(b" \t"))]
    if not lead and old[:1] in (b"", b"\r", b"\n"):
        lead = b" "  # there was no value to set off
    return name + b":" + (lead if value else b"") + value + _line_end(line)


def _read_prologue(data: bytes, defects: list[Defect]) -> bytes:
    match = _PROLOGUE.match(data)
    prologue = match.group() if match else b""
    for name, pattern in _PROLOGUE_FAULTS:
        if fault := pattern.search(prologue):
            defects.append(Defect(name, fault.start()))
    return prologue


def _read_headers(
    lines: list[bytes], at: int, defects: list[Defect]
) -> tuple[list[Header], bytes, int]:
    """The header fields, the empty line after them, and how many lines that is with the first."""
    headers: list[Header] = []
    pieces: dict[int, list[Header]] = {}
    blank = b""
    count = 1
    previous = lines[0]
    for line in lines[1:]:
        at += len(previous)
        header, found = HEADERS[line]
        if found:
            if found[0] in _NAMELESS:
                if line[0] in b"\r\n":
                    blank = line
                    count += 1
                    break
                goes_on = _goes_on(found[0], previous, line) if headers else None
                if goes_on:
                    pieces.setdefault(len(headers) - 1, []).append(header)
                    found = (goes_on, *found[1:])
                elif found[0] == FOLDED:
                    header, found = _read_indented(line)
            defects.extend([Defect(name, at) for name in found])
            if found[0] not in _JOINED:
                headers.append(header)
        else:
            headers.append(header)
        count += 1
        previous = line
    for index, rest in pieces.items():
        headers[index] = _join(headers[index], rest)
    return headers, blank, count


def _goes_on(first: str, previous: bytes, line: bytes) -> str | None:
    """The deviation by which a line goes on with the value before it, None if it does not."""
    if first == FOLDED:
        return FOLDED
    if first == WITHOUT_COLON and _line_end(line) == b"\r\n" and _line_end(previous) == b"\n":
        # Dell 1815dn: a bare LF inside SERVER, in a message whose lines end in CR LF.
        return "lf-in-value"
    return None


def _join(header: Header, rest: list[Header]) -> Header:
    """A header and the lines its value goes on in, as one."""
    values = [header.value]
    for piece in rest:
        separator = b" " if piece.line[:1] in (b" ", b"\t") else b"\n"
        if piece.value:
            values += (separator, piece.value)
    lines = b"".join([header.line, *[piece.line for piece in rest]])
    return Header(header.name, b"".join(values), lines, header.key)


def _read_indented(line: bytes) -> tuple[Header, tuple[str, ...]]:
    """A first header line that begins with a blank, as the header it must be."""
    header, found = HEADERS[line.lstrip(b" \t")]
    return header._replace(line=line), ("blank-before-name", *found)


def _judge_line_ends(lines: list[bytes], at: int, defects: list[Defect]) -> None:
    inside_values = {defect.at for defect in defects if defect.name == "lf-in-value"}
    first: dict[bytes, int] = {}
    for line in lines:
        if at + len(line) not in inside_values:
            first.setdefault(_line_end(line), at)
        at += len(line)
    defects.extend(Defect(name, first[end]) for end, name in _LINE_ENDS if end in first)
    places = sorted(where for end, where in first.items() if end)
    if len(places) > 1:
        defects.append(Defect("mixed-line-ends", places[1]))


def _judge_end(blank: bytes, body: bytes, last: bytes, at: int, defects: list[Defect]) -> None:
    if not blank:
        defects.append(Defect("no-blank-line", at))
        if not _line_end(last):
            defects.append(Defect("unterminated-line", at))
    if body and not body.strip(b"\0"):
        defects.append(Defect("trailing-nul", at))


def _judge_duplicates(headers: list[Header], at: int, defects: list[Defect]) -> None:
    seen: set[bytes] = set()
    for header in headers:
        if header.key in seen and header.key:
            defects.append(Defect("duplicate-header", at))
        seen.add(header.key)
        at += len(header.line)


def _judge_late_location(headers: list[Header], at: int, defects: list[Defect]) -> None:
    for header in headers:
        if header.key == b"location" and at >= LATE_LOCATION:
            defects.append(Defect("late-location", at))
        at += len(header.line)
