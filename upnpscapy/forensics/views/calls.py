"""A row of ``calls`` as a card: the arguments in order, typed, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from upnpscapy.display import cell_text
from upnpscapy.forensics.views.exchanges import around_fields, message_nodes
from upnpscapy.forensics.views.values import value_fields
from upnpscapy.protocol.control_view import fault_fields
from upnpscapy.protocol.description_view import short_type
from upnpscapy.tree import Node, Tree, card

if TYPE_CHECKING:
    from upnpscapy.forensics.controlling.call_row import CallRow

__all__ = ["call_tree"]


def call_tree(row: CallRow) -> Tree:
    """One row."""
    kind = short_type(row.service_type)
    note = "  ".join(filter(None, (kind, _outcome(row))))
    children = (*_parts(row), Node("messages", "", children=message_nodes(row), is_open=False))
    return card(row.action or "call not captured", note, _fields(row), children)


def _outcome(row: CallRow) -> str:
    if row.answer is None:
        return "no response captured"
    if row.fault is None:
        return f"{row.status}"
    words = (str(row.status), "error", cell_text(row.error_code), row.error_name or "")
    return " ".join(filter(None, words))


def _fields(row: CallRow) -> Iterator[tuple[str, object]]:
    yield "control_url", row.control_url
    yield from around_fields(row)
    if not row.complete:
        yield "incomplete", "only what is whole in the capture is shown"
    yield "deviates", row.defects


def _parts(row: CallRow) -> Iterator[Node]:
    if row.call is not None:
        arguments = value_fields(row.arguments, row.typed_arguments)
        yield Node("arguments", "" if arguments else "none", arguments)
    if row.fault is not None:
        yield from card("error", "", fault_fields(row.fault, row.service_type)).roots
    elif row.result is not None:
        result = value_fields(row.result, row.typed_result)
        yield Node("result", "" if result else "none", result)
