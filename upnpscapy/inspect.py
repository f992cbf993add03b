"""What ``upnpscapy inspect`` prints: the story top down, or the same as one JSON object."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from upnpscapy.display import Table, cell_text, csv_line, to_json
from upnpscapy.forensics.capture_row import CaptureRow
from upnpscapy.forensics.inventory import Device
from upnpscapy.forensics.mapping_row import MappingRow
from upnpscapy.forensics.overview import DEFECT_COLUMNS, QUEST_COLUMNS, Overview
from upnpscapy.forensics.tables import capture_table, device_table, fact_table
from upnpscapy.protocol.ssdp import KINDS

if TYPE_CHECKING:
    from rich.console import Console

__all__ = ["print_overview"]


def print_overview(
    form: str,
    captures: list[CaptureRow],
    overview: Overview,
    devices: list[Device],
    mappings: list[MappingRow],
) -> None:
    """Print the overview in one of the forms of the contract."""
    if form == "text":
        _print_text(captures, overview, devices, mappings)
        return
    story = {
        "captures": list(capture_table(lambda: captures).to_dicts()),
        **overview.to_dict(),
        "devices": list(device_table(lambda: devices).to_dicts()),
        "mappings": list(fact_table("mappings", lambda: mappings).to_dicts()),
    }
    sys.stdout.buffer.write("".join(_FORMS[form](story)).encode())


def _json(story: dict[str, Any]) -> list[str]:
    return [to_json(story), "\n"]


def _jsonl(story: dict[str, Any]) -> list[str]:
    """One line a row, which says in ``table`` what it is a row of."""
    lines = []
    for table, rows in story.items():
        for row in rows if isinstance(rows, list) else [rows]:
            lines.append(to_json({"table": table, **row}) + "\n")
    return lines


def _csv(story: dict[str, Any]) -> list[str]:
    """The overview as (section, subject, name, value) lines: its parts have different columns."""
    lines = [csv_line(("section", "subject", "name", "value"))]
    for section, rows in story.items():
        for number, row in enumerate(rows if isinstance(rows, list) else [rows], 1):
            lines += [csv_line((section, number, name, value)) for name, value in row.items()]
    return lines


_FORMS = {"json": _json, "jsonl": _jsonl, "csv": _csv}


def _print_text(
    captures: list[CaptureRow],
    overview: Overview,
    devices: list[Device],
    mappings: list[MappingRow],
) -> None:
    from upnpscapy.terminal import print_card, print_heading, print_table, stdout_console

    console = stdout_console()
    for capture in captures:
        print_card(console, capture.capture, _capture_lines(capture))
    kinds = [f"{overview.kinds[kind]} {kind}" for kind in KINDS if kind in overview.kinds]
    console.print()
    print_heading(console, f"Messages: {', '.join(kinds) or 'none'}")
    roles = [f"{count} {role}" for role, count in sorted(overview.roles.items())]
    print_heading(console, f"HTTP exchanges: {', '.join(roles) or 'none'}")
    _print_section(console, "Devices", len(devices))
    for device in devices:
        print_card(console, _device_heading(device), _device_lines(device, len(captures) > 1))
    _print_section(console, "Port mappings", len(mappings))
    if mappings:
        print_table(console, fact_table("mappings", lambda: mappings, several=len(captures) > 1))
    quests = list(overview.quests.values())
    _print_section(console, "Searches", sum(quest.searches for quest in quests) + overview.left_out)
    if quests:
        names = QUEST_COLUMNS if len(captures) > 1 else QUEST_COLUMNS[1:]
        print_table(console, Table("searches", names, lambda: quests))
    defects = list(overview.defects.values())
    _print_section(console, "Deviations from the standard", len(defects))
    if defects:
        names = tuple(name for name in DEFECT_COLUMNS if name != "capture" or len(captures) > 1)
        print_table(console, Table("defects", names, lambda: defects))


def _print_section(console: Console, title: str, count: int) -> None:
    from upnpscapy.terminal import print_heading

    console.print()
    print_heading(console, f"{title}: {count or 'none'}")


def _capture_lines(capture: CaptureRow) -> list[str]:
    column = capture.column
    return [
        f"{capture.format}, {', '.join(capture.link_types) or 'no frames'}, "
        f"{capture.frames} frames",
        f"{column('first_time')} to {column('last_time')}"
        if capture.first_time_ns is not None
        else "",
        f"SHA-256 {capture.sha256}",
        *(f"! {limit}" for limit in capture.limits),
    ]


def _device_heading(device: Device) -> str:
    kind = (device.device_type or "").rpartition(":device:")[2]
    name = device.column("friendly_name")
    parts = (device.udn, kind, f'"{name}"' if name else "", device.state)
    return "  ".join(part for part in parts if part)


def _device_lines(device: Device, several: bool) -> list[str]:
    column = device.column
    hosts = [*device.addresses, *device.link_addresses]
    if device.vendor:
        hosts.append(f"({device.vendor})")
    return [
        *([device.capture] if several else []),
        "  ".join(hosts),
        device.server or "",
        *device.locations,
        f"frames {cell_text(device.frames)}",
        f"{column('first_time')} to {column('last_time')}"
        if device.first_time_ns is not None
        else "",
    ]
