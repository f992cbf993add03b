"""What kind of address a router says it has: reachable from the Internet, or behind another NAT.

``ipaddress.is_private`` is no answer: to it, documentation and CGNAT are much the same thing.
The ranges are those of IANA's special-purpose registries, the narrower before the wider.
"""

from __future__ import annotations

from functools import lru_cache
from ipaddress import ip_address, ip_network
from typing import Literal

__all__ = ["AddressClass", "address_class", "packed_class"]

AddressClass = Literal[
    "public",
    "private",
    "cgnat",
    "documentation",
    "benchmark",
    "loopback",
    "link-local",
    "multicast",
    "unspecified",
    "reserved",
    "invalid",
]

MAX_KNOWN = 64
"""Characters of a text that is remembered."""

_TEXT: tuple[tuple[str, AddressClass], ...] = (
    ("0.0.0.0/32", "unspecified"),
    ("0.0.0.0/8", "reserved"),
    ("10.0.0.0/8", "private"),  # RFC 1918
    ("100.64.0.0/10", "cgnat"),  # RFC 6598
    ("127.0.0.0/8", "loopback"),
    ("169.254.0.0/16", "link-local"),
    ("172.16.0.0/12", "private"),
    ("192.0.0.0/24", "reserved"),  # DS-Lite's 192.0.0.0/29 is in it
    ("192.0.2.0/24", "documentation"),  # RFC 5737
    ("192.88.99.0/24", "reserved"),  # 6to4 relays, RFC 7526
    ("192.168.0.0/16", "private"),
    ("198.18.0.0/15", "benchmark"),  # RFC 2544
    ("198.51.100.0/24", "documentation"),
    ("203.0.113.0/24", "documentation"),
    ("233.252.0.0/24", "documentation"),  # RFC 6676
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved"),
    ("::/128", "unspecified"),
    ("::1/128", "loopback"),
    ("64:ff9b::/96", "public"),  # NAT64, RFC 6052
    ("64:ff9b:1::/48", "private"),  # RFC 8215
    ("2001:2::/48", "benchmark"),  # RFC 5180
    ("2001:db8::/32", "documentation"),  # RFC 3849
    ("2001::/23", "reserved"),  # Teredo's 2001::/32 is in it
    ("3fff::/20", "documentation"),  # RFC 9637
    ("2000::/3", "public"),
    ("fc00::/7", "private"),  # RFC 4193
    ("fe80::/10", "link-local"),
    ("fec0::/10", "private"),  # site-local, RFC 3879
    ("ff00::/8", "multicast"),
    ("::/0", "reserved"),
)

_MAPPED = bytes(10) + b"\xff\xff"
"""Before the bytes of an IPv4 address in an IPv6 one."""

_Range = tuple[int, int, AddressClass]
"""Its first address, its mask, and its name."""


def _by_first_byte() -> dict[int, list[list[_Range]]]:
    """Bytes of an address → its first byte → the ranges it can be in."""
    found: dict[int, list[list[_Range]]] = {size: [[] for _ in range(256)] for size in (4, 16)}
    for text, name in _TEXT:
        network = ip_network(text)
        first, last = network.network_address.packed, network.broadcast_address.packed
        one = int(network.network_address), int(network.netmask), name
        for byte in range(first[0], last[0] + 1):
            found[len(first)][byte].append(one)
    return found


_RANGES = _by_first_byte()


def address_class(text: str) -> AddressClass:
    """The class of an IPv4 or IPv6 address, ``invalid`` if the text is none.

    An IPv4 address in an IPv6 one (``::ffff:192.0.2.1``) is what it is by itself.
    """
    return _known_class(text) if len(text) <= MAX_KNOWN else _class_of(text)


def packed_class(address: bytes) -> AddressClass:
    """The same of an address as it is in a packet: 4 or 16 bytes."""
    if address[:12] == _MAPPED:
        address = address[12:]
    number = int.from_bytes(address)
    for first, mask, name in _RANGES[len(address)][address[0]]:
        if number & mask == first:
            return name
    return "public"


def _class_of(text: str) -> AddressClass:
    try:
        return packed_class(ip_address(text.strip()).packed)
    except ValueError:
        return "invalid"


_known_class = lru_cache(4096)(_class_of)
