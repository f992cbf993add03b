"""One line of an HTTP message: a start line or a header line (RFC 9112, 3 to 5).

Each reader takes a line as sent, with its line end, and returns what it says and the names of
its deviations. A line is judged alone; what only its neighbours tell is judged in ``httpu``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from upnpscapy.protocol.memory import Memory

__all__ = [
    "FOLDED",
    "HEADERS",
    "STARTS",
    "TOKEN",
    "WITHOUT_COLON",
    "Header",
    "Headers",
    "StartLine",
    "key_of",
    "text",
]

FOLDED = "folded-header"
WITHOUT_COLON = "header-without-colon"
"""First of a line's deviations, where the line may belong to the value before it."""

_LOWER_CASE_NAMES = frozenset(
    b"cache-control date ext host location man mx nt nts server st user-agent usn".split()
)
"""Names the standard writes in upper case; a vendor's own may be written as it likes."""

_STATUS = re.compile(rb"([A-Za-z]+/\d+(?:\.\d+)?)([ \t]+)(\d{1,9})(?:([ \t]+)(.*))?\Z", re.DOTALL)
_REQUEST = re.compile(
    rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+)([ \t]+)(\S+)(?:([ \t]+)([A-Za-z]+/\d+(?:\.\d+)?))?\Z"
)
TOKEN = re.compile(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+\Z")
_CONTROL = re.compile(rb"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]")


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


def key_of(name: str | bytes) -> bytes:
    """A header name as headers are looked up by: in lower case."""
    return (name if isinstance(name, bytes) else name.encode(errors="replace")).lower()


class Headers(tuple[Header, ...]):
    """Header fields in wire order, looked up by name in any case."""

    __slots__ = ()

    def get(self, name: str | bytes) -> bytes | None:
        """Value of the first header of that name, None if there is none."""
        key = key_of(name)
        for header in self:
            if header.key == key:
                return header.value
        return None

    def get_all(self, name: str | bytes) -> list[bytes]:
        """Values of all headers of that name, in wire order."""
        key = key_of(name)
        return [header.value for header in self if header.key == key]

    def pairs(self) -> Iterator[tuple[str, str]]:
        """Names and values as text, in wire order."""
        return ((text(header.name), text(header.value)) for header in self)


def _read_start(line: bytes) -> tuple[StartLine, tuple[str, ...]]:
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


def _read_header(line: bytes) -> tuple[Header, tuple[str, ...]]:
    """RFC 9112, 5, reading what real devices send."""
    content = line.rstrip(b"\r\n")
    name, colon, value = content.partition(b":")
    if line[:1] in (b" ", b"\t") or not colon:
        value = content.strip(b" \t")
        first = WITHOUT_COLON if line[:1] not in (b" ", b"\t") else FOLDED
        return Header(b"", value, line, b""), (first, *_judge_value(value))
    found = []
    stripped = name.rstrip(b" \t")
    if stripped != name:
        found.append("space-before-colon")
    if not stripped:
        found.append("header-without-name")
    elif not stripped.isascii():
        found.append("non-ascii-name")
    elif not TOKEN.match(stripped):
        found.append("bad-name")
    elif stripped in _LOWER_CASE_NAMES:
        found.append("lower-case-name")
    if value[:1] == b"\t":
        found.append("tab-after-colon")
    elif value and value[:1] != b" ":
        found.append("no-space-after-colon")
    value = value.strip(b" \t")
    return Header(stripped, value, line, stripped.lower()), (*found, *_judge_value(value))


def _judge_value(value: bytes) -> list[str]:
    found = []
    if not value.isascii():
        found.append("non-ascii-value")
    if b"\0" in value:
        found.append("nul-in-value")
    if _CONTROL.search(value):
        found.append("control-in-value")
    return found


STARTS = Memory(_read_start, len, limit=512, entries=1024)
"""Start line as sent → (what it says, names of its deviations)."""

HEADERS = Memory(_read_header, len, limit=512, entries=8192)
"""Header line as sent → (what it says, names of its deviations)."""
