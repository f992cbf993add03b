"""Link addresses and frames of a link, and the checksum of the Internet."""

from __future__ import annotations

from ipaddress import ip_address, ip_network
from struct import pack, unpack
from typing import Literal

from tests.forensics.judging import mac_of

__all__ = ["ETHERNET", "ROUTER", "SLL2", "Link", "checksum", "framed", "link_of"]

Link = Literal["ether", "vlan", "cooked"]

ETHERNET, SLL2 = 1, 276
"""Link types of pcap files."""

ROUTER = "192.168.1.1"
UPSTREAM = b"\x02\0\x5e\0\0\x01"
"""The router's next hop, for frames on the outer side."""

VLAN = 20

INSIDE = tuple(map(ip_network, ("192.168.1.0/24", "fd00::/8", "fe80::/10")))


def framed(link: Link, destination: bytes, source: bytes, kind: int, data: bytes) -> bytes:
    """A frame of a link: Ethernet, with a tag, or as a capture on all interfaces has it."""
    if link == "cooked":
        direction = 1 if destination[0] == 0xFF else 2 if destination[0] & 1 else 0
        return pack(">HHIHBB", kind, 0, 2, 1, direction, 6) + source + b"\0\0" + data
    tag = pack(">HH", 0x8100, VLAN) if link == "vlan" else b""
    return destination + source + tag + pack(">H", kind) + data


def link_of(address: str, other: str) -> bytes:
    """The link address by which one reaches an address; ``other`` is the end that sends there."""
    ip = ip_address(address)
    if ip.is_multicast:
        tail = ip.packed[-4:]
        if ip.version == 6:
            return b"\x33\x33" + tail
        return b"\x01\0\x5e" + bytes([tail[1] & 127]) + tail[2:]
    if address == "255.255.255.255":
        return b"\xff" * 6
    if _is_inside(address):
        return mac_of(address)
    return UPSTREAM if other == ROUTER or not _is_inside(other) else mac_of(ROUTER)


def _is_inside(address: str) -> bool:
    ip = ip_address(address)
    return any(ip in network for network in INSIDE if network.version == ip.version)


def checksum(data: bytes) -> int:
    """Of the Internet (RFC 1071)."""
    if len(data) % 2:
        data += b"\0"
    total: int = sum(unpack(f">{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF
