"""The subscriptions of a capture: requests of eventing put together by their SID."""

from __future__ import annotations

from collections.abc import Callable

from upnpscapy.capture.exchanges import Exchange
from upnpscapy.forensics.controlling.subscription_row import SubscriptionRow
from upnpscapy.forensics.exchange_row import ExchangeRow
from upnpscapy.protocol.gena import Subscribe, Subscription, parse_subscription

__all__ = ["MAX_SUBSCRIPTIONS", "Subscriptions"]

MAX_SUBSCRIPTIONS = 32_768
MAX_OF_ONE_SID = 64
"""A SID is unique by the standard; devices that count from 1 after each start are not many."""

_UNKNOWN_SID = 412
"""Precondition Failed (UDA 2.0, 4.1.3 and 4.1.4)."""


class Subscriptions:
    """Subscriptions in the order they were found, and the one that an event belongs to.

    ``keep`` says whether there is room for the exchange that one begins with.
    """

    def __init__(self, keep: Callable[[Exchange], bool]) -> None:
        self.rows: list[SubscriptionRow] = []
        self.left_out = 0
        """Subscriptions beyond ``MAX_SUBSCRIPTIONS``, or without room."""
        self._keep = keep
        self._by_sid: dict[str, list[SubscriptionRow]] = {}

    def take(self, row: ExchangeRow, subscribe: Subscribe) -> None:
        """Take a SUBSCRIBE, a renewal or an UNSUBSCRIBE, with its response."""
        exchange = row.exchange
        response = exchange.response
        answer = None if response is None else parse_subscription(response.message)
        found = None
        if subscribe.sid is not None:
            found = self._latest(subscribe.sid, exchange)
        known = found is not None
        if found is None:
            found = self._begin(row, subscribe)
            if found is None:
                return
        names = [defect.name for defect in subscribe.defects]
        if answer is not None and subscribe.kind != "unsubscribe":
            names += [defect.name for defect in answer.defects]
        found.saw(exchange, names)
        if answer is not None:
            self._answer(found, subscribe, answer, exchange.response_time_ns, known=known)
        if not known and found.sid is not None:
            same = self._by_sid.setdefault(found.sid.lower(), [])
            if len(same) < MAX_OF_ONE_SID:
                same.append(found)

    def find(self, sid: str, event: Exchange) -> SubscriptionRow | None:
        """The subscription an event is of: that SID's last one before it, else its first.

        A publisher with several addresses may send from another one than it was asked at.
        """
        same = self._by_sid.get(sid.lower(), [])
        if len(same) == 1:
            return same[0]
        ends = [row for row in same if row.publisher == event.client]
        ends = ends or [row for row in same if row.subscriber == event.server]
        if not ends:
            return None
        time_ns = event.response_time_ns if event.time_ns is None else event.time_ns
        before = [
            row
            for row in ends
            if time_ns is not None and row.time_ns is not None and row.time_ns <= time_ns
        ]
        return before[-1] if before else ends[0]

    def close(self, end_ns: int | None) -> None:
        """Fix the states: the capture ended then."""
        for row in self.rows:
            row.close(end_ns)

    def _begin(self, row: ExchangeRow, subscribe: Subscribe) -> SubscriptionRow | None:
        if len(self.rows) >= MAX_SUBSCRIPTIONS or not self._keep(row.exchange):
            self.left_out += 1
            return None
        found = SubscriptionRow(row.exchange, row.place, subscribe)
        self.rows.append(found)
        return found

    def _latest(self, sid: str, exchange: Exchange) -> SubscriptionRow | None:
        for row in reversed(self._by_sid.get(sid.lower(), [])):
            if row.publisher == exchange.server:
                return row
        return None

    @staticmethod
    def _answer(
        row: SubscriptionRow,
        subscribe: Subscribe,
        answer: Subscription,
        time_ns: int | None,
        *,
        known: bool,
    ) -> None:
        accepted = 200 <= (answer.status or 0) < 300
        if known and answer.status == _UNKNOWN_SID and row.lapsed(time_ns):
            row.state = "expired"
            return
        if subscribe.kind == "unsubscribe":
            if accepted or (known and answer.status == _UNKNOWN_SID):
                row.state = "ended"
            elif not known:
                row.state = "refused"
            return
        if not accepted:
            row.state = "refused"
            return
        row.accepted_ns = time_ns
        row.timeout = answer.timeout
        if subscribe.kind == "subscribe":
            row.sid = answer.sid
            row.state = "active"
        else:
            row.renewals += 1
            row.state = "renewed"
