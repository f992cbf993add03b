"""Actions and state variables found by name: SCPDs are hostile, so never by walking through."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Generic, TypeVar

from upnpscapy.protocol.scpd_tree import Action
from upnpscapy.protocol.scpd_variable import StateVariable

__all__ = ["ByName"]

Named = TypeVar("Named", Action, StateVariable)


class ByName(Generic[Named]):
    """Values by name; the first of each counts."""

    def __init__(self, values: Iterable[Named] = ()) -> None:
        self._exact: dict[str, Named] = {}
        self._loose: dict[str, Named] = {}
        for value in values:
            self._exact.setdefault(value.name, value)
            self._loose.setdefault(value.name.lower(), value)

    def get(self, name: str | None) -> Named | None:
        """The one of that name, else one whose name differs in case only."""
        if name is None:
            return None
        return self._exact.get(name) or self._loose.get(name.lower())
