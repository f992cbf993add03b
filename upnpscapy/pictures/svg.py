"""SVG as text: the one place where elements are written and text is escaped.

No ids, no scripts, no references: many pictures can stand in one page.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from upnpscapy.display import to_html
from upnpscapy.pictures.palette import STYLE
from upnpscapy.pictures.picture import Picture
from upnpscapy.pictures.words import fit, text_width

__all__ = ["SMALL", "TEXT", "Drawing"]

TEXT = 13
"""Font size in pixels; what is smaller is SMALL."""

SMALL = 11.5

BOLD = 1.13
"""How much wider bold text is."""

MARGIN = 16
TITLE_HEIGHT = 44
LINE = 18
"""Height of a line of remarks."""

MAX_TITLE = 300
"""Characters of a hint."""


class Drawing:
    """Elements one after another; coordinates are pixels, those of text are its base line."""

    def __init__(self, width: int) -> None:
        self.width = width
        self._parts: list[str] = []

    def rect(
        self, x: float, y: float, width: float, height: float, kind: str, radius: float = 0
    ) -> None:
        """A rectangle of a class of the palette."""
        corner = f' rx="{_number(radius)}"' if radius else ""
        self._parts.append(
            f'<rect class="{kind}" x="{_number(x)}" y="{_number(y)}" '
            f'width="{_number(width)}" height="{_number(height)}"{corner}/>'
        )

    def line(self, x1: float, y1: float, x2: float, y2: float, kind: str) -> None:
        """A straight line."""
        self.path(f"M{_number(x1)} {_number(y1)}L{_number(x2)} {_number(y2)}", kind)

    def path(self, data: str, kind: str) -> None:
        """A path, whose data is made here and not from the wire."""
        self._parts.append(f'<path class="{kind}" d="{data}"/>')

    def curve(self, x1: float, y1: float, x2: float, y2: float, kind: str) -> None:
        """A line that leaves and arrives level."""
        middle = _number((x1 + x2) / 2)
        ends = f"{middle} {_number(y1)} {middle} {_number(y2)} {_number(x2)} {_number(y2)}"
        self.path(f"M{_number(x1)} {_number(y1)}C{ends}", kind)

    def mark(self, shape: str, x: float, y: float, radius: float, kind: str) -> None:
        """A shape of the palette around a point."""
        self.path(_SHAPES[shape](x, y, radius), kind)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        kind: str = "",
        *,
        width: float | None = None,
        size: float = TEXT,
        anchor: str = "",
    ) -> float:
        """Text, cut to a width; returns how wide it is at most."""
        bold = BOLD if "h" in kind.split() or "t" in kind.split() else 1
        shown = fit(text, self.width if width is None else width, size * bold)
        names = " ".join(filter(None, (kind, "s" if size == SMALL else "", anchor)))
        named = f' class="{names}"' if names else ""
        self._parts.append(
            f'<text{named} x="{_number(x)}" y="{_number(y)}">{to_html(shown)}</text>'
        )
        return text_width(shown, size * bold)

    @contextmanager
    def hint(self, words: str) -> Iterator[None]:
        """What is drawn inside shows these words when one points at it."""
        shown = words if len(words) <= MAX_TITLE else words[: MAX_TITLE - 1] + "…"
        self._parts.append(f"<g><title>{to_html(shown)}</title>")
        yield
        self._parts.append("</g>")

    def picture(
        self, title: str, description: str, height: float, remarks: Iterable[str] = ()
    ) -> Picture:
        """What was drawn below ``TITLE_HEIGHT`` and above ``height``, with title and remarks."""
        told = tuple(remarks)
        body, self._parts = self._parts, []
        self.text(MARGIN, 28, title, "t", width=self.width - 2 * MARGIN, size=TEXT + 3)
        y = height
        for remark in told:
            for line in _lines(remark, self.width - 2 * MARGIN):
                y += LINE
                self.text(MARGIN, y, line, "f", width=self.width - 2 * MARGIN, size=SMALL)
        total = round(y + MARGIN)
        head = "".join(self._parts)
        svg = (
            f'<svg xmlns="http://www.w3.org/2000/svg" class="upnpscapy-picture" role="img" '
            f'viewBox="0 0 {self.width} {total}" width="{self.width}" height="{total}">'
            f"<title>{to_html(title)}</title><desc>{to_html(description)}</desc>"
            f"<style>{STYLE}</style>"
            f'<rect class="bg" width="{self.width}" height="{total}" rx="6"/>'
            f"{head}{''.join(body)}</svg>"
        )
        return Picture(title, description, svg, self.width, total, told)


def _number(value: float) -> str:
    """With one decimal at most: a tenth of a pixel is nothing to see."""
    return f"{value:.1f}".removesuffix(".0")


def _lines(text: str, width: float) -> Iterator[str]:
    line = ""
    for word in text.split(" "):
        longer = f"{line} {word}".lstrip()
        if line and text_width(longer, SMALL) > width:
            yield line
            longer = word
        line = longer
    yield line


def _polygon(x: float, y: float, radius: float, *offsets: tuple[float, float]) -> str:
    corners = (f"{_number(x + radius * a)} {_number(y + radius * b)}" for a, b in offsets)
    return f"M{'L'.join(corners)}Z"


def _circle(x: float, y: float, radius: float) -> str:
    r, twice = _number(radius), _number(2 * radius)
    return f"M{_number(x - radius)} {_number(y)}a{r} {r} 0 1 0 {twice} 0a{r} {r} 0 1 0-{twice} 0Z"


def _cross(x: float, y: float, radius: float) -> str:
    a, b, c, d = (_number(v) for v in (x - radius, x + radius, y - radius, y + radius))
    return f"M{a} {c}L{b} {d}M{a} {d}L{b} {c}"


_SHAPES: dict[str, Callable[[float, float, float], str]] = {
    "circle": _circle,
    "cross": _cross,
    "up": lambda x, y, r: _polygon(x, y, r, (0, -1.05), (1.05, 0.8), (-1.05, 0.8)),
    "down": lambda x, y, r: _polygon(x, y, r, (0, 1.05), (1.05, -0.8), (-1.05, -0.8)),
    "square": lambda x, y, r: _polygon(
        x, y, r, (-0.85, -0.85), (0.85, -0.85), (0.85, 0.85), (-0.85, 0.85)
    ),
    "diamond": lambda x, y, r: _polygon(x, y, r, (0, -1.15), (1.15, 0), (0, 1.15), (-1.15, 0)),
    "right": lambda x, y, r: _polygon(x, y, r, (1.3, 0), (-0.6, 1.2), (-0.6, -1.2)),
    "tick": lambda x, y, r: _polygon(x, y, r, (-0.06, -1), (0.06, -1), (0.06, 1), (-0.06, 1)),
    "hourglass": lambda x, y, r: _polygon(x, y, r, (-0.9, -1), (0.9, -1), (-0.9, 1), (0.9, 1)),
    "bar": lambda x, y, r: _polygon(x, y, r, (-0.35, -1), (0.35, -1), (0.35, 1), (-0.35, 1)),
    "plus": lambda x, y, r: _polygon(
        x,
        y,
        r,
        (-0.38, -1.05),
        (0.38, -1.05),
        (0.38, -0.38),
        (1.05, -0.38),
        (1.05, 0.38),
        (0.38, 0.38),
        (0.38, 1.05),
        (-0.38, 1.05),
        (-0.38, 0.38),
        (-1.05, 0.38),
        (-1.05, -0.38),
        (-0.38, -0.38),
    ),
}
