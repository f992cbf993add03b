"""Tables and trees on a terminal, or as plain text where there is none; progress elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from itertools import islice
from typing import Any

from rich import box
from rich.cells import cell_len
from rich.console import Console
from rich.padding import Padding
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
from upnpscapy.tree import Line, Tree

__all__ = [
    "ProgressBar",
    "print_card",
    "print_heading",
    "print_table",
    "print_tree",
    "stdout_console",
]

CHUNK = 500
"""Rows laid out together, so that a stream can be shown."""

PLAIN_WIDTH = 1_000_000
"""Where there is no terminal nothing is wrapped."""

_INDENT = (0, 0, 0, 4)
_GAP = 2

FOLD = 16
"""Columns of a terminal to which a cell is folded rather than not shown as part of a table."""


def stdout_console() -> Console:
    """Standard output: as wide as the terminal, or without bounds if it is none."""
    if sys.stdout.isatty():
        return Console(markup=False, highlight=False, emoji=False)
    return Console(
        markup=False,
        highlight=False,
        emoji=False,
        width=PLAIN_WIDTH,
        color_system=None,
        force_terminal=False,
    )


def print_table(
    console: Console, table: Table[Any], rows: Iterable[Row] | None = None, *, live: bool = False
) -> int:
    """Print the table's text columns and answer how many rows there were.

    Where the terminal is too narrow for them, each row is a block of lines from there on.
    ``live`` prints every row as it comes.
    """
    names = table.text_columns
    remaining = iter(table if rows is None else rows)
    least = list(map(len, names))
    room = console.width - _GAP * (len(names) - 1)
    count = 0
    while chunk := list(islice(remaining, 1 if live else CHUNK)):
        cells = [[cell_text(row.column(name)) for name in names] for row in chunk]
        least = list(map(max, least, _least_widths(names, cells)))
        if sum(least) > room:
            _print_blocks(console, names, cells)
        else:
            widths = _share(
                room, least, [max(map(cell_len, column)) for column in zip(*cells, strict=True)]
            )
            _print(console, _layout(names, cells, widths, with_names=not count))
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
            console.print(Padding(Text(printable(line), overflow="fold"), _INDENT, expand=False))


def print_tree(console: Console, tree: Tree, *, expand: bool = False) -> None:
    """Print a tree; a line that is too long goes on below, behind the branches."""
    for line in tree.lines(expand=expand):
        if not console.is_terminal:
            console.file.write(f"{line}\n")
            continue
        lead, hang, text = _laid_out(line, console.width)
        room = max(console.width - max(cell_len(lead), cell_len(hang)), 1)
        for place, piece in enumerate(text.wrap(console, room, overflow="fold")):
            console.print(Text.assemble((hang if place else lead, "dim"), piece), soft_wrap=True)


def _laid_out(line: Line, width: int) -> tuple[str, str, Text]:
    """What stands before the first piece of a line and before the others, and what is in pieces.

    Of branches that take more than half of the width the last ones are left,
    and a name that takes more than a third is text.
    """
    most = max(width // 2, 1)
    lead, hang, text = line.lead[-most:], line.hang[-most:], Text()
    name = f"{line.name}  " if line.name else ""
    if cell_len(name) <= width // 3:
        lead, hang = lead + name, hang + " " * cell_len(name)
    else:
        text.append(name, "dim")
    text.append(line.text, "bold" if line.is_label else "")
    text.append(f"  {line.note}" if line.note else "")
    return lead, hang, text


def _least_widths(names: tuple[str, ...], cells: list[list[str]]) -> list[int]:
    """What each column needs at least: words up to ``FOLD`` and times stay whole."""
    return [
        max(_longest_word(cell, None if name.endswith("time") else FOLD) for cell in column)
        for name, column in zip(names, zip(*cells, strict=True), strict=True)
    ]


def _longest_word(text: str, most: int | None) -> int:
    return max((cell_len(word[:most]) for word in text.split()), default=0)


def _share(room: int, least: list[int], wanted: list[int]) -> list[int]:
    """Widths of at least ``least``; what is left of the room goes to those who want more."""
    widths = list(least)
    spare = room - sum(least)
    hungry = sorted(range(len(least)), key=lambda place: wanted[place] - least[place])
    for served, place in enumerate(hungry):
        more = min(max(0, wanted[place] - least[place]), spare // (len(hungry) - served))
        widths[place] += more
        spare -= more
    return widths


def _layout(
    names: tuple[str, ...], cells: list[list[str]], widths: list[int], *, with_names: bool
) -> RichTable:
    """Rows in columns of these widths; the first ones stand below the names."""
    layout = RichTable(
        box=box.SIMPLE_HEAD,
        show_header=with_names,
        show_edge=False,
        pad_edge=False,
        padding=(0, _GAP - 1, 0, 0),
    )
    for name, width in zip(names, widths, strict=True):
        layout.add_column(Text(name), overflow="fold", width=width)
    for line in cells:
        layout.add_row(*map(Text, line))
    return layout


def _print_blocks(console: Console, names: tuple[str, ...], cells: list[list[str]]) -> None:
    """Each row as lines of name and value, without what is unknown."""
    for line in cells:
        block = RichTable.grid(padding=(0, 2, 0, 0))
        block.add_column(style="dim", no_wrap=True, min_width=max(map(len, names)))
        block.add_column(overflow="fold")
        for name, cell in zip(names, line, strict=True):
            if cell:
                block.add_row(Text(name), Text(cell))
        console.print(block)
        console.print()


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
