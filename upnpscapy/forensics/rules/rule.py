"""A rule: what is known of it, and the function that judges.

The function takes the facts of one capture and yields claims; it holds judgement only,
whatever is counted, dated or joined is a fact and has been found before.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from upnpscapy.display import Columns, printable
from upnpscapy.forensics.finding import SEVERITIES, Claim, Severity
from upnpscapy.tree import Shown, Tree

if TYPE_CHECKING:
    from upnpscapy.forensics.watching.facts import Facts

__all__ = ["RULE_COLUMNS", "Judge", "Rule", "rule"]

RULE_COLUMNS = Columns(
    "id severity title description reference technique since",
    choices={"severity": SEVERITIES},
    ordered="severity",
)

Judge = Callable[["Facts"], Iterator[Claim]]


@dataclass(frozen=True, slots=True, repr=False)
class Rule(Shown):
    """One entry of the table of rules."""

    id: str
    """As the literature names it, or the CVE in lower case."""
    severity: Severity
    """Of its findings, unless a claim says another one and why."""
    title: str
    description: str
    """What it looks for, from which threshold on, and what else could look like it."""
    judge: Judge
    reference: str | None = None
    """CVE, advisory, specification or publication."""
    technique: str | None = None
    """MITRE ATT&CK technique, where one fits."""
    since: str = "0.2.0"
    """Version of upnpscapy that had it first."""

    def __call__(self, facts: Facts) -> Iterator[Claim]:
        """What it claims of facts, to try it out."""
        return self.judge(facts)

    def tree(self) -> Tree:
        """What it looks for, and why."""
        from upnpscapy.forensics.views.rules import rule_tree

        return rule_tree(self)

    def _summary(self) -> str:
        return f"Rule {self.id} {self.severity} {printable(self.title)!r}"

    def column(self, name: str) -> object:
        """The value of a column of the table of rules."""
        return getattr(self, name)


def rule(
    id: str,
    severity: Severity,
    title: str,
    *,
    reference: str | None = None,
    technique: str | None = None,
    since: str = "0.2.0",
) -> Callable[[Judge], Rule]:
    """Make a generator function a rule; its docstring is the rule's description.

    Raises ``ValueError`` for a severity that is none, or an id that is no word.
    """
    if severity not in SEVERITIES:
        raise ValueError(f"rule {id}: {severity!r} is none of {', '.join(SEVERITIES)}")
    if not re.fullmatch(r"[a-z0-9][a-z0-9-]*", id):
        raise ValueError(f"rule {id!r}: an id is of a-z, 0-9 and -")

    def make(judge: Judge) -> Rule:
        text = " ".join((judge.__doc__ or "").split())
        return Rule(id, severity, title, text, judge, reference, technique, since)

    return make
