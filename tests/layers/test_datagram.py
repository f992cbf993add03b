"""Messages with the IP and UDP layers the standard asks for."""

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6

from upnpscapy.layers import SSDP, SSDPAlive, SSDPSearch, search_packet, ssdp_packet


def test_trap_15_a_search_has_the_ttl_the_standard_asks_for() -> None:
    packet = search_packet("upnp:rootdevice", MX=3)
    assert (packet[IP].ttl, packet[IP].dst) == (2, "239.255.255.250")
    assert (packet.sport, packet.dport) == (50000, 1900)
    assert packet[SSDP] == SSDPSearch(ST="upnp:rootdevice", MX=3)
    assert packet[SSDP].defects == ()
    assert search_packet(ttl=4)[IP].ttl == 4


@pytest.mark.parametrize("scope", ["ff02::c", "ff05::c", "ff08::c", "ff0e::c"])
def test_an_ipv6_search_goes_out_of_the_interface_named(scope: str) -> None:
    packet = search_packet(dst=f"{scope}%lo")
    assert packet[IPv6].hlim == 2
    assert packet[IPv6].dst == scope
    assert packet[IPv6].dst.scope == "lo"
    host = packet.HOST
    assert host == b"[%s]:1900" % scope.upper().encode()
    assert packet[SSDP].defects == ()
    assert packet.MX == b"2"


def test_an_ipv4_search_goes_out_of_the_interface_named() -> None:
    packet = search_packet(dst="239.255.255.250%lo")
    assert packet[IP].dst.scope == "lo"
    assert packet.HOST == b"239.255.255.250:1900"
    assert packet.MX == b"2"


@pytest.mark.parametrize(
    ("dst", "host"), [("192.0.2.7", b"192.0.2.7:1900"), ("fe80::7%lo", b"[fe80::7]:1900")]
)
def test_a_search_for_one_device_has_no_mx(dst: str, host: bytes) -> None:
    packet = search_packet(dst=dst)
    assert packet.MX is None
    assert host == packet.HOST
    assert packet[SSDP].defects == ()
    assert search_packet(dst=dst, MX=1).MX == b"1"
    elsewhere = search_packet(dst=dst, dport=49152).HOST
    assert elsewhere == host.replace(b"1900", b"49152")


def test_any_message_can_be_sent_so() -> None:
    packet = ssdp_packet(SSDPAlive(NT="x"), sport=1901)
    assert (packet[IP].ttl, packet[UDP].sport, packet[UDP].dport) == (2, 1901, 1900)
    assert packet[SSDP].NT == b"x"
    assert ssdp_packet(SSDPAlive(), "ff02::c")[IPv6].hlim == 2
