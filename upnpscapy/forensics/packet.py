"""A frame of a capture as a Scapy packet."""

from __future__ import annotations

from struct import error

import scapy.all  # noqa: F401  # registers every link type
from scapy.config import conf
from scapy.packet import Packet, Raw
from scapy.utils import EDecimal

import upnpscapy.layers  # noqa: F401  # binds SSDP, so that the packet shows it
from upnpscapy.capture.batch import Frame

__all__ = ["scapy_packet"]


def scapy_packet(frame: Frame) -> Packet:
    """The frame dissected from its link type on, with its time and its length on the wire.

    What is too short even for Scapy's first layer, or of a link type it does not know, is ``Raw``.
    """
    layer = conf.l2types.num2layer.get(frame.link_type, Raw)
    packet: Packet
    try:
        packet = layer(frame.data)
    except error:
        packet = Raw(frame.data)
    if frame.record.time_ns is not None:
        packet.time = EDecimal(frame.record.time_ns) / 1_000_000_000
    packet.wirelen = frame.record.original
    return packet
