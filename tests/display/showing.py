"""What every object that a notebook shows has to keep to."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

from IPython.lib import pretty as ipython

from tests.display.test_text import is_harmless

TAGS = set("div b u ul li span details summary table thead tbody tr th td".split())
STYLES = set(
    "font-family font-size line-height white-space overflow-wrap overflow-x list-style margin "
    "padding-left text-indent text-align vertical-align text-decoration opacity border-left "
    "min-width max-width".split()
)
"""Those that say nothing of colours, and that a notebook leaves in what it does not trust."""

MAX_HTML, MAX_REPR = 600_000, 400


class Shown(HTMLParser):
    """Reads HTML; tags must close, and have no attributes but those that are allowed."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS, tag
        for name, value in attrs:
            if name == "style":
                styles = {one.partition(":")[0] for one in (value or "").split(";")}
                assert styles <= STYLES, styles - STYLES
                assert "url" not in (value or "")
            else:
                assert (tag, name, value) == ("details", "open", None)
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def html_text(html: str) -> str:
    """The text in a piece of HTML that is as it should be."""
    assert is_harmless(html)
    assert len(html) < MAX_HTML
    parser = Shown()
    parser.feed(html)
    parser.close()
    assert parser.open == []
    return parser.text


def shown_text(value: Any) -> str:
    """The text a notebook shows of an object that shows itself as it should everywhere."""
    words = repr(value)
    assert is_harmless(words)
    assert len(words) < MAX_REPR, words
    assert not re.search(r" at 0x[0-9a-f]+>", words)
    lines = pretty(value).split("\n")
    assert all(map(is_harmless, lines))
    assert sum(map(len, lines)) < MAX_HTML
    return html_text(value._repr_html_())


def pretty(value: Any) -> str:
    """What IPython shows where there is no HTML."""
    show: Callable[[Any], str] = ipython.pretty
    return show(value)
