"""The values of an SCPD: frozen, in the order sent, and walked by name in a session."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, TypeVar

from upnpscapy.protocol.description_defect import DescriptionDefect
from upnpscapy.protocol.description_read import printable
from upnpscapy.protocol.scpd_variable import StateVariable
from upnpscapy.protocol.xml import Repair

__all__ = ["Action", "Argument", "Direction", "Scpd"]

Direction = Literal["in", "out", "inout"]

_Named = TypeVar("_Named", "Argument", "Action", StateVariable)


@dataclass(frozen=True, slots=True, repr=False)
class Argument:
    """One argument of an action."""

    name: str
    direction: Direction | None
    """In lower case; None if it is none of these. ``inout`` is Pelco's."""
    related: str
    """Name of the state variable that says its type."""
    variable: StateVariable | None = None
    """That state variable; None if the table has it not."""
    retval: bool = False
    direction_raw: str = ""

    def __repr__(self) -> str:
        return f"<Argument {self}>"

    def __str__(self) -> str:
        kind = printable(self.variable.data_type) if self.variable else "?"
        return f"{self.direction or '?'} {printable(self.name)}: {kind}"


@dataclass(frozen=True, slots=True, repr=False)
class Action:
    """One action; its arguments in the order of a call."""

    name: str
    arguments: tuple[Argument, ...] = ()

    @property
    def inputs(self) -> tuple[Argument, ...]:
        """The arguments to send, in their order."""
        return tuple(one for one in self.arguments if one.direction in ("in", "inout"))

    @property
    def outputs(self) -> tuple[Argument, ...]:
        """The arguments that come back, in their order."""
        return tuple(one for one in self.arguments if one.direction in ("out", "inout"))

    def argument(self, name: str) -> Argument | None:
        """The first argument of that name, else the first that differs in case only."""
        return _named(self.arguments, name)

    def __repr__(self) -> str:
        return f"<Action {self}>"

    def __str__(self) -> str:
        sent = ", ".join(_typed(one) for one in self.inputs)
        back = ", ".join(_typed(one) for one in self.outputs)
        return f"{printable(self.name)}({sent})" + (f" → {back}" if back else "")


@dataclass(frozen=True, slots=True, repr=False)
class Scpd:
    """What one service can do; actions are attributes by name: ``scpd.AddPortMapping``."""

    actions: tuple[Action, ...] = ()
    variables: tuple[StateVariable, ...] = ()
    spec_version: tuple[int, int] | None = None
    config_id: int | None = None
    repairs: tuple[Repair, ...] = ()
    defects: tuple[DescriptionDefect, ...] = ()

    def action(self, name: str) -> Action | None:
        """The first action of that name, else the first that differs in case only."""
        return _named(self.actions, name)

    def variable(self, name: str) -> StateVariable | None:
        """The first state variable of that name, else the first that differs in case only."""
        return _named(self.variables, name)

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_"):
            for action in self.actions:
                if action.name == name:
                    return action
        raise AttributeError(f"no action {name!r}")

    def __dir__(self) -> list[str]:
        names = (action.name for action in self.actions if action.name.isidentifier())
        return sorted({*object.__dir__(self), *names})

    def __repr__(self) -> str:
        return f"<Scpd actions={len(self.actions)} variables={len(self.variables)}>"

    def __str__(self) -> str:
        return "\n".join(_lines(self))

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        """What IPython shows."""
        printer.text(repr(self) if cycle else str(self))


def _typed(argument: Argument) -> str:
    kind = printable(argument.variable.data_type) if argument.variable else "?"
    return f"{printable(argument.name)}: {kind}"


def _named(values: tuple[_Named, ...], name: str) -> _Named | None:
    key = name.lower()
    close: _Named | None = None
    for value in values:
        if value.name == name:
            return value
        if close is None and value.name.lower() == key:
            close = value
    return close


def _lines(scpd: Scpd) -> Iterator[str]:
    yield from map(str, scpd.actions)
    for variable in scpd.variables:
        marks = " evented" if variable.send_events else ""
        default = "" if variable.default is None else f" = {printable(variable.default)}"
        yield f"{variable}{default}{marks}"
    for repair in scpd.repairs:
        yield f"repaired: {printable(str(repair))}"
    for defect in scpd.defects:
        yield f"defect: {printable(str(defect))}"
