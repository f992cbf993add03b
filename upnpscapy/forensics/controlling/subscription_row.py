"""A row of ``subscriptions``: one subscription to the events of a service, and its state.

``requested``: no response was seen. ``active``: accepted. ``renewed``: accepted again.
``refused``: the publisher answered with an error, to the subscription or to its renewal.
``ended``: by UNSUBSCRIBE, and the publisher does not know it any more.
``expired``: accepted, and its timeout ran out before the end of the capture, or before the
publisher said that it does not know it (any more).
"""

from __future__ import annotations

from typing import Literal, get_args

from upnpscapy.capture.exchanges import Exchange
from upnpscapy.display import Columns, printable
from upnpscapy.forensics.place import Place
from upnpscapy.forensics.row_of_exchange import RowOfExchange
from upnpscapy.forensics.url_place import url_of
from upnpscapy.protocol.gena import Subscribe, Timeout
from upnpscapy.tree import MAX_SUMMARY, Tree

__all__ = ["SUBSCRIPTION_COLUMNS", "SubscriptionRow", "SubscriptionState"]

SubscriptionState = Literal["requested", "active", "renewed", "refused", "ended", "expired"]

SUBSCRIPTION_COLUMNS = Columns(
    "capture frame time subscriber publisher event_sub_url callback sid timeout_seconds state",
    numbers="frame timeout_seconds",
    choices={"state": get_args(SubscriptionState)},
)

MAX_FRAMES = 256
"""Kept of one subscription; a renewal each minute fills them in two hours."""


class SubscriptionRow(RowOfExchange):
    """One subscription; one from before the capture begins with its renewal or its end.

    ``exchange`` is the one it was first seen in.
    """

    __slots__ = (
        "accepted_ns",
        "callback",
        "callbacks",
        "defects",
        "frames",
        "renewals",
        "sid",
        "state",
        "subscribe",
        "timeout",
    )

    def __init__(self, exchange: Exchange, place: Place, subscribe: Subscribe) -> None:
        super().__init__(exchange, place)
        self.subscribe = subscribe
        self.callback = subscribe.callback
        """CALLBACK as sent, with its angle brackets."""
        self.callbacks = subscribe.callbacks
        """The URLs in it."""
        self.sid = subscribe.sid
        """As the publisher sent it; None if it is not known."""
        self.timeout: Timeout | None = subscribe.timeout
        """What was granted last; what was asked for while nothing is granted."""
        self.state: SubscriptionState = "requested"
        self.accepted_ns: int | None = None
        """When it was accepted last."""
        self.renewals = 0
        """Accepted ones."""
        self.frames: list[int] = []
        """Of all its requests and responses, the first ones."""
        self.defects: list[str] = []
        """Names of the deviations of all its messages, each once."""

    @property
    def subscriber(self) -> str:
        """Address of who asked; events go to ``callback``, which may be somebody else."""
        return self.exchange.client

    @property
    def publisher(self) -> str:
        """Address of the device."""
        return self.exchange.server

    @property
    def event_sub_url(self) -> str | None:
        """The absolute URL that was subscribed to, by the address that it went to."""
        return url_of(self.exchange, by_name=False)

    @property
    def timeout_seconds(self) -> int | None:
        """How long it lasts; None if that is unknown or ``infinite``."""
        return None if self.timeout is None else self.timeout.seconds

    @property
    def infinite(self) -> bool:
        """Whether it was to last forever."""
        return self.timeout is not None and self.timeout.infinite

    def saw(self, exchange: Exchange, defects: list[str]) -> None:
        """Take note of one more request with its response."""
        room = MAX_FRAMES - len(self.frames)
        self.frames += exchange.frames[:room]
        self.defects = list(dict.fromkeys([*self.defects, *exchange.defects, *defects]))

    def lapsed(self, now_ns: int | None) -> bool:
        """Whether it was accepted, and its time was up before then."""
        seconds = self.timeout_seconds
        if now_ns is None or self.accepted_ns is None or seconds is None:
            return False
        return self.accepted_ns + seconds * 1_000_000_000 < now_ns

    def close(self, end_ns: int | None) -> None:
        """Let it expire if its time is up at the end of the capture."""
        if self.state in ("active", "renewed") and self.lapsed(end_ns):
            self.state = "expired"

    def tree(self) -> Tree:
        """Who subscribed to what, where its events go, and how it ended."""
        from upnpscapy.forensics.views.eventing import subscription_tree

        return subscription_tree(self)

    def _summary(self) -> str:
        sid = printable((self.sid or "?")[:MAX_SUMMARY])
        return f"SubscriptionRow {self.frame} {sid} {self.state}"
