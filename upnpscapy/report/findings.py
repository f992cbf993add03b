"""The findings of a report: by severity and rule, the worst first, some with their bytes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from upnpscapy.forensics.finding import SEVERITIES, Finding, Severity
from upnpscapy.forensics.rules.rule import Rule
from upnpscapy.report.evidence import MAX_PARTS, EvidenceView, Seen, view_evidence
from upnpscapy.report.words import Moment, cut, frame_words, moment

__all__ = ["SHAPES", "FindingView", "RuleView", "SeverityView", "choose_shown", "view_findings"]

MAX_OF_RULE: dict[Severity, int] = {"CRITICAL": 30, "HIGH": 20, "MEDIUM": 20, "LOW": 8, "INFO": 8}
"""Findings of one rule that are told in full."""

MAX_WITH_BYTES: dict[Severity, int] = {"CRITICAL": 8, "HIGH": 4, "MEDIUM": 4, "LOW": 2, "INFO": 2}
"""Of these, how many have their messages and bytes with them."""

MAX_SUBJECTS = 40
"""Subjects named of a rule's findings that are not told in full."""

MAX_FINDINGS = 250
"""Findings told in full."""

NOTE = 1_000
"""Characters shown of a note."""

SHAPES: dict[Severity, str] = {"CRITICAL": "◆", "HIGH": "▲", "MEDIUM": "■", "LOW": "●", "INFO": "○"}
"""What tells severities apart without colours, besides the word."""


class FindingView(NamedTuple):
    """One finding, told in full."""

    anchor: str
    capture: str
    subject: str
    outcome: str
    confidence: str
    note: str
    missing: tuple[str, ...]
    first: Moment | None
    last: Moment | None
    frames: str
    filter: str | None
    evidence: tuple[EvidenceView, ...]
    evidence_left_out: int
    has_bytes: bool


@dataclass(frozen=True, slots=True)
class RuleView:
    """What one rule found with one severity."""

    anchor: str
    rule: Rule
    severity: Severity
    shape: str
    count: int
    findings: tuple[FindingView, ...]
    others: tuple[str, ...]
    """Subjects of findings that are not told in full."""
    others_left_out: int
    """How many are not even named."""

    @property
    def left_out(self) -> int:
        """How many findings are not told in full."""
        return self.count - len(self.findings)


@dataclass(frozen=True, slots=True)
class SeverityView:
    """What was found with one severity."""

    severity: Severity
    shape: str
    count: int
    rules: tuple[RuleView, ...]


Chosen = list[tuple[Severity, Rule, list[Finding], list[Finding]]]
"""Severity, rule, the findings told in full, and the others; the worst first."""


def choose_shown(findings: Iterable[Finding]) -> tuple[Chosen, dict[int, bool], Seen]:
    """Which findings are told in full, which of these have their bytes, and what is to be read."""
    groups: dict[tuple[int, str], list[Finding]] = {}
    for one in findings:
        groups.setdefault((-SEVERITIES.index(one.severity), one.rule.id), []).append(one)
    seen, with_bytes, room = Seen(), {}, MAX_FINDINGS
    chosen: Chosen = []
    for _, found in sorted(groups.items(), key=lambda item: item[0][0]):
        severity = found[0].severity
        most = min(MAX_OF_RULE[severity], max(1, room))
        told, others = found[:most], found[most:]
        room -= len(told)
        for one in told[: MAX_WITH_BYTES[severity]]:
            with_bytes[id(one)] = seen.want(one)
        chosen.append((severity, found[0].rule, told, others))
    return chosen, with_bytes, seen


def view_findings(chosen: Chosen, with_bytes: dict[int, bool], seen: Seen) -> list[SeverityView]:
    """The findings as they are laid out; ``seen`` has been read."""
    by_severity: dict[Severity, list[RuleView]] = {}
    number = 0
    for place, (severity, rule, told, others) in enumerate(chosen, 1):
        views = []
        for one in told:
            number += 1
            views.append(_view(one, number, seen if with_bytes.get(id(one)) else None))
        subjects = list(dict.fromkeys(cut(one.subject, 80) for one in others))
        by_severity.setdefault(severity, []).append(
            RuleView(
                f"rule-{place}",
                rule,
                severity,
                SHAPES[severity],
                len(told) + len(others),
                tuple(views),
                tuple(subjects[:MAX_SUBJECTS]),
                max(0, len(subjects) - MAX_SUBJECTS),
            )
        )
    return [
        SeverityView(one, SHAPES[one], sum(rule.count for rule in rules), tuple(rules))
        for one, rules in by_severity.items()
    ]


def _view(finding: Finding, number: int, seen: Seen | None) -> FindingView:
    evidence = tuple(view_evidence(finding, seen))
    first, last, frames = finding.first_time_ns, finding.last_time_ns, finding.frames
    return FindingView(
        f"finding-{number}",
        finding.capture,
        cut(finding.subject),
        finding.outcome,
        finding.confidence,
        cut(finding.note, NOTE),
        tuple(cut(one) for one in finding.missing),
        moment(first),
        moment(last) if last != first else None,
        frame_words(frames, frames.count),
        finding.filter,
        evidence,
        max(0, len(finding.evidence) - MAX_PARTS),
        any(one.messages for one in evidence),
    )
