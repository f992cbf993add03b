"""Floods of discovery within a network: more announcements than any device has reason for."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from upnpscapy.forensics.finding import Claim, Evidence
from upnpscapy.forensics.rules.rule import rule

if TYPE_CHECKING:
    from upnpscapy.forensics.watching.facts import Facts
    from upnpscapy.forensics.watching.peak import Peak

__all__ = ["RULES"]

NOTIFICATIONS, SAME, UDNS = 200, 25, 50
"""In 10, 10 and 60 seconds. Of benign devices the noisiest sent 100, 12 and a dozen."""

SEARCHES = 60
"""In 10 seconds."""


@rule(
    "ssdp-notify-flood",
    "MEDIUM",
    "Flood of announcements",
    reference="UDA 2.0, 1.2.2",
    technique="T1499",
)
def notify_flood(facts: Facts) -> Iterator[Claim]:
    """More than 200 NOTIFY of one sender in 10 s, more than 25 of one NTS and USN in 10 s, or more
    than 50 new devices of one link address in 60 s, which fill the tables of control points.

    Copies that bridges and mirror ports make are counted once. Devices that start announce
    themselves in bursts, some hundred messages at most.
    """  # noqa: D205
    by_source: dict[str, list[tuple[str, Peak]]] = {}
    for peak in facts.rates.peaks:
        words = _words(peak)
        if words is not None:
            by_source.setdefault(peak.subject, []).append((words, peak))
    for source, found in by_source.items():
        evidence: list[Evidence] = []
        for words, peak in found[:4]:
            evidence.append(peak.evidence(words, peak.detail))
        note = f"{source} sent {'; '.join(words for words, _ in found[:4])}."
        yield Claim(source, note, "observed", tuple(evidence))


def _words(peak: Peak) -> str | None:
    """What is too much of it, None if nothing is."""
    if peak.kind == "notify" and peak.count > NOTIFICATIONS:
        return f"{peak.count} NOTIFY in {peak.window_seconds} s"
    if peak.kind == "same-notify" and peak.count > SAME:
        return f"{peak.count} times the same in {peak.window_seconds} s"
    if peak.kind == "new-udn" and peak.count > UDNS:
        return f"{peak.count} new devices in {peak.window_seconds} s"
    return None


@rule(
    "ssdp-search-flood",
    "MEDIUM",
    "Flood of searches",
    reference="UDA 2.0, 1.3.2",
    technique="T1498",
)
def search_flood(facts: Facts) -> Iterator[Claim]:
    """More than 60 M-SEARCH of one sender in 10 s; of benign ones the busiest sent 26.

    Every device answers each of them. Copies that bridges and mirror ports make are counted once.
    """
    for peak in facts.rates.of_kind("search"):
        if peak.count > SEARCHES:
            words = f"{peak.count} M-SEARCH in {peak.window_seconds} s"
            note = f"{peak.subject} sent {words}."
            yield Claim(peak.subject, note, "observed", (peak.evidence(words),))


RULES = (notify_flood, search_flood)
