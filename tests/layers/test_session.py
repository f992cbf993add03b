"""Trap 11: SSDP on any port, and what only resembles it."""

from pathlib import Path

import pytest
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Ether
from scapy.packet import Packet, Raw
from scapy.sendrecv import sniff
from scapy.sessions import IPSession
from scapy.utils import wrpcap

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
    SSDPResponse,
    SSDPSearch,
    SSDPSession,
    search_packet,
)
from upnpscapy.protocol import pairing

BARE_RESPONSE = b"HTTP/1.1 200 OK\r\nSERVER: x\r\n\r\n"
"""A response that says neither ST nor USN: only the search it answers makes it SSDP."""


def datagram(
    data: bytes,
    src: tuple[str, int],
    dst: tuple[str, int],
    at: float = 0.0,
) -> Packet:
    """A frame as a capture holds it."""
    lower = IPv6 if ":" in src[0] else IP
    packet = (
        Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
        / lower(src=src[0], dst=dst[0])
        / UDP(sport=src[1], dport=dst[1])
        / Raw(data)
    )
    frame = Ether(bytes(packet))
    frame.time = at
    return frame


SEARCHER = ("192.0.2.1", 40000)
DEVICE = ("192.0.2.7", 37565)
GROUP = ("239.255.255.250", 1900)


@pytest.mark.parametrize(
    ("data", "cls"),
    [
        (RESPONSE, SSDPResponse),
        (b"\r\n" + RESPONSE.lower(), SSDPResponse),
        (SEARCH, SSDPSearch),
        (ALIVE, SSDPAlive),
        (PLEX_GDM, HTTPU),
        (PLEX_GDM_RESPONSE, HTTPU),
        (BARE_RESPONSE, HTTPU),
        (WS_DISCOVERY, Raw),
        (b"M-SEARCH", Raw),
        (b"INVITE sip:a@192.0.2.1 SIP/2.0\r\n\r\n", Raw),
        (b"\0\1\2", Raw),
    ],
)
def test_content_decides_on_any_port(data: bytes, cls: type[Packet]) -> None:
    packet = datagram(data, DEVICE, ("192.0.2.1", 40000))
    before = bytes(packet)
    typed = SSDPSession().process(packet)
    assert typed is packet
    assert type(typed[UDP].payload) is cls
    assert typed[UDP].payload.underlayer is typed[UDP]
    assert bytes(typed) == before


@pytest.mark.parametrize(("data", "port"), [(PLEX_GDM, 32412), (WS_DISCOVERY, 3702)])
def test_lookalikes_are_not_ssdp(data: bytes, port: int) -> None:
    typed = SSDPSession().process(datagram(data, SEARCHER, ("239.0.0.250", port)))
    assert typed is not None
    assert SSDP not in typed


@pytest.mark.parametrize(("seconds", "expected"), [(0.1, True), (30.0, True), (30.1, False)])
def test_a_response_is_told_by_its_search(seconds: float, expected: bool) -> None:
    session = SSDPSession()
    session.process(datagram(SEARCH, SEARCHER, GROUP, 1000.0))
    reply = session.process(datagram(BARE_RESPONSE, DEVICE, SEARCHER, 1000.0 + seconds))
    assert reply is not None
    assert (SSDPResponse in reply) == expected
    assert HTTPU in reply


def test_only_the_searchers_address_and_port_are_waited_for() -> None:
    session = SSDPSession()
    session.process(datagram(SEARCH, SEARCHER, GROUP))
    for address, port in ((SEARCHER[0], 40001), ("192.0.2.2", SEARCHER[1])):
        reply = session.process(datagram(BARE_RESPONSE, DEVICE, (address, port)))
        assert reply is not None
        assert SSDP not in reply


def test_a_search_to_another_port_is_waited_for_too() -> None:
    session = SSDPSession()
    session.process(datagram(SEARCH, SEARCHER, ("192.0.2.7", 49152)))
    reply = session.process(datagram(BARE_RESPONSE, ("192.0.2.7", 49152), SEARCHER))
    assert reply is not None
    assert SSDPResponse in reply


def test_plex_gdm_opens_no_search() -> None:
    session = SSDPSession()
    session.process(datagram(PLEX_GDM, SEARCHER, ("239.0.0.250", 32412)))
    reply = session.process(datagram(PLEX_GDM_RESPONSE, ("192.0.2.7", 32412), SEARCHER))
    assert reply is not None
    assert SSDP not in reply


def test_ipv6_is_paired_too() -> None:
    session = SSDPSession()
    session.process(datagram(SEARCH, ("fe80::1", 40000), ("ff02::c", 1900)))
    reply = session.process(datagram(BARE_RESPONSE, ("fe80::7", 5000), ("fe80::1", 40000)))
    assert reply is not None
    assert SSDPResponse in reply


def test_a_search_this_program_sends_can_be_expected() -> None:
    session = SSDPSession()
    search = search_packet(sport=SEARCHER[1])
    search.src, search.time = SEARCHER[0], 1000.0
    session.expect(search)
    reply = session.process(datagram(BARE_RESPONSE, DEVICE, SEARCHER, 1001.0))
    assert reply is not None
    assert SSDPResponse in reply


def test_padding_stays_padding() -> None:
    frame = Ether(bytes(datagram(RESPONSE, DEVICE, SEARCHER)) + b"\0" * 4)
    typed = SSDPSession().process(frame)
    assert typed is not None
    assert bytes(typed[SSDPResponse]) == RESPONSE + b"\0" * 4
    assert typed["Padding"].load == b"\0" * 4
    assert bytes(typed[SSDPResponse].message) == RESPONSE
    assert bytes(typed) == bytes(frame)


def test_crafted_packets_keep_their_ports() -> None:
    packet = IP(src="192.0.2.1") / UDP() / Raw(RESPONSE)
    typed = SSDPSession().process(packet)
    assert typed is not None
    assert (typed.sport, typed.dport) == (53, 53)
    assert SSDPResponse in typed


def test_packets_without_udp_pass() -> None:
    for packet in (Ether(), IP() / Raw(RESPONSE), IP() / UDP()):
        assert SSDPSession().process(packet) is packet


def test_what_is_waited_for_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairing, "MAX_PENDING", 100)
    session = SSDPSession()
    for number in range(150):
        session.expect(IP(src=f"192.0.2.{number}") / UDP(sport=1024 + number) / SSDPSearch())
    assert len(session._book._open) <= 101


def test_sniff_takes_it_for_a_capture(tmp_path: Path) -> None:
    path = str(tmp_path / "a.pcap")
    wrpcap(path, [datagram(SEARCH, SEARCHER, GROUP), datagram(RESPONSE, DEVICE, SEARCHER)])
    for session in (SSDPSession, SSDPSession()):
        packets = sniff(offline=path, session=session)
        assert [type(packet[UDP].payload) for packet in packets] == [SSDPSearch, SSDPResponse]


def test_it_works_on_top_of_another_session() -> None:
    session = SSDPSession(IPSession)
    whole = datagram(RESPONSE, DEVICE, SEARCHER)
    link = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
    parts = [Ether(bytes(link / part)) for part in whole[IP].fragment(160)]
    assert len(parts) > 1
    results = [session.process(part) for part in parts]
    assert results[:-1] == [None] * (len(parts) - 1)
    assert results[-1] is not None
    assert bytes(results[-1][SSDPResponse]) == RESPONSE
