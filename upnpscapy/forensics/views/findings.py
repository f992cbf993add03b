"""Findings as a tree: what is wrong, the worst first; and one as a card, with its evidence."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from upnpscapy.display import cell_text, iso_utc
from upnpscapy.forensics.finding import SEVERITIES, Evidence, Finding
from upnpscapy.tree import Node, Tree, card

__all__ = ["finding_tree", "findings_tree"]

SHOWN = 50
"""Findings shown."""

MAX_EVIDENCE = 32
"""Parts of the evidence of one finding that are shown."""


def findings_tree(
    findings: Sequence[Finding],
    *,
    several: bool,
    most: int | None = None,
    listing: str = "upnpscapy findings",
) -> Tree:
    """Findings by severity and rule, in their order, and what tells more."""
    most = SHOWN if most is None else most
    by_severity: dict[str, dict[str, list[Finding]]] = {}
    worst_first = sorted(findings, key=lambda row: -SEVERITIES.index(row.severity))
    for finding in worst_first[:most]:
        by_severity.setdefault(finding.severity, {}).setdefault(finding.rule.id, []).append(finding)
    more = len(findings) - most
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
        words += (f"{listing} tells more",)
    return Tree(tuple(roots), words)


def finding_tree(finding: Finding) -> Tree:
    """One row: the claim, what is missing, and the evidence part by part."""
    parts = finding.evidence[:MAX_EVIDENCE]
    evidence = [_evidence_node(finding, one) for one in parts]
    if more := len(finding.evidence) - len(parts):
        evidence.append(Node(f"… {more} more"))
    title = f"{finding.severity}  {finding.rule.title}"
    proof = Node("evidence", str(len(finding.evidence)), children=tuple(evidence))
    return card(title, finding.outcome, _card_fields(finding), (proof,))


def _card_fields(finding: Finding) -> Iterator[tuple[str, object]]:
    yield "rule", finding.rule.id
    yield "subject", finding.subject
    yield finding.outcome, finding.note
    yield "confidence", finding.confidence
    for word in finding.missing:
        yield "missing", word
    yield "capture", finding.capture
    yield "frames", finding.frames
    times = dict.fromkeys(filter(None, (finding.first_time, finding.last_time)))
    yield "time", " to ".join(times)
    yield "technique", finding.technique
    yield "reference", finding.reference
    yield "filter", finding.filter


def _evidence_node(finding: Finding, part: Evidence) -> Node:
    frames = finding.evidence[0].place.frames(part.frames)
    count = "frame" if frames.count == 1 else "frames"
    fields = (
        ("time", " to ".join(filter(None, map(iso_utc, (part.time_ns, part.last_ns))))),
        ("ends", " → ".join(filter(None, (part.source, part.destination)))),
        ("value", part.value),
    )
    (node,) = card(part.what, f"{count} {cell_text(frames)}", fields).roots
    return node


def _field(finding: Finding, several: bool) -> tuple[str, str]:
    first = next(iter(finding.frames))
    place = f"{finding.capture} frame {first}" if several else f"frame {first}"
    return "", f"{finding.subject}  {finding.outcome}, {place}"
