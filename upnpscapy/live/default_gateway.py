"""The router of this host's default route, which is who a port is mapped at."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import NamedTuple

__all__ = ["DefaultGateway", "default_gateways"]

_IPV4, _IPV6 = Path("/proc/net/route"), Path("/proc/net/ipv6_route")
"""Linux's tables, the first with numbers in the machine's byte order.

Without them nothing is known, and a multicast search has to do.
"""

_GATEWAY = 0x2
"""The flag RTF_GATEWAY."""


class DefaultGateway(NamedTuple):
    """A next hop of a default route."""

    address: str
    interface: str
    metric: int

    @property
    def host(self) -> str:
        """The address with its zone, where it means nothing without."""
        is_link_local = ":" in self.address and IPv6Address(self.address).is_link_local
        return f"{self.address}%{self.interface}" if is_link_local else self.address


def default_gateways(*, ipv6: bool = False) -> list[DefaultGateway]:
    """The default gateways of one IP version, the preferred first; none where nobody tells."""
    try:
        lines = (_IPV6 if ipv6 else _IPV4).read_text().splitlines()
        found = set(_read_ipv6(lines) if ipv6 else _read_ipv4(lines[1:]))
    except (OSError, ValueError):
        return []
    return sorted(found, key=lambda one: one.metric)


def _read_ipv4(lines: list[str]) -> Iterator[DefaultGateway]:
    for line in lines:
        name, target, gateway, flags, _, _, metric, mask, *_ = line.split()
        if int(target, 16) == int(mask, 16) == 0 and int(flags, 16) & _GATEWAY:
            address = IPv4Address(int(gateway, 16).to_bytes(4, sys.byteorder))
            yield DefaultGateway(str(address), name, int(metric))


def _read_ipv6(lines: list[str]) -> Iterator[DefaultGateway]:
    for line in lines:
        target, length, _, _, gateway, metric, _, _, flags, name = line.split()
        if int(target, 16) == int(length, 16) == 0 and int(flags, 16) & _GATEWAY:
            address = IPv6Address(bytes.fromhex(gateway))
            yield DefaultGateway(str(address), name, int(metric, 16))
