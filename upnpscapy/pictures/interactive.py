"""The same to zoom and point at, with plotly (extra ``notebook``)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upnpscapy.pictures.moments import Moments

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from upnpscapy.forensics.case import Case

__all__ = ["interactive_mappings", "interactive_timeline"]


def interactive_timeline(case: Case, *, moments: Moments | None = None) -> Figure:
    """The timeline as a plotly figure."""
    from plotly.graph_objects import Figure

    return Figure()


def interactive_mappings(case: Case) -> Figure:
    """The lives of mappings as a plotly figure."""
    from plotly.graph_objects import Figure

    return Figure()
