"""An answer of HTTP, read within bounds; or what is wrong with what came instead of one."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from http.client import HTTPException, IncompleteRead
from typing import Any

import requests
from urllib3.exceptions import HTTPError, InvalidChunkLength

from upnpscapy.capture.http_message import HttpMessage
from upnpscapy.display import printable
from upnpscapy.errors import MAX_DATA, ResponseError, TransportError, UpnpError
from upnpscapy.live.wire import Wire
from upnpscapy.protocol.body_view import body_node
from upnpscapy.protocol.host_text import host_and_port
from upnpscapy.protocol.httpu import Message, parse, text
from upnpscapy.protocol.message_view import head_node
from upnpscapy.tree import Shown, Tree, card

__all__ = ["ERRORS", "Response", "broken", "read_response"]

ERRORS = (requests.RequestException, HTTPError, HTTPException, OSError, ValueError)
"""What requests, urllib3 and http.client raise for what a server does."""

_PIECE = 64 << 10
_HEAD = re.compile(rb"\A.*?(?:\r?\n\r?\n|\Z)", re.DOTALL)


@dataclass(frozen=True, slots=True, repr=False)
class Response(Shown):
    """One answer, whatever its status."""

    url: str
    """Where it came from, after redirects."""
    status: int
    message: Message
    """Start line and headers as sent; its own ``body`` is empty."""
    body: bytes
    """Without chunks and content coding."""
    client: tuple[str, int]
    """This host's address toward the device, and port."""
    server: tuple[str, int]
    """The device's address, and port."""

    def header(self, name: str) -> str | None:
        """The first value of a header field, None without one."""
        value = self.message.headers.get(name.encode())
        return None if value is None else text(value)

    @property
    def status_line(self) -> str:
        """The status with what the device says of it: ``status 404 Not Found``."""
        reason = text(self.message.start.reason or b"")[:100]
        return f"status {self.status} {reason}".rstrip()

    def error(self, reason: str) -> ResponseError:
        """What is wrong with it, with its body."""
        return ResponseError(reason, self.url, self.body, status=self.status)

    def tree(self) -> Tree:
        """Its head as sent, and its body."""
        ends = f"{host_and_port(*self.client)} → {host_and_port(*self.server)}"
        parts = (head_node(self.message, "head"), body_node(self.body))
        return card(self.url, self.status_line, (("ends", ends),), parts)

    def _summary(self) -> str:
        return f"Response {self.status} {printable(self.url)} bytes={len(self.body)}"


def read_response(answer: requests.Response, wire: Wire, max_bytes: int) -> Response:
    """The whole answer; raises ``ResponseError`` for a body that is too long or damaged."""
    content = _read(answer, wire, max_bytes)
    status = answer.status_code
    message = _head(wire, status)
    response = Response(wire.url, status, message, content, wire.client, wire.server)
    return _unpacked(response, max_bytes)


def _read(answer: requests.Response, wire: Wire, max_bytes: int) -> bytes:
    content = bytearray()
    try:
        for piece in answer.raw.stream(_PIECE, decode_content=False):
            content += piece
            if len(content) > max_bytes:
                raise ResponseError(
                    f"a body of more than {max_bytes} bytes",
                    wire.url,
                    bytes(content[:MAX_DATA]),
                    status=answer.status_code,
                )
    except UpnpError:
        raise
    except ERRORS as error:
        failure = wire.failure or broken(error, wire, answer.status_code)
        if isinstance(failure, TransportError | ResponseError):
            # What of the body is with urllib3 is lost, but it is kept as it came.
            failure.data = bytes((content or _HEAD.sub(b"", wire.kept, count=1))[:MAX_DATA])
        raise failure from None
    return bytes(content)


def broken(error: BaseException, wire: Wire, status: int | None = None) -> UpnpError:
    """What an error of HTTP means."""
    came = bytes(wire.kept)
    while isinstance(error, BaseException):
        if isinstance(error, InvalidChunkLength):
            reason = f"a chunk whose length is no number: {error.length[:40]!r}"
            return ResponseError(reason, wire.url, came, status=status)
        if isinstance(error, IncompleteRead):
            partial: Any = error.partial  # of urllib3 a number, of http.client the bytes
            count = partial if isinstance(partial, int) else len(partial)
            expected = "" if error.expected is None else f", {error.expected} more were promised"
            reason = f"the answer ends early, after {count} bytes{expected}"
            return ResponseError(reason, wire.url, came, status=status)
        if isinstance(error, OSError) and error.errno is not None and error.strerror:
            return TransportError(error.strerror, wire.url, came)
        inner = (
            error.__cause__
            or error.__context__
            or next((one for one in error.args if isinstance(one, BaseException)), None)
        )
        if inner is None:
            break
        error = inner
    if not came:
        return TransportError("closed without an answer", wire.url)
    return ResponseError(f"not an answer of HTTP: {error!r:.200}", wire.url, came, status=status)


def _head(wire: Wire, status: int) -> Message:
    """The head as it came, behind interim ones."""
    rest = bytes(wire.kept)
    while True:
        match = _HEAD.match(rest)
        head = match.group() if match else rest
        message = parse(head)
        if message.start.status == status or not 100 <= (message.start.status or 0) < 200:
            return message
        rest = rest[len(head) :]


def _unpacked(response: Response, max_bytes: int) -> Response:
    if response.message.headers.get(b"content-encoding") is None:
        return response
    packed = HttpMessage(
        response.message,
        None,
        None,
        0,
        None,
        body=response.body,
        body_size=len(response.body),
        ended="length",
    )
    content = packed.content(max_bytes)
    if not content.complete:
        raise response.error(f"a packed body that is damaged, or of more than {max_bytes} bytes")
    return replace(response, body=content.data)
