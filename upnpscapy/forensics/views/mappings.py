"""Port mappings as trees and as cards, and what gateways said is their address."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from upnpscapy.display import cell_text, iso_utc
from upnpscapy.forensics.mappings.port_control_address_row import AnyExternalAddressRow
from upnpscapy.forensics.mappings.row import MappingRow
from upnpscapy.forensics.mappings.words import error_words, label
from upnpscapy.tree import Node, Tree, card

__all__ = ["address_tree", "addresses_tree", "mapping_tree", "mappings_tree"]

SHOWN = 100
"""Mappings shown."""


def mappings_tree(
    mappings: Sequence[MappingRow],
    *,
    several: bool,
    most: int | None = None,
    listing: str = "upnpscapy mappings",
) -> Tree:
    """Mappings by gateway, in their order, and what lists all of them."""
    most = SHOWN if most is None else most
    gateways: dict[str, list[Node]] = {}
    for mapping in mappings[:most]:
        name = f"{mapping.capture}  {mapping.gateway}" if several else mapping.gateway
        gateways.setdefault(name, []).append(_node(mapping))
    more = len(mappings) - most
    words = (f"… {more} more: {listing} lists all",) if more > 0 else ()
    roots = (Node(name, children=tuple(nodes)) for name, nodes in gateways.items())
    return Tree(tuple(roots), words)


def mapping_tree(mapping: MappingRow) -> Tree:
    """One row: its whole life."""
    node = _node(mapping)
    return card(node.label, node.note, (*node.fields, *_around(mapping)))


def address_tree(row: AnyExternalAddressRow) -> Tree:
    """One row: what a gateway said its address is."""
    fields = (
        ("gateway", row.gateway),
        ("frame", f"{row.column('frame')} of {row.capture}"),
        ("time", row.time),
        ("filter", row.filter),
    )
    return card(row.address or "none", row.address_class, fields)


def _around(mapping: MappingRow) -> Iterator[tuple[str, object]]:
    """What a card says besides."""
    yield "gateway", mapping.gateway
    yield "kind", mapping.kind
    yield "enabled", mapping.enabled
    yield "expires", iso_utc(mapping.expires_ns)
    yield "closed by", mapping.closed_by
    for name in ("remote_port", "unique_id", "asked_port"):
        yield name, getattr(mapping, name)
    for name, text in mapping.terms.raw:
        yield f"{name} as sent", text
    yield "control_url", mapping.control_url
    yield "capture", mapping.capture
    yield "filter", mapping.filter


def addresses_tree(rows: Iterable[AnyExternalAddressRow], *, several: bool) -> Tree:
    """Each address of each gateway once, with its first frame."""
    found: dict[tuple[str, str, str], list[AnyExternalAddressRow]] = {}
    for row in rows:
        found.setdefault((row.capture if several else "", row.gateway, row.address), []).append(row)
    nodes = []
    for (capture, gateway, address), same in found.items():
        times = f"told {len(same)} times, first" if len(same) > 1 else "told"
        parts = (capture, f"{same[0].address_class}, {times} in frame {same[0].column('frame')}")
        nodes.append(
            Node(f"{gateway}: {address or 'none'}", "  ".join(part for part in parts if part))
        )
    return Tree(tuple(nodes))


def _node(mapping: MappingRow) -> Node:
    fields = tuple((name, value) for name, value in _fields(mapping) if value)
    state = " ".join(filter(None, (mapping.state, error_words(mapping))))
    return Node(label(mapping), state, fields)


def _fields(mapping: MappingRow) -> Iterator[tuple[str, str]]:
    column = mapping.column
    lease, by = column("lease_seconds"), column("requested_by")
    terms = [f"by {by}" if by else ""]
    if lease is not None:
        terms.append(f"for {lease} s" if lease else "without end (0 s)")
    yield "asked", " ".join(filter(None, terms))
    yield "description", str(column("description") or "")
    for word in ("opened", "closed"):
        frame, time = column(f"{word}_frame"), column(f"{word}_time")
        parts = [f"frame {frame}" if frame is not None else "", str(time or "")]
        yield word, "  ".join(filter(None, parts))
    yield "frames", cell_text(column("frames"))
