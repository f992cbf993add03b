"""Calls of actions with their results and refusals, and what routers say their address is."""

from __future__ import annotations

import gzip
import json

import pytest

from tests.capture.conversation import Conversation, exchanges
from tests.capture.corpus import PCAPS
from tests.forensics.controlling import (
    ADD,
    ADDED,
    MAPPING,
    WANIP,
    XML,
    done,
    envelope,
    facts,
    facts_of,
    facts_of_file,
    fault,
    post,
    refused,
    sent,
    talk,
)
from upnpscapy.display import Table
from upnpscapy.forensics.controlling import control
from upnpscapy.forensics.controlling.call_row import CALL_COLUMNS, CallRow
from upnpscapy.forensics.controlling.control import ControlFacts
from upnpscapy.forensics.controlling.external_address_row import EXTERNAL_ADDRESS_COLUMNS
from upnpscapy.forensics.exchange_row import ExchangeRow
from upnpscapy.forensics.place import Place


def one(request: bytes, answer: bytes | None) -> CallRow:
    (call,) = facts(talk(request, answer)).calls
    return call


def test_columns() -> None:
    (row,) = Table("calls", CALL_COLUMNS, lambda: [one(ADD, ADDED)]).to_dicts()
    assert row == {
        "capture": "a.pcap",
        "frame": 4,
        "response_frame": 6,
        "time": "1970-01-01T00:00:00.004000000Z",
        "client": "192.0.2.10",
        "server": "192.0.2.17",
        "control_url": "http://192.0.2.17:49152/ctl",
        "service_type": WANIP,
        "action": "AddPortMapping",
        "arguments": [list(pair) for pair in MAPPING],
        "result": [],
        "status": 200,
        "error_code": None,
        "error_description": None,
        "defects": [],
        "filter": "ip.addr == 192.0.2.10 && ip.addr == 192.0.2.17 "
        "&& tcp.port == 40000 && tcp.port == 49152",
    }
    json.dumps(row)


def test_attributes() -> None:
    call = one(ADD, ADDED)
    assert call.ok
    assert call.complete
    assert call.arguments == MAPPING
    assert (call.time_ns, call.response_time_ns) == (4_000_000, 6_000_000)
    assert call.frames == [4, 6]
    assert call.involves("192.0.2.17")
    assert not call.involves("192.0.2.100")


def test_argument_by_name() -> None:
    call = one(post("A", ("newport", "1"), ("NewPort", "2"), ("NewPort", "3")), ADDED)
    assert [call.argument(name) for name in ("NewPort", "NEWPORT", "Port")] == ["2", "1", None]
    assert "duplicate-argument" in call.defects


def test_no_response_is_no_success() -> None:
    call = one(ADD, None)
    assert (call.result, call.status, call.ok) == (None, None, False)
    assert call.column("result") is None
    assert call.arguments == MAPPING


def test_fault() -> None:
    call = one(ADD, refused(718, "Taken"))
    assert (call.status, call.error_code, call.error_description) == (500, 718, "Taken")
    assert (call.error_name, call.result, call.ok) == ("ConflictInMappingEntry", (), False)


def test_fault_with_status_200_is_no_success() -> None:
    call = one(ADD, sent("HTTP/1.1 200 OK", fault(718, "Taken"), XML))
    assert (call.error_code, call.ok) == (718, False)
    assert "fault-status" in call.defects


def test_error_without_a_fault() -> None:
    call = one(ADD, sent("HTTP/1.1 404 Not Found", b"<html/>", "Content-Type: text/html\r\n"))
    assert (call.status, call.error_code, call.error_name, call.ok) == (404, None, None, False)


def test_only_the_response() -> None:
    conversation = Conversation().open().send(1, done("GetExternalIPAddress", ("NewX", "1")))
    (call,) = facts(conversation.close().segments).calls
    assert (call.action, call.service_type, call.frame) == ("GetExternalIPAddress", WANIP, None)
    assert (call.control_url, call.arguments, call.result) == (None, (), (("NewX", "1"),))
    assert call.column("arguments") is None


@pytest.mark.parametrize(
    ("target", "url"),
    [
        ("/ctl?x=y", "http://192.0.2.17:49152/ctl?x=y"),
        ("ctl", "http://192.0.2.17:49152/ctl"),
        ("?ctl", "http://192.0.2.17:49152/?ctl"),
        ("http://192.0.2.99", "http://192.0.2.17:49152/"),
        ("*", None),
        ("http://192.0.2.99:80/ctl", "http://192.0.2.17:49152/ctl"),
        ("/ctl?to=http://192.0.2.9/", "http://192.0.2.17:49152/ctl?to=http://192.0.2.9/"),
    ],
)
def test_control_url(target: str, url: str | None) -> None:
    assert one(post("A", target=target), ADDED).control_url == url


def test_control_url_of_ipv6() -> None:
    ends = bytes.fromhex("fe80" + "0" * 26 + "0a"), bytes.fromhex("fe80" + "0" * 26 + "11")
    (call,) = facts(Conversation(addresses=ends).open().ask(ADD, ADDED).segments).calls
    assert call.control_url == "http://[fe80::11]:49152/ctl"


def test_packed_body() -> None:
    body = gzip.compress(envelope("AResponse", [("B", "1")]))
    call = one(post("A"), sent("HTTP/1.1 200 OK", body, XML + "Content-Encoding: gzip\r\n"))
    assert call.result == (("B", "1"),)
    assert not call.defects


def test_unknown_coding_is_named() -> None:
    call = one(post("A"), sent("HTTP/1.1 200 OK", b"?", XML + "Content-Encoding: br\r\n"))
    assert (call.result, call.complete, call.defects) == ((), False, ["body-not-decoded"])


def test_other_requests_are_no_calls() -> None:
    found = facts(talk(sent("GET /d.xml HTTP/1.1"), sent("HTTP/1.1 200 OK", b"<root/>")))
    assert (found.calls, found.events, found.subscriptions, found.left_out) == ([], [], [], 0)


def test_external_addresses() -> None:
    asked = post("GetExternalIPAddress")
    told = done("GetExternalIPAddress", ("NewExternalIPAddress", "100.64.1.2"))
    found = facts([*talk(asked, told), *talk(asked, refused(501, "x"), start=50, port=40001)])
    assert [
        [row.column(name) for name in EXTERNAL_ADDRESS_COLUMNS]
        for row in (found.external_addresses)
    ] == [["a.pcap", 6, "1970-01-01T00:00:00.006000000Z", "192.0.2.17", "100.64.1.2", "cgnat"]]
    (row,) = found.external_addresses
    assert row.involves("100.64.1.2")
    assert row.involves("192.0.2.10")


def test_what_is_left_out_is_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "MAX_CALLS", 1)
    told = done("GetExternalIPAddress", ("NewExternalIPAddress", "44.128.0.2"))
    conversation = Conversation().open()
    for _ in range(3):
        conversation.ask(post("GetExternalIPAddress"), told)
    calls: list[CallRow] = []
    found = ControlFacts(calls.append)
    for exchange in exchanges(conversation.close().segments):
        found.take(ExchangeRow(exchange, Place("a", 0, ("a",)), "control"))
    found.close(None)
    assert (len(calls), len(found.calls), len(found.external_addresses)) == (3, 1, 1)
    assert (found.calls_left_out, found.external_addresses_left_out) == (2, 2)
    assert found.left_out == 4


def test_long_bodies_are_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "MAX_BYTES", 100_000)
    answer = gzip.compress(envelope("AResponse", [("B", "x" * 200_000)]))
    packed = sent("HTTP/1.1 200 OK", answer, XML + "Content-Encoding: gzip\r\n")
    found = facts(talk(post("A"), packed))
    assert (found.calls, found.calls_left_out) == ([], 1)


def test_rows_are_in_frame_order() -> None:
    segments = [*talk(ADD, ADDED), *talk(ADD, ADDED, start=50, port=40001)]
    found = exchanges(segments)
    assert [call.frame for call in facts_of(found[::-1]).calls] == [4, 53]


def test_a_call_across_joined_files() -> None:
    names = ("a", "b")
    second = Place("b", 1, names)
    segments = talk(ADD, done("X", ("NewExternalIPAddress", "10.0.0.1")))
    moved = [
        segment._replace(frame=segment.frame - 4 + second.base) if segment.frame > 4 else segment
        for segment in segments
    ]
    found = ControlFacts()
    for exchange in exchanges(moved):
        found.take(ExchangeRow(exchange, second, "control"))
    found.close(None)
    (call,), (address,) = found.calls, found.external_addresses
    assert [call.column(name) for name in ("capture", "frame", "response_frame")] == ["b", "a:4", 2]
    assert (call.response_frame, address.column("frame")) == (second.base + 2, 2)


def test_a_session_of_upnpc() -> None:
    found = facts_of_file(PCAPS / "igd2-session.pcap")
    assert len(found.calls) == 35
    assert sum(call.action == "AddPortMapping" and call.ok for call in found.calls) == 2
    assert sum(call.action == "DeletePortMapping" and call.ok for call in found.calls) == 2
    assert [call.error_code for call in found.calls if not call.ok] == [713]
    assert [row.address for row in found.external_addresses] == ["44.128.0.2"] * 10
    assert {row.address_class for row in found.external_addresses} == {"public"}
    assert all(call.complete for call in found.calls)
    assert found.left_out == 0


def test_a_session_over_ipv6() -> None:
    found = facts_of_file(PCAPS / "ipv6.pcap")
    pinholes = [call for call in found.calls if "Pinhole" in (call.action or "")]
    assert [(call.action, call.error_name) for call in pinholes] == [
        ("AddPinhole", None),
        ("CheckPinholeWorking", "NoPacketSent"),
        ("UpdatePinhole", None),
        ("DeletePinhole", None),
    ]
    assert pinholes[0].control_url == "http://[2001:db8:77::1]:5000/ctl/IP6FCtl"


def test_refusals() -> None:
    calls = facts_of_file(PCAPS / "refused.pcap").calls
    assert [call.error_code for call in calls if not call.ok] == [718, 718, 606, 606, 714]
    assert {call.client for call in calls if not call.ok} == {"192.168.77.11"}
