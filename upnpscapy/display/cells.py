"""The cells of a table, and the table around them, as people see it: text and HTML."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from typing import Any

from upnpscapy.display.escape import plain, printable, to_html

__all__ = ["cell_text", "rows_html", "rows_text"]

CELL_FRAMES = 6
"""Frame numbers a cell shows before it abridges."""

CELL_CHARACTERS = 1000
"""Characters a cell shows before it says how many there are; JSON and CSV have all."""

HTML_CHARACTERS = 240
"""The same in a notebook, where a table is to be looked over."""

TEXT_CHARACTERS = 40
"""The same where all there is are lines of text."""

_OUTER = "overflow-x:auto;font-size:0.9em"
_CELL = "text-align:left;vertical-align:top;overflow-wrap:break-word;min-width:14em;max-width:28em"
_WORD = "text-align:left;vertical-align:top;white-space:nowrap"
_DIM = "opacity:0.6"
_PLACE = "text-align:right;vertical-align:top;opacity:0.6"
_LONG = 30
"""Characters, those of a time, beyond which a cell may be broken into lines."""


def cell_text(value: object, most: int = CELL_CHARACTERS) -> str:
    """A value as a terminal or a notebook shows it; unknown is empty, long text is cut short."""
    text = _cell_text(value)
    return text if len(text) <= most else f"{text[:most]}… ({len(text)} characters)"


def rows_html(title: str, names: Sequence[str], rows: Sequence[Sequence[Any]], closing: str) -> str:
    """Rows of values for a notebook, numbered, in the colours around them; without script."""
    head = "".join(f'<th style="{_WORD}">{to_html(name)}</th>' for name in ("", *names))
    lines = []
    for place, row in enumerate(rows):
        cells = "".join(_html_cell(cell_text(value, HTML_CHARACTERS)) for value in row)
        lines.append(f'<tr><td style="{_PLACE}">{place}</td>{cells}</tr>')
    table = f"<table><thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"
    below = f'<div style="{_DIM}">{to_html(closing)}</div>' if closing else ""
    return f'<div style="{_OUTER}"><b>{to_html(title)}</b>{table if rows else ""}{below}</div>'


def rows_text(
    title: str, names: Sequence[str], rows: Sequence[Sequence[Any]], closing: str, width: int
) -> str:
    """Rows of values as lines of text; columns that do not fit are named at the end."""
    columns = [["", *(str(place) for place in range(len(rows)))]]
    columns += [
        [name, *(_cut(_cell_text(row[index])) for row in rows)] for index, name in enumerate(names)
    ]
    widths = [max(map(_width, column)) for column in columns]
    shown, used = 0, 0
    for wide in widths:
        if used + wide > width and shown > 1:
            break
        used, shown = used + wide + 2, shown + 1
    lines = [title]
    for cells in zip(*columns[:shown], strict=True) if rows else ():
        padded = (
            cell + " " * (wide - _width(cell))
            for cell, wide in zip(cells, widths[:shown], strict=True)
        )
        lines.append("  ".join(padded).rstrip())
    if shown < len(columns) and rows:
        unseen = f"not seen here: {', '.join(names[shown - 1 :])}"
        closing = f"{unseen}; {closing}" if closing else unseen
    return "\n".join([*lines, f"… {closing}"] if closing else lines)


def _html_cell(text: str) -> str:
    return f'<td style="{_CELL if len(text) > _LONG else _WORD}">{to_html(text)}</td>'


def _cut(text: str) -> str:
    return text if len(text) <= TEXT_CHARACTERS else text[: TEXT_CHARACTERS - 1] + "…"


def _width(text: str) -> int:
    """Columns of a terminal: East Asian characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in "WF")
        for char in text
    )


def _cell_text(value: object) -> str:
    values = plain(value)
    if values is None:
        return ""
    if isinstance(values, bool):
        return "yes" if values else "no"
    if isinstance(values, list):
        total = getattr(value, "count", None)
        if isinstance(total, int) and total > CELL_FRAMES:
            first = ", ".join(_cell_text(item) for item in values[: CELL_FRAMES - 1])
            return f"{first} … {_cell_text(values[-1])} ({total} in all)"
        return ", ".join(_items(values))
    return printable(str(values))


def _items(values: list[Any]) -> Iterator[str]:
    """The items of a list; a name with its value as ``name=value``."""
    for item in values:
        if isinstance(item, list | tuple) and len(item) == 2:
            yield f"{_cell_text(item[0])}={_cell_text(item[1])}"
        else:
            yield _cell_text(item)
