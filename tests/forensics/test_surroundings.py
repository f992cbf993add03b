"""What is local, on the link and a router, as captures show it."""

from __future__ import annotations

from ipaddress import ip_address
from struct import pack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.forensics.judging import Piece, Timed, arp, datagram, facts_of, mac_of, probe
from tests.forensics.packets import Sent, alive, search
from upnpscapy.forensics.watching.network_packets import (
    read_arp,
    read_dhcp,
    read_neighbour_discovery,
)
from upnpscapy.forensics.watching.surroundings import Surroundings, parse_network

ROUTER = b"\x02\0\0\0\0\xfe"


def told(*pieces: Piece, local: tuple[str, ...] = ()) -> Surroundings:
    return facts_of(pieces, local).surroundings


def dhcp(client: str, mask: str, router: str) -> Sent:
    options = b"\x35\x01\x05\x01\x04" + ip_address(mask).packed + b"\0"
    options += b"\x03\x04" + ip_address(router).packed + b"\xff"
    head = pack(">BBBBIHH", 2, 1, 6, 0, 7, 0, 0) + bytes(4) + ip_address(client).packed
    body = head.ljust(28, b"\0") + mac_of(client).ljust(208, b"\0") + b"\x63\x82\x53\x63" + options
    return datagram(body, router, 67, client, 68)


def advertisement(source: str, prefix: str, length: int, lifetime: int = 1800) -> Timed:
    option = pack(">BBBBIII", 3, 4, length, 0xC0, 1, 1, 0) + ip_address(prefix).packed
    body = pack(">BBHBBHII", 134, 0, 0, 64, 0, lifetime, 0, 0) + option
    head = pack(">IHBB", 6 << 28, len(body), 58, 255)
    addresses = ip_address(source).packed + ip_address("ff02::1").packed
    return Timed(0, b"\x33\x33\0\0\0\x01" + mac_of(source) + b"\x86\xdd" + head + addresses + body)


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("192.168.1.1", "local"),
        ("fe80::1%eth0", "local"),
        ("203.0.113.7", "documentation"),
        ("2001:db8::1", "documentation"),
        ("198.18.0.1", "benchmark"),
        ("100.64.0.1", "cgnat"),
        ("8.8.8.8", "public"),
        ("239.255.255.250", "multicast"),
        ("router.lan", "invalid"),
    ],
)
def test_classes_where_nothing_was_seen(address: str, kind: str) -> None:
    assert told().class_of(address) == kind
    assert told().on_link(address) is None


LOCAL: dict[str, list[Piece]] = {
    "ARP": [arp("203.0.113.7")],
    "a multicast that was not routed": [Sent(search(), 0, "203.0.113.7", 50000, ttl=2)],
    "DHCP": [dhcp("203.0.113.9", "255.255.255.0", "203.0.113.1")],
}


@pytest.mark.parametrize("name", LOCAL)
def test_public_addresses_can_be_local(name: str) -> None:
    found = told(*LOCAL[name])
    assert found.class_of("203.0.113.7") == "local"
    assert found.on_link("203.0.113.7") is True
    assert found.class_of("203.0.112.7") == "public"
    assert found.class_of("198.51.100.7") == "documentation"


FOREIGN: dict[str, list[Piece]] = {
    "a multicast from afar": [Sent(search(), 0, "203.0.113.7", 50000, ttl=240)],
    "a unicast search": [datagram(search(), "203.0.113.7", 50000, "192.168.1.1", 1900, ttl=2)],
    "a connection": [probe("203.0.113.7", "192.168.1.1", 80)],
    "a mask with holes": [dhcp("203.0.113.9", "255.0.255.0", "203.0.113.1")],
    "a network that is all": [dhcp("203.0.113.9", "128.0.0.0", "203.0.113.1")],
}


@pytest.mark.parametrize("name", FOREIGN)
def test_what_makes_no_address_local(name: str) -> None:
    assert told(*FOREIGN[name]).class_of("203.0.113.7") == "documentation"


def test_networks_that_are_given() -> None:
    found = told(local=("203.0.113.0/24", "2001:db8::1"))
    assert found.is_local("203.0.113.7")
    assert found.is_local("2001:db8::1")
    assert not found.is_local("2001:db8::2")
    with pytest.raises(ValueError, match=r"300\.1"):
        parse_network("300.1.1.1")


def test_a_router_advertisement_names_network_and_router() -> None:
    found = told(advertisement("fe80::1", "2001:db8:7::", 64))
    assert found.is_local("2001:db8:7::99")
    assert (found.gateways, found.default_gateway) == ({"fe80::1"}, "fe80::1")
    assert told(advertisement("fe80::1", "2001:db8:7::", 64, lifetime=0)).gateways == set()


def test_several_foreign_senders_make_a_router() -> None:
    frames: list[Piece] = [
        arp("192.168.1.1", ROUTER),
        *(probe(f"203.0.113.{last}", "192.168.1.2", 80, mac=ROUTER) for last in (7, 8)),
    ]
    found = told(*frames)
    assert found.gateway_links == {ROUTER.hex(":")}
    assert (found.gateways, found.default_gateway) == ({"192.168.1.1"}, "192.168.1.1")
    assert found.on_link("203.0.113.7") is False
    assert found.on_link("192.168.1.1") is True
    assert found.link_of("203.0.113.7") == set()
    assert not found.same_host("203.0.113.7", "203.0.113.8")


def test_two_temporary_addresses_make_no_router() -> None:
    frames: list[Piece] = [
        probe(f"2001:db8:7::{last}", "fe80::2", 80, mac=ROUTER) for last in (7, 8)
    ]
    assert told(*frames).gateway_links == set()
    other = probe("2001:db8:8::1", "fe80::2", 80, mac=ROUTER)
    assert told(*frames, other).gateway_links == {ROUTER.hex(":")}


def test_one_host_has_several_addresses() -> None:
    mac = mac_of("192.168.1.7")
    found = told(
        Sent(alive(), 0, "192.168.1.7", mac=mac.hex(":")),
        Sent(alive(), 1, "fe80::7", dst="ff02::c", mac=mac.hex(":")),
        arp("192.168.1.8"),
    )
    assert found.same_host("192.168.1.7", "fe80::7")
    assert found.same_host("192.168.1.9", "192.168.1.9")
    assert not found.same_host("192.168.1.7", "192.168.1.8")
    assert found.link_of("fe80::7") == {mac.hex(":")}


@settings(deadline=None, max_examples=200)
@given(st.binary(max_size=600))
def test_any_bytes_are_read(data: bytes) -> None:
    found = Surroundings()
    read_arp(data, found)
    read_dhcp(b"\x02\x01\x06" + data, found)
    read_dhcp((b"\x02\x01\x06" + data[:3]).ljust(236, b"\1") + b"\x63\x82\x53\x63" + data, found)
    for start in (b"\x86\0", b"\x88\0"):
        body = start + data
        read_neighbour_discovery(
            body, 0, len(body), b"\xfe\x80" + bytes(14), 255, b"\x02" * 6, found
        )
    assert not found.is_local("8.8.8.8") or any(data)


def test_what_is_seen_after_a_question_counts() -> None:
    around, link = Surroundings(), bytes((2, 0, 0, 0, 0, 1))
    assert around.gateway_links == set()
    for last in (1, 2):
        around.saw_sender(bytes((203, 0, 113, last)), link)
    assert around.gateway_links == {link.hex(":")}
    around.saw_pair(bytes((203, 0, 113, 1)), link)
    assert around.gateway_links == set()
