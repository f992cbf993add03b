"""A row of ``searches`` as a card: the M-SEARCH, and the frames of its replies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upnpscapy.capture.sighting_view import sighting_tree
from upnpscapy.display import cell_text
from upnpscapy.tree import Node, Tree

if TYPE_CHECKING:
    from upnpscapy.forensics.search_row import SearchRow

__all__ = ["search_tree"]


def search_tree(row: SearchRow) -> Tree:
    """One row."""
    fields = [("replies", cell_text(row.replies) or "none")]
    if row.late_replies.count:
        fields.append(("late replies", cell_text(row.late_replies)))
    count = row.replies.count + row.late_replies.count
    note = f"{count} {'reply' if count == 1 else 'replies'}"
    label, message = f"search for {row.st or 'nothing'}", sighting_tree(row.sighting)
    return Tree((Node(label, note, tuple(fields), message.roots),))
