"""IPv4 and IPv6 down to UDP: RFC 791, RFC 8200 and RFC 768, read from a buffer in place.

A frame's bytes may be fewer than its headers promise (snap length) or more (link padding):
the headers' lengths bound the payload, and what was not captured makes it truncated.
"""

from __future__ import annotations

from struct import Struct
from typing import NamedTuple

from upnpscapy.capture.link import IPV4, IPV6

__all__ = [
    "AUTHENTICATION",
    "EXTENSIONS",
    "TUNNELS",
    "UDP",
    "Fragment",
    "Packet",
    "Udp",
    "is_group",
    "read_network",
    "read_udp",
    "skip_extensions",
]

UDP = 17
TUNNELS = frozenset((4, 41, 47))
"""IPv4 in IP, IPv6 in IP, GRE: left to Scapy."""

HOP_BY_HOP, ROUTING, FRAGMENT, AUTHENTICATION, DESTINATION = 0, 43, 44, 51, 60
EXTENSIONS = frozenset((HOP_BY_HOP, ROUTING, AUTHENTICATION, DESTINATION, 135, 139, 140))
"""Headers of the common form (RFC 6564), and AH; mobility, HIP and shim6 among them."""

MAX_EXTENSIONS = 16

_ipv4 = Struct(">BxHHHBB2x4s4s").unpack_from
_ipv6 = Struct(">IHBB16s16s").unpack_from
_fragment = Struct(">BxHI").unpack_from
_udp = Struct(">HHH").unpack_from


class Fragment(NamedTuple):
    """Where a packet's payload belongs in the whole that was fragmented."""

    identification: int
    offset: int
    """Bytes from the start of the whole."""
    more: bool


class Packet(NamedTuple):
    """An IP packet: its payload lies in the buffer from ``start`` to ``end``."""

    source: bytes
    destination: bytes
    ttl: int
    protocol: int
    start: int
    end: int
    truncated: bool
    fragment: Fragment | None


class Udp(NamedTuple):
    """A UDP datagram: its payload lies in the buffer from ``start`` to ``end``."""

    source_port: int
    destination_port: int
    start: int
    end: int
    truncated: bool


def is_group(address: bytes) -> bool:
    """Whether what is sent to a packed address goes to many: multicast or broadcast.

    What IPv4 has reserved between these (240.0.0.0/4) is nobody's own, and counts too.
    """
    return address[0] == 0xFF if len(address) == 16 else address[0] >= 224


def read_network(data: bytes, ethertype: int, at: int, end: int) -> Packet | None:
    """The IP packet whose header begins at ``at``, None if there is none."""
    if ethertype == IPV4:
        return _read_ipv4(data, at, end)
    if ethertype == IPV6:
        return _read_ipv6(data, at, end)
    return None


def read_udp(data: bytes, start: int, end: int, truncated: bool) -> Udp | None:
    """The UDP datagram between ``start`` and ``end``, None if its header is cut."""
    if end - start < 8:
        return None
    source_port, destination_port, length = _udp(data, start)
    promised = start + length if length >= 8 else end
    if promised <= end:
        return Udp(source_port, destination_port, start + 8, promised, False)
    return Udp(source_port, destination_port, start + 8, end, truncated)


def skip_extensions(data: bytes, protocol: int, at: int, end: int) -> tuple[int, int]:
    """The protocol behind extension headers and where it begins (RFC 8200, 4.1).

    The header of a fragment is not skipped, nor one that does not begin before ``end``.
    """
    for _ in range(MAX_EXTENSIONS):
        if protocol not in EXTENSIONS or end - at < 8:
            break
        size = (data[at + 1] + 2) * 4 if protocol == AUTHENTICATION else (data[at + 1] + 1) * 8
        protocol, at = data[at], at + size
    return protocol, at


def _read_ipv4(data: bytes, at: int, end: int) -> Packet | None:
    if end - at < 20:
        return None
    first, total, identification, flags, ttl, protocol, source, destination = _ipv4(data, at)
    header = (first & 0x0F) * 4
    if first >> 4 != 4 or header < 20 or at + header > end:
        return None
    # A total length of 0 is what segmentation offload leaves in captured frames.
    promised = at + total if total >= header else end
    fragment = None
    if flags & 0x3FFF:
        fragment = Fragment(identification, (flags & 0x1FFF) * 8, bool(flags & 0x2000))
    start, last = at + header, min(end, promised)
    if protocol == AUTHENTICATION and fragment is None:
        protocol, start = skip_extensions(data, protocol, start, last)
    return Packet(source, destination, ttl, protocol, start, last, promised > end, fragment)


def _read_ipv6(data: bytes, at: int, end: int) -> Packet | None:
    if end - at < 40:
        return None
    first, length, protocol, hops, source, destination = _ipv6(data, at)
    if first >> 28 != 6:
        return None
    promised = at + 40 + length if length else end
    last = min(end, promised)
    fragment = None
    protocol, at = skip_extensions(data, protocol, at + 40, last)
    while protocol == FRAGMENT and fragment is None and last - at >= 8:
        protocol, place, identification = _fragment(data, at)
        at += 8
        if place & 0xFFF9:
            fragment = Fragment(identification, place & 0xFFF8, bool(place & 1))
        else:  # an atomic fragment is no fragment (RFC 6946)
            protocol, at = skip_extensions(data, protocol, at, last)
    if at > last:
        return None
    return Packet(source, destination, hops, protocol, at, last, promised > end, fragment)
