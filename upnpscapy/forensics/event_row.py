"""A row of ``events``: one event message of a publisher to one subscriber."""

from __future__ import annotations

from dataclasses import replace

from upnpscapy.capture.exchanges import Exchange
from upnpscapy.display import iso_utc
from upnpscapy.forensics.exchange_row import ExchangeRow
from upnpscapy.forensics.place import Place
from upnpscapy.forensics.subscription_row import SubscriptionRow
from upnpscapy.forensics.subscriptions import Subscriptions
from upnpscapy.forensics.whole_body import WholeBody
from upnpscapy.protocol.gena import Change, Event
from upnpscapy.protocol.property_set import read_last_change
from upnpscapy.protocol.xml_body import Pairs, pairs_found

__all__ = ["EVENT_COLUMNS", "EventRow"]

EVENT_COLUMNS = tuple("capture frame time publisher subscriber sid seq properties".split())


class EventRow:
    """One event; ``exchange`` has the message with its bytes.

    The publisher is the side that connects.
    Of a body that is not all in the capture, only what is whole is there.
    """

    __slots__ = (
        "_subscriptions",
        "complete",
        "defects",
        "event",
        "exchange",
        "place",
    )

    def __init__(
        self, row: ExchangeRow, event: Event, body: WholeBody, subscriptions: Subscriptions
    ) -> None:
        self.exchange: Exchange = row.exchange
        self.place: Place = row.place
        self._subscriptions = subscriptions
        self.complete = body.defect is None
        """Whether the body is there completely."""
        if not self.complete:
            pairs = pairs_found(body.data)
            event = replace(event, properties=pairs, changes=_changes(pairs))
        self.event = event
        names = [*row.exchange.defects, *body.judge(event.defects)]
        self.defects = list(dict.fromkeys(names))
        """Names of the deviations, of HTTP and of the event, each once."""

    @property
    def capture(self) -> str:
        """The file it is in."""
        return self.place.capture

    @property
    def frame(self) -> int | None:
        """Frame of its first byte."""
        return self.exchange.frame

    @property
    def frames(self) -> list[int]:
        """Its frames, and those of the response."""
        return self.exchange.frames

    @property
    def time_ns(self) -> int | None:
        """When it began."""
        return self.exchange.time_ns

    @property
    def time(self) -> str | None:
        """When it began, as ISO 8601 in UTC."""
        return iso_utc(self.exchange.time_ns)

    @property
    def publisher(self) -> str:
        """Address of the device, which connects for an event."""
        return self.exchange.client

    @property
    def subscriber(self) -> str:
        """Address of who gets it."""
        return self.exchange.server

    @property
    def sid(self) -> str | None:
        """As sent."""
        return self.event.sid

    @property
    def seq(self) -> int | None:
        """The event key: 0 for the first event of a subscription."""
        return self.event.seq

    @property
    def status(self) -> int | None:
        """The subscriber's HTTP status, None without a response."""
        return self.exchange.status

    @property
    def properties(self) -> list[list[str]]:
        """[variable, value] in wire order, as sent."""
        return [list(pair) for pair in self.event.properties]

    @property
    def changes(self) -> tuple[Change, ...]:
        """What LastChange among the variables says, in order."""
        return self.event.changes

    @property
    def subscription(self) -> SubscriptionRow | None:
        """The subscription it is of, also if its acceptance came later; None if unknown."""
        if self.event.sid is None:
            return None
        return self._subscriptions.find(
            self.event.sid, self.publisher, self.subscriber, self.time_ns
        )

    @property
    def event_sub_url(self) -> str | None:
        """The absolute URL that was subscribed to, None if the subscription is unknown."""
        subscription = self.subscription
        return None if subscription is None else subscription.event_sub_url

    @property
    def filter(self) -> str:
        """A Wireshark display filter that shows the connection."""
        return self.exchange.filter

    def involves(self, host: str) -> bool:
        """Whether an address is one of its two ends."""
        return host in (self.exchange.client, self.exchange.server)

    def column(self, name: str) -> object:
        """The value of a column of ``EVENT_COLUMNS``."""
        value = getattr(self, name)
        # In a joined capture a frame can be in another file than the row.
        return self.place.show(value) if name == "frame" and value is not None else value

    def __repr__(self) -> str:
        return f"<EventRow {self.frame} {self.sid} {self.seq}>"


def _changes(pairs: Pairs) -> tuple[Change, ...]:
    found: list[Change] = []
    for name, value in pairs:
        if name == "LastChange" and value.strip():
            found.extend(read_last_change(value) or ())
    return tuple(found)
