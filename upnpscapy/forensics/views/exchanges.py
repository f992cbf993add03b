"""A row of ``exchanges`` as a card: both messages, their bodies decoded, what is missing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from upnpscapy.capture.http_message import HttpMessage
from upnpscapy.display import cell_text
from upnpscapy.protocol.body_view import body_node
from upnpscapy.protocol.host_text import host_and_port
from upnpscapy.protocol.message_view import head_node
from upnpscapy.tree import Node, Tree, card

if TYPE_CHECKING:
    from upnpscapy.forensics.exchange_row import ExchangeRow
    from upnpscapy.forensics.row_of_exchange import RowOfExchange

__all__ = ["around_fields", "exchange_tree", "message_nodes"]


def exchange_tree(row: ExchangeRow) -> Tree:
    """One row."""
    label = f"{row.method} {row.target}" if row.method else "request not captured"
    status = "no response captured" if row.status is None else str(row.status)
    fields = (*around_fields(row), *_problems(row))
    return card(label, f"{status}  {row.role}", fields, message_nodes(row))


def around_fields(row: RowOfExchange) -> Iterator[tuple[str, object]]:
    """Between whom, when, and in which frames."""
    exchange = row.exchange
    ends = [
        host_and_port(row.exchange.client, exchange.client_port),
        host_and_port(row.exchange.server, exchange.server_port),
    ]
    yield "ends", " → ".join(ends)
    yield "asked", exchange.time
    yield "answered", exchange.response_time
    yield "frames", f"{cell_text(row.place.frames(row.exchange.frames))} of {row.capture}"
    yield "filter", row.filter


def message_nodes(row: RowOfExchange, *, is_open: bool = True) -> tuple[Node, ...]:
    """The request and the response, as sent."""
    exchange = row.exchange
    parts = (("request", exchange.request), ("response", exchange.response))
    return tuple(
        Node(label, _place(row, part), children=tuple(_inside(part)), is_open=is_open)
        for label, part in parts
        if part is not None
    )


def _problems(row: ExchangeRow) -> Iterator[tuple[str, object]]:
    if row.bytes_missing:
        yield "missing", f"{row.bytes_missing} bytes that were sent are not in the capture"
    if row.exchange.response_lost:
        yield "missing", "the response, which is in a gap"
    yield "deviates", row.defects


def _inside(part: HttpMessage) -> Iterator[Node]:
    names = set(part.defects)
    defects = [one for one in part.message.defects if one.name in names]
    yield head_node(part.message, "head", defects)
    content = part.content()
    if content.data or part.body_size:
        yield body_node(content.data, complete=content.complete)
    if part.surplus:
        yield body_node(part.surplus, "behind the end", complete=True)


def _place(row: RowOfExchange, part: HttpMessage) -> str:
    first = part.frames.first
    return "" if first is None else f"from frame {row.place.show(first)}"
