"""Events by what they were sent for: each subscription with its events, and events without one."""

from __future__ import annotations

from collections.abc import Iterable

from upnpscapy.forensics.controlling.multicast_event_row import AnyEventRow
from upnpscapy.forensics.controlling.subscription_row import SubscriptionRow
from upnpscapy.forensics.described.service_row import ServiceRow
from upnpscapy.forensics.place import Place
from upnpscapy.forensics.url_place import UrlPlace, url_place

__all__ = ["EVENT_COUNT_COLUMNS", "EventCount", "count_events"]

EVENT_COUNT_COLUMNS = tuple(
    "capture publisher subscriber service event_sub_url sid state timeout_seconds events variables "
    "first_frame last_frame".split()
)

MAX_VARIABLES = 64
"""Distinct variables named of one subscription."""


class EventCount:
    """One subscription with its events; or events of one sender whose subscription is unknown."""

    def __init__(self, place: Place, publisher: str, subscriber: str, sid: str | None) -> None:
        self._place = place
        self.capture = place.capture
        self.publisher = publisher
        self.subscriber = subscriber
        self.sid = sid
        self.service: str | None = None
        """The short id of the service, where a captured description has it."""
        self.event_sub_url: str | None = None
        self.state: str | None = None
        """That of the subscription, ``multicast``, or None if it is not known."""
        self.timeout_seconds: int | None = None
        self.events = 0
        self.variables: dict[str, None] = {}
        self.first: int | None = None
        self.last: int | None = None

    def saw(self, frames: Iterable[int]) -> None:
        """Take frames as evidence, in the numbers used inside."""
        for frame in frames:
            self.first = frame if self.first is None else min(self.first, frame)
            self.last = frame if self.last is None else max(self.last, frame)

    def take(self, event: AnyEventRow) -> None:
        """Take one event."""
        self.events += 1
        if self.service is None and event.service is not None:
            self.service = event.service.service.short_id
        for name, _ in event.event.properties:
            if len(self.variables) < MAX_VARIABLES:
                self.variables[name] = None
        self.saw(event.frames)

    def column(self, name: str) -> object:
        """The value of a column of ``EVENT_COUNT_COLUMNS``."""
        if name in ("first_frame", "last_frame"):
            number = self.first if name == "first_frame" else self.last
            return None if number is None else self._place.show(number)
        if name == "variables":
            return list(self.variables)
        return getattr(self, name)


def count_events(
    subscriptions: Iterable[SubscriptionRow],
    events: Iterable[AnyEventRow],
    services: Iterable[ServiceRow],
) -> list[EventCount]:
    """Subscriptions in their order, then what belongs to none."""
    names: dict[UrlPlace, str] = {}
    for row in services:
        place = url_place(row.event_sub_url)
        if place is not None:
            names.setdefault(place, row.service.short_id)
    known: dict[int, EventCount] = {}
    for subscription in subscriptions:
        count = EventCount(
            subscription.place, subscription.publisher, subscription.subscriber, subscription.sid
        )
        count.event_sub_url = subscription.event_sub_url
        place = url_place(subscription.event_sub_url)
        count.service = None if place is None else names.get(place)
        count.state = subscription.state
        count.timeout_seconds = subscription.timeout_seconds
        count.saw(subscription.frames)
        known[id(subscription)] = count
    others: dict[tuple[object, ...], EventCount] = {}
    for event in events:
        found = known.get(id(event.subscription))
        if found is None:
            service = event.event.service_id if event.exchange is None else None
            key = event.capture, event.publisher, event.subscriber, event.sid, service
            found = others.get(key)
            if found is None:
                found = EventCount(event.place, event.publisher, event.subscriber, event.sid)
                found.service = service
                found.state = None if event.exchange else "multicast"
                others[key] = found
        found.take(event)
    return [*known.values(), *others.values()]
