"""What all deviations have in common: a name, and what the catalogue of their kind says of it.

A deviation is read, named and kept; it never stops the reading.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any, Generic, NamedTuple, TypeVar

from upnpscapy.display import to_html

__all__ = ["Catalogue", "Deviation"]

Catalogue = Mapping[str, tuple[str, str]]
"""name → (clause, what it means)."""

Found = TypeVar("Found", int, str)


class Deviation(NamedTuple, Generic[Found]):
    """One deviation, by its name in ``catalogue``."""

    name: str
    found: Found | None = None
    """Where it is, or what was sent instead; None where something is missing."""

    @property
    @abstractmethod
    def catalogue(self) -> Catalogue:
        """The names of its kind."""

    @property
    def clause(self) -> str:
        """The clause it deviates from."""
        return self.catalogue[self.name][0]

    @property
    def meaning(self) -> str:
        """What it means, in a sentence."""
        return self.catalogue[self.name][1]

    @property
    def place(self) -> str:
        """What was found, as the text of the deviation shows it: escaped."""
        return "" if self.found is None else f" {self.found!a}"

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:  # type: ignore[misc]  # as of __str__
        """What IPython shows."""
        printer.text(str(self))

    def _repr_html_(self) -> str:  # type: ignore[misc]  # as of __str__
        """What a notebook shows."""
        return f"<div>{to_html(str(self))}</div>"

    def __str__(self) -> str:  # type: ignore[misc]  # mypy has no self in generic tuples here
        return f"{self.name}{self.place}: {self.meaning} ({self.clause})"
