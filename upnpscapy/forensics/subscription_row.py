"""A row of ``subscriptions``: one subscription to the events of a service, and its state.

``requested``: no response was seen. ``active``: accepted. ``renewed``: accepted again.
``refused``: the publisher answered with an error, to the subscription or to its renewal.
``ended``: by UNSUBSCRIBE, and the publisher does not know it any more.
``expired``: accepted, and its timeout ran out before the end of the capture.
"""

from __future__ import annotations

from typing import Literal

from upnpscapy.capture.exchanges import Exchange
from upnpscapy.display import iso_utc
from upnpscapy.forensics.place import Place
from upnpscapy.forensics.whole_body import url_of
from upnpscapy.protocol.gena import Subscribe, Timeout

__all__ = ["SUBSCRIPTION_COLUMNS", "SubscriptionRow", "SubscriptionState"]

SUBSCRIPTION_COLUMNS = tuple(
    "capture frame time subscriber publisher event_sub_url callback sid timeout_seconds "
    "state".split()
)

SubscriptionState = Literal["requested", "active", "renewed", "refused", "ended", "expired"]

MAX_FRAMES = 256
"""Kept of one subscription; a renewal each minute fills them in two hours."""


class SubscriptionRow:
    """One subscription; one from before the capture begins with its renewal or its end."""

    __slots__ = (
        "accepted_ns",
        "callback",
        "callbacks",
        "defects",
        "exchange",
        "frames",
        "place",
        "renewals",
        "sid",
        "state",
        "subscribe",
        "timeout",
    )

    def __init__(self, exchange: Exchange, place: Place, subscribe: Subscribe) -> None:
        self.exchange = exchange
        """The one it was first seen in."""
        self.place = place
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
    def capture(self) -> str:
        """The file it was first seen in."""
        return self.place.capture

    @property
    def frame(self) -> int | None:
        """Frame of its first request."""
        return self.exchange.frame

    @property
    def time_ns(self) -> int | None:
        """When its first request began."""
        return self.exchange.time_ns

    @property
    def time(self) -> str | None:
        """When its first request began, as ISO 8601 in UTC."""
        return iso_utc(self.exchange.time_ns)

    @property
    def subscriber(self) -> str:
        """Address of who asked; events go to ``callback``, which may be somebody else."""
        return self.exchange.client

    @property
    def publisher(self) -> str:
        """Address of the device."""
        return self.exchange.server

    @property
    def event_sub_url(self) -> str:
        """The absolute URL that was subscribed to."""
        return url_of(self.exchange.server, self.exchange.server_port, self.subscribe.target)

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

    def close(self, end_ns: int | None) -> None:
        """Let it expire if its time is up at the end of the capture."""
        seconds, accepted_ns = self.timeout_seconds, self.accepted_ns
        if self.state not in ("active", "renewed") or seconds is None:
            return
        if end_ns is not None and accepted_ns is not None:
            over = accepted_ns + seconds * 1_000_000_000 < end_ns
            self.state = "expired" if over else self.state

    def involves(self, host: str) -> bool:
        """Whether an address is one of its two ends."""
        return host in (self.exchange.client, self.exchange.server)

    def column(self, name: str) -> object:
        """The value of a column of ``SUBSCRIPTION_COLUMNS``."""
        value = getattr(self, name)
        # In a joined capture a frame can be in another file than the row.
        return self.place.show(value) if name == "frame" and value is not None else value

    def __repr__(self) -> str:
        return f"<SubscriptionRow {self.frame} {self.sid} {self.state}>"
