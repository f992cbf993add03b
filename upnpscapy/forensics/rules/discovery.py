"""What rules ask of discovery messages: where a LOCATION leads, who is outside, who announced."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, NamedTuple

from upnpscapy.forensics.finding import Evidence
from upnpscapy.forensics.rules.evidence import connected
from upnpscapy.forensics.watching.surroundings import ALWAYS_LOCAL
from upnpscapy.protocol.address_class import address_class
from upnpscapy.protocol.host_text import parse_host
from upnpscapy.protocol.memory import Memory

if TYPE_CHECKING:
    from upnpscapy.forensics.watching.connections import Attempt
    from upnpscapy.forensics.watching.facts import Facts
    from upnpscapy.forensics.watching.seen_messages import Seen
    from upnpscapy.protocol.ssdp import Kind

__all__ = [
    "PRESENT",
    "SSDP_MSEARCH",
    "Outside",
    "UrlEnd",
    "connections_to",
    "link_or_address",
    "listed",
    "search_evidence",
    "url_end_of",
    "visits",
]

MAX_URL = 2048
"""Characters of a URL that are looked at."""

MAX_REMEMBERED = 512
"""Characters of a URL that is remembered."""

SSDP_MSEARCH = (
    b"M-SEARCH * HTTP/1.1\r\nHost:239.255.255.250:1900\r\nST:upnp:rootdevice\r\n"
    b'Man:"ssdp:discover"\r\nMX:3\r\n\r\n'
)
"""What Metasploit's ssdp_msearch sends, byte for byte."""

PRESENT: tuple[Kind, ...] = ("alive", "response", "update")
"""Kinds of messages by which a device says that it is there."""

UNROUTED_TTLS = frozenset((1, 2, 4, 8, 16, 32, 64, 127, 128, 255))
"""What TTL begins with; one router less is another number (127: a router of 2006 sends it)."""

MAX_EFFECTS = 4

_URL = re.compile(
    r"\s*(https?)://(?:[^/?#@\s\\]*@)?(\[[^\]\s/]*\]|[^:/?#\s\\\[\]]*)(?::([0-9]{1,5}))?(?=[/?#\s]|\Z)",
    re.IGNORECASE,
)


class UrlEnd(NamedTuple):
    """The host and port of a URL."""

    host: str
    """An address as rows write it, or a name in lower case."""
    port: int
    is_address: bool

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def url_end_of(url: str) -> UrlEnd | None:
    """Where an HTTP URL leads; None for what is no such URL."""
    return _ENDS[url]


def _url_end_of(url: str) -> UrlEnd | None:
    match = _URL.match(url[:MAX_URL])
    if match is None or not match[2].strip("[]"):
        return None
    port = int(match[3]) if match[3] else 443 if match[1].lower() == "https" else 80
    host = match[2].strip("[]")
    try:
        return UrlEnd(parse_host(host), port, True)
    except ValueError:
        return UrlEnd(host.lower().rstrip("."), port, False)


_ENDS = Memory(_url_end_of, len, limit=MAX_REMEMBERED, entries=4096)
"""URL → where it leads; several rules ask for the same LOCATIONs."""


class Outside:
    """Who is beyond the local network, as far as the capture tells; made once for a rule."""

    def __init__(self, facts: Facts) -> None:
        self._surroundings = facts.surroundings
        self._gateways = facts.surroundings.gateway_links

    def is_foreign(self, address: str) -> bool:
        """Whether an address is nobody's here; on a network of public addresses it may be."""
        kind = self._surroundings.class_of(address)
        return kind not in ("local", "multicast", "unspecified", "invalid")

    def sent(self, seen: Seen) -> bool:
        """Whether a message came from outside.

        Between two public addresses only the path tells: a router's link address, or a TTL that
        was counted down.
        """
        if not self.is_foreign(seen.src):
            return False
        if address_class(seen.dst) in ALWAYS_LOCAL:
            return True
        ttl = seen.sighting.ttl
        return self.passed_on(seen) or (ttl is not None and ttl not in UNROUTED_TTLS)

    def passed_on(self, seen: Seen) -> bool:
        """Whether a router's link address sent it."""
        return seen.link_src in self._gateways

    def is_beyond(self, address: str, server: str) -> bool:
        """Whether an address that talks to a local server is outside, by what is known of both."""
        if not self.is_foreign(address):
            return False
        if address_class(server) in ALWAYS_LOCAL:
            return True
        return self._surroundings.on_link(address) is False


def connections_to(
    facts: Facts, end: UrlEnd, after_ns: int | None, *, besides: Iterable[str] = ()
) -> list[Attempt]:
    """Connections to a URL's host and port after a time, those of some addresses left out."""
    if end.is_address:
        addresses = [end.host]
    else:
        addresses = list(dict.fromkeys(answer.address for answer in facts.names.of(end.host)))
    left_out = {*besides, *addresses}
    return [
        attempt
        for address in addresses
        for attempt in facts.connections.to(address, end.port, after_ns=after_ns)
        if attempt.source not in left_out
    ]


def visits(attempts: Iterable[Attempt], what: str) -> tuple[Evidence, ...]:
    """The first connections as evidence, one of each source."""
    first: dict[str, Attempt] = {}
    for attempt in attempts:
        if len(first) < MAX_EFFECTS:
            first.setdefault(attempt.source, attempt)
    return tuple(connected(attempt, what) for attempt in first.values())


def link_or_address(seen: Seen) -> str:
    """Whom a message is from: the link address, or the IP address where there is none."""
    return seen.link_src or seen.src


def listed(words: Iterable[str], most: int = 8) -> str:
    """Words with commas, the first few."""
    every = list(dict.fromkeys(words))
    more = f" and {len(every) - most} more" if len(every) > most else ""
    return ", ".join(every[:most]) + more


def search_evidence(seen: Seen) -> Evidence:
    """The frames of a search, and its target."""
    return seen.evidence("the search", seen.ssdp.st)
