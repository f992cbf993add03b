"""A service of a gateway that is called without its SCPD: these actions are known."""

from __future__ import annotations

import copy
import re
import time
from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from upnpscapy.errors import ResponseError
from upnpscapy.live.control import call
from upnpscapy.live.http import Http
from upnpscapy.live.igd_mapping import LiveMapping
from upnpscapy.live.interfaces import interfaces
from upnpscapy.live.service import LiveService
from upnpscapy.protocol.mapping_terms import Terms, bare_address, value_among
from upnpscapy.protocol.soap import Result

__all__ = ["GatewayService", "Pairs", "number_in", "value_in"]

Pairs = Sequence[tuple[str, str]]

_TYPE = re.compile(r":service:([^:]+):([0-9]{1,4})\s*\Z", re.IGNORECASE)


class GatewayService:
    """WANIPConnection, WANPPPConnection or WANIPv6FirewallControl of one gateway.

    ``gateway`` is its address and ``own_address`` this host's toward it, bare.
    """

    def __init__(self, service: LiveService, gateway: str, own_address: str) -> None:
        self.service = service
        self.gateway = gateway
        self.own_address = own_address
        match = _TYPE.search(service.service_type)
        self.name = match[1] if match else ""
        """WANIPConnection, say."""
        self.version = int(match[2]) if match else 1

    @property
    def control_url(self) -> str:
        """Where actions are called; "" if the description does not say it."""
        return self.service.service.control_url or ""

    @property
    def title(self) -> str:
        """``WANIPConnection:2``."""
        return f"{self.name}:{self.version}"

    def call(self, action: str, arguments: Pairs = (), *, client: str | None = None) -> Result:
        """Call an action; errors are those of ``control.call``.

        ``client`` is the host that it is about: where this host has that address, the request
        comes from it, since routers let clients open ports to themselves only.
        """
        return call(
            self.control_url,
            self.service.service_type.strip(),
            action,
            arguments,
            http=self._http(client),
            device_url=self.service.location,
        )

    def observed(
        self, terms: Terms, kind: Literal["portmap", "pinhole"] = "portmap"
    ) -> LiveMapping:
        """A mapping that the gateway tells of, now."""
        return LiveMapping(
            self.recording, self.gateway, kind, self.control_url, terms, "observed", time.time_ns()
        )

    def opened(
        self, terms: Terms, kind: Literal["portmap", "pinhole"] = "portmap", client: str = ""
    ) -> LiveMapping:
        """A mapping that the gateway granted, now."""
        one = self.observed(terms, kind)
        source = self.source_for(client) or self.own_address
        return replace(one, state="open", requested_by=source, opened_ns=one.time_ns)

    @property
    def recording(self) -> str | None:
        """The name of the recording that calls go to, None without one."""
        name = getattr(self.service.http.recorder, "name", None)
        return None if name is None else str(name)

    def source_for(self, client: str | None) -> str | None:
        """The address that requests about a host come from; None is the system's choice."""
        own = self.service.http.source_address
        same_version = client is not None and (":" in client) == (":" in self.gateway)
        if own or not same_version or client == self.own_address:
            return own
        own_addresses = {bare_address(ip) for one in interfaces() for ip in (*one.ipv4, *one.ipv6)}
        return client if bare_address(client or "") in own_addresses else None

    def _http(self, client: str | None) -> Http:
        http = self.service.http
        source = self.source_for(client)
        if source != http.source_address:
            http = copy.copy(http)
            http.source_address = source
        return http


def value_in(result: Result, name: str, url: str) -> str:
    """An out-argument; raises ``ResponseError`` if it is missing."""
    value = value_among(result.arguments, name)
    if value is None:
        raise ResponseError(f"an answer without {name}", url, result.body, status=result.status)
    return value


def number_in(result: Result, name: str, url: str) -> int:
    """An out-argument that is a number from 0; raises ``ResponseError`` if it is none."""
    value = value_in(result, name, url).strip()
    if not (value.isascii() and value.isdecimal() and len(value) <= 20):
        reason = f"{name} is no number: {value[:40]!r}"
        raise ResponseError(reason, url, result.body, status=result.status)
    return int(value)
