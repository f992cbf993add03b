"""``Through``: an attribute of a row that is one of what the row is made of."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Generic, Self, TypeVar, overload

__all__ = ["Through"]

T_co = TypeVar("T_co", covariant=True)


class Through(Generic[T_co]):
    """``st = Through[str | None]("ssdp.st")``; None if the row has no such part.

    Or what a function makes of the row, where its type is a ``Literal``: of an object with a
    property of such a type Jedi completes nothing (0.20 raises AttributeError).
    A session completes it, which it does not beyond what ``__getattr__`` finds.
    """

    __slots__ = ("_get",)

    def __init__(self, what: str | Callable[[Any], T_co]) -> None:
        self._get: Callable[[Any], Any] = what if callable(what) else _getter(what)

    @overload
    def __get__(self, row: None, owner: type) -> Self: ...
    @overload
    def __get__(self, row: object, owner: type) -> T_co: ...
    def __get__(self, row: Any, owner: type) -> Any:
        if row is None:
            return self
        return self._get(row)


def _getter(path: str) -> Callable[[Any], Any]:
    part, _, attribute = path.partition(".")

    def get(row: Any) -> Any:
        found = getattr(row, part)
        return None if found is None else getattr(found, attribute)

    return get
