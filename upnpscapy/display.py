"""Tables and how they look: terminal, JSON, CSV, HTML, DataFrame; all escaping happens here.

Text from the wire reaches an output only through ``printable`` (terminal, CSV),
``to_json`` (JSON) or ``to_html`` (HTML).
"""

from __future__ import annotations

import html
import json
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    import pandas

__all__ = ["Row", "Table", "csv_line", "iso_utc", "printable", "to_html", "to_json"]

HTML_ROWS = 100
"""Rows a notebook shows of a table before it says how many are left out."""

CELL_FRAMES = 6
"""Frame numbers a cell shows before it abridges."""

CELL_CHARACTERS = 1000
"""Characters a cell shows before it says how many there are; JSON and CSV have all."""

_FORMULA = tuple("=+-@\uff1d\uff0b\uff0d\uff20")
"""What a spreadsheet takes for the start of a formula, full width (East Asian) too."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Row(Protocol):
    """A row of a table: the columns' values by name."""

    def column(self, name: str) -> object:
        """The value of a column: text, number, truth, None, or a sequence of such."""


R = TypeVar("R", bound=Row)


class Table(Generic[R]):
    """Rows of one kind, with the columns of the output contract.

    Iterating gives the row objects; ``to_*`` give their columns.
    A table may read its rows anew each time, so that a large one takes no memory;
    ``count`` tells their number where it is known without.
    """

    def __init__(
        self,
        name: str,
        columns: tuple[str, ...],
        rows: Callable[[], Iterable[R]],
        text_columns: tuple[str, ...] = (),
        count: Callable[[], int] | None = None,
    ) -> None:
        self.name = name
        self.columns = columns
        self.text_columns = text_columns or columns
        """What a terminal or a notebook shows; the other forms have all columns."""
        self._rows = rows
        self._count = count

    def __iter__(self) -> Iterator[R]:
        return iter(self._rows())

    def __len__(self) -> int:
        # list() asks for the length first: that shall not read a capture twice.
        return sum(1 for _ in self) if self._count is None else self._count()

    def __bool__(self) -> bool:
        return any(True for _ in self)

    def __getitem__(self, index: int) -> R:
        """The row at an index, from the end if it is negative."""
        if index < 0:
            return list(self)[index]
        for place, row in enumerate(self):
            if place == index:
                return row
        raise IndexError(f"{self.name} has no row {index}")

    def where(self, test: Callable[[R], bool]) -> Table[R]:
        """The rows for which ``test`` holds, as a table."""
        return Table(
            self.name, self.columns, lambda: (row for row in self if test(row)), self.text_columns
        )

    def to_dicts(self) -> Iterator[dict[str, Any]]:
        """Every row as a dict of the contract's columns, JSON-ready."""
        return (self.to_dict(row) for row in self)

    def to_dict(self, row: R) -> dict[str, Any]:
        """One row as a dict of the contract's columns, JSON-ready."""
        return {name: _plain(row.column(name)) for name in self.columns}

    def to_csv(self) -> Iterator[str]:
        """CSV lines with line ends, the header first."""
        yield csv_line(self.columns)
        for row in self.to_dicts():
            yield csv_line(row.values())

    def to_dataframe(self) -> pandas.DataFrame:
        """The table as a pandas DataFrame; times are UTC with nanoseconds."""
        import pandas

        frame = pandas.DataFrame(list(self.to_dicts()), columns=list(self.columns))
        for name in self.columns:
            if name == "time" or name.endswith("_time"):
                # A hostile capture's year 9999 has no nanoseconds in pandas: NaT.
                times = pandas.to_datetime(frame[name], utc=True, format="ISO8601", errors="coerce")
                frame[name] = times.astype("datetime64[ns, UTC]")
        return frame

    def __repr__(self) -> str:
        return f"<Table {self.name}: {', '.join(self.columns)}>"

    def _repr_html_(self) -> str:
        head = "".join(f"<th>{to_html(name)}</th>" for name in self.text_columns)
        lines, left_out = [], 0
        for place, row in enumerate(self):
            if place >= HTML_ROWS:
                left_out += 1
                continue
            cells = (cell_text(row.column(name)) for name in self.text_columns)
            lines.append("<tr>" + "".join(f"<td>{to_html(cell)}</td>" for cell in cells) + "</tr>")
        note = f"<caption>{left_out} more rows</caption>" if left_out else ""
        return f"<table>{note}<thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table>"


def iso_utc(time_ns: int | None) -> str | None:
    """Nanoseconds since 1970 as ISO 8601 in UTC with nine decimals; None stays None."""
    if time_ns is None:
        return None
    seconds, nanoseconds = divmod(time_ns, 1_000_000_000)
    try:
        moment = _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return None
    return f"{moment.isoformat()[:19]}.{nanoseconds:09d}Z"


def printable(text: str) -> str:
    r"""Text a terminal only prints: control, format and unassigned characters as ``\x1b``."""
    if text.isprintable():
        return text
    return "".join([char if char.isprintable() else _escape(char) for char in text])


def to_html(text: str) -> str:
    """Text for HTML, in elements and in quoted attributes."""
    return html.escape(printable(text))


def to_json(value: object) -> str:
    r"""JSON on one line; what ``printable`` would escape is written ``\uNNNN``."""
    text = json.dumps(value, ensure_ascii=False)
    if text.isprintable():
        return text
    return "".join([char if char.isprintable() else json.dumps(char)[1:-1] for char in text])


def csv_line(values: Iterable[object]) -> str:
    r"""One CSV line (RFC 4180) with ``\r\n``: None is nothing, the empty text is ``""``.

    Text that a spreadsheet would run as a formula, be it after blanks, gets an apostrophe
    in front; lists are JSON.
    """
    return ",".join(_csv_cell(value) for value in values) + "\r\n"


def cell_text(value: object) -> str:
    """A value as a terminal or a notebook shows it; unknown is empty, long text is cut short."""
    text = _cell_text(value)
    if len(text) <= CELL_CHARACTERS:
        return text
    return f"{text[:CELL_CHARACTERS]}… ({len(text)} characters)"


def _cell_text(value: object) -> str:
    plain = _plain(value)
    if plain is None:
        return ""
    if isinstance(plain, bool):
        return "yes" if plain else "no"
    if isinstance(plain, list):
        total = getattr(value, "count", None)
        if isinstance(total, int) and total > CELL_FRAMES:
            first = ", ".join(_cell_text(item) for item in plain[: CELL_FRAMES - 1])
            return f"{first} … {_cell_text(plain[-1])} ({total} in all)"
        return ", ".join(_item_text(item) for item in plain)
    return printable(str(plain))


def _item_text(item: object) -> str:
    """An item of a list; a name with its value as ``name=value``."""
    if isinstance(item, list | tuple) and len(item) == 2:
        return f"{_cell_text(item[0])}={_cell_text(item[1])}"
    return _cell_text(item)


def _plain(value: object) -> Any:
    if value is None or isinstance(value, str | int | float | list):
        return value
    return list(value) if isinstance(value, Iterable) else value


def _escape(char: str) -> str:
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _csv_cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    text = printable(value) if isinstance(value, str) else to_json(value)
    stripped = text.strip()
    if stripped.startswith(_FORMULA) and len(stripped) > 1:
        text = "'" + text
    if not text or any(char in text for char in ',"\r\n') or text != text.strip():
        return '"' + text.replace('"', '""') + '"'
    return text
