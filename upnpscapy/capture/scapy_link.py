"""Link types and tunnels that are not worth own code: Scapy finds the IP packet in them.

Scapy is imported when the first such frame comes, and asked only about frames
in which discovery can be: its port or its words stand in their first bytes,
or what looks like a fragment of UDP.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

__all__ = ["InnerPacket", "find_ip", "may_hold_discovery"]

_MARKS = re.compile(rb"\x07\x6c|M-SEARCH|NOTIFY|HTTP/|SSDP/", re.IGNORECASE)

_FRAGMENTS = re.compile(
    rb"[\x45-\x4f].{5}(?:[^\x00\x40\x80\xc0].|.[^\x00]).\x11|[\x60-\x6f].{5}\x2c", re.DOTALL
)
"""What looks like the IPv4 header of a fragment of UDP, or an IPv6 header before a fragment's."""

_HEADERS = 512
"""Bytes of a frame in which a datagram's first words are expected, behind whatever headers."""


class InnerPacket(NamedTuple):
    """An IP packet that Scapy found in a frame."""

    data: bytes
    """From the IP header on."""
    link_source: bytes | None
    """The sender in the link layer next to the packet."""
    vlans: tuple[int, ...]
    """VLAN ids between that layer and the packet."""


def may_hold_discovery(frame: bytes) -> bool:
    """Whether it is worth to dissect the frame."""
    return bool(_MARKS.search(frame, 0, _HEADERS) or _FRAGMENTS.search(frame, 0, _HEADERS))


def find_ip(link_type: int, frame: bytes) -> InnerPacket | None:
    """The innermost IP packet of a frame, None if Scapy finds none in it."""
    import scapy.all  # noqa: F401  # registers every link type
    from scapy.config import conf
    from scapy.layers.inet import IP
    from scapy.layers.inet6 import IPv6
    from scapy.layers.l2 import Dot1Q

    # num2layer is the table itself: the look-up operator warns about unknown numbers.
    layer = conf.l2types.num2layer.get(link_type)
    if layer is None:
        return None
    debug, conf.debug_dissector = conf.debug_dissector, False
    try:
        packet: Any = layer(frame)
    except Exception:  # Scapy does not catch what its outermost layer raises, of a short frame say.
        return None
    finally:
        conf.debug_dissector = debug
    found = None
    link_source: bytes | None = None
    vlans: list[int] = []
    for place in packet.iterpayloads():
        if type(place) in (IP, IPv6):
            found = InnerPacket(place.original, link_source, tuple(vlans))
            if type(place) is IP and place.frag:
                break  # what follows is the middle of something
        elif isinstance(place, Dot1Q):
            vlans.append(int(place.vlan))
        elif address := _link_source(place):
            link_source, vlans = address, []
    return found


def _link_source(place: Any) -> bytes | None:
    """The sender's address, if the layer is a link layer that has one."""
    from scapy.layers.dot11 import Dot11
    from scapy.layers.l2 import CookedLinux, CookedLinuxV2, Dot3, Ether

    if isinstance(place, Ether | Dot3):
        return _packed(place.src)
    if isinstance(place, Dot11):
        # IEEE 802.11-2020, 9.3.2.1: the sender's place depends on the ways to and from an AP.
        fields = {0: "addr2", 1: "addr2", 2: "addr3", 3: "addr4"}
        return _packed(getattr(place, fields[int(place.FCfield) & 3]))
    if isinstance(place, CookedLinux | CookedLinuxV2) and place.lladdrlen == 6:
        return bytes(place.src[:6])
    return None


def _packed(address: str | None) -> bytes | None:
    return bytes.fromhex(address.replace(":", "")) if address else None
