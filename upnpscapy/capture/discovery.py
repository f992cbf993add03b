"""Datagrams to discovery messages: recognised by content and by the pending search.

What comes to or from UDP port 1900 is listed whatever it is (``other`` if nothing known);
on other ports a message must be SSDP by its content, or answer a search that is pending.
Plex GDM on 32412 and WS-Discovery on 3702 are neither.

SSDP repeats itself: a payload seen before is not read again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from upnpscapy.capture.datagrams import Datagram
from upnpscapy.capture.sighting import Sighting
from upnpscapy.protocol.pairing import Search, SearchBook
from upnpscapy.protocol.ssdp import PORT, SsdpMessage, parse_ssdp

__all__ = ["DiscoveryReader"]

_REMEMBERED = 10_000
"""Payloads in each of the two generations that are remembered."""

_CAUSED_BY_A_CUT = frozenset(("no-blank-line", "unterminated-line", "not-http"))


class DiscoveryReader:
    """Datagrams to messages; pairs searches and responses on the way.

    ``on_search`` gets every search when no response can belong to it any more,
    in the order they were sent.
    """

    def __init__(self, on_search: Callable[[Search], None] | None = None) -> None:
        self.searches = SearchBook()
        self._on_search = on_search
        self._young: dict[bytes, SsdpMessage] = {}
        self._old: dict[bytes, SsdpMessage] = {}

    def read(
        self, datagrams: Iterable[Datagram], capture: str, base: int = 0
    ) -> Iterator[Sighting]:
        """The discovery messages among the datagrams of one capture, in frame order.

        ``base`` is added to the numbers of responses, to tell the files of a joined capture apart.
        """
        young = self._young
        searches = self.searches
        new = tuple.__new__
        for datagram in datagrams:
            payload = datagram.payload
            message = young.get(payload)
            if message is None:
                message = self._read(payload)
                young = self._young
            if datagram.truncated:
                message = _without_effects_of_a_cut(message)
            if message.kind == "response":
                answered = searches.answer(
                    datagram.destination,
                    datagram.dport,
                    message.st,
                    datagram.time_ns,
                    base + datagram.frame,
                )
                if answered is None and not message.is_ssdp and not _on_port(datagram):
                    continue
            elif not message.is_ssdp and not _on_port(datagram):
                continue
            sighting: Sighting = new(Sighting, (capture, datagram, message))
            if message.kind == "search":
                self._open(sighting)
            yield sighting

    def close(self) -> None:
        """Hand on the searches that are still open."""
        self._hand_on(None)

    def _open(self, sighting: Sighting) -> None:
        datagram, message = sighting.datagram, sighting.ssdp
        self._hand_on(datagram.time_ns)
        mx_seconds = message.mx_seconds
        if mx_seconds is None and not _is_group(datagram.destination):
            mx_seconds = 0
        self.searches.open(
            datagram.source, datagram.sport, message.st, mx_seconds, datagram.time_ns, sighting
        )

    def _hand_on(self, time_ns: int | None) -> None:
        for search in self.searches.expired(time_ns):
            if self._on_search is not None:
                self._on_search(search)

    def _read(self, payload: bytes) -> SsdpMessage:
        message = self._old.get(payload)
        if message is None:
            message = parse_ssdp(payload)
        if len(self._young) >= _REMEMBERED:
            self._old, self._young = self._young, {}
        self._young[payload] = message
        return message


def _on_port(datagram: Datagram) -> bool:
    return PORT in (datagram.sport, datagram.dport)


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
