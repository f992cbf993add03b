"""A row of ``events``: one event message of a publisher to one subscriber."""

from __future__ import annotations

from upnpscapy.display import printable
from upnpscapy.forensics.controlling.event_facts import EVENT_COLUMNS, EventFacts
from upnpscapy.forensics.controlling.subscription_row import SubscriptionRow
from upnpscapy.forensics.controlling.subscriptions import Subscriptions
from upnpscapy.forensics.controlling.whole_body import WholeBody
from upnpscapy.forensics.exchange_row import ExchangeRow
from upnpscapy.forensics.row_of_exchange import RowOfExchange
from upnpscapy.protocol.gena import Event
from upnpscapy.tree import MAX_SUMMARY, Tree

__all__ = ["EVENT_COLUMNS", "EventRow"]


class EventRow(RowOfExchange, EventFacts):
    """One event over TCP: the publisher is the side that connects."""

    def __init__(
        self, row: ExchangeRow, event: Event, body: WholeBody, subscriptions: Subscriptions
    ) -> None:
        super().__init__(row.exchange, row.place)
        self._subscriptions = subscriptions
        self._read(event, body, row.exchange.defects)

    @property
    def publisher(self) -> str:
        """Address of the device, which connects for an event."""
        return self.client

    @property
    def subscriber(self) -> str:
        """Address of who gets it."""
        return self.server

    @property
    def subscription(self) -> SubscriptionRow | None:
        """The subscription it is of, also if its acceptance came later; None if unknown."""
        sid = self.event.sid
        return None if sid is None else self._subscriptions.find(sid, self.exchange)

    @property
    def event_sub_url(self) -> str | None:
        """The absolute URL that was subscribed to, None if the subscription is unknown."""
        subscription = self.subscription
        return None if subscription is None else subscription.event_sub_url

    def tree(self) -> Tree:
        """The variables in their order, typed, and what LastChange says."""
        from upnpscapy.forensics.views.eventing import event_tree

        return event_tree(self)

    def _summary(self) -> str:
        return f"EventRow {self.frame} {printable((self.sid or '?')[:MAX_SUMMARY])} {self.seq}"
