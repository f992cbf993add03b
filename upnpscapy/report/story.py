"""What a report is made of: a case, and what was gathered while it was analyzed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from upnpscapy.forensics.overview.overview import Overview
from upnpscapy.pictures import Moments

if TYPE_CHECKING:
    from upnpscapy.capture.sighting import Sighting
    from upnpscapy.forensics.case import Case
    from upnpscapy.forensics.exchange_row import ExchangeRow
    from upnpscapy.forensics.search_row import SearchRow

__all__ = ["Story"]


class Story:
    """Takes the rows of a pass as they come; ``finish`` it with the case that the pass made."""

    def __init__(self) -> None:
        self.overview = Overview()
        self.moments = Moments()

    @classmethod
    def of(cls, case: Case) -> Story:
        """The story of a case that is there already: its files are read again for it."""
        story = cls()
        for sighting in case.messages:
            story.saw_all((sighting,))
        for search in case.searches:
            story.saw_search(search)
        for exchange in case.exchanges:
            story.saw_exchange(exchange)
        story.finish(case)
        return story

    def saw_all(self, found: Sequence[Sighting]) -> None:
        """Take messages of discovery, in their order."""
        self.overview.saw_all(found)
        self.moments.saw_all(found)

    def saw_search(self, row: SearchRow) -> None:
        """Take a search whose replies are known."""
        self.overview.saw_search(row)
        self.moments.saw_search(row)

    def saw_exchange(self, row: ExchangeRow) -> None:
        """Take an HTTP exchange."""
        self.overview.saw_exchange(row)
        self.moments.saw_exchange(row)

    def finish(self, case: Case) -> None:
        """Take what is known when the pass is over."""
        self.overview.finish(case)
