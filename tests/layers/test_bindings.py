"""Where SSDP is found and what it writes below itself."""

from importlib import reload

import pytest
from scapy.fields import DestIP6Field
from scapy.layers.inet import IP, UDP, DestIPField
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether
from scapy.packet import Packet, Raw

from tests.layers.messages import ALIVE, PLEX_GDM, RESPONSE, WS_DISCOVERY
from tests.layers.test_ssdp import KINDS
from upnpscapy.layers import SSDP, SSDPAlive, SSDPResponse, SSDPSearch, bindings

SOURCE, GROUP = "02:00:00:00:00:01", "01:00:5e:7f:ff:fa"


@pytest.mark.parametrize("cls", [*KINDS, SSDP])
@pytest.mark.parametrize("lower", [IP(src="192.0.2.1"), IPv6(src="fe80::1")])
def test_traps_1_and_2_a_crafted_message_is_dissected_as_it_was_built(
    cls: type[SSDP], lower: Packet
) -> None:
    packet = Ether(src=SOURCE, dst=GROUP) / lower / UDP() / cls()
    udp = Ether(bytes(packet))[UDP]
    assert type(udp.payload) is cls
    assert 1900 in (udp.sport, udp.dport)
    assert 53 not in (udp.sport, udp.dport)


@pytest.mark.parametrize(("sport", "dport"), [(1900, 40000), (40000, 1900), (1900, 1900)])
def test_trap_1_either_port_is_enough(sport: int, dport: int) -> None:
    packet = IP() / UDP(sport=sport, dport=dport) / Raw(RESPONSE)
    assert SSDPResponse in IP(bytes(packet))


def test_ports_that_are_given_stay() -> None:
    packet = IP() / UDP(sport=40000, dport=40001) / SSDPSearch()
    assert (packet.sport, packet.dport) == (40000, 40001)
    assert Raw in IP(bytes(packet))


def test_a_response_goes_from_1900_to_the_port_a_search_comes_from() -> None:
    search, response = UDP() / SSDPSearch(), UDP() / SSDPResponse()
    assert (response.sport, response.dport) == (search.dport, search.sport) == (1900, 50000)


def test_trap_10_the_destination_is_the_group_by_default() -> None:
    for message in (SSDPSearch(), SSDPAlive()):
        assert (IP() / UDP() / message).dst == "239.255.255.250"
        assert (IPv6() / UDP() / message).dst == "ff02::c"
    assert IP(bytes(IP(src="192.0.2.1") / UDP() / SSDPSearch())).dst == "239.255.255.250"
    assert (IP() / UDP() / SSDPResponse()).dst == "127.0.0.1"
    assert (IP(dst="192.0.2.7") / UDP() / SSDPSearch()).dst == "192.0.2.7"
    assert (IP() / UDP() / Raw()).dst == "127.0.0.1"


def test_the_frame_goes_to_the_groups_link_address() -> None:
    packet = Ether(src=SOURCE) / IP(src="192.0.2.1") / UDP() / SSDPSearch()
    assert Ether(bytes(packet)).dst == GROUP


def test_other_ports_are_left_alone() -> None:
    for port, data in ((32412, PLEX_GDM), (3702, WS_DISCOVERY), (40000, ALIVE)):
        packet = IP(bytes(IP() / UDP(sport=40001, dport=port) / Raw(data)))
        assert SSDP not in packet
        assert packet[Raw].load == data


def test_what_is_no_http_on_the_port_is_plain_ssdp_with_its_bytes() -> None:
    packet = IP(bytes(IP() / UDP(sport=40000, dport=1900) / Raw(WS_DISCOVERY)))
    assert type(packet[UDP].payload) is SSDP
    assert bytes(packet[SSDP]) == WS_DISCOVERY
    assert packet[SSDP].defects[0].name == "not-http"


def test_padding_is_not_the_messages() -> None:
    data = (
        bytes(Ether(src=SOURCE, dst=GROUP) / IP(src="192.0.2.1") / UDP() / SSDP(PLEX_GDM))
        + b"\0" * 6
    )
    packet = Ether(data)
    assert bytes(packet[UDP].payload) == PLEX_GDM + b"\0" * 6
    assert packet[SSDP].original == bytes(packet[SSDP].message) == PLEX_GDM
    assert packet["Padding"].load == b"\0" * 6
    assert bytes(packet) == data


def test_binding_twice_changes_nothing() -> None:
    before = (
        len(UDP.payload_guess),
        len(DestIPField.bindings[UDP]),
        len(DestIP6Field.bindings[UDP]),
    )
    bindings.bind()
    reload(bindings)
    assert before == (
        len(UDP.payload_guess),
        len(DestIPField.bindings[UDP]),
        len(DestIP6Field.bindings[UDP]),
    )
