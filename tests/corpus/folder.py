"""The folder `pcaps/attacks/`: its sidecars, what rules find in its captures, and its README."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from tests.corpus.table import PAIRS
from upnpscapy import analyze
from upnpscapy.forensics.finding import SEVERITIES, Finding

__all__ = ["ATTACKS", "MEDIUM", "finding_of", "is_serious", "readme", "sidecars", "told"]

ATTACKS = Path(__file__).parents[2] / "pcaps" / "attacks"
MEDIUM = SEVERITIES.index("MEDIUM")

MARKS = ("<!-- synthetic -->", "<!-- recorded -->")
"""Lines of the README behind which a table follows."""


def sidecars() -> dict[str, dict[str, Any]]:
    """Name of a capture without its suffix → its sidecar."""
    paths = sorted(ATTACKS.glob("*.json"))
    return {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in paths}


def told(name: str) -> list[Finding]:
    """What the rules find in a capture; a rule that fails raises."""
    case = analyze(ATTACKS / f"{name}.pcapng")
    for failure in case.rule_failures:
        raise failure.error
    return list(case.findings)


def is_serious(finding: Finding) -> bool:
    """Whether it is of MEDIUM or above."""
    return SEVERITIES.index(finding.severity) >= MEDIUM


def finding_of(finding: Finding) -> dict[str, Any]:
    """A finding as sidecars have it."""
    return {
        "rule": finding.rule.id,
        "severity": finding.severity,
        "outcome": finding.outcome,
        "subject": finding.subject,
        "frames": finding.numbers,
    }


def readme() -> str:
    """The README with its tables as they follow from the sidecars; the text stays as it is."""
    lines = (ATTACKS / "README.md").read_text(encoding="utf-8").splitlines()
    text = [line for line in lines if not line.startswith("|")]
    known = sidecars()
    for mark, table in zip(MARKS, (_synthetic(known), _recorded(known)), strict=True):
        at = text.index(mark) + 1
        text[at:at] = [_row(cells) for cells in table]
    return "\n".join(text) + "\n"


def _synthetic(known: dict[str, dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    yield "capture", "finds", "outcome", "frames cited", "the twin differs in", "link"
    yield ("---",) * 6
    for pair in PAIRS:
        sidecar, rule = known[pair.name], pair.rule
        own = next(one for one in sidecar["findings"] if one["rule"] == rule)
        others = (
            f"{one['severity']} `{one['rule']}`" for one in sidecar["findings"] if one is not own
        )
        severity = " and ".join((own["severity"], *others))
        cited = f"{len(own['frames'])} of {sidecar['frames']}"
        yield f"`{pair.name}`", severity, own["outcome"], cited, sidecar["differs"], sidecar["link"]


def _recorded(known: dict[str, dict[str, Any]]) -> Iterator[tuple[str, ...]]:
    yield "file", "made by", "finds", "frames cited"
    yield ("---",) * 4
    for name in (name for name in known if name.startswith("recorded-")):
        sidecar = known[name]
        found = ", ".join(
            f"{one['severity']} `{one['rule']}` ({one['outcome']})" for one in sidecar["findings"]
        )
        count = sum(len(one["frames"]) for one in sidecar["findings"])
        cited = f"{count} of {sidecar['frames']}"
        yield f"`{name}.pcapng`", sidecar["made_by"], found or "nothing", cited


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"
