"""A case as the HTML of a report."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

from upnpscapy.pictures import Picture, ladder, mapping_lives, talkers, timeline
from upnpscapy.report import conversations as talk
from upnpscapy.report import devices, findings, mappings
from upnpscapy.report.making import Making, failures_of
from upnpscapy.report.page import render
from upnpscapy.report.story import Story
from upnpscapy.report.summary import (
    MAX_CAPTURES,
    default_title,
    facts,
    problems,
    short_names,
    view_captures,
)
from upnpscapy.report.tables import TableFile
from upnpscapy.report.timeline import happenings

if TYPE_CHECKING:
    from upnpscapy.forensics.case import Case
    from upnpscapy.forensics.overview.overview import Overview

__all__ = ["document"]

MAX_DEFECTS = 300
"""Deviations listed."""

MAX_WORST = 6
"""Rules that the first page names, the worst first."""

MAX_OPEN = 8
"""Open mappings that the first page tells of."""


def document(
    case: Case,
    story: Story,
    how: Making,
    *,
    title: str | None = None,
    tables: Sequence[TableFile] = (),
) -> str:
    """The report on a case as HTML; frames that are shown are looked up."""
    overview = story.overview
    several = len(overview.captures) > 1
    chosen, with_bytes, seen = findings.choose_shown(overview.findings)
    seen.read(case)
    severities = findings.view_findings(chosen, with_bytes, seen)
    told = mappings.view_mappings(overview.mappings, overview.external_addresses)
    live = [one for one in told if one.is_live]
    said, more_said = problems(case, overview)
    moments, moments_left_out = happenings(overview)
    context: dict[str, Any] = {
        "title": title or default_title(case),
        "several": several,
        "short": short_names(overview.captures),
        "captures": view_captures(overview.captures),
        "captures_left_out": max(0, len(overview.captures) - MAX_CAPTURES),
        "unreadable": [str(error) for error in case.errors],
        "failures": failures_of(case),
        "facts": facts(overview),
        "problems": said,
        "problems_left_out": more_said,
        "severities": severities,
        "finding_count": len(overview.findings),
        "worst": [rule for one in severities for rule in one.rules][:MAX_WORST],
        "mappings": told,
        "mapping_count": len(overview.mappings),
        "live": live[:MAX_OPEN],
        "live_count": sum(row.live for row in overview.mappings),
        "addresses": mappings.view_addresses(overview.external_addresses),
        "devices": devices.view_devices(overview.trees, several=several),
        "root_count": len(overview.trees),
        "device_count": len(overview.devices),
        "conversations": talk.view_conversations(overview.conversations),
        "conversation_count": sum(1 for _ in overview.conversations),
        "conversations_without_upnp": overview.conversations.others,
        "quests": talk.view_quests(list(overview.quests.values())),
        "quest_count": len(overview.quests),
        "events": talk.view_events(overview.events),
        "event_count": len(overview.events),
        "happenings": moments,
        "happenings_left_out": moments_left_out,
        "defects": _defects(overview),
        "defect_count": sum(1 for _ in overview.defects),
        "pictures": _pictures(case, story),
        "tables": {one.name: one for one in tables},
        "making": how,
    }
    return render(**context)


def _pictures(case: Case, story: Story) -> dict[str, Picture]:
    """Those that show something."""
    moments, overview = story.moments, story.overview
    found = {}
    if overview.mappings:
        found["mappings"] = mapping_lives(case)
    if overview.kinds or overview.conversations.roles:
        found["timeline"] = timeline(case, moments=moments)
        found["talkers"] = talkers(case, moments=moments)
    if moments.pairs():
        found["ladder"] = ladder(case, moments=moments)
    return found


def _defects(overview: Overview) -> list[Any]:
    order: Iterable[Any] = sorted(overview.defects, key=lambda one: -one.messages)
    return list(order)[:MAX_DEFECTS]
