"""Counts that ``inspect`` shows: searches by searcher and target, deviations by name."""

from __future__ import annotations

from dataclasses import dataclass

from upnpscapy.protocol.defect import CATALOGUE

__all__ = ["DEFECT_COLUMNS", "QUEST_COLUMNS", "DefectCount", "Quest"]

QUEST_COLUMNS = tuple(
    "capture src st user_agent first_frame searches answered replies late_replies".split()
)

DEFECT_COLUMNS = tuple("name messages capture first_frame clause meaning".split())


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
