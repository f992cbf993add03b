from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocol.control import WANIP, Case, check, message
from tests.protocol.events import EVENTS
from tests.protocol.subscriptions import SUBSCRIBES, SUBSCRIPTIONS
from tests.protocol.test_soap import ARGUMENTS, NAMES, XML_TEXT, ids
from upnpscapy.errors import MessageError
from upnpscapy.protocol.control_defect import CATALOGUE
from upnpscapy.protocol.gena import Change, Event, Subscribe, parse_gena, parse_subscription
from upnpscapy.protocol.gena_build import (
    build_event,
    build_last_change,
    build_multicast_event,
    build_property_set,
    build_renewal,
    build_subscribe,
    build_subscription,
    build_unsubscribe,
)
from upnpscapy.protocol.httpu import Message, parse
from upnpscapy.protocol.property_set import read_last_change

SID = "uuid:0a1b"
HOST = "192.0.2.1:5000"
CALLBACK = "http://192.0.2.40:5001/cb"
RCS = "urn:schemas-upnp-org:metadata-1-0/RCS/"
WHOLES = [parse(case.data) for case in (*SUBSCRIBES, *EVENTS, *SUBSCRIPTIONS)]


class TestCases:
    @pytest.mark.parametrize("case", ids((*SUBSCRIBES, *EVENTS)))
    def test_request(self, case: Case) -> None:
        value = parse_gena(parse(case.data))
        assert value is not None
        check(case, value, value.defects)

    @pytest.mark.parametrize("case", ids(EVENTS))
    def test_head_and_body_apart(self, case: Case) -> None:
        whole = parse(case.data)
        head = parse(case.data[: len(case.data) - len(whole.body)])
        assert parse_gena(head, whole.body) == parse_gena(whole)

    @pytest.mark.parametrize("case", ids(SUBSCRIPTIONS))
    def test_answer(self, case: Case) -> None:
        value = parse_subscription(parse(case.data))
        check(case, value, value.defects)

    @pytest.mark.parametrize(
        "data",
        [
            message("GET / HTTP/1.1"),
            message("HTTP/1.1 200 OK", f"SID: {SID}"),
            message("NOTIFY * HTTP/1.1", "NT: upnp:rootdevice", "NTS: ssdp:alive"),
            message("NOTIFY * HTTP/1.1", "NT: upnp:event", "NTS: ssdp:byebye"),
            message("NOTIFY /x HTTP/1.1", "Event: presence"),
            b"",
        ],
    )
    def test_not_of_eventing(self, data: bytes) -> None:
        assert parse_gena(parse(data)) is None


class TestAnyBytes:
    @given(st.sampled_from(WHOLES), st.binary(max_size=60), st.integers(0, 700))
    def test_reading_never_raises(self, whole: Message, junk: bytes, at: int) -> None:
        data = bytes(whole)
        damaged = parse(data[:at] + junk + data[at + len(junk) :])
        for value in (parse_gena(damaged), parse_subscription(damaged)):
            if value is not None:
                assert {defect.name for defect in value.defects} <= CATALOGUE.keys()

    @given(st.sampled_from(["SID", "SEQ", "TIMEOUT", "CALLBACK", "LVL", "USN"]), st.binary())
    def test_nor_of_any_value(self, name: str, value: bytes) -> None:
        for start in (b"NOTIFY * HTTP/1.1", b"SUBSCRIBE /a HTTP/1.1", b"UNSUBSCRIBE /a HTTP/1.1"):
            head = start + b"\r\nNTS: upnp:propchange\r\n" + name.encode()
            parse_gena(parse(head + b": " + value + b"\r\n\r\n"))

    @given(st.text(max_size=80))
    def test_last_change_of_any_text(self, value: str) -> None:
        read_last_change(value)


class TestBuilding:
    @pytest.mark.parametrize(
        ("built", "expected"),
        [
            (
                build_subscribe(
                    "/evt", HOST, [CALLBACK, CALLBACK], state_vars=["A", "B"], user_agent="x"
                ),
                "SUBSCRIBE /evt HTTP/1.1|HOST: 192.0.2.1:5000|USER-AGENT: x"
                f"|CALLBACK: <{CALLBACK}><{CALLBACK}>|NT: upnp:event|TIMEOUT: Second-1800"
                "|STATEVAR: A,B||",
            ),
            (
                build_renewal("/evt", HOST, SID, timeout_seconds=300),
                f"SUBSCRIBE /evt HTTP/1.1|HOST: {HOST}|SID: {SID}|TIMEOUT: Second-300||",
            ),
            (
                build_unsubscribe("/evt", HOST, SID, extra=[("X", "y")]),
                f"UNSUBSCRIBE /evt HTTP/1.1|HOST: {HOST}|SID: {SID}|X: y||",
            ),
            (
                build_subscription(SID, server="a", date="now", accepted_state_vars=["A"]),
                f"HTTP/1.1 200 OK|DATE: now|SERVER: a|SID: {SID}|CONTENT-LENGTH: 0"
                "|TIMEOUT: Second-1800|ACCEPTED-STATEVAR: A||",
            ),
        ],
    )
    def test_exact(self, built: Message, expected: str) -> None:
        assert bytes(built).decode() == expected.replace("|", "\r\n")

    def test_requests_come_back(self) -> None:
        begun = parse_gena(build_subscribe("/evt", HOST, [CALLBACK], state_vars=["A"]))
        assert isinstance(begun, Subscribe)
        assert (begun.kind, begun.callbacks, begun.defects) == ("subscribe", (CALLBACK,), ())
        renewed = parse_gena(build_renewal("/evt", HOST, SID))
        assert isinstance(renewed, Subscribe)
        assert (renewed.kind, renewed.sid, renewed.defects) == ("renew", SID, ())
        ended = parse_gena(build_unsubscribe("/evt", HOST, SID))
        assert isinstance(ended, Subscribe)
        assert (ended.kind, ended.sid, ended.defects) == ("unsubscribe", SID, ())
        answer = parse_subscription(build_subscription(SID, server="a/1"))
        assert (answer.sid, answer.defects) == (SID, ())

    @given(ARGUMENTS, st.integers(0, 2**32 - 1))
    def test_events_come_back(self, properties: list[tuple[str, str]], seq: int) -> None:
        event = parse_gena(build_event("/cb", HOST, SID, seq, properties))
        assert isinstance(event, Event)
        assert (event.kind, event.sid, event.seq) == ("event", SID, seq)
        assert event.properties == tuple(properties)
        assert event.defects == ()

    @given(ARGUMENTS, st.integers(0, 2**31 - 1))
    def test_multicast_events_come_back(
        self, properties: list[tuple[str, str]], boot_id: int
    ) -> None:
        built = build_multicast_event(
            f"{SID}::{WANIP}", "urn:upnp-org:serviceId:A", 1, properties, boot_id=boot_id
        )
        event = parse_gena(built)
        assert isinstance(event, Event)
        assert (event.kind, event.udn, event.service_type) == ("multicast", SID, WANIP)
        assert (event.level, event.boot_id, event.seq) == ("upnp:/general", boot_id, 1)
        assert event.properties == tuple(properties)
        assert event.defects == ()

    @given(
        st.lists(
            st.builds(
                Change,
                st.sampled_from(["0", "1", ""]),
                NAMES,
                XML_TEXT,
                st.one_of(st.none(), st.sampled_from(["Master", "LF", ""])),
            ),
            max_size=6,
        )
    )
    def test_last_change_comes_back(self, changes: list[Change]) -> None:
        value = build_last_change(RCS, changes)
        assert read_last_change(value) == tuple(changes)
        event = parse_gena(build_event("/cb", HOST, SID, 0, [("LastChange", value)]))
        assert isinstance(event, Event)
        assert event.changes == tuple(changes)
        assert event.defects == ()

    def test_property_set_is_exact(self) -> None:
        assert build_property_set([("A", ""), ("B", "<")]) == (
            b'<?xml version="1.0" encoding="utf-8"?>'
            b'<e:propertyset xmlns:e="urn:schemas-upnp-org:event-1-0">'
            b"<e:property><A></A></e:property><e:property><B>&lt;</B></e:property></e:propertyset>"
        )

    @pytest.mark.parametrize(
        "write",
        [
            lambda: build_subscribe("/evt", HOST, []),
            lambda: build_subscribe("/evt", HOST, ["<http://a>"]),
            lambda: build_subscribe("/evt", HOST, ["192.0.2.1/cb"]),
            lambda: build_subscribe("evt", HOST, [CALLBACK]),
            lambda: build_subscribe("/e vt", HOST, [CALLBACK]),
            lambda: build_subscribe("/evt", HOST, [CALLBACK], timeout_seconds=-1),
            lambda: build_subscribe("/evt", HOST, [CALLBACK], state_vars=["A,B"]),
            lambda: build_subscribe("/evt", "a\r\nb", [CALLBACK]),
            lambda: build_renewal("/evt", HOST, ""),
            lambda: build_event("/cb", HOST, SID, 2**32, []),
            lambda: build_event("/cb", HOST, SID, 0, [("A", "\0")]),
            lambda: build_event("/cb", HOST, SID, 0, [("A B", "")]),
            lambda: build_multicast_event(SID, "a", 0, [], boot_id=2**31),
            lambda: build_multicast_event(SID, "a", 0, [], boot_id=0, level="hot"),
            lambda: build_last_change(RCS, [Change("0", "A", "\x01", None)]),
        ],
    )
    def test_what_cannot_be_carried(self, write: Callable[[], Any]) -> None:
        with pytest.raises(MessageError):
            write()
