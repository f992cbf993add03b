"""What ``inspect`` tells: the story of the captures, top down, each line with a frame.

Fed with the messages and searches of a run, it counts; memory is bounded.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from upnpscapy.capture.sighting import Sighting
from upnpscapy.forensics.budget import Budget
from upnpscapy.forensics.exchange_row import ExchangeRow
from upnpscapy.forensics.search_row import SearchRow
from upnpscapy.protocol.defect import CATALOGUE

__all__ = ["DefectCount", "Overview", "Quest"]

MAX_QUESTS = 4096
"""Pairs of searcher and target kept; a flood with invented targets goes on beyond."""


@dataclass(slots=True)
class Quest:
    """All searches of one host for one target."""

    capture: str
    src: str
    st: str | None
    user_agent: str | None
    first_frame: int
    searches: int = 0
    answered: int = 0
    replies: int = 0
    late_replies: int = 0

    def column(self, name: str) -> object:
        """The value of an attribute."""
        return getattr(self, name)


QUEST_COLUMNS = tuple(
    "capture src st user_agent first_frame searches answered replies late_replies".split()
)


@dataclass(slots=True)
class DefectCount:
    """How often a deviation was seen, and where first."""

    name: str
    messages: int
    capture: str
    first_frame: int

    @property
    def clause(self) -> str:
        """The clause it deviates from."""
        return CATALOGUE[self.name][0]

    @property
    def meaning(self) -> str:
        """What it means."""
        return CATALOGUE[self.name][1]

    def column(self, name: str) -> object:
        """The value of an attribute."""
        return getattr(self, name)


DEFECT_COLUMNS = tuple("name messages capture first_frame clause meaning".split())


class Overview:
    """Counts over messages and searches, in the order of their first frames."""

    def __init__(self) -> None:
        self.kinds: dict[str, int] = {}
        self._budget = Budget()
        self.quests: dict[tuple[str, str, str | None], Quest] = {}
        self.defects: dict[str, DefectCount] = {}
        self.roles: dict[str, int] = {}
        """HTTP exchanges by what they were for."""
        self.left_out = 0
        """Searches of quests beyond ``MAX_QUESTS``."""

    def saw(self, sighting: Sighting) -> None:
        """Take a message."""
        kind = sighting.kind
        self.kinds[kind] = self.kinds.get(kind, 0) + 1
        for name in sighting.defects:
            count = self.defects.get(name)
            if count is None:
                count = DefectCount(name, 0, sighting.capture, sighting.frame)
                self.defects[name] = count
            count.messages += 1

    def saw_exchange(self, row: ExchangeRow) -> None:
        """Take an HTTP exchange."""
        self.roles[row.role] = self.roles.get(row.role, 0) + 1

    def saw_search(self, row: SearchRow) -> None:
        """Take a search whose replies are known."""
        sighting = row.sighting
        key = (sighting.capture, sighting.src, sighting.ssdp.st)
        quest = self.quests.get(key)
        if quest is None:
            if len(self.quests) >= MAX_QUESTS or not self._budget.keep(sighting.ssdp.st or ""):
                self.left_out += 1
                return
            quest = self.quests[key] = Quest(*key, sighting.ssdp.user_agent, sighting.frame)
        quest.searches += 1
        quest.replies += row.replies.count
        quest.late_replies += row.late_replies.count
        if row.replies.count or row.late_replies.count:
            quest.answered += 1

    def to_dict(self) -> dict[str, Any]:
        """All counts, JSON-ready."""
        return {
            "messages": self.kinds,
            "exchanges": self.roles,
            "searches": [
                {name: quest.column(name) for name in QUEST_COLUMNS}
                for quest in self.quests.values()
            ],
            "defects": [
                {name: count.column(name) for name in DEFECT_COLUMNS}
                for count in self.defects.values()
            ],
        }
