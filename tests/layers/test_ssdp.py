"""The kinds: how they are told apart, what they are by default, what answers what."""

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.packet import Raw

from tests.layers.messages import (
    ALIVE,
    PLEX_GDM,
    PLEX_GDM_RESPONSE,
    RESPONSE,
    SEARCH,
    WS_DISCOVERY,
)
from upnpscapy.layers import (
    HTTPU,
    SSDP,
    SSDPAlive,
    SSDPByebye,
    SSDPResponse,
    SSDPSearch,
    SSDPUpdate,
)
from upnpscapy.protocol.ssdp import MULTICAST_IPV6, parse_ssdp
from upnpscapy.protocol.ssdp_build import (
    build_alive,
    build_byebye,
    build_response,
    build_search,
    build_update,
)

ROOT = "upnp:rootdevice"
USN = f"uuid:00000000-0000-0000-0000-000000000000::{ROOT}"
LOCATION = "http://192.0.2.1/description.xml"
SERVER = "Scapy/2 UPnP/2.0 upnpscapy/1"
KINDS = (SSDPSearch, SSDPAlive, SSDPByebye, SSDPUpdate, SSDPResponse)


@pytest.mark.parametrize(
    ("data", "cls"),
    [
        (SEARCH, SSDPSearch),
        (SEARCH.replace(b"M-SEARCH", b"m-search"), SSDPSearch),
        (PLEX_GDM, SSDPSearch),
        (ALIVE, SSDPAlive),
        (ALIVE.replace(b"ssdp:alive", b"ssdp:byebye"), SSDPByebye),
        (ALIVE.replace(b"NTS: ssdp:alive", b"nts:SSDP:Update"), SSDPUpdate),
        (ALIVE.replace(b"ssdp:alive", b"upnp:propchange"), SSDP),
        (ALIVE.replace(b"NTS", b"X-NTS"), SSDP),
        (RESPONSE, SSDPResponse),
        (RESPONSE.replace(b"200 OK", b"500 Broken"), SSDPResponse),
        (PLEX_GDM_RESPONSE, SSDPResponse),
        (WS_DISCOVERY, SSDP),
        (b"\0\1\2", SSDP),
    ],
)
def test_the_class_is_that_of_the_kind(data: bytes, cls: type[SSDP]) -> None:
    assert type(SSDP(data)) is cls
    assert type(SSDP(bytearray(data))) is cls
    assert cls is SSDP or parse_ssdp(data).kind in cls.__name__.lower()


def test_a_kind_asked_for_is_kept() -> None:
    assert type(SSDPSearch(ALIVE)) is SSDPSearch
    assert type(HTTPU(ALIVE)) is HTTPU


@pytest.mark.parametrize("cls", KINDS)
def test_defaults_are_right(cls: type[SSDP]) -> None:
    message = cls()
    assert message.defects == ()
    assert type(SSDP(bytes(message))) is cls
    assert cls(bytes(message)) == message


def test_defaults_are_what_the_builders_write() -> None:
    assert bytes(SSDPSearch()) == bytes(build_search())
    alive = build_alive(ROOT, USN, LOCATION, server=SERVER, boot_id=1, config_id=1)
    assert bytes(SSDPAlive()) == bytes(alive)
    assert bytes(SSDPByebye()) == bytes(build_byebye(ROOT, USN, boot_id=1, config_id=1))
    update = build_update(ROOT, USN, LOCATION, boot_id=1, next_boot_id=2, config_id=1)
    assert bytes(SSDPUpdate()) == bytes(update)
    response = build_response(ROOT, USN, LOCATION, server=SERVER, boot_id=1, config_id=1)
    assert bytes(SSDPResponse()) == bytes(response)


def test_plain_ssdp_has_no_header_by_default() -> None:
    assert bytes(SSDP()) == b"NOTIFY * HTTP/1.1\r\n\r\n"


def test_every_kind_has_every_field() -> None:
    message = SSDP(SEARCH)
    assert message.SERVER is None
    assert message.MX == b"3"
    message.SERVER = "x"
    assert bytes(message) == SEARCH[:-2] + b"SERVER: x\r\n\r\n"


def test_a_required_field_that_is_missing_is_none_not_the_default() -> None:
    message = SSDP(PLEX_GDM)
    assert (message.HOST, message.MAN, message.MX, message.ST) == (None,) * 4
    assert "MX        = None" in str(message.show(dump=True))
    del message.MX
    assert message.MX == b"2"
    assert bytes(message) == b"M-SEARCH * HTTP/1.1\r\nMX: 2\r\n\r\n"


def test_host_follows_an_ipv6_destination() -> None:
    assert (IPv6() / UDP() / SSDPSearch()).HOST == b"[FF02::C]:1900"
    for group in MULTICAST_IPV6:
        packet = IPv6(src="fe80::1", dst=group) / UDP() / SSDPAlive()
        host = packet.HOST
        assert host == b"[%s]:1900" % group.upper().encode()
        assert SSDP(bytes(packet[UDP])[8:]).HOST == packet.HOST
        assert SSDP(bytes(packet[UDP])[8:]).defects == ()
    assert (IPv6(dst="ff05::1:3") / UDP() / SSDPSearch()).HOST == b"[FF02::C]:1900"


def test_host_of_a_search_is_the_device_it_is_sent_to() -> None:
    assert (IP(dst="192.0.2.7") / UDP() / SSDPSearch()).HOST == b"192.0.2.7:1900"
    assert (IP(dst="192.0.2.7") / UDP(dport=49152) / SSDPSearch()).HOST == b"192.0.2.7:49152"
    assert (IPv6(dst="fe80::7%lo") / UDP() / SSDPSearch()).HOST == b"[fe80::7]:1900"
    assert (IP(dst="255.255.255.255") / UDP() / SSDPSearch()).HOST == b"239.255.255.250:1900"
    assert (IP(dst="192.0.2.7") / UDP() / SSDPAlive()).HOST == b"239.255.255.250:1900"
    packets = [*(IP(dst=["192.0.2.7", "192.0.2.8"]) / UDP() / SSDPSearch())]
    assert [SSDP(bytes(packet[SSDP])).HOST for packet in packets] == [
        b"192.0.2.7:1900",
        b"192.0.2.8:1900",
    ]


def test_host_that_is_given_stays() -> None:
    given = IPv6() / UDP() / SSDPSearch(HOST="239.255.255.250:1900")
    assert given.HOST == b"239.255.255.250:1900"
    given.HOST = SSDPSearch().HOST
    assert b"HOST: 239.255.255.250:1900\r\n" in bytes(given)
    given.HOST = None
    assert b"HOST" not in bytes(given)


def test_a_default_host_put_back_into_a_dissected_message_follows_too() -> None:
    packet = IPv6() / UDP() / SSDP(SEARCH)
    del packet[SSDP].HOST
    assert b"HOST: [FF02::C]:1900\r\n" in bytes(packet)


@pytest.mark.parametrize(
    ("asked", "answered", "expected"),
    [
        ("ssdp:all", "urn:x:device:a:1", 1),
        ("urn:x:device:a:2", "urn:x:device:a:1", 1),
        ("urn:x:device:a:1", "URN:X:Device:A:1", 1),
        ("urn:x:device:a:1", "urn:x:device:b:1", 0),
        ("upnp:rootdevice", None, 1),
    ],
)
def test_a_response_answers_a_compatible_search(
    asked: str, answered: str | None, expected: int
) -> None:
    response = SSDP(bytes(SSDPResponse(ST=answered)))
    assert response.answers(SSDPSearch(ST=asked)) == expected
    assert response.answers(Raw(bytes(SSDPSearch(ST=asked)))) == expected
    assert (response < SSDPSearch(ST=asked)) == expected


def test_only_responses_answer_and_only_requests_are_answered() -> None:
    for message in KINDS:
        assert not SSDPSearch().answers(message())
        assert not SSDPAlive().answers(message())
        assert SSDPResponse().answers(message()) == (message is SSDPSearch)
    assert not SSDPResponse().answers(Raw(b"anything"))
    assert HTTPU(PLEX_GDM_RESPONSE).answers(HTTPU(PLEX_GDM))
