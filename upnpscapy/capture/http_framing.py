"""One direction of a connection cut into HTTP/1 messages (RFC 9112, 6 and 7).

Each reader takes the bytes of a piece from a place on, consumes some, and says where it stopped.
A gap inside a body of known length is counted and stepped over; anywhere else the message
is handed on as cut, and the next one is looked for where a segment begins like one.
Nothing raises, and everything kept is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from upnpscapy.capture.http_message import HttpMessage, head_defects, plan_body
from upnpscapy.capture.ordering import Data, Gap
from upnpscapy.protocol.frames import Frames
from upnpscapy.protocol.httpu import parse

__all__ = ["Budget", "Framer", "looks_like_http"]

MAX_HEAD = 64 << 10
"""Bytes; node.js has 16 KiB, Apache 8 KiB for a line."""
MAX_BODY = 4 << 20
MAX_MEDIA_BODY = 64 << 10
"""Kept of a film, a song: what it is can be told from that."""
MAX_LINE = 4096
"""Of a chunk's size line or a trailer."""
MAX_TRAILERS = 16 << 10
MAX_SURPLUS = 4096
MAX_SEARCH = 64 << 10
"""Bytes without a message after which no more is looked for."""
MAX_BLANKS = 64
"""Empty lines before a start line, in bytes (RFC 9112, 2.2)."""

_WORDS = (
    *(b"GET ", b"HEAD ", b"POST ", b"M-POST ", b"SUBSCRIBE ", b"UNSUBSCRIBE ", b"NOTIFY "),
    *(b"OPTIONS ", b"PUT ", b"DELETE ", b"M-SEARCH ", b"HTTP/1."),
)
_LONGEST = max(map(len, _WORDS))
_PREFIXES = frozenset(word[:size] for word in _WORDS for size in range(len(word)))
_END_OF_HEAD = re.compile(rb"\n\r{0,2}\n")
_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,15})[ \t]*(?:;.*)?\Z", re.DOTALL)
_MEDIA = (b"audio/", b"video/", b"image/")


def looks_like_http(data: bytes) -> bool | None:
    """Whether a message of UPnP's begins here; None if more must be seen to tell."""
    start = data[:_LONGEST]
    if start.startswith(_WORDS):
        return True
    return None if start in _PREFIXES else False


class Budget:
    """Bytes that all open messages together may keep."""

    def __init__(self, limit: int = 128 << 20) -> None:
        self.left = limit
        self.refused = 0
        """Bytes that were not kept for want of it."""

    def take(self, size: int) -> int:
        """How many of so many bytes may be kept."""
        granted = min(size, self.left)
        self.left -= granted
        self.refused += size - granted
        return granted


class Framer:
    """Bytes and gaps of one direction in, messages out.

    ``begun`` gets a message when its head is complete, and says whether it is acceptable here
    and which method it answers; ``done`` gets it when its body has ended.
    """

    def __init__(
        self,
        begun: Callable[[HttpMessage], tuple[bool, bytes | None]],
        done: Callable[[HttpMessage], None],
        budget: Budget,
    ) -> None:
        self._begun = begun
        self._done = done
        self._budget = budget
        self._read: Callable[[bytes, int], int] = self._start
        self._buffer = bytearray()
        """A head, or a line of the chunked coding."""
        self._taken = 0
        self._frames = Frames()
        self._body = bytearray()
        self._limit = MAX_BODY
        self._message: HttpMessage | None = None
        self._piece = Data(0, b"", 0, None, None, False)
        self._first = self._piece
        self._offset = 0
        self._left = 0
        self._lingers = False
        self._is_none = False
        self._in_doubt = False
        self._blanks = 0
        self._searched = 0
        self._trailers = bytearray()
        self.bytes_unframed = 0
        """Bytes that are in no message."""
        self.count = 0
        self.searched = False
        """Whether what stands before this message is not known."""
        self.alien = False
        """What was sent first is not HTTP."""

    @property
    def dead(self) -> bool:
        """Whether no more messages are looked for."""
        return self._read == self._ignore

    def feed(self, data: Data) -> None:
        """Take the next bytes."""
        self._piece = data
        raw, at, size = data.data, 0, len(data.data)
        if self._in_doubt and self._is_in_body:
            # It may answer a HEAD that was not captured, and have no body.
            self._in_doubt = False
            if raw.startswith(b"HTTP/1."):
                self._finish("cut")
        while at < size:
            at = self._read(raw, at)

    def gap(self, gap: Gap) -> None:
        """Take note that the next bytes are missing."""
        message, length = self._message, gap.length
        self._piece = self._piece._replace(offset=gap.offset + length, data=b"")
        if message is None:
            self._cut_head(length)
        elif self._in_doubt and self._is_in_body:
            message.bytes_missing += length
            self._finish("cut")
        elif self._read == self._until_close:
            self._miss(message, length)
            return
        elif self._read == self._fixed or self._read == self._chunk:
            missing = min(length, self._left)
            self._miss(message, missing)
            self._left -= missing
            if self._left or (length == missing and self._read == self._chunk):
                if not self._left:
                    self._read = self._chunk_end
                return
            if self._read == self._fixed:
                self._finish("length")
                if length == missing:
                    return
            else:
                message.bytes_missing += length - missing
                self._finish("cut")
        elif self._read == self._linger:
            self._finish()
        else:
            message.bytes_missing += length
            self._finish("cut")
        if not self.dead:
            self._lose_track()

    def end(self, kind: str) -> None:
        """Take note that nothing more follows; ``kind`` is how the stream ended."""
        message = self._message
        self._piece = self._piece._replace(data=b"")
        if message is None:
            self._cut_head(0)
        elif self._read == self._linger:
            self._finish()
        elif self._read == self._until_close and kind in ("fin", "rst"):
            if kind == "rst":
                message.add_defect("reset")
            self._finish("close")
        else:
            if kind == "rst":
                message.add_defect("reset")
            elif kind == "fin":
                fixed = self._read == self._fixed
                message.add_defect("content-length-too-large" if fixed else "no-last-chunk")
            self._finish("cut")
        self._read = self._ignore

    def stop_lingering(self) -> None:
        """Hand on a message that only waits for what may still follow it."""
        if self._message is not None and self._read == self._linger:
            self._finish()

    # What is read between messages.

    def _ignore(self, raw: bytes, at: int) -> int:
        self.bytes_unframed += len(raw) - at
        return len(raw)

    def _lose_track(self) -> None:
        self._read = self._search
        self.searched = True

    def _search(self, raw: bytes, at: int) -> int:
        if at == 0 and looks_like_http(raw) is not False:
            self._read = self._start
            return at
        self._searched += len(raw) - at
        self.bytes_unframed += len(raw) - at
        if self._searched > MAX_SEARCH:
            self._read = self._ignore
        return len(raw)

    def _start(self, raw: bytes, at: int) -> int:
        """A head from its first byte to the empty line."""
        buffer = self._buffer
        if not buffer:
            while at < len(raw) and raw[at] in b"\r\n" and self._blanks < MAX_BLANKS:
                at += 1
                self._blanks += 1
            if at == len(raw):
                return at
            self._first, self._offset = self._piece, self._piece.offset + at
            self._frames = Frames()
        self._touch()
        old = len(buffer)
        wanted = min(len(raw) - at, MAX_HEAD - old)
        granted = self._budget.take(wanted)
        self._taken += granted
        buffer += raw[at : at + granted]
        if looks_like_http(bytes(buffer[:_LONGEST])) is False:
            return self._not_http(raw, at)
        blank = _END_OF_HEAD.search(buffer, max(0, old - 3))
        if blank is None:
            if len(buffer) >= MAX_HEAD or granted < wanted:
                self._cut_head(0, "head-too-long")
                self._lose_track()
            return at + granted if granted else len(raw)
        at += blank.end() - old
        head = bytes(buffer[: blank.end()])
        if not self._begin(head):
            return self._not_http(raw, at)
        return self._end_body(raw, at) if self._left == 0 and self._is_none else at

    def _not_http(self, raw: bytes, at: int) -> int:
        self._clear()
        self.bytes_unframed += len(raw) - at
        self._searched += len(raw) - at
        self.alien = not self.count and self._piece.whole
        self._lose_track()
        if self.alien or self._searched > MAX_SEARCH:
            self._read = self._ignore
        return len(raw)

    def _begin(self, head: bytes) -> bool:
        """Whether a head begins a message that is acceptable here."""
        parsed = parse(head)
        start, first = parsed.start, self._first
        if start.method is None and start.status is None:
            return False
        message = HttpMessage(parsed, first.time_ns, None, self._offset, first.acked)
        message.frames = self._frames
        message.defects = head_defects(parsed)
        accepted, method = self._begun(message)
        if not accepted:
            return False
        self.count += 1
        self.searched = False
        self._searched = 0
        self._message = message
        self._clear()
        plan = plan_body(parsed, method)
        for defect in plan.defects:
            message.add_defect(defect)
        self._touch()
        media = (parsed.headers.get(b"content-type") or b"").lower().startswith(_MEDIA)
        self._limit = MAX_MEDIA_BODY if media else MAX_BODY
        self._left, self._lingers = plan.length, plan.lingers
        self._is_none = plan.kind == "none"
        self._in_doubt = message.is_response and method is None
        message.ended = plan.kind
        self._read = {
            "none": self._linger,
            "length": self._fixed,
            "chunked": self._chunk_size,
            "close": self._until_close,
        }[plan.kind]
        return True

    # Bodies.

    @property
    def _is_in_body(self) -> bool:
        reading = self._read
        bodies = self._fixed, self._until_close, self._chunk_size
        return self._message is not None and reading in bodies

    def _fixed(self, raw: bytes, at: int) -> int:
        end = min(len(raw), at + self._left)
        self._keep(raw[at:end])
        self._left -= end - at
        return end if self._left else self._end_body(raw, end)

    def _until_close(self, raw: bytes, at: int) -> int:
        self._keep(raw[at:])
        return len(raw)

    def _chunk_size(self, raw: bytes, at: int) -> int:
        line, at = self._line(raw, at)
        if line is None:
            return at
        size = _SIZE.match(line)
        if size is None:
            return self._bad_chunk("bad-chunk-size", raw, at)
        self._left = int(size[1], 16)
        self._read = self._chunk if self._left else self._trailer
        return at

    def _chunk(self, raw: bytes, at: int) -> int:
        end = min(len(raw), at + self._left)
        self._keep(raw[at:end])
        self._left -= end - at
        if not self._left:
            self._read = self._chunk_end
        return end

    def _chunk_end(self, raw: bytes, at: int) -> int:
        assert self._message is not None
        if raw[at] == 13 and not self._buffer:
            self._buffer += b"\r"
            return at + 1
        self._clear()
        self._read = self._chunk_size
        if raw[at] == 10:
            return at + 1
        self._message.add_defect("chunk-without-line-end")
        return at

    def _trailer(self, raw: bytes, at: int) -> int:
        assert self._message is not None
        line, at = self._line(raw, at)
        if line is None:
            return at
        if line:
            self._trailers += line + b"\r\n"
            if len(self._trailers) > MAX_TRAILERS:
                return self._bad_chunk("trailers-too-long", raw, at)
            return at
        if self._trailers:
            self._message.trailers = parse(b"GET * HTTP/1.1\r\n" + bytes(self._trailers)).headers
        return self._end_body(raw, at)

    def _line(self, raw: bytes, at: int) -> tuple[bytes | None, int]:
        """A line without its end, None while it is not complete."""
        room = MAX_LINE - len(self._buffer)
        end = raw.find(b"\n", at, at + room)
        stop = end + 1 if end >= 0 else min(len(raw), at + room)
        self._touch()
        self._buffer += raw[at:stop]
        if end < 0:
            if len(self._buffer) >= MAX_LINE:
                return None, self._bad_chunk("chunk-line-too-long", raw, stop)
            return None, stop
        line = bytes(self._buffer).rstrip(b"\r\n")
        self._clear()
        return line, stop

    def _bad_chunk(self, defect: str, raw: bytes, at: int) -> int:
        assert self._message is not None
        self._clear()
        self._message.add_defect(defect)
        self._finish("cut")
        self._lose_track()
        self.bytes_unframed += len(raw) - at
        return len(raw)

    def _end_body(self, raw: bytes, at: int) -> int:
        """The body ends by what the headers say; see whether the sender agrees."""
        if self._lingers:
            self._read = self._linger
            return at
        if at < len(raw):
            rest = raw[at : at + MAX_BLANKS + _LONGEST].lstrip(b"\r\n")
            if looks_like_http(rest) is False:
                self._surplus(raw[at:])
                self._finish()
                self._lose_track()
                return len(raw)
        self._finish()
        return at

    def _linger(self, raw: bytes, at: int) -> int:
        """What follows a body that nothing may follow: another message, or more of it."""
        message = self._message
        assert message is not None
        if not self._lingers:
            return self._end_body(raw, at)
        if at == 0 or self._buffer or not message.surplus_size:
            candidate = bytes(self._buffer) + raw[at : at + MAX_BLANKS + _LONGEST]
            verdict = looks_like_http(candidate.lstrip(b"\r\n"))
            if verdict is None and len(candidate) <= MAX_BLANKS:
                if not self._buffer:
                    self._first = self._piece._replace(offset=self._piece.offset + at)
                self._buffer += raw[at:]
                return len(raw)
            if verdict:
                self._start_with(bytes(self._buffer))
                return at
        self._surplus(bytes(self._buffer) + raw[at:])
        self._clear()
        return len(raw)

    def _start_with(self, held: bytes) -> None:
        """Begin a message whose first bytes came in an earlier piece."""
        piece = self._piece
        self._finish()
        if held:
            self._piece = self._first
            self._start(held, 0)
            self._piece = piece

    def _surplus(self, data: bytes) -> None:
        message = self._message
        assert message is not None
        self._touch()
        message.surplus_size += len(data)
        message.surplus += data[: MAX_SURPLUS - len(message.surplus)]
        if message.surplus_size and data.strip(b"\r\n"):
            message.add_defect("bytes-after-body")

    # What they have in common.

    def _touch(self) -> None:
        frames, frame = self._frames, self._piece.frame
        if frames.last != frame or not frames.count:
            frames.add(frame)
        if self._message is not None:
            self._message.end_time_ns = self._piece.time_ns
            self._message.end_offset = self._piece.offset + len(self._piece.data)

    def _keep(self, data: bytes) -> None:
        message = self._message
        assert message is not None
        self._touch()
        message.body_size += len(data)
        wanted = min(len(data), self._limit - len(self._body))
        if wanted > 0:
            granted = self._budget.take(wanted)
            self._taken += granted
            self._body += data[:granted]
            if granted < wanted:
                self._limit = len(self._body)  # what is kept has no hole

    def _miss(self, message: HttpMessage, length: int) -> None:
        message.bytes_missing += length
        if len(message.gaps) < 256:
            message.gaps.append(Gap(len(self._body), length))

    def _cut_head(self, missing: int, defect: str = "head-incomplete") -> None:
        """Hand on what there is of a head, if a start line is."""
        line, end, _ = bytes(self._buffer).partition(b"\n")
        if end and line and self._begin(bytes(self._buffer)):
            message = self._message
            assert message is not None
            message.bytes_missing += missing
            message.add_defect(defect)
            self._finish("cut")
        self._clear()

    def _finish(self, ended: str | None = None) -> None:
        message = self._message
        assert message is not None
        if ended is not None:
            message.ended = ended
        message.body = bytes(self._body)
        self._message = None
        self._read = self._start
        self._body = bytearray()
        self._clear()
        self._done(message)

    def _clear(self) -> None:
        self._buffer.clear()
        self._blanks = 0
        if self._message is None:
            self._budget.left += self._taken
            self._taken = 0
            self._trailers.clear()
