"""One connection to a callback server: requests in, statuses out, within bounds.

The bytes are cut into messages by ``capture.http_framing`` and read by ``protocol.httpu``, as
those of a capture are.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from typing import NamedTuple

from upnpscapy.capture.http_framing import Budget, Framer
from upnpscapy.capture.http_message import HttpMessage
from upnpscapy.capture.ordering import Data
from upnpscapy.live.recorder import RecordedConnection
from upnpscapy.live.wire import RecordedConnection as AnyRecorded
from upnpscapy.protocol.httpu import build

__all__ = ["MESSAGE_SECONDS", "Arrived", "CallbackConnection"]

MESSAGE_SECONDS = 10.0
"""From the first byte of a message to its last, and from one message to the next."""

LINGER_SECONDS = 1.0
"""For the other side to close when all is said."""

MAX_HEAD = 64 << 10
"""Bytes; ``Framer`` gives up there."""

MAX_UNREAD = 16 << 10
"""Bytes of answers that the other side does not read."""

_PIECE = 64 << 10
_LENGTH = re.compile(rb"[0-9]{1,18}\Z")

REASONS = {
    200: "OK",
    400: "Bad Request",
    405: "Method Not Allowed",
    408: "Request Timeout",
    411: "Length Required",
    412: "Precondition Failed",
    413: "Content Too Large",
    500: "Internal Server Error",
}


class Arrived(NamedTuple):
    """A whole request, from whom and where to."""

    message: HttpMessage
    body: bytes
    """Without chunks and content coding."""
    peer: str
    local: str
    frame: int | None
    """In the recording; None without one."""
    time_ns: int


Answer = Callable[[Arrived], int]
"""Says with which status a request is answered."""

Count = Callable[[str], None]
"""Is told the name of the reason why something was not taken."""


class CallbackConnection:
    """A connection that was accepted; the server calls it when bytes can be read or written."""

    def __init__(
        self,
        sock: socket.socket,
        answer: Answer,
        count: Count,
        max_body: int,
        recorded: AnyRecorded | None = None,
    ) -> None:
        self.socket = sock
        self.peer = _plain(sock.getpeername()[0])
        self.local = _plain(sock.getsockname()[0])
        self.deadline = time.monotonic() + MESSAGE_SECONDS
        """When it is over if nothing happens; of ``time.monotonic``."""
        self.closed = False
        self._answer = answer
        self._count = count
        self._max_body = max_body
        self._recorded = recorded
        self._out = bytearray()
        self._offset = 0
        self._message_bytes = 0
        """Since the last whole message."""
        self._time_ns = 0
        self._ending = False
        """Nothing more is read as a request."""
        # What is beyond the budget is not kept, and known as too large.
        self._framer = Framer(self._begun, self._done, Budget(max_body + MAX_HEAD))
        sock.setblocking(False)

    @property
    def wants_to_write(self) -> bool:
        """Whether there is something to send."""
        return bool(self._out)

    def readable(self) -> None:
        """Take the bytes that are there."""
        try:
            data = self.socket.recv(_PIECE)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self.close()
            return
        if not data:
            if not self._ending:
                self._framer.end("fin")
            self._end()
            if not self._out:
                self.close()
            return
        self._time_ns = time.time_ns()
        frame = self._record(data)
        if self._ending:
            return
        piece = Data(self._offset, data, frame, self._time_ns, None, True)
        self._offset += len(data)
        self._message_bytes += len(data)
        self._framer.feed(piece)
        if not self._is_ending():
            self._judge()

    def _judge(self) -> None:
        """See whether to go on with what has come so far."""
        if self._framer.dead or self._framer.searched:
            self._refuse(400, "not-http")
        elif self._message_bytes > 2 * self._max_body + MAX_HEAD:
            self._refuse(413, "too-large")
        elif len(self._out) > MAX_UNREAD:
            self._count("unread")
            self.close()

    def writable(self) -> None:
        """Send what waits."""
        try:
            sent = self.socket.send(self._out)
        except (BlockingIOError, InterruptedError):
            return
        except OSError:
            self.close()
            return
        if self._recorded is not None:
            self._recorded.received(bytes(self._out[:sent]))
        del self._out[:sent]
        if not self._out and self._ending:
            # A close with bytes unread would take the answer from the other side.
            with suppress(OSError):
                self.socket.shutdown(socket.SHUT_WR)
            self.deadline = time.monotonic() + LINGER_SECONDS

    def expire(self) -> None:
        """The deadline is over."""
        if self._ending or not self._message_bytes:
            self.close()
        else:
            self._refuse(408, "too-slow")
            self.deadline = time.monotonic() + LINGER_SECONDS

    def close(self) -> None:
        """Give back the socket; a second call does nothing."""
        if not self.closed:
            self.closed = True
            self.socket.close()
            if self._recorded is not None:
                self._recorded.close()

    def _record(self, data: bytes) -> int:
        """Write down what came; the frame of its first byte, 0 if there is none."""
        recorded = self._recorded
        if isinstance(recorded, RecordedConnection):
            return recorded.sent(data, self._time_ns) or 0
        if recorded is not None:
            recorded.sent(data)
        return 0

    def _begun(self, message: HttpMessage) -> tuple[bool, bytes | None]:
        """A head is complete."""
        if message.message.start.method is None:
            return False, None
        headers = message.message.headers
        length = (headers.get(b"content-length") or b"").strip()
        if _LENGTH.match(length) and int(length) > self._max_body:
            self._refuse(413, "too-large")
        elif b"100-continue" in (headers.get(b"expect") or b"").lower():
            self._out += b"HTTP/1.1 100 Continue\r\n\r\n"
        return True, None

    def _done(self, message: HttpMessage) -> None:
        """A message is complete, or as much of it as there will be."""
        if self._ending:
            return
        self._message_bytes = 0
        self.deadline = time.monotonic() + MESSAGE_SECONDS
        headers = message.message.headers
        if not message.complete:
            self._refuse(400, "cut")
            return
        if message.message.start.method != b"NOTIFY":
            self._refuse(405, "method")
            return
        if message.ended == "none" and headers.get(b"content-length") is None:
            self._refuse(411, "length")
            return
        content = message.content(self._max_body)
        if not content.complete:
            large = message.body_size > self._max_body or len(content.data) >= self._max_body
            self._refuse(*((413, "too-large") if large else (400, "coding")))
            return
        frame = message.frames.first or None
        arrived = Arrived(
            message, content.data, self.peer, self.local, frame, message.time_ns or self._time_ns
        )
        self._say(self._answer(arrived))
        options = b",".join(headers.get_all(b"connection")).lower()
        if message.message.start.version != b"HTTP/1.1" or b"close" in options:
            self._end()

    def _refuse(self, status: int, reason: str) -> None:
        """Answer what is not read further."""
        self._count(reason)
        self._end()
        self._say(status)

    def _is_ending(self) -> bool:
        return self._ending

    def _end(self) -> None:
        self._ending = True
        self.deadline = min(self.deadline, time.monotonic() + MESSAGE_SECONDS)

    def _say(self, status: int) -> None:
        fields = [("CONTENT-LENGTH", "0")]
        if status == 405:
            fields.append(("ALLOW", "NOTIFY"))
        if self._ending:
            fields.append(("CONNECTION", "close"))
        self._out += bytes(build(f"HTTP/1.1 {status} {REASONS[status]}", fields))


def _plain(address: str) -> str:
    """Without scope id."""
    return address.partition("%")[0]
