"""Input files as cards: what was read, and what was not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from upnpscapy.tree import Node, Tree

if TYPE_CHECKING:
    from upnpscapy.forensics.capture_row import CaptureRow

__all__ = ["capture_node", "capture_tree"]


def capture_tree(row: CaptureRow) -> Tree:
    """One row."""
    return Tree((capture_node(row),))


def capture_node(row: CaptureRow) -> Node:
    """A file: its format, times and hash, and what was cut or hit a limit."""
    links = ", ".join(row.link_types) or "no frames"
    return Node(row.capture, f"{row.format}, {links}, {row.frames} frames", tuple(_fields(row)))


def _fields(row: CaptureRow) -> Iterator[tuple[str, str]]:
    if row.first_time is not None:
        yield "time", f"{row.first_time} to {row.last_time}"
    yield "sha256", row.sha256
    if row.incomplete:
        yield "incomplete", f"{row.bytes_left} bytes were not read"
    for limit in row.limits:
        yield "limit", limit
