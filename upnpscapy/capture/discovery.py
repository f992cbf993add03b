"""Datagrams to discovery messages: recognised by content and by the pending search.

What comes to or from UDP port 1900 is listed whatever it is (``other`` if nothing known);
on other ports a message must be SSDP by its content, or answer a search that is pending.
Plex GDM on 32412 and WS-Discovery on 3702 are neither.

SSDP repeats itself: a payload seen before is not read again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from enum import Enum

from upnpscapy.capture.datagrams import Datagram
from upnpscapy.capture.sighting import Sighting
from upnpscapy.protocol.pairing import Search, SearchBook
from upnpscapy.protocol.ssdp import PORT, SsdpMessage, parse_ssdp

__all__ = ["DiscoveryReader"]

_REMEMBERED = 10_000
"""Payloads in each of the two generations that are remembered."""

_CAUSED_BY_A_CUT = frozenset(("no-blank-line", "unterminated-line", "not-http"))


class _Road(Enum):
    """What is to be done with a message besides listing it."""

    LIST = 0
    ANSWER = 1
    OPEN = 2
    DOUBT = 3


class DiscoveryReader:
    """Datagrams to messages; pairs searches and responses on the way.

    ``on_search`` gets every search when no response can belong to it any more,
    in the order they were sent.
    """

    def __init__(self, on_search: Callable[[Search], None] | None = None) -> None:
        self.searches = SearchBook()
        self._on_search = on_search
        self._young: dict[bytes, tuple[SsdpMessage, _Road]] = {}
        self._old: dict[bytes, tuple[SsdpMessage, _Road]] = {}

    def read(
        self, datagrams: Iterable[Datagram], capture: str, base: int = 0
    ) -> Iterator[Sighting]:
        """The discovery messages among the datagrams of one capture, in frame order.

        Equal payloads give the same ``SsdpMessage`` object while they are remembered.
        ``base`` is added to the numbers of responses, to tell the files of a joined capture apart.
        """
        young, searches = self._young, self.searches
        new, list_only = tuple.__new__, _Road.LIST
        for datagram in datagrams:
            payload = datagram.payload
            known = young.get(payload)
            if known is None:
                known = self._read(payload)
                young = self._young
            message, road = known
            time_ns = datagram.time_ns
            if (
                time_ns is not None
                and searches.next_expiry_ns is not None
                and time_ns > searches.next_expiry_ns
            ):
                self._hand_on(time_ns)
            if datagram.truncated:
                message = _without_effects_of_a_cut(message)
            if road is list_only:
                # Sighting(…) in one step less.
                yield new(Sighting, (capture, datagram, message))
                continue
            answered = None
            if road is _Road.ANSWER:
                answered = searches.answer(
                    datagram.destination, datagram.dport, message.st, time_ns, base + datagram.frame
                )
            if message.is_ssdp or answered or PORT in (datagram.sport, datagram.dport):
                sighting: Sighting = new(Sighting, (capture, datagram, message))
                if road is _Road.OPEN:
                    self._open(sighting)
                yield sighting

    def close(self) -> None:
        """Hand on the searches that are still open."""
        self._hand_on(None)

    def _open(self, sighting: Sighting) -> None:
        datagram, message = sighting.datagram, sighting.ssdp
        mx_seconds = message.mx_seconds
        if mx_seconds is None and not _is_group(datagram.destination):
            mx_seconds = 0
        self.searches.open(
            datagram.source, datagram.sport, message.st, mx_seconds, datagram.time_ns, sighting
        )
        self._hand_on(datagram.time_ns)

    def _hand_on(self, time_ns: int | None) -> None:
        for search in self.searches.expired(time_ns):
            if self._on_search is not None:
                self._on_search(search)

    def _read(self, payload: bytes) -> tuple[SsdpMessage, _Road]:
        known = self._old.get(payload)
        if known is None:
            message = parse_ssdp(payload)
            known = message, _road(message)
        if len(self._young) >= _REMEMBERED:
            self._old, self._young = self._young, {}
        self._young[payload] = known
        return known


def _road(message: SsdpMessage) -> _Road:
    if message.kind == "response":
        return _Road.ANSWER
    if message.kind == "search":
        # Plex GDM stays in doubt: it is a search, but none that SSDP could answer.
        return _Road.OPEN if message.is_ssdp else _Road.DOUBT
    return _Road.LIST if message.is_ssdp else _Road.DOUBT


def _is_group(address: bytes) -> bool:
    """Whether a datagram goes to many: multicast or broadcast."""
    return address[0] >= 224 if len(address) == 4 else address[0] == 0xFF


def _without_effects_of_a_cut(message: SsdpMessage) -> SsdpMessage:
    defects = tuple(
        defect
        for defect in message.defects
        if defect.name not in _CAUSED_BY_A_CUT and not defect.name.startswith("missing-")
    )
    return message._replace(defects=defects)
