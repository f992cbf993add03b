"""A row of ``exchanges``: one HTTP request with its response, and what it was for."""

from __future__ import annotations

from typing import Literal, get_args

from upnpscapy.capture.exchanges import Exchange
from upnpscapy.display import Columns
from upnpscapy.forensics.place import Place
from upnpscapy.forensics.row_of_exchange import RowOfExchange
from upnpscapy.protocol.httpu import text

__all__ = ["EXCHANGE_COLUMNS", "ExchangeRow", "Role"]

Role = Literal[
    "description", "scpd", "icon", "control", "subscribe", "event", "presentation", "other"
]

EXCHANGE_COLUMNS = Columns(
    "capture frame response_frame time response_time client client_port server server_port "
    "method target status role bytes_missing defects filter",
    numbers="frame response_frame client_port server_port status bytes_missing",
    lists="defects",
    choices={"role": get_args(Role)},
)

_OF_THE_ROW = frozenset("capture frame response_frame time method target role".split())


class ExchangeRow(RowOfExchange):
    """One exchange."""

    __slots__ = ("role",)

    def __init__(self, exchange: Exchange, place: Place, role: Role) -> None:
        super().__init__(exchange, place)
        self.role = role

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

    def column(self, name: str) -> object:
        """The value of a column of ``EXCHANGE_COLUMNS``."""
        return super().column(name) if name in _OF_THE_ROW else getattr(self.exchange, name)
