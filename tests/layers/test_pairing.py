"""Trap 9: how ``sr()`` pairs the responses to a multicast search, on a wire that is not there."""

import time
from collections import deque
from typing import Any

import pytest
from scapy.config import conf
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.packet import Packet, Raw
from scapy.plist import SndRcvList
from scapy.sendrecv import sndrcv
from scapy.supersocket import SuperSocket

from upnpscapy.layers import SSDP, SSDPResponse, SSDPSearch, SSDPSession, search_packet

RESPONDERS = (("192.0.2.7", 1900), ("192.0.2.8", 37565), ("192.0.2.9", 1900))
SEARCHER = "192.0.2.1"


class Wire(SuperSocket):
    """A network whose devices answer every search as ``respond`` says."""

    nonblocking_socket = True

    def __init__(self, respond: Any) -> None:
        self.respond = respond
        self.arriving: deque[Packet] = deque()

    def send(self, x: Packet) -> int:
        data = bytes(x)
        self.arriving.extend(self.respond(x.__class__(data)))
        return len(data)

    def recv(self, x: int = 65535, **kwargs: Any) -> Packet | None:
        packet = self.arriving.popleft()
        packet.time = time.time()
        return packet

    def close(self) -> None:
        self.closed = True

    @staticmethod
    def select(sockets: list[Any], remain: float | None = None) -> list[Any]:
        ready = [wire for wire in sockets if wire.arriving]
        if not ready:
            time.sleep(0.01)
        return ready


def responses(search: Packet) -> list[Packet]:
    """Three devices answer, one from a port of its own; something else comes too."""
    found = [
        IP(src=address, dst=SEARCHER)
        / UDP(sport=port, dport=search.sport)
        / SSDPResponse(ST=search.ST)
        for address, port in RESPONDERS
    ]
    found.append(IP(src="192.0.2.9", dst=SEARCHER) / UDP(sport=1900, dport=9) / SSDPResponse())
    return [IP(bytes(packet)) for packet in found]


def sr(request: Any, respond: Any = responses, **options: Any) -> SndRcvList:
    answered, _ = sndrcv(Wire(respond), request, multi=True, timeout=0.2, **options)
    return answered


def test_all_responses_are_paired_when_addresses_are_not_compared() -> None:
    conf.checkIPaddr = False
    answered = sr(IP(src=SEARCHER) / UDP(sport=40000) / SSDPSearch())
    assert [(reply.src, reply.sport) for _, reply in answered] == [*RESPONDERS]
    assert [SSDPResponse in reply for _, reply in answered] == [True, False, True]


def test_a_session_types_the_response_from_an_ephemeral_port() -> None:
    conf.checkIPaddr = False
    search = search_packet()
    search.src = SEARCHER
    answered = sr(search, session=SSDPSession)
    assert [reply[SSDPResponse].ST for _, reply in answered] == [b"ssdp:all"] * 3
    assert [reply.sport for _, reply in answered] == [1900, 37565, 1900]


def test_none_is_paired_while_addresses_are_compared() -> None:
    conf.checkIPaddr = True
    assert len(sr(IP(src=SEARCHER) / UDP(sport=40000) / SSDPSearch())) == 0


def test_responses_go_to_the_search_they_are_for() -> None:
    conf.checkIPaddr = False
    searches = IP(src=SEARCHER) / UDP(sport=40000) / SSDPSearch(ST=["urn:x:a:1", "urn:x:b:1"])
    answered = sr(searches, session=SSDPSession)
    assert len(answered) == 6
    assert all(request.ST == reply.ST for request, reply in answered)


def test_a_search_written_as_raw_bytes_is_paired_too() -> None:
    conf.checkIPaddr = False

    def respond(search: Packet) -> list[Packet]:
        return responses(search)[:1]

    raw = IP(src=SEARCHER) / UDP(sport=40000, dport=1900) / Raw(bytes(SSDPSearch()))
    assert len(sr(raw, respond)) == 1


@pytest.mark.parametrize("lower", [IP, IPv6])
def test_hashret_adds_nothing_of_its_own(lower: type[Packet]) -> None:
    conf.checkIPaddr = False
    source, group = (SEARCHER, "239.255.255.250") if lower is IP else ("fe80::1", "ff02::c")
    device = "192.0.2.7" if lower is IP else "fe80::7"
    request = lower(src=source, dst=group) / UDP(sport=40000) / SSDPSearch()
    assert SSDPSearch().hashret() == SSDPResponse().hashret() == b""
    for port in (1900, 37565):
        reply = lower(src=device, dst=source) / UDP(sport=port, dport=40000) / SSDPResponse()
        dissected = lower(bytes(reply))
        assert (SSDP in dissected) == (port == 1900)
        assert dissected.hashret() == request.hashret()
        assert dissected.answers(request)
    stray = lower(src=device, dst=source) / UDP(sport=1900, dport=40001) / SSDPResponse()
    assert not lower(bytes(stray)).answers(request)
