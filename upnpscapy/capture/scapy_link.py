"""Link types and tunnels that are not worth own code: Scapy finds the IP packet in them.

Scapy is imported when the first such frame comes, and asked only about frames
in which discovery can be: its port or its words stand somewhere in the bytes.
"""

from __future__ import annotations

import re
from typing import Any, NamedTuple

__all__ = ["InnerPacket", "find_ip", "may_hold_discovery"]

_MARKS = re.compile(rb"\x07\x6c|M-SEARCH|NOTIFY|HTTP/|SSDP/", re.IGNORECASE)


class InnerPacket(NamedTuple):
    """An IP packet that Scapy found in a frame."""

    data: bytes
    """From the IP header on."""
    link_source: bytes | None
    vlans: tuple[int, ...]


def may_hold_discovery(frame: bytes) -> bool:
    """Whether it is worth to dissect the frame."""
    return _MARKS.search(frame) is not None


def find_ip(link_type: int, frame: bytes) -> InnerPacket | None:
    """The innermost IP packet of a frame, None if Scapy knows none in it."""
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
    finally:
        conf.debug_dissector = debug
    found = None
    vlans: list[int] = []
    for place in packet.iterpayloads():
        if type(place) in (IP, IPv6):
            found = place
        elif isinstance(place, Dot1Q) and found is None:
            vlans.append(int(place.vlan))
    if found is None:
        return None
    return InnerPacket(found.original, _link_source(packet), tuple(vlans))


def _link_source(packet: Any) -> bytes | None:
    for place in packet.iterpayloads():
        for field in ("src", "addr2"):
            value = getattr(place, field, None)
            if isinstance(value, str) and value.count(":") == 5 and len(value) == 17:
                return bytes.fromhex(value.replace(":", ""))
    return None
