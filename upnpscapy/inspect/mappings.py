"""The port mappings of an overview as trees, and what gateways said is their address."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from upnpscapy.display import cell_text
from upnpscapy.forensics.mappings.port_control_address_row import AnyExternalAddressRow
from upnpscapy.forensics.mappings.row import MappingRow
from upnpscapy.forensics.mappings.words import error_words, label
from upnpscapy.tree import Node, Tree

__all__ = ["addresses_tree", "mappings_tree"]

SHOWN = 100
"""Mappings shown."""


def mappings_tree(mappings: Sequence[MappingRow], *, several: bool) -> Tree:
    """Mappings by gateway, in their order."""
    gateways: dict[str, list[Node]] = {}
    for mapping in mappings[:SHOWN]:
        name = f"{mapping.capture}  {mapping.gateway}" if several else mapping.gateway
        gateways.setdefault(name, []).append(_node(mapping))
    more = len(mappings) - SHOWN
    words = (f"… {more} more: upnpscapy mappings lists all",) if more > 0 else ()
    roots = (Node(name, children=tuple(nodes)) for name, nodes in gateways.items())
    return Tree(tuple(roots), words)


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
