"""Pictures read back: elements, texts with the place they take, hints, and what they claim."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

from upnpscapy import analyze
from upnpscapy.forensics.case import Case
from upnpscapy.pictures import Moments, Picture, ladder, mapping_lives, talkers, timeline
from upnpscapy.pictures.svg import BOLD, SMALL, TEXT
from upnpscapy.pictures.words import text_width

PCAPS = Path(__file__).parents[2] / "pcaps"
SVG = "{http://www.w3.org/2000/svg}"

DRAW: dict[str, Callable[[Case, Moments], Picture]] = {
    "timeline": lambda case, moments: timeline(case, moments=moments),
    "ladder": lambda case, moments: ladder(case, moments=moments),
    "mapping_lives": lambda case, _: mapping_lives(case),
    "talkers": lambda case, moments: talkers(case, moments=moments),
}

ELEMENTS = {f"{SVG}{name}" for name in "svg title desc style rect path text g".split()}
ATTRIBUTES = set("class d x y width height rx viewBox role".split())


class Box(NamedTuple):
    """A text and the most that it takes."""

    left: float
    top: float
    right: float
    bottom: float
    text: str

    def meets(self, other: Box) -> bool:
        return (
            self.left < other.right
            and other.left < self.right
            and self.top < other.bottom
            and other.top < self.bottom
        )


def gathered(path: str | Path | list[str]) -> tuple[Case, Moments]:
    """A case, and what the same pass left."""
    moments = Moments()
    case = analyze(
        path,
        on_message=moments.saw,
        on_search=moments.saw_search,
        on_exchange=moments.saw_exchange,
    )
    return case, moments


def all_pictures(case: Case, moments: Moments) -> list[Picture]:
    return [draw(case, moments) for draw in DRAW.values()]


def parsed(picture: Picture) -> ElementTree.Element:
    """The picture by an independent reader of XML, with nothing in it that is not drawn."""
    root = ElementTree.fromstring(picture.svg)
    for element in root.iter():
        assert element.tag in ELEMENTS
        assert element.attrib.keys() <= ATTRIBUTES
        if element.tag == f"{SVG}style":
            assert not re.search(r"url|import|[<>\\]|expression", element.text or "")
    return root


def boxes(picture: Picture) -> list[Box]:
    """Where texts are, by widths that no font should go beyond."""
    found = []
    for element in parsed(picture).iter(f"{SVG}text"):
        names = (element.get("class") or "").split()
        size = SMALL if "s" in names else TEXT + 3 if "t" in names else TEXT
        text = element.text or ""
        x, y = float(element.get("x", "")), float(element.get("y", ""))
        bold = BOLD if {"h", "t"} & {*names} else 1
        width = text_width(text, size * bold)
        left = x - (width if "e" in names else width / 2 if "m" in names else 0)
        found.append(Box(left, y - 0.72 * size, left + width, y + 0.2 * size, text))
    return found


def texts(picture: Picture) -> list[str]:
    return [element.text or "" for element in parsed(picture).iter(f"{SVG}text")]


def hints(picture: Picture) -> list[str]:
    """What is shown when one points at something."""
    root = parsed(picture)
    return [group.findtext(f"{SVG}title") or "" for group in root.iter(f"{SVG}g")]


def frames_named(picture: Picture) -> Iterator[int]:
    """Every number that a picture of one capture says is a frame's."""
    for hint in hints(picture):
        for run in re.findall(r"frames? ((?:\d+(?: … |, | to | and )?)+)", hint):
            yield from map(int, re.findall(r"\d+", run))
