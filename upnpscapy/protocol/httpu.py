"""HTTP/1 message syntax as discovery sends it, one message a datagram (UDA 2.0, 1.1).

``parse`` is the only reader of HTTP syntax here.
It never raises and keeps every byte: ``bytes(parse(data)) == data``.
A message is cut at line ends of any kind (CR LF, LF, CR, CR CR LF) into
prologue, start line, header lines, empty line and body; the parts put together are the message.
What the sender got wrong is named in ``defects``.

Lines are read once and remembered: one device repeats the same ones for years.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from upnpscapy.errors import MessageError
from upnpscapy.protocol.defect import Defect

__all__ = ["Header", "Headers", "Message", "StartLine", "build", "parse", "text"]

LATE_LOCATION = 1024
"""Bytes; readers with a 1 KiB buffer are common in small control points."""

_REMEMBERED_LINES = 8192
"""Distinct lines kept; a flood of random ones empties the memory, it does not fill it."""

_LOWER_CASE_NAMES = frozenset(
    b"cache-control date ext host location man mx nt nts server st user-agent usn".split()
)
"""Names the standard writes in upper case; a vendor's own may be written as it likes."""

_PROLOGUE = re.compile(rb"(?:\xef\xbb\xbf|[\r\n\0 \t])*")
_LINES = re.compile(rb"[^\r\n]*(?:\r\r\n|\r\n|\r|\n)|[^\r\n]+\Z")
_STATUS = re.compile(rb"([A-Za-z]+/\d+(?:\.\d+)?)([ \t]+)(\d{1,9})(?:([ \t]+)(.*))?\Z", re.DOTALL)
_REQUEST = re.compile(
    rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+)([ \t]+)(\S+)(?:([ \t]+)([A-Za-z]+/\d+(?:\.\d+)?))?\Z"
)
_TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_CONTROL = re.compile(rb"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")
_UNWRITABLE = re.compile(rb"[\0\r\n]")


def text(value: bytes) -> str:
    r"""Wire bytes as text: UTF-8, and what is not UTF-8 as ``\xNN``."""
    return value.decode("utf-8", "backslashreplace")


class StartLine(NamedTuple):
    """A start line: a request's has a method, a response's a status, any other neither."""

    line: bytes
    """As sent, with its line end."""
    method: bytes | None
    target: bytes | None
    version: bytes | None
    status: int | None
    reason: bytes | None

    @property
    def stripped(self) -> bytes:
        """The line without its line end."""
        return self.line.rstrip(b"\r\n")


class Header(NamedTuple):
    """A header field: the name as sent, and the value without the blanks around it."""

    name: bytes
    value: bytes
    """Folded lines are joined by one space."""
    line: bytes
    """As sent: all lines it takes, with their line ends."""
    key: bytes
    """The name in lower case."""


class Headers(tuple[Header, ...]):
    """Header fields in wire order, looked up by name in any case."""

    __slots__ = ()

    def get(self, name: str | bytes) -> bytes | None:
        """Value of the first header of that name, None if there is none."""
        key = name.lower() if isinstance(name, bytes) else name.lower().encode()
        for header in self:
            if header.key == key:
                return header.value
        return None

    def get_all(self, name: str | bytes) -> list[bytes]:
        """Values of all headers of that name, in wire order."""
        key = name.lower() if isinstance(name, bytes) else name.lower().encode()
        return [header.value for header in self if header.key == key]

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Names and values as text, in wire order."""
        return ((text(header.name), text(header.value)) for header in self)


class Message(NamedTuple):
    """One HTTP message, kept byte for byte."""

    prologue: bytes
    """What stands before the start line: nothing, in a good message."""
    start: StartLine
    headers: Headers
    blank: bytes
    """The line end that closes the header fields; empty if it is missing."""
    body: bytes
    defects: tuple[Defect, ...]

    def __bytes__(self) -> bytes:
        lines = b"".join([header.line for header in self.headers])
        return b"".join((self.prologue, self.start.line, lines, self.blank, self.body))

    def with_header(self, name: str | bytes, value: str | bytes, *, check: bool = True) -> Message:
        """The message with one header's value changed, or the header added at the end.

        Only the line of the first header of that name changes.
        Raises ``MessageError`` for what HTTP cannot carry, unless ``check`` is off.
        """
        wire_name, wire_value = _wire(name), _wire(value)
        if check:
            _check_header(wire_name, wire_value)
        key = wire_name.lower()
        lines = [header.line for header in self.headers]
        for index, header in enumerate(self.headers):
            if header.key == key:
                lines[index] = _line_with_value(header.line, wire_value)
                break
        else:
            if lines:
                lines[-1] = _terminated(lines[-1])
            lines.append(wire_name + b": " + wire_value + b"\r\n")
        return self._replace_lines(lines)

    def without_header(self, name: str | bytes) -> Message:
        """The message without any header of that name."""
        key = _wire(name).lower()
        return self._replace_lines([h.line for h in self.headers if h.key != key])

    def _replace_lines(self, lines: list[bytes]) -> Message:
        start = self.start.line
        if lines:
            start = _terminated(start)
        return parse(b"".join((self.prologue, start, *lines, self.blank, self.body)))


def parse(data: bytes) -> Message:
    """Any bytes as a message; never raises, and ``bytes(parse(data)) == data``."""
    defects: list[Defect] = []
    prologue = b""
    if data[:1] in b"\xef\r\n\0 \t":
        prologue = _read_prologue(data, defects)
    lines = _LINES.findall(data, len(prologue)) if b"\r\r\n" in data else None
    if lines is None:
        lines = (data[len(prologue) :] if prologue else data).splitlines(keepends=True)
    if not lines:
        defects.append(Defect("not-http", 0))
        return Message(prologue, _NO_START, Headers(), b"", b"", tuple(defects))

    start, found = _read_start(lines[0])
    at = len(prologue)
    defects.extend([Defect(name, at) for name in found])
    at += len(lines[0])

    headers: list[Header] = []
    joined: dict[int, list[Header]] = {}
    blank = b""
    previous = lines[0]
    count = 1
    for line in lines[1:]:
        if line[0] in b"\r\n":
            blank = line
            at += len(line)
            count += 1
            break
        header, found = _remembered.get(line) or _read_line(line)
        if found:
            if found == _NULS_ONLY and at + len(line) == len(data):
                break
            name = _joins(found, previous, line, headers)
            if name:
                defects.append(Defect(name, at))
                joined.setdefault(len(headers) - 1, []).append(header)
            else:
                if found == _CONTINUATION:
                    header, found = _read_unfolded(line)
                defects.extend([Defect(name, at) for name in found])
                headers.append(header)
        else:
            headers.append(header)
        at += len(line)
        count += 1
        previous = line
    body = data[at:]
    for index, rest in joined.items():
        headers[index] = _join(headers[index], rest)

    _judge_line_ends(lines[:count], len(prologue), defects)
    _judge_end(blank, body, lines[count - 1], at, defects)
    if len({header.key for header in headers}) != len(headers):
        _judge_duplicates(headers, at - len(blank), defects)
    if at > LATE_LOCATION:
        _judge_late_location(headers, len(prologue) + len(lines[0]), defects)
    return Message(prologue, start, Headers(headers), blank, body, tuple(defects))


def build(start_line: str | bytes, headers: Iterable[tuple[str | bytes, str | bytes]]) -> Message:
    """A well-formed message of a start line and (name, value) pairs.

    Raises ``MessageError`` for what HTTP cannot carry:
    a name that is no token, a CR, LF or NUL anywhere, blanks around a value.
    """
    start = _wire(start_line)
    if not start or _UNWRITABLE.search(start):
        raise MessageError(f"not a start line: {start_line!r}")
    parts = [start, b"\r\n"]
    for name, value in headers:
        wire_name, wire_value = _wire(name), _wire(value)
        _check_header(wire_name, wire_value)
        parts += (wire_name, b": " if wire_value else b":", wire_value, b"\r\n")
    parts.append(b"\r\n")
    return parse(b"".join(parts))


_CONTINUATION = ("folded-header",)
_NO_COLON = ("header-without-colon",)
_NULS_ONLY = ("nul-in-value", "header-without-colon")

_NO_START = StartLine(b"", None, None, None, None, None)
_remembered: dict[bytes, tuple[Header, tuple[str, ...]]] = {}
_remembered_starts: dict[bytes, tuple[StartLine, tuple[str, ...]]] = {}


def _wire(value: str | bytes) -> bytes:
    return value if isinstance(value, bytes) else value.encode()


def _terminated(line: bytes) -> bytes:
    return line if line.endswith((b"\r", b"\n")) else line + b"\r\n"


def _check_header(name: bytes, value: bytes) -> None:
    if not _TOKEN.match(name):
        raise MessageError(f"not a header name: {name!r}")
    if _UNWRITABLE.search(value):
        raise MessageError(f"{text(name)}: a value cannot hold CR, LF or NUL: {value!r}")
    if value != value.strip(b" \t"):
        raise MessageError(f"{text(name)}: blanks around a value are not carried: {value!r}")


def _line_with_value(line: bytes, value: bytes) -> bytes:
    """A header line with another value; name, blanks before it and line end stay."""
    content = line.rstrip(b"\r\n")
    end = line[len(content) :]
    name, colon, old = content.partition(b":")
    if not colon:
        return value + end
    lead = old[: len(old) - len(old.lstrip(b" \t"))] or (b" " if not old else b"")
    return name + colon + (lead if value else lead.rstrip(b" ")) + value + end


def _read_prologue(data: bytes, defects: list[Defect]) -> bytes:
    match = _PROLOGUE.match(data)
    prologue = match.group() if match else b""
    if b"\xef\xbb\xbf" in prologue:
        defects.append(Defect("byte-order-mark", prologue.index(b"\xef")))
    if prologue.strip(b"\0\xef\xbb\xbf"):
        defects.append(Defect("leading-blanks", 0))
    if b"\0" in prologue:
        defects.append(Defect("leading-nul", prologue.index(b"\0")))
    return prologue


def _read_start(line: bytes) -> tuple[StartLine, tuple[str, ...]]:
    known = _remembered_starts.get(line)
    if known is None:
        if len(_remembered_starts) >= _REMEMBERED_LINES:
            _remembered_starts.clear()
        known = _remembered_starts[line] = _read_new_start(line)
    return known


def _read_new_start(line: bytes) -> tuple[StartLine, tuple[str, ...]]:
    """RFC 9112, 3 and 4, with any blanks between the parts and any protocol name."""
    content = line.rstrip(b"\r\n")
    stripped = content.strip(b" \t\0")
    found = []
    if match := _STATUS.match(stripped):
        version, gap, status, gap2, reason = match.groups()
        if version != version.upper():
            found.append("start-line-case")
        if not reason:
            found.append("no-reason-phrase")
        # "HTTP/1.1 200 " is right: the reason may be empty, the blank before it not missing.
        neat = content == stripped or content == stripped + b" "
        if gap != b" " or (gap2 or b" ") != b" " or not neat:
            found.append("start-line-blanks")
        start = StartLine(line, None, None, version, int(status), reason or b"")
    elif match := _REQUEST.match(stripped):
        method, gap, target, gap2, version = match.groups()
        if method != method.upper() or (version or b"").upper() != (version or b""):
            found.append("start-line-case")
        if not version:
            found.append("no-version")
        if gap != b" " or (gap2 or b" ") != b" " or content != stripped:
            found.append("start-line-blanks")
        start = StartLine(line, method, target, version, None, None)
    else:
        return StartLine(line, None, None, None, None, None), ("not-http",)
    if start.version:
        protocol, _, number = start.version.upper().partition(b"/")
        if protocol != b"HTTP":
            found.append("not-http-version")
        elif number != b"1.1":
            found.append("http-version")
    return start, tuple(found)


def _read_line(line: bytes) -> tuple[Header, tuple[str, ...]]:
    if len(_remembered) >= _REMEMBERED_LINES:
        _remembered.clear()
    known = _remembered[line] = _read_new_line(line)
    return known


def _read_new_line(line: bytes) -> tuple[Header, tuple[str, ...]]:
    """RFC 9112, 5, reading what real devices send."""
    content = line.rstrip(b"\r\n")
    if content[:1] in (b" ", b"\t"):
        return Header(b"", content.strip(b" \t"), line, b""), _CONTINUATION
    if not content.strip(b"\0"):
        return Header(b"", content, line, b""), _NULS_ONLY
    found = []
    if not line.endswith((b"\r", b"\n")) and content.endswith(b"\0"):
        content = content.rstrip(b"\0")
        found.append("trailing-nul")
    name, colon, value = content.partition(b":")
    if not colon:
        return Header(b"", content.strip(b" \t"), line, b""), (*found, *_NO_COLON)
    stripped = name.rstrip(b" \t")
    if stripped != name:
        found.append("space-before-colon")
    if not stripped:
        found.append("header-without-name")
    elif not stripped.isascii():
        found.append("non-ascii-name")
    elif not _TOKEN.match(stripped):
        found.append("bad-name")
    elif stripped in _LOWER_CASE_NAMES:
        found.append("lower-case-name")
    if value[:1] == b"\t":
        found.append("tab-after-colon")
    elif value and value[:1] != b" ":
        found.append("no-space-after-colon")
    value = value.strip(b" \t")
    if not value.isascii():
        found.append("non-ascii-value")
    if b"\0" in value:
        found.append("nul-in-value")
    if _CONTROL.search(value):
        found.append("control-in-value")
    return Header(stripped, value, line, stripped.lower()), tuple(found)


def _joins(
    found: tuple[str, ...], previous: bytes, line: bytes, headers: list[Header]
) -> str | None:
    """The deviation by which a line goes on with the value before it, None if it does not."""
    if not headers:
        return None
    if found == _CONTINUATION:
        return "folded-header"
    if found == _NO_COLON and line.endswith(b"\r\n") and _bare_lf(previous):
        # Dell 1815dn: a bare LF inside SERVER, in a message whose lines end in CR LF.
        return "lf-in-value"
    return None


def _bare_lf(line: bytes) -> bool:
    return line.endswith(b"\n") and not line.endswith(b"\r\n")


def _join(header: Header, rest: list[Header]) -> Header:
    """A header and the lines its value goes on in, as one."""
    values = [header.value]
    for piece in rest:
        separator = b" " if piece.line[:1] in (b" ", b"\t") else b"\n"
        if piece.value:
            values += (separator, piece.value)
    lines = b"".join([header.line, *[piece.line for piece in rest]])
    return Header(header.name, b"".join(values), lines, header.key)


def _read_unfolded(line: bytes) -> tuple[Header, tuple[str, ...]]:
    """A first header line that begins with a blank, as the header it must be."""
    header, found = _read_new_line(line.lstrip(b" \t"))
    return header._replace(line=line), ("blank-before-name", *found)


def _judge_line_ends(lines: list[bytes], at: int, defects: list[Defect]) -> None:
    if lines[-1].endswith(b"\r\n") and all(line.endswith(b"\r\n") for line in lines):
        if any(line.endswith(b"\r\r\n") for line in lines):
            defects.append(Defect("cr-cr-lf", at))
        return
    kinds: dict[str, int] = {}
    for line in lines:
        if line.endswith(b"\r\r\n"):
            kinds.setdefault("cr-cr-lf", at)
        elif line.endswith(b"\r\n"):
            kinds.setdefault("", at)
        elif line.endswith(b"\n"):
            kinds.setdefault("bare-lf", at)
        elif line.endswith(b"\r"):
            kinds.setdefault("bare-cr", at)
        at += len(line)
    inside_value = any(defect.name == "lf-in-value" for defect in defects)
    if inside_value and set(kinds) == {"", "bare-lf"}:
        return
    defects.extend(Defect(name, where) for name, where in kinds.items() if name)
    if len(kinds) > 1:
        defects.append(Defect("mixed-line-ends", min(kinds.values())))


def _judge_end(blank: bytes, body: bytes, last: bytes, at: int, defects: list[Defect]) -> None:
    if not blank:
        defects.append(Defect("no-blank-line", at))
        if body:
            defects.append(Defect("trailing-nul", at))
        elif not last.endswith((b"\r", b"\n")):
            defects.append(Defect("unterminated-line", at))
    elif body:
        defects.append(Defect("body" if body.strip(b"\0") else "trailing-nul", at))


def _judge_duplicates(headers: list[Header], end: int, defects: list[Defect]) -> None:
    at = end - sum(len(header.line) for header in headers)
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
