"""Whatever a server answers: a result, or one of the errors, and nothing else."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from upnpscapy.errors import UpnpError
from upnpscapy.live.control import call
from upnpscapy.live.device import LiveDevice, describe
from upnpscapy.live.http import Http, Response
from upnpscapy.protocol.soap_build import build_fault, build_result

from .gateway import DESCRIPTION, SERVICE_TYPE
from .server import Server

TOKENS = st.sampled_from(
    [
        *(b"HTTP/1.1 200 OK\r\n", b"HTTP/1.0 500 x\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"),
        *(b"HTTP/1.1 302 Found\r\n", b"HTTP/9.9 999 \xff\n", b"HTTP/1.1 204 No\r\n\r\n"),
        *(b"Location: /\r\n", b"Location: http://[\r\n", b"Location: \xff\x00\r\n"),
        *(b"Content-Length: 5\r\n", b"Content-Length: -1\r\n", b"Content-Length: 5, 6\r\n"),
        *(b"Content-Length: 99999999999999999999\r\n", b"Content-Length: \xb2\r\n"),
        *(b"Transfer-Encoding: chunked\r\n", b"Transfer-Encoding: gzip, chunked\r\n"),
        *(b"Content-Encoding: gzip\r\n", b"Content-Encoding: deflate, br, zstd\r\n"),
        *(b"Set-Cookie: a=b; domain=.\r\n", b" folded\r\n", b": nothing\r\n", b"\0\r\n"),
        *(b"\r\n", b"\r\n\r\n", b"5\r\nhello\r\n", b"-5\r\n", b"0\r\n\r\n", b"FFFFFFFF\r\n"),
        gzip.compress(b"<root/>"),
        DESCRIPTION.format(service="", other="").encode(),
        build_result(SERVICE_TYPE, "Do", [("A", "1")])[1],
        build_fault(501, "x")[1],
    ]
)
ANSWERS = st.lists(TOKENS | st.binary(max_size=40), max_size=12).map(b"".join)
WITH_HEAD = ANSWERS.map(lambda data: b"HTTP/1.1 200 OK\r\n" + data)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(b"") as running:
        yield running


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(data=ANSWERS | WITH_HEAD)
def test_any_answer_is_a_response_or_an_error_of_ours(server: Server, data: bytes) -> None:
    server.answer = data
    http = Http(timeout_seconds=20)
    with suppress(UpnpError):
        assert isinstance(http.request("POST", server.url, [], b"x"), Response)
    with suppress(UpnpError):
        assert isinstance(describe(server.url, http=http), LiveDevice)
    with suppress(UpnpError):
        assert call(server.url, SERVICE_TYPE, "Do", http=http).fault is None
