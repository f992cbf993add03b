"""Any text survives every form of output, and none acts on what shows it."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable
from html import unescape
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upnpscapy.display import cell_text, csv_line, iso_utc, printable, to_html, to_json

NASTY = (
    *("\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "\x9b2J", "\r\noverwritten", "a\0b", "\x7f", "\t"),
    *("\u202egpj.exe", "\u2066x\u2069", "\u200b", "\ufeff", "\u2028", "\u2029", "\x85", "\xad"),
    *("<script>alert(1)</script>", '"><img src=x onerror=alert(1)>', "&lt;", "'", "</td></table>"),
    *("[/evil]", "[bold]x[/bold]", ":smile:", "[link=http://a]b[/link]", "{0}", "%s", "\\x1b"),
    *("=cmd|'/C calc'!A0", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\r=1", "\uff1d1", "\uff0b1"),
    *(
        "\uff0d1",
        "\uff201",
        "  @x",
        '="a"',
        '"',
        ",",
        ";",
        '""',
        "",
        " ",
        "'=1",
        "\ud800",
        "\U0010ffff",
    ),
    *("ünïcode", "日本語", "🙂", "e\u0301", "x" * 10_000),
)
texts = st.sampled_from(NASTY) | st.text() | st.text("=+-@ \t\r\n\"',\\\x1b\0<>&[]:", max_size=12)
FORMULA = re.compile(r"\s*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]\s*\S")
"""A sign alone is none; a file called - is standard input."""


def is_harmless(text: str) -> bool:
    return all(char.isprintable() for char in text)


@given(texts)
def test_printable_prints(text: str) -> None:
    shown = printable(text)
    assert is_harmless(shown)
    assert printable(shown) == shown
    if text.isprintable():
        assert shown == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[0m", r"\x1b[0m"),
        ("\n", r"\x0a"),
        ("\u202e", r"\u202e"),
        ("\U000e0001", r"\U000e0001"),
        ("\ud800", r"\ud800"),
        ("a b ü 日", "a b ü 日"),
    ],
)
def test_printable_shows_what_was_there(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(texts | st.lists(st.lists(texts, min_size=2, max_size=2)) | st.dictionaries(texts, texts))
def test_json_gives_the_same_back(value: object) -> None:
    line = to_json(value)
    assert is_harmless(line)
    assert json.loads(line) == value


def read_csv(line: str) -> list[str]:
    (row,) = csv.reader(io.StringIO(line, newline=""), strict=True)
    return row


@given(st.lists(texts, min_size=1))
def test_csv_gives_printable_text_back_but_for_the_apostrophe(values: list[str]) -> None:
    line = csv_line(values)
    assert line.endswith("\r\n")
    assert is_harmless(line[:-2])
    line.encode()
    cells = read_csv(line)
    assert len(cells) == len(values)
    for cell, value in zip(cells, values, strict=True):
        shown = printable(value)
        assert not FORMULA.match(cell)
        assert cell == (f"'{shown}" if FORMULA.match(shown) else shown)


@given(st.lists(st.lists(texts, min_size=2, max_size=2), max_size=3))
def test_csv_writes_lists_as_json(pairs: list[list[str]]) -> None:
    (cell,) = read_csv(csv_line([pairs]))
    assert json.loads(cell) == pairs


def test_csv_tells_empty_from_unknown() -> None:
    assert csv_line(["", None, 0, -1, True, False, []]) == '"",,0,-1,true,false,[]\r\n'


class Tags(HTMLParser):
    """Collects tags and text."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: Iterable[object]) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        self.tags.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        self.text += data


@given(texts)
def test_html_has_no_tags_of_the_text(text: str) -> None:
    for document in (f"<p>{to_html(text)}</p>", f'<p title="{to_html(text)}"></p>'):
        parser = Tags()
        parser.feed(document)
        parser.close()
        assert parser.tags == ["p", "/p"]
        assert is_harmless(document)
    assert unescape(to_html(text)) == printable(text)


@given(texts)
def test_cell_prints(text: str) -> None:
    assert is_harmless(cell_text(text))
    assert is_harmless(cell_text([text, None, [text]]))


def test_cells() -> None:
    values: list[object] = [None, "", True, False, 7, ["a", "b"], [["A", "b"]], []]
    assert [cell_text(value) for value in values] == ["", "", "yes", "no", "7", "a, b", "A=b", ""]


def test_long_cell_says_how_long_it_is() -> None:
    assert cell_text("x" * 1000) == "x" * 1000
    assert cell_text("x" * 10_000) == "x" * 1000 + "… (10000 characters)"
    assert cell_text(["x" * 600] * 2) == ("x" * 600 + ", " + "x" * 398) + "… (1202 characters)"


@pytest.mark.parametrize(
    ("time_ns", "text"),
    [
        (None, None),
        (0, "1970-01-01T00:00:00.000000000Z"),
        (1_700_000_000_123_456_789, "2023-11-14T22:13:20.123456789Z"),
        (-1, "1969-12-31T23:59:59.999999999Z"),
        (-40 * 10**18, "0702-06-15T00:53:20.000000000Z"),
        (253_402_300_799 * 10**9, "9999-12-31T23:59:59.000000000Z"),
        (253_402_300_800 * 10**9, None),
        (-(2**63) * 10**9, None),
    ],
)
def test_times(time_ns: int | None, text: str | None) -> None:
    assert iso_utc(time_ns) == text
