"""Tables as pandas DataFrames, of the same types whether there are rows or not.

=======  ==========================================================
text     ``string``; what is unknown is missing, ``""`` is ``""``
number   ``Int64``
time     ``datetime64[ns, UTC]``; NaT for years that pandas has not
truth    ``boolean``
choice   ``category``, of all values there are, ordered if they are
list     ``object``: lists
=======  ==========================================================

A column with a value that its type does not hold is ``object``, and nothing is lost: a frame of
another file than the row's, in a joined capture, is ``"file:number"``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from upnpscapy.display.columns import Columns, ColumnType
from upnpscapy.display.escape import time_ns_of

if TYPE_CHECKING:
    import pandas

__all__ = ["to_dataframe"]

_LEAST, _MOST = -(2**63), 2**63 - 1
"""What ``Int64`` holds; as a time the least number stands for what is missing."""


def to_dataframe(columns: Columns, rows: Iterable[Iterable[Any]]) -> pandas.DataFrame:
    """Rows of plain values in the order of the columns."""
    import pandas

    values: list[list[Any]] = [[] for _ in columns]
    for row in rows:
        for column, value in zip(values, row, strict=True):
            column.append(value)
    series = {
        name: _series(columns.types[name], column)
        for name, column in zip(columns, values, strict=True)
    }
    return pandas.DataFrame(series, columns=list(columns))


def _series(kind: ColumnType, values: list[Any]) -> pandas.Series:
    import pandas

    if kind.kind == "any":
        return pandas.Series(values, dtype=None if values else object)
    if kind.kind == "time":
        return _times(values)
    if kind.kind == "list" or not all(value is None or _holds(kind, value) for value in values):
        return pandas.Series(values, dtype=object)
    if kind.kind == "number":
        return pandas.Series(pandas.array(values, dtype="Int64"))
    if kind.kind == "truth":
        return pandas.Series(pandas.array(values, dtype="boolean"))
    if kind.kind == "choice":
        dtype = pandas.CategoricalDtype(kind.choices, ordered=kind.ordered)
        return pandas.Series(pandas.Categorical(values, dtype=dtype))
    # Python's own text: Arrow's refuses surrogates, and is not there in every installation.
    return pandas.Series(pandas.array(values, dtype=pandas.StringDtype("python")))


def _times(values: list[str | None]) -> pandas.Series:
    import pandas

    numbers = pandas.array(
        [None if text is None else _time(text) for text in values], dtype="Int64"
    )
    times = pandas.to_datetime(pandas.Series(numbers), unit="ns", utc=True)
    return times.astype("datetime64[ns, UTC]")


def _time(text: str) -> int | None:
    time_ns = time_ns_of(text)
    return time_ns if _LEAST < time_ns <= _MOST else None


def _holds(kind: ColumnType, value: Any) -> bool:
    if kind.kind == "number":
        return isinstance(value, int) and _LEAST <= value <= _MOST
    if kind.kind == "truth":
        return isinstance(value, bool)
    if kind.kind == "choice":
        return value in kind.choices
    return isinstance(value, str)
