"""Which TCP connections belong to UPnP: from which frame to which, or by the server's endpoint.

A connection is told from another between the same ports by the frame with which it began.
Memory grows with connections that carried HTTP, and is bounded.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import ip_address
from itertools import islice
from operator import attrgetter
from struct import Struct
from urllib.parse import urlsplit

from upnpscapy.forensics.described.captured_document import CapturedDocument
from upnpscapy.protocol.memory import Memory

__all__ = ["Connections", "Endpoints", "Span", "connection_key", "endpoint"]

MAX_SPANS = 1 << 18
"""Connections that can belong, of one capture."""

MAX_STARTS = 1 << 15
"""Connections of which the first frame is known and nothing else yet."""

MAX_STARTS_OF_PORTS = 8
"""Of connections between two ports, one after the other."""

MAX_ENDPOINTS = 1 << 16

MAX_LOCATIONS = 1 << 14
"""Texts remembered as looked at."""

MAX_REMEMBERED = 512
"""Characters of a URL whose endpoint is remembered."""

PORTS = {"http": 80, "https": 443}

_port = Struct(">H").pack
_ports = Struct(">HH").pack


def endpoint(address: bytes, port: int) -> bytes:
    """An address as packed on the wire with its port, to look up."""
    return address + _port(port)


def connection_key(source: bytes, sport: int, destination: bytes, dport: int) -> bytes:
    """The same bytes for both directions of what goes between two ports."""
    if (source, sport) > (destination, dport):
        source, sport, destination, dport = destination, dport, source, sport
    return source + destination + _ports(sport, dport)


@dataclass(slots=True)
class Span:
    """One connection between two ports that belongs, or will if its server does."""

    start: int
    """Its first frame; 0 if it began before the capture."""
    end: int | None
    """The first frame of the next one between these ports."""
    server: bytes
    """The endpoint that answered."""
    sender: bytes
    """The address that sent events in it; empty if none did."""
    sure: bool


@dataclass(slots=True)
class Connections:
    """Takes the beginnings of all connections, and learns which of them carried what."""

    spans: dict[bytes, list[Span]] = field(default_factory=dict)
    """By ``connection_key``, in the order of their frames."""
    left_out: int = 0
    """Connections beyond ``MAX_SPANS``."""
    _starts: dict[bytes, list[int]] = field(default_factory=dict)
    _count: int = 0

    def begin(self, key: bytes, frame: int) -> None:
        """A new connection between two ports begins; what was between them before is over."""
        spans = self.spans.get(key)
        if spans and spans[-1].end is None:
            spans[-1].end = frame
        starts = self._starts.pop(key, [])
        starts.append(frame)
        self._starts[key] = starts[-MAX_STARTS_OF_PORTS:]
        if len(self._starts) > MAX_STARTS:
            for old in list(islice(self._starts, MAX_STARTS // 2)):
                del self._starts[old]

    def carried(self, key: bytes, frame: int, server: bytes, sender: bytes, *, sure: bool) -> None:
        """The connection that a frame is of carried an exchange."""
        starts = self._starts.get(key, [])
        place = bisect_right(starts, frame)
        start = starts[place - 1] if place else 0
        spans = self.spans.setdefault(key, [])
        at = bisect_right(spans, start, key=attrgetter("start"))
        if at and (spans[at - 1].end is None or frame < (spans[at - 1].end or 0)):
            span = spans[at - 1]
            span.sure |= sure
            span.sender = span.sender or sender
        elif self._count < MAX_SPANS:
            self._count += 1
            end = starts[place] if place < len(starts) else None
            spans.insert(at, Span(start, end, server, sender, sure))
        else:
            self.left_out += 1

    def settle(self, endpoints: Endpoints) -> None:
        """Keep what is sure, and what is a conversation with one of the endpoints."""
        for key, spans in list(self.spans.items()):
            kept = [span for span in spans if span.sure or endpoints.concern(span)]
            if kept:
                self.spans[key] = kept
            else:
                del self.spans[key]

    def includes(self, key: bytes, frame: int) -> bool:
        """Whether a frame between two ports is of a connection that belongs."""
        return any(
            span.start <= frame and (span.end is None or frame < span.end)
            for span in self.spans.get(key, ())
        )


class Endpoints:
    """Addresses and ports that discovery and descriptions name as those of devices."""

    def __init__(self) -> None:
        self.known: set[bytes] = set()
        self.left_out = 0
        """URLs beyond ``MAX_ENDPOINTS``."""
        self._addresses: set[bytes] = set()
        self._seen: set[str] = set()

    def add_location(self, url: str) -> None:
        """Take the URL of a message."""
        if url not in self._seen:
            if len(self._seen) >= MAX_LOCATIONS:
                self._seen.clear()
            self._seen.add(url)
            self._add(_ENDPOINTS[url])

    def add_document(self, document: CapturedDocument) -> None:
        """Take the server of a description and every URL in it.

        A name in them is the server's, if the description was fetched by that name.
        """
        description = document.description
        if description is None:
            return
        server = document.server_address
        self._add(endpoint(server, document.where.port))
        name, _ = _host_and_port(document.url or "")
        for device in description.devices:
            urls = [device.presentation_url, *(icon.url for icon in device.icons)]
            for service in device.services:
                urls += (service.scpd_url, service.control_url, service.event_sub_url)
            for url in filter(None, urls):
                host, port = _host_and_port(url)
                same = name is not None and host == name and port is not None
                self._add(endpoint(server, port or 0) if same else _ENDPOINTS[url])

    def concern(self, span: Span) -> bool:
        """Whether a connection goes to an endpoint, or events of its address come in it."""
        return span.server in self.known or span.sender in self._addresses

    def concern_any(self, places: Iterable[bytes]) -> bool:
        """Whether one of these is an endpoint."""
        return not self.known.isdisjoint(places)

    def _add(self, place: bytes | None) -> None:
        if place is None or place in self.known:
            return
        if len(self.known) >= MAX_ENDPOINTS:
            self.left_out += 1
            return
        self.known.add(place)
        self._addresses.add(place[:-2])


def _address_and_port(url: str) -> bytes | None:
    """The endpoint a URL leads to; None if it names a host, or is none of HTTP."""
    host, port = _host_and_port(url)
    if host is None or port is None:
        return None
    try:
        return endpoint(ip_address(host.partition("%")[0]).packed, port)
    except ValueError:
        return None


_ENDPOINTS = Memory(_address_and_port, len, limit=MAX_REMEMBERED, entries=4096)
"""URL → its endpoint; messages and documents name the same again."""


def _host_and_port(url: str) -> tuple[str | None, int | None]:
    try:
        parts = urlsplit(url.strip())
        scheme, host, port = parts.scheme.lower(), parts.hostname, parts.port
    except ValueError:
        return None, None
    if scheme not in PORTS or not host:
        return None, None
    return host, PORTS[scheme] if port is None else port
