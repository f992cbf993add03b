"""A finished picture: SVG text with the words for those who do not see it."""

from __future__ import annotations

from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path

from upnpscapy.display import to_html

__all__ = ["Picture"]


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture; notebooks show it as it is."""

    title: str
    description: str
    """What it shows, in words."""
    svg: str = field(repr=False)
    """A complete ``<svg>`` element, to be written into a file or into HTML as it is."""
    width: int
    """In CSS pixels, as is the height; it scales."""
    height: int
    remarks: tuple[str, ...] = ()
    """What was left out, each in a sentence; the picture says so too."""

    def save(self, path: str | PathLike[str]) -> None:
        """Write it as an SVG file."""
        Path(path).write_text(self.svg, encoding="utf-8")

    def _repr_html_(self) -> str:
        """In a frame of its own: hints show, styles do not meet those of the page.

        A frontend that does not trust a notebook drops it whole; of an ``<svg>`` in the page it
        would leave all text in a heap, and as ``image/svg+xml`` it would have no hints.
        No script can run in it; of the same origin as the page, it needs no process of its own,
        which browsers without a window do not wait for when they print a page.
        """
        page = f'<body style="margin:0">{self.svg}</body>'
        return (
            f'<iframe sandbox="allow-same-origin" title="{to_html(self.title)}" '
            f'srcdoc="{to_html(page)}" '
            f'style="border:0;width:100%;max-width:{self.width}px;'
            f'aspect-ratio:{self.width}/{self.height}"></iframe>'
        )
