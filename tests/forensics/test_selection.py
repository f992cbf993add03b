"""What ``--host --udn --since --until`` choose."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from ipaddress import IPv6Address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.forensics.packets import (
    CLIENT,
    DEVICE,
    GROUP6,
    START,
    UDN,
    Sent,
    alive,
    response,
    search,
    write,
)
from upnpscapy import analyze
from upnpscapy.capture.datagrams import Datagram
from upnpscapy.forensics.selection import Selection, parse_host, parse_time

STORY = [
    Sent(search(), 0, CLIENT, 50000, mac="02:00:00:00:00:0a"),
    Sent(response(), 1, DEVICE, 1900, CLIENT, 50000),
    Sent(search(UDN.upper()), 2, CLIENT, 50001, mac="02:00:00:00:00:0a"),
    Sent(alive(udn="uuid:b"), 3, "fe80::b", dst=GROUP6, mac="02:00:00:00:00:0b"),
]


@pytest.mark.parametrize(
    ("text", "host"),
    [
        ("192.0.2.1", "192.0.2.1"),
        (" 192.0.2.1 ", "192.0.2.1"),
        ("FE80::1", "fe80::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("2001:db8:0:0::1", "2001:db8::1"),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.1"),
        ("02:00:5E:00:53:AF", "02:00:5e:00:53:af"),
        ("02-00-5e-00-53-af", "02:00:5e:00:53:af"),
    ],
)
def test_host(text: str, host: str) -> None:
    assert parse_host(text) == host


@given(st.ip_addresses())
def test_host_is_written_as_rows_have_it(address: object) -> None:
    packed = getattr(address, "packed")  # noqa: B009
    datagram = Datagram(1, 0, packed, 1900, packed, 1900, None, (), 1, b"", False)
    text = address.exploded if isinstance(address, IPv6Address) else str(address)
    assert parse_host(text) == datagram.src


@pytest.mark.parametrize(
    "text",
    [
        "",
        "lamp.local",
        "192.0.2",
        "192.0.2.1:80",
        "0:1:2:3:4:5",
        "zz:zz:zz:zz:zz:zz",
        "-1:23:45:67:89:ab",
        "02:00-5e:00:53:af",
    ],
)
def test_no_host(text: str) -> None:
    with pytest.raises(ValueError, match="neither an IP address nor a link address"):
        parse_host(text)


@pytest.mark.parametrize(
    ("text", "time_ns"),
    [
        ("0", 0),
        ("1700000000", 1_700_000_000_000_000_000),
        ("1700000000.", 1_700_000_000_000_000_000),
        ("1700000000.5", 1_700_000_000_500_000_000),
        ("1700000000.123456789", 1_700_000_000_123_456_789),
        ("1700000000.1234567899", 1_700_000_000_123_456_789),
        ("2023-11-14", 1_699_920_000_000_000_000),
        ("2023-11-14T22:13", 1_699_999_980_000_000_000),
        ("2023-11-14T22:13:20", 1_700_000_000_000_000_000),
        ("2023-11-14 22:13:20", 1_700_000_000_000_000_000),
        ("2023-11-14T22:13:20Z", 1_700_000_000_000_000_000),
        ("2023-11-14T22:13:20.123456789Z", 1_700_000_000_123_456_789),
        ("2023-11-14T22:13:20,5", 1_700_000_000_500_000_000),
        ("2023-11-15T00:13:20+02:00", 1_700_000_000_000_000_000),
        ("2023-11-14T20:13:20.000000001-02:00", 1_700_000_000_000_000_001),
    ],
)
def test_time(text: str, time_ns: int) -> None:
    assert parse_time(text) == time_ns


@given(st.integers(0, 4 * 10**18))
def test_time_of_a_row_is_a_time_to_ask_for(time_ns: int) -> None:
    seconds, nanoseconds = divmod(time_ns, 10**9)
    moment = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=seconds)
    assert parse_time(f"{moment:%Y-%m-%dT%H:%M:%S}.{nanoseconds:09d}Z") == time_ns
    assert parse_time(f"{seconds}.{nanoseconds:09d}") == time_ns


@pytest.mark.parametrize(
    "text", ["", ".", "now", "-5", "1e9", "2023-13-01", "10.5.2024", "12:00", "9" * 5000, "²", "٣"]
)
def test_no_time(text: str) -> None:
    with pytest.raises(ValueError, match="neither ISO 8601 nor seconds"):
        parse_time(text)


@pytest.mark.parametrize(
    ("selection", "messages", "searches", "devices"),
    [
        (Selection(), [1, 2, 3, 4], [1, 3], 2),
        (Selection(host=CLIENT), [1, 2, 3], [1, 3], 0),
        (Selection(host=DEVICE), [2], [], 1),
        (Selection(host="fe80::b"), [4], [], 1),
        (Selection(host="02:00:00:00:00:0a"), [1, 3], [1, 3], 0),
        (Selection(host="02:00:00:00:00:01"), [2], [], 1),
        (Selection(host="239.255.255.250"), [1, 3], [1, 3], 0),
        (Selection(host="192.0.2.99"), [], [], 0),
        (Selection(udn=UDN), [2, 3], [3], 1),
        (Selection(udn=UDN[5:].upper()), [2, 3], [3], 1),
        (Selection(udn="UUID:B"), [4], [], 1),
        (Selection(udn="uuid:c"), [], [], 0),
        (Selection(since_ns=START * 10**9 + 10**9), [2, 3, 4], [3], 2),
        (Selection(until_ns=START * 10**9 + 10**9), [1, 2], [1], 1),
        (Selection(since_ns=START * 10**9 + 1, until_ns=START * 10**9 + 2), [], [], 0),
        (Selection(host=CLIENT, udn=UDN, until_ns=START * 10**9 + 10**9), [2], [], 0),
    ],
)
def test_choice(
    tmp_path: Path, selection: Selection, messages: list[int], searches: list[int], devices: int
) -> None:
    case = analyze(write(tmp_path / "a.pcap", STORY))
    assert [row.frame for row in case.messages.where(selection.includes)] == messages
    assert [row.frame for row in case.searches.where(selection.includes)] == searches
    assert len(case.devices.where(selection.includes)) == devices


def test_row_without_time_is_in_no_span() -> None:
    datagram = Datagram(1, None, b"\1" * 4, 1900, b"\1" * 4, 1900, None, (), 1, b"", False)
    assert not Selection(since_ns=0).includes(datagram)
    assert not Selection(until_ns=10**30).includes(datagram)
