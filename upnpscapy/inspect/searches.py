"""The searches of an overview as trees: who searched, and for what."""

from __future__ import annotations

from collections.abc import Sequence

from upnpscapy.forensics.overview.counts import Quest
from upnpscapy.protocol.description_view import short_type
from upnpscapy.tree import Node, Tree

__all__ = ["searches_tree"]

SHOWN = 200
"""Pairs of searcher and target shown."""


def searches_tree(quests: Sequence[Quest], *, several: bool) -> Tree:
    """Searches by searcher and USER-AGENT, in their order."""
    searchers: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for quest in quests[:SHOWN]:
        name = f"{quest.capture}  {quest.src}" if several else quest.src
        fields = searchers.setdefault((name, quest.user_agent or ""), [])
        fields.append((short_type(quest.st) or "without a target", _words(quest)))
    more = len(quests) - SHOWN
    words = (f"… {more} more: upnpscapy searches lists all",) if more > 0 else ()
    roots = (Node(name, agent, tuple(fields)) for (name, agent), fields in searchers.items())
    return Tree(tuple(roots), words)


def _words(quest: Quest) -> str:
    if quest.searches > 1:
        words = [f"{quest.searches} searches from frame {quest.first_frame}"]
        words.append(f"{quest.answered or 'none'} answered")
    else:
        words = [f"1 search in frame {quest.first_frame}"]
        words += [] if quest.answered else ["no answer"]
    if quest.replies:
        words.append(f"{quest.replies} replies" if quest.replies > 1 else "1 reply")
    if quest.late_replies:
        words.append(f"{quest.late_replies} late")
    return ", ".join(words)
