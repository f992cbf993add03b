"""The subscriptions and events of an overview as trees."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from upnpscapy.forensics.overview.events import EventCount
from upnpscapy.tree import Node, Tree

__all__ = ["events_tree"]

SHOWN = 50
"""Subscriptions shown."""


def events_tree(counts: Sequence[EventCount], *, several: bool) -> Tree:
    """Each subscription with its events, by its two ends."""
    ends: dict[str, list[Node]] = {}
    for count in counts[:SHOWN]:
        name = f"{count.publisher} → {count.subscriber}"
        ends.setdefault(f"{count.capture}  {name}" if several else name, []).append(_node(count))
    more = len(counts) - SHOWN
    words = (f"… {more} more: upnpscapy subscriptions and events list all",) if more > 0 else ()
    roots = (Node(name, children=tuple(nodes)) for name, nodes in ends.items())
    return Tree(tuple(roots), words)


def _node(count: EventCount) -> Node:
    label = count.service or count.event_sub_url or "subscription not captured"
    events = f"{count.events} event{'' if count.events == 1 else 's'}"
    return Node(label, "  ".join(filter(None, (events, count.state))), tuple(_fields(count)))


def _fields(count: EventCount) -> Iterator[tuple[str, str]]:
    if count.sid:
        yield "sid", count.sid
    if count.variables:
        yield "variables", ", ".join(count.variables)
    first, last = count.column("first_frame"), count.column("last_frame")
    if first is not None:
        yield "frames", f"{first} to {last}" if first != last else str(first)
