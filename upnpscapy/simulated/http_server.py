"""The HTTP server of simulated devices: a thread for each connection, everything bounded.

Requests are cut out of the stream by ``capture.http_framing``, as those of a capture are.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from email.utils import formatdate
from typing import NamedTuple

from upnpscapy.capture.http_framing import Budget, Framer
from upnpscapy.capture.http_message import HttpMessage
from upnpscapy.capture.ordering import Data
from upnpscapy.errors import NetworkError
from upnpscapy.protocol.httpu import Message, build, text

__all__ = ["SERVER", "HttpServer", "Request", "Response"]

SERVER = "Python/3 UPnP/2.0 upnpscapy/0.1"
"""What simulated devices say they are (UDA 2.0, 1.2.2)."""

MAX_CONNECTIONS = 32
BACKLOG = 128
"""Connections that wait to be accepted, most of them to be closed."""

MAX_HEAD = 64 << 10
MAX_BODY = 256 << 10
"""Bytes of one request."""

MESSAGE_SECONDS = 10.0
"""From one request to the next, and for each to come in whole."""

LINGER_SECONDS = 0.5
MAX_LINGER = 1 << 20
"""Bytes that are read after the last answer."""

_PIECE = 64 << 10
_REASONS = {
    200: "OK",
    400: "Bad Request",
    404: "Not Found",
    405: "Method Not Allowed",
    412: "Precondition Failed",
    413: "Content Too Large",
    500: "Internal Server Error",
    503: "Service Unavailable",
}


class Request(NamedTuple):
    """A whole request."""

    message: Message
    method: str
    path: str
    body: bytes
    """Without chunks and content coding."""
    peer: str


class Response(NamedTuple):
    """What is answered; ``head`` in place of status and fields is one that is built already."""

    status: int
    fields: Sequence[tuple[str, str]] = ()
    body: bytes = b""
    head: Message | None = None
    delay_seconds: float = 0.0
    after: Callable[[], object] | None = None
    """Called when it is sent."""


Handler = Callable[[Request], Response | None]
"""Answers a request; None closes the connection without a word."""


class HttpServer:
    """Listens on one address until ``close``. ``port`` 0 is one that the system chooses.

    Raises ``NetworkError`` if it cannot be listened at.
    """

    def __init__(self, address: str, port: int, handler: Handler) -> None:
        if not 0 <= port <= 65535:
            raise NetworkError(f"no server at {address} port {port}: there is no such port")
        try:
            self._socket = socket.create_server((address, port), backlog=BACKLOG)
        except OSError as error:
            told = error.strerror or error
            raise NetworkError(f"no server at {address} port {port}: {told}") from error
        self.port: int = self._socket.getsockname()[1]
        self._handler = handler
        self._stopped = threading.Event()
        self._lock = threading.Lock()
        self._open: dict[socket.socket, threading.Thread] = {}
        self._thread = threading.Thread(target=self._run, name="upnp-simulated-http", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Close every connection and end the threads; a second call does nothing."""
        self._stopped.set()
        # A shutdown wakes accept() on Linux, a connection does everywhere.
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        with suppress(OSError):
            socket.create_connection(self._socket.getsockname(), timeout=1).close()
        self._thread.join()
        self._socket.close()
        with self._lock:
            threads = dict(self._open)
        for sock, thread in threads.items():
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
            thread.join()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                sock, place = self._socket.accept()
            except OSError:
                if not self._stopped.wait(0.05):
                    continue
                return
            with self._lock:
                for known, thread in list(self._open.items()):
                    if not thread.is_alive():
                        del self._open[known]
                if self._stopped.is_set() or len(self._open) >= MAX_CONNECTIONS:
                    sock.close()
                    continue
                thread = threading.Thread(
                    target=self._serve,
                    args=(sock, place[0]),
                    name="upnp-simulated-connection",
                    daemon=True,
                )
                self._open[sock] = thread
                thread.start()

    def _serve(self, sock: socket.socket, peer: str) -> None:
        with sock, suppress(OSError):
            _Connection(sock, peer, self._handler, self._stopped).run()


class _Connection:
    """One connection, from its first request to its last."""

    def __init__(
        self, sock: socket.socket, peer: str, handler: Handler, stopped: threading.Event
    ) -> None:
        self._socket = sock
        self._peer = peer
        self._handler = handler
        self._stopped = stopped
        self._whole: list[HttpMessage] = []
        self._framer = Framer(self._begun, self._whole.append, Budget(MAX_BODY + MAX_HEAD))

    def run(self) -> None:
        """Answer what comes until one side has enough."""
        offset = unread = 0
        deadline = time.monotonic() + MESSAGE_SECONDS
        while not self._stopped.is_set():
            left = deadline - time.monotonic()
            if left <= 0:
                return
            self._socket.settimeout(left)
            data = self._socket.recv(_PIECE)
            if data:
                self._framer.feed(Data(offset, data, 0, time.time_ns(), None, True))
            else:
                self._framer.end("fin")
            offset += len(data)
            unread += len(data)
            for message in self._whole:
                unread = 0
                if not self._answer(message):
                    return
                deadline = time.monotonic() + MESSAGE_SECONDS
            self._whole.clear()
            if self._framer.dead or self._framer.searched:
                self._say(Response(400), closing=True)
                return
            if unread > MAX_HEAD + MAX_BODY:
                self._say(Response(413), closing=True)
                return
            if not data:
                return

    def _begun(self, message: HttpMessage) -> tuple[bool, bytes | None]:
        """A head is complete."""
        headers = message.message.headers
        if b"100-continue" in (headers.get(b"expect") or b"").lower():
            self._socket.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        return message.message.start.method is not None, None

    def _answer(self, message: HttpMessage) -> bool:
        """Answer a request; whether another one may follow."""
        head = message.message
        content = message.content(MAX_BODY)
        options = b",".join(head.headers.get_all(b"connection")).lower()
        closing = head.start.version != b"HTTP/1.1" or b"close" in options
        if head.start.method is None or not content.complete:
            self._say(Response(400), closing=True)
            return False
        path = text(head.start.target or b"").partition("?")[0]
        request = Request(head, text(head.start.method), path, content.data, self._peer)
        response = self._handler(request)
        if response is None or self._stopped.wait(response.delay_seconds):
            return False
        self._say(response, closing=closing, headless=request.method == "HEAD")
        if response.after is not None:
            response.after()
        return not closing

    def _say(self, response: Response, *, closing: bool, headless: bool = False) -> None:
        head = response.head
        if head is None:
            reason = _REASONS.get(response.status, "Other")
            names = {name.upper() for name, _ in response.fields}
            fields = [
                ("DATE", formatdate(usegmt=True)),
                ("SERVER", SERVER),
                *response.fields,
            ]
            if "CONTENT-LENGTH" not in names:
                fields.append(("CONTENT-LENGTH", str(len(response.body))))
            head = build(f"HTTP/1.1 {response.status} {reason}", fields)
        if closing:
            head = head.with_header("CONNECTION", "close")
        self._socket.settimeout(MESSAGE_SECONDS)
        self._socket.sendall(bytes(head) + (b"" if headless else response.body))
        if closing:
            self._linger()

    def _linger(self) -> None:
        """Read what is still on its way: a close before that takes the answer with it."""
        self._socket.shutdown(socket.SHUT_WR)
        self._socket.settimeout(LINGER_SECONDS)
        for _ in range(MAX_LINGER // _PIECE):
            if self._stopped.is_set() or not self._socket.recv(_PIECE):
                return
