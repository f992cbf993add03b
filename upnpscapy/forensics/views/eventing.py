"""Rows of ``subscriptions`` and ``events`` as cards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from upnpscapy.capture.sighting_view import sighting_tree
from upnpscapy.display import cell_text, iso_utc
from upnpscapy.forensics.controlling.multicast_event_row import MulticastEventRow
from upnpscapy.forensics.views.exchanges import message_nodes
from upnpscapy.forensics.views.values import value_fields
from upnpscapy.tree import Node, Tree

if TYPE_CHECKING:
    from upnpscapy.forensics.controlling.multicast_event_row import AnyEventRow
    from upnpscapy.forensics.controlling.subscription_row import SubscriptionRow

__all__ = ["event_tree", "subscription_tree"]


def subscription_tree(row: SubscriptionRow) -> Tree:
    """One row: who subscribed to what, where the events go, and how it ended."""
    label = row.event_sub_url or "subscription"
    first = Node("first seen", children=message_nodes(row), is_open=False)
    fields = tuple((name, value) for name, value in _subscription_fields(row) if value)
    return Tree((Node(label, row.state, fields, (first,)),))


def event_tree(row: AnyEventRow) -> Tree:
    """One row: the variables in their order, typed, and what LastChange says."""
    service = row.service.service.short_id if row.service is not None else None
    label = " ".join(filter(None, (service or "event", cell_text(row.seq))))
    fields = tuple((name, value) for name, value in _event_fields(row) if value)
    parts = [Node("variables", fields=value_fields(row.event.properties, row.typed_properties))]
    if row.changes:
        changes = [
            (" ".join(filter(None, (one.name, one.channel))), one.value) for one in row.changes
        ]
        parts.append(Node("LastChange", fields=tuple(changes)))
    if isinstance(row, MulticastEventRow):
        parts.append(Node("message", children=sighting_tree(row.sighting).roots, is_open=False))
    else:
        parts.append(Node("messages", children=message_nodes(row), is_open=False))
    return Tree((Node(label, f"{row.publisher} → {row.subscriber}", fields, tuple(parts)),))


def _subscription_fields(row: SubscriptionRow) -> Iterator[tuple[str, str]]:
    yield "subscriber", row.subscriber
    yield "publisher", row.publisher
    yield "callback", row.callback or ""
    yield "sid", row.sid or ""
    yield "timeout", "infinite" if row.infinite else cell_text(row.timeout_seconds)
    yield "time", row.time or ""
    yield "accepted", iso_utc(row.accepted_ns) or ""
    yield "renewals", str(row.renewals or "")
    yield "deviates", ", ".join(row.defects)
    yield "frames", f"{cell_text([row.place.show(one) for one in row.frames])} of {row.capture}"
    yield "filter", row.filter


def _event_fields(row: AnyEventRow) -> Iterator[tuple[str, str]]:
    yield "sid", row.sid or ""
    yield "subscribed to", row.event_sub_url or ""
    yield "time", row.time or ""
    yield "incomplete", "" if row.complete else "only what is whole in the capture is shown"
    yield "deviates", ", ".join(row.defects)
    yield "frames", f"{cell_text([row.place.show(one) for one in row.frames])} of {row.capture}"
    yield "filter", row.filter
