"""Where Scapy finds SSDP: below which ports it reads it, and which ports it writes below it.

``bind`` runs when ``upnpscapy.layers`` is imported.
``split_layers(UDP, SSDP)`` undoes the reading side, as with any Scapy layer.
"""

from __future__ import annotations

from scapy.fields import DestIP6Field
from scapy.layers.inet import UDP, DestIPField
from scapy.packet import Packet, bind_bottom_up, bind_top_down

from upnpscapy.layers.ssdp import (
    SSDP,
    SSDPAlive,
    SSDPByebye,
    SSDPResponse,
    SSDPSearch,
    SSDPUpdate,
)
from upnpscapy.protocol.ssdp import MULTICAST_IPV4, MULTICAST_IPV6, PORT

__all__ = ["SEARCHER_PORT", "bind"]

SEARCHER_PORT = 50000
"""The port a search comes from and a response goes to unless UDP is given one."""

# A pair of ports for every class: UDP's own default port is DNS's, and a subclass inherits none.
_PORTS: dict[type[Packet], dict[str, int]] = {
    SSDP: {"sport": PORT, "dport": PORT},
    SSDPSearch: {"sport": SEARCHER_PORT, "dport": PORT},
    SSDPAlive: {"sport": PORT, "dport": PORT},
    SSDPByebye: {"sport": PORT, "dport": PORT},
    SSDPUpdate: {"sport": PORT, "dport": PORT},
    SSDPResponse: {"sport": PORT, "dport": SEARCHER_PORT},
}


def bind() -> None:
    """Bind all kinds to UDP; to bind twice changes nothing."""
    for layer, ports in _PORTS.items():
        bind_top_down(UDP, layer, **ports)
    for side in ("sport", "dport"):
        if ({side: PORT}, SSDP) not in UDP.payload_guess:
            bind_bottom_up(UDP, SSDP, **{side: PORT})
    for field, group in ((DestIPField, MULTICAST_IPV4), (DestIP6Field, MULTICAST_IPV6[0])):
        if (group, {"dport": PORT}) not in field.bindings.get(UDP, []):
            field.bind_addr(UDP, group, dport=PORT)


bind()
