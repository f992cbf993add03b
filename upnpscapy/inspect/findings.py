"""The findings of an overview as a tree: what is wrong, the worst first, each with a frame."""

from __future__ import annotations

from collections.abc import Sequence

from upnpscapy.forensics.finding import SEVERITIES, Finding
from upnpscapy.tree import Node, Tree

__all__ = ["findings_tree"]

SHOWN = 50
"""Findings shown."""


def findings_tree(findings: Sequence[Finding], *, several: bool) -> Tree:
    """Findings by severity and rule, in their order."""
    by_severity: dict[str, dict[str, list[Finding]]] = {}
    worst_first = sorted(findings, key=lambda row: -SEVERITIES.index(row.severity))
    for finding in worst_first[:SHOWN]:
        by_severity.setdefault(finding.severity, {}).setdefault(finding.rule.id, []).append(finding)
    more = len(findings) - SHOWN
    words: tuple[str, ...] = (f"… {more} more",) if more > 0 else ()
    roots = [
        Node(
            severity,
            children=tuple(
                Node(name, found[0].rule.title, tuple(_field(one, several) for one in found))
                for name, found in rules.items()
            ),
        )
        for severity, rules in by_severity.items()
    ]
    if findings:
        words += ("upnpscapy findings tells more",)
    return Tree(tuple(roots), words)


def _field(finding: Finding, several: bool) -> tuple[str, str]:
    first = next(iter(finding.frames))
    place = f"{finding.capture} frame {first}" if several else f"frame {first}"
    return "", f"{finding.subject}  {finding.outcome}, {place}"
