"""A case as an overview: captures, counts, the worst findings, devices, mappings, what next."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING

from upnpscapy.forensics.described.device_tree import device_trees
from upnpscapy.forensics.finding import severity_counts
from upnpscapy.forensics.views.captures import capture_node
from upnpscapy.forensics.views.devices import devices_tree
from upnpscapy.forensics.views.findings import findings_tree
from upnpscapy.forensics.views.mappings import addresses_tree, mappings_tree
from upnpscapy.tree import Node, Tree

if TYPE_CHECKING:
    from upnpscapy.forensics.case import Case

__all__ = ["case_tree"]

MAX_CAPTURES, MAX_FINDINGS, MAX_DEVICES, MAX_MAPPINGS, MAX_ADDRESSES = 12, 15, 12, 12, 5
"""Shown of a case; its tables have all."""


def case_tree(case: Case) -> Tree:
    """The overview; no capture is read again for it."""
    several = len(case.captures) > 1
    captures = tuple(map(capture_node, islice(case.captures, MAX_CAPTURES)))
    if (more := len(case.captures) - len(captures)) > 0:
        captures += (Node(f"… {more} more: case.captures lists all"),)
    return Tree((*captures, *_parts(case, several), Node("next", fields=tuple(_next(case)))))


def _parts(case: Case, several: bool) -> Iterator[Node]:
    yield Node("traffic", fields=tuple(_traffic(case)))
    findings = list(case.findings)
    yield _part(
        "findings",
        severity_counts(findings),
        findings_tree(findings, several=several, most=MAX_FINDINGS, listing="case.findings"),
    )
    devices = list(case.devices)
    trees = device_trees(devices, case.services)
    yield _part(
        "devices",
        str(len(devices) or ""),
        devices_tree(trees, several=several, most=MAX_DEVICES, listing="case.devices"),
    )
    mappings = list(case.mappings)
    yield _part(
        "port mappings",
        str(len(mappings) or ""),
        mappings_tree(mappings, several=several, most=MAX_MAPPINGS, listing="case.mappings"),
    )
    addresses = addresses_tree(case.external_addresses, several=several).roots
    if addresses:
        more = len(addresses) - MAX_ADDRESSES
        words = (f"… {more} more: case.external_addresses lists all",) if more > 0 else ()
        told = Tree(addresses[:MAX_ADDRESSES], words)
        yield _part("external addresses", str(len(addresses)), told)


def _part(label: str, count: str, tree: Tree) -> Node:
    remarks = (Node(remark) for remark in tree.remarks)
    return Node(label, count or "none", children=(*tree.roots, *remarks))


def _traffic(case: Case) -> Iterator[tuple[str, str]]:
    yield "messages", _counted(case.kinds)
    yield "searches", f"{case.search_count}, {case.answered_count} answered"
    yield "HTTP exchanges", _counted(case.roles)
    for failure in case.rule_failures[:MAX_FINDINGS]:
        yield "rule that raised", str(failure)
    for error in case.errors[:MAX_CAPTURES]:
        yield "not read to the end", str(error)


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items())) or "none"


def _next(case: Case) -> Iterator[tuple[str, str]]:
    """What there is to look at, by the names that do it."""
    if case.findings:
        yield "case.findings[0]", "a finding, with its evidence part by part"
        yield "case.packets(case.findings[0])", "the frames that prove it, as Scapy packets"
    for name, words in _TABLES.items():
        if count := len(getattr(case, name)):
            yield f"case.{name}", f"{words}: {count}"
    if case.documents:
        yield "case.documents", f"descriptions and SCPDs, as trees: {len(case.documents)}"
    yield "case.packet(1)", "any frame as a Scapy packet"
    yield "case.messages.to_dataframe()", "any table for pandas; case.to_dataframes() gives all"


_TABLES = {
    "messages": "SSDP datagrams",
    "searches": "M-SEARCHes with their replies",
    "exchanges": "HTTP requests with their responses",
    "calls": "actions called, with arguments and results",
    "services": "services that descriptions name",
    "subscriptions": "subscriptions to events",
    "events": "events",
}
"""Tables that the overview does not show: what their rows are."""
