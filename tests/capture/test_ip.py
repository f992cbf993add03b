"""IPv4 and IPv6 down to UDP: options, extension headers, cuts, wrong lengths, what lies behind."""

from typing import Any

import pytest
from scapy.layers.inet import (
    IP,
    UDP,
    IPOption_NOP,
    IPOption_Router_Alert,
    IPOption_RR,
    IPOption_Timestamp,
)
from scapy.layers.inet6 import (
    IPv6,
    IPv6ExtHdrDestOpt,
    IPv6ExtHdrFragment,
    IPv6ExtHdrHopByHop,
    IPv6ExtHdrRouting,
    PadN,
    RouterAlert,
)
from scapy.layers.ipsec import AH
from scapy.packet import Packet, Raw

from tests.capture.packets import ALIVE, ethernet, udp, udp6
from tests.capture.pcap_writer import pcap, record
from tests.capture.reading import datagrams
from upnpscapy.capture.datagrams import Datagram

PORTS = UDP(sport=1900, dport=1900)


def found_in(packet: Packet) -> list[Datagram]:
    return datagrams(pcap([ethernet(packet)]))


@pytest.mark.parametrize(
    "options",
    [
        [IPOption_Router_Alert()],
        [IPOption_NOP(), IPOption_NOP()],
        [IPOption_RR(routers=["192.0.2.1"] * 9)],
        [IPOption_Timestamp()],
    ],
    ids=["router alert", "nothing", "route", "time"],
)
def test_options_of_ipv4_are_passed_over(options: list[Any]) -> None:
    (found,) = found_in(udp(options=options))
    assert (found.payload, found.truncated) == (ALIVE, False)


@pytest.mark.parametrize(
    "headers",
    [
        IPv6ExtHdrHopByHop(options=[RouterAlert()]),
        IPv6ExtHdrDestOpt(options=[PadN(optdata=bytes(40))]),
        IPv6ExtHdrRouting(addresses=["2001:db8::1", "2001:db8::2"]),
        IPv6ExtHdrHopByHop() / IPv6ExtHdrDestOpt() / IPv6ExtHdrRouting() / IPv6ExtHdrDestOpt(),
        IPv6ExtHdrFragment(id=7),
        IPv6ExtHdrHopByHop() / IPv6ExtHdrFragment(id=7) / IPv6ExtHdrDestOpt(),
        IPv6ExtHdrFragment(id=7) / IPv6ExtHdrFragment(id=8),
        AH(nh=17, payloadlen=4, icv=bytes(12)),
        IPv6ExtHdrHopByHop() / AH(nh=17, payloadlen=6, icv=bytes(20)),
    ],
    ids=lambda headers: headers.summary(),
)
def test_extension_headers_of_ipv6_are_passed_over(headers: Packet) -> None:
    packet = IPv6(src="fe80::11", dst="ff02::c") / headers / PORTS / Raw(ALIVE)
    (found,) = found_in(packet)
    assert (found.payload, found.truncated) == (ALIVE, False)


def test_authentication_header_of_ipv4_is_passed_over() -> None:
    packet = (
        IP(src="192.0.2.17", dst="239.255.255.250") / AH(nh=17, payloadlen=4, icv=bytes(12)) / PORTS
    )
    assert [found.payload for found in found_in(packet / Raw(ALIVE))] == [ALIVE]


def test_more_extension_headers_than_anyone_sends_hold_nothing() -> None:
    packet = IPv6(src="fe80::11", dst="ff02::c")
    for _ in range(20):
        packet /= IPv6ExtHdrDestOpt()
    assert found_in(packet / PORTS / Raw(ALIVE)) == []


@pytest.mark.parametrize("headers", [IPv6ExtHdrHopByHop(len=200), IPv6ExtHdrDestOpt(len=255)])
def test_extension_header_longer_than_the_packet_holds_nothing(headers: Packet) -> None:
    assert found_in(IPv6(dst="ff02::c", src="fe80::11") / headers / PORTS / Raw(b"x")) == []


@pytest.mark.parametrize("make", [udp, udp6])
def test_frame_cut_by_the_snap_length_is_truncated(make: Any) -> None:
    frame = ethernet(make())
    head = len(frame) - len(ALIVE)
    shots = [record(frame[:size], original=len(frame)) for size in range(len(frame) + 1)]
    found = datagrams(pcap() + b"".join(shots))
    assert [datagram.frame - 1 for datagram in found] == list(range(head, len(frame) + 1))
    for datagram in found:
        assert datagram.payload == ALIVE[: datagram.frame - 1 - head]
        assert datagram.truncated == (datagram.payload != ALIVE)


@pytest.mark.parametrize("make", [udp, udp6])
@pytest.mark.parametrize("size", [1, 4, 18, 1000])
def test_what_pads_or_trails_a_frame_is_no_payload(make: Any, size: int) -> None:
    frame = ethernet(make(b"HTTP/1.1 200 OK\r\n\r\n"))
    (found,) = datagrams(pcap([frame + b"\xee" * size]))
    assert (found.payload, found.truncated) == (b"HTTP/1.1 200 OK\r\n\r\n", False)


SIZE = len(ALIVE)


@pytest.mark.parametrize(
    ("total", "length", "payload"),
    [
        (None, None, ALIVE),
        # Segmentation offload leaves 0 in what is captured before the network card.
        (0, None, ALIVE),
        (0, 0, ALIVE),
        (10, None, ALIVE),
        # UDP ends before IP, and what is between belongs to nothing.
        (None, SIZE + 8 - 3, ALIVE[:-3]),
        (None, 8, b""),
        # IP ends before UDP says it does.
        (None, SIZE + 8 + 1, ALIVE),
        (None, 0xFFFF, ALIVE),
        (20 + 8 + SIZE - 5, None, ALIVE[:-5]),
        # Too short for its own header: the rest of the packet is taken.
        (None, 0, ALIVE),
        (None, 7, ALIVE),
    ],
)
def test_wrong_lengths_in_ipv4_and_udp(
    total: int | None, length: int | None, payload: bytes
) -> None:
    packet = udp(len=total) if total is not None else udp()
    packet[UDP].len = length
    (found,) = found_in(packet)
    assert (found.payload, found.truncated) == (payload, False)


@pytest.mark.parametrize(("total", "length"), [(20, None), (27, None), (20, 0)])
def test_ip_packet_too_short_for_udp_holds_nothing(total: int, length: int | None) -> None:
    packet = udp(len=total)
    packet[UDP].len = length
    assert found_in(packet) == []


def test_ip_packet_longer_than_the_frame_is_truncated() -> None:
    (found,) = found_in(udp(len=1500))
    assert (found.payload, found.truncated) == (ALIVE, False)  # UDP says that this is all
    packet = udp(len=1500)
    packet[UDP].len = 1480
    (found,) = found_in(packet)
    assert (found.payload, found.truncated) == (ALIVE, True)


@pytest.mark.parametrize(
    ("plen", "length", "payload"),
    [
        (0, None, ALIVE),
        (0, 0, ALIVE),
        (8 + SIZE - 5, None, ALIVE[:-5]),
        (None, SIZE + 8 - 3, ALIVE[:-3]),
        (None, 0xFFFF, ALIVE),
        (None, 3, ALIVE),
    ],
)
def test_wrong_lengths_in_ipv6_and_udp(
    plen: int | None, length: int | None, payload: bytes
) -> None:
    packet = udp6(plen=plen) if plen is not None else udp6()
    packet[UDP].len = length
    (found,) = found_in(packet)
    assert (found.payload, found.truncated) == (payload, False)


@pytest.mark.parametrize("first", [0x05, 0x44, 0x40, 0x65, 0x00])
def test_ipv4_header_that_is_none_holds_nothing(first: int) -> None:
    packet = bytes(udp())
    frame = ethernet()[:14] + bytes([first]) + packet[1:]
    assert datagrams(pcap([frame])) == []


def test_checksums_are_not_looked_at() -> None:
    packet = udp(chksum=0xDEAD)
    packet[UDP].chksum = 0xBEEF
    assert len(found_in(packet)) == 1


@pytest.mark.parametrize("flags", ["DF", "evil", "DF+evil"])
def test_flags_that_make_no_fragment(flags: str) -> None:
    assert len(found_in(udp(flags=flags))) == 1


def test_other_protocols_hold_nothing() -> None:
    for protocol in (1, 2, 6, 50, 58, 89, 132, 255):
        assert found_in(udp(proto=protocol)) == []
        assert found_in(udp6(nh=protocol)) == []
