"""One HTTP message of a stream: head, body, what is missing of it, and its frames and times."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from upnpscapy.capture.ordering import Conflict, Gap
from upnpscapy.protocol.frames import Frames
from upnpscapy.protocol.httpu import Headers, Message, parse
from upnpscapy.protocol.memory import Memory

__all__ = ["HEADS", "MAX_CONTENT", "BodyPlan", "Content", "Head", "HttpMessage", "plan_body"]

MAX_CONTENT = 4 << 20
"""Bytes of a body after its content coding is undone; a packed one can be a thousand times
as long as itself."""

MAX_GAPS = 256
"""Noted of one body; the bytes that are missing are all counted."""

MAX_SURPLUS = 4096
"""Bytes kept of what no header promised: enough to see what it is."""

_OF_DISCOVERY = frozenset(
    "body http-version late-location lower-case-name no-space-after-colon trailing-nul".split()
)
"""Deviations of ``httpu`` that are none in a stream."""

NO_HEADERS = Headers()

_LENGTH = re.compile(rb"[0-9]{1,18}\Z")
_WITHOUT_BODY = frozenset((204, 304))
_MEDIA = (b"audio/", b"video/", b"image/")


class Content(NamedTuple):
    """A body without its content coding."""

    data: bytes
    complete: bool
    """False if it goes on, but is damaged, missing or too long."""


@dataclass(slots=True, eq=False)
class HttpMessage:
    """An HTTP message as a capture holds it; complete when it is handed on."""

    message: Message
    """Start line and headers as sent; ``body`` is apart."""
    time_ns: int | None
    end_time_ns: int | None
    offset: int
    """Of its first byte in the stream."""
    acked: int | None
    """Offset in the other direction up to which its sender had received."""
    end_offset: int = 0
    """Of the byte behind it."""
    frames: Frames = field(default_factory=Frames)
    body: bytes = b""
    """Without transfer coding; what is missing is left out, never filled in."""
    body_size: int = 0
    """Bytes of the body in the capture, kept or not."""
    gaps: Sequence[Gap] = ()
    """Where in ``body`` bytes are missing, and how many."""
    bytes_missing: int = 0
    surplus: bytes = b""
    """Bytes behind the end that the headers promise: a Content-Length too small, or none."""
    surplus_size: int = 0
    trailers: Headers = NO_HEADERS
    ended: str = "none"
    """What ended the body: ``none length chunked close cut``."""
    defects: list[str] = field(default_factory=list)
    """Names of the deviations, each once."""
    conflicts: Sequence[Conflict] = ()
    """Bytes that were sent twice, and differently."""
    noted: frozenset[str] | None = None
    """What a ``tcp.Look`` noted of it; None if there was none."""

    @property
    def is_response(self) -> bool:
        """Whether it has a status."""
        return self.message.start.status is not None

    @property
    def complete(self) -> bool:
        """Whether all of it is there."""
        return not self.bytes_missing and self.ended != "cut"

    def add_defect(self, name: str) -> None:
        """Name a deviation, once."""
        if name not in self.defects:
            self.defects.append(name)

    def add_gap(self, place: int, offset: int, length: int) -> None:
        """Take note of missing bytes, at a place in ``body`` and an offset in the stream."""
        self.bytes_missing += length
        self.end_offset = offset + length
        if len(self.gaps) < MAX_GAPS:
            self.gaps = [*self.gaps, Gap(place, length)]

    def add_surplus(self, data: bytes) -> None:
        """Take what follows the end that the headers promise; line ends may."""
        self.surplus_size += len(data)
        self.surplus += data[: MAX_SURPLUS - len(self.surplus)]
        if self.surplus_size and data.strip(b"\r\n"):
            self.add_defect("bytes-after-body")

    def content(self, limit: int = MAX_CONTENT) -> Content:
        """The body without gzip or deflate (RFC 9110, 8.4), up to the first gap in it."""
        data, complete = self.body, len(self.body) == self.body_size and self.complete
        if self.gaps:
            data = data[: self.gaps[0].offset]
        values = self.message.headers.get_all(b"content-encoding")
        if not values:
            return Content(data[:limit], complete and len(data) <= limit)
        value = b",".join(values).lower()
        for coding in reversed([name.strip() for name in value.split(b",")][-4:]):
            if coding in (b"", b"identity"):
                continue
            if coding in (b"gzip", b"x-gzip"):
                data, whole = _inflate(data, 31, limit)
            elif coding == b"deflate":
                # RFC 9110, 8.4.1.2 means zlib's format; Microsoft sent the bare one.
                bare = len(data) < 2 or data[0] & 15 != 8 or (data[0] << 8 | data[1]) % 31
                data, whole = _inflate(data, -15 if bare else 15, limit)
            else:
                return Content(data, False)
            complete = complete and whole
        return Content(data[:limit], complete and len(data) <= limit)


class BodyPlan(NamedTuple):
    """How the headers say that the body ends: ``none length chunked close``."""

    kind: str
    length: int
    defects: list[str]
    lingers: bool
    """Whether what follows can still belong to it."""


def head_defects(message: Message) -> list[str]:
    """Names of the deviations of a head that matter in a stream."""
    if not message.defects:
        return []
    names = dict.fromkeys(defect.name for defect in message.defects)
    return [name for name in names if name not in _OF_DISCOVERY]


def plan_body(message: Message, method: bytes | None) -> BodyPlan:
    """What ends the body (RFC 9112, 6.3); ``method`` is that of the request a response answers."""
    start = message.start
    status = start.status
    names: list[bytes] = []
    lengths: list[bytes] = []
    options = b""
    for header in message.headers:
        key = header.key
        if key == b"content-length":
            lengths += [value.strip() for value in header.value.split(b",")]
        elif key == b"transfer-encoding":
            codings = header.value.lower().split(b",")
            names += [name.strip() for name in codings if name.strip()]
        elif key == b"connection":
            options += b"," + header.value.lower()
    defects: list[str] = []
    closes = status is not None and _closes(start.version, options)
    if status is not None and (method == b"HEAD" or status < 200 or status in _WITHOUT_BODY):
        return BodyPlan("none", 0, defects, False)
    if names:
        if lengths:
            defects.append("length-and-chunked")
        if names[-1] == b"chunked":
            return BodyPlan("chunked", 0, defects, closes)
        if names != [b"identity"]:
            defects.append("bad-transfer-encoding")
        if status is not None:
            return BodyPlan("close", 0, defects, False)
        return BodyPlan("none", 0, defects, True)
    if lengths:
        if len(set(lengths)) > 1:
            defects.append("content-lengths-differ")
        if _LENGTH.match(lengths[0]):
            length = int(lengths[0])
            return BodyPlan("length" if length else "none", length, defects, closes)
        defects.append("bad-content-length")
    if status is not None:
        return BodyPlan("close", 0, defects, False)
    if start.method == b"POST" and not lengths:
        defects.append("no-content-length")
    return BodyPlan("none", 0, defects, start.method == b"POST" or bool(lengths))


class Head(NamedTuple):
    """What a head alone tells."""

    message: Message
    defects: list[str]
    plan: BodyPlan
    """Unless it answers a HEAD."""
    is_media: bool
    """Whether a film, a song or a picture follows."""


def _read_head(data: bytes) -> Head:
    message = parse(data)
    content_type = (message.headers.get(b"content-type") or b"").lower()
    plan = plan_body(message, None)
    return Head(message, head_defects(message), plan, content_type.startswith(_MEDIA))


HEADS = Memory(_read_head, len, limit=1024, entries=1024)
"""Head as sent, with its empty line → what it tells; not to be changed.

Who polls asks the same again and again."""


def _closes(version: bytes | None, options: bytes) -> bool:
    """Whether the sender of a response says that it closes the connection (RFC 9112, 9.3)."""
    return b"close" in options or (version == b"HTTP/1.0" and b"keep-alive" not in options)


def _inflate(data: bytes, format_bits: int, limit: int) -> tuple[bytes, bool]:
    """At most ``limit`` + 1 bytes, and whether the packed data was whole."""
    unpacker = zlib.decompressobj(format_bits)
    found = bytearray()
    # In small steps: what is good before the damage is kept.
    for at in range(0, len(data), 512):
        try:
            found += unpacker.decompress(data[at : at + 512], limit + 1 - len(found))
        except zlib.error:
            return bytes(found), False
        if unpacker.eof or len(found) > limit:
            break
    return bytes(found), unpacker.eof
