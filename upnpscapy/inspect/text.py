"""The overview as text: a heading for each part, and trees that fit a narrow terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Console

from upnpscapy.display import Table
from upnpscapy.forensics.capture_row import CaptureRow
from upnpscapy.forensics.finding import severity_counts
from upnpscapy.forensics.overview.counts import DEFECT_COLUMNS
from upnpscapy.forensics.overview.events import EventCount
from upnpscapy.forensics.overview.overview import Overview
from upnpscapy.forensics.views.devices import devices_tree
from upnpscapy.forensics.views.findings import findings_tree
from upnpscapy.forensics.views.mappings import addresses_tree, mappings_tree
from upnpscapy.inspect.conversations import conversations_tree
from upnpscapy.inspect.events import events_tree
from upnpscapy.inspect.searches import searches_tree
from upnpscapy.protocol.ssdp import KINDS
from upnpscapy.terminal import (
    print_card,
    print_heading,
    print_table,
    print_tree,
    stdout_console,
)

if TYPE_CHECKING:
    from upnpscapy.tree import Tree

__all__ = ["print_text"]


def print_text(overview: Overview) -> None:
    """Print the story, top down."""
    console = stdout_console()
    several = len(overview.captures) > 1
    for capture in overview.captures:
        print_card(console, capture.capture, _capture_lines(capture))
    console.print()
    print_heading(console, _counts("Messages", overview.kinds, KINDS))
    roles = overview.conversations.roles
    print_heading(console, _counts("HTTP exchanges", roles, sorted(roles)))
    counts = severity_counts(overview.findings)
    _print(console, "Findings", counts, findings_tree(overview.findings, several=several))
    devices, conversations = len(overview.devices), len(overview.conversations)
    _print(console, "Devices", devices, devices_tree(overview.trees, several=several))
    talk = conversations_tree(overview.conversations, several=several)
    _print(console, "Conversations", conversations, talk)
    mappings = mappings_tree(overview.mappings, several=several)
    _print(console, "Port mappings", len(overview.mappings), mappings)
    if overview.external_addresses:
        addresses = addresses_tree(overview.external_addresses, several=several)
        _print(console, "External addresses", len(addresses.roots), addresses)
    events = events_tree(overview.events, several=several)
    _print(console, "Events", _event_counts(overview.events), events)
    quests = list(overview.quests.values())
    searches = sum(quest.searches for quest in quests) + overview.quests_left_out
    _print(console, "Searches", searches, searches_tree(quests, several=several))
    defects = overview.defects.of_messages()
    _print(console, "Deviations from the standard", len(defects), None)
    if defects:
        names = tuple(name for name in DEFECT_COLUMNS if name != "capture" or several)
        print_table(console, Table("defects", names, lambda: defects))


def _print(console: Console, title: str, count: int | str, tree: Tree | None) -> None:
    console.print()
    print_heading(console, f"{title}: {count or 'none'}")
    if tree is not None:
        print_tree(console, tree)


def _event_counts(counts: list[EventCount]) -> str:
    events = sum(count.events for count in counts)
    subscriptions = sum(count.event_sub_url is not None for count in counts)
    return f"{events}, of {subscriptions} subscriptions" if subscriptions else str(events or "")


def _counts(title: str, counts: dict[str, int], order: tuple[str, ...] | list[str]) -> str:
    words = [f"{counts[name]} {name}" for name in order if name in counts]
    return f"{title}: {', '.join(words) or 'none'}"


def _capture_lines(capture: CaptureRow) -> list[str]:
    column = capture.column
    times = f"{column('first_time')} to {column('last_time')}"
    return [
        f"{capture.format}, {', '.join(capture.link_types) or 'no frames'}, "
        f"{capture.frames} frames",
        times if capture.first_time_ns is not None else "",
        f"SHA-256 {capture.sha256}",
        *(f"! {limit}" for limit in capture.limits),
    ]
