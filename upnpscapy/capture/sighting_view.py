"""A row of ``messages`` as a card: the envelope, what the message means, and its lines as sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from upnpscapy.protocol.host_text import host_and_port
from upnpscapy.protocol.message_view import meaning_fields, ssdp_nodes
from upnpscapy.tree import Tree, card

if TYPE_CHECKING:
    from upnpscapy.capture.sighting import Sighting

__all__ = ["sighting_tree"]


def sighting_tree(row: Sighting) -> Tree:
    """One datagram."""
    fields = (*_envelope(row), *meaning_fields(row.ssdp))
    return card(row.kind, row.target or "", fields, ssdp_nodes(row.ssdp))


def _envelope(row: Sighting) -> Iterator[tuple[str, object]]:
    yield "frame", f"{row.frame} of {row.capture}"
    yield "time", row.time
    link = f"  {row.link_src}" if row.link_src else ""
    yield "from", f"{host_and_port(row.src, row.sport)}{link}"
    yield "to", host_and_port(row.dst, row.dport)
    yield "vlans", row.vlans
    yield "ttl", row.ttl
    if row.truncated:
        yield "truncated", "not all of the datagram is in the capture"
    named = {defect.name for defect in row.ssdp.defects}
    for name in row.defects:
        if name not in named:
            yield "deviates", name
    yield "filter", f"frame.number == {row.frame}"
