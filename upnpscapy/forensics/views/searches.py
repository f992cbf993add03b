"""A row of ``searches`` as a card: the M-SEARCH, and the frames of its replies."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upnpscapy.capture.sighting_view import sighting_tree
from upnpscapy.tree import Tree, card

if TYPE_CHECKING:
    from upnpscapy.forensics.search_row import SearchRow

__all__ = ["search_tree"]


def search_tree(row: SearchRow) -> Tree:
    """One row."""
    fields = (("replies", row.replies), ("late replies", row.late_replies))
    count = row.replies.count + row.late_replies.count
    note = f"{count} {'reply' if count == 1 else 'replies'}"
    message = sighting_tree(row.sighting)
    return card(f"search for {row.st or 'nothing'}", note, fields, message.roots)
