"""A row of ``exchanges``: one HTTP request with its response, and what it was for."""

from __future__ import annotations

from typing import Literal

from upnpscapy.capture.exchanges import Exchange
from upnpscapy.display import iso_utc
from upnpscapy.forensics.place import Place
from upnpscapy.protocol.httpu import text

__all__ = ["EXCHANGE_COLUMNS", "ExchangeRow", "Role"]

EXCHANGE_COLUMNS = tuple(
    "capture frame response_frame time response_time client client_port server server_port "
    "method target status role bytes_missing defects filter".split()
)

Role = Literal[
    "description", "scpd", "icon", "control", "subscribe", "event", "presentation", "other"
]


class ExchangeRow:
    """One exchange; ``exchange`` has both messages with their bytes."""

    __slots__ = ("exchange", "place", "role")

    def __init__(self, exchange: Exchange, place: Place, role: Role) -> None:
        self.exchange = exchange
        self.place = place
        self.role = role

    @property
    def capture(self) -> str:
        """The file it is in."""
        return self.place.capture

    @property
    def time_ns(self) -> int | None:
        """When the request began, or the response if the request is missing."""
        exchange = self.exchange
        return exchange.response_time_ns if exchange.time_ns is None else exchange.time_ns

    @property
    def time(self) -> str | None:
        """When the request began, as ISO 8601 in UTC."""
        return iso_utc(self.exchange.time_ns)

    @property
    def method(self) -> str | None:
        """The request's method."""
        method = self.exchange.method
        return None if method is None else text(method)

    @property
    def target(self) -> str | None:
        """The request's target, as sent."""
        target = self.exchange.target
        return None if target is None else text(target)

    def involves(self, host: str) -> bool:
        """Whether an address is one of its two ends."""
        return host in (self.exchange.client, self.exchange.server)

    def column(self, name: str) -> object:
        """The value of a column of ``EXCHANGE_COLUMNS``."""
        if name in ("capture", "time", "method", "target", "role"):
            return getattr(self, name)
        value = getattr(self.exchange, name)
        if name in ("frame", "response_frame"):
            return None if value is None else self.place.show(value)
        return value
