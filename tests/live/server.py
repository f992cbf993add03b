"""Small HTTP servers on loopback, as bad as they are told to be."""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self

__all__ = ["Answer", "Server", "http", "pages"]

_LENGTH = re.compile(rb"(?im)^content-length: *([0-9]+)")

Answer = Callable[["Server", socket.socket, bytes], None]
"""Answers a request on its connection; it ends when ``stopped`` of the server is set."""


class Server:
    """Answers each connection's first request, then closes; a context manager."""

    def __init__(self, answer: bytes | Answer, host: str = "127.0.0.1") -> None:
        self.answer = answer
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        self._socket = socket.create_server((host, 0), family=family)
        self._socket.settimeout(1)
        self.port = self._socket.getsockname()[1]
        self.host = f"[{host}]" if ":" in host else host
        self.requests: list[bytes] = []
        self.stopped = threading.Event()
        self._thread = threading.Thread(target=self._run)

    @property
    def url(self) -> str:
        return f"http://{self.host}:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stopped.set()
        with suppress(OSError), socket.socket(self._socket.family) as last:
            last.connect(self._socket.getsockname())  # which ends accept()
        self._thread.join()
        self._socket.close()

    def _run(self) -> None:
        while not self.stopped.is_set():
            try:
                connection, _ = self._socket.accept()
            except TimeoutError:
                continue
            with connection:
                connection.settimeout(60)
                try:
                    self._serve(connection)
                except OSError:  # the client has gone
                    continue

    def _serve(self, connection: socket.socket) -> None:
        request = b""
        while b"\r\n\r\n" not in request:
            more = connection.recv(65536)
            if not more:
                return
            request += more
        head, _, body = request.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        while length and len(body) < int(length.group(1)):
            body += connection.recv(65536)
        self.requests.append(head + b"\r\n\r\n" + body)
        if callable(self.answer):
            self.answer(self, connection, self.requests[-1])
        else:
            connection.sendall(self.answer)


def http(body: bytes | str, status: str = "200 OK", *headers: str) -> bytes:
    """A plain answer."""
    data = body.encode() if isinstance(body, str) else body
    lines = [
        f"HTTP/1.1 {status}",
        'CONTENT-TYPE: text/xml; charset="utf-8"',
        f"CONTENT-LENGTH: {len(data)}",
        *headers,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + data


def pages(answers: Mapping[str, bytes]) -> Answer:
    """Answers by the path, or by ``METHOD path``; 404 for any other."""

    def answer(_: Server, connection: socket.socket, request: bytes) -> None:
        method, path = request.decode("latin-1").split(" ")[:2]
        found = answers.get(f"{method} {path}") or answers.get(path)
        connection.sendall(found or http("", "404 Not Found"))

    return answer
