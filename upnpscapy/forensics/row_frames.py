"""The frames of any row, each with the file it is in."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from upnpscapy.capture.sighting import Sighting
from upnpscapy.display import Row
from upnpscapy.forensics.finding import Finding
from upnpscapy.forensics.place import FrameNumbers, Place
from upnpscapy.forensics.search_row import SearchRow

__all__ = ["frames_of_row"]


def frames_of_row(row: Row) -> Iterator[tuple[str, int]]:
    """(capture, frame) of all that a row keeps; nothing of a row that is of no frames."""
    if isinstance(row, Sighting):
        yield row.capture, row.frame
    elif isinstance(row, SearchRow):
        yield row.capture, row.frame
        yield from row.replies.places()
        yield from row.late_replies.places()
    elif isinstance(row, Finding):
        for part in row.evidence:
            yield from map(part.place.of, part.frames)
    else:
        yield from _of(getattr(row, "frames", None), getattr(row, "place", None))


def _of(frames: object, place: object) -> Iterator[tuple[str, int]]:
    if isinstance(frames, FrameNumbers):
        yield from frames.places()
    elif isinstance(frames, Iterable) and isinstance(place, Place):
        yield from map(place.of, frames)
