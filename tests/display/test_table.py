"""``Table``: rows, columns, and each form of them."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.display.test_text import NASTY, Tags, is_harmless, texts
from upnpscapy.display import Table, cell_text
from upnpscapy.display import table as table_module
from upnpscapy.protocol.frames import Frames


class Thing:
    """A row whose columns are given."""

    def __init__(self, **columns: Any) -> None:
        self.columns = columns

    def column(self, name: str) -> object:
        return self.columns[name]


def table(*rows: Thing, names: str = "n", text: str = "") -> Table[Thing]:
    return Table("things", tuple(names.split()), lambda: rows, tuple(text.split()))


def thousand(made: list[int]) -> Table[Thing]:
    """A table that tells which of its rows were made."""

    def rows() -> Iterator[Thing]:
        for number in range(1000):
            made.append(number)
            yield Thing(n=number)

    return Table("things", ("n",), rows)


NUMBERS = table(*(Thing(n=number) for number in range(5)))


def test_rows() -> None:
    assert [row.columns["n"] for row in NUMBERS] == [row.columns["n"] for row in NUMBERS]
    assert len(NUMBERS) == 5
    assert (NUMBERS[0].columns, NUMBERS[-1].columns) == ({"n": 0}, {"n": 4})
    assert NUMBERS
    assert not table()
    assert repr(NUMBERS) == "<Table things: n>"


@pytest.mark.parametrize("index", [5, -6])
def test_no_such_row(index: int) -> None:
    with pytest.raises(IndexError):
        NUMBERS[index]


def test_where_is_a_table_that_reads_anew() -> None:
    rows = [Thing(n=1), Thing(n=2)]
    found = Table("things", ("n",), lambda: rows).where(lambda row: row.columns["n"] != 1)
    assert list(found.to_dicts()) == [{"n": 2}]
    rows.append(Thing(n=3))
    assert len(found) == 2
    assert found.columns == ("n",)


def test_rows_stream() -> None:
    made: list[int] = []
    found = thousand(made)
    assert next(found.to_dicts()) == {"n": 0}
    assert found[3].columns == {"n": 3}
    assert bool(found)
    assert len(made) < 10


def test_dicts_are_plain() -> None:
    frames = Frames()
    frames.add(3)
    row = Thing(a="", b=None, c=True, d=frames, e=("x", "y"))
    assert list(table(row, names="a b c d e").to_dicts()) == [
        {"a": "", "b": None, "c": True, "d": [3], "e": ["x", "y"]}
    ]


def test_csv_has_a_header_even_without_rows() -> None:
    assert list(table(names="a b").to_csv()) == ["a,b\r\n"]
    lines = list(table(*(Thing(a=text, b=None) for text in NASTY), names="a b").to_csv())
    assert len(list(csv.DictReader(lines, strict=True))) == len(NASTY)


def test_slice_is_a_table_that_reads_no_further() -> None:
    made: list[int] = []
    found = thousand(made)
    assert list(found[1:7:2].to_dicts()) == [{"n": 1}, {"n": 3}, {"n": 5}]
    assert len(made) < 10
    assert len(found.head()) == 5
    assert len(found.head(-1)) == 0


@given(*[st.none() | st.integers(-7, 7)] * 2, st.none() | st.sampled_from([-3, -1, 1, 2]))
def test_slices_are_those_of_a_list(start: int | None, stop: int | None, step: int | None) -> None:
    found = NUMBERS[start:stop:step]
    assert [row.columns["n"] for row in found] == list(range(5))[start:stop:step]


def test_row_by_key() -> None:
    rows = [Thing(n="a", m=1), Thing(n="b", m=2), Thing(n="b", m=3), Thing(n=None, m=4)]
    found = Table("things", ("n", "m"), lambda: rows, key=lambda row: row.columns["n"])
    assert found["b"].columns["m"] == found[1:]["b"].columns["m"] == 2
    assert found._ipython_key_completions_() == ["a", "b", "b"]
    with pytest.raises(KeyError):
        found["c"]
    with pytest.raises(TypeError, match="have no keys"):
        NUMBERS["a"]
    assert NUMBERS._ipython_key_completions_() == []


def test_rows_at_a_frame() -> None:
    rows = [Thing(n=[("a", 1), ("a", 2)]), Thing(n=[("b", 2)])]
    found = Table("things", ("n",), lambda: rows, frames=lambda row: row.columns["n"])
    assert [len(found.at(2)), len(found.at(2, "b")), len(found.at(3))] == [2, 1, 0]
    with pytest.raises(TypeError, match="have no frames"):
        NUMBERS.at(1)


class Opened(Tags):
    """Tags that were not closed, in order."""

    def handle_endtag(self, tag: str) -> None:
        assert self.tags.pop() == tag


def test_html_is_well_formed_and_has_no_tag_of_a_value() -> None:
    rows = [Thing(a=text, b="hidden") for text in NASTY]
    html = table(*rows, names="a b", text="a")._repr_html_()
    assert "hidden" not in html
    assert is_harmless(html)
    parser = Opened()
    parser.feed(html)
    parser.close()
    assert parser.tags == []
    assert set(re.findall("<([a-z]+)", html)) == set("div b table thead tbody tr th td".split())
    assert html.count("<td") == 2 * len(NASTY)


def test_table_says_how_much_it_leaves_out(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "more row" not in NUMBERS._repr_html_()
    assert "more row" not in str(NUMBERS)
    monkeypatch.setattr(table_module, "HTML_ROWS", 3)
    monkeypatch.setattr(table_module, "TEXT_ROWS", 4)
    html = NUMBERS._repr_html_()
    assert "things: 5" in html
    assert "2 more rows" in html
    assert html.count("<tr>") == 1 + 3
    assert str(NUMBERS).splitlines() == [
        *("things: 5", "   n", "0  0", "1  1", "2  2", "3  3", "… 1 more row")
    ]


def test_table_with_a_known_count_is_not_read_to_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def rows() -> Iterator[Thing]:
        for number in range(4):
            yield Thing(n=number)
        pytest.fail("read on")

    monkeypatch.setattr(table_module, "HTML_ROWS", 3)
    found = Table("things", ("n",), rows, count=lambda: 1000)
    assert "997 more rows" in found._repr_html_()


def test_empty_table() -> None:
    assert str(table()) == "things: none"
    assert "things: none" in table()._repr_html_()


def test_text_fits_and_names_the_columns_that_do_not(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "30")
    rows = [
        Thing(a="日本語" * 2, b="x", c="y" * 100, d="z"),
        Thing(a="\x1b[31m", b="x", c="", d=""),
    ]
    lines = str(table(*rows, names="a b c d")).splitlines()
    assert lines == [
        *("things: 2", "   a             b", "0  日本語日本語  x", "1  \\x1b[31m      x"),
        "… not seen here: c, d",
    ]


@given(st.lists(texts, min_size=1, max_size=3))
def test_text_prints(values: list[str]) -> None:
    lines = str(table(*(Thing(n=text) for text in values))).split("\n")
    assert all(map(is_harmless, lines))
    assert len(lines) in (len(values) + 2, len(values) + 3)


def test_long_value_is_whole_but_where_one_looks() -> None:
    row = table(Thing(n="x" * 10_000))
    assert row[0].column("n") == next(row.to_dicts())["n"] == "x" * 10_000
    assert "".join(row.to_csv()).count("x") == 10_000
    assert row._repr_html_().count("xx") == 120
    assert "(10000 characters)" in row._repr_html_()
    assert len(str(row)) < 100


def test_cell_of_many_frames_is_abridged() -> None:
    frames = Frames()
    for number in range(1, 1001):
        frames.add(number)
    assert cell_text(frames) == "1, 2, 3, 4, 5 … 1000 (1000 in all)"
