"""Servers that are slow, lie, never end or talk nonsense: a clear error, in bounds."""

from __future__ import annotations

import gzip
import socket
import time
import tracemalloc
import zlib

import pytest

from upnpscapy.errors import DeadlineError, RefusedError, ResponseError, TransportError, UpnpError
from upnpscapy.live.http import Http

from .server import Answer, Server, http

HEAD = b"HTTP/1.1 200 OK\r\n"
MIB = 1 << 20


def drip(data: bytes, seconds: float = 0.05) -> Answer:
    """A byte at a time."""

    def answer(server: Server, connection: socket.socket, _: bytes) -> None:
        for byte in data:
            if server.stopped.wait(seconds):
                return
            connection.sendall(bytes([byte]))

    return answer


def endless(start: bytes, piece: bytes) -> Answer:
    """Without an end, as fast as it goes."""

    def answer(server: Server, connection: socket.socket, _: bytes) -> None:
        connection.sendall(start)
        while not server.stopped.is_set():
            connection.sendall(piece)

    return answer


def silent(server: Server, connection: socket.socket, _: bytes) -> None:
    server.stopped.wait(5)


def half(server: Server, connection: socket.socket, _: bytes) -> None:
    connection.sendall(HEAD + b"Content-Length: 100\r\n\r\nhalf of it")
    server.stopped.wait(5)


def reset(_: Server, connection: socket.socket, __: bytes) -> None:
    linger = (1).to_bytes(4, "little") + bytes(4)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)


CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
BOMB = gzip.compress(bytes(64 * MIB), 6)
DEFLATED = zlib.compress(bytes(32 * MIB), 6)

HOSTILE: dict[str, tuple[bytes | Answer, type[UpnpError], str]] = {
    "says nothing": (silent, DeadlineError, "silent for too long; 0 bytes came"),
    "one byte at a time": (drip(http("x" * 1000)), DeadlineError, "took too long in all"),
    "stops in the middle": (half, DeadlineError, "silent for too long; 50 bytes came"),
    "closes at once": (b"", TransportError, "closed without an answer"),
    "resets": (reset, TransportError, "reset by peer"),
    "garbage": (b"\x00\x01garbage\r\n\r\n", ResponseError, "not an answer of HTTP"),
    "another protocol": (b"220 ftp ready\r\n", ResponseError, "not an answer of HTTP"),
    "promises more than it sends": (
        HEAD + b"Content-Length: 500\r\n\r\nshort",
        ResponseError,
        "the answer ends early, after 5 bytes, 495 more were promised",
    ),
    "promises gigabytes": (
        endless(HEAD + b"Content-Length: 99999999999\r\n\r\n", b"x" * 65536),
        ResponseError,
        "a body of more than 1048576 bytes",
    ),
    "never ends": (
        endless(HEAD + b"\r\n", b"x" * 65536),
        ResponseError,
        "a body of more than 1048576 bytes",
    ),
    "never ends its headers": (
        endless(HEAD + b"X: ", b"x" * 1000),
        ResponseError,
        "no end of the headers in 65536 bytes",
    ),
    "never ends its header lines": (
        endless(HEAD, b"X-Filler: x\r\n"),
        ResponseError,
        "not an answer of HTTP: .*100 headers",
    ),
    "never stops to say 100": (
        endless(b"", b"HTTP/1.1 100 Continue\r\n\r\n"),
        ResponseError,
        "more than 2162688 bytes",
    ),
    "a thousand headers": (
        HEAD + b"X: y\r\n" * 1000 + b"\r\n",
        ResponseError,
        "not an answer of HTTP: .*100 headers",
    ),
    "a chunk of gigabytes": (
        endless(CHUNKED + b"FFFFFFFFF\r\n", b"x" * 65536),
        ResponseError,
        "a body of more than 1048576 bytes",
    ),
    "small chunks without end": (
        endless(CHUNKED, b"1\r\nx\r\n" * 4000),
        UpnpError,
        "more than|too long",
    ),
    "a chunk's size without end": (
        endless(CHUNKED, b"0" * 65536),
        ResponseError,
        "more than 2162688 bytes|exceeded maximum|no number",
    ),
    "a chunk's size that is none": (CHUNKED + b"xyz\r\n", ResponseError, "xyz"),
    "a chunk cut short": (CHUNKED + b"A\r\nshort", ResponseError, "ends early"),
    "trailers without end": (
        endless(CHUNKED + b"0\r\n", b"X: y\r\n" * 1000),
        ResponseError,
        "more than 2162688 bytes",
    ),
    "a gzip bomb": (
        http(BOMB, "200 OK", "Content-Encoding: gzip"),
        ResponseError,
        "packed body that is damaged, or of more than 1048576 bytes",
    ),
    "a deflate bomb": (
        http(DEFLATED, "200 OK", "Content-Encoding: deflate"),
        ResponseError,
        "packed body",
    ),
    "gzip twenty times over": (
        http(BOMB, "200 OK", "Content-Encoding: " + "gzip," * 19 + "gzip"),
        ResponseError,
        "packed body|content encodings",
    ),
    "packed, it says": (
        http("<root/>", "200 OK", "Content-Encoding: gzip"),
        ResponseError,
        "packed body",
    ),
    "packed, as nobody can": (
        http("<root/>", "200 OK", "Content-Encoding: rot13"),
        ResponseError,
        "packed body",
    ),
    "not found": (http("no", "404 Not Found"), ResponseError, "status 404 Not Found"),
    "wants a password": (
        http("no", "401 No", 'WWW-Authenticate: Basic realm="x"'),
        ResponseError,
        "status 401",
    ),
    "redirects off the host": (
        http("", "302 Found", "Location: http://127.0.0.2/x"),
        RefusedError,
        "http://127.0.0.2/x: off the host of the device that names it, 127.0.0.1;",
    ),
    "redirects into the Internet": (
        http("", "301 Moved", "Location: http://203.0.113.1/x"),
        RefusedError,
        "203.0.113.1, which is not on the local network",
    ),
    "redirects to another protocol": (
        http("", "301 Moved", "Location: ftp://127.0.0.1/x"),
        RefusedError,
        "only http is followed, not ftp",
    ),
    "redirects to a file": (
        http("", "301 Moved", "Location: file:///etc/passwd"),
        RefusedError,
        "only http",
    ),
    "redirects to itself": (
        http("", "302 Found", "Location: /"),
        ResponseError,
        "more than 3 redirects",
    ),
    "redirects to nonsense": (
        http("", "302 Found", "Location: http://[/"),
        UpnpError,
        "not a URL|no URL",
    ),
}


@pytest.fixture(autouse=True)
def _no_other_networks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever networks this host is in."""
    monkeypatch.setattr("upnpscapy.live.local.connected_networks", lambda: ())


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_answer_is_a_clear_error_soon(name: str) -> None:
    answer, kind, reason = HOSTILE[name]
    slow = kind in (DeadlineError, UpnpError)
    seconds = {"timeout_seconds": 0.5, "read_seconds": 0.2} if slow else {"timeout_seconds": 60}
    http_ = Http(**seconds, max_bytes=MIB)
    with Server(answer) as server:
        start = time.monotonic()
        with pytest.raises(kind, match=reason) as caught:
            http_.get(server.url)
        assert time.monotonic() - start < 20
    assert len(getattr(caught.value, "data", b"")) <= 64 << 10


@pytest.mark.parametrize(
    "name",
    [
        "never ends",
        "promises gigabytes",
        "a gzip bomb",
        "a chunk of gigabytes",
        "gzip twenty times over",
    ],
)
def test_hostile_answer_takes_little_memory(name: str) -> None:
    answer, kind, _ = HOSTILE[name]
    with Server(answer) as server:
        tracemalloc.start()
        try:
            with pytest.raises(kind):
                Http(timeout_seconds=60, max_bytes=MIB).get(server.url)
            _, peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
    assert peak < 12 * MIB


def test_what_came_is_kept_on_the_error() -> None:
    with Server(half) as server, pytest.raises(DeadlineError) as caught:
        Http(read_seconds=1).get(server.url)
    assert caught.value.data == b"half of it"
    assert isinstance(caught.value, TimeoutError)


def test_connection_that_nobody_takes_ends_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as full:
        fillers = [socket.socket() for _ in range(4)]
        for one in fillers:
            one.setblocking(False)
            one.connect_ex(full.getsockname())
        start = time.monotonic()
        with pytest.raises(DeadlineError, match=r"no connection to 127\.0\.0\.1 port"):
            Http(connect_seconds=0.2).get(f"http://127.0.0.1:{full.getsockname()[1]}/")
        assert time.monotonic() - start < 30
        for one in fillers:
            one.close()


def test_request_that_nobody_reads_ends_in_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        url = f"http://127.0.0.1:{deaf.getsockname()[1]}/"
        with pytest.raises(DeadlineError):
            Http(timeout_seconds=0.3).request("POST", url, body=bytes(32 * MIB))


def test_closed_port_says_so() -> None:
    with Server(b"") as server:
        url = server.url
    with pytest.raises(TransportError, match="Connection refused") as caught:
        Http().get(url)
    assert caught.value.url == url


GOOD: dict[str, tuple[bytes, bytes]] = {
    "plain": (http("body"), b"body"),
    "no length, until it closes": (HEAD + b"\r\nbody", b"body"),
    "HTTP/1.0": (b"HTTP/1.0 200 OK\r\n\r\nbody", b"body"),
    "LF only": (b"HTTP/1.1 200 OK\nContent-Length: 4\n\nbody", b"body"),
    "no reason": (b"HTTP/1.1 200\r\nContent-Length: 4\r\n\r\nbody", b"body"),
    "chunks": (CHUNKED + b"2\r\nbo\r\n2;ext=1\r\ndy\r\n0\r\nX: y\r\n\r\n", b"body"),
    "behind 100": (b"HTTP/1.1 100 Continue\r\n\r\n" + http("body"), b"body"),
    "gzip": (http(gzip.compress(b"body"), "200 OK", "Content-Encoding: gzip"), b"body"),
    "bare deflate": (
        http(zlib.compress(b"body" * 9)[2:-4], "200 OK", "Content-Encoding: deflate"),
        b"body" * 9,
    ),
    "a longer body than promised": (HEAD + b"Content-Length: 4\r\n\r\nbody and more", b"body"),
}


@pytest.mark.parametrize("name", GOOD)
def test_odd_answer_is_read(name: str) -> None:
    data, body = GOOD[name]
    with Server(data) as server:
        response = Http(read_seconds=1).get(server.url)
    assert (response.status, response.body) == (200, body)
    assert response.message.start.status == 200


def test_redirect_on_the_same_host_is_followed() -> None:
    def answer(server: Server, connection: socket.socket, request: bytes) -> None:
        moved = http("gone", "301 Moved", "Location: new place.xml")
        connection.sendall(http("found") if b"/new%20place.xml" in request else moved)

    with Server(answer) as server:
        response = Http().get(f"{server.url}/old.xml")
    assert response.url == f"{server.url}/new%20place.xml"
    assert response.body == b"found"


def test_post_is_not_redirected() -> None:
    with Server(http("", "307 Moved", "Location: /elsewhere")) as server:
        assert Http().request("POST", server.url, body=b"x").status == 307
        assert len(server.requests) == 1


def test_deadline_is_of_all_redirects_together() -> None:
    def answer(server: Server, connection: socket.socket, _: bytes) -> None:
        server.stopped.wait(0.25)
        connection.sendall(http("", "302 Found", "Location: /again"))

    with Server(answer) as server, pytest.raises(DeadlineError):
        Http(timeout_seconds=0.6).get(server.url)
