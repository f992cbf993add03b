"""The columns of a table: their names, and what type of value each one holds."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

__all__ = ["ColumnType", "Columns"]

Kind = Literal["text", "number", "time", "truth", "list", "choice", "any"]


class ColumnType(NamedTuple):
    """What a column holds, besides None for what is unknown."""

    kind: Kind
    choices: tuple[str, ...] = ()
    """Of a ``choice``: every value there is."""
    ordered: bool = False
    """Of a ``choice``: whether each value is more than the one before."""


_ANY, _TEXT, _TIME = ColumnType("any"), ColumnType("text"), ColumnType("time")


class Columns(tuple[str, ...]):
    """The names of columns in their order; what is not named again holds text.

    ``time`` and ``…_time`` hold times, by the names of the contract.
    """

    types: dict[str, ColumnType]
    """Name → type, of all columns."""

    def __new__(
        cls,
        names: str | Iterable[str],
        *,
        numbers: str = "",
        truths: str = "",
        lists: str = "",
        choices: Mapping[str, tuple[str, ...]] | None = None,
        ordered: str = "",
    ) -> Columns:
        """The names are words, as are those of columns of a type.

        Raises ``ValueError`` if a type is given to a column that is not there.
        """
        self = super().__new__(cls, names.split() if isinstance(names, str) else names)
        self.types = {name: _TIME if _is_time(name) else _TEXT for name in self}
        kinds: tuple[tuple[str, Kind], ...] = (
            (numbers, "number"),
            (truths, "truth"),
            (lists, "list"),
        )
        given = {name: ColumnType(kind) for words, kind in kinds for name in words.split()}
        for name, values in (choices or {}).items():
            given[name] = ColumnType("choice", tuple(values), name in ordered.split())
        if unknown := given.keys() - self.types.keys():
            raise ValueError(f"no such columns: {', '.join(sorted(unknown))}")
        self.types.update(given)
        return self

    @classmethod
    def untyped(cls, names: Iterable[str]) -> Columns:
        """Columns of which nothing is known but their names."""
        self = cls(names)
        self.types = {name: kind if kind is _TIME else _ANY for name, kind in self.types.items()}
        return self


def _is_time(name: str) -> bool:
    return name == "time" or name.endswith("_time")
