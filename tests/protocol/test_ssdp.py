from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocol.deviations import (
    ALIVE,
    ALIVE_2_0,
    BYEBYE,
    CORRECT,
    MEANING,
    RESPONSE,
    SEARCH,
    SYNTAX,
    UPDATE,
    wire,
)
from tests.protocol.quirks import UUID
from tests.protocol.strategies import ANYTHING, NEARLY_A_MESSAGE
from upnpscapy.protocol import http_lines, ssdp
from upnpscapy.protocol.defect import CATALOGUE
from upnpscapy.protocol.httpu import parse
from upnpscapy.protocol.ssdp import (
    KINDS,
    Kind,
    Product,
    SsdpMessage,
    parse_products,
    parse_ssdp,
    parse_usn,
    read_ssdp,
)


class TestAnyBytes:
    @given(st.one_of(ANYTHING, NEARLY_A_MESSAGE))
    def test_is_read(self, data: bytes) -> None:
        message = parse_ssdp(data)
        assert bytes(message) == data
        assert message.kind in KINDS
        for defect in message.defects:
            assert defect.name in CATALOGUE
            assert defect.at is None or 0 <= defect.at <= len(data)

    @given(NEARLY_A_MESSAGE)
    def test_what_was_read_before_changes_nothing(self, data: bytes) -> None:
        forget()
        first = parse_ssdp(data)
        assert parse_ssdp(data) == first
        assert read_ssdp(parse(data)) == first

    @given(NEARLY_A_MESSAGE)
    def test_no_field_is_a_guess(self, data: bytes) -> None:
        message = parse_ssdp(data)
        headers = message.message.headers
        for name, value in (
            ("st", message.st),
            ("usn", message.usn),
            ("location", message.location),
            ("server", message.server),
        ):
            assert (value is None) == (headers.get(name) is None)
        if message.mx_seconds is not None:
            assert int(headers.get("mx") or b"") == message.mx_seconds

    @pytest.mark.parametrize("name", CORRECT)
    def test_another_date_changes_only_the_date(self, name: str) -> None:
        start, rest = CORRECT[name].split(b"\r\n", 1)
        first, second = (
            parse_ssdp(start + b"\r\nDATE: Sat, 06 Jan 2024 10:20:3%d GMT\r\n" % second + rest)
            for second in (1, 2)
        )
        assert first.message != second.message
        assert replace(first, message=second.message) == second


def forget() -> None:
    http_lines.STARTS.clear()
    http_lines.HEADERS.clear()
    ssdp._MEANINGS.clear()


def test_a_flood_does_not_fill_the_memory() -> None:
    for number in range(20_000):
        parse_ssdp(
            b"HTTP/1.1 200 OK\r\nST: %d\r\nUSN: %s\r\n\r\n" % (number, b"x" * (number % 2000))
        )
    assert 0 < len(ssdp._MEANINGS) <= 8192
    assert max(map(ssdp._size, ssdp._MEANINGS)) <= 1024


def test_remembered_meanings_have_their_own_offsets() -> None:
    """The same fields, behind a longer DATE: the defect moves with its line."""
    for date in (b"1", b"22", b"333"):
        data = b"HTTP/1.1 200 OK\r\nDATE: " + date + b"\r\nST: x\r\n\r\n"
        places = {defect.name: defect.at for defect in parse_ssdp(data).defects}
        assert places["target-form"] == data.index(b"ST:")


KINDS_OF: list[tuple[bytes, Kind, bool]] = [
    (wire(SEARCH), "search", True),
    (wire(ALIVE), "alive", True),
    (wire(BYEBYE), "byebye", True),
    (wire(UPDATE), "update", True),
    (wire(RESPONSE), "response", True),
    (wire("m-search * http/1.1\n st: x"), "search", True),
    (wire('M-SEARCH * HTTP/1.1\n MAN: "ssdp:discover"'), "search", True),
    (wire("M-SEARCH * SSDP/1.0\n ST: x"), "search", True),
    (wire("NOTIFY * HTTP/1.1\n NTS: SSDP:ALIVE"), "alive", True),
    (wire("NOTIFY * HTTP/1.1\n NTS: ssdp:hello"), "other", True),
    (wire("NOTIFY * HTTP/1.1\n NT: a\n USN: uuid:b"), "other", True),
    (wire("NOTIFY * HTTP/1.1\n NTS: upnp:propchange\n NT: upnp:event\n USN: x"), "other", False),
    (wire("HTTP/1.1 200 OK\n USN: x"), "response", True),
    (wire("HTTP/1.1 500 No"), "response", False),
    # Plex GDM, UDP 32412
    (b"M-SEARCH * HTTP/1.1", "search", False),
    (wire("M-SEARCH * HTTP/1.1"), "search", False),
    # WS-Discovery, UDP 3702
    (b"<?xml version='1.0'?><Envelope/>", "other", False),
    (wire("GET / HTTP/1.1"), "other", False),
    (b"", "other", False),
]


@pytest.mark.parametrize(("data", "kind", "is_ssdp"), KINDS_OF)
def test_kind(data: bytes, kind: Kind, is_ssdp: bool) -> None:
    message = parse_ssdp(data)
    assert (message.kind, message.is_ssdp) == (kind, is_ssdp)


def test_typed_values_of_an_announcement() -> None:
    more = "\n SEARCHPORT.UPNP.ORG: 49999\n SECURELOCATION.UPNP.ORG: https://192.0.2.17/"
    message = parse_ssdp(wire(ALIVE_2_0 + more))
    assert replace(message, message=parse(b""), st="") == SsdpMessage(
        message=parse(b""),
        kind="alive",
        is_ssdp=True,
        st="",
        nt="upnp:rootdevice",
        nts="ssdp:alive",
        usn=f"{UUID}::upnp:rootdevice",
        udn=UUID,
        location="http://192.0.2.17:49152/device.xml",
        server="Linux/5.10 UPnP/2.0 Lamp/2.3",
        user_agent=None,
        host="239.255.255.250:1900",
        man=None,
        mx_seconds=None,
        max_age_seconds=1800,
        boot_id=7,
        next_boot_id=None,
        config_id=1,
        search_port=49999,
        secure_location="https://192.0.2.17/",
        tcp_port=None,
        control_point_name=None,
        control_point_uuid=None,
        defects=(),
    )


def test_typed_values_of_a_search() -> None:
    message = parse_ssdp(CORRECT["search of UPnP 2.0"])
    assert message.man == '"ssdp:discover"'
    assert message.mx_seconds == 2
    assert message.user_agent == "unix/5.1 UPnP/2.0 Remote/1.0"
    assert message.tcp_port == 50001
    assert message.control_point_name == "Kitchen"
    assert message.control_point_uuid == UUID
    assert message.start_line == "M-SEARCH * HTTP/1.1"


def test_typed_values_of_an_update() -> None:
    message = parse_ssdp(wire(UPDATE))
    assert (message.boot_id, message.next_boot_id, message.config_id) == (7, 8, 1)


def test_empty_is_a_value_and_absent_is_none() -> None:
    message = parse_ssdp(b"HTTP/1.1 200 OK\r\nST:\r\nLOCATION: \r\nSERVER:\t\r\n\r\n")
    assert (message.st, message.location, message.server) == ("", "", "")
    assert (message.usn, message.udn, message.nt) == (None, None, None)


def test_the_first_of_several_counts() -> None:
    message = parse_ssdp(wire("HTTP/1.1 200 OK\n ST: a\n st: b"))
    assert message.st == "a"


NUMBERS = [
    ("0", 0),
    ("007", 7),
    ("2147483648", 2147483648),
    ("999999999999999999", 999999999999999999),
    ("9" * 19, None),
    ("", None),
    ("-1", None),
    ("+1", None),
    ("1.5", None),
    ("0x1", None),
    ("1 2", None),
    ("1_0", None),
    ("\u0661", None),
    ("\u00b2", None),
]


@pytest.mark.parametrize(("value", "expected"), NUMBERS)
def test_numbers(value: str, expected: int | None) -> None:
    names = "MX BOOTID.UPNP.ORG NEXTBOOTID.UPNP.ORG CONFIGID.UPNP.ORG SEARCHPORT.UPNP.ORG"
    lines = "".join([f"{name}: {value}\n" for name in [*names.split(), "TCPPORT.UPNP.ORG"]])
    message = parse_ssdp(wire("NOTIFY * HTTP/1.1\n" + lines))
    assert {
        message.mx_seconds,
        message.boot_id,
        message.next_boot_id,
        message.config_id,
        message.search_port,
        message.tcp_port,
    } == {expected}


MAX_AGES = [
    ("max-age=1800", 1800),
    ("max-age = 1800", 1800),
    ("max-age =1800", 1800),
    ("Max-Age=60", 60),
    ("max-age=0", 0),
    ('max-age="90"', 90),
    ("max-age=1800, must-revalidate", 1800),
    ('no-cache="Ext", max-age=5000', 5000),
    ("no-cache;max-age=7;x", 7),
    ("max-age=1800s", None),
    ("max-age=-1", None),
    ("max-age=", None),
    ("max-age", None),
    ("s-maxage=5", None),
    ("xmax-age=5", None),
    ("max-age=" + "9" * 13, None),
    ("max-age=\u0661", None),
    ("no-cache", None),
    ("", None),
]


@pytest.mark.parametrize(("value", "expected"), MAX_AGES)
def test_max_age(value: str, expected: int | None) -> None:
    message = parse_ssdp(wire(f"HTTP/1.1 200 OK\n CACHE-CONTROL: {value}"))
    assert message.max_age_seconds == expected


USNS = [
    ("uuid:a::upnp:rootdevice", ("uuid:a", "upnp:rootdevice")),
    ("uuid:a::urn:x:device:y:1", ("uuid:a", "urn:x:device:y:1")),
    ("uuid:a", ("uuid:a", None)),
    ("uuid:a::", ("uuid:a", "")),
    ("uuid:a::b::c", ("uuid:a", "b::c")),
    ("uuid:a:b", ("uuid:a:b", None)),
    ("uuid: a ::  b", ("uuid: a", "b")),
    ("UUID:a::b", ("UUID:a", "b")),
    ("uuid:uuid:a::b", ("uuid:uuid:a", "b")),
    (f"{UUID[5:]}::b", (UUID[5:], "b")),
    (UUID[5:].upper(), (UUID[5:].upper(), None)),
    ("uuid:", (None, None)),
    ("uuid:::b", (None, None)),
    ("uuid", (None, None)),
    ("a::b", (None, None)),
    ("urn:x:device:y:1", (None, None)),
    ("[fe80::1]:3540", (None, None)),
    ("::", (None, None)),
    ("", (None, None)),
]


@pytest.mark.parametrize(("usn", "expected"), USNS)
def test_usn(usn: str, expected: tuple[str | None, str | None]) -> None:
    assert parse_usn(usn) == expected
    assert parse_ssdp(wire(f"HTTP/1.1 200 OK\n USN: {usn}")).udn == expected[0]


PRODUCTS = [
    ("Linux/5.10 UPnP/1.0 Lamp/2.3", [("Linux", "5.10"), ("UPnP", "1.0"), ("Lamp", "2.3")]),
    ("OS/1, UPnP/1.0, a/2", [("OS", "1"), ("UPnP", "1.0"), ("a", "2")]),
    ("Linux UPnP/1.0 S/85 (ZPS29)", [("Linux UPnP", "1.0"), ("S", "85")]),
    (
        "Linux/3 UPnP/1.0, Portable SDK for UPnP devices/1.6.18",
        [("Linux", "3"), ("UPnP", "1.0"), ("Portable SDK for UPnP devices", "1.6.18")],
    ),
    ("a/1/2", [("a", "1/2")]),
    ("a/ b", [("a", None), ("b", None)]),
    ("Chromium/122.0 Windows", [("Chromium", "122.0"), ("Windows", None)]),
    ("(comment)", []),
    ("", []),
]


@pytest.mark.parametrize(("value", "expected"), PRODUCTS)
def test_products(value: str, expected: list[tuple[str, str | None]]) -> None:
    assert list(parse_products(value)) == [Product(*product) for product in expected]


@pytest.mark.parametrize(
    ("lines", "target"),
    [
        ("M-SEARCH * HTTP/1.1\n ST: a", "a"),
        ("M-SEARCH * HTTP/1.1\n ST:\n NT: b", ""),
        ("HTTP/1.1 200 OK\n NT: b\n NTS: ssdp:alive\n ST: a", "a"),
        ("HTTP/1.1 200 OK\n NT: b", "b"),
        ("NOTIFY * HTTP/1.1\n NT: b\n ST: a", "b"),
        ("NOTIFY * HTTP/1.1\n NTS: ssdp:alive\n NT:", ""),
        ("NOTIFY * HTTP/1.1\n NTS: ssdp:alive", None),
    ],
)
def test_target(lines: str, target: str | None) -> None:
    assert parse_ssdp(wire(lines)).target == target


def test_a_cut_message_is_read_to_the_cut() -> None:
    whole = [*CORRECT.values(), *[case.data for case in (*SYNTAX, *MEANING)]]
    for data in whole:
        for size in range(0, len(data), 7):
            assert bytes(parse_ssdp(data[:size])) == data[:size]
