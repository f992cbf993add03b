"""Pictures to zoom and point at, with plotly (extra ``notebook``).

plotly reads some HTML in its labels, links among it: all text is escaped before.

A notebook that is to be committed shall not carry plotly's scripts of several megabytes, which
its default renderer writes into it: ``plotly.io.renderers.default = "plotly_mimetype"``, or
``PLOTLY_RENDERER=plotly_mimetype`` in the environment, leaves the figure's data alone
(``application/vnd.plotly.v1+json``, some kilobytes), which JupyterLab, Notebook 7 and VS Code
draw with the plotly that is installed; so it is from plotly 5.24 to 7.1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from upnpscapy.display import iso_utc, to_html
from upnpscapy.forensics.mappings.words import label
from upnpscapy.pictures.clock import span
from upnpscapy.pictures.frames import FrameWords
from upnpscapy.pictures.lanes import Lane, lanes_of
from upnpscapy.pictures.mapping_lives import STATES, chosen, story
from upnpscapy.pictures.moments import Moments
from upnpscapy.pictures.palette import COLOURS, KINDS
from upnpscapy.pictures.words import fit

if TYPE_CHECKING:
    from plotly.graph_objects import Figure

    from upnpscapy.forensics.case import Case

__all__ = ["interactive_mappings", "interactive_timeline"]

MAX_LANES = 40
MAX_MAPPINGS = 400
MAX_MARKS = 20_000
"""In all; more than a browser draws at ease."""

LABEL = 260
"""Pixels of a label at the side."""

_SYMBOLS = {
    "up": "triangle-up",
    "down": "triangle-down",
    "circle": "circle",
    "square": "square",
    "diamond": "diamond",
    "plus": "cross",
    "cross": "x",
    "bar": "line-ns",
    "right": "triangle-right",
    "hourglass": "hourglass",
}
"""Shapes of the palette → plotly's."""


def interactive_timeline(case: Case, *, moments: Moments | None = None) -> Figure:
    """The timeline as a plotly figure; pointing at a mark tells kind, time and frames.

    ``moments``, gathered while the case was analyzed, saves reading the captures again.
    """
    from plotly.graph_objects import Figure, Scatter

    gathered = Moments.of(case) if moments is None else moments
    lanes = lanes_of(case, gathered, MAX_LANES)
    words = FrameWords(case)
    names = _names(lanes)
    figure = Figure()
    left = MAX_MARKS
    for kind, look in KINDS.items():
        marks: list[tuple[str | None, str, str, float]] = []
        for name, lane in zip(names, lanes, strict=True):
            for cell in lane.cells.get(kind, ())[:left]:
                said = f"{cell.count:,} {look.word}" if cell.count > 1 else look.word
                told = f"{said}, {words.hint(cell.frames, cell.last, cell.count)}"
                when = span(cell.first_ns, cell.last_ns)
                hover = f"{name}<br>{to_html(told)}<br>{when}"
                marks.append((_date(cell.first_ns), name, hover, 9 + min(cell.count, 64) ** 0.5))
            left = max(left - len(lane.cells.get(kind, ())), 0)
        if marks:
            x, y, text, sizes = zip(*marks, strict=True)
            symbol = _SYMBOLS[look.shape] + ("-open" if look.style.endswith(" o") else "")
            marker: dict[str, Any] = {
                "symbol": symbol,
                "size": sizes,
                "color": COLOURS[look.style[1]],
            }
            if look.shape == "bar":
                marker["line"] = {"width": 2, "color": COLOURS[look.style[1]]}
            figure.add_trace(
                Scatter(
                    x=x,
                    y=y,
                    text=text,
                    name=look.word,
                    mode="markers",
                    marker=marker,
                    hoverinfo="text",
                )
            )
    return _laid_out(figure, "Who said what, and when", names)


def interactive_mappings(case: Case) -> Figure:
    """The lives of mappings as a plotly figure; pointing at one tells what became of it."""
    from plotly.graph_objects import Figure, Scatter

    rows, _ = chosen(case, MAX_MAPPINGS)
    times = [row.last_time_ns for row in case.captures if row.last_time_ns is not None]
    figure = Figure()
    names = [f"{place}. {_shown(label(row))}" for place, row in enumerate(rows, 1)]
    for state, (style, shape, means) in STATES.items():
        x: list[str | None] = []
        y: list[str | None] = []
        text: list[str | None] = []
        symbols: list[str] = []
        for name, row in zip(names, rows, strict=True):
            first = row.time_ns if row.opened_ns is None else row.opened_ns
            if row.state != state or first is None:
                continue
            last = max(times, default=first) if row.live else (row.closed_ns or first)
            hover = f"{name} at {row.gateway}<br>{_shown(story(row), 2000)}"
            if row.terms.description:
                hover += f"<br>{_shown(row.terms.description)}"
            middle = [time for time, _ in row.renewals if time is not None]
            points = (first, *middle, last)
            x += [*map(_date, points), None]
            y += [*(name for _ in points), None]
            text += [*(hover for _ in points), None]
            ending = [_SYMBOLS[shape]] * 2
            symbols += ["circle", *("line-ns-open" for _ in middle), *ending]
        if x:
            figure.add_trace(
                Scatter(
                    x=x,
                    y=y,
                    text=text,
                    name=means,
                    mode="lines+markers",
                    line={"width": 8, "color": COLOURS[style[1]]},
                    marker={"symbol": symbols, "size": 12, "line": {"width": 2}},
                    hoverinfo="text",
                )
            )
    return _laid_out(figure, "Lives of port mappings", names)


def _laid_out(figure: Figure, title: str, names: list[str]) -> Any:
    return figure.update_layout(
        title={"text": title, "y": 0.98, "yanchor": "top"},
        height=max(300, 190 + 34 * len(names)),
        margin={"t": 110},
        hovermode="closest",
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom"},
        xaxis={"title": {"text": "UTC"}, "type": "date"},
        yaxis={
            "type": "category",
            "categoryorder": "array",
            "categoryarray": names[::-1],
            "automargin": True,
        },
    )


def _names(lanes: list[Lane]) -> list[str]:
    """What the lanes are called, each once: the address tells them apart."""
    hosts = [lane.host for lane in lanes]
    return [
        f"{_shown(host.name)} ({host.address})" if host.name else _shown(host.address)
        for host in hosts
    ]


def _shown(text: str, width: float = LABEL) -> str:
    return to_html(fit(text, width, 12))


def _date(time_ns: int | None) -> str | None:
    """As plotly reads it, which knows no time zones."""
    text = iso_utc(time_ns)
    return None if text is None else text[:26]
