"""A row of ``searches``: one M-SEARCH with the frames of its replies."""

from __future__ import annotations

from typing import NamedTuple

from upnpscapy.capture.sighting import Sighting
from upnpscapy.display import Columns
from upnpscapy.forensics.place import FrameNumbers, Place
from upnpscapy.protocol.pairing import Search

__all__ = ["SEARCH_COLUMNS", "SearchRow"]

SEARCH_COLUMNS = Columns(
    "capture frame time src sport dst st mx_seconds man user_agent replies late_replies",
    numbers="frame sport mx_seconds",
    lists="replies late_replies",
)


class SearchRow(NamedTuple):
    """One M-SEARCH; its sighting has all that is known of the message itself."""

    sighting: Sighting
    search: Search
    place: Place

    @property
    def replies(self) -> FrameNumbers:
        """Frames of the responses in time."""
        return FrameNumbers(self.search.replies, self.place)

    @property
    def late_replies(self) -> FrameNumbers:
        """Frames of the responses later than MX and a second of grace."""
        return FrameNumbers(self.search.late_replies, self.place)

    @property
    def frame(self) -> int:
        """The frame of the search."""
        return self.sighting.frame

    @property
    def time_ns(self) -> int | None:
        """When it was sent."""
        return self.sighting.time_ns

    def involves(self, host: str) -> bool:
        """Whether an address sent it or is where it went."""
        return self.sighting.involves(host)

    def column(self, name: str) -> object:
        """The value of a column of ``SEARCH_COLUMNS``."""
        if name in ("replies", "late_replies"):
            return getattr(self, name)
        return self.sighting.column(name)
