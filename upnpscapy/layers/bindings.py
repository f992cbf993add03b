"""Where Scapy finds the layers: below which ports it reads them, and which it writes below.

``bind`` runs when ``upnpscapy.layers`` is imported.
``split_layers(UDP, SSDP)`` undoes the reading side, as with any Scapy layer.
"""

from __future__ import annotations

from scapy.fields import DestIP6Field
from scapy.layers.inet import UDP, DestIPField
from scapy.packet import Packet, bind_bottom_up, bind_top_down

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
from upnpscapy.layers.port_control import PortControl
from upnpscapy.layers.ssdp import (
    SSDP,
    SSDPAlive,
    SSDPByebye,
    SSDPResponse,
    SSDPSearch,
    SSDPUpdate,
)
from upnpscapy.protocol.natpmp import ANNOUNCE_PORT
from upnpscapy.protocol.natpmp import PORT as PORT_CONTROL
from upnpscapy.protocol.ssdp import MULTICAST_IPV4, MULTICAST_IPV6, PORT

__all__ = ["SEARCHER_PORT", "bind"]

ANNOUNCE_GROUP = "224.0.0.1"
"""All hosts, to whom a router announces its address (RFC 6886, 3.2.1)."""

SEARCHER_PORT = 50000
"""The port that questions come from and answers go to unless UDP is given one."""

# A pair of ports for every class: UDP's own default port is DNS's, and a subclass inherits none.
_PORTS: dict[type[Packet], dict[str, int]] = {
    SSDP: {"sport": PORT, "dport": PORT},
    SSDPSearch: {"sport": SEARCHER_PORT, "dport": PORT},
    SSDPAlive: {"sport": PORT, "dport": PORT},
    SSDPByebye: {"sport": PORT, "dport": PORT},
    SSDPUpdate: {"sport": PORT, "dport": PORT},
    SSDPResponse: {"sport": PORT, "dport": SEARCHER_PORT},
}
_REQUESTS = (
    NATPMP,
    NATPMPAddressRequest,
    NATPMPMapRequest,
    PCP,
    PCPAnnounceRequest,
    PCPMapRequest,
    PCPPeerRequest,
)
_RESPONSES = (
    NATPMPAddressResponse,
    NATPMPMapResponse,
    NATPMPRefusal,
    PCPAnnounceResponse,
    PCPMapResponse,
    PCPPeerResponse,
    PCPRefusal,
)
_PORTS |= {layer: {"sport": SEARCHER_PORT, "dport": PORT_CONTROL} for layer in _REQUESTS}
_PORTS |= {layer: {"sport": PORT_CONTROL, "dport": SEARCHER_PORT} for layer in _RESPONSES}

_READ: tuple[tuple[str, int, type[Packet]], ...] = (
    ("sport", PORT, SSDP),
    ("dport", PORT, SSDP),
    ("sport", PORT_CONTROL, PortControl),
    ("dport", PORT_CONTROL, PortControl),
    ("dport", ANNOUNCE_PORT, PortControl),
)
"""Side, port and layer that is read there."""

_GROUPS = (
    (DestIPField, MULTICAST_IPV4, PORT),
    (DestIP6Field, MULTICAST_IPV6[0], PORT),
    (DestIPField, ANNOUNCE_GROUP, ANNOUNCE_PORT),
)
"""Where datagrams to a port go unless IP is told."""


def bind() -> None:
    """Bind all kinds to UDP; to bind twice changes nothing."""
    for layer, ports in _PORTS.items():
        bind_top_down(UDP, layer, **ports)
    for side, port, layer in _READ:
        if ({side: port}, layer) not in UDP.payload_guess:
            bind_bottom_up(UDP, layer, **{side: port})
    for field, group, port in _GROUPS:
        if (group, {"dport": port}) not in field.bindings.get(UDP, []):
            field.bind_addr(UDP, group, dport=port)


bind()
