"""A report read back as a browser would: elements, texts, links, and what must not be in it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import Any

from tests.display.test_text import is_harmless
from upnpscapy.report import write_report

__all__ = ["Element", "Page", "page_of"]

VOID = {"meta", "br", "link", "img", "input", "hr"}
ALLOWED = set(
    "html head meta title style body a div header p h1 h2 h3 h4 h5 h6 nav ol ul li main section "
    "dl dt dd b code span table caption thead tbody tr th td details summary article time mark "
    "pre figure figcaption footer svg desc rect path text g".split()
)
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


class Element:
    """An element with what is in it."""

    def __init__(self, tag: str, attributes: dict[str, str], parent: Element | None) -> None:
        self.tag = tag
        self.attributes = attributes
        self.parent = parent
        self.inside: list[Element | str] = []

    def __iter__(self) -> Iterator[Element]:
        """It and all below, in order."""
        yield self
        for one in self.inside:
            if isinstance(one, Element):
                yield from one

    @property
    def text(self) -> str:
        """All text in it, with blanks as one."""
        parts = (one if isinstance(one, str) else one.text for one in self.inside)
        return " ".join("".join(parts).split())

    def find(self, tag: str, name: str | None = None) -> list[Element]:
        """Elements of a tag, and of a class."""
        return [
            one
            for one in self
            if one.tag == tag and (name is None or name in one.attributes.get("class", "").split())
        ]


class Page(HTMLParser):
    """A report; refuses what is not closed, and what a report must not have."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.root = self._open = Element("", {}, None)
        self.feed(html)
        self.close()
        assert self._open is self.root, f"{self._open.tag} is not closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = [name for name, _ in attrs]
        assert len(set(names)) == len(names), (tag, names)
        element = Element(tag, {name: value or "" for name, value in attrs}, self._open)
        self._open.inside.append(element)
        if tag not in VOID:
            self._open = element

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._open.inside.append(Element(tag, dict(attrs), self._open))  # type: ignore[arg-type]

    def handle_endtag(self, tag: str) -> None:
        assert tag == self._open.tag, f"{self._open.tag} closed as {tag}, {self.getpos()}"
        assert self._open.parent is not None
        self._open = self._open.parent

    def handle_data(self, data: str) -> None:
        self._open.inside.append(data)

    def section(self, name: str) -> Element:
        """The section of an id."""
        (found,) = [one for one in self.root if one.attributes.get("id") == name]
        return found

    @property
    def ids(self) -> list[str]:
        return [one.attributes["id"] for one in self.root if "id" in one.attributes]

    @property
    def links(self) -> list[str]:
        return [one.attributes["href"] for one in self.root.find("a")]

    @property
    def frames(self) -> Iterator[tuple[str | None, int]]:
        """Every frame that is named: its file, None for that of the place, and number."""
        for element in self.root.find("span", "frames"):
            for name, number in re.findall(r"([^\s,]+:)?(\d[\d,]*)(?! in all)", element.text):
                yield name[:-1] or None, int(number.strip(","))
        for code in self.root.find("code", "filter"):
            if match := re.fullmatch(r"frame\.number in \{(.*)\}", code.text):
                yield from ((None, int(one)) for one in match[1].split(","))

    def check(self) -> None:
        """Assert what holds for every report."""
        assert self.html.startswith("<!DOCTYPE html>")
        assert all(is_harmless(line) for line in self.html.split("\n"))
        for one in self.root:
            assert one.tag in ALLOWED | {""}, one.tag
            assert not [name for name in one.attributes if name.startswith("on")], one.attributes
            if one.tag not in ("rect", "path", "text", "g", "svg"):
                assert "style" not in one.attributes
            assert "src" not in one.attributes
        (policy,) = [
            one.attributes["content"]
            for one in self.root.find("meta")
            if one.attributes.get("http-equiv") == "Content-Security-Policy"
        ]
        assert policy == POLICY
        for style in self.root.find("style"):
            text = "".join(str(one) for one in style.inside)
            assert not re.search(r"url\(|@import|expression", text)
        assert len(set(self.ids)) == len(self.ids)
        assert all(re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", one) for one in self.ids)
        for link in self.links:
            assert link.startswith(("#", "./")), link
            assert not link.startswith("#") or link[1:] in self.ids, link
        self._check_headings()
        for table in self.root.find("table"):
            assert table.find("caption")
            assert all("scope" in cell.attributes for cell in table.find("th"))
            width = len(table.find("thead")[0].find("th"))
            for row in table.find("tbody")[0].find("tr"):
                assert len(row.find("th") + row.find("td")) == width
        labels = {one.attributes.get("aria-labelledby") for one in self.root}
        assert labels <= {None, *self.ids}

    def _check_headings(self) -> None:
        levels = [int(one.tag[1]) for one in self.root if re.fullmatch("h[1-6]", one.tag)]
        assert levels.count(1) == 1
        assert levels[0] == 1
        for before, after in pairwise(levels):
            assert after <= before + 1, levels


def page_of(source: Any, out: Path, **options: Any) -> Page:
    """The report on captures, read back and checked."""
    write_report(source, out, **options)
    page = Page(out.read_text("utf-8"))
    page.check()
    return page
