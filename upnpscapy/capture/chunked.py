"""The chunked transfer coding (RFC 9112, 7.1): size lines, data, trailers."""

from __future__ import annotations

import re
from collections.abc import Callable

from upnpscapy.capture.http_message import HttpMessage
from upnpscapy.protocol.httpu import parse

__all__ = ["Chunks"]

MAX_LINE = 4096
"""Of a chunk's size line or a trailer."""
MAX_TRAILERS = 16 << 10
MAX_CHUNK = (1 << 31) - 1
"""Who counts in 31 bits takes more for a negative size."""

_SIZE = re.compile(rb"[ \t]*([0-9A-Fa-f]{1,15})[ \t]*(?:;.*)?\Z", re.DOTALL)


class Chunks:
    """Reads one body; ``keep`` gets its data, ``touch`` is called where a line is read.

    Each reader takes bytes from a place on, consumes some, and says where it stopped.
    """

    def __init__(
        self, message: HttpMessage, keep: Callable[[bytes], None], touch: Callable[[], None]
    ) -> None:
        self._message = message
        self._keep = keep
        self._touch = touch
        self._read: Callable[[bytes, int], int] = self._size
        self._line = bytearray()
        self._left = 0
        self._trailers = b""
        self.over = False
        """Whether the last line was read, or one that cannot be."""
        self.broken = False

    @property
    def between(self) -> bool:
        """Whether the next is a size line."""
        return self._read == self._size

    def feed(self, raw: bytes, at: int) -> int:
        """Read on, until the body or the bytes are over; where they are."""
        while at < len(raw) and not self.over:
            at = self._read(raw, at)
        return at

    def step_over(self, length: int) -> int:
        """How many of so many missing bytes are data of the chunk that is being read."""
        if self._read != self._data:
            return 0
        missing = min(length, self._left)
        self._left -= missing
        if not self._left:
            self._read = self._data_end
        return missing

    def _size(self, raw: bytes, at: int) -> int:
        line, at = self._read_line(raw, at)
        if line is not None:
            size = _SIZE.match(line)
            if size is None:
                self._break("bad-chunk-size")
            else:
                self._left = int(size[1], 16)
                if self._left > MAX_CHUNK:
                    self._message.add_defect("chunk-too-large")
                self._read = self._data if self._left else self._trailer
        return at

    def _data(self, raw: bytes, at: int) -> int:
        end = min(len(raw), at + self._left)
        self._keep(raw[at:end])
        self._left -= end - at
        if not self._left:
            self._read = self._data_end
        return end

    def _data_end(self, raw: bytes, at: int) -> int:
        if raw[at] == 13 and not self._line:
            self._line += b"\r"
            return at + 1
        self._line.clear()
        self._read = self._size
        if raw[at] == 10:
            return at + 1
        self._message.add_defect("chunk-without-line-end")
        return at

    def _trailer(self, raw: bytes, at: int) -> int:
        line, at = self._read_line(raw, at)
        if line:
            self._trailers += line + b"\r\n"
            if len(self._trailers) > MAX_TRAILERS:
                self._break("trailers-too-long")
        elif line is not None:
            self.over = True
            if self._trailers:
                self._message.trailers = parse(b"GET * HTTP/1.1\r\n" + self._trailers).headers
        return at

    def _read_line(self, raw: bytes, at: int) -> tuple[bytes | None, int]:
        """A line without its end, None while it is not complete."""
        room = MAX_LINE - len(self._line)
        end = raw.find(b"\n", at, at + room)
        stop = end + 1 if end >= 0 else min(len(raw), at + room)
        self._touch()
        self._line += raw[at:stop]
        if end < 0:
            if len(self._line) >= MAX_LINE:
                self._break("chunk-line-too-long")
            return None, stop
        line = bytes(self._line).rstrip(b"\r\n")
        self._line.clear()
        return line, stop

    def _break(self, defect: str) -> None:
        self._message.add_defect(defect)
        self.over = self.broken = True
