"""Rows to standard output, remarks to standard error."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

import click

from upnpscapy.display import Table, csv_line, printable, to_json

__all__ = ["remark", "write_out", "write_table"]


def write_table(table: Table[Any], form: str, *, live: bool = False) -> None:
    """Write a table's rows to standard output as they come."""
    if form == "text":
        from upnpscapy.terminal import print_table, stdout_console

        if not print_table(stdout_console(), table, live=live):
            remark(f"no {table.name}")
        return
    for piece in _pieces(table, form):
        write_out(piece, flush=live)


def write_out(text: str, *, flush: bool = False) -> None:
    """Bytes, so that line ends and encoding are the same on every system."""
    sys.stdout.buffer.write(text.encode())
    if flush:
        sys.stdout.buffer.flush()


def remark(text: str) -> None:
    """Say something that is not data."""
    click.echo(f"upnpscapy: {printable(text)}", err=True)


def _pieces(table: Table[Any], form: str) -> Iterator[str]:
    if form == "csv":
        yield csv_line(table.columns)
        yield from (csv_line(row.values()) for row in table.to_dicts())
    elif form == "jsonl":
        yield from (to_json(row) + "\n" for row in table.to_dicts())
    else:
        yield "["
        for place, row in enumerate(table.to_dicts()):
            yield (",\n" if place else "\n") + to_json(row)
        yield "\n]\n"
