"""What a simulated device is sent does it no harm, and others still get their answers."""

from __future__ import annotations

import socket
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from upnpscapy import SimulatedGateway, simulate
from upnpscapy.protocol.httpu import parse
from upnpscapy.protocol.soap_build import build_call
from upnpscapy.simulated.http_server import MAX_BODY, MAX_CONNECTIONS, MESSAGE_SECONDS
from upnpscapy.simulated.network import SimulatedNetwork

from .wire import ask, control, send, server

CONTROL = "/gateway/WANIPConn1/control"
IP = "urn:schemas-upnp-org:service:WANIPConnection:2"


def post(body: bytes, action: str = "GetStatusInfo", path: str = CONTROL) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHOST: h\r\nCONTENT-LENGTH: {len(body)}\r\n"
    soap = f'CONTENT-TYPE: text/xml; charset="utf-8"\r\nSOAPACTION: "{IP}#{action}"\r\n\r\n'
    return f"{head}{soap}".encode() + body


CALL = build_call(IP, "GetStatusInfo")[1]
BOMB = b'<!DOCTYPE a [<!ENTITY b "bbbbbbbb"><!ENTITY c "&b;&b;&b;&b;">]><a>&c;&c;</a>'
REQUESTS = {
    "path": (404, b"GET /other HTTP/1.1\r\n\r\n"),
    "traversal": (404, b"GET /gateway/../../etc/passwd HTTP/1.1\r\n\r\n"),
    "method": (405, b"DELETE /gateway/description.xml HTTP/1.1\r\n\r\n"),
    "get of control": (405, f"GET {CONTROL} HTTP/1.1\r\n\r\n".encode()),
    "post of a description": (405, b"POST /gateway/description.xml HTTP/1.1\r\n\r\n"),
    "no call": (400, f"POST {CONTROL} HTTP/1.1\r\nCONTENT-LENGTH: 1\r\n\r\nx".encode()),
    "broken XML": (500, post(b"<s:Envelope")),
    "nothing": (500, post(b"", "AddPortMapping")),
    "entities": (500, post(BOMB, "AddPortMapping")),
    "nesting": (500, post(b"<a>" * 20_000, "AddPortMapping")),
    "other service": (500, post(CALL).replace(b"IPConnection:2", b"PPConnection:2")),
    "private name": (500, post(build_call(IP, "__init__")[1], "__init__")),
    "method of ours": (500, post(build_call(IP, "Tick")[1], "Tick")),
    "response": (400, b"HTTP/1.1 200 OK\r\nCONTENT-LENGTH: 0\r\n\r\n"),
    "noise": (400, b"\0\xff\x16\x03\x01" * 20_000),
    "long head": (400, b"GET / HTTP/1.1\r\nA: " + b"a" * 200_000 + b"\r\n\r\n"),
    "packed": (400, post(b"\x1f\x8b").replace(b"HOST: h", b"CONTENT-ENCODING: gzip")),
}


@pytest.mark.parametrize(("status", "request_"), REQUESTS.values(), ids=REQUESTS)
def test_wrong_requests(network: SimulatedNetwork, status: int, request_: bytes) -> None:
    assert ask(network, request_).start.status == status
    assert ask(network, post(CALL)).start.status == 200


def test_a_long_body_is_not_kept(network: SimulatedNetwork) -> None:
    begin = post(b"x" * (MAX_BODY + 10))
    assert ask(network, begin).start.status == 400
    with socket.create_connection(server(network), timeout=60) as sock:
        sock.sendall(post(b"").replace(b"LENGTH: 0", b"LENGTH: 999999999"))
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            sock.sendall(b"x" * (200 * 65536))


def test_one_connection_takes_many_requests(network: SimulatedNetwork) -> None:
    answer = send(network, post(CALL) * 300)
    assert answer.count(b"HTTP/1.1 200 OK\r\n") == 300


def test_requests_come_in_pieces(network: SimulatedNetwork) -> None:
    data = post(CALL)
    answer = send(network, *(data[at : at + 7] for at in range(0, len(data), 7)))
    assert parse(answer).start.status == 200


def test_head_has_no_body_and_versions_before_1_1_are_closed(network: SimulatedNetwork) -> None:
    path = b"/gateway/description.xml"
    head = send(network, b"HEAD " + path + b" HTTP/1.1\r\n\r\n")
    assert head.endswith(b"\r\n\r\n")
    assert int(parse(head).headers.get(b"content-length") or 0) > 1000
    old = send(network, b"GET " + path + b" HTTP/1.0\r\n\r\n", close=False)
    assert parse(old).headers.get(b"connection") == b"close"
    assert parse(old).body.endswith(b"</root>\n")


def test_idle_connections_do_not_crowd_out_the_end() -> None:
    with simulate(SimulatedGateway(), multicast=False, search_port=0) as network:
        idle = [socket.create_connection(server(network)) for _ in range(MAX_CONNECTIONS + 3)]
        time.sleep(0.1)
        begun = time.monotonic()
    assert time.monotonic() - begun < MESSAGE_SECONDS
    for sock in idle:
        sock.close()


def test_values_of_all_kinds_come_back_as_they_were(network: SimulatedNetwork) -> None:
    connection = control(network.gateway.location).WANIPConn1
    for text in ("<script>alert(1)</script>", "=cmd()", "\u202egnp.exe", "é\U0001f600", "]]>&amp;"):
        connection.AddPortMapping("", 80, "TCP", 80, "127.0.0.1", True, text, 60)
        entry = connection.GetSpecificPortMappingEntry("", 80, "TCP")
        assert entry["NewPortMappingDescription"] == text


@settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_bytes_leave_it_alive(network: SimulatedNetwork, data: st.DataObject) -> None:
    good = post(CALL)
    at = data.draw(st.integers(0, len(good)))
    end = data.draw(st.integers(at, len(good)))
    bad = good[:at] + data.draw(st.binary(max_size=40)) + good[end:]
    send(network, bad)
    assert ask(network, good).start.status == 200
