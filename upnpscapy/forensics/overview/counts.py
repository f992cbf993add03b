"""Counts of an overview: searches by searcher and target, deviations by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from upnpscapy.forensics.defect_catalogues import CATALOGUES

__all__ = ["DEFECT_COLUMNS", "QUEST_COLUMNS", "DefectCount", "DefectCounts", "Quest"]

QUEST_COLUMNS = tuple(
    "capture src st user_agent first_frame searches answered replies late_replies".split()
)

DEFECT_COLUMNS = tuple("name messages capture first_frame clause meaning".split())

MAX_DEFECT_FRAMES = 8
"""Frames kept of a deviation."""


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
    """How often a deviation was seen in the rows of one table, and where first."""

    name: str
    messages: int
    capture: str
    first_frame: int | str | None
    table: str = "messages"
    frames: list[int | str] = field(default_factory=list)
    """The first ones."""

    @property
    def clause(self) -> str:
        """The clause it deviates from."""
        return CATALOGUES[self.table][self.name][0]

    @property
    def meaning(self) -> str:
        """What it means."""
        return CATALOGUES[self.table][self.name][1]

    def column(self, name: str) -> object:
        """The value of an attribute."""
        return getattr(self, name)


class DefectCounts:
    """Deviations by table, name and capture, in the order in which they were first seen."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, str], DefectCount] = {}

    def __iter__(self) -> Iterator[DefectCount]:
        return iter(self._found.values())

    def take(self, table: str, names: Iterable[str], capture: str, frame: int | str | None) -> None:
        """Take the deviations of one row; what they mean stands in that table's catalogue."""
        for name in names:
            count = self._found.get((table, name, capture))
            if count is None:
                count = DefectCount(name, 0, capture, frame, table)
                self._found[table, name, capture] = count
            count.messages += 1
            if frame is not None and len(count.frames) < MAX_DEFECT_FRAMES:
                count.frames.append(frame)

    def of_messages(self) -> list[DefectCount]:
        """Those of discovery messages, of all captures together."""
        found: dict[str, DefectCount] = {}
        for one in self:
            if one.table != "messages":
                continue
            count = found.get(one.name)
            if count is None:
                found[one.name] = replace(one)
            else:
                count.messages += one.messages
        return list(found.values())
