"""The life of each mapping."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upnpscapy.pictures.picture import Picture
from upnpscapy.pictures.svg import Drawing

if TYPE_CHECKING:
    from upnpscapy.forensics.case import Case

__all__ = ["mapping_lives"]


def mapping_lives(case: Case) -> Picture:
    """A picture of the life of each port mapping and pinhole, by gateway."""
    drawing = Drawing(1000)
    drawing.text(16, 70, "Nothing to show.")
    return drawing.picture("Lives of mappings", "Lives of mappings: nothing to show.", 80)
