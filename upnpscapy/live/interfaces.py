"""The interfaces and addresses of this host, and which of them faces another host."""

from __future__ import annotations

import socket
import struct
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from ipaddress import ip_address

import ifaddr

from upnpscapy.errors import NetworkError

__all__ = ["Interface", "address_facing", "choose", "interfaces", "packed", "resolve"]

_GET_FLAGS = {"linux": 0x8913, "darwin": 0xC0206911}
"""SIOCGIFFLAGS by platform."""

_UP, _LOOPBACK, _MULTICAST = 0x1, 0x8, {"linux": 0x1000, "darwin": 0x8000}
"""Bits of what it answers."""

Place = tuple[str, int] | tuple[str, int, int, int]
"""An address as ``socket`` takes it."""


@dataclass(frozen=True, slots=True)
class Interface:
    """A network interface and the addresses it has."""

    name: str
    index: int
    """What a scope id is; 0 if it is not known."""
    ipv4: tuple[str, ...]
    ipv6: tuple[str, ...]
    """Without scope ids."""

    @property
    def is_loopback(self) -> bool:
        """Whether all of its addresses are this host's alone."""
        return all(ip_address(address).is_loopback for address in (*self.ipv4, *self.ipv6))

    @property
    def does_multicast(self) -> bool:
        """Whether it is up and reaches more hosts than one; True where the system does not say."""
        flags = _flags(self.name)
        if flags is None:
            return not self.is_loopback
        multicast = _MULTICAST[sys.platform]
        return flags & (_UP | _LOOPBACK | multicast) == _UP | multicast


def interfaces() -> list[Interface]:
    """Every interface with an address, up or down, in the system's order."""
    found: dict[str, tuple[int, list[str], list[str]]] = {}
    for adapter in ifaddr.get_adapters():
        # Linux lists labels of further addresses, "eth0:1", as if they were interfaces.
        name = adapter.nice_name if sys.platform == "win32" else adapter.nice_name.partition(":")[0]
        index = adapter.index or _index(name)
        _, ipv4, ipv6 = found.setdefault(name, (index, [], []))
        for ip in adapter.ips:
            if isinstance(ip.ip, str):
                ipv4.append(ip.ip)
            else:
                ipv6.append(ip.ip[0])
    return [
        Interface(name, index, tuple(ipv4), tuple(ipv6))
        for name, (index, ipv4, ipv6) in found.items()
    ]


def choose(
    names: str | Iterable[str] | None = None, *, known: Sequence[Interface] | None = None
) -> list[Interface]:
    """The interfaces of these names or addresses; all that do multicast if none is named.

    One named by an address is given with this address alone, which is then the source.
    ``known`` are those to choose from, by default those of this host.
    Raises ``NetworkError`` for a name or address that no interface has.
    """
    known = interfaces() if known is None else known
    if names is None:
        return [interface for interface in known if interface.does_multicast]
    chosen: dict[str, Interface] = {}
    for name in [names] if isinstance(names, str) else names:
        one = _find(name, known)
        before = chosen.get(one.name)
        if before is not None:
            one = replace(
                one,
                ipv4=tuple(dict.fromkeys(before.ipv4 + one.ipv4)),
                ipv6=tuple(dict.fromkeys(before.ipv6 + one.ipv6)),
            )
        chosen[one.name] = one
    return list(chosen.values())


def address_facing(host: str, port: int = 1900, *, source: str | None = None) -> str:
    """The address of this host that its datagrams to a host, or a group, come from.

    Nothing is sent. ``host`` may have a scope id, ``fe80::1%eth0``; the answer has none.
    Raises ``NetworkError`` if there is no way to the host.
    """
    place = resolve(host, port)
    family = socket.AF_INET if len(place) == 2 else socket.AF_INET6
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as probe:
            if source is not None:
                probe.bind(resolve(source, 0))
            probe.connect(place)
            return str(probe.getsockname()[0])
    except OSError as error:
        raise NetworkError(f"no way to {host}: {error.strerror or error}") from error


def resolve(host: str, port: int) -> Place:
    """A host's name or address as ``socket`` takes it; IPv4 first, where a name has both.

    Raises ``NetworkError`` for a name that is not known.
    """
    plain, _, scope = host.strip("[]").partition("%")
    try:
        address = ip_address(plain)
    except ValueError:
        return _look_up(host, port)
    if address.version == 4:
        return str(address), port
    index = int(scope) if scope.isdecimal() else _index(scope)
    if scope and not index:
        raise NetworkError(f"{host}: there is no interface {scope}")
    return str(address), port, 0, index


def packed(address: str) -> bytes:
    """An address as on the wire; its scope id is left out."""
    return ip_address(address.partition("%")[0]).packed


def _look_up(name: str, port: int) -> Place:
    try:
        found = socket.getaddrinfo(name, port, type=socket.SOCK_DGRAM)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise NetworkError(f"{name}: {reason}") from error
    place = min(found, key=lambda entry: entry[0] != socket.AF_INET)[4]
    if len(place) == 2:
        return str(place[0]), port
    return str(place[0]).partition("%")[0], port, 0, int(place[3])


def _find(name: str, known: Sequence[Interface]) -> Interface:
    for interface in known:
        if interface.name == name:
            return interface
    plain, _, scope = name.strip("[]").partition("%")
    try:
        address = str(ip_address(plain))
    except ValueError:
        address = ""
    for interface in known:
        if scope not in ("", interface.name, str(interface.index)):
            continue
        if address in interface.ipv4:
            return replace(interface, ipv4=(address,), ipv6=())
        if address and address in [str(ip_address(own)) for own in interface.ipv6]:
            return replace(interface, ipv4=(), ipv6=(address,))
    names = ", ".join(interface.name for interface in known) or "none"
    raise NetworkError(f"no interface has the name or address {name!r}; there are {names}")


def _index(name: str) -> int:
    try:
        return socket.if_nametoindex(name)
    except (OSError, ValueError):
        return 0


def _flags(name: str) -> int | None:
    """The flags of an interface, None where the system cannot be asked."""
    request = _GET_FLAGS.get(sys.platform)
    if request is None:
        return None
    import fcntl

    try:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
            answer = fcntl.ioctl(control, request, struct.pack("16sH14x", name.encode(), 0))
    except OSError:
        return None
    return int(struct.unpack_from("16xH", answer)[0])
