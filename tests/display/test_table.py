"""``Table``: rows, columns, and each form of them."""

from __future__ import annotations

import csv
from collections.abc import Iterator

import pytest

from tests.display.test_text import NASTY, Tags, is_harmless
from upnpscapy import display
from upnpscapy.display import Table
from upnpscapy.protocol.frames import Frames

pandas = pytest.importorskip("pandas", reason="DataFrames need pandas")


class Thing:
    """A row whose columns are given."""

    def __init__(self, **columns: object) -> None:
        self.columns = columns

    def column(self, name: str) -> object:
        return self.columns[name]


def table(*rows: Thing, names: str = "n", text: str = "") -> Table[Thing]:
    return Table("things", tuple(names.split()), lambda: rows, tuple(text.split()))


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
    made = []

    def rows() -> Iterator[Thing]:
        for number in range(1000):
            made.append(number)
            yield Thing(n=number)

    found = Table("things", ("n",), rows)
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


def test_dataframe() -> None:
    rows = [
        Thing(time="2023-11-14T22:13:20.123456789Z", first_time=None, n=1, text=""),
        Thing(time=None, first_time=None, n=None, text=None),
    ]
    frame = table(*rows, names="time first_time n text").to_dataframe()
    assert list(frame.columns) == ["time", "first_time", "n", "text"]
    assert str(frame["time"].dtype) == str(frame["first_time"].dtype) == "datetime64[ns, UTC]"
    assert frame["time"][0].value == 1_700_000_000_123_456_789
    assert frame["time"].isna().tolist() == [False, True]
    assert frame["text"][0] == ""
    assert frame["text"].isna().tolist() == [False, True]


def test_dataframe_without_rows_has_types() -> None:
    frame = table(names="capture time").to_dataframe()
    assert list(frame.columns) == ["capture", "time"]
    assert str(frame["time"].dtype) == "datetime64[ns, UTC]"


def test_dataframe_of_a_time_pandas_has_not() -> None:
    rows = [Thing(time="9999-12-31T23:59:59.000000000Z"), Thing(time="2023-11-14T22:13:20Z")]
    assert table(*rows, names="time").to_dataframe()["time"].isna().tolist() == [True, False]


def test_html_has_the_text_columns_and_no_tag_of_a_value() -> None:
    rows = [Thing(a=text, b="hidden") for text in NASTY]
    html = table(*rows, names="a b", text="a")._repr_html_()
    assert "hidden" not in html
    assert is_harmless(html)
    parser = Tags()
    parser.feed(html)
    parser.close()
    cells = ["tr", "td", "/td", "/tr"] * len(NASTY)
    head = ["table", "thead", "tr", "th", "/th", "/tr", "/thead", "tbody"]
    assert parser.tags == [*head, *cells, "/tbody", "/table"]


def test_html_says_how_much_it_leaves_out(monkeypatch: pytest.MonkeyPatch) -> None:
    assert "more rows" not in NUMBERS._repr_html_()
    monkeypatch.setattr(display, "HTML_ROWS", 3)
    html = NUMBERS._repr_html_()
    assert "2 more rows" in html
    assert html.count("<td>") == 3


def test_long_value_is_whole_but_in_notebooks() -> None:
    row = table(Thing(n="x" * 10_000))
    assert row[0].column("n") == next(row.to_dicts())["n"] == "x" * 10_000
    assert "".join(row.to_csv()).count("x") == 10_000
    assert row._repr_html_().count("x") == 1000


def test_cell_of_many_frames_is_abridged() -> None:
    frames = Frames()
    for number in range(1, 1001):
        frames.add(number)
    assert display.cell_text(frames) == "1, 2, 3, 4, 5 … 1000 (1000 in all)"
