"""What ``upnpscapy inspect`` prints: the story top down, in one of the forms of the contract."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

from upnpscapy.display import csv_line, to_json

if TYPE_CHECKING:
    from upnpscapy.forensics.overview.overview import Overview

__all__ = ["print_overview"]


def print_overview(form: str, overview: Overview) -> None:
    """Print the overview; it is to be finished before."""
    if form == "text":
        from upnpscapy.inspect.text import print_text

        print_text(overview)
        return
    sys.stdout.buffer.write("".join(_FORMS[form](overview.to_dict())).encode())


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
