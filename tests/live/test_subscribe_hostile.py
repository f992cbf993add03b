"""What comes to a callback server that is no event, or one in an odd form, and how much of it."""

from __future__ import annotations

import gzip
import socket
import threading
import time
from collections.abc import Iterator

import pytest

from upnpscapy.live import callback_connection
from upnpscapy.live.callback_connection import CallbackConnection
from upnpscapy.live.callback_server import MAX_CONNECTIONS, MAX_STRANGERS
from upnpscapy.live.subscribe import Subscriber
from upnpscapy.live.subscription import Subscription
from upnpscapy.protocol.gena_build import build_property_set
from upnpscapy.protocol.httpu import parse

from .publisher import Publisher, exchange, notify, place_of, until

pytestmark = pytest.mark.usefixtures("nothing_is_left")

BODY = build_property_set([("Number", "1")])
CHUNKED = b"%x\r\n" % len(BODY) + BODY + b"\r\n0\r\n\r\n"
FIELDS = {
    "CONTENT-TYPE": 'text/xml; charset="utf-8"',
    "CONTENT-LENGTH": str(len(BODY)),
    "NT": "upnp:event",
    "NTS": "upnp:propchange",
    "SID": "uuid:0",
    "SEQ": "0",
}


@pytest.fixture
def device() -> Iterator[Publisher]:
    with Publisher() as publisher:
        yield publisher


@pytest.fixture
def subscriber(device: Publisher) -> Iterator[Subscriber]:
    with device.subscribe(max_body=50_000) as subscriber:
        yield subscriber


def message(
    callback: str,
    changed: dict[str, str | None],
    body: bytes = BODY,
    start: str = "NOTIFY {} HTTP/1.1",
) -> bytes:
    """A NOTIFY; fields that are None are left out."""
    host, port, path = place_of(callback)
    fields = {"HOST": f"{host}:{port}", **FIELDS, **changed}
    lines = [start.format(path), *(f"{name}: {value}" for name, value in fields.items() if value)]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def status_of(answer: bytes) -> int | None:
    return parse(answer).start.status


ACCEPTED: dict[str, tuple[dict[str, str | None], bytes]] = {
    "as it should be": ({}, BODY),
    "Sid in another case": ({"SID": None, "Sid": "uuid:0"}, BODY),
    "a value in another case": ({"NTS": "UPNP:PropChange", "SID": "UUID:0"}, BODY),
    "chunked": ({"CONTENT-LENGTH": None, "TRANSFER-ENCODING": "chunked"}, CHUNKED),
    "packed": (
        {"CONTENT-LENGTH": str(len(gzip.compress(BODY))), "CONTENT-ENCODING": "gzip"},
        gzip.compress(BODY),
    ),
    "no SEQ": ({"SEQ": None}, BODY),
    "no CONTENT-TYPE": ({"CONTENT-TYPE": None}, BODY),
    "no HOST": ({"HOST": None}, BODY),
}


@pytest.mark.parametrize("name", ACCEPTED)
def test_event_in_this_form_is_taken(name: str, device: Publisher, subscriber: Subscriber) -> None:
    changed, body = ACCEPTED[name]
    assert status_of(exchange(device.callback, message(device.callback, changed, body))) == 200
    event = subscriber.next_event(60)
    assert event is not None
    assert event.raw == (("Number", "1"),)
    assert subscriber.refused == {}
    assert bool(event.defects) == name.startswith(("no SEQ", "no CONT", "a value"))


def test_line_ends_alone_and_a_body_that_is_no_xml_are_named(
    device: Publisher, subscriber: Subscriber
) -> None:
    body = b"<e:propertyset><Number>1</Number>"
    sent = message(device.callback, {"CONTENT-LENGTH": str(len(body))}, body)
    assert status_of(exchange(device.callback, sent.replace(b"\r\n", b"\n"))) == 200
    event = subscriber.next_event(60)
    assert event is not None
    assert event.raw == (("Number", "1"),)
    words = " ".join(event.defects)
    assert "bare-lf" in words
    assert "xml" in words
    assert bytes(event.message) == sent.replace(b"\r\n", b"\n").partition(b"\n\n")[0] + b"\n\n"


REFUSED: dict[str, tuple[dict[str, str | None], bytes, int, str]] = {
    "no NT": ({"NT": None}, BODY, 400, "fields"),
    "no NTS": ({"NTS": None}, BODY, 400, "fields"),
    "other NT": ({"NT": "upnp:rootdevice"}, BODY, 412, "fields"),
    "other NTS": ({"NTS": "ssdp:alive"}, BODY, 412, "fields"),
    "no SID": ({"SID": None}, BODY, 412, "fields"),
    "multicast": ({"SID": None, "SVCID": "urn:x", "USN": "uuid:x"}, BODY, 412, "fields"),
    "other SID": ({"SID": "uuid:1"}, BODY, 412, "sid"),
    "no length": ({"CONTENT-LENGTH": None}, b"", 411, "length"),
    "too large": ({"CONTENT-LENGTH": "50001"}, b"x", 413, "too-large"),
    "much too large": ({"CONTENT-LENGTH": "9" * 18}, b"x", 413, "too-large"),
    "too large when unpacked": (
        {"CONTENT-LENGTH": "218", "CONTENT-ENCODING": "gzip"},
        gzip.compress(b" " * 200_000)[:218],
        413,
        "too-large",
    ),
    "not packed": ({"CONTENT-ENCODING": "gzip"}, BODY, 400, "coding"),
    "chunks of nothing": ({"TRANSFER-ENCODING": "chunked"}, b"zz\r\n", 400, "cut"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_event_of_ours_is_refused_and_counted(
    name: str, device: Publisher, subscriber: Subscriber
) -> None:
    changed, body, status, reason = REFUSED[name]
    assert status_of(exchange(device.callback, message(device.callback, changed, body))) == status
    assert subscriber.refused == {reason: 1}
    assert subscriber.next_event(0) is None
    assert notify(device.callback, "uuid:0", 0, []) == 200


ALIEN: dict[str, tuple[bytes, int, str]] = {
    "another method": (b"GET / HTTP/1.1\r\n\r\n", 405, "method"),
    "SUBSCRIBE": (b"SUBSCRIBE /evt HTTP/1.1\r\nCALLBACK: <http://x/>\r\n\r\n", 405, "method"),
    "another path": (b"NOTIFY / HTTP/1.1\r\nCONTENT-LENGTH: 0\r\n\r\n", 412, "path"),
    "a response": (b"HTTP/1.1 200 OK\r\n\r\n", 400, "not-http"),
    "TLS": (bytes.fromhex("16030100d0010000cc0303"), 400, "not-http"),
    "noise": (bytes(range(256)) * 9, 400, "not-http"),
    "blanks": (b"\r\n" * 200, 400, "not-http"),
    "a head that is cut": (b"NOTIFY / HTTP/1.1\r\nSID: u", 400, "cut"),
    "a body that is cut": (b"NOTIFY / HTTP/1.1\r\nCONTENT-LENGTH: 9\r\n\r\nabc", 400, "cut"),
    "a head without end": (b"NOTIFY / HTTP/1.1\r\n" + b"A: b\r\n" * 20_000, 400, "cut"),
    "chunks without end": (
        b"NOTIFY / HTTP/1.1\r\nTRANSFER-ENCODING: chunked\r\n\r\n" + b"1\r\nx\r\n" * 60_000,
        413,
        "too-large",
    ),
}


@pytest.mark.parametrize("name", ALIEN)
def test_what_is_no_event_at_all_is_refused_and_counted(
    name: str, device: Publisher, subscriber: Subscriber
) -> None:
    sent, status, reason = ALIEN[name]
    answer = exchange(device.callback, sent, half_close=True)
    assert status_of(answer) == status
    assert (b"ALLOW: NOTIFY" in answer) == (status == 405)
    assert subscriber.refused == {reason: 1}
    assert notify(device.callback, "uuid:0", 0, []) == 200


def test_several_events_in_one_connection_are_answered_each(
    device: Publisher, subscriber: Subscriber
) -> None:
    first, second = (message(device.callback, {"SEQ": seq}) for seq in "01")
    last = message(device.callback, {"SEQ": "2", "CONNECTION": "close"})
    host, port, _ = place_of(device.callback)
    with socket.create_connection((host, port), 60) as connection:
        connection.sendall(first)
        assert connection.recv(4096).startswith(b"HTTP/1.1 200 OK\r\n")
        connection.sendall(second + last)
        answer = b""
        while more := connection.recv(4096):
            answer += more
    assert answer.count(b"HTTP/1.1 200 OK\r\n") == 2
    assert [event.seq for event in (subscriber.next_event(60) for _ in range(3)) if event] == [
        0,
        1,
        2,
    ]


def test_sender_that_waits_for_permission_gets_it(
    device: Publisher, subscriber: Subscriber
) -> None:
    sent = message(device.callback, {"EXPECT": "100-continue"}, b"")

    def go_on(connection: socket.socket) -> None:
        assert connection.recv(4096) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(BODY)

    assert status_of(exchange(device.callback, sent, then=go_on)) == 200
    assert subscriber.next_event(60) is not None


def test_bytes_one_by_one_are_read(device: Publisher, subscriber: Subscriber) -> None:
    def slowly(connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for byte in message(device.callback, {}):
            connection.sendall(bytes([byte]))

    assert status_of(exchange(device.callback, b"", then=slowly)) == 200
    assert subscriber.next_event(60) is not None


def test_slow_sender_has_a_deadline_and_holds_up_nobody(
    device: Publisher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(callback_connection, "MESSAGE_SECONDS", 3)
    monkeypatch.setattr(callback_connection, "LINGER_SECONDS", 0.2)
    stopped = threading.Event()

    def drip(connection: socket.socket) -> None:
        for _ in range(2000):
            if stopped.wait(0.02):
                return
            try:
                connection.sendall(b"A: b\r\n")
            except OSError:
                return

    with device.subscribe() as subscriber:
        answers: list[bytes] = []

        def talk() -> None:
            try:
                answers.append(exchange(device.callback, b"NOTIFY / HTTP/1.1\r\n", then=drip))
            except OSError:  # it was closed while sending
                answers.append(b"")

        slow = threading.Thread(target=talk)
        slow.start()
        assert notify(device.callback, "uuid:0", 0, []) == 200
        assert subscriber.refused == {}, "while the other one goes on"
        until(lambda: subscriber.refused == {"too-slow": 1}, 30)  # the drip lasts 40 s
        stopped.set()
        slow.join()


def test_silent_connections_are_closed(device: Publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(callback_connection, "MESSAGE_SECONDS", 0.2)
    with device.subscribe():
        host, port, _ = place_of(device.callback)
        with socket.create_connection((host, port), 60) as connection:
            assert connection.recv(10) == b""


def test_connections_are_bounded_and_strangers_take_no_room_of_the_device(
    device: Publisher, subscriber: Subscriber
) -> None:
    host, port, _ = place_of(device.callback)
    strangers = [
        socket.create_connection((host, port), 5, source_address=("127.0.0.8", 0))
        for _ in range(MAX_STRANGERS + 3)
    ]
    until(lambda: subscriber.refused == {"too-many": 3})
    assert notify(device.callback, "uuid:0", 0, []) == 200
    own = [socket.create_connection((host, port), 60) for _ in range(MAX_CONNECTIONS + 2)]
    until(lambda: subscriber.refused["too-many"] >= 5)
    for connection in (*strangers, *own):
        connection.close()
    until(lambda: _taken(device))


def _taken(device: Publisher) -> bool:
    try:
        return notify(device.callback, "uuid:0", 1, []) == 200
    except (OSError, AssertionError):  # no room yet
        return False


def test_answers_that_are_not_read_end_the_connection() -> None:
    refused: list[str] = []
    callback = "http://127.0.0.1:1/x"
    with (
        socket.create_server(("127.0.0.1", 0)) as listener,
        socket.create_connection(listener.getsockname(), 60) as peer,
    ):
        connection = CallbackConnection(listener.accept()[0], lambda _: 200, refused.append, 50_000)
        peer.sendall(message(callback, {}) * 1000)
        end = time.monotonic() + 60
        while not connection.closed:
            connection.readable()  # and never writable
            assert time.monotonic() < end
    assert refused == ["unread"]


def test_fault_of_ours_in_one_connection_is_told_and_the_others_go_on(
    device: Publisher, subscriber: Subscriber, monkeypatch: pytest.MonkeyPatch
) -> None:
    def faulty(*_: object) -> int:
        raise ValueError("a fault of ours")

    with monkeypatch.context() as patch:
        patch.setattr(Subscription, "receive", faulty)
        assert exchange(device.callback, message(device.callback, {})) == b""
    assert [notice.kind for notice in subscriber.notices] == ["problem"]
    assert "a fault of ours" in str(subscriber.notices[0])
    assert notify(device.callback, "uuid:0", 0, []) == 200
