"""Discovery messages with the IP and UDP layers the standard asks for, ready to send."""

from __future__ import annotations

from typing import Any

from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.packet import Packet

from upnpscapy.layers.ssdp import SSDP, SSDPSearch, is_group
from upnpscapy.protocol.ssdp import MULTICAST_IPV4

__all__ = ["search_packet", "ssdp_packet"]

TTL = 2
"""Hops (UDA 2.0, 1.2.2 and 1.3.2)."""


def ssdp_packet(
    message: SSDP,
    dst: str = MULTICAST_IPV4,
    *,
    sport: int | None = None,
    dport: int | None = None,
    ttl: int = TTL,
) -> Packet:
    """A message below UDP and IP, or IPv6 if ``dst`` is an IPv6 address.

    ``dst`` may name the interface: ``ff02::c%eth0``, ``239.255.255.250%eth0``.
    ``ttl`` is IPv6's hop limit too.
    HOST follows ``dst`` unless the message was given one.
    """
    udp = UDP()
    if sport is not None:
        udp.sport = sport
    if dport is not None:
        udp.dport = dport
    lower = IPv6(dst=dst, hlim=ttl) if ":" in dst else IP(dst=dst, ttl=ttl)
    return lower / udp / message


def search_packet(
    st: str = "ssdp:all",
    dst: str = MULTICAST_IPV4,
    *,
    sport: int | None = None,
    dport: int | None = None,
    ttl: int = TTL,
    **fields: Any,
) -> Packet:
    """An M-SEARCH to send: to the multicast group, or to one device, then without MX.

    Other header fields are given by name, ``MX=3``.
    Responses come back to ``sport`` from any address and often from any port, so Scapy pairs
    them only when it does not compare addresses, and reads them only when it is told how::

        conf.checkIPaddr = False
        answered, _ = sr(search_packet(), multi=True, timeout=3, session=SSDPSession)
    """
    if not is_group(dst.partition("%")[0]):
        fields.setdefault("MX", None)
    return ssdp_packet(SSDPSearch(ST=st, **fields), dst, sport=sport, dport=dport, ttl=ttl)
