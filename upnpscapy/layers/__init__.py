"""HTTPU and SSDP as Scapy packets: craft, send, sniff, dissect.

To import this binds SSDP to UDP port 1900, over IPv4 and IPv6.
"""

from upnpscapy.layers.bindings import SEARCHER_PORT
from upnpscapy.layers.datagram import search_packet, ssdp_packet
from upnpscapy.layers.httpu import HTTPU
from upnpscapy.layers.session import SSDPSession
from upnpscapy.layers.ssdp import (
    SSDP,
    SSDPAlive,
    SSDPByebye,
    SSDPResponse,
    SSDPSearch,
    SSDPUpdate,
)

__all__ = [
    "HTTPU",
    "SEARCHER_PORT",
    "SSDP",
    "SSDPAlive",
    "SSDPByebye",
    "SSDPResponse",
    "SSDPSearch",
    "SSDPSession",
    "SSDPUpdate",
    "search_packet",
    "ssdp_packet",
]
