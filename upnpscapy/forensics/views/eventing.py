"""Rows of ``subscriptions`` and ``events`` as cards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from upnpscapy.capture.sighting_view import sighting_tree
from upnpscapy.display import cell_text, iso_utc
from upnpscapy.forensics.controlling.multicast_event_row import MulticastEventRow
from upnpscapy.forensics.views.exchanges import message_nodes
from upnpscapy.forensics.views.values import value_fields
from upnpscapy.tree import Node, Tree, card

if TYPE_CHECKING:
    from upnpscapy.forensics.controlling.multicast_event_row import AnyEventRow
    from upnpscapy.forensics.controlling.subscription_row import SubscriptionRow

__all__ = ["event_tree", "subscription_tree"]


def subscription_tree(row: SubscriptionRow) -> Tree:
    """One row: who subscribed to what, where the events go, and how it ended."""
    label = row.event_sub_url or "subscription"
    first = Node("first seen", children=message_nodes(row), is_open=False)
    return card(label, row.state, _subscription_fields(row), (first,))


def event_tree(row: AnyEventRow) -> Tree:
    """One row: the variables in their order, typed, and what LastChange says."""
    service = row.service.service.short_id if row.service is not None else None
    label = " ".join(filter(None, (service or "event", cell_text(row.seq))))
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
    return card(label, f"{row.publisher} → {row.subscriber}", _event_fields(row), parts)


def _subscription_fields(row: SubscriptionRow) -> Iterator[tuple[str, object]]:
    yield "subscriber", row.subscriber
    yield "publisher", row.publisher
    yield "callback", row.callback
    yield "sid", row.sid
    yield "timeout", "infinite" if row.infinite else row.timeout_seconds
    yield "time", row.time
    yield "accepted", iso_utc(row.accepted_ns)
    yield "renewals", row.renewals or None
    yield "deviates", row.defects
    yield "frames", f"{cell_text(row.place.frames(row.frames))} of {row.capture}"
    yield "filter", row.filter


def _event_fields(row: AnyEventRow) -> Iterator[tuple[str, object]]:
    yield "sid", row.sid
    yield "subscribed to", row.event_sub_url
    yield "time", row.time
    yield "incomplete", "" if row.complete else "only what is whole in the capture is shown"
    yield "deviates", row.defects
    yield "frames", f"{cell_text(row.place.frames(row.frames))} of {row.capture}"
    yield "filter", row.filter
