"""NAT-PMP and PCP: the messages of RFC 6886 and 6887, and what hostile ones do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upnpscapy.protocol.natpmp import (
    NatPmp,
    build_natpmp_address_request,
    build_natpmp_address_response,
    build_natpmp_map_request,
    build_natpmp_map_response,
    parse_natpmp,
)
from upnpscapy.protocol.pcp import (
    PcpFilter,
    PcpOption,
    build_pcp_map_request,
    build_pcp_map_response,
    parse_pcp,
)
from upnpscapy.protocol.port_control_defect import CATALOGUE

NONCE = bytes(range(12))


def names(message: object) -> list[str]:
    return [defect.name for defect in message.defects]  # type: ignore[attr-defined]


def natpmp(data: bytes) -> NatPmp:
    message = parse_natpmp(data)
    assert message is not None
    return message


def test_external_address_is_asked_and_told() -> None:
    asked = natpmp(build_natpmp_address_request())
    assert (asked.is_response, asked.protocol, asked.defects) == (False, None, ())
    told = natpmp(build_natpmp_address_response("198.51.100.7", epoch_seconds=77))
    assert (told.external_address, told.epoch_seconds, told.ok) == ("198.51.100.7", 77, True)


def test_mapping_is_asked_and_granted() -> None:
    asked = natpmp(bytes.fromhex("0002 0000 0016 08ae 00000e10"))
    assert (asked.protocol, asked.internal_port, asked.external_port) == ("TCP", 22, 2222)
    assert asked.lifetime_seconds == 3600
    assert build_natpmp_map_request("TCP", 22, 2222, 3600) == bytes(asked)
    granted = natpmp(build_natpmp_map_response("TCP", 22, 2223, 3600))
    assert (granted.external_port, granted.result_name) == (2223, "SUCCESS")


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ("0001", ["too-short"]),
        ("0001 0000 0016 08ae 00000e", ["too-short"]),
        ("0001 0001 0016 08ae 00000e10", ["reserved-not-zero"]),
        ("0001 0000 0016 08ae 00000e10 00", ["trailing-bytes"]),
        ("0000 00", ["trailing-bytes"]),
        ("0009", ["unknown-opcode"]),
        ("0081 0002 00000001", []),  # a refusal is a head
        ("0081 0000 00000001", ["too-short"]),
        ("0080 0063 00000001 00000000", ["unknown-result"]),
    ],
)
def test_deviations_of_natpmp_are_named(data: str, found: list[str]) -> None:
    assert names(natpmp(bytes.fromhex(data))) == found


def test_map_for_a_third_party_names_the_host() -> None:
    options = (
        PcpOption(1, bytes(10) + b"\xff\xff\xc0\xa8\x01\x42"),
        PcpOption(2, b""),
        PcpOption(3, b"\0\x78\0\0" + bytes(10) + b"\xff\xff\xcb\0\x71\0"),
    )
    data = build_pcp_map_request(
        "192.168.1.7", 6, 445, nonce=NONCE, external_port=4445, options=options
    )
    asked = parse_pcp(data)
    assert asked is not None
    assert (asked.operation, asked.client_address, asked.nonce) == ("MAP", "192.168.1.7", NONCE)
    assert (asked.protocol, asked.internal_port, asked.external_port) == ("TCP", 445, 4445)
    assert asked.third_party == "192.168.1.66"
    assert asked.filters == (PcpFilter(120, 0, "203.0.113.0"),)
    assert asked.options == options
    assert asked.defects == ()


def test_map_is_answered_over_ipv6() -> None:
    data = build_pcp_map_response(
        17, 5000, 5000, "2001:db8::7", nonce=NONCE, lifetime_seconds=60, epoch_seconds=9
    )
    told = parse_pcp(data)
    assert told is not None
    assert told.ok
    assert (told.external_address, told.protocol) == ("2001:db8::7", "UDP")
    assert (told.lifetime_seconds, told.epoch_seconds, told.defects) == (60, 9, ())


def test_peer_names_the_remote_host() -> None:
    data = build_pcp_map_request("192.168.1.7", 6, 445, nonce=NONCE)
    data = bytes((2, 2)) + data[2:] + b"\0\x50\0\0" + bytes(10) + b"\xff\xff\xcb\0\x71\x05"
    asked = parse_pcp(data)
    assert asked is not None
    assert (asked.operation, asked.remote_address, asked.remote_port) == ("PEER", "203.0.113.5", 80)


HEAD = "0201 0000 00000e10 00000000000000000000ffffc0a80107"
MAP = "000102030405060708090a0b 06 000000 0016 08ae 00000000000000000000ffff00000000"


@pytest.mark.parametrize(
    ("data", "found"),
    [
        ("0201", ["length-not-of-four", "too-short"]),
        (HEAD, ["too-short"]),
        (HEAD + MAP, []),
        (HEAD.replace("0201 0000", "0201 0001") + MAP, ["reserved-not-zero"]),
        (HEAD + MAP.replace("06 000000", "06 000001"), ["reserved-not-zero"]),
        (HEAD.replace("0201", "0207"), ["unknown-opcode"]),
        ("0301 0000", ["unknown-version"]),
        (HEAD + MAP + "0100 0010 00000000", ["option-cut"]),
        (HEAD + MAP + "0100 0004 00000000", ["option-length"]),
        (HEAD + MAP + "0200 0000" * 2, ["duplicate-option"]),
        (HEAD + MAP + "7f00 0004 00000000" * 200, ["too-long", "trailing-bytes"]),
    ],
)
def test_deviations_of_pcp_are_named(data: str, found: list[str]) -> None:
    message = parse_pcp(bytes.fromhex(data))
    assert message is not None
    assert names(message) == found


@given(st.binary(max_size=1300))
def test_nothing_raises_and_every_byte_is_kept(data: bytes) -> None:
    for message in (parse_natpmp(data), parse_pcp(data), parse_pcp(b"\2" + data)):
        if message is not None:
            assert bytes(message).endswith(data)
            assert all(defect.name in CATALOGUE and str(defect) for defect in message.defects)
