"""What happened when: the moments of a case that matter, in order."""

from __future__ import annotations

from collections.abc import Iterator
from operator import itemgetter
from typing import NamedTuple

from upnpscapy.forensics.described.device_tree import Branch
from upnpscapy.forensics.finding import SEVERITIES
from upnpscapy.forensics.mappings.words import error_words
from upnpscapy.forensics.mappings.words import label as label_of
from upnpscapy.forensics.overview.overview import Overview
from upnpscapy.protocol.description_view import short_type
from upnpscapy.protocol.host_text import host_and_port
from upnpscapy.report.findings import SHAPES
from upnpscapy.report.words import Moment, cut, moment

__all__ = ["Happening", "happenings"]

MAX_HAPPENINGS = 150
"""Moments listed: those of findings and mappings before others."""

MAX_TEXT = 160
"""Characters of one."""


class Happening(NamedTuple):
    """One moment."""

    time: Moment | None
    capture: str
    frame: int | str
    kind: str
    """``finding``, ``mapping``, ``device``, ``subscription`` or ``conversation``."""
    text: str


class _Dated(NamedTuple):
    worth: int
    """The less, the more it matters."""
    time_ns: int
    capture: str
    frame: int | str
    kind: str
    text: str


def happenings(overview: Overview) -> tuple[list[Happening], int]:
    """Moments in the order of their times, and how many more there are; without a time none is."""
    every = [one for part in (_findings, _mappings, _devices, _talk) for one in part(overview)]
    every.sort(key=itemgetter(0, 1))
    shown = sorted(every[:MAX_HAPPENINGS], key=itemgetter(1))
    found = [
        Happening(moment(one.time_ns), one.capture, one.frame, one.kind, cut(one.text, MAX_TEXT))
        for one in shown
    ]
    return found, len(every) - len(shown)


def _findings(overview: Overview) -> Iterator[_Dated]:
    for one in overview.findings:
        if one.first_time_ns is not None:
            severity = SEVERITIES.index(one.severity)
            text = f"{SHAPES[one.severity]} {one.severity} {one.rule.title}: {one.subject}"
            frame = one.evidence[0].place.show(one.numbers[0])
            worth = 0 if severity >= SEVERITIES.index("MEDIUM") else 3 - severity
            yield _Dated(worth, one.first_time_ns, one.capture, frame, "finding", text)


def _mappings(overview: Overview) -> Iterator[_Dated]:
    for row in overview.mappings:
        label, show, kind = label_of(row), row.place.show, "mapping"
        first = row.seen_in.first or 0
        asked = f"by {row.requested_by}" if row.requested_by else "by whom was not seen"
        if row.opened_ns is not None:
            text = f"{label} opened at {row.gateway}, asked for {asked}"
            frame = first if row.opened_in is None else row.opened_in
            yield _Dated(0, row.opened_ns, row.capture, show(frame), kind, text)
        elif row.time_ns is not None:
            said = {"refused": f"refused ({error_words(row)})", "requested": "not answered"}
            state = said.get(row.state, "told of")
            text = f"{label} {state} at {row.gateway}, asked for {asked}"
            yield _Dated(0, row.time_ns, row.capture, show(first), kind, text)
        if row.closed_ns is not None and row.state != "refused":
            frame = row.seen_in.last if row.closed_in is None else row.closed_in
            text = f"{label} at {row.gateway}: {row.state}"
            yield _Dated(0, row.closed_ns, row.capture, show(frame), kind, text)


def _devices(overview: Overview) -> Iterator[_Dated]:
    for tree in overview.trees:
        device = tree.device
        if device.first_time_ns is not None and (frame := next(iter(device.frames), None)):
            text = f"{_name(tree)} is seen first, from {', '.join(device.addresses[:2])}"
            yield _Dated(2, device.first_time_ns, device.capture, frame, "device", text)


def _name(tree: Branch) -> str:
    device = tree.device
    name = device.column("friendly_name")
    kind = short_type(device.device_type)
    known = str(name) if name else ""
    return " ".join(filter(None, (known, f"({kind})" if known and kind else kind))) or device.udn


def _talk(overview: Overview) -> Iterator[_Dated]:
    for row in overview.subscriptions:
        if row.time_ns is not None and row.frames:
            text = f"{row.subscriber} subscribes at {row.publisher}: {row.state}"
            frame = row.place.show(row.frames[0])
            yield _Dated(2, row.time_ns, row.capture, frame, "subscription", text)
    for one in overview.conversations:
        first = one.column("first_frame")
        if one.first_ns is not None and isinstance(first, int | str):
            roles = ", ".join(f"{count:,} {role}" for role, count in one.roles.items())
            server = host_and_port(one.server, one.server_port)
            text = f"{one.client} begins to talk to {server} ({roles})"
            yield _Dated(4, one.first_ns, one.capture, first, "conversation", text)
