"""Who talks to whom: control points on the left, groups and devices on the right.

Each pair has a label with what was said in a column of its own, so that lines cross nothing
that is to be read. A host that is both stands on both sides.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from upnpscapy.capture.datagrams import address_text
from upnpscapy.pictures.frames import FrameWords
from upnpscapy.pictures.hosts import Hosts
from upnpscapy.pictures.moments import Moments, is_group
from upnpscapy.pictures.palette import KINDS
from upnpscapy.pictures.picture import Picture
from upnpscapy.pictures.scale import draw_legend
from upnpscapy.pictures.svg import MARGIN, SMALL, TITLE_HEIGHT, Drawing
from upnpscapy.pictures.talks import Talk, most_telling, talks_of
from upnpscapy.pictures.words import counted, text_width

if TYPE_CHECKING:
    from upnpscapy.forensics.case import Case

__all__ = ["talkers"]

TITLE = "Who talks to whom"
WIDTH = 1000
BOX, BOX_HEIGHT, GAP = 214, 44, 14
"""Width and height of a host, and the space below it."""

LEFT = MARGIN
RIGHT = 606
"""Where the boxes of each side begin."""

LABELS, ANNOUNCED = 418, 916
"""Middles of the columns of labels: of pairs, and of what devices say to groups."""

LABEL = 24
"""Height of a label with the space below it."""


def talkers(case: Case, *, moments: Moments | None = None) -> Picture:
    """A picture of control points, devices and groups, and of what they said to each other.

    ``moments``, gathered while the case was analyzed, saves reading the captures again.
    """
    gathered = Moments.of(case) if moments is None else moments
    drawing = Drawing(WIDTH)
    every = talks_of(case, gathered)
    if not every:
        drawing.text(MARGIN, TITLE_HEIGHT + 24, "No UPnP messages and no HTTP exchanges.", "f")
        return drawing.picture(TITLE, "Nobody talks.", TITLE_HEIGHT + 30)
    shown = most_telling(every)
    kept = set(shown)
    left_out = [talk for talk in every if talk not in kept]
    hosts, words = Hosts(case, gathered), FrameWords(case)
    top = TITLE_HEIGHT + 30
    pairs = [talk for talk in shown if not talk.is_announcement]
    announced = [talk for talk in shown if talk.is_announcement]
    lefts = list(dict.fromkeys(talk.left for talk in pairs))
    rights = _on_the_right(pairs, announced)
    height = max(
        len(lefts) * (BOX_HEIGHT + GAP),
        len(rights) * (BOX_HEIGHT + GAP),
        len(pairs) * LABEL,
        len(announced) * LABEL,
    )
    left_y, right_y = _places(lefts, top, height), _places(rights, top, height)
    pairs.sort(key=lambda talk: (left_y[talk.left] + right_y[talk.right], talk.left, talk.right))
    announced.sort(key=lambda talk: (right_y[talk.left], right_y[talk.right]))
    labels: list[tuple[Talk, float, float]] = []
    for place, talk in enumerate(pairs):
        y = top + (place + 0.5) * height / len(pairs)
        _pair(drawing, talk, left_y[talk.left], right_y[talk.right], y)
        labels.append((talk, LABELS, y))
    for place, talk in enumerate(announced):
        y = top + (place + 0.5) * height / len(announced)
        _announcement(drawing, talk, right_y[talk.left], right_y[talk.right], y)
        labels.append((talk, ANNOUNCED, y))
    for talk, x, y in labels:
        _label(drawing, talk, words, x, y)
    drawing.text(LEFT, top - 12, "asking", "f", size=SMALL)
    drawing.text(RIGHT, top - 12, "asked", "f", size=SMALL)
    if announced:
        drawing.text(ANNOUNCED, top - 12, "announced", "f m", size=SMALL)
    for address in lefts:
        _box(drawing, hosts, address, LEFT, left_y[address])
    for address in rights:
        _box(drawing, hosts, address, RIGHT, right_y[address])
    present = {kind for talk in shown for kind in talk.kinds}
    looks = [look for kind, look in KINDS.items() if kind in present]
    marks = [(look.shape, look.style, f"{look.word}: {look.means}") for look in looks]
    bottom = draw_legend(drawing, marks, top + height + 18)
    return drawing.picture(TITLE, _description(hosts, shown), bottom, _remarks(left_out))


def _on_the_right(pairs: list[Talk], announced: list[Talk]) -> list[bytes]:
    """Groups, then devices, in the order they were first heard."""
    heard = [talk.right for talk in [*pairs, *announced]] + [talk.left for talk in announced]
    return sorted(dict.fromkeys(heard), key=lambda address: not is_group(address))


def _places(addresses: list[bytes], top: float, height: float) -> dict[bytes, float]:
    """The middle of each box; they share the height evenly."""
    each = height / max(len(addresses), 1)
    return {address: top + (place + 0.5) * each for place, address in enumerate(addresses)}


def _box(drawing: Drawing, hosts: Hosts, address: bytes, x: float, y: float) -> None:
    host = hosts[address]
    group = is_group(address)
    title, role = host.title, "group" if group else host.role
    told = f"{host.address} · {role}" if host.name else role
    with drawing.hint(f"{title}: {told}"):
        drawing.rect(x, y - BOX_HEIGHT / 2, BOX, BOX_HEIGHT, "band box", 18 if group else 5)
        drawing.text(x + 12, y - 3, title, "h", width=BOX - 24)
        drawing.text(x + 12, y + 14, told, "f", width=BOX - 24, size=SMALL)


def _pair(drawing: Drawing, talk: Talk, left: float, right: float, y: float) -> None:
    half = _width(talk) / 2
    drawing.curve(LEFT + BOX, left, LABELS - half, y, "axis")
    drawing.curve(LABELS + half, y, RIGHT, right, "axis")


def _announcement(drawing: Drawing, talk: Talk, device: float, group: float, y: float) -> None:
    edge = RIGHT + BOX
    half = _width(talk) / 2
    drawing.curve(edge, device, ANNOUNCED - half, y, "axis")
    drawing.curve(ANNOUNCED - half, y, edge, group, "axis dash")


def _width(talk: Talk) -> float:
    return sum(_part(talk.counts[kind]) for kind in talk.kinds) + 8


def _part(count: int) -> float:
    return 18 + text_width(_short(count), SMALL) + 5


def _label(drawing: Drawing, talk: Talk, words: FrameWords, x: float, y: float) -> None:
    width = _width(talk)
    drawing.rect(x - width / 2, y - 10, width, 20, "box", 10)
    place = x - width / 2 + 5
    for kind in talk.kinds:
        look, count = KINDS[kind], talk.counts[kind]
        first = words.one(talk.first[kind])
        with drawing.hint(f"{count:,} {look.word}, first in frame {first}"):
            drawing.mark(look.shape, place + 7, y, 4.5, look.style)
            drawing.text(place + 15, y + 4, _short(count), size=SMALL)
        place += _part(count)


def _short(count: int) -> str:
    """At most five characters."""
    for size, letter in ((1_000_000_000, "G"), (1_000_000, "M"), (10_000, "k")):
        if count >= size:
            return f"{count // (1000 if letter == 'k' else size)}{letter}"
    return str(count)


def _remarks(left_out: list[Talk]) -> list[str]:
    if not left_out:
        return []
    counts = dict.fromkeys(KINDS, 0)
    for talk in left_out:
        for kind, count in talk.counts.items():
            counts[kind] += count
    told = ", ".join(f"{counts[kind]:,} {KINDS[kind].word}" for kind in KINDS if counts[kind])
    return [f"{counted(len(left_out), 'more pair')} left out, with {told}."]


def _description(hosts: Hosts, shown: list[Talk]) -> str:
    parts = []
    for talk in shown[:20]:
        said = ", ".join(f"{talk.counts[kind]:,} {KINDS[kind].word}" for kind in talk.kinds)
        right = hosts[talk.right].title[:80]
        parts.append(f"{address_text(talk.left)} and {right}: {said}.")
    return " ".join(parts)
