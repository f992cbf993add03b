"""Which URLs are followed: those on the device's own host, on the local network.

A description is text of whoever answered: its URLs can point at anything this host can reach.
So a name is looked up once, every address it has must be local, and a connection goes to these
addresses and to no others.
What is not followed is refused with the reason, unless the caller allowed it.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_interface,
    ip_network,
)
from typing import Any
from urllib.parse import urlsplit

import ifaddr

from upnpscapy.errors import DeadlineError, RefusedError, TransportError
from upnpscapy.protocol.address_class import address_class

__all__ = ["ANYWHERE", "Place", "Policy", "is_local", "read_url"]

ANYWHERE = "*"
"""As what is allowed: every host."""

MAX_URL = 8192
"""Characters."""

MAX_NAMES = 256
"""Names whose addresses are remembered."""

_Ip = IPv4Address | IPv6Address
_Network = IPv4Network | IPv6Network

_LOCAL = frozenset(("loopback", "private", "link-local"))
_NOWHERE = frozenset(("unspecified", "multicast"))
"""No host has such an address; to some systems 0.0.0.0 is this host."""


@dataclass(frozen=True, slots=True)
class Place:
    """What a URL says of where to go."""

    url: str
    host: str
    """In lower case, without brackets and zone."""
    zone: str
    """Interface of a link-local address (RFC 6874), "" without one."""
    port: int

    @property
    def header(self) -> str:
        """The value of HOST, in which a zone has no place (RFC 6874, 3)."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == 80 else f"{host}:{self.port}"


@dataclass(frozen=True, slots=True)
class Found:
    """One address of a host."""

    ip: _Ip
    """Without its zone."""
    family: socket.AddressFamily
    place: tuple[Any, ...]
    """As ``socket.connect`` takes it."""


def read_url(url: str) -> Place:
    """Where a URL leads; raises ``RefusedError`` for what is no plain URL of HTTP."""

    def refuse(reason: str) -> RefusedError:
        return RefusedError(reason, url[:MAX_URL])

    if len(url) > MAX_URL:
        raise refuse(f"a URL of {len(url)} characters")
    if not url.isprintable() or " " in url:
        raise refuse("a URL has no blanks and control characters in it")
    try:
        parts = urlsplit(url)
        port = 80 if parts.port is None else parts.port
    except ValueError as error:
        raise refuse(f"not a URL: {error}") from None
    if parts.scheme.lower() != "http":
        raise refuse(f"only http is followed, not {parts.scheme or 'a URL without scheme'}")
    if parts.username is not None or parts.password is not None:
        raise refuse("a URL with a user name in it")
    host, _, zone = (parts.hostname or "").partition("%")
    if not host:
        raise refuse("a URL without a host")
    if not host.isascii():
        try:
            host = host.encode("idna").decode()
        except UnicodeError:
            raise refuse("a host name that the Internet's names cannot carry") from None
    if port == 0:
        raise refuse("port 0, where nobody can listen")
    return Place(url, host, zone[2:] if zone[:2] == "25" and len(zone) > 2 else zone, port)


def is_local(address: _Ip, networks: Iterable[_Network] = ()) -> bool:
    """Whether an address is of this host, private, link-local, or in one of the networks."""
    kind = address_class(str(address))
    if kind in _LOCAL:
        return True
    return kind not in _NOWHERE and any(_plain(address) in network for network in networks)


def connected_networks() -> Iterator[_Network]:
    """The networks this host has an address in, without those that hold everything."""
    for adapter in ifaddr.get_adapters():
        for ip in adapter.ips:
            address = ip.ip if isinstance(ip.ip, str) else ip.ip[0]
            network = ip_interface(f"{address.partition('%')[0]}/{ip.network_prefix}").network
            if network.prefixlen:
                yield network


class Policy:
    """What a caller lets be followed; names are looked up once in its life.

    ``allow``: hosts, addresses and networks that are followed from wherever, ``"*"`` is all.
    ``interface``: where link-local addresses without a zone are; "" if that is not known.
    """

    def __init__(self, allow: str | Iterable[str] = (), interface: str | None = None) -> None:
        self.allow = (allow,) if isinstance(allow, str) else tuple(allow)
        self.interface = interface or ""
        self._hosts: set[str] = set()
        self._networks: list[_Network] = []
        for entry in self.allow:
            try:
                self._networks.append(ip_network(entry.strip("[]"), strict=False))
            except ValueError:
                self._hosts.add(entry.lower().rstrip("."))
        self._names: dict[str, tuple[Found, ...]] = {}

    def check(
        self, place: Place, deadline: float, *, device: Place | None = None
    ) -> tuple[Found, ...]:
        """The addresses to connect to; ``device`` is where the URL was read, if it was.

        Raises ``RefusedError`` with the reason, ``TransportError`` for a name without address,
        ``DeadlineError`` if the look-up takes until the deadline (of ``time.monotonic``).
        """
        zone = place.zone or (device.zone if device and device.host == place.host else "")
        found = self._look_up(place, zone, deadline)
        if self._allows(place.host, found):
            return found
        for one in found:
            if not is_local(one.ip) and not is_local(one.ip, connected_networks()):
                shown = str(one.ip) if str(one.ip) == place.host else f"{place.host} is {one.ip}"
                raise RefusedError(
                    f"{shown}, which is not on the local network; not followed unless allowed",
                    place.url,
                )
        if device is not None and device.host.rstrip(".") != place.host.rstrip("."):
            own = {_plain(one.ip) for one in self._look_up(device, device.zone, deadline)}
            if not {_plain(one.ip) for one in found} <= own:
                raise RefusedError(
                    f"off the host of the device that names it, {device.host};"
                    " not followed unless allowed",
                    place.url,
                )
        return found

    def _allows(self, host: str, found: Sequence[Found]) -> bool:
        if ANYWHERE in self._hosts or host.rstrip(".") in self._hosts:
            return True
        return all(any(_plain(one.ip) in network for network in self._networks) for one in found)

    def _look_up(self, place: Place, zone: str, deadline: float) -> tuple[Found, ...]:
        try:
            entries = socket.getaddrinfo(
                place.host, place.port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST
            )
        except (OSError, UnicodeError):
            pass
        else:
            return self._reachable(entries, place, zone)
        name = place.host.rstrip(".")
        known = self._names.get(name)
        if known is None:
            known = self._reachable(_look_up_name(place, deadline), place, zone)
            if len(self._names) >= MAX_NAMES:
                self._names.pop(next(iter(self._names)))
            self._names[name] = known
        return tuple(
            Found(one.ip, one.family, (one.place[0], place.port, *one.place[2:])) for one in known
        )

    def _reachable(self, entries: list[Any], place: Place, zone: str) -> tuple[Found, ...]:
        """The addresses but for link-local ones of an unknown interface, if there are others."""
        found = []
        problem: TransportError | None = None
        for entry in entries:
            try:
                found.append(self._found(entry, place, zone))
            except TransportError as error:
                problem = error
        if problem is not None and not found:
            raise problem
        return tuple(found)

    def _found(self, entry: Any, place: Place, zone: str) -> Found:
        family, _, _, _, name = entry
        ip = ip_address(str(name[0]).partition("%")[0])
        if family == socket.AF_INET6:
            scope = name[3]
            if isinstance(ip, IPv6Address) and ip.is_link_local and not scope:
                scope = _scope(place, zone or self.interface)
            return Found(ip, family, (str(ip), name[1], 0, scope))
        return Found(ip, family, (str(ip), name[1]))


def _scope(place: Place, zone: str) -> int:
    """The number of the interface that a link-local address is on."""
    if not zone:
        raise RefusedError(
            "a link-local address is on an interface, which the URL does not say", place.url
        )
    if zone.isascii() and zone.isdecimal():
        return int(zone) & 0xFFFFFFFF
    try:
        return socket.if_nametoindex(zone)
    except (OSError, ValueError):
        raise TransportError(f"there is no interface {zone!r} here", place.url) from None


def _look_up_name(place: Place, deadline: float) -> list[Any]:
    """What the resolver says; in a thread, as it has no time limit of its own."""
    answers: list[Any] = []

    def ask() -> None:
        try:
            answers.append(socket.getaddrinfo(place.host, place.port, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:
            answers.append(error)

    thread = threading.Thread(target=ask, name="upnpscapy-look-up", daemon=True)
    thread.start()
    thread.join(max(0, deadline - time.monotonic()))
    if not answers:
        raise DeadlineError(f"no address of {place.host} in time", place.url)
    answer = answers[0]
    if isinstance(answer, Exception) or not answer:
        told = getattr(answer, "strerror", None) or "no address"
        raise TransportError(f"{place.host}: {told}", place.url)
    return list(answer)


def _plain(address: _Ip) -> _Ip:
    """An IPv4 address in an IPv6 one by itself."""
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address
