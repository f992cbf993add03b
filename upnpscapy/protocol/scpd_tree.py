"""The values of an SCPD: frozen, in the order sent, and walked by name in a session."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from upnpscapy.protocol.description_defect import DescriptionDefect
from upnpscapy.protocol.description_read import printable
from upnpscapy.protocol.named import NONE, Named
from upnpscapy.protocol.nested import nested
from upnpscapy.protocol.scpd_variable import StateVariable
from upnpscapy.protocol.scpd_view import action_tree, scpd_tree
from upnpscapy.protocol.xml import Repair
from upnpscapy.tree import Shown, Tree

__all__ = ["Action", "Argument", "Direction", "Scpd"]

Direction = Literal["in", "out", "inout"]


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
class Action(Shown):
    """One action; its arguments in the order of a call."""

    name: str
    arguments: Named[Argument] = NONE

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
        return self.arguments.find(name)

    def _summary(self) -> str:
        return f"Action {self}"

    def __str__(self) -> str:
        sent = ", ".join(_typed(one) for one in self.inputs)
        back = ", ".join(_typed(one) for one in self.outputs)
        return f"{printable(self.name)}({sent})" + (f" → {back}" if back else "")

    def tree(self) -> Tree:
        """What a session shows: its signature and arguments."""
        return action_tree(self)


@dataclass(frozen=True, slots=True, repr=False)
class Scpd(Shown):
    """What one service can do.

    Actions are attributes by name, ``scpd.AddPortMapping`` or ``scpd.actions.AddPortMapping``,
    and so are ``scpd.variables.PortMappingProtocol`` and the arguments of an action.
    """

    actions: Named[Action] = NONE
    variables: Named[StateVariable] = NONE
    spec_version: tuple[int, int] | None = None
    config_id: int | None = None
    repairs: tuple[Repair, ...] = ()
    defects: tuple[DescriptionDefect, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """All values, JSON-ready."""
        found: dict[str, Any] = nested(self)
        return found

    def action(self, name: str) -> Action | None:
        """The first action of that name, else the first that differs in case only."""
        return self.actions.find(name)

    def variable(self, name: str) -> StateVariable | None:
        """The first state variable of that name, else the first that differs in case only."""
        return self.variables.find(name)

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_"):
            for action in self.actions:
                if action.name == name:
                    return action
        raise AttributeError(f"no action {name!r}")

    def __dir__(self) -> list[str]:
        names = (action.name for action in self.actions if action.name.isidentifier())
        return sorted({*object.__dir__(self), *names})

    def _summary(self) -> str:
        return f"Scpd actions={len(self.actions)} variables={len(self.variables)}"

    def tree(self) -> Tree:
        """What a session shows: signatures, state variables, repairs and deviations."""
        return scpd_tree(self)


def _typed(argument: Argument) -> str:
    kind = printable(argument.variable.data_type) if argument.variable else "?"
    return f"{printable(argument.name)}: {kind}"
