"""The local network as a capture shows it: which addresses are on the link, and who is who.

Addresses do not tell: a campus has public ones, and documentation ranges are nobody's home.
ARP, DHCP and router advertisements say what is on the link, as do multicasts that were not
routed; a link address with several foreign sources behind it is a router's.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Literal

from upnpscapy.capture.datagrams import address_text
from upnpscapy.protocol.address_class import AddressClass, address_class, packed_class

__all__ = ["ALWAYS_LOCAL", "Network", "Surroundings", "parse_network"]

Network = IPv4Network | IPv6Network

MAX_PAIRS = 8192
"""Pairs of an IP and a link address that are kept: of those that ARP or a neighbour told,
and again of senders of anything."""

MAX_NETWORKS = 256

MAX_BEHIND = 8
"""Networks kept of what is behind one link address; more make it no more of a router."""

BEHIND_A_ROUTER = 2
"""Foreign sources of IPv4, or /64 networks of IPv6, that make a link address a router's."""

TTL_ON_LINK = 4
"""Multicasts with no more than this were not routed far (UDA 1.0, 1.2.2 recommends 4)."""

ALWAYS_LOCAL: frozenset[AddressClass] = frozenset(("private", "link-local", "loopback"))
"""Classes of addresses that are local whatever the capture shows."""


def parse_network(text: str) -> Network:
    """``198.51.100.0/24``, or one address; raises ``ValueError`` for anything else."""
    return ip_network(text.strip(), strict=False)


class Surroundings:
    """What is local in one capture; learns while it is read, is asked when it is over.

    Addresses are text when asked, ``aa:bb:cc:dd:ee:ff`` for those of the link.
    """

    def __init__(self, local_networks: Iterable[Network] = ()) -> None:
        self.networks: list[Network] = list(local_networks)
        """Those given, and those that DHCP and router advertisements name."""
        self._routers: dict[bytes, None] = {}
        self._links: dict[bytes, set[bytes]] = {}
        self._addresses: dict[bytes, set[bytes]] = {}
        self._on_link: set[bytes] = set()
        self._behind: dict[bytes, set[bytes]] = {}
        self._told = self._sent = 0
        self._known: dict[str, bool] = {}
        self._routing: set[bytes] | None = None
        """What ``_router_links`` found, until more is seen."""

    def saw_pair(self, address: bytes, link: bytes) -> None:
        """Take an address that ARP, DHCP or neighbour discovery gives a link address."""
        if address in self._on_link and link in self._links[address]:
            return
        if self._told < MAX_PAIRS and any(address) and any(link):
            self._told += 1
            self._keep(address, link)
            self._on_link.add(address)
            self._routing = None

    def saw_multicast(self, address: bytes, link: bytes | None, ttl: int | None) -> None:
        """Take the sender of a multicast datagram: with a small TTL it is on the link."""
        if link is None or ttl is None or ttl > TTL_ON_LINK:
            self.saw_sender(address, link)
        elif self._note(address, link):
            self._on_link.add(address)
            self._routing = None

    def saw_sender(self, address: bytes, link: bytes | None) -> None:
        """Take the sender of anything, which a router may have passed on."""
        if link is None or not any(address):
            return
        self._note(address, link)
        behind = self._behind.get(link)
        if behind is not None and len(behind) >= MAX_BEHIND:
            return
        if packed_class(address) in ALWAYS_LOCAL:
            return
        if behind is None:
            if len(self._behind) >= MAX_PAIRS:
                return
            behind = self._behind[link] = set()
        behind.add(address)
        self._routing = None

    def saw_network(self, address: bytes, prefix_length: int) -> None:
        """Take a prefix that DHCP or a router advertisement gives as on the link."""
        if len(self.networks) < MAX_NETWORKS and 8 <= prefix_length <= 8 * len(address):
            network = ip_network((address, prefix_length), strict=False)
            if network not in self.networks:
                self.networks.append(network)

    def saw_router(self, address: bytes) -> None:
        """Take a router that DHCP or a router advertisement names."""
        if len(self._routers) < MAX_NETWORKS and any(address):
            self._routers[address] = None

    def class_of(self, address: str) -> AddressClass | Literal["local"]:
        """``local``, or what kind of foreign address it is; ``invalid`` for what is none."""
        return "local" if self.is_local(address) else address_class(_bare(address))

    def is_local(self, address: str) -> bool:
        """Whether an address belongs here: by its range, by what was given, or by what was seen.

        Documentation, benchmark and carrier-grade NAT ranges are not local by themselves.
        """
        known = self._known.get(address)
        if known is None:
            if len(self._known) >= MAX_PAIRS:
                self._known.clear()
            known = self._known[address] = self._is_local(_bare(address))
        return known

    @property
    def is_private(self) -> bool:
        """Whether no more is local than what its range says is."""
        networks = [network.network_address.packed for network in self.networks]
        return all(packed_class(one) in ALWAYS_LOCAL for one in (*networks, *self._on_link))

    def on_link(self, address: str) -> bool | None:
        """Whether an address is on this link and not behind a router; None if nothing tells."""
        packed = _packed(address)
        if packed is None:
            return None
        if packed in self._on_link:
            return True
        links = self._links.get(packed)
        if links and links <= self._router_links:
            return packed in self._routers
        if any(ip_address(packed) in network for network in self.networks):
            return True
        return None

    def link_of(self, address: str) -> set[str]:
        """The link addresses an address was seen at, those of routers left out.

        A router's own address keeps them.
        """
        packed = _packed(address)
        if packed is None:
            return set()
        links = self._links.get(packed, set())
        if packed not in self._on_link:
            links = links - self._router_links
        return {link.hex(":") for link in links}

    def same_host(self, one: str, other: str) -> bool:
        """Whether two addresses, of IPv4 or IPv6, were seen at one link address."""
        if one == other or _bare(one) == _bare(other):
            return True
        return bool(self.link_of(one) & self.link_of(other))

    @property
    def gateway_links(self) -> set[str]:
        """The link addresses that pass on what others have sent."""
        return {link.hex(":") for link in self._router_links}

    @property
    def gateways(self) -> set[str]:
        """The routers: those named as such, and the addresses on the link of those that pass on."""
        found = {address_text(address) for address in self._routers}
        for link in self._router_links:
            own = self._addresses.get(link, set()) & self._on_link
            found |= {address_text(address) for address in own}
        return found

    @property
    def default_gateway(self) -> str | None:
        """The first router that DHCP or a router advertisement named, else one that passes on."""
        named = next(iter(self._routers), None)
        return address_text(named) if named is not None else min(self.gateways, default=None)

    @property
    def _router_links(self) -> set[bytes]:
        if self._routing is not None:
            return self._routing
        found = self._routing = set()
        for link, behind in self._behind.items():
            foreign = {one if len(one) == 4 else one[:8] for one in behind - self._on_link}
            if len(foreign) >= BEHIND_A_ROUTER:
                found.add(link)
        return found

    def _is_local(self, address: str) -> bool:
        kind = address_class(address)
        if kind in ALWAYS_LOCAL:
            return True
        if kind in ("invalid", "multicast", "unspecified"):
            return False
        parsed = ip_address(address)
        if any(parsed in network for network in self.networks):
            return True
        return parsed.packed in self._on_link

    def _note(self, address: bytes, link: bytes) -> bool:
        """Keep a pair if there is room; whether it is kept."""
        links = self._links.get(address)
        if links is not None and link in links:
            return True
        if self._sent >= MAX_PAIRS or not any(address) or not any(link):
            return False
        self._sent += 1
        self._keep(address, link)
        return True

    def _keep(self, address: bytes, link: bytes) -> None:
        self._links.setdefault(address, set()).add(link)
        self._addresses.setdefault(link, set()).add(address)


def _bare(address: str) -> str:
    """Without the zone of a link-local address."""
    return address.partition("%")[0]


def _packed(address: str) -> bytes | None:
    try:
        return ip_address(_bare(address)).packed
    except ValueError:
        return None
