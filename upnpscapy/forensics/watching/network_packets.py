"""Packets that tell of the network itself: ARP, DHCP, neighbour discovery, a TCP handshake.

Read only as far as ``Surroundings`` and ``Connections`` want it; nothing raises.
"""

from __future__ import annotations

from struct import Struct

from upnpscapy.forensics.watching.surroundings import Surroundings

__all__ = ["read_arp", "read_dhcp", "read_neighbour_discovery"]

_arp = Struct(">HHBBH6s4s").unpack_from
_COOKIE = b"\x63\x82\x53\x63"
_OPTIONS = 240
"""Where the options of DHCP begin, behind the cookie (RFC 2131, 3)."""

MAX_OPTIONS = 64

MASK, ROUTER, END = 1, 3, 255
SOLICITATION, ADVERTISEMENT, REDIRECT = 133, 134, 137
PREFIX_INFORMATION = 3

HOPS = 255
"""Hop limit of neighbour discovery, which so cannot come from beyond the link (RFC 4861, 3.1)."""


def read_arp(body: bytes, told: Surroundings) -> None:
    """The sender of an ARP packet of Ethernet and IPv4 (RFC 826)."""
    if len(body) < 18:
        return
    hardware, protocol, hardware_size, protocol_size, _, link, address = _arp(body)
    if (hardware, protocol, hardware_size, protocol_size) == (1, 0x0800, 6, 4):
        told.saw_pair(address, link)


def read_dhcp(payload: bytes, told: Surroundings) -> None:
    """The network, the routers and the client of a DHCP reply (RFC 2132, 3.3 and 3.5)."""
    if len(payload) < _OPTIONS or payload[0] != 2 or payload[236:240] != _COOKIE:
        return
    client = payload[16:20]
    at = _OPTIONS
    for _ in range(MAX_OPTIONS):
        if at + 1 >= len(payload) or payload[at] == END:
            break
        option, size = payload[at], payload[at + 1]
        if option == 0:
            at += 1
            continue
        value = payload[at + 2 : at + 2 + size]
        if option == MASK and len(value) == 4 and any(client):
            bits = f"{int.from_bytes(value, 'big'):032b}"
            if "01" not in bits:
                told.saw_network(client, bits.count("1"))
        elif option == ROUTER:
            for start in range(0, len(value) - 3, 4):
                told.saw_router(value[start : start + 4])
        at += 2 + size
    if any(client) and payload[1:3] == b"\x01\x06":
        told.saw_pair(client, payload[28:34])


def read_neighbour_discovery(
    data: bytes,
    start: int,
    end: int,
    source: bytes,
    ttl: int,
    link: bytes | None,
    told: Surroundings,
) -> None:
    """The sender of a message of neighbour discovery, and what a router advertises (RFC 4861)."""
    if ttl != HOPS or end - start < 8 or link is None:
        return
    kind = data[start]
    if not SOLICITATION <= kind <= REDIRECT:
        return
    told.saw_pair(source, link)
    if kind != ADVERTISEMENT:
        return
    if data[start + 6 : start + 8] != b"\0\0":  # a lifetime: it is a default router
        told.saw_router(source)
    at = start + 16
    for _ in range(MAX_OPTIONS):
        if at + 2 > end or not (size := data[at + 1] * 8) or at + size > end:
            break
        if data[at] == PREFIX_INFORMATION and size == 32 and data[at + 3] & 0x80:
            told.saw_network(data[at + 16 : at + 32], data[at + 2])
        at += size
