"""``Through``: an attribute of a row that is one of what the row is made of."""

from __future__ import annotations

from typing import Any, Generic, Self, TypeVar, overload

__all__ = ["Through"]

T_co = TypeVar("T_co", covariant=True)


class Through(Generic[T_co]):
    """``st = Through[str | None]("ssdp.st")``; None if the row has no such part.

    A session completes it, which it does not beyond what ``__getattr__`` finds.
    """

    __slots__ = ("_attribute", "_part")

    def __init__(self, path: str) -> None:
        self._part, _, self._attribute = path.partition(".")

    @overload
    def __get__(self, row: None, owner: type) -> Self: ...
    @overload
    def __get__(self, row: object, owner: type) -> T_co: ...
    def __get__(self, row: Any, owner: type) -> Any:
        if row is None:
            return self
        part = getattr(row, self._part)
        return None if part is None else getattr(part, self._attribute)
