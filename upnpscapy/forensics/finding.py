"""What a rule claims, the frames that prove it, and what was not seen.

A claim separates what was attempted, what the device accepted, and what effect was observed;
its evidence is literal and bounded.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal, NamedTuple, cast, get_args

from upnpscapy.display import Columns, Through, iso_utc, printable
from upnpscapy.forensics.place import FrameNumbers, Place
from upnpscapy.tree import MAX_SUMMARY, Shown, Tree

if TYPE_CHECKING:
    from upnpscapy.forensics.rules.rule import Rule

__all__ = [
    "FINDING_COLUMNS",
    "SEVERITIES",
    "Claim",
    "Confidence",
    "Evidence",
    "Finding",
    "Outcome",
    "Severity",
    "severity_counts",
]

Severity = Literal["INFO", "LOW", "MEDIUM", "HIGH", "CRITICAL"]
Outcome = Literal["attempted", "accepted", "effect", "observed"]
Confidence = Literal["low", "medium", "high"]

SEVERITIES: tuple[Severity, ...] = ("INFO", "LOW", "MEDIUM", "HIGH", "CRITICAL")
"""From the least to the worst."""

FINDING_COLUMNS = Columns(
    "capture rule severity outcome confidence subject note missing frames first_time last_time "
    "reference technique filter",
    lists="missing frames",
    choices={
        "severity": SEVERITIES,
        "outcome": get_args(Outcome),
        "confidence": get_args(Confidence),
    },
    ordered="severity confidence",
)

MAX_VALUE = 256
"""Characters of a literal value that evidence keeps."""

MAX_FILTER_FRAMES = 64
"""Frames a filter names; Wireshark refuses very long ones."""


_UDN = re.compile(r"uuid:[^\s:<>]+", re.IGNORECASE)
_ADDRESSES = re.compile(r"[0-9]+(?:\.[0-9]+){3}|[0-9A-Fa-f]*:[0-9A-Fa-f:]+")


class Evidence(NamedTuple):
    """Frames, and what one sees in them."""

    what: str
    """What the frames are: ``AddPortMapping``, ``the gateway's answer`` …"""
    place: Place
    frames: tuple[int, ...]
    """Frame numbers as they are inside (see ``place``)."""
    time_ns: int | None = None
    source: str | None = None
    """Address of the sender."""
    destination: str | None = None
    value: str | None = None
    """The literal value that matched, cut at ``MAX_VALUE`` characters."""
    last_ns: int | None = None
    """When the last of the frames was sent, if that was later."""

    @classmethod
    def of(
        cls,
        what: str,
        place: Place,
        frames: Iterable[int | None],
        time_ns: int | None = None,
        source: str | None = None,
        destination: str | None = None,
        value: object = None,
        last_ns: int | None = None,
    ) -> Evidence:
        """Evidence of the frames that are known, with its value cut."""
        text = None if value is None else str(value)
        if text is not None and len(text) > MAX_VALUE:
            text = f"{text[:MAX_VALUE]}… ({len(text)} characters)"
        known = dict.fromkeys(frames)
        known.pop(None, None)
        numbers = cast("tuple[int, ...]", tuple(known))
        return cls(what, place, numbers, time_ns, source, destination, text, last_ns)


class Claim(NamedTuple):
    """What a rule says about one subject."""

    subject: str
    """Whom or what it is about; with the rule it names the finding."""
    note: str
    """What happened, and what speaks for and against it."""
    outcome: Outcome
    evidence: tuple[Evidence, ...]
    confidence: Confidence = "high"
    missing: tuple[str, ...] = ()
    """What was not seen: no response, a gap in the stream."""
    severity: Severity | None = None
    """None for that of the rule."""


class Finding(Shown):
    """A row of ``findings``: the claim of a rule."""

    __slots__ = ("claim", "rule")

    def __init__(self, rule: Rule, claim: Claim) -> None:
        """Raises ``ValueError`` for a claim that proves or says nothing."""
        if not claim.evidence or not any(one.frames for one in claim.evidence):
            raise ValueError(f"{rule.id} claims something without a frame: {claim.note}")
        if claim.severity is not None and claim.severity not in SEVERITIES:
            raise ValueError(f"{rule.id} has a severity that is none: {claim.severity!r}")
        self.rule = rule
        self.claim = claim

    @property
    def capture(self) -> str:
        """The file its first evidence is in."""
        return self.claim.evidence[0].place.capture

    severity = Through[Severity](lambda row: row.claim.severity or row.rule.severity)
    """``INFO LOW MEDIUM HIGH CRITICAL``."""
    outcome = Through[Outcome]("claim.outcome")
    """``attempted accepted effect observed``."""
    confidence = Through[Confidence]("claim.confidence")
    """``low medium high``."""

    @property
    def subject(self) -> str:
        """Whom or what it is about."""
        return self.claim.subject

    @property
    def note(self) -> str:
        """What happened, and what speaks for and against it."""
        return self.claim.note

    @property
    def missing(self) -> list[str]:
        """What was not seen."""
        return list(self.claim.missing)

    @property
    def evidence(self) -> tuple[Evidence, ...]:
        """The frames that prove it, and what one sees in them."""
        return self.claim.evidence

    @property
    def numbers(self) -> list[int]:
        """Its frames as they are numbered inside, each once, in order."""
        return sorted({frame for one in self.evidence for frame in one.frames})

    @property
    def frames(self) -> FrameNumbers:
        """Its frames as they are shown, of very many not all."""
        return self.evidence[0].place.frames(self.numbers)

    @property
    def first_time_ns(self) -> int | None:
        """When its first evidence was sent."""
        return min(self._times, default=None)

    @property
    def last_time_ns(self) -> int | None:
        """When its last evidence was sent."""
        return max(self._times, default=None)

    first_time = Through[str | None](lambda row: iso_utc(row.first_time_ns))
    """When its first evidence was sent, as ISO 8601 in UTC."""
    last_time = Through[str | None](lambda row: iso_utc(row.last_time_ns))
    """When its last evidence was sent, as ISO 8601 in UTC."""

    reference = Through[str | None]("rule.reference")
    technique = Through[str | None]("rule.technique")

    @property
    def filter(self) -> str | None:
        """A Wireshark display filter that shows its frames, those in the row's own file."""
        own = [frame for frame in self.frames if isinstance(frame, int)][:MAX_FILTER_FRAMES]
        return f"frame.number in {{{', '.join(map(str, own))}}}" if own else None

    @property
    def _times(self) -> list[int]:
        times = [time for one in self.evidence for time in (one.time_ns, one.last_ns)]
        return [time for time in times if time is not None]

    @property
    def udn(self) -> str | None:
        """The UDN that its subject or evidence names first, for choosing rows."""
        for text in (self.subject, *(one.value or "" for one in self.evidence)):
            if match := _UDN.search(text):
                return match[0]
        return None

    def involves(self, host: str) -> bool:
        """Whether an address is in its subject, or sent or received evidence."""
        ends = {end for one in self.evidence for end in (one.source, one.destination)}
        return host in ends or host in _ADDRESSES.findall(self.subject)

    def column(self, name: str) -> object:
        """The value of a column of ``FINDING_COLUMNS``."""
        return self.rule.id if name == "rule" else getattr(self, name)

    def tree(self) -> Tree:
        """The claim, what is missing, and the evidence part by part."""
        from upnpscapy.forensics.views.findings import finding_tree

        return finding_tree(self)

    def _summary(self) -> str:
        subject = printable(self.subject[:MAX_SUMMARY])
        return f"Finding {self.severity} {self.rule.id} {self.outcome} {subject!r}"


def severity_counts(findings: Iterable[Finding]) -> str:
    """``1 HIGH, 2 INFO``; empty if there are none."""
    counts = Counter(row.severity for row in findings)
    return ", ".join(f"{counts[one]} {one}" for one in reversed(SEVERITIES) if counts[one])
