"""A rule as a card: what it looks for, and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upnpscapy.tree import Tree, card

if TYPE_CHECKING:
    from upnpscapy.forensics.rules.rule import Rule

__all__ = ["rule_tree"]


def rule_tree(rule: Rule) -> Tree:
    """One rule."""
    fields = (
        ("title", rule.title),
        ("looks for", rule.description),
        ("technique", rule.technique),
        ("reference", rule.reference),
        ("since", rule.since),
    )
    return card(rule.id, rule.severity, fields)
