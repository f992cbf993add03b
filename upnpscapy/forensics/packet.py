"""A frame of a capture as a Scapy packet."""

from __future__ import annotations

import scapy.all  # noqa: F401  # registers every link type
from scapy.config import conf
from scapy.packet import Packet, Raw
from scapy.utils import EDecimal

import upnpscapy.layers  # noqa: F401  # binds SSDP, so that the packet shows it
from upnpscapy.capture.batch import Frame

__all__ = ["scapy_packet"]


def scapy_packet(frame: Frame) -> Packet:
    """The frame dissected from its link type on, with its time and its length on the wire."""
    layer = conf.l2types.num2layer.get(frame.link_type, Raw)
    packet: Packet = layer(frame.data)
    if frame.record.time_ns is not None:
        packet.time = EDecimal(frame.record.time_ns) / 1_000_000_000
    packet.wirelen = frame.record.original
    return packet
