"""Who talks to whom: control points on the left, groups and devices on the right.

Each pair has a label with what was said in a column of its own, so that lines cross nothing
that is to be read. A host that is both stands on both sides.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from upnpscapy.capture.datagrams import address_text
from upnpscapy.pictures.frames import FrameWords
from upnpscapy.pictures.hosts import Hosts
from upnpscapy.pictures.moments import Moments, is_group
from upnpscapy.pictures.palette import KINDS
from upnpscapy.pictures.picture import Picture
from upnpscapy.pictures.scale import draw_legend
from upnpscapy.pictures.svg import MARGIN, SMALL, TITLE_HEIGHT, Drawing
from upnpscapy.pictures.tracks import ANYONE, Frame
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

MAX_HOSTS = 40
MAX_PAIRS = 60

_TO_CONTROL_POINT = frozenset(("response", "event", "refusal", "alive", "byebye", "update"))
"""What devices send."""


@dataclass(slots=True)
class _Talk:
    """What two said to each other, or one said to a group."""

    left: bytes
    right: bytes
    counts: Counter[str] = field(default_factory=Counter)
    first: dict[str, Frame] = field(default_factory=dict)

    @property
    def kinds(self) -> list[str]:
        return [kind for kind in KINDS if self.counts[kind]]

    @property
    def rank(self) -> tuple[int, int]:
        kinds = [kind for kind in self.kinds if kind != "other"]
        return len(kinds), sum(self.counts[kind] for kind in kinds)

    def take(self, kind: str, count: int, first: Frame) -> None:
        self.counts[kind] += count
        self.first.setdefault(kind, first)


def talkers(case: Case, *, moments: Moments | None = None) -> Picture:
    """A picture of control points, devices and groups, and of what they said to each other.

    ``moments``, gathered while the case was analyzed, saves reading the captures again.
    """
    gathered = Moments.of(case) if moments is None else moments
    drawing = Drawing(WIDTH)
    every = _talks(case, gathered)
    if not every:
        drawing.text(MARGIN, TITLE_HEIGHT + 24, "No UPnP messages and no HTTP exchanges.", "f")
        return drawing.picture(TITLE, "Nobody talks.", TITLE_HEIGHT + 30)
    shown = _chosen(every)
    left_out = [talk for talk in every if talk not in shown]
    hosts, words = Hosts(case, gathered), FrameWords(case)
    top = TITLE_HEIGHT + 30
    pairs = [talk for talk in shown if not _is_announcement(talk)]
    announced = [talk for talk in shown if _is_announcement(talk)]
    lefts = list(dict.fromkeys(talk.left for talk in pairs))
    rights = sorted(
        dict.fromkeys(talk.right for talk in shown if talk.right != talk.left),
        key=lambda address: not is_group(address),
    )
    rights += [talk.left for talk in announced if talk.left not in rights]
    rights = list(dict.fromkeys(rights))
    height = max(
        len(lefts) * (BOX_HEIGHT + GAP),
        len(rights) * (BOX_HEIGHT + GAP),
        len(pairs) * LABEL,
        len(announced) * LABEL,
    )
    left_y, right_y = _places(lefts, top, height), _places(rights, top, height)
    pairs.sort(key=lambda talk: (left_y[talk.left] + right_y[talk.right], talk.left, talk.right))
    announced.sort(key=lambda talk: (right_y[talk.left], right_y[talk.right]))
    labels: list[tuple[_Talk, float, float]] = []
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


def _talks(case: Case, moments: Moments) -> list[_Talk]:
    """All pairs in the order they were first heard; events and answers count with their pair."""
    found: dict[tuple[bytes, bytes], _Talk] = {}

    def take(source: bytes, destination: bytes, kind: str, count: int, first: Frame) -> None:
        back = kind in _TO_CONTROL_POINT and not is_group(destination)
        pair = (destination, source) if back else (source, destination)
        found.setdefault(pair, _Talk(*pair)).take(kind, count, first)

    for tracks in (moments.discovery, moments.http):
        for (source, destination, kind), stream in tracks.streams.items():
            if kind == "refusal" and (source, destination) in found:
                # The answer to an event goes to the device.
                found[source, destination].take(kind, stream.count, stream.first)
            else:
                take(source, destination, kind, stream.count, stream.first)
    for row in case.events:
        if row.exchange is None:
            sighting = row.sighting
            frame = row.capture, sighting.frame
            take(sighting.source, sighting.destination, "event", 1, frame)
    return list(found.values())


def _is_announcement(talk: _Talk) -> bool:
    return is_group(talk.right) and bool(talk.counts.keys() & _TO_CONTROL_POINT)


def _chosen(every: list[_Talk]) -> list[_Talk]:
    """Those with most to tell, until there are too many hosts."""
    ranked = sorted(every, key=lambda talk: talk.rank, reverse=True)
    hosts: set[bytes] = set()
    chosen: list[_Talk] = []
    for talk in ranked:
        more = {talk.left, talk.right} - hosts
        if ANYONE in more or len(hosts) + len(more) > MAX_HOSTS or len(chosen) == MAX_PAIRS:
            continue
        hosts |= more
        chosen.append(talk)
    kept = {id(talk) for talk in chosen}
    return [talk for talk in every if id(talk) in kept]


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


def _pair(drawing: Drawing, talk: _Talk, left: float, right: float, y: float) -> None:
    half = _width(talk) / 2
    drawing.curve(LEFT + BOX, left, LABELS - half, y, "axis")
    drawing.curve(LABELS + half, y, RIGHT, right, "axis")


def _announcement(drawing: Drawing, talk: _Talk, device: float, group: float, y: float) -> None:
    edge = RIGHT + BOX
    half = _width(talk) / 2
    drawing.curve(edge, device, ANNOUNCED - half, y, "axis")
    drawing.curve(ANNOUNCED - half, y, edge, group, "axis dash")


def _width(talk: _Talk) -> float:
    return sum(_part(talk.counts[kind]) for kind in talk.kinds) + 8


def _part(count: int) -> float:
    return 18 + text_width(_short(count), SMALL) + 5


def _label(drawing: Drawing, talk: _Talk, words: FrameWords, x: float, y: float) -> None:
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


def _remarks(left_out: list[_Talk]) -> list[str]:
    if not left_out:
        return []
    counts: Counter[str] = Counter()
    for talk in left_out:
        counts.update(talk.counts)
    told = ", ".join(f"{counts[kind]:,} {KINDS[kind].word}" for kind in KINDS if counts[kind])
    return [f"{counted(len(left_out), 'more pair')} left out, with {told}."]


def _description(hosts: Hosts, shown: list[_Talk]) -> str:
    parts = []
    for talk in shown[:20]:
        said = ", ".join(f"{talk.counts[kind]:,} {KINDS[kind].word}" for kind in talk.kinds)
        right = hosts[talk.right].title[:80]
        parts.append(f"{address_text(talk.left)} and {right}: {said}.")
    return " ".join(parts)
