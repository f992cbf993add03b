"""HTTPU, SSDP, NAT-PMP and PCP as Scapy packets: craft, send, sniff, dissect.

To import this binds SSDP to UDP port 1900, NAT-PMP and PCP to 5351, over IPv4 and IPv6.
"""

from upnpscapy.layers.bindings import SEARCHER_PORT
from upnpscapy.layers.datagram import search_packet, ssdp_packet
from upnpscapy.layers.httpu import HTTPU
from upnpscapy.layers.natpmp import (
    NATPMP,
    NATPMPAddressRequest,
    NATPMPAddressResponse,
    NATPMPMapRequest,
    NATPMPMapResponse,
    NATPMPRefusal,
)
from upnpscapy.layers.pcp import (
    PCP,
    PCPAnnounceRequest,
    PCPAnnounceResponse,
    PCPMapRequest,
    PCPMapResponse,
    PCPPeerRequest,
    PCPPeerResponse,
    PCPRefusal,
)
from upnpscapy.layers.pcp_options import PCPFilter, PCPOption, PCPPreferFailure, PCPThirdParty
from upnpscapy.layers.port_control import PortControl
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
    "NATPMP",
    "PCP",
    "SEARCHER_PORT",
    "SSDP",
    "NATPMPAddressRequest",
    "NATPMPAddressResponse",
    "NATPMPMapRequest",
    "NATPMPMapResponse",
    "NATPMPRefusal",
    "PCPAnnounceRequest",
    "PCPAnnounceResponse",
    "PCPFilter",
    "PCPMapRequest",
    "PCPMapResponse",
    "PCPOption",
    "PCPPeerRequest",
    "PCPPeerResponse",
    "PCPPreferFailure",
    "PCPRefusal",
    "PCPThirdParty",
    "PortControl",
    "SSDPAlive",
    "SSDPByebye",
    "SSDPResponse",
    "SSDPSearch",
    "SSDPSession",
    "SSDPUpdate",
    "search_packet",
    "ssdp_packet",
]
