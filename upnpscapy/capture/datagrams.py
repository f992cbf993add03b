"""Frames to UDP datagrams: those that can be discovery, each with its envelope.

Most frames of a capture are something else.
A plain Ethernet, IPv4, UDP frame is judged by a handful of bytes in place;
every other kind takes the general road, which reads link and network layer step by step;
what neither knows goes to Scapy, if discovery can be in it at all.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from socket import AF_INET, AF_INET6, inet_ntop
from struct import Struct, error
from typing import NamedTuple

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
from upnpscapy.capture.link import ETHERNET, IPV4, IPV6, READERS, Network
from upnpscapy.capture.scapy_link import find_ip, may_hold_discovery
from upnpscapy.protocol.ssdp_values import PORT

__all__ = ["Datagram", "DatagramReader", "Take", "address_text", "link_address_text"]

_WORDS = re.compile(rb"(?:\xef\xbb\xbf|[\r\n\0 \t])*(?:M-SEARCH|NOTIFY|HTTP/|SSDP/)", re.IGNORECASE)
"""How discovery begins, whatever the port; what it is after all is decided by its reader."""

_FIRST_BYTES = frozenset(bytes([first]) for first in b"MmNnHhSs\xef\r\n\0 \t")

_PLAIN_IPV4 = b"\x08\x00\x45"
"""EtherType IPv4, and a header without options."""

_PLAIN_IPV6 = b"\x86\xdd\x60"
"""EtherType IPv6, and the version with the usual traffic class."""

_plain = Struct(">6s3sxH2xHBB2x4s4sHHH").unpack_from
"""Of an Ethernet frame, from its sixth byte on: source, _PLAIN_IPV4, total length, fragment,
TTL, protocol, addresses, ports, UDP length."""

_plain_ipv6 = Struct(">6s6xHBB16s16sHHH").unpack_from
"""The same of IPv6: source, payload length, next header, hop limit, and as above."""

_NOT_PLAIN = TUNNELS | {AUTHENTICATION}
"""Protocols of IPv4 that UDP can be behind."""

_ETHERTYPES_WITHOUT_IP = frozenset((0x0806, 0x88CC, 0x888E, 0x8899, 0x893A))
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
    ttl: int
    """TTL, or IPv6's hop limit."""
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


class DatagramReader:
    """Batches of frames to datagrams; keeps incomplete ones, within bounds."""

    def __init__(self) -> None:
        self.reassembler = Reassembler()

    def read(self, batches: Iterable[Batch]) -> Iterator[Datagram]:
        """Datagrams that have to do with port 1900, or begin like discovery, in frame order."""
        for batch in batches:
            found: list[Datagram] = []
            self.read_batch(batch, lambda *fields, keep=found.append: keep(Datagram(*fields)))
            yield from found

    def read_batch(self, batch: Batch, take: Take) -> None:
        """Hand on the same of one batch: ``take`` gets the fields of each ``Datagram``."""
        if batch.link_type == ETHERNET:
            self._read_ethernet(batch, take)
            return
        for frame, start in enumerate(batch.starts, batch.first_frame):
            self._read_any(batch, frame, start, take)

    def _read_ethernet(self, batch: Batch, take: Take) -> None:
        data, describe = batch.data, batch.describe
        first_bytes, words = _FIRST_BYTES, _WORDS.match
        frame = batch.first_frame - 1
        for at in batch.starts:
            frame += 1
            try:
                if data[at + 23] == 6 and data[at + 12 : at + 15] == _PLAIN_IPV4:
                    continue  # TCP
                mac, kind, total, part, ttl, protocol, source, destination, sport, dport, length = (
                    _plain(data, at + 6)
                )
            except (IndexError, error):
                kind = None  # near the end of the buffer: the general road looks at its bounds
            if kind == _PLAIN_IPV4 and not part & 0x3FFF:
                if protocol == UDP:
                    discovery_port = dport == PORT or sport == PORT
                    if not discovery_port and data[at + 42 : at + 43] not in first_bytes:
                        continue
                    time_ns, captured, _ = describe(data, at)
                    end = at + 34 + length
                    if length >= 8 and end <= at + captured and length + 20 <= total:
                        payload = data[at + 42 : end]
                        if discovery_port or words(payload):
                            # fmt: off
                            take(
                                frame, time_ns, source, sport, destination, dport, mac, (), ttl,
                                payload, False,
                            )
                            # fmt: on
                        continue
                elif protocol not in _NOT_PLAIN:
                    continue
            elif kind == _PLAIN_IPV6 and (
                data[at + 20] == 6 or self._read_plain_ipv6(batch, frame, at, take)
            ):
                continue  # TCP, or done with
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
        if not discovery_port and data[at + 62 : at + 63] not in _FIRST_BYTES:
            return True
        time_ns, captured, _ = batch.describe(data, at)
        end = at + 54 + length
        if end > at + captured:
            return False
        payload = data[at + 62 : end]
        if discovery_port or _WORDS.match(payload):
            take(frame, time_ns, source, sport, destination, dport, mac, (), ttl, payload, False)
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
        if dport == PORT or sport == PORT or _WORDS.match(payload):
            envelope = packet.source, sport, packet.destination, dport
            link = network.link_source, network.vlans, packet.ttl
            take(frame, time_ns, *envelope, *link, payload, udp.truncated)

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
