"""A row of ``searches``: one M-SEARCH with the frames of its replies."""

from __future__ import annotations

from typing import NamedTuple

from upnpscapy.capture.sighting import Sighting
from upnpscapy.display import Columns, Through, printable
from upnpscapy.forensics.place import FrameNumbers, Place
from upnpscapy.protocol.pairing import Search
from upnpscapy.tree import MAX_SUMMARY, Shown, Tree

__all__ = ["SEARCH_COLUMNS", "SearchRow"]

SEARCH_COLUMNS = Columns(
    "capture frame time src sport dst st mx_seconds man user_agent replies late_replies",
    numbers="frame sport mx_seconds",
    lists="replies late_replies",
)


class _Parts(NamedTuple):
    sighting: Sighting
    search: Search
    place: Place


class SearchRow(Shown, _Parts):
    """One M-SEARCH; its sighting has all that is known of the message itself."""

    __slots__ = ()

    capture = Through[str]("sighting.capture")
    frame = Through[int]("sighting.frame")
    time_ns = Through[int | None]("sighting.time_ns")
    time = Through[str | None]("sighting.time")
    src = Through[str]("sighting.src")
    sport = Through[int]("sighting.sport")
    dst = Through[str]("sighting.dst")
    st = Through[str | None]("sighting.st")
    mx_seconds = Through[int | None]("sighting.mx_seconds")
    man = Through[str | None]("sighting.man")
    user_agent = Through[str | None]("sighting.user_agent")

    @property
    def replies(self) -> FrameNumbers:
        """Frames of the responses in time."""
        return FrameNumbers(self.search.replies, self.place)

    @property
    def late_replies(self) -> FrameNumbers:
        """Frames of the responses later than MX and a second of grace."""
        return FrameNumbers(self.search.late_replies, self.place)

    def tree(self) -> Tree:
        """The M-SEARCH, and the frames of its replies."""
        from upnpscapy.forensics.views.searches import search_tree

        return search_tree(self)

    def _summary(self) -> str:
        target = printable((self.st or "")[:MAX_SUMMARY])
        return f"SearchRow {self.frame} {self.src} {target} {self.replies.count} replies"

    def involves(self, host: str) -> bool:
        """Whether an address sent it or is where it went."""
        return self.sighting.involves(host)

    def column(self, name: str) -> object:
        """The value of a column of ``SEARCH_COLUMNS``."""
        return getattr(self, name)
