"""Frames to UDP datagrams: those that can be discovery, each with its envelope.

Most frames of a capture are something else.
Those that can be TCP are set apart on the way, so that frames are gone through once.
A plain Ethernet, IPv4, UDP frame is judged by a handful of bytes in place;
every other kind takes the general road, which reads link and network layer step by step;
what neither knows goes to Scapy, if discovery can be in it at all.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from functools import lru_cache
from socket import AF_INET, AF_INET6, inet_ntop
from struct import Struct, error
from typing import NamedTuple, Protocol

from upnpscapy.capture.batch import Batch
from upnpscapy.capture.fragments import Reassembler
from upnpscapy.capture.ip import (
    AUTHENTICATION,
    EXTENSIONS,
    TUNNELS,
    UDP,
    Packet,
    read_network,
    read_udp,
    skip_extensions,
)
from upnpscapy.capture.link import (
    ETHERNET,
    IPV4,
    IPV6,
    PLAIN_IPV4,
    PLAIN_IPV6,
    READERS,
    Network,
)
from upnpscapy.capture.passing import FIRST_BYTES, SYN, Passing
from upnpscapy.capture.scapy_link import find_ip, may_hold_discovery
from upnpscapy.protocol.ssdp_values import PORT

__all__ = [
    "Datagram",
    "DatagramReader",
    "Onlooker",
    "Take",
    "address_text",
    "link_address_text",
]

_WORDS = re.compile(rb"(?:\xef\xbb\xbf|[\r\n\0 \t])*(?:M-SEARCH|NOTIFY|HTTP/|SSDP/)", re.IGNORECASE)
"""How discovery begins, whatever the port; what it is after all is decided by its reader."""

_FIRST_BYTES = frozenset(bytes([first]) for first in FIRST_BYTES)

_plain = Struct(">6s3sxH2xHBB2x4s4sHHH").unpack_from
"""Of an Ethernet frame, from its sixth byte on: source, PLAIN_IPV4, total length, fragment,
TTL, protocol, addresses, ports, UDP length."""

_plain_ipv6 = Struct(">6s6xHBB16s16sHHH").unpack_from
"""The same of IPv6: source, payload length, next header, hop limit, and as above."""

_NOT_PLAIN = TUNNELS | {AUTHENTICATION}
"""Protocols of IPv4 that UDP can be behind."""

_ARP = b"\x08\x06\0"
"""EtherType ARP, and the first byte of the hardware type."""

_ETHERTYPE_ARP = 0x0806

_ETHERTYPES_WITHOUT_IP = frozenset((_ETHERTYPE_ARP, 0x88CC, 0x888E, 0x8899, 0x893A))
"""ARP, LLDP, EAPOL, loop detection and IEEE 1905: never worth to ask Scapy."""


class Datagram(NamedTuple):
    """A UDP datagram that can be discovery, and the envelope it came in."""

    frame: int
    """The frame that completed it, if it was fragmented."""
    time_ns: int | None
    source: bytes
    """The sender's address as packed on the wire; ``src`` is its text."""
    sport: int
    destination: bytes
    dport: int
    link_source: bytes | None
    """None where the link layer has no such address."""
    vlans: tuple[int, ...]
    """VLAN ids, the outermost first."""
    ttl: int | None
    """TTL, or IPv6's hop limit; None where a socket does not tell."""
    payload: bytes
    truncated: bool
    """Not all of it was captured."""

    @property
    def src(self) -> str:
        """The sender's address."""
        return address_text(self.source)

    @property
    def dst(self) -> str:
        """The receiver's address."""
        return address_text(self.destination)

    @property
    def link_src(self) -> str | None:
        """The sender's link address, ``aa:bb:cc:dd:ee:ff``."""
        return link_address_text(self.link_source)


Take = Callable[
    [int, int | None, bytes, int, bytes, int, bytes | None, tuple[int, ...], int, bytes, bool], None
]
"""Takes the fields of a ``Datagram``, in their order."""


class Onlooker(Protocol):
    """Gets what is on the way to the datagrams and is none."""

    def arp(self, frame: int, time_ns: int | None, body: bytes) -> None:
        """An ARP packet, from its hardware type on."""

    def packet(
        self, frame: int, time_ns: int | None, data: bytes, packet: Packet, network: Network
    ) -> None:
        """A whole IP packet in ``data`` that is not UDP.

        Of plain Ethernet neither TCP comes, as ``sift`` tells where it is, nor what else is in
        IPv4.
        """


class DatagramReader:
    """Batches of frames to datagrams; keeps incomplete ones, within bounds.

    ``ports`` names who else takes datagrams that are no discovery, those to or from a port;
    to ports that are ``only_from`` they go to nobody.
    """

    def __init__(
        self,
        ports: Mapping[int, Take] | None = None,
        onlooker: Onlooker | None = None,
        only_from: Container[int] = (),
    ) -> None:
        self.reassembler = Reassembler()
        self._ports = ports or {}
        self._to_ports = {port: take for port, take in self._ports.items() if port not in only_from}
        self._onlooker = onlooker

    def passing(self, foreign: Container[bytes] | None) -> Passing:
        """What ``sift`` would not look into; directions of TCP can become foreign later too."""
        return Passing(foreign, (PORT, *self._ports), (PORT, *self._to_ports))

    def read(self, batches: Iterable[Batch]) -> Iterator[Datagram]:
        """Datagrams that have to do with port 1900, or begin like discovery, in frame order."""
        for batch in batches:
            found: list[Datagram] = []
            self.read_batch(batch, lambda *fields, keep=found.append: keep(Datagram(*fields)))
            yield from found

    def read_batch(self, batch: Batch, take: Take) -> None:
        """Hand on the same of one batch: ``take`` gets the fields of each ``Datagram``."""
        deque(self.sift(batch, take), 0)

    def sift(
        self, batch: Batch, take: Take, foreign: Container[bytes] | None = None
    ) -> Iterator[int]:
        """Hand on the datagrams of a batch, and tell on the way where TCP segments can be.

        They are those that ``SegmentReader`` would not pass over for being ``foreign``:
        positions in ``batch.starts``, none at all without ``foreign``.
        Each is looked at when it is asked for, so what is done with those before it can still
        make it foreign.
        """
        if batch.link_type == ETHERNET:
            yield from self._sift_ethernet(batch, take, foreign)
            return
        for frame, start in enumerate(batch.starts, batch.first_frame):
            self._read_any(batch, frame, start, take)
            if foreign is not None:
                yield frame - batch.first_frame

    def _sift_ethernet(
        self, batch: Batch, take: Take, foreign: Container[bytes] | None
    ) -> Iterator[int]:
        data, describe = batch.data, batch.describe
        first_bytes, words = _FIRST_BYTES, _WORDS.match
        ports, to_ports = self._ports, self._to_ports
        first, starts = batch.first_frame, batch.starts
        last = len(data) - 68  # an IPv6 frame that begins later can end before its TCP flags
        for place in range(len(starts)) if batch.kept is None else batch.kept:
            at = starts[place]
            frame = first + place
            try:
                if data[at + 23] == 6 and data[at + 12 : at + 15] == PLAIN_IPV4:
                    # The key of a direction: addresses and ports.
                    if foreign is not None and (
                        data[at + 26 : at + 38] not in foreign or data[at + 47] & SYN
                    ):
                        yield place
                    continue
                mac, kind, total, part, ttl, protocol, source, destination, sport, dport, length = (
                    _plain(data, at + 6)
                )
            except (IndexError, error):
                kind = None  # near the end of the buffer: the general road looks at its bounds
            if kind == PLAIN_IPV4 and not part & 0x3FFF:
                if protocol == UDP:
                    discovery_port = dport == PORT or sport == PORT
                    if (
                        not discovery_port
                        and data[at + 42 : at + 43] not in first_bytes
                        and sport not in ports
                        and dport not in to_ports
                    ):
                        continue
                    time_ns, captured, _ = describe(data, at)
                    end = at + 34 + length
                    if length >= 8 and end <= at + captured and length + 20 <= total:
                        payload = data[at + 42 : end]
                        taker = take
                        if not (discovery_port or words(payload)):
                            other = to_ports.get(dport) or ports.get(sport)
                            if other is None:
                                continue
                            taker = other
                        # fmt: off
                        taker(
                            frame, time_ns, source, sport, destination, dport, mac, (), ttl,
                            payload, False,
                        )
                        # fmt: on
                        continue
                elif protocol not in _NOT_PLAIN:
                    continue
            elif kind == PLAIN_IPV6:
                if data[at + 20] == 6:
                    if foreign is not None and (
                        data[at + 22 : at + 58] not in foreign or at > last or data[at + 67] & SYN
                    ):
                        yield place
                    continue
                if self._read_plain_ipv6(batch, frame, at, take):
                    continue
            elif kind == _ARP:
                if self._onlooker is not None:
                    time_ns, captured, _ = describe(data, at)
                    self._onlooker.arp(frame, time_ns, data[at + 14 : at + min(captured, 42)])
                continue
            if foreign is not None:
                yield place
            self._read_any(batch, frame, at, take)

    def _read_plain_ipv6(self, batch: Batch, frame: int, at: int, take: Take) -> bool:
        """Whether a frame is plain Ethernet, IPv6, UDP, and so is done with."""
        data = batch.data
        try:
            mac, total, following, ttl, source, destination, sport, dport, length = _plain_ipv6(
                data, at + 6
            )
        except error:
            return False
        if following != UDP or not 8 <= length <= total:
            return False
        discovery_port = dport == PORT or sport == PORT
        other = self._to_ports.get(dport) or self._ports.get(sport)
        if not discovery_port and other is None and data[at + 62 : at + 63] not in _FIRST_BYTES:
            return True
        time_ns, captured, _ = batch.describe(data, at)
        end = at + 54 + length
        if end > at + captured:
            return False
        payload = data[at + 62 : end]
        taker = take if discovery_port or _WORDS.match(payload) else other
        if taker is not None:
            taker(frame, time_ns, source, sport, destination, dport, mac, (), ttl, payload, False)
        return True

    def _read_any(self, batch: Batch, frame: int, start: int, take: Take) -> None:
        """The general road: any link type, VLANs, IPv6, options, fragments, truncation."""
        data = batch.data
        time_ns, captured, _ = batch.describe(data, start)
        end = start + captured
        reader = READERS.get(batch.link_type)
        network = reader(data, start, end) if reader is not None else None
        if network is not None:
            packet = read_network(data, network.ethertype, network.offset, end)
            if packet is not None and packet.protocol not in TUNNELS:
                self._read_packet(frame, time_ns, data, packet, network, take)
                return
            if packet is None and network.ethertype in _ETHERTYPES_WITHOUT_IP:
                if network.ethertype == _ETHERTYPE_ARP and self._onlooker is not None:
                    body = data[network.offset : min(end, network.offset + 28)]
                    self._onlooker.arp(frame, time_ns, body)
                return
        self._ask_scapy(batch, frame, time_ns, data[start:end], take)

    def _read_packet(
        self,
        frame: int,
        time_ns: int | None,
        data: bytes,
        packet: Packet,
        network: Network,
        take: Take,
    ) -> None:
        protocol = packet.protocol
        if protocol != UDP and (packet.fragment is None or protocol not in EXTENSIONS):
            if packet.fragment is None and self._onlooker is not None:
                self._onlooker.packet(frame, time_ns, data, packet, network)
            return
        start, end, truncated = packet.start, packet.end, packet.truncated
        if packet.fragment is not None:
            payload = data[start:end]
            whole = self.reassembler.add(packet, payload, time_ns, network.vlans)
            if whole is None:
                return
            data, start, end, truncated = whole, 0, len(whole), False
            protocol, start = skip_extensions(data, protocol, start, end)
            if protocol != UDP:
                return
        udp = read_udp(data, start, end, truncated)
        if udp is None:
            return
        payload = data[udp.start : udp.end]
        sport, dport = udp.source_port, udp.destination_port
        taker: Take | None = take
        if dport != PORT and sport != PORT and not _WORDS.match(payload):
            taker = self._to_ports.get(dport) or self._ports.get(sport)
        if taker is not None:
            envelope = packet.source, sport, packet.destination, dport
            link = network.link_source, network.vlans, packet.ttl
            taker(frame, time_ns, *envelope, *link, payload, udp.truncated)

    def _ask_scapy(
        self, batch: Batch, frame: int, time_ns: int | None, data: bytes, take: Take
    ) -> None:
        if not may_hold_discovery(data):
            return
        inner = find_ip(batch.link_type, data)
        if inner is None or not inner.data:
            return
        ethertype = IPV6 if inner.data[0] >> 4 == 6 else IPV4
        packet = read_network(inner.data, ethertype, 0, len(inner.data))
        if packet is not None:
            network = Network(ethertype, 0, inner.link_source, inner.vlans)
            self._read_packet(frame, time_ns, inner.data, packet, network, take)


@lru_cache(4096)
def address_text(packed: bytes) -> str:
    """An IPv4 or IPv6 address as text."""
    return inet_ntop(AF_INET if len(packed) == 4 else AF_INET6, packed)


@lru_cache(4096)
def link_address_text(packed: bytes | None) -> str | None:
    """A link address as ``aa:bb:cc:dd:ee:ff``; None stays None."""
    return None if packed is None else packed.hex(":")
