"""What the comments of an evidence file say: of its section, and of each frame."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from itertools import islice

from upnpscapy.display import printable
from upnpscapy.forensics.finding import Evidence, Finding

__all__ = ["Words", "finding_words"]

MAX_FINDINGS = 1000
"""Findings that the section lists."""

MAX_FRAMES = 32
"""Frames that the section names of a finding."""

MAX_REMARKS = 32
"""Findings that a frame's comments name."""

LONGEST = 1000
"""Characters of one comment."""


@dataclass(slots=True)
class Words:
    """What one frame proves, of however many findings."""

    seen: dict[int, tuple[Finding, list[str]]] = field(default_factory=dict)
    """By the finding's identity: it, and what the frame shows of it."""
    left_out: set[int] = field(default_factory=set)
    """Findings beyond ``MAX_REMARKS``."""
    whole: str = ""
    """Where the frame is a fragment: of what."""

    def add(self, finding: Finding, evidence: Evidence) -> None:
        """Take down that the frame is evidence."""
        key = id(finding)
        if key not in self.seen and len(self.seen) >= MAX_REMARKS:
            self.left_out.add(key)
            return
        what = evidence.what if evidence.value is None else f"{evidence.what}: {evidence.value}"
        _, shown = self.seen.setdefault(key, (finding, []))
        if what not in shown:
            shown.append(what)

    def of_fragment(self, frame: int | str) -> Words:
        """The same of a fragment that belongs with a frame."""
        return Words(self.seen, self.left_out, f"a fragment of what frame {frame} completes; ")

    def lines(self) -> list[str]:
        """A comment for each finding."""
        lines = [
            _line(f"{_head(finding)}: {self.whole}{'; '.join(shown)}. {finding.note}")
            for finding, shown in self.seen.values()
        ]
        more = len(self.left_out)
        return [*lines, f"upnpscapy: evidence of {more} more findings"] if more else lines


def finding_words(findings: Iterable[Finding]) -> Iterator[str]:
    """A comment for each finding, the worst of each capture first."""
    rows = iter(findings)
    for row in islice(rows, MAX_FINDINGS):
        show, numbers = row.evidence[0].place.show, row.numbers
        names = ", ".join(str(show(number)) for number in numbers[:MAX_FRAMES])
        more = f" and {len(numbers) - MAX_FRAMES} more" if len(numbers) > MAX_FRAMES else ""
        missing = f" Not seen: {'; '.join(row.missing)}." if row.missing else ""
        place = f"{row.capture} frame{'s' if len(numbers) > 1 else ''} {names}{more}"
        yield _line(f"{_head(row)}: {place}. {row.note}{missing}")
    left_out = sum(1 for _ in rows)
    if left_out:
        yield f"upnpscapy: {left_out} more findings"


def _head(finding: Finding) -> str:
    return (
        f"upnpscapy: {finding.severity} {finding.rule.id}, {finding.outcome}, "
        f"confidence {finding.confidence}, {finding.subject}"
    )


def _line(text: str) -> str:
    plain = printable(text)
    return plain if len(plain) <= LONGEST else f"{plain[: LONGEST - 1]}…"
