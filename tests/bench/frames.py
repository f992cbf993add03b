"""Ethernet frames with correct lengths and checksums, packed without Scapy.

A `Path` is one direction between two hosts. All that stays the same for every frame on it
(Ethernet header, addresses, their part of each checksum) is computed once.
"""

import struct
from typing import NamedTuple

ICMP, TCP, UDP, ICMP6 = 1, 6, 17, 58
SMALLEST_FRAME = 60
"""Bytes without the check sequence; shorter frames are padded on the wire (IEEE 802.3)."""
QUOTE = 548
"""Bytes of the offending packet in a port-unreachable: 576 less the outer headers (RFC 1812)."""

_IPV4 = struct.Struct(">BBHHHBBH")
_IPV6 = struct.Struct(">IHBB")
_TCP = struct.Struct(">HHIIBBHHH")
_UDP = struct.Struct(">HHHH")
_ONES = 0xFFFF


class Endpoint(NamedTuple):
    """A host as a frame names it: its link address and its IPv4 or IPv6 address."""

    mac: bytes
    ip: bytes


class Path:
    """One direction of traffic; its methods return whole Ethernet frames."""

    __slots__ = ("_addresses", "_ethernet", "_header_sum", "_ident", "_pseudo_sum", "_ttl", "_v6")

    def __init__(self, source: Endpoint, target: Endpoint, ttl: int = 64, ident: int = 0) -> None:
        self._v6 = len(source.ip) == 16
        self._ethernet = target.mac + source.mac + (b"\x86\xdd" if self._v6 else b"\x08\x00")
        self._addresses = source.ip + target.ip
        self._ttl = ttl
        self._ident = ident
        self._pseudo_sum = int.from_bytes(self._addresses) % _ONES
        self._header_sum = self._pseudo_sum + 0x4500 + 0x4000 + (ttl << 8)

    def packet(self, protocol: int, body: bytes) -> bytes:
        """Return the frame around an IP payload, padded to the smallest size."""
        if self._v6:
            header = _IPV6.pack(0x60000000, len(body), protocol, self._ttl)
        else:
            length = 20 + len(body)
            self._ident = ident = (self._ident + 1) & _ONES
            checksum = _ONES - (self._header_sum + protocol + length + ident) % _ONES
            header = _IPV4.pack(0x45, 0, length, ident, 0x4000, self._ttl, protocol, checksum)
        frame = b"".join((self._ethernet, header, self._addresses, body))
        return frame if len(frame) >= SMALLEST_FRAME else frame.ljust(SMALLEST_FRAME, b"\0")

    def udp(self, sport: int, dport: int, payload: bytes) -> bytes:
        """Return a frame with one UDP datagram."""
        length = 8 + len(payload)
        total = self._pseudo_sum + UDP + sport + dport + 2 * length + _words(payload)
        return self.packet(UDP, _UDP.pack(sport, dport, length, _ONES - total % _ONES) + payload)

    def tcp(
        self,
        ports: tuple[int, int],
        seq: int,
        ack: int,
        flags: int,
        window: int,
        payload: bytes = b"",
        options: bytes = b"",
    ) -> bytes:
        """Return a frame with one TCP segment; `options` are padded to four bytes by the caller."""
        offset = (5 + len(options) // 4) << 4
        head = _TCP.pack(*ports, seq, ack, offset, flags, window, 0, 0) + options
        total = self._pseudo_sum + TCP + len(head) + len(payload)
        total += int.from_bytes(head) + _words(payload)
        checksum = (_ONES - total % _ONES).to_bytes(2)
        return self.packet(TCP, b"".join((head[:16], checksum, head[18:], payload)))

    def icmp(self, kind: int, code: int, rest: bytes) -> bytes:
        """Return a frame with an ICMP message; `rest` is all that follows the checksum."""
        total = (kind << 8) + code + _words(rest)
        protocol = ICMP
        if self._v6:
            protocol = ICMP6
            total += self._pseudo_sum + ICMP6 + 4 + len(rest)
        checksum = (_ONES - total % _ONES).to_bytes(2)
        return self.packet(protocol, bytes((kind, code)) + checksum + rest)

    def port_unreachable(self, frame: bytes) -> bytes:
        """Return the ICMP answer to an IPv4 frame that reached a closed UDP port."""
        return self.icmp(3, 3, bytes(4) + frame[14 : 14 + QUOTE])


def arp(operation: int, source: Endpoint, target: Endpoint) -> bytes:
    """Return an ARP request (1), which is broadcast, or its reply (2)."""
    request = operation == 1
    head = (b"\xff" * 6 if request else target.mac) + source.mac + b"\x08\x06"
    asked = bytes(6) if request else target.mac
    body = struct.pack(">HHBBH", 1, 0x0800, 6, 4, operation) + source.mac + source.ip
    return (head + body + asked + target.ip).ljust(SMALLEST_FRAME, b"\0")


def _words(data: bytes) -> int:
    """Return a number that is congruent to the sum of the 16-bit words, modulo 65535."""
    value = int.from_bytes(data)
    return value << 8 if len(data) & 1 else value
