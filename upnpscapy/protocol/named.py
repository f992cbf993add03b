"""Values in their order that are found by name too, as attributes and as keys."""

from __future__ import annotations

from typing import Any, Protocol, SupportsIndex, TypeVar, overload

__all__ = ["NONE", "Named"]


class _HasName(Protocol):
    @property
    def name(self) -> str: ...


T_co = TypeVar("T_co", bound=_HasName, covariant=True)


class Named(tuple[T_co, ...]):
    """A tuple: ``actions.AddPortMapping``, ``actions["AddPortMapping"]``, ``actions[0]``.

    Of equal names the first is found; a session completes those that Python can write.
    """

    __slots__ = ()

    def find(self, name: str) -> T_co | None:
        """The first of that name, else the first that differs in case only."""
        key = name.lower()
        close: T_co | None = None
        for value in self:
            if value.name == name:
                return value
            if close is None and value.name.lower() == key:
                close = value
        return close

    @overload
    def __getitem__(self, key: SupportsIndex, /) -> T_co: ...
    @overload
    def __getitem__(self, key: slice, /) -> tuple[T_co, ...]: ...
    @overload
    def __getitem__(self, key: str, /) -> T_co: ...
    def __getitem__(self, key: Any, /) -> Any:
        if not isinstance(key, str):
            return super().__getitem__(key)
        for value in self:
            if value.name == key:
                return value
        raise KeyError(key)

    def __getattr__(self, name: str) -> T_co:
        if not name.startswith("_"):
            for value in self:
                if value.name == name:
                    return value
        raise AttributeError(f"nothing is named {name!r} here")

    def __dir__(self) -> list[str]:
        names = (value.name for value in self if value.name.isidentifier())
        return sorted({*object.__dir__(self), *names})

    def _ipython_key_completions_(self) -> list[str]:
        """What IPython completes inside of brackets."""
        return [value.name for value in self]

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What IPython shows: each on a line of its own."""
        printer.text("\n".join(map(str, self)) or "()")


NONE: Named[Any] = Named()
