"""Rules applied to facts: findings in a fixed order, and the rules that failed."""

from __future__ import annotations

import traceback
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from upnpscapy.forensics.finding import SEVERITIES, Claim, Finding

if TYPE_CHECKING:
    from upnpscapy.forensics.rules.rule import Rule
    from upnpscapy.forensics.watching.facts import Facts

__all__ = ["Judgement", "RuleFailure", "judge"]

MAX_FINDINGS = 1000
"""Of one rule in one capture."""


class RuleFailure(NamedTuple):
    """A rule that raised; its findings until then are kept."""

    rule: Rule
    error: Exception
    trace: str
    """Where it raised, as Python writes it."""
    capture: str
    """The file whose facts it was given."""

    def __str__(self) -> str:
        place = traceback.extract_tb(self.error.__traceback__)[-1]
        where = f"{Path(place.filename).name}:{place.lineno}"
        return f"rule {self.rule.id} failed: {type(self.error).__name__}: {self.error} ({where})"


class Judgement(NamedTuple):
    """What the rules found in one capture."""

    findings: list[Finding]
    """The worst first, then by frame."""
    failures: list[RuleFailure]
    limited: list[Rule]
    """Rules that had more to say than ``MAX_FINDINGS``."""


def judge(facts: Facts, rules: Iterable[Rule]) -> Judgement:
    """Apply each rule; one that raises does not stop the others, the same claim counts once."""
    findings: list[Finding] = []
    failures: list[RuleFailure] = []
    limited: list[Rule] = []
    for rule in rules:
        known: set[Claim] = set()
        try:
            for claim in rule.judge(facts):
                if claim in known:
                    continue
                if len(known) >= MAX_FINDINGS:
                    limited.append(rule)
                    break
                known.add(claim)
                findings.append(Finding(rule, claim))
        except Exception as error:  # a rule is anyone's code
            failures.append(RuleFailure(rule, error, traceback.format_exc(), facts.place.capture))
    findings.sort(key=_order)
    return Judgement(findings, failures, limited)


def _order(finding: Finding) -> tuple[int, int, str, str, str]:
    worst = len(SEVERITIES) - SEVERITIES.index(finding.severity)
    first = min(min(one.frames) for one in finding.evidence if one.frames)
    return worst, first, finding.rule.id, finding.subject, finding.note
