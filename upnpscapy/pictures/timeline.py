"""Who said what when: a lane for each host, a track for each kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import log2
from typing import TYPE_CHECKING

from upnpscapy.display import iso_utc
from upnpscapy.pictures.clock import Clock, span
from upnpscapy.pictures.frames import FrameWords
from upnpscapy.pictures.lanes import Lane, lanes_of
from upnpscapy.pictures.moments import Moments
from upnpscapy.pictures.palette import KINDS
from upnpscapy.pictures.picture import Picture
from upnpscapy.pictures.scale import draw_legend, draw_scale
from upnpscapy.pictures.strays import main_span
from upnpscapy.pictures.svg import MARGIN, SMALL, TITLE_HEIGHT, Drawing
from upnpscapy.pictures.tracks import Cell
from upnpscapy.pictures.words import counted, text_width

if TYPE_CHECKING:
    from upnpscapy.forensics.case import Case

__all__ = ["timeline"]

TITLE = "Who said what, and when"
WIDTH = 1000
LEFT, RIGHT = 176, WIDTH - 24
"""Where the time begins and ends."""

MAX_LANES = 14
TRACK, HEAD = 19, 27
"""Heights of a track and of a lane's head."""

SPACING = (15, 25, 40, 80, 160)
"""Pixels between two marks at least; the first with which the picture is small enough."""

MAX_BYTES = 140_000
SMALLEST, LARGEST = 3.4, 7.0
"""Radius of a mark for one message, and of the largest."""


def timeline(case: Case, *, moments: Moments | None = None) -> Picture:
    """A picture of who said what when: a lane for each host, a track for each kind.

    ``moments``, gathered while the case was analyzed, saves reading the captures again.
    """
    gathered = Moments.of(case) if moments is None else moments
    lanes = lanes_of(case, gathered, MAX_LANES)
    words = FrameWords(case)
    untimed = gathered.discovery.untimed + gathered.http.untimed
    remarks = [f"{counted(untimed, 'message')} without a time: counted, not drawn."] * (untimed > 0)
    if words.several:
        remarks.append("Hosts of several captures that have the same address share a lane.")
    else:
        remarks += _set_strays_aside(lanes, words)
    for spacing in SPACING:
        picture = _draw(lanes, words, spacing, remarks)
        if len(picture.svg.encode()) <= MAX_BYTES:
            break
    return picture


def clusters(cells: Iterable[Cell], clock: Clock, spacing: float) -> list[tuple[float, Cell]]:
    """Cells taken together until their middles are so far apart, with where these are."""
    found: list[Cell] = []
    twice, apart = 0, 2 * clock.length_ns(spacing)
    for cell in cells:
        here = cell.first_ns + cell.last_ns
        if found and here - twice < apart:
            last = found[-1]
            last.merge(cell)
            twice = last.first_ns + last.last_ns
        else:
            found.append(cell.copy())
            twice = here
    return [((clock.x(cell.first_ns) + clock.x(cell.last_ns)) / 2, cell) for cell in found]


def _set_strays_aside(lanes: list[Lane], words: FrameWords) -> Iterator[str]:
    """Take what is far from all else out of the lanes; says what it is."""
    every = [cell for lane in lanes for cells in lane.cells.values() for cell in cells]
    start_ns, end_ns = main_span(every)
    before = [cell for cell in every if cell.last_ns < start_ns]
    after = [cell for cell in every if cell.first_ns > end_ns]
    for strays, where in ((before, "before"), (after, "after")):
        if strays:
            whole, *more = sorted(strays, key=lambda cell: cell.first_ns)
            whole = whole.copy()
            for cell in more:
                whole.merge(cell)
            many = counted(whole.count, "message")
            frames = words.hint(whole.frames, whole.last, whole.count)
            when = _dates(whole.first_ns, whole.last_ns)
            yield f"{many} long {where} all others, {when}: counted, not drawn ({frames})."
    if before or after:
        for lane in lanes:
            for kind, cells in lane.cells.items():
                lane.cells[kind] = [
                    cell for cell in cells if start_ns <= cell.first_ns and cell.last_ns <= end_ns
                ]


def _draw(lanes: list[Lane], words: FrameWords, spacing: float, remarks: list[str]) -> Picture:
    drawing = Drawing(WIDTH)
    times = [
        time
        for lane in lanes
        for cells in lane.cells.values()
        for cell in cells
        for time in (cell.first_ns, cell.last_ns)
    ]
    total = sum(sum(lane.counts.values()) for lane in lanes)
    if not total:
        drawing.text(MARGIN, TITLE_HEIGHT + 24, "No UPnP messages and no HTTP exchanges.", "f")
        return drawing.picture(TITLE, "Nothing was said.", TITLE_HEIGHT + 30, remarks)
    clock = Clock(times, LEFT, RIGHT)
    top = TITLE_HEIGHT + 22
    height = sum(HEAD + TRACK * len(lane.kinds) + 8 for lane in lanes)
    if times:
        draw_scale(drawing, clock, top, top + height)
    y = float(top)
    for lane in lanes:
        y = _lane(drawing, lane, clock, words, spacing, y)
    y = _legend(drawing, {kind for lane in lanes for kind in lane.kinds}, y + 14)
    return drawing.picture(TITLE, _description(lanes, clock, total), y, remarks)


def _lane(
    drawing: Drawing, lane: Lane, clock: Clock, words: FrameWords, spacing: float, y: float
) -> float:
    host = lane.host
    drawing.rect(0, y, WIDTH, HEAD - 5, "band")
    width = drawing.text(MARGIN, y + 16, host.title, "h", width=520)
    told = " · ".join(filter(None, (host.address if host.name else "", _role(host.role))))
    drawing.text(MARGIN + width + 12, y + 16, told, "f", width=WIDTH - width - 60, size=SMALL)
    y += HEAD
    for kind in lane.kinds:
        look = KINDS[kind]
        middle = y + TRACK / 2 - 1
        drawing.mark(look.shape, MARGIN + 8, middle, 4.5, look.style)
        drawing.text(MARGIN + 20, middle + 4, look.word, size=SMALL)
        drawing.text(LEFT - 14, middle + 4, f"{lane.counts[kind]:,}", "f e", size=SMALL)
        _track(drawing, kind, clusters(lane.cells.get(kind, ()), clock, spacing), words, middle)
        y += TRACK
    return y + 8


def _track(
    drawing: Drawing, kind: str, marks: list[tuple[float, Cell]], words: FrameWords, y: float
) -> None:
    look = KINDS[kind]
    filled = LEFT - 8.0
    for place, (x, cell) in enumerate(marks):
        radius = min(SMALLEST + 0.62 * log2(cell.count), LARGEST)
        frames = words.hint(cell.frames, cell.last, cell.count)
        said = f"{cell.count:,} {look.word}" if cell.count > 1 else look.word
        with drawing.hint(f"{said}: {frames} · {span(cell.first_ns, cell.last_ns)}"):
            drawing.mark(look.shape, x, y, radius, look.style)
        after = marks[place + 1][0] - LARGEST if place + 1 < len(marks) else WIDTH - 4
        for beside in words.beside(cell):
            width = text_width(beside, SMALL) + 4
            if x + radius + 3 + width <= after:
                drawing.text(x + radius + 3, y + 4, beside, "f p", size=SMALL)
                filled = x + radius + 3 + width
                break
            if place + 1 == len(marks) and x - radius - 3 - width >= filled:
                drawing.text(x - radius - 3, y + 4, beside, "f p e", size=SMALL)
                break
        filled = max(filled, x + radius)


def _legend(drawing: Drawing, kinds: set[str], y: float) -> float:
    """What the kinds are, in lines; returns where it ends."""
    looks = [look for kind, look in KINDS.items() if kind in kinds]
    marks = [(look.shape, look.style, f"{look.word}: {look.means}") for look in looks]
    y = draw_legend(drawing, marks, y)
    note = "A larger mark stands for more messages. Beside it: first and last frame (how many)."
    drawing.text(MARGIN, y + 18, note, "f", size=SMALL)
    return y + 20


def _dates(first_ns: int, last_ns: int) -> str:
    """``at 1970-01-01 00:00:07 UTC``, or from then to when."""
    first, last = ((iso_utc(at) or "?")[:19].replace("T", " ") for at in (first_ns, last_ns))
    return f"at {first} UTC" if first == last else f"from {first} to {last} UTC"


def _role(role: str) -> str:
    return "" if role == "host" else role


def _description(lanes: list[Lane], clock: Clock, total: int) -> str:
    parts = []
    for lane in lanes:
        said = ", ".join(f"{lane.counts[kind]:,} {KINDS[kind].word}" for kind in lane.kinds)
        parts.append(f"{lane.host.title[:80]}: {said}.")
    when = f"{clock.day}, {span(clock.first_ns, clock.last_ns)}"
    return f"{counted(total, 'message')} on {when}. {' '.join(parts)}"
