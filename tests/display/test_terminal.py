"""Tables on terminals of any width, and where there is none."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from tests.display.test_table import Thing, table
from tests.display.test_text import NASTY, is_harmless, texts
from upnpscapy import terminal
from upnpscapy.display import Table, printable
from upnpscapy.terminal import ProgressBar, print_card, print_heading, print_table

COLOURS = re.compile(r"\x1b\[[0-9;]*m")


def shown(rows: Table[Thing], width: int | None = None, *, live: bool = False) -> str:
    """What a terminal of that width shows; None is no terminal."""
    out = io.StringIO()
    if width is None:
        console = Console(file=out, width=terminal.PLAIN_WIDTH, color_system=None)
    else:
        console = Console(file=out, width=width, force_terminal=True, color_system="standard")
    print_table(console, rows, live=live)
    return COLOURS.sub("", out.getvalue())


def test_nothing_is_lost_on_a_narrow_terminal() -> None:
    rows = [
        Thing(udn=f"uuid:{number}", location="http://192.0.2.1/" + "x" * 90, time="2" * 30)
        for number in range(3)
    ]
    things = table(*rows, names="udn location time")
    for width in range(20, 200, 7):
        text = shown(things, width)
        assert all(cell_len(line) <= width for line in text.splitlines()), width
        assert text.count("x") == 3 * 90, width
        assert text.count("2" * 30) == 3 or width < 36, width


def test_wide_terminal_has_a_table_and_a_narrow_one_blocks() -> None:
    things = table(Thing(a="one", b="two", c=None), names="a b c")
    lines = [line.rstrip() for line in shown(things, 80).splitlines()]
    assert lines == ["a    b    c", "─" * 11, "one  two"]
    many = table(
        Thing(**{f"name{n}": n or None for n in range(9)}),
        names=" ".join(f"name{n}" for n in range(9)),
    )
    assert [line.rstrip() for line in shown(many, 30).splitlines()] == [
        *(f"name{n}  {n}" for n in range(1, 9)),
        "",
    ]


def test_without_terminal_a_row_is_a_line_and_nothing_is_wrapped() -> None:
    text = shown(table(Thing(a="x" * 900, b="y"), Thing(a="z", b="y"), names="a b"))
    lines = text.splitlines()
    assert len(lines) == 4
    assert lines[2] == "x" * 900 + "  y"
    assert not any(line.endswith(" ") for line in lines)


def test_live_rows_come_one_by_one() -> None:
    out = io.StringIO()
    seen: list[str] = []

    def rows() -> object:
        for number in range(3):
            yield Thing(n=number)
            seen.append(out.getvalue())

    console = Console(file=out, width=80, force_terminal=False)
    print_table(console, Table("things", ("n",), rows), live=True)  # type: ignore[arg-type]  # a generator of rows
    assert [text.split() for text in seen] == [
        ["n", "─", "0"],
        ["n", "─", "0", "1"],
        ["n", "─", "0", "1", "2"],
    ]


def test_number_of_rows_over_several_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(terminal, "CHUNK", 4)
    text = shown(table(*(Thing(n=number) for number in range(10)), names="n"))
    assert text.split() == ["n", "─", *map(str, range(10))]


@given(st.lists(texts, min_size=1, max_size=4), st.sampled_from([None, 10, 40, 200]))
def test_any_text_is_shown_literally(values: list[str], width: int | None) -> None:
    text = shown(table(*(Thing(n=value) for value in values), names="n"), width)
    assert all(is_harmless(line) for line in text.split("\n"))
    packed = "".join(text.split())
    for value in values:
        assert "".join(printable(value).split())[:900] in packed


@pytest.mark.parametrize("text", NASTY)
def test_headings_and_cards_are_literal(text: str) -> None:
    out = io.StringIO()
    console = Console(file=out, width=20_000, force_terminal=True, color_system=None)
    print_heading(console, text)
    print_card(console, "card", [text, ""])
    lines = out.getvalue().split("\n")
    assert all(is_harmless(line) for line in lines)
    assert lines[0].strip() == lines[2].strip() == printable(text).strip() or not text


def test_progress_bar_shows_names_literally(capsys: pytest.CaptureFixture[str]) -> None:
    with ProgressBar({"[/evil]\x1b[31m": 100}) as advance:
        advance("[/evil]\x1b[31m", 50)
        advance("[/evil]\x1b[31m", 100)
        advance("unknown size", 5)
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "\x1b[31m" not in shown.err
