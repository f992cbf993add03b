"""One conversation, step by step: two lines for the two sides, an arrow for each message."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from upnpscapy.capture.datagrams import address_text
from upnpscapy.pictures.clock import moment
from upnpscapy.pictures.conversation import Beat, beats_of, choose, steps_left_out
from upnpscapy.pictures.frames import FrameWords
from upnpscapy.pictures.hosts import Host, Hosts
from upnpscapy.pictures.moments import Moments
from upnpscapy.pictures.palette import KINDS
from upnpscapy.pictures.picture import Picture
from upnpscapy.pictures.svg import MARGIN, SMALL, TITLE_HEIGHT, Drawing
from upnpscapy.pictures.tracks import Frame
from upnpscapy.pictures.words import counted

if TYPE_CHECKING:
    from upnpscapy.forensics.case import Case

__all__ = ["ladder"]

TITLE = "One conversation, step by step"
WIDTH = 1000
FRAMES = 210
"""Where the column of frames ends."""
LEFT, RIGHT = 242, 970
ROW = 25
MAX_ARROWS = 72


@dataclass(slots=True)
class _Arrow:
    """One message, or several equal ones."""

    beat: Beat
    words: str
    time_ns: int | None
    first: Frame
    last: Frame
    to_right: bool
    is_answer: bool

    @property
    def order(self) -> tuple[int, int]:
        return self.time_ns or 0, self.first[1]


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
    names a device; ``Moments.conversations`` lists what there is.
    ``moments``, gathered while the case was analyzed, saves reading the captures again.
    """
    gathered = Moments.of(case) if moments is None else moments
    drawing = Drawing(WIDTH)
    pair = choose(case, gathered, client, server, udn)
    if pair is None:
        asked = [one for one in (client, server, udn) if one is not None]
        told = f"No conversation of {' and '.join(asked)}." if asked else "No conversation."
        drawing.text(MARGIN, TITLE_HEIGHT + 24, told, "f", width=WIDTH - 2 * MARGIN)
        return drawing.picture(TITLE, "There is no conversation.", TITLE_HEIGHT + 30)
    beats = beats_of(case, gathered, pair)
    kept, left_out = _chosen(beats)
    uncounted = steps_left_out(gathered, pair)
    hosts = Hosts(case, gathered)
    many = counted(left_out + uncounted, "step")
    remarks = [f"{'At least ' if uncounted else ''}{many} left out."]
    if not left_out + uncounted:
        remarks = []
    words = FrameWords(case)
    y = _heads(drawing, hosts[pair[0]], hosts[pair[1]])
    arrows = sorted((arrow for beat in kept for arrow in _arrows(beat)), key=lambda one: one.order)
    bottom = y + 8 + ROW * len(arrows) + 6
    for x in (LEFT, RIGHT):
        drawing.line(x, y, x, bottom, "axis")
    for place, arrow in enumerate(arrows):
        _draw(drawing, arrow, words, y + 4 + ROW * (place + 1))
    note = "Dashed: to everybody. An arrow back is the answer."
    drawing.text(MARGIN, bottom + 18, note, "f", size=SMALL)
    return drawing.picture(TITLE, _description(hosts, pair, beats), bottom + 20, remarks)


def _chosen(beats: list[Beat]) -> tuple[list[Beat], int]:
    """As many beats as there is room for, what is new first; and how many steps that leaves."""
    seen: set[tuple[object, ...]] = set()
    new: list[int] = []
    repeated: list[int] = []
    for place, beat in enumerate(beats):
        (repeated if beat.key in seen else new).append(place)
        seen.add(beat.key)
    room = MAX_ARROWS
    kept = []
    for place in [*new, *repeated]:
        room -= 1 + (beats[place].answer_frame is not None)
        if room < 0:
            break
        kept.append(place)
    chosen = set(kept)
    left_out = sum(beat.count for place, beat in enumerate(beats) if place not in chosen)
    return [beats[place] for place in sorted(kept)], left_out


def _arrows(beat: Beat) -> list[_Arrow]:
    found = []
    if beat.frame is not None and beat.last is not None:
        asks = f"{beat.count:,} times {beat.asks}" if beat.count > 1 else beat.asks
        found.append(
            _Arrow(beat, asks, beat.time_ns, beat.frame, beat.last, not beat.by_device, False)
        )
    if beat.answer_frame is not None and beat.last_answer is not None:
        first, last = beat.answer_frame, beat.last_answer
        found.append(_Arrow(beat, beat.answers, beat.answer_ns, first, last, beat.by_device, True))
    return found


def _heads(drawing: Drawing, client: Host, server: Host) -> float:
    top = TITLE_HEIGHT + 2
    drawing.text(MARGIN, top + 38, "UTC", "f", size=SMALL)
    drawing.text(FRAMES, top + 38, "frames", "f e", size=SMALL)
    width = 364.0
    ends = ((client, LEFT - 12, ""), (server, RIGHT + 12 - width, "e"))
    for host, left, anchor in ends:
        drawing.rect(left, top, width, 44, "box", 5)
        place = left + 12 if not anchor else left + width - 12
        drawing.text(place, top + 18, host.title, f"h {anchor}".strip(), width=width - 24)
        role = host.role if host.role != "host" else ""
        told = " · ".join(filter(None, (host.address if host.name else "", role)))
        drawing.text(place, top + 35, told, f"f {anchor}".strip(), width=width - 24, size=SMALL)
    return top + 44


def _draw(drawing: Drawing, arrow: _Arrow, words: FrameWords, y: float) -> None:
    beat = arrow.beat
    refused = arrow.is_answer and beat.is_refused
    look = KINDS["refusal" if refused else beat.kind]
    colour = look.style[1]
    frames = words.between(arrow.first, arrow.last, beat.count)
    drawing.text(MARGIN, y, moment(arrow.time_ns), "f", size=SMALL)
    drawing.text(FRAMES, y, words.short(arrow.first, arrow.last), "f e", size=SMALL, width=110)
    start, end = (LEFT, RIGHT) if arrow.to_right else (RIGHT, LEFT)
    way = 1 if arrow.to_right else -1
    with drawing.hint(f"{look.word}: {frames} · {moment(arrow.time_ns)} UTC · {arrow.words}"):
        line = f"l{colour} dash" if beat.to_all else f"l{colour}"
        drawing.line(start + way * 9, y, end - way * 2, y, line)
        drawing.path(f"M{end - way * 2} {y:g}l{-way * 9} -4.5v9Z", f"k{colour}")
        if arrow.is_answer and not refused:
            drawing.mark("circle", start + way * 6, y, 2.5, f"k{colour}")
        else:
            drawing.mark(look.shape, start + way * 8, y, 5, look.style)
    said = arrow.words
    place, anchor = (LEFT + 22, "") if arrow.to_right else (RIGHT - 22, " e")
    kind = f"w{colour}" if refused else ("f" if arrow.is_answer else "")
    drawing.text(place, y - 6, said, f"{kind}{anchor}".strip(), width=RIGHT - LEFT - 44, size=SMALL)


def _description(hosts: Hosts, pair: tuple[bytes, bytes], beats: list[Beat]) -> str:
    client, server = address_text(pair[0]), hosts[pair[1]]
    counts: dict[str, int] = {}
    for beat in beats:
        counts[beat.kind] = counts.get(beat.kind, 0) + beat.count
    told = ", ".join(f"{count:,} {KINDS[kind].word}" for kind, count in counts.items())
    return f"Between {client} and {server.title[:80]} ({server.address}): {told}."
