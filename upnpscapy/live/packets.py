"""IP packets rebuilt around the bytes that a socket sent or received."""

from __future__ import annotations

from struct import Struct

__all__ = ["ACK", "FIN", "PSH", "SYN", "tcp_packet", "udp_packet"]

FIN, SYN, PSH, ACK = 1, 2, 8, 16
"""Flags of a TCP segment."""

TCP, UDP = 6, 17

MAX_UDP = 65_535 - 20 - 8
"""Bytes of payload that a packet of either kind can hold."""

_ipv4 = Struct(">BBHHHBBH4s4s").pack
_ipv6 = Struct(">IHBB16s16s").pack
_udp = Struct(">HHHH").pack
_tcp = Struct(">HHIIBBHHH").pack
_pseudo_ipv4 = Struct(">4s4sBBH").pack
_pseudo_ipv6 = Struct(">16s16sII").pack

_WINDOW = 0xFFFF
_DO_NOT_FRAGMENT = 0x4000


def udp_packet(
    source: bytes, sport: int, destination: bytes, dport: int, ttl: int, payload: bytes
) -> bytes:
    """An IPv4 or IPv6 packet with a UDP datagram; addresses are packed."""
    payload = payload[:MAX_UDP]
    length = 8 + len(payload)
    whole = _udp(sport, dport, length, 0) + payload
    # A sum of 0 would say that there is none (RFC 768); _checksum never gives it.
    summed = _udp(sport, dport, length, _sum_with_addresses(source, destination, UDP, whole))
    return _ip(source, destination, UDP, ttl, summed + payload)


def tcp_packet(
    source: tuple[bytes, int],
    destination: tuple[bytes, int],
    sequence: int,
    acknowledged: int,
    flags: int,
    payload: bytes = b"",
    ttl: int = 64,
) -> bytes:
    """An IPv4 or IPv6 packet with a TCP segment; addresses are packed, with their ports."""

    def header(checksum: int) -> bytes:
        numbers = sequence & 0xFFFF_FFFF, acknowledged & 0xFFFF_FFFF
        return _tcp(source[1], destination[1], *numbers, 5 << 4, flags, _WINDOW, checksum, 0)

    checksum = _sum_with_addresses(source[0], destination[0], TCP, header(0) + payload)
    return _ip(source[0], destination[0], TCP, ttl, header(checksum) + payload)


def _ip(source: bytes, destination: bytes, protocol: int, ttl: int, content: bytes) -> bytes:
    if len(source) == 16:
        return _ipv6(6 << 28, len(content), protocol, ttl, source, destination) + content

    def header(checksum: int) -> bytes:
        length = 20 + len(content)
        flags = _DO_NOT_FRAGMENT if protocol == TCP else 0
        return _ipv4(0x45, 0, length, 0, flags, ttl, protocol, checksum, source, destination)

    return header(_checksum(header(0))) + content


def _sum_with_addresses(source: bytes, destination: bytes, protocol: int, content: bytes) -> int:
    """The checksum of UDP or TCP, which sums a pseudo header too (RFC 768; RFC 8200, 8.1)."""
    if len(source) == 16:
        pseudo = _pseudo_ipv6(source, destination, len(content), protocol)
    else:
        pseudo = _pseudo_ipv4(source, destination, 0, protocol, len(content))
    return _checksum(pseudo + content)


def _checksum(data: bytes) -> int:
    """The Internet checksum (RFC 1071), where 0 is written 0xFFFF."""
    number = int.from_bytes(data + bytes(len(data) % 2), "big")
    # 2**16 is 1 modulo 0xFFFF: the sum of the 16-bit words.
    return 0xFFFF - number % 0xFFFF
