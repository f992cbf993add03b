"""What was done with the devices of a capture: calls, subscriptions, events; facts, no opinion."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from upnpscapy.capture.exchanges import Exchange
from upnpscapy.capture.sighting import Sighting
from upnpscapy.forensics.controlling.call_read import read_call
from upnpscapy.forensics.controlling.call_row import CallRow
from upnpscapy.forensics.controlling.event_row import EventRow
from upnpscapy.forensics.controlling.external_address_row import (
    ExternalAddressRow,
    read_external_addresses,
)
from upnpscapy.forensics.controlling.multicast_event_row import AnyEventRow, read_multicast_event
from upnpscapy.forensics.controlling.subscription_row import SubscriptionRow
from upnpscapy.forensics.controlling.subscriptions import Subscriptions
from upnpscapy.forensics.controlling.whole_body import whole_body
from upnpscapy.forensics.described.descriptions import Descriptions
from upnpscapy.forensics.described.service_row import ServiceRow
from upnpscapy.forensics.exchange_row import ExchangeRow
from upnpscapy.forensics.place import Place
from upnpscapy.protocol.gena import Subscribe, parse_gena

__all__ = ["ControlFacts"]

MAX_CALLS = 65_536
MAX_EVENTS = 65_536
"""Rows kept of each; a poll every second fills them in 18 hours."""

MAX_BYTES = 256 << 20
"""Of memory, about, for all exchanges that are kept; answers of media servers are long."""

OVERHEAD = 4096
"""Bytes that an exchange takes besides its messages, about."""

OF_A_VALUE = 200
"""Bytes that a value takes besides its text, about."""


class ControlFacts:
    """Takes the exchanges of one capture, in any order, and has the rows of four tables.

    The lists are complete, and in frame order, after ``close``.
    ``on_call`` gets each call at once, also those that are not kept for want of room.
    """

    def __init__(self, on_call: Callable[[CallRow], object] | None = None) -> None:
        self.calls: list[CallRow] = []
        self.external_addresses: list[ExternalAddressRow] = []
        self.events: list[AnyEventRow] = []
        self.calls_left_out = 0
        """Calls that were not kept for want of room."""
        self.events_left_out = 0
        self.external_addresses_left_out = 0
        self._subscriptions = Subscriptions(self._keep_exchange)
        self._on_call = on_call
        self._left = MAX_BYTES

    @property
    def subscriptions(self) -> list[SubscriptionRow]:
        """Subscriptions, with their states so far."""
        return self._subscriptions.rows

    @property
    def subscriptions_left_out(self) -> int:
        """Subscriptions that were not kept for want of room."""
        return self._subscriptions.left_out

    @property
    def left_out(self) -> int:
        """Rows of all four tables that were not kept for want of room."""
        return (
            self.calls_left_out
            + self.events_left_out
            + self.external_addresses_left_out
            + self.subscriptions_left_out
        )

    def take(self, row: ExchangeRow) -> None:
        """Take an exchange for what it is, whatever its role; most are no control at all."""
        call = read_call(row)
        if call is not None:
            self._take_call(call)
            return
        request = row.exchange.request
        if request is None:
            return
        method = (request.message.start.method or b"").upper()
        if method not in (b"NOTIFY", b"SUBSCRIBE", b"UNSUBSCRIBE"):
            return
        body = whole_body(request)
        message = parse_gena(request.message, body.data)
        if isinstance(message, Subscribe):
            self._subscriptions.take(row, message)
        elif message is not None:
            event = EventRow(row, message, body, self._subscriptions)
            self._take_event(event, _size(event.exchange))

    def take_datagram(self, sighting: Sighting, place: Place) -> None:
        """Take a datagram that may be a multicast event."""
        event = read_multicast_event(sighting, place)
        if event is not None:
            self._take_event(event, 2 * len(sighting.payload))

    def join(self, descriptions: Descriptions) -> None:
        """Give calls and events the services that descriptions tell, and what disagrees."""
        found: dict[tuple[str | None, str | None], ServiceRow | None] = {}
        for call in self.calls:
            url = call.control_url
            key = url, call.service_type
            if key not in found:
                found[key] = None if url is None else descriptions.service_for(url, key[1])
            call.join(found[key])
        for event in self.events:
            if isinstance(event, EventRow):
                event.join(descriptions.service_of_events(event.event_sub_url))
            else:
                told = event.event
                event.join(descriptions.service_of_device(told.udn, told.service_id))

    def close(self, end_ns: int | None) -> None:
        """Sort the rows, and fix the states of subscriptions: the capture ended then."""
        self._subscriptions.close(end_ns)
        rows: list[list[Any]] = [self.calls, self.events, self._subscriptions.rows]
        for found in rows:
            found.sort(key=_position)
        self.external_addresses.sort(key=lambda row: _position(row.call))

    def _take_call(self, call: CallRow) -> None:
        if self._on_call is not None:
            self._on_call(call)
        addresses = read_external_addresses(call)
        values = len(call.arguments) + len(call.result or ())
        decoded = [part.body for part in (call.call, call.answer) if part is not None]
        size = _size(call.exchange)
        if len(self.calls) < MAX_CALLS and self._keep(size, *decoded, values=values):
            self.calls.append(call)
            self.external_addresses += addresses
        else:
            self.calls_left_out += 1
            self.external_addresses_left_out += len(addresses)

    def _take_event(self, event: AnyEventRow, size: int) -> None:
        values = len(event.event.properties) + len(event.changes)
        room = len(self.events) < MAX_EVENTS
        if room and self._keep(size, event.event.body, values=values):
            self.events.append(event)
        else:
            self.events_left_out += 1

    def _keep_exchange(self, exchange: Exchange) -> bool:
        return self._keep(_size(exchange))

    def _keep(self, size: int, *decoded: bytes, values: int = 0) -> bool:
        """Whether there is room for messages of a size, decoded bodies and the values in them."""
        size += OVERHEAD + OF_A_VALUE * values + sum(map(len, decoded))
        if size > self._left:
            return False
        self._left -= size
        return True


def _size(exchange: Exchange) -> int:
    """Bytes of both messages, heads twice: as sent and in parts."""
    parts = [part for part in (exchange.request, exchange.response) if part is not None]
    return sum(len(part.body) + 2 * len(bytes(part.message)) for part in parts)


def _position(row: CallRow | AnyEventRow | SubscriptionRow) -> int:
    """Where in the capture a row begins; the numbers of joined files follow each other."""
    return row.frame or next(iter(row.frames), 0)
