"""Link layers read directly: where the network packet begins, who sent it, in which VLAN.

Each reader takes a buffer and the bounds of a frame in it.
It answers with the network protocol's EtherType, the offset of its header, the sender's
link address and the VLAN ids; or None for a frame that holds no such packet.
Link types without a reader are left to Scapy (``capture.scapy_link``).
"""

from __future__ import annotations

from collections.abc import Callable
from struct import Struct
from typing import NamedTuple

__all__ = [
    "ETHERNET",
    "IPV4",
    "IPV6",
    "PLAIN_IPV4",
    "PLAIN_IPV6",
    "READERS",
    "Network",
    "link_type_name",
]

IPV4, IPV6 = 0x0800, 0x86DD

PLAIN_IPV4 = b"\x08\x00\x45"
"""EtherType IPv4, and a header without options."""

PLAIN_IPV6 = b"\x86\xdd\x60"
"""EtherType IPv6, and the version with the usual traffic class."""

VLAN_TAGS = frozenset((0x8100, 0x88A8, 0x9100))
"""802.1Q, 802.1ad, and the QinQ tag from before 802.1ad."""

MAX_TAGS = 8

NULL, ETHERNET, PPP, PPP_HDLC, PPP_ETHER = 0, 1, 9, 50, 51
RAW_BSD, RAW_OPENBSD, RAW, LOOP, LINUX_SLL, IPV4_ONLY, IPV6_ONLY, LINUX_SLL2 = (
    *(12, 14, 101, 108, 113, 228, 229, 276),
)

_NAMES = {
    NULL: "NULL",
    ETHERNET: "ETHERNET",
    PPP: "PPP",
    PPP_HDLC: "PPP_HDLC",
    PPP_ETHER: "PPP_ETHER",
    RAW_BSD: "RAW",
    RAW_OPENBSD: "RAW",
    RAW: "RAW",
    105: "IEEE802_11",
    LOOP: "LOOP",
    LINUX_SLL: "LINUX_SLL",
    127: "IEEE802_11_RADIOTAP",
    163: "IEEE802_11_AVS",
    192: "PPI",
    IPV4_ONLY: "IPV4",
    IPV6_ONLY: "IPV6",
    249: "USBPCAP",
    LINUX_SLL2: "LINUX_SLL2",
}

_short = Struct(">H").unpack_from
_little, _big = Struct("<I").unpack_from, Struct(">I").unpack_from
_ADDRESS_FAMILIES = {2: IPV4, 10: IPV6, 24: IPV6, 28: IPV6, 30: IPV6}
"""AF_INET, and AF_INET6 of Linux, NetBSD and OpenBSD, FreeBSD, macOS."""
_PPP_PROTOCOLS = {0x21: IPV4, 0x57: IPV6}


class Network(NamedTuple):
    """A frame's network packet."""

    ethertype: int
    offset: int
    link_source: bytes | None
    """Six bytes; None where the link layer has no such address."""
    vlans: tuple[int, ...]
    """VLAN ids, the outermost first."""


Reader = Callable[[bytes, int, int], Network | None]


def link_type_name(link_type: int) -> str:
    """The LINKTYPE_ name without its prefix; the number for one that is rare."""
    return _NAMES.get(link_type, str(link_type))


def _read_ethernet(data: bytes, start: int, end: int) -> Network | None:
    if end - start < 14:
        return None
    (ethertype,) = _short(data, start + 12)
    source = data[start + 6 : start + 12]
    if ethertype not in VLAN_TAGS:
        return Network(ethertype, start + 14, source, ())
    return _read_tags(data, start + 14, end, ethertype, source)


def _read_tags(
    data: bytes, at: int, end: int, ethertype: int, source: bytes | None
) -> Network | None:
    """802.1Q tags; ``at`` is behind the EtherType that announces the first."""
    vlans: list[int] = []
    while ethertype in VLAN_TAGS and len(vlans) < MAX_TAGS:
        if end - at < 4:
            return None
        tag, ethertype = _short(data, at)[0], _short(data, at + 2)[0]
        vlans.append(tag & 0x0FFF)
        at += 4
    return Network(ethertype, at, source, tuple(vlans))


def _read_sll(data: bytes, start: int, end: int) -> Network | None:
    if end - start < 16:
        return None
    (length,) = _short(data, start + 4)
    (ethertype,) = _short(data, start + 14)
    source = data[start + 6 : start + 12] if length == 6 else None
    return _read_tags(data, start + 16, end, ethertype, source)


def _read_sll2(data: bytes, start: int, end: int) -> Network | None:
    if end - start < 20:
        return None
    (ethertype,) = _short(data, start)
    source = data[start + 12 : start + 18] if data[start + 11] == 6 else None
    return _read_tags(data, start + 20, end, ethertype, source)


def _read_raw(data: bytes, start: int, end: int) -> Network | None:
    if end - start < 1:
        return None
    ethertype = {4: IPV4, 6: IPV6}.get(data[start] >> 4)
    return Network(ethertype, start, None, ()) if ethertype else None


def _read_null(data: bytes, start: int, end: int) -> Network | None:
    """The address family is in the byte order of the machine that captured, or the network's."""
    if end - start < 5:
        return None
    family = min(_little(data, start)[0], _big(data, start)[0])
    ethertype = _ADDRESS_FAMILIES.get(family)
    return Network(ethertype, start + 4, None, ()) if ethertype else None


def _read_ppp(data: bytes, start: int, end: int) -> Network | None:
    """RFC 1661 and 1662: address, control and the protocol's first byte may be left out."""
    at = start
    if data[at : at + 2] == b"\xff\x03":
        at += 2
    if end - at < 2:
        return None
    protocol = data[at]
    at += 1
    if not protocol & 1:
        protocol = protocol << 8 | data[at]
        at += 1
    ethertype = _PPP_PROTOCOLS.get(protocol)
    return Network(ethertype, at, None, ()) if ethertype else None


READERS: dict[int, Reader] = {
    NULL: _read_null,
    ETHERNET: _read_ethernet,
    PPP: _read_ppp,
    PPP_HDLC: _read_ppp,
    RAW_BSD: _read_raw,
    RAW_OPENBSD: _read_raw,
    RAW: _read_raw,
    LOOP: _read_null,
    LINUX_SLL: _read_sll,
    IPV4_ONLY: _read_raw,
    IPV6_ONLY: _read_raw,
    LINUX_SLL2: _read_sll2,
}
"""Link type → reader."""
