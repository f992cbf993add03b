"""Results kept for what repeats: discovery says the same things for years."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import TypeVar

__all__ = ["Memory"]

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Memory(dict[K, V]):
    """A pure function's results: ``memory[argument]`` works each out once.

    Bounded on both sides: an argument above ``limit`` bytes is not kept, and a memory
    that holds ``entries`` is emptied. A flood of random input costs time, never memory.
    """

    __slots__ = ("_entries", "_function", "_limit", "_size")

    def __init__(
        self,
        function: Callable[[K], V],
        size: Callable[[K], int],
        *,
        limit: int,
        entries: int,
    ) -> None:
        super().__init__()
        self._function = function
        self._size = size
        self._limit = limit
        self._entries = entries

    def __missing__(self, argument: K) -> V:
        result = self._function(argument)
        if self._size(argument) <= self._limit:
            if len(self) >= self._entries:
                self.clear()
            self[argument] = result
        return result
