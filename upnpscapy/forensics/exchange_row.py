"""A row of ``exchanges``: one HTTP request with its response, and what it was for."""

from __future__ import annotations

from typing import Literal, get_args

from upnpscapy.capture.exchanges import Exchange
from upnpscapy.display import Columns, Through, printable
from upnpscapy.forensics.place import Place
from upnpscapy.forensics.row_of_exchange import RowOfExchange
from upnpscapy.protocol.httpu import text
from upnpscapy.tree import MAX_SUMMARY, Tree

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


class ExchangeRow(RowOfExchange):
    """One exchange."""

    __slots__ = ("role",)

    def __init__(self, exchange: Exchange, place: Place, role: Role) -> None:
        super().__init__(exchange, place)
        self.role = role

    response_time = Through[str | None]("exchange.response_time")
    client_port = Through[int]("exchange.client_port")
    server_port = Through[int]("exchange.server_port")
    bytes_missing = Through[int]("exchange.bytes_missing")
    defects = Through[list[str]]("exchange.defects")

    def tree(self) -> Tree:
        """Both messages with their bodies, and what is missing of them."""
        from upnpscapy.forensics.views.exchanges import exchange_tree

        return exchange_tree(self)

    def _summary(self) -> str:
        asked = printable(f"{self.method or '?'} {(self.target or '')[:MAX_SUMMARY]}")
        return f"ExchangeRow {self.frame} {asked} {self.status} {self.role}"

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
