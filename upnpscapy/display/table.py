"""Rows of one kind as a table: to iterate, to choose from, to look at, to export."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any, Generic, Protocol, TypeVar, overload

from upnpscapy.display.cells import rows_html, rows_text
from upnpscapy.display.columns import Columns
from upnpscapy.display.escape import csv_line, plain, printable

if TYPE_CHECKING:
    import pandas

__all__ = ["Row", "Table"]

HTML_ROWS = 100
"""Rows a notebook shows of a table before it says how many are left out."""

TEXT_ROWS = 20
"""The same in a shell."""

MAX_KEYS = 1000
"""Keys that a session offers for completion."""

PLAIN_WIDTH = 100
"""Columns where there is no terminal to ask."""


class Row(Protocol):
    """A row of a table: the columns' values by name."""

    def column(self, name: str) -> object:
        """The value of a column: text, number, truth, None, or a sequence of such."""


R = TypeVar("R", bound=Row)

FramesOf = Callable[[R], Iterable[tuple[str, int]]]
"""The (capture, frame) pairs that a row is made of."""


class Table(Generic[R]):
    """Rows of one kind, with the columns of the output contract.

    Iterating gives the row objects; ``to_*`` give their columns.
    A table may read its rows anew each time, so that a large one takes no memory;
    ``count`` tells their number where it is known without.
    """

    columns: Columns
    text_columns: tuple[str, ...]
    """What a terminal or a notebook shows; the other forms have all columns."""

    def __init__(
        self,
        name: str,
        columns: tuple[str, ...],
        rows: Callable[[], Iterable[R]],
        text_columns: tuple[str, ...] = (),
        count: Callable[[], int] | None = None,
        *,
        key: Callable[[R], str | None] | None = None,
        frames: FramesOf[R] | None = None,
    ) -> None:
        """``key`` is the name a row is found by, ``frames`` what ``at`` looks for."""
        self.name = name
        self.columns = columns if isinstance(columns, Columns) else Columns.untyped(columns)
        self.text_columns = text_columns or columns
        self._rows = rows
        self._count = count
        self._key = key
        self._frames = frames

    def __iter__(self) -> Iterator[R]:
        return iter(self._rows())

    def __len__(self) -> int:
        # list() asks for the length first: that shall not read a capture twice.
        return sum(1 for _ in self) if self._count is None else self._count()

    def __bool__(self) -> bool:
        return any(True for _ in self)

    @overload
    def __getitem__(self, index: int) -> R: ...
    @overload
    def __getitem__(self, index: str) -> R: ...
    @overload
    def __getitem__(self, index: slice) -> Table[R]: ...
    def __getitem__(self, index: int | str | slice) -> R | Table[R]:
        """The row at an index, from the end if it is negative, or of a key; a slice is a table.

        Rows with keys are devices (their UDN), services (their short id), captures (their name)
        and rules (their id); of equal keys the first is found.
        """
        if isinstance(index, slice):
            return self._like(lambda: self._slice(index))
        if isinstance(index, str):
            return self._find(index)
        if index < 0:
            return list(self)[index]
        for row in islice(self, index, None):
            return row
        raise IndexError(f"{self.name} has no row {index}")

    def head(self, count: int = 5) -> Table[R]:
        """The first rows, as a table."""
        return self[: max(count, 0)]

    def where(self, test: Callable[[R], bool]) -> Table[R]:
        """The rows for which ``test`` holds, as a table."""
        return self._like(lambda: (row for row in self if test(row)))

    def at(self, frame: int, capture: str | None = None) -> Table[R]:
        """The rows that a frame is part of, as a table; of several captures one can be named.

        Raises ``TypeError`` for a table whose rows tell of no frames.
        """
        frames = self._frames
        if frames is None:
            raise TypeError(f"rows of {self.name} have no frames")

        def touches(row: R) -> bool:
            return any(number == frame and capture in (None, name) for name, number in frames(row))

        return self.where(touches)

    def to_dicts(self) -> Iterator[dict[str, Any]]:
        """Every row as a dict of the contract's columns, JSON-ready."""
        return (self.to_dict(row) for row in self)

    def to_dict(self, row: R) -> dict[str, Any]:
        """One row as a dict of the contract's columns, JSON-ready."""
        return {name: plain(row.column(name)) for name in self.columns}

    def to_csv(self) -> Iterator[str]:
        """CSV lines with line ends, the header first."""
        yield csv_line(self.columns)
        for row in self.to_dicts():
            yield csv_line(row.values())

    def to_dataframe(self) -> pandas.DataFrame:
        """The table as a pandas DataFrame, its types the same for any number of rows.

        Times are UTC with nanoseconds, numbers ``Int64``, truths ``boolean``, enumerations
        ``category``, texts ``string``; lists are lists. What is unknown is missing.
        """
        from upnpscapy.display.dataframe import to_dataframe

        return to_dataframe(self.columns, (row.values() for row in self.to_dicts()))

    def _like(self, rows: Callable[[], Iterable[R]]) -> Table[R]:
        return Table(
            self.name, self.columns, rows, self.text_columns, key=self._key, frames=self._frames
        )

    def _slice(self, index: slice) -> Iterable[R]:
        bounds = (index.start, index.stop, index.step)
        if any(bound is not None and bound < 0 for bound in bounds):
            return list(self)[index]
        return islice(self, *bounds)

    def _find(self, key: str) -> R:
        if self._key is None:
            raise TypeError(f"rows of {self.name} have no keys")
        for row in self:
            if self._key(row) == key:
                return row
        raise KeyError(key)

    def _ipython_key_completions_(self) -> list[str]:
        """What IPython completes inside of brackets."""
        if self._key is None:
            return []
        return [key for row in islice(self, MAX_KEYS) if (key := self._key(row)) is not None]

    def _shown(self, most: int) -> tuple[str, list[list[object]], str]:
        """A title, values of the first rows, and what is left out in words."""
        rows: list[list[object]] = []
        total = 0
        for row in self:
            if total < most:
                rows.append([row.column(name) for name in self.text_columns])
            elif self._count is not None:
                total = self._count()
                break
            total += 1
        more = total - len(rows)
        words = [f"{more} more {'row' if more == 1 else 'rows'}"] if more else []
        if len(self.text_columns) < len(self.columns) and rows:
            words.append(f"all {len(self.columns)} columns: to_dataframe()")
        return f"{self.name}: {total or 'none'}", rows, "; ".join(words)

    def __repr__(self) -> str:
        return f"<Table {self.name}: {', '.join(self.columns)}>"

    def __str__(self) -> str:
        from shutil import get_terminal_size  # with all the archives it knows

        title, rows, closing = self._shown(TEXT_ROWS)
        width = get_terminal_size((PLAIN_WIDTH, TEXT_ROWS)).columns
        return rows_text(printable(title), self.text_columns, rows, closing, width)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What IPython shows."""
        printer.text(repr(self) if cycle else str(self))

    def _repr_html_(self) -> str:
        """What a notebook shows."""
        title, rows, closing = self._shown(HTML_ROWS)
        return rows_html(title, self.text_columns, rows, closing)
