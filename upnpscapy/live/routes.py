"""The ways a search goes out: by which interface, from which address, to whom."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address

from upnpscapy.errors import NetworkError
from upnpscapy.live.interfaces import Interface, address_facing, interfaces, resolve
from upnpscapy.protocol.ssdp import MULTICAST_IPV4, MULTICAST_IPV6, PORT

__all__ = ["BROADCAST", "GROUPS_IPV6", "Route", "broadcast_routes", "group_routes", "host_routes"]

BROADCAST = "255.255.255.255"

GROUPS_IPV6 = MULTICAST_IPV6[:2]
"""Link-local and site-local: where control points search (UDA 2.0, A.3)."""


@dataclass(frozen=True, slots=True)
class Route:
    """One way for a message to go out."""

    interface: Interface
    source: str
    """The address of the interface that it comes from, without scope id."""
    destination: str
    """A group, the broadcast address, or a host, without scope id."""
    port: int = PORT

    @property
    def is_ipv6(self) -> bool:
        """Whether both addresses are IPv6's."""
        return ":" in self.destination

    @property
    def is_multicast(self) -> bool:
        """Whether it goes to a group."""
        return ip_address(self.destination).is_multicast

    @property
    def is_unicast(self) -> bool:
        """Whether it goes to one host."""
        return not self.is_multicast and self.destination != BROADCAST

    @property
    def scope_id(self) -> int:
        """The index of the interface, where an IPv6 address means nothing without."""
        needs = self.is_ipv6 and (self.is_multicast or ip_address(self.source).is_link_local)
        return self.interface.index if needs else 0

    def __str__(self) -> str:
        return f"{self.destination} by {self.interface.name} from {self.source}"


def group_routes(
    chosen: Iterable[Interface],
    *,
    ipv4: bool = True,
    ipv6: bool = True,
    groups: Sequence[str] = (MULTICAST_IPV4, *GROUPS_IPV6),
) -> list[Route]:
    """To the multicast groups, by each of the interfaces.

    IPv4 from each address, since each may be of another network; IPv6 from the address that the
    system prefers toward the group, or the one that was chosen.
    """
    routes = []
    for interface in chosen:
        for group in groups:
            if ":" not in group:
                sources: Sequence[str] = interface.ipv4 if ipv4 else ()
            else:
                sources = _sources_ipv6(interface, group) if ipv6 else ()
            routes += [Route(interface, source, group) for source in sources]
    return routes


def broadcast_routes(chosen: Iterable[Interface]) -> list[Route]:
    """To all hosts of each link, for devices that do not hear multicast."""
    return [
        Route(interface, source, BROADCAST) for interface in chosen for source in interface.ipv4
    ]


def host_routes(
    host: str, chosen: Iterable[Interface] | None = None, *, ipv4: bool = True, ipv6: bool = True
) -> list[Route]:
    """To one host: ``192.0.2.1``, ``lamp:50000``, ``fe80::1%eth0``, ``[fe80::1%eth0]:1900``.

    By the interface that faces it, or from each of those chosen.
    Raises ``NetworkError`` if there is no way to it.
    """
    name, port = _split(host)
    place = resolve(name, port)
    address = place[0]
    if not (ipv6 if ":" in address else ipv4):
        raise NetworkError(f"{host} is not of the IP version that was chosen")
    scope = place[3] if len(place) == 4 else 0
    if chosen is None:
        scoped = f"{address}%{scope}" if scope else address
        source = address_facing(scoped, port)
        for interface in interfaces():
            own = source in interface.ipv4 or source in _plain(interface.ipv6)
            if own and scope in (0, interface.index):
                return [Route(interface, source, address, port)]
        raise NetworkError(f"no interface has the address {source}, which faces {host}")
    routes = []
    for interface in chosen:
        if ":" not in address:
            routes += [Route(interface, source, address, port) for source in interface.ipv4]
        elif scope in (0, interface.index):
            routes += [Route(interface, one, address, port) for one in _plain(interface.ipv6)]
    if not routes:
        raise NetworkError(f"no chosen interface has an address to reach {host} from")
    return routes


def _sources_ipv6(interface: Interface, group: str) -> list[str]:
    own = _plain(interface.ipv6)
    with suppress(NetworkError):
        preferred = address_facing(f"{group}%{interface.index}")
        if preferred in own:
            return [preferred]
    return own[:1]


def _plain(addresses: Iterable[str]) -> list[str]:
    return [str(ip_address(address)) for address in addresses]


def _split(host: str) -> tuple[str, int]:
    """Host and port of ``host``, ``host:port``, ``[address]:port`` or a bare IPv6 address."""
    name, port = host, ""
    if host.startswith("["):
        name, _, port = host[1:].partition("]")
        if port[:1] not in ("", ":"):
            raise NetworkError(f"{host!r} is no host")
        port = port[1:]
    elif host.count(":") == 1:
        name, _, port = host.partition(":")
    if not name or (port and not (port.isdecimal() and 0 < int(port) < 65536)):
        raise NetworkError(f"{host!r} is neither a host nor host:port")
    return name, int(port or PORT)
