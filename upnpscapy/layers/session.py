"""SSDP on any port: searches by their content, responses by the search they answer.

Many devices answer from a port other than 1900, where Scapy sees bytes without a protocol.
"""

from __future__ import annotations

from typing import Any

from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.packet import Packet, Padding
from scapy.sessions import DefaultSession

from upnpscapy.layers.httpu import HTTPU
from upnpscapy.layers.ssdp import SSDP, SSDPSearch
from upnpscapy.protocol.pairing import SearchBook
from upnpscapy.protocol.ssdp import parse_ssdp

__all__ = ["SSDPSession"]

_BEGINNINGS = (b"M-SEARCH", b"NOTIFY", b"HTTP/")
_PROLOGUE = b"\xef\xbb\xbf\r\n\0 \t"
"""What some senders put before the start line."""


class SSDPSession(DefaultSession):
    """Types the payload of UDP datagrams that are SSDP, whatever their ports.

    ::

        sniff(session=SSDPSession, filter="udp")
        sniff(offline="capture.pcap", session=SSDPSession(IPSession))

    A datagram is SSDP if its content says so, or if it is a response to a search from the
    address and port it goes to, seen or expected within 30 s.
    HTTP over UDP that is not SSDP (Plex GDM on 32412, say) becomes ``HTTPU``; all else stays.
    """

    def __init__(self, supersession: Any = None) -> None:
        super().__init__(supersession)
        self._book = SearchBook()

    def expect(self, search: Packet) -> None:
        """Take note of a search that this session will not see, being the one that sent it."""
        self._note(search, search[UDP])

    def process(self, pkt: Packet) -> Packet | None:
        """The packet, with its SSDP payload typed in place."""
        processed = super().process(pkt)
        if processed is None:
            return None
        udp = processed.getlayer(UDP)
        if udp is not None:
            self._type(processed, udp)
        return processed

    def _type(self, packet: Packet, udp: Packet) -> None:
        payload = udp.payload
        if not isinstance(payload, HTTPU):
            data = payload.original or payload.self_build()
            if not _resembles(data):
                return
            cls = self._class(packet, udp, data)
            if cls is None:
                return
            # Set, not added: adding would also apply the ports a crafted message asks for.
            udp.payload = typed = cls(data, _internal=1, _underlayer=udp)
            padding = payload.getlayer(Padding)
            if padding is not None:
                typed.add_payload(padding)
        self._note(packet, udp)

    def _class(self, packet: Packet, udp: Packet, data: bytes) -> type[HTTPU] | None:
        typed = parse_ssdp(data)
        if typed.is_ssdp or (typed.kind == "response" and self._is_expected(packet, udp)):
            return SSDP
        start = typed.message.start
        is_http = (start.version or b"").upper().startswith(b"HTTP/")
        return HTTPU if is_http and (start.method or start.status is not None) else None

    def _note(self, packet: Packet, udp: Packet) -> None:
        message = udp.payload
        if not isinstance(message, SSDPSearch):
            return
        now = _time_ns(packet)
        for _ in self._book.expired(now):
            pass
        lower = _internet_layer(udp)
        if lower is not None:
            typed = message.ssdp
            self._book.open(lower.src, udp.sport, typed.st, typed.mx_seconds, now, None)

    def _is_expected(self, packet: Packet, udp: Packet) -> bool:
        lower = _internet_layer(udp)
        if lower is None:
            return False
        return self._book.answer(lower.dst, udp.dport, None, _time_ns(packet), 0) is not None


def _resembles(data: bytes) -> bool:
    return data[:32].lstrip(_PROLOGUE).upper().startswith(_BEGINNINGS)


def _internet_layer(udp: Packet) -> Packet | None:
    lower = udp.underlayer
    while lower is not None and not isinstance(lower, IP | IPv6):
        lower = lower.underlayer
    return lower


def _time_ns(packet: Packet) -> int:
    return int(packet.time * 1_000_000_000)
