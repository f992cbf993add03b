"""The life of each mapping as a bar: opened, renewed, and how it came to its end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from upnpscapy.forensics.mappings.row import MappingRow
from upnpscapy.forensics.mappings.words import error_words, label
from upnpscapy.pictures.clock import Clock, until
from upnpscapy.pictures.hosts import names_of
from upnpscapy.pictures.picture import Picture
from upnpscapy.pictures.scale import draw_legend, draw_scale
from upnpscapy.pictures.svg import MARGIN, SMALL, TITLE_HEIGHT, Drawing
from upnpscapy.pictures.words import counted, text_width

if TYPE_CHECKING:
    from upnpscapy.forensics.case import Case

__all__ = ["STATES", "chosen", "mapping_lives", "story"]

TITLE = "Lives of port mappings"
WIDTH = 1000
LEFT, RIGHT = 372, WIDTH - 30
ROW, HEAD = 42, 27
MAX_ROWS = 40

STATES = {
    "open": ("k1", "right", "open at the end of the capture"),
    "observed": ("k3", "right", "seen, and not seen opened; there at the end"),
    "deleted": ("k8", "cross", "deleted"),
    "expired": ("k8", "hourglass", "expired"),
    "replaced": ("k8", "diamond", "replaced by another"),
    "refused": ("k7", "cross", "refused"),
    "requested": ("k5", "circle", "asked for, no answer in the capture"),
}
"""State → its colour, the shape at its end, and words."""

_RANK = {"open": 0, "observed": 0, "requested": 2, "refused": 2}


def mapping_lives(case: Case) -> Picture:
    """A picture of the life of each port mapping and pinhole, by gateway.

    Of more than there is room for, those that are open and those that were come first.
    """
    rows, left_out = chosen(case)
    drawing = Drawing(WIDTH)
    if not rows:
        drawing.text(MARGIN, TITLE_HEIGHT + 24, "No port mappings and no pinholes.", "f")
        return drawing.picture(TITLE, "There are none.", TITLE_HEIGHT + 30)
    remarks = [f"{counted(left_out, 'mapping')} left out."] * (left_out > 0)
    ends = [row.last_time_ns for row in case.captures if row.last_time_ns is not None]
    clock = Clock([*_times(case, rows)], LEFT, RIGHT)
    end_ns = max(ends, default=clock.last_ns)
    names = names_of(case)
    gateways: dict[str, list[MappingRow]] = {}
    for row in rows:
        gateways.setdefault(row.gateway, []).append(row)
    top = TITLE_HEIGHT + 22
    bottom = top + sum(HEAD + ROW * len(of) for of in gateways.values())
    draw_scale(drawing, clock, top, bottom)
    x = clock.x(end_ns)
    drawing.line(x, top, x, bottom, "axis dash")
    y = float(top)
    for gateway, of in gateways.items():
        drawing.rect(0, y, WIDTH, HEAD - 5, "band")
        name = names.get(gateway, "")
        width = drawing.text(MARGIN, y + 16, name or gateway, "h", width=520)
        told = f"{gateway} · gateway" if name else "gateway"
        drawing.text(MARGIN + width + 12, y + 16, told, "f", size=SMALL)
        y += HEAD
        for row in of:
            _row(drawing, row, clock, end_ns, y)
            y += ROW
    states = [state for state in STATES if any(row.state == state for row in rows)]
    marks = [(STATES[state][1], STATES[state][0], STATES[state][2]) for state in states]
    if any(row.renewals for row in rows):
        marks.append(("tick", "k8", "renewed"))
    y = draw_legend(drawing, marks, y + 14)
    note = "Thin line: the lease that is left. Dashed: the end of the capture."
    drawing.text(MARGIN, y + 18, note, "f", size=SMALL)
    return drawing.picture(TITLE, _description(rows), y + 20, remarks)


def chosen(case: Case, most: int = MAX_ROWS) -> tuple[list[MappingRow], int]:
    """The mappings to show, in the order of their first frames, and how many are left out."""
    rows = list(case.mappings)
    if len(rows) <= most:
        return rows, 0
    ranked = sorted(range(len(rows)), key=lambda place: _RANK.get(rows[place].state, 1))
    return [rows[place] for place in sorted(ranked[:most])], len(rows) - most


def story(row: MappingRow) -> str:
    """What became of it, with the frames that say so."""
    opened, closed = row.column("opened_frame"), row.column("closed_frame")
    frames = list(row.frames)
    parts = []
    if opened is not None:
        parts.append(f"opened in frame {opened}")
    if row.renewal_count:
        parts.append(f"renewed {counted(row.renewal_count, 'time')}")
    if row.state == "refused":
        refused = " ".join(("refused", *_in(frames[-1:])))
        parts.append(": ".join(filter(None, (refused, error_words(row)))))
    elif row.state == "requested":
        parts.append(" ".join(("asked for", *_in(frames[:1]))) + ", no answer")
    elif row.state == "observed":
        parts.append(" ".join(("seen", *_in(frames[:1]))))
    elif row.state == "expired":
        parts.append(f"expired {until(row.closed_ns, row.time_ns)}".strip())
    elif row.state != "open":
        by = f" by {row.closed_by}" if row.closed_by and row.closed_by != row.requested_by else ""
        parts.append(f"{row.state}{by}" + ("" if closed is None else f" in frame {closed}"))
    if row.live:
        parts.append(_rest(row))
    return ", ".join(parts)


def _in(frames: list[int | str]) -> list[str]:
    return [f"in frame {frame}" for frame in frames]


def _rest(row: MappingRow) -> str:
    lease, expires = row.terms.lease_seconds, row.expires_ns
    if expires is not None:
        return f"lease until {until(expires, row.time_ns)}"
    return "no end" if lease == 0 else "still there"


def _times(case: Case, rows: list[MappingRow]) -> Iterator[int]:
    """The span of the captures, and what is told of mappings in it."""
    for capture in case.captures:
        yield from (t for t in (capture.first_time_ns, capture.last_time_ns) if t is not None)
    for row in rows:
        yield from (t for t in (row.time_ns, row.closed_ns) if t is not None)


def _row(drawing: Drawing, row: MappingRow, clock: Clock, end_ns: int, y: float) -> None:
    drawing.text(MARGIN, y + 14, label(row), width=LEFT - MARGIN - 14)
    asked = row.asked_lease_seconds
    lease = "" if asked is None else (f"lease {asked} s" if asked else "no end asked for")
    by = f"by {row.requested_by}" if row.requested_by else ""
    told = " · ".join(filter(None, (by, lease, row.terms.description or "")))
    drawing.text(MARGIN, y + 31, told, "f", width=LEFT - MARGIN - 14, size=SMALL)
    style, shape, _ = STATES[row.state]
    words = story(row)
    first = row.time_ns if row.opened_ns is None else row.opened_ns
    start = float(LEFT)
    with drawing.hint(f"{label(row)}: {words}"):
        if first is not None:
            start = clock.x(first)
            last = end_ns if row.live else row.closed_ns
            end = start if last is None else max(clock.x(last), start + 2)
            if row.opened_ns is not None or row.state == "observed":
                _bar(drawing, row, clock, start, end, y + 10, style)
            drawing.mark(
                shape, end, y + 10, 6, f"k{style[1]}" if shape != "circle" else f"{style} o"
            )
    room = text_width(words, SMALL) + 1
    place = max(LEFT, min(start - 4, RIGHT + 20 - room))
    kind = "w7 p" if row.state == "refused" else "f p"
    drawing.text(place, y + 31, words, kind, width=RIGHT + 20 - place, size=SMALL)


def _bar(
    drawing: Drawing, row: MappingRow, clock: Clock, start: float, end: float, y: float, style: str
) -> None:
    expires = row.expires_ns
    if expires is not None and clock.x(expires) > end:
        drawing.line(end, y, clock.x(expires), y, f"l{style[1]} faint")
        drawing.line(clock.x(expires), y - 4, clock.x(expires), y + 4, f"l{style[1]} faint")
    drawing.rect(start, y - 5, end - start, 10, style, 2)
    for time_ns, _ in row.renewals:
        if time_ns is not None:
            drawing.mark("tick", clock.x(time_ns), y, 9, style)


def _description(rows: list[MappingRow]) -> str:
    told = [f"{label(row)[:120]}: {story(row)[:200]}." for row in rows[:10]]
    return f"{counted(len(rows), 'mapping')}. {' '.join(told)}"
