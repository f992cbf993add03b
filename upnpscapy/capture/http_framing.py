"""One direction of a connection cut into HTTP/1 messages (RFC 9112, 6 and 7).

Each reader takes the bytes of a piece from a place on, consumes some, and says where it stopped.
A gap inside a body of known length is counted and stepped over; anywhere else the message
is handed on as cut, and the next one is looked for.
Nothing raises, and everything kept is bounded.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from upnpscapy.capture.budget import Budget
from upnpscapy.capture.chunked import Chunks
from upnpscapy.capture.http_message import HEADS, HttpMessage, plan_body
from upnpscapy.capture.http_search import StartSearch
from upnpscapy.capture.http_start import LONGEST_WORD, looks_like_http
from upnpscapy.capture.kept_body import KeptBody
from upnpscapy.capture.ordering import Data, Gap
from upnpscapy.protocol.frames import Frames

__all__ = ["Budget", "Framer", "looks_like_http"]

MAX_HEAD = 64 << 10
"""Bytes; node.js has 16 KiB, Apache 8 KiB for a line."""
MAX_SEARCH = 64 << 10
"""Bytes without a message after which no more is looked for."""
MAX_BLANKS = 64
"""Empty lines before a start line, in bytes (RFC 9112, 2.2)."""

_END_OF_HEAD = re.compile(rb"\n\r{0,2}\n")


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
        self._kept = KeptBody(budget)
        self._read: Callable[[Framer, bytes, int], int] = Framer._start
        """Not bound, as it would hold its own framer."""
        self._chunks: Chunks | None = None
        self._buffer = bytearray()
        """A head, or what may begin one."""
        self._frames = Frames()
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
        self._search_for_start = StartSearch()
        self.bytes_unframed = 0
        """Bytes that are in no message."""
        self.count = 0
        self.searched = False
        """Whether what stands before this message is not known."""
        self.alien = False
        """What was sent first is not HTTP."""
        self.dead = False
        """Whether no more messages are looked for."""

    def _give_up(self) -> None:
        self._read = Framer._ignore
        self.dead = True

    def feed(self, data: Data) -> None:
        """Take the next bytes."""
        self._piece = data
        raw, at, size = data.data, 0, len(data.data)
        if size < self._left and self._read is Framer._fixed and not self._in_doubt:
            self._left -= size
            self._keep(raw)
            return
        if self._in_doubt and self._is_in_body:
            # It may answer a HEAD that was not captured, and have no body.
            self._in_doubt = False
            if raw.startswith(b"HTTP/1."):
                self._finish("cut")
        while at < size:
            at = self._read(self, raw, at)

    def gap(self, gap: Gap) -> None:
        """Take note that the next bytes are missing."""
        message, length = self._message, gap.length
        self._piece = self._piece._replace(offset=gap.offset + length, data=b"")
        if message is None:
            self._cut_head(length)
        elif self._in_doubt and self._is_in_body:
            message.bytes_missing += length
            self._finish("cut")
        elif self._read is Framer._until_close:
            message.add_gap(self._kept.size, gap.offset, length)
            return
        elif self._read is Framer._fixed:
            missing = min(length, self._left)
            message.add_gap(self._kept.size, gap.offset, missing)
            self._left -= missing
            if self._left:
                return
            self._finish("length")
            if length == missing:
                return
        elif self._chunks is not None:
            missing = self._chunks.step_over(length)
            if missing:
                message.add_gap(self._kept.size, gap.offset, missing)
            if missing == length:
                return
            message.bytes_missing += length - missing
            self._finish("cut")
        elif self._read is Framer._linger:
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
        elif self._read is Framer._linger:
            self._finish()
        else:
            closes = self._read is Framer._until_close and kind in ("fin", "rst")
            if kind == "rst":
                message.add_defect("reset")
            elif kind == "fin" and not closes:
                fixed = self._read is Framer._fixed
                message.add_defect("content-length-too-large" if fixed else "no-last-chunk")
            self._finish("close" if closes else "cut")
        self._give_up()

    def stop_lingering(self) -> None:
        """Hand on a message that only waits for what may still follow it."""
        if self._message is not None and self._read is Framer._linger:
            self._finish()

    # What is read between messages.

    def _ignore(self, raw: bytes, at: int) -> int:
        self.bytes_unframed += len(raw) - at
        return len(raw)

    def _lose_track(self) -> None:
        self._read = Framer._search
        self._search_for_start.clear()
        self.searched = True

    def _search(self, raw: bytes, at: int) -> int:
        found = self._search_for_start.take(self._piece, at)
        end = len(raw) if found is None else found[0]
        self._searched += end - at
        self.bytes_unframed += end - at
        if found is not None:
            piece, self._read = self._piece, Framer._start
            for held in found[1]:
                self.bytes_unframed -= len(held.data)
                self._piece = held
                self._start(held.data, 0)
            self._piece = piece
        elif self._searched > MAX_SEARCH:
            self._give_up()
        return end

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
            whole = _END_OF_HEAD.search(raw, at, at + MAX_HEAD)
            if whole is not None and looks_like_http(raw[at : at + LONGEST_WORD]):
                # Nothing of it needs to be kept until more comes.
                self._touch()
                size = whole.end() - at
                return self._read_head(raw[at : at + size], raw, at + size)
        self._touch()
        old = len(buffer)
        wanted = min(len(raw) - at, MAX_HEAD - old)
        granted = self._kept.take(wanted)
        buffer += raw[at : at + granted]
        if looks_like_http(bytes(buffer[:LONGEST_WORD])) is False:
            return self._not_http(old, at)
        blank = _END_OF_HEAD.search(buffer, max(0, old - 3))
        if blank is None:
            if len(buffer) >= MAX_HEAD or granted < wanted:
                self._cut_head(0, "head-too-long")
                self._lose_track()
            return at + granted if granted else len(raw)
        return self._read_head(bytes(buffer[: blank.end()]), raw, at + blank.end() - old)

    def _read_head(self, head: bytes, raw: bytes, at: int) -> int:
        if not self._begin(head):
            return self._not_http(len(head), at)
        return self._end_body(raw, at) if self._left == 0 and self._is_none else at

    def _not_http(self, size: int, at: int) -> int:
        """Pass over what was taken for a head, and look for one behind it."""
        self._searched += size
        self.bytes_unframed += size
        self._clear()
        self.alien = not self.count and self._piece.whole
        self._lose_track()
        if self.alien:
            self._give_up()
        return at

    def _begin(self, head: bytes) -> bool:
        """Whether a head begins a message that is acceptable here."""
        parsed, defects, plan, is_media = HEADS[head]
        start, first = parsed.start, self._first
        if start.method is None and start.status is None:
            return False
        message = HttpMessage(
            parsed,
            first.time_ns,
            None,
            self._offset,
            first.acked,
            frames=self._frames,
            defects=defects.copy(),
        )
        accepted, method = self._begun(message)
        if not accepted:
            return False
        self.count += 1
        self.searched = False
        self._searched = 0
        self._message = message
        self._clear()
        if method == b"HEAD":
            plan = plan_body(parsed, method)
        message.ended, self._left, found, self._lingers = plan
        for defect in found:
            message.add_defect(defect)
        self._touch()
        self._kept.begin(is_media=is_media)
        self._is_none = plan.kind == "none"
        self._in_doubt = method is None and start.status is not None
        if plan.kind == "length":
            self._read = Framer._fixed
        elif plan.kind == "none":
            self._read = Framer._linger
        elif plan.kind == "close":
            self._read = Framer._until_close
        else:
            self._chunks = Chunks(message, self._keep, self._touch)
            self._read = Framer._chunked
        return True

    # Bodies.

    @property
    def _is_in_body(self) -> bool:
        if self._chunks is not None:
            return self._chunks.between
        return self._read in (Framer._fixed, Framer._until_close)

    def _fixed(self, raw: bytes, at: int) -> int:
        end, size = at + self._left, len(raw)
        if end > size:
            self._left = end - size
            self._keep(raw[at:] if at else raw)
            return size
        self._left = 0
        self._keep(raw[at:end])
        return self._end_body(raw, end)

    def _until_close(self, raw: bytes, at: int) -> int:
        self._keep(raw[at:])
        return len(raw)

    def _chunked(self, raw: bytes, at: int) -> int:
        chunks = self._chunks
        assert chunks is not None
        at = chunks.feed(raw, at)
        if chunks.broken:
            self._finish("cut")
            self._lose_track()
            self.bytes_unframed += len(raw) - at
            return len(raw)
        if not chunks.over:
            return at
        self._chunks = None
        return self._end_body(raw, at)

    def _end_body(self, raw: bytes, at: int) -> int:
        """The body ends by what the headers say; see whether the sender agrees."""
        assert self._message is not None
        self._message.end_offset = self._piece.offset + at
        if self._lingers:
            self._read = Framer._linger
            return at
        if at < len(raw):
            rest = raw[at : at + MAX_BLANKS + LONGEST_WORD].lstrip(b"\r\n")
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
            candidate = bytes(self._buffer) + raw[at : at + MAX_BLANKS + LONGEST_WORD]
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
        assert self._message is not None
        self._touch()
        self._message.add_surplus(data)

    # What they have in common.

    def _touch(self) -> None:
        piece, frames, message = self._piece, self._frames, self._message
        frame = piece.frame
        if frames.last != frame or not frames.count:
            frames.add(frame)
        if message is not None:
            message.end_time_ns = piece.time_ns
            message.end_offset = piece.offset + len(piece.data)

    def _keep(self, data: bytes) -> None:
        message = self._message
        assert message is not None
        self._touch()
        message.body_size += len(data)
        self._kept.keep(data)

    def _cut_head(self, missing: int, defect: str = "head-incomplete") -> None:
        """Hand on what there is of a head in whole lines, if a start line is."""
        lines, end, _ = bytes(self._buffer).rpartition(b"\n")
        if lines and self._begin(lines + end):
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
        message.body = self._kept.end()
        self._message = self._chunks = None
        self._read = Framer._start
        self._clear()
        self._done(message)

    def _clear(self) -> None:
        self._buffer.clear()
        self._blanks = 0
        if self._message is None:
            self._kept.give_back()
