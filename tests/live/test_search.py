"""A search over sockets on the loopback interface, against answers made to measure."""

from __future__ import annotations

import itertools
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.forensics.packets import alive, byebye, response
from tests.forensics.packets import search as m_search
from tests.live.carrier import ETH0, ETH1, Carrier
from tests.live.responder import Responder
from tests.protocol.quirks import BASELINE, BASELINE_VALUES, REPLIES
from upnpscapy import analyze
from upnpscapy.errors import MessageError, NetworkError
from upnpscapy.live import interfaces, search, sockets
from upnpscapy.live.reply import Reply
from upnpscapy.protocol import pairing

ROOT = "upnp:rootdevice"
ONCE: dict[str, Any] = {"timeout": 0.15, "repeat": 0}
"""A search that nobody answers, or that need not wait for its answers."""

LONG = 60
"""Seconds that no search takes: what was answered ends it."""


@pytest.fixture
def two_interfaces(monkeypatch: pytest.MonkeyPatch) -> None:
    """A host with two networks, of which only the addresses exist."""
    monkeypatch.setattr(search, "choose", lambda names: interfaces.choose(names, known=NETWORKS))
    monkeypatch.setattr(interfaces.Interface, "does_multicast", True)


NETWORKS = [ETH0, ETH1]


def replies(data: list[bytes], target: str = ROOT, **options: Any) -> list[Reply]:
    """What a search gives if a device answers it with these datagrams."""
    with Responder(lambda *_: [(payload, False) for payload in data]) as device:
        return all_of(device, search.search(target, unicast=device.host, **(AT_ONCE | options)))


AT_ONCE: dict[str, Any] = {"timeout": LONG, "repeat": 0}


def all_of(device: Responder, run: search.SearchRun, searches: int = 1) -> list[Reply]:
    """What a search gives until so many of its messages have been answered."""
    device.after(searches, run.stop)
    return list(run)


def test_all_odd_replies_are_read() -> None:
    def answer(*_: object) -> Iterator[tuple[bytes, bool]]:
        for quirk in REPLIES:
            yield quirk.data, quirk.source_port != 1900
            time.sleep(0.001)  # two sockets: in the order of the list

    with Responder(answer) as device:
        run = search.search(ROOT, unicast=device.host, all_replies=True, **AT_ONCE)
        found = all_of(device, run)
        ports = device.ports
    assert len(found) == 27
    for quirk, reply in zip(REPLIES, found, strict=True):
        message = reply.sighting.ssdp
        assert {name: getattr(message, name) for name in BASELINE_VALUES} == quirk.values
        # On the loopback interface no device has port 1900.
        assert reply.defects == [*dict.fromkeys(quirk.defects), "reply-port"]
        assert reply.sighting.sport == ports[quirk.source_port != 1900]
        assert (reply.search, reply.late) == (run.sent[0], False)
        assert bytes(reply.sighting) == quirk.data


def test_an_answer_is_given_when_it_arrives() -> None:
    with Responder(lambda *_: [(response(), False)]) as device:
        start = time.monotonic()
        with search.search(ROOT, unicast=device.host, timeout=LONG) as run:
            reply = next(run)
        assert time.monotonic() - start < LONG / 2
    assert (reply.src, reply.st, reply.usn) == ("127.0.0.1", ROOT, f"{reply.udn}::{ROOT}")
    assert reply.location == "http://192.0.2.1:5000/root.xml"
    assert next(run, None) is None


@pytest.mark.parametrize(
    ("mx", "repeat", "expected"), [(None, 0, 0.2), (None, 2, 0.4), (1, 0, 1.2)], ids=str
)
def test_a_search_ends_when_no_answer_can_come(
    mx: int | None, repeat: int, expected: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (search.GRACE_SECONDS, search.REPEAT_SECONDS) == (1, 0.4)
    monkeypatch.setattr(search, "GRACE_SECONDS", 0.2)
    monkeypatch.setattr(search, "REPEAT_SECONDS", 0.1)
    nobody = Carrier(lambda *_: [])
    start = time.monotonic()
    assert list(search.search(unicast="127.0.0.1", transport=nobody, mx=mx, repeat=repeat)) == []
    assert time.monotonic() - start >= expected
    assert nobody.waited_seconds <= expected + 0.01
    assert len(nobody.sent) == 1 + repeat


def test_the_last_search_is_waited_for_however_late_it_was_sent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(search, "GRACE_SECONDS", 0.4)
    monkeypatch.setattr(search, "REPEAT_SECONDS", 0.1)
    sent: list[float] = []

    def answer(*_: object) -> list[bytes]:
        time.sleep(0.6 * len(sent))
        sent.append(time.monotonic())
        return []

    busy = Carrier(answer)
    assert list(search.search(unicast="127.0.0.1", transport=busy)) == []
    assert len(sent) == 2
    assert time.monotonic() - sent[-1] >= 0.4
    sent.clear()
    assert list(search.search(unicast="127.0.0.1", transport=busy, timeout=0.2)) == []
    assert len(sent) == 2, "who says when to end is obeyed"
    assert busy.waited_seconds < 1


def test_a_talker_that_never_ends_is_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "MAX_REPLIES_OF_ONE", 20)

    def talk(*_: object) -> Iterator[tuple[bytes, bool]]:
        return ((response(udn=f"uuid:{number}"), False) for number in itertools.count())

    with Responder(talk) as device:
        run = search.search(ROOT, unicast=device.host, timeout=1, repeat=0)
        assert len(list(run)) == run.replies == 20, "it ended"
    assert run.left_out > 20


def test_many_talkers_are_cut_off(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "MAX_REPLIES", 30)
    crowd = Carrier(lambda *_: [(response(), bytes((10, 0, 0, n))) for n in range(100)])
    monkeypatch.setattr(
        search, "choose", lambda _: [interfaces.Interface("a", 1, ("1.2.3.4",), ())]
    )
    run = search.search(ROOT, transport=crowd, **ONCE)
    assert len(list(run)) == 30
    assert run.left_out == 100 - 30


def test_equal_replies_are_given_once_unless_all_are_asked_for() -> None:
    other = response(LOCATION="http://192.0.2.1:5000/other.xml")
    data = [response(), response(DATE="now"), other, response()]
    assert [reply.location for reply in replies(data)] == [
        "http://192.0.2.1:5000/root.xml",
        "http://192.0.2.1:5000/other.xml",
    ]
    assert len(replies(data, all_replies=True)) == 4
    nameless = b"HTTP/1.1 200 OK\r\nX: %d\r\n\r\n"
    assert len(replies([nameless % 1, nameless % 2, nameless % 1])) == 2


def test_each_reply_belongs_to_its_search() -> None:
    with Responder(lambda _, before: [(response(), False)]) as device:
        run = search.search(ROOT, unicast=device.host, timeout=LONG, repeat=1, all_replies=True)
        found = all_of(device, run, searches=2)
    assert [sent.kind for sent in run.sent] == ["search", "search"]
    assert [reply.search for reply in found] == run.sent
    assert [reply.search is sent for reply, sent in zip(found, run.sent, strict=True)] == [True] * 2
    frames = [
        run.sent[0].frame,
        found[0].sighting.frame,
        run.sent[1].frame,
        found[1].sighting.frame,
    ]
    assert frames == [1, 2, 3, 4]
    assert found[0].sighting.capture == "lo"


def test_a_late_reply_is_called_late(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairing, "GRACE_NS", 1_000_000_000)

    def slow(*_: object) -> Iterator[tuple[bytes, bool]]:
        yield response(), False
        time.sleep(1.1)
        yield response(udn="uuid:late"), False

    with Responder(slow) as device:
        found = all_of(device, search.search(ROOT, unicast=device.host, **AT_ONCE))
    assert [(reply.late, reply.search is not None) for reply in found] == [
        (False, True),
        (True, True),
    ]


STRAYS: dict[str, tuple[bytes, list[bool]]] = {
    "another target": (response("upnp:other"), [False]),
    "the target in other letters": (response("UPNP:ROOTDEVICE"), [True]),
    "no word of SSDP": (b"HTTP/1.1 404 Not Found\r\n\r\n", [True]),
    "an announcement": (alive(), []),
    "a farewell": (byebye(), []),
    "a search": (m_search(), []),
    "nothing": (b"", []),
    "noise": (bytes(range(256)), []),
    "XML": (b"<Probe/>", []),
}


@pytest.mark.parametrize(("data", "paired"), STRAYS.values(), ids=STRAYS)
def test_a_reply_is_known_by_content_and_search(data: bytes, paired: list[bool]) -> None:
    assert [reply.search is not None for reply in replies([data])] == paired


def test_the_largest_datagram_is_read_whole() -> None:
    huge = response(X="x" * 65_000)
    (reply,) = replies([huge])
    assert reply.sighting.payload == huge
    assert not reply.sighting.truncated


def test_what_came_in_time_is_not_lost_on_a_busy_caller() -> None:
    def answer(*_: object) -> Iterator[tuple[bytes, bool]]:
        yield from ((response(udn=f"uuid:{number}"), False) for number in range(3))
        time.sleep(1.2)
        yield response(udn="uuid:too-late"), False

    all_sent = threading.Event()
    with Responder(answer) as device:
        device.after(1, all_sent.set)
        run = search.search(ROOT, unicast=device.host, timeout=1, repeat=0)
        first = next(run)
        assert all_sent.wait(LONG)
        assert [reply.udn for reply in (first, *run)] == ["uuid:0", "uuid:1", "uuid:2"]


def test_a_recording_holds_the_same(tmp_path: Path) -> None:
    path = tmp_path / "search.pcapng"
    data = [*(quirk.data for quirk in REPLIES), b"noise", b"", response(X="x" * 60_000)]
    with Responder(lambda *_: [(payload, False) for payload in data]) as device:
        run = search.search(
            ROOT, unicast=device.host, all_replies=True, record=path, timeout=LONG, repeat=1
        )
        found = all_of(device, run, searches=2)
    case = analyze(path)
    assert list(case.messages.to_dicts()) == sorted(
        (
            {name: sighting.column(name) for name in case.messages.columns}
            for sighting in (*run.sent, *(reply.sighting for reply in found))
        ),
        key=lambda row: int(str(row["frame"])),
    )
    assert [(row.frame, list(row.replies)) for row in case.searches] == [
        (sent.frame, [reply.sighting.frame for reply in found if reply.search is sent])
        for sent in run.sent
    ]
    (capture,) = case.captures
    assert (capture.frames, capture.limits) == (2 * (1 + len(data)), [])


def test_a_system_that_tells_less_leaves_out_nothing_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(sockets, "TELLS_MORE", False)
    path = tmp_path / "a.pcapng"
    (reply,) = replies([response()], record=path)
    assert (reply.sighting.ttl, reply.sighting.dst) == (None, "127.0.0.1")
    *_, read = analyze(path).messages
    assert read.ttl == 0
    assert read.datagram._replace(ttl=None) == reply.sighting.datagram


ASKED: dict[str, tuple[dict[str, Any], list[bytes]]] = {
    "nothing more": ({}, []),
    "MX": ({"mx": 3}, [b"MX: 3"]),
    "who asks": (
        {"user_agent": "a/1 UPnP/2.0 b/1", "control_point_name": "c", "control_point_uuid": "d"},
        [b"USER-AGENT: a/1 UPnP/2.0 b/1", b"CPFN.UPNP.ORG: c", b"CPUUID.UPNP.ORG: d"],
    ),
    "by TCP": ({"tcp_port": 50000}, [b"TCPPORT.UPNP.ORG: 50000"]),
    "anything": ({"headers": [("X", "y"), ("X", "z")]}, [b"X: y", b"X: z"]),
}


@pytest.mark.parametrize(("options", "lines"), ASKED.values(), ids=ASKED)
def test_one_host_is_asked_what_the_caller_says(
    options: dict[str, Any], lines: list[bytes]
) -> None:
    with Responder(lambda *_: []) as device:
        all_of(device, search.search(ROOT, unicast=device.host, **(AT_ONCE | options)))
    ((asked, _),) = device.asked
    start, *fields = asked.removesuffix(b"\r\n\r\n").split(b"\r\n")
    usual = [b"HOST: " + device.host.encode(), b'MAN: "ssdp:discover"', b"ST: upnp:rootdevice"]
    assert start == b"M-SEARCH * HTTP/1.1"
    assert sorted(fields) == sorted([*usual, *lines])


@pytest.mark.usefixtures("two_interfaces")
def test_groups_are_asked_by_every_interface() -> None:
    nobody = Carrier(lambda *_: [])
    options: dict[str, Any] = {"user_agent": "a/1 UPnP/2.0 b/1", "control_point_name": "c"}
    run = search.search(transport=nobody, mx=4, **options, **(ONCE | {"timeout": 0}))
    assert list(run) == []
    assert [
        (route.interface.name, route.source, route.destination) for route, _ in nobody.sent
    ] == [
        ("eth0", "192.0.2.10", "239.255.255.250"),
        ("eth0", "fe80::10", "ff02::c"),
        ("eth0", "fe80::10", "ff05::c"),
        ("eth1", "198.51.100.10", "239.255.255.250"),
        ("eth1", "198.51.100.11", "239.255.255.250"),
    ]
    hosts = [sent.ssdp.host for sent in run.sent]
    assert hosts == ["239.255.255.250:1900", "[ff02::c]:1900", "[ff05::c]:1900", *hosts[:1] * 2]
    assert {(sent.ssdp.mx_seconds, *sent.ssdp.defects) for sent in run.sent} == {(4,)}
    assert nobody.closed == 1


CHOICES: dict[str, tuple[dict[str, Any], list[tuple[str, str]]]] = {
    "an interface": (
        {"interfaces": "eth1"},
        [("198.51.100.10", "239.255.255.250"), ("198.51.100.11", "239.255.255.250")],
    ),
    "an address": ({"interfaces": "198.51.100.11"}, [("198.51.100.11", "239.255.255.250")]),
    "an IPv6 address": (
        {"interfaces": "2001:DB8:0::10"},
        [("2001:db8::10", "ff02::c"), ("2001:db8::10", "ff05::c")],
    ),
    "both addresses": (
        {"interfaces": ["198.51.100.11", "198.51.100.10"]},
        [("198.51.100.11", "239.255.255.250"), ("198.51.100.10", "239.255.255.250")],
    ),
    "no IPv4": ({"ipv4": False}, [("fe80::10", "ff02::c"), ("fe80::10", "ff05::c")]),
    "broadcast": (
        {"interfaces": "eth0", "ipv6": False, "broadcast": True},
        [("192.0.2.10", "239.255.255.250"), ("192.0.2.10", "255.255.255.255")],
    ),
}


@pytest.mark.usefixtures("two_interfaces")
@pytest.mark.parametrize(("options", "routes"), CHOICES.values(), ids=CHOICES)
def test_where_a_search_goes_is_chosen(
    options: dict[str, Any], routes: list[tuple[str, str]]
) -> None:
    nobody = Carrier(lambda *_: [])
    list(search.search(transport=nobody, timeout=0, repeat=0, source_port=1900, ttl=9, **options))
    assert [(route.source, route.destination) for route, _ in nobody.sent] == routes
    assert [(plan.source_port, plan.ttl) for plan in nobody.plans] == [(1900, 9)]
    for route, payload in nobody.sent:
        if not route.is_ipv6:
            assert b"HOST: 239.255.255.250:1900\r\n" in payload


def no_ipv6(route: Any, _: bytes) -> list[bytes]:
    if route.is_ipv6:
        raise OSError(101, "Network is unreachable")
    return [response()]


@pytest.mark.usefixtures("two_interfaces")
def test_a_way_that_does_not_work_does_not_stop_the_others() -> None:
    run = search.search(ROOT, transport=Carrier(no_ipv6), **ONCE)
    assert len(list(run)) == 1, "one sender, one reply"
    assert run.problems == [
        "ff02::c by eth0 from fe80::10: Network is unreachable",
        "ff05::c by eth0 from fe80::10: Network is unreachable",
    ]
    run = search.search(ROOT, transport=Carrier(no_ipv6), ipv4=False, **ONCE)
    with pytest.raises(NetworkError, match="ff02::c by eth0 from fe80::10: Network is unreach"):
        next(run)


REFUSED: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "interface": ({"interfaces": "eth7"}, NetworkError, "no interface has .* 'eth7'; there are"),
    "address": ({"interfaces": "203.0.113.9"}, NetworkError, "no interface has"),
    "no version": ({"ipv4": False, "ipv6": False}, NetworkError, "neither IP version"),
    "host": ({"unicast": "lamp.invalid"}, NetworkError, "lamp.invalid: "),
    "port": ({"unicast": "127.0.0.1:99999"}, NetworkError, "neither a host nor host:port"),
    "bracket": ({"unicast": "[::1]x"}, NetworkError, "is no host"),
    "scope": ({"unicast": "fe80::1%eth7"}, NetworkError, "no interface eth7"),
    "version": ({"unicast": "127.0.0.1", "ipv4": False}, NetworkError, "not of the IP version"),
    "target": ({"st": "a\r\nb", "unicast": "127.0.0.1"}, MessageError, "cannot hold|name"),
    "no target": ({"st": "", "unicast": "127.0.0.1"}, MessageError, "ST is empty"),
    "header": (
        {"headers": [("a b", "c")], "unicast": "127.0.0.1"},
        MessageError,
        "cannot hold|name",
    ),
}


@pytest.mark.parametrize(("options", "error", "reason"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_is_said_at_once(
    options: dict[str, Any], error: type[Exception], reason: str
) -> None:
    with pytest.raises(error, match=reason):
        search.search(**options)


def test_a_source_port_is_shared_with_those_who_share_it() -> None:
    with Responder(lambda *_: [(BASELINE, False)]) as device, socket.socket(type=2) as other:
        other.bind(("127.0.0.1", 0))
        port = other.getsockname()[1]
        run = search.search(ROOT, unicast=device.host, source_port=port, **ONCE)
        with pytest.raises(NetworkError, match=rf"from 127\.0\.0\.1 port {port}: Address already"):
            next(run)
        other.close()
        with socket.socket(type=2) as sharing:
            sharing.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sharing.bind(("", port))
            run = search.search(ROOT, unicast=device.host, source_port=port, **AT_ONCE)
            assert len(all_of(device, run)) == 1
        assert {place[1] for _, place in device.asked} == {port}


@settings(deadline=None, max_examples=50)
@given(st.lists(st.binary(max_size=200) | st.binary(max_size=60).map(BASELINE.__add__), max_size=5))
def test_no_bytes_raise(data: list[bytes]) -> None:
    nobody = Carrier(lambda *_: data)
    for reply in search.search(unicast="127.0.0.1", transport=nobody, timeout=0, repeat=0):
        assert bytes(reply.sighting) in data
