"""The first page of a report: what was captured, what matters most, what could not be read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, NamedTuple

from upnpscapy.forensics.capture_row import CaptureRow
from upnpscapy.forensics.finding import severity_counts
from upnpscapy.forensics.mappings.row import SECOND
from upnpscapy.forensics.overview.overview import Overview
from upnpscapy.protocol.ssdp import KINDS
from upnpscapy.report.mappings import STATES
from upnpscapy.report.words import Moment, counted, cut, duration, moment

if TYPE_CHECKING:
    from upnpscapy.forensics.case import Case

__all__ = [
    "CaptureView",
    "Fact",
    "default_title",
    "facts",
    "problems",
    "short_names",
    "view_captures",
]

MAX_PROBLEMS = 30
"""Remarks on what could not be read that stand on the first page."""

MAX_CAPTURES = 200
"""Files listed."""

ROLES = ("description", "scpd", "control", "subscribe", "event", "icon", "presentation", "other")


class CaptureView(NamedTuple):
    """One input file."""

    name: str
    format: str
    link_types: str
    frames: int
    first: Moment | None
    last: Moment | None
    lasted: str
    sha256: str
    limits: tuple[str, ...]


class Fact(NamedTuple):
    """A number that matters, and where more is told."""

    name: str
    value: str
    more: str
    anchor: str


def default_title(case: Case) -> str:
    """``UPnP in capture.pcapng``, or in how many captures."""
    names = [row.capture for row in case.captures] or [error.path for error in case.errors]
    if len(names) == 1:
        return f"UPnP in {cut(PurePath(names[0]).name or names[0], 100)}"
    return f"UPnP in {counted(len(names), 'capture')}"


def view_captures(rows: Sequence[CaptureRow]) -> list[CaptureView]:
    """The files that could be read, if only in part."""
    return [_capture(row) for row in rows[:MAX_CAPTURES]]


def short_names(rows: Iterable[CaptureRow]) -> dict[str, str]:
    """What files are called in tables: without their directories, if that tells them apart."""
    names = list(dict.fromkeys(row.capture for row in rows))
    short = [PurePath(name).name or name for name in names]
    return dict(zip(names, short if len(set(short)) == len(short) else names, strict=True))


def facts(overview: Overview) -> list[Fact]:
    """The numbers of the case."""
    found = overview.findings
    mappings, live = overview.mappings, sum(row.live for row in overview.mappings)
    talks = sum(1 for _ in overview.conversations)
    roles = overview.conversations.roles
    kinds = ", ".join(f"{overview.kinds[one]:,} {one}" for one in KINDS if one in overview.kinds)
    exchanges = ", ".join(f"{roles[one]:,} {one}" for one in ROLES if one in roles)
    states: dict[str, int] = {}
    for row in mappings:
        states[row.state] = states.get(row.state, 0) + 1
    told = ", ".join(f"{count:,} {STATES[state]}" for state, count in states.items())
    described = sum(device.described for device in overview.devices)
    return [
        Fact("Findings", f"{len(found):,}", severity_counts(found), "findings"),
        Fact("Open ports at the end", f"{live:,}", told or "no port mapping", "mappings"),
        Fact("Devices", f"{len(overview.devices):,}", f"{described:,} described", "devices"),
        Fact("Conversations", f"{talks:,}", exchanges or "no HTTP", "conversations"),
        Fact("Discovery messages", f"{sum(overview.kinds.values()):,}", kinds, "searches"),
    ]


def problems(case: Case, overview: Overview) -> tuple[list[str], int]:
    """What could not be read or hit a limit, in words, and how many more there are."""
    failed = {error.path for error in case.errors}
    said = [str(error) for error in case.errors]
    for row in overview.captures:
        said += [f"{row.capture}: {limit}" for limit in row.limits if row.capture not in failed]
    said += [f"{one.capture}: {one}" for one in case.rule_failures]
    said += overview.left_out
    return [cut(one) for one in said[:MAX_PROBLEMS]], max(0, len(said) - MAX_PROBLEMS)


def _capture(row: CaptureRow) -> CaptureView:
    first, last = row.first_time_ns, row.last_time_ns
    lasted = 0 if first is None or last is None else max(0, last - first)
    return CaptureView(
        row.capture,
        row.format or "",
        ", ".join(row.link_types),
        row.frames,
        moment(first),
        moment(last),
        duration(lasted / SECOND) if lasted else "",
        row.sha256,
        tuple(cut(limit) for limit in row.limits[:MAX_PROBLEMS]),
    )
