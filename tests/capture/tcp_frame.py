"""A segment in an Ethernet frame: no options; checksums are left to the hardware."""

from __future__ import annotations

from struct import pack

from upnpscapy.capture.segments import Segment

__all__ = ["LINK", "tcp_frame"]

LINK = bytes.fromhex("020000000001020000000002")
"""Two addresses of Ethernet."""


def tcp_frame(segment: Segment, link: bytes = LINK) -> bytes:
    """The frame, without the bytes that are missing in the segment."""
    head = (segment.sport, segment.dport, segment.seq, segment.ack, 0x50, segment.flags)
    tcp = pack(">HHIIBBHHH", *head, 0xFFFF, 0, 0) + segment.payload
    addresses = segment.source + segment.destination
    size = len(tcp) + segment.missing
    if len(segment.source) == 4:
        ip = pack(">BBHHHBBH", 0x45, 0, 20 + size, 0, 0, 64, 6, 0) + addresses
        return link + b"\x08\x00" + ip + tcp
    return link + b"\x86\xdd" + pack(">IHBB", 6 << 28, size, 6, 64) + addresses + tcp
