"""Which of many rows have a key that is wanted, where they have most of their keys in common."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable
from typing import Generic, TypeVar

__all__ = ["KeyIndex"]

K = TypeVar("K", bound=Hashable)

MAX_KEYS = 32_768
"""Distinct keys, about, that are kept with their rows; the largest captures known have a fifth."""


class KeyIndex(Generic[K]):
    """Rows by their keys: each distinct key is asked about once.

    Where no two rows are alike it is of no use, and would grow: rows beyond the first
    ``MAX_KEYS`` keys are asked about one by one.
    """

    def __init__(self, rows: Iterable[Collection[K]]) -> None:
        """``rows`` are the keys of each."""
        self._rows = list(rows)
        self._places: defaultdict[K, list[int]] = defaultdict(list)
        self._end = 0
        """Rows that are in ``_places``."""
        for place, keys in enumerate(self._rows):
            if len(self._places) >= MAX_KEYS:
                break
            for key in keys:
                self._places[key].append(place)
            self._end = place + 1

    def having(self, is_wanted: Callable[[K], bool]) -> list[int]:
        """Places of the rows that have a wanted key, ascending, each once."""
        found = {
            place for key, places in self._places.items() if is_wanted(key) for place in places
        }
        rest = range(self._end, len(self._rows))
        return sorted(found) + [place for place in rest if any(map(is_wanted, self._rows[place]))]
