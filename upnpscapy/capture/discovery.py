"""Datagrams to discovery messages: recognised by content and by the pending search.

What comes to or from UDP port 1900 is listed whatever it is (``other`` if nothing known);
on other ports a message must be SSDP by its content, or answer a search that is pending.
Plex GDM on 32412 and WS-Discovery on 3702 are neither; multicast events are set aside.

SSDP repeats itself: a payload seen before is not read again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import replace
from enum import Enum

from upnpscapy.capture.ip import is_group
from upnpscapy.capture.sighting import Sighting
from upnpscapy.protocol.pairing import Search, SearchBook
from upnpscapy.protocol.ssdp import PORT, SsdpMessage, parse_ssdp

__all__ = ["DiscoveryReader"]

_REMEMBERED = 6_000
"""Payloads in each of the two generations that are remembered."""

_LARGEST_REMEMBERED = 2048
"""Bytes; no benign message of those known is half as long."""

_CAUSED_BY_A_CUT = frozenset(("no-blank-line", "unterminated-line"))


class _Road(Enum):
    """What is to be done with a message besides listing it."""

    LIST = 0
    ANSWER = 1
    OPEN = 2
    DOUBT = 3
    EVENT = 4


_Known = tuple[SsdpMessage, _Road, bytes]
"""What a payload means, what is to be done with it, and itself as it came first."""

_new_tuple: Callable[[type[Sighting], tuple[object, ...]], Sighting] = tuple.__new__
_LIST, _ANSWER, _OPEN, _EVENT = _Road.LIST, _Road.ANSWER, _Road.OPEN, _Road.EVENT


class DiscoveryReader:
    """Datagrams to messages; pairs searches and responses on the way.

    Messages gather in ``found``, in frame order, until the caller takes them.
    ``on_search`` gets every search when no response can belong to it any more,
    in the order they were sent.
    ``on_event`` gets multicast events (UDA 2.0, 4.3.3); on port 1900 they are messages as well.
    ``on_unasked`` gets responses that come to where nobody searched from shortly before.
    """

    def __init__(
        self,
        on_search: Callable[[Search], None] | None = None,
        on_event: Callable[[Sighting], None] | None = None,
        on_unasked: Callable[[Sighting], None] | None = None,
    ) -> None:
        self.searches = SearchBook()
        self.found: list[Sighting] = []
        self._on_search = on_search
        self._on_event = on_event
        self._on_unasked = on_unasked
        self._capture = ""
        self._base = 0
        self._young: dict[bytes, _Known] = {}
        self._old: dict[bytes, _Known] = {}

    def begin(self, capture: str, base: int = 0) -> None:
        """Name the file that the next datagrams come from.

        ``base`` is added to the numbers of responses, to tell the files of a joined capture apart.
        """
        self._capture = capture
        self._base = base

    def take(
        self,
        frame: int,
        time_ns: int | None,
        source: bytes,
        sport: int,
        destination: bytes,
        dport: int,
        link_source: bytes | None,
        vlans: tuple[int, ...],
        ttl: int | None,
        payload: bytes,
        truncated: bool,
    ) -> None:
        """Take the fields of the next ``Datagram``, and keep what is a discovery message.

        Equal payloads are one object, as are their ``SsdpMessage``s, while they are remembered.
        """
        message, road, payload = self._young.get(payload) or self._read(payload)
        if truncated:
            message = _without_effects_of_a_cut(message)
        if road is not _LIST:
            answered = None
            if road is _ANSWER:
                answered = self.searches.answer(
                    destination, dport, message.st, time_ns, self._base + frame
                )
            elif road is _EVENT and self._on_event is not None:
                # fmt: off
                self._on_event(
                    Sighting(
                        self._capture, message, frame, time_ns, source, sport, destination, dport,
                        link_source, vlans, ttl, payload, truncated,
                    )
                )
                # fmt: on
            if answered is None and not message.is_ssdp and PORT not in (sport, dport):
                return
        # Sighting(…) in one step less: it is made a million times.
        # fmt: off
        sighting = _new_tuple(
            Sighting,
            (
                self._capture, message, frame, time_ns, source, sport, destination, dport,
                link_source, vlans, ttl, payload, truncated,
            ),
        )
        # fmt: on
        if road is _OPEN:
            mx_seconds = message.mx_seconds
            if mx_seconds is None and not is_group(destination):
                mx_seconds = 0
            self.searches.open(
                source, sport, message.st, mx_seconds, time_ns, sighting, len(payload)
            )
        elif (
            road is _ANSWER
            and answered is None
            and self._on_unasked is not None
            and not self.searches.searched(destination, dport, time_ns)
        ):
            self._on_unasked(sighting)
        self.found.append(sighting)

    def pass_time(self, time_ns: int | None) -> None:
        """Hand on the searches whose time is over; to be called between batches."""
        # Without times none expires, only their number is bounded.
        self._hand_on(time_ns or 0)

    def close(self) -> None:
        """Hand on the searches that are still open."""
        self._hand_on(None)

    def _hand_on(self, time_ns: int | None) -> None:
        expired = self.searches.expired(time_ns)
        if self._on_search is None:
            deque(expired, 0)
        else:
            deque(map(self._on_search, expired), 0)

    def _read(self, payload: bytes) -> _Known:
        known = self._old.get(payload)
        if known is None:
            message = parse_ssdp(payload)
            known = message, _road(message), payload
        if len(payload) <= _LARGEST_REMEMBERED:
            if len(self._young) >= _REMEMBERED:
                self._old, self._young = self._young, {}
            self._young[payload] = known
        return known


def _road(message: SsdpMessage) -> _Road:
    if message.kind == "response":
        return _Road.ANSWER
    if message.kind == "search":
        # Listed or not, as any message: Plex GDM is a search without a word of SSDP.
        return _Road.OPEN
    if message.is_ssdp:
        return _Road.LIST
    return _Road.EVENT if (message.nts or "").lower() == "upnp:propchange" else _Road.DOUBT


def _without_effects_of_a_cut(message: SsdpMessage) -> SsdpMessage:
    """The message without deviations of its last line, and of what would have followed it."""
    kept = message.message
    last = kept.headers[-1].line if kept.headers and not kept.blank else kept.start.line
    cut_at = len(bytes(kept)) - len(last) if not kept.blank else len(bytes(kept))
    defects = tuple(
        defect
        for defect in message.defects
        if defect.at is not None and defect.at < cut_at and defect.name not in _CAUSED_BY_A_CUT
    )
    return replace(message, defects=defects)
