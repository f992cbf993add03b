"""The search for gateways: what to ask, whom, and the answers as they arrive.

It goes to the groups and to the default gateway itself, which answers at once where it would
take its time to answer the group: for the one target that nearly all answer, then for all.
"""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import NamedTuple

from upnpscapy.capture.datagrams import address_text
from upnpscapy.errors import NetworkError
from upnpscapy.live.default_gateway import DefaultGateway, default_gateways
from upnpscapy.live.interfaces import choose
from upnpscapy.live.question import Question
from upnpscapy.live.routes import Route, group_routes, host_routes
from upnpscapy.live.transport import Channel
from upnpscapy.protocol.ssdp import parse_ssdp

__all__ = ["Found", "GatewaySearch"]

TARGETS = (
    "urn:schemas-upnp-org:device:InternetGatewayDevice:2",
    "urn:schemas-upnp-org:device:InternetGatewayDevice:1",
    "urn:schemas-upnp-org:service:WANIPConnection:2",
    "urn:schemas-upnp-org:service:WANIPConnection:1",
    "urn:schemas-upnp-org:service:WANPPPConnection:1",
)
"""Some answer to the device's type only, some to the service's only."""

PINHOLE_TARGETS = ("urn:schemas-upnp-org:service:WANIPv6FirewallControl:1", *TARGETS[:2])

FIRST_TARGET = TARGETS[1]
"""Asked for alone at first: nearly every gateway answers it, later versions too."""

ALL_AT_SECONDS = (0.15, 0.6, 1.4)
"""When all are asked for: datagrams get lost, and routers take their time for each."""

MX = 1
"""Seconds; whoever waits for one mapping is not many."""

MAX_LOCATIONS = 32
MAX_LOCATIONS_OF_ONE = 4
"""Of one address that answers."""


class Found(NamedTuple):
    """A LOCATION, and who named it."""

    location: str
    replied: str
    interface: str
    """The name of the interface it came by."""


class GatewaySearch:
    """Routes and messages of a search, and what its answers named so far."""

    def __init__(
        self,
        interfaces: str | Iterable[str] | None = None,
        *,
        host: str | None = None,
        ipv6: bool = False,
    ) -> None:
        targets = PINHOLE_TARGETS if ipv6 else TARGETS
        names = interfaces if interfaces is None or isinstance(interfaces, str) else [*interfaces]
        self.defaults: list[DefaultGateway] = []
        self._alone = host is not None
        if host is not None:
            chosen = None if names is None else choose(names)
            self.routes = host_routes(host, chosen, ipv4=not ipv6, ipv6=ipv6)
        else:
            self.defaults = default_gateways(ipv6=ipv6)
            self.routes = [*self._default_routes(names, ipv6=ipv6), *_groups(names, ipv6=ipv6)]
        if not self.routes:
            raise NetworkError(f"nowhere to search for a gateway by IPv{6 if ipv6 else 4}")
        start = time.monotonic()
        self._due = deque(
            [
                (start, self._messages((FIRST_TARGET,))),
                *((start + seconds, self._messages(targets)) for seconds in ALL_AT_SECONDS),
            ]
        )
        self._known: set[str] = set()
        self._of_one: Counter[str] = Counter()

    def default_addresses(self) -> frozenset[str]:
        """The addresses of default gateways, or of the one host that is searched."""
        hosts = [route.destination for route in self.routes if self._alone]
        return frozenset([*hosts, *(one.address for one in self.defaults)])

    def send_due(self, channel: Channel) -> None:
        """Send what is due by now; raises ``NetworkError`` if nothing can be sent at all."""
        if not self._due or time.monotonic() < self._due[0][0]:
            return
        _, messages = self._due.popleft()
        sent = [channel.send(route, payload) for route, payload in messages]
        if not any(sent):
            raise NetworkError("; ".join(channel.problems))

    def _messages(self, targets: Iterable[str]) -> list[tuple[Route, bytes]]:
        return [
            (route, Question(target, None if route.is_unicast else MX).payload(route))
            for route in self.routes
            for target in targets
        ]

    def answers(self, channel: Channel, timeout_seconds: float) -> Iterator[Found]:
        """Locations that were not named before."""
        for seen in channel.receive(timeout_seconds):
            message = parse_ssdp(seen.datagram.payload)
            location = (message.location or "").strip()
            if message.kind != "response" or not location or location in self._known:
                continue
            replied = address_text(seen.datagram.source)
            if len(self._known) >= MAX_LOCATIONS or self._of_one[replied] >= MAX_LOCATIONS_OF_ONE:
                continue
            self._known.add(location)
            self._of_one[replied] += 1
            yield Found(location, replied, seen.capture)

    def _default_routes(self, names: str | list[str] | None, *, ipv6: bool) -> Iterator[Route]:
        chosen = None if names is None else choose(names)
        for gateway in self.defaults:
            on = None if chosen is None else [c for c in chosen if c.name == gateway.interface]
            if on != []:
                with suppress(NetworkError):
                    yield from host_routes(gateway.host, on, ipv4=not ipv6, ipv6=ipv6)


def _groups(names: str | list[str] | None, *, ipv6: bool) -> list[Route]:
    return group_routes(choose(names), ipv4=not ipv6, ipv6=ipv6)
