"""Substitutes for link and IP addresses: of the same class, and as long when written as text.

Neighbours stay neighbours: addresses with the same beginning have substitutes with the same
beginning, octet by octet (IPv4) or group by group (IPv6).
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b
from ipaddress import IPv4Address, IPv6Address

from upnpscapy.protocol.address_class import address_class

__all__ = ["Addresses", "keyed"]

_MAPPED = bytes(10) + b"\xff\xff"
"""How an IPv4 address in one of IPv6 begins."""

_KEPT = frozenset(("loopback", "multicast", "unspecified"))
"""Classes of addresses that tell of nobody."""

_DECIMAL = ((0, 10), (10, 100), (100, 256))
"""Numbers with as many decimal digits."""

_DIGITS = ((0, 1), (1, 16), (16, 256), (256, 4096), (4096, 65536))
"""Numbers with as many hexadecimal digits."""


def keyed(key: bytes, *parts: bytes, size: int = 32) -> bytes:
    """Bytes that follow from the parts, and tell nothing of them without the key."""
    state = blake2b(key=key, digest_size=min(size, 64))
    for part in parts:
        state.update(len(part).to_bytes(4))
        state.update(part)
    found = state.digest()
    while len(found) < size:
        found += blake2b(found[-64:], key=key).digest()
    return found[:size]


class Addresses:
    """Substitutes, which are none of the addresses that were seen.

    They are given out in the order of the addresses seen, and then as they are asked for.
    """

    def __init__(self, key: bytes, seen: Iterable[bytes] = ()) -> None:
        self._key = key
        self._seen = frozenset(seen)
        self._beginnings = {one[:size] for one in self._seen if len(one) == 4 for size in (1, 2, 3)}
        self._known: dict[bytes, bytes] = {}
        self._prefixes: dict[tuple[str, bytes], bytes] = {}
        self._orders: dict[tuple[bytes, tuple[int, int]], list[int]] = {}
        self._used: set[bytes] = set()
        for one in sorted(self._seen):
            self.ip(one)

    def ip(self, packed: bytes) -> bytes:
        """The substitute of an IPv4 or IPv6 address, packed as on the wire.

        Multicast groups, this host and other addresses that are nobody's are kept.
        """
        found = self._known.get(packed)
        if found is None:
            if packed.startswith(_MAPPED) and len(packed) == 16:
                found = _MAPPED + self.ip(packed[12:])
            else:
                found = self._ip4(packed) if len(packed) == 4 else self._ip6(packed)
            self._known[packed] = found
        return found

    def link(self, packed: bytes) -> bytes:
        """The substitute of a link address of six bytes, by maker; multicast ones are kept."""
        if not any(packed) or packed == b"\xff" * 6 or packed[:3] == b"\1\0\x5e":
            return packed
        maker = keyed(self._key, b"maker", packed[:3], size=3)
        rest = keyed(self._key, b"link", packed, size=3)
        return bytes([maker[0] & 0xFC | packed[0] & 3]) + maker[1:] + rest

    def _ip4(self, packed: bytes) -> bytes:
        kind = address_class(str(IPv4Address(packed)))
        if kind in _KEPT or packed[0] == 0 or packed[0] >= 224:
            return packed
        found = b""
        for size in range(1, 5):
            known = self._prefixes.get((kind, packed[:size]))
            if known is None:
                known = self._next(packed, found, kind)
                self._prefixes[kind, packed[:size]] = known
                self._used.add(known)
            found = known
        return found

    def _next(self, packed: bytes, found: bytes, kind: str) -> bytes:
        """The substitute of one more octet, behind those that are found already."""
        size = len(found) + 1
        octet, last = packed[size - 1], size == 4
        if last and octet in (0, 255):
            return found + packed[3:]  # a network, a broadcast
        choices = self._order(found, next(pair for pair in _DECIMAL if octet < pair[1]))
        taken = self._seen if last else self._beginnings
        fitting = []
        for one in choices:
            new = found + bytes([one])
            if new in self._used or (last and one in (0, 255)):
                continue
            if address_class(str(IPv4Address(new + packed[size:]))) != kind:
                continue
            if new not in taken:
                return new
            fitting.append(new)
        return fitting[0] if fitting else found + bytes([octet])

    def _order(self, found: bytes, span: tuple[int, int]) -> list[int]:
        """What can follow a prefix, in an order that follows from the key."""
        order = self._orders.get((found, span))
        if order is None:
            order = sorted(
                range(*span),
                key=lambda one: keyed(self._key, b"octet", found, bytes([one]), size=8),
            )
            self._orders[found, span] = order
        return order

    def _ip6(self, packed: bytes) -> bytes:
        kind = address_class(str(IPv6Address(packed)))
        if (kind in _KEPT and not any(packed[2:14])) or not any(packed[:15]):
            return packed  # well-known groups, :: and ::1
        groups = [int.from_bytes(packed[at : at + 2]) for at in range(0, 16, 2)]
        fixed = 0 if kind in ("public", "private") and packed[0] else 2
        if packed[0] in (0xFE, 0xFF):
            fixed = 1
        for turn in range(256):
            found = [
                group if place < fixed or not group else self._group(packed, place, turn)
                for place, group in enumerate(groups)
            ]
            new = b"".join(group.to_bytes(2) for group in found)
            if new in self._used or new in self._seen or new == packed:
                continue
            if address_class(str(IPv6Address(new))) == kind:
                break
        self._used.add(new)
        return new

    def _group(self, packed: bytes, place: int, turn: int) -> int:
        """The substitute of one group; with another ``turn`` another one, of the last groups."""
        group = int.from_bytes(packed[2 * place : 2 * place + 2])
        low, high = next(pair for pair in _DIGITS if group < pair[1])
        if not place and 0x2000 <= group < 0x4000:
            low, high = 0x2000, 0x4000
        elif not place and packed[0] in (0xFC, 0xFD):
            low, high = packed[0] << 8, (packed[0] << 8) + 256
        more = bytes([turn]) if place >= 4 or turn > 128 else b""
        return _permuted(self._key, packed[: 2 * place] + more, group, low, high)


def _permuted(key: bytes, above: bytes, value: int, low: int, high: int) -> int:
    """Another number of a range: a keyed permutation (Feistel, walked until within)."""
    while True:
        left, right = value >> 8, value & 0xFF
        for turn in range(4):
            left, right = right, left ^ keyed(key, b"group", above, bytes((turn, right)), size=1)[0]
        value = left << 8 | right
        if low <= value < high:
            return value
