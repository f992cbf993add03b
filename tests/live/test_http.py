"""What a request looks like on the wire, where it goes, and what a recorder gets of it."""

from __future__ import annotations

import re
import socket
import threading

import pytest

from upnpscapy.errors import MessageError
from upnpscapy.live.http import Http, Response

from .server import Server, http


class Tape:
    """A recorder that keeps what it is told."""

    def __init__(self) -> None:
        self.connections: list[TapedConnection] = []

    def connection(self, client: tuple[str, int], server: tuple[str, int]) -> TapedConnection:
        self.connections.append(TapedConnection(client, server))
        return self.connections[-1]


class TapedConnection:
    def __init__(self, client: tuple[str, int], server: tuple[str, int]) -> None:
        self.client = client
        self.server = server
        self.told: list[tuple[str, bytes]] = []

    def sent(self, data: bytes) -> None:
        self.told.append(("sent", data))

    def received(self, data: bytes) -> None:
        self.told.append(("received", data))

    def close(self) -> None:
        self.told.append(("close", b""))

    def bytes(self, kind: str) -> bytes:
        return b"".join(data for name, data in self.told if name == kind)


def fields(request: bytes) -> dict[str, str]:
    head = request.decode("latin-1").partition("\r\n\r\n")[0]
    lines = [line.split(": ", 1) for line in head.split("\r\n")[1:]]
    assert len({name.lower() for name, _ in lines}) == len(lines)
    return {name.lower(): value for name, value in lines}


def test_get_says_what_is_needed_and_no_more() -> None:
    with Server(http("x")) as server:
        Http().get(f"{server.url}/a/b.xml?c=d")
        request = server.requests[0]
    assert request.startswith(b"GET /a/b.xml?c=d HTTP/1.1\r\n")
    found = fields(request)
    assert found.keys() == {"host", "user-agent", "connection"}
    assert found["host"] == f"127.0.0.1:{server.port}"
    assert re.fullmatch(r"\w+/[\d.]+ UPnP/2\.0 upnpscapy/\d\S*", found["user-agent"])


def test_request_with_a_body_has_its_length() -> None:
    with Server(http("x")) as server:
        Http().request("POST", server.url, [("X", "y")], b"body")
        Http().request("POST", server.url, [], b"")
        filled, empty = map(fields, server.requests)
    assert (filled["content-length"], filled["x"]) == ("4", "y")
    assert empty["content-length"] == "0"


def test_own_fields_replace_those_of_the_library() -> None:
    with Server(http("x")) as server:
        Http().request("SUBSCRIBE", server.url, [("User-Agent", "me"), ("HOST", "other")])
        found = fields(server.requests[0])
    assert server.requests[0].startswith(b"SUBSCRIBE / HTTP/1.1\r\n")
    assert (found["user-agent"], found["host"]) == ("me", "other")


@pytest.mark.parametrize("field", [("X", "a\r\nY: b"), ("X\r\nY", "a"), ("X", "€"), ("X", "a\nb")])
def test_field_that_http_cannot_carry_is_not_sent(field: tuple[str, str]) -> None:
    with Server(http("x")) as server:
        with pytest.raises(MessageError):
            Http().request("POST", server.url, [field])
        assert server.requests == []


def test_proxies_cookies_and_passwords_of_the_environment_are_not_used(
    monkeypatch: pytest.MonkeyPatch, tmp_path: pytest.TempPathFactory
) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    netrc = tmp_path / "netrc"  # type: ignore[operator]
    netrc.write_text("machine 127.0.0.1 login me password secret\n")
    monkeypatch.setenv("NETRC", str(netrc))
    shared = Http()
    with Server(http("x", "200 OK", "Set-Cookie: a=b; Path=/")) as server:
        shared.get(server.url)
        shared.get(server.url)
        for request in server.requests:
            assert not fields(request).keys() & {"cookie", "authorization"}
        assert len(server.requests) == 2


def test_request_leaves_in_one_piece() -> None:
    pieces = []
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            connection, _ = listening.accept()
            with connection:
                pieces.append(connection.recv(65536))
                connection.sendall(http("x"))

        thread = threading.Thread(target=serve)
        thread.start()
        Http().request("POST", f"http://127.0.0.1:{listening.getsockname()[1]}/", [], b"body")
        thread.join()
    assert pieces[0].endswith(b"\r\n\r\nbody")


def test_recorder_gets_every_byte_in_order_and_the_ends() -> None:
    tape = Tape()
    answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n"
    with Server(answer) as server:
        response = Http(recorder=tape).get(f"{server.url}/x")
        request = server.requests[0]
    (taped,) = tape.connections
    assert taped.bytes("sent") == request
    assert taped.bytes("received") == answer
    assert taped.told[0][0] == "sent"
    assert taped.told[-1][0] == "close"
    assert [name for name, _ in taped.told].count("close") == 1
    assert taped.server == response.server == ("127.0.0.1", server.port)
    assert taped.client == response.client
    assert response.client[0] == "127.0.0.1"


def test_recorder_gets_what_came_before_an_error() -> None:
    tape = Tape()
    with Server(b"nonsense\r\n") as server, pytest.raises(ValueError, match="not an answer"):
        Http(recorder=tape).get(server.url)
    assert tape.connections[0].bytes("received") == b"nonsense\r\n"
    assert tape.connections[0].told[-1][0] == "close"


def test_error_of_the_recorder_is_not_the_device_s() -> None:
    class Full(Tape):
        def connection(self, client: tuple[str, int], server: tuple[str, int]) -> TapedConnection:
            raise OSError(28, "No space left on device")

    with Server(http("x")) as server, pytest.raises(OSError, match="No space left") as caught:
        Http(recorder=Full()).get(server.url)
    assert type(caught.value) is OSError


def test_source_address_is_used() -> None:
    with Server(http("x")) as server:
        response = Http(source_address="127.0.0.9").get(server.url)
    assert response.client[0] == "127.0.0.9"


def test_ipv6_address_has_its_brackets() -> None:
    try:
        server = Server(http("x"), host="::1")
    except OSError:
        pytest.skip("no IPv6 on the loopback interface")
    with server:
        assert Http().get(f"{server.url}/x").server == ("::1", server.port)
        assert fields(server.requests[0])["host"] == f"[::1]:{server.port}"


def test_response_keeps_its_head_as_it_came() -> None:
    with Server(b"HTTP/1.1 200 fine\r\nX-Odd :  y\r\nSERVER: a\r\nserver: b\r\n\r\nbody") as server:
        response = Http().get(server.url)
    assert isinstance(response, Response)
    assert response.message.start.reason == b"fine"
    assert [bytes(one.value) for one in response.message.headers if one.key == b"server"] == [
        b"a",
        b"b",
    ]
    assert response.header("Server") == "a"
    assert response.header("Missing") is None
    assert response.message.body == b""
    assert response.body == b"body"


def test_odd_headers_are_not_shown_to_the_user(caplog: pytest.LogCaptureFixture) -> None:
    with Server(b"HTTP/1.1 200 OK\r\nno colon\r\nX: y\r\n\r\nbody") as server:
        response = Http().get(server.url)
    assert response.body
    assert [one.name for one in response.message.defects] == ["header-without-colon"]
    assert caplog.records == []
