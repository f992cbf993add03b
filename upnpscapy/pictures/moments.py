"""What a pass over captures leaves for pictures, in bounded memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upnpscapy.capture.sighting import Sighting
from upnpscapy.forensics.exchange_row import ExchangeRow
from upnpscapy.forensics.search_row import SearchRow

if TYPE_CHECKING:
    from upnpscapy.forensics.case import Case

__all__ = ["Moments"]


class Moments:
    """Who said what to whom, and when; its methods fit the callbacks of ``analyze``."""

    def __init__(self) -> None:
        self.messages = 0

    @classmethod
    def of(cls, case: Case) -> Moments:
        """What the same pass would have left, from the tables of a case, which reads them again."""
        moments = cls()
        for sighting in case.messages:
            moments.saw(sighting)
        for search in case.searches:
            moments.saw_search(search)
        for exchange in case.exchanges:
            moments.saw_exchange(exchange)
        return moments

    def saw(self, sighting: Sighting) -> None:
        """Take a message of discovery."""
        self.messages += 1

    def saw_search(self, row: SearchRow) -> None:
        """Take a search whose replies are known."""

    def saw_exchange(self, row: ExchangeRow) -> None:
        """Take an HTTP exchange."""

    @property
    def conversations(self) -> list[tuple[str, str]]:
        """(control point, device) of each conversation, the one with most to tell first."""
        return []
