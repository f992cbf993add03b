"""Tables on a terminal, and as plain text where there is none; progress on standard error."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

from rich import box
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table as RichTable
from rich.text import Text

from upnpscapy.display import Row, Table, cell_text, printable

__all__ = ["ProgressBar", "print_card", "print_heading", "print_table", "stdout_console"]

CHUNK = 500
"""Rows laid out together; widths come from the first ones, so that a stream can be shown."""

PLAIN_WIDTH = 1_000_000
"""Where there is no terminal nothing is wrapped."""


def stdout_console() -> Console:
    """Standard output: as wide as the terminal, or without bounds if it is none."""
    if sys.stdout.isatty():
        return Console(markup=False, highlight=False, emoji=False)
    return Console(markup=False, highlight=False, emoji=False, width=PLAIN_WIDTH, color_system=None)


def print_table(
    console: Console, table: Table[Any], rows: Iterable[Row] | None = None, *, live: bool = False
) -> int:
    """Print the table's text columns and answer how many rows there were.

    ``live`` prints every row as it comes.
    """
    remaining = iter(table if rows is None else rows)
    widths = [len(name) for name in table.text_columns]
    count = 0
    while chunk := list(islice(remaining, 1 if live else CHUNK)):
        cells = [[cell_text(row.column(name)) for name in table.text_columns] for row in chunk]
        widths = [
            max(pair) for pair in zip(widths, map(_widest, zip(*cells, strict=True)), strict=True)
        ]
        _print(console, _layout(table.text_columns if not count else None, cells, widths))
        count += len(chunk)
    return count


def print_heading(console: Console, text: str) -> None:
    """Print a line that stands out."""
    console.print(Text(printable(text), style="bold"))


def print_card(console: Console, heading: str, lines: Iterable[str]) -> None:
    """Print a heading and what belongs to it, indented."""
    print_heading(console, heading)
    for line in lines:
        if line:
            console.print(Text("    " + printable(line)))


def _widest(column: tuple[str, ...]) -> int:
    return max(map(len, column))


def _layout(names: tuple[str, ...] | None, cells: list[list[str]], widths: list[int]) -> RichTable:
    """Rows at least as wide as those before; the first ones stand below the names."""
    layout = RichTable(box=box.SIMPLE_HEAD, show_header=names is not None, show_edge=False)
    for place, width in enumerate(widths):
        # A terminal may be narrower: there long values go on in the next line.
        layout.add_column(
            Text(names[place] if names else ""),
            overflow="fold",
            min_width=width if width < 16 else 16,
        )
    for line in cells:
        layout.add_row(*[Text(cell) for cell in line])
    return layout


def _print(console: Console, layout: RichTable) -> None:
    if console.is_terminal:
        console.print(layout)
        return
    with console.capture() as captured:
        console.print(layout)
    for line in captured.get().splitlines():
        console.file.write(line.rstrip() + "\n")
    console.file.flush()


class ProgressBar:
    """A bar on standard error over the stored bytes of the files."""

    def __init__(self, sizes: dict[str, int]) -> None:
        self._sizes = sizes
        self._tasks: dict[str, TaskID] = {}
        self._bar = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            DownloadColumn(),
            TimeRemainingColumn(),
            console=Console(stderr=True),
            transient=True,
        )

    def __enter__(self) -> Callable[[str, int], None]:
        self._bar.start()
        return self._advance

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def _advance(self, name: str, stored: int) -> None:
        if name not in self._tasks:
            self._tasks[name] = self._bar.add_task(printable(name), total=self._sizes.get(name))
        self._bar.update(self._tasks[name], completed=stored)
