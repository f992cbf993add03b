"""An SCPD as a tree to look at: actions with their signatures, state variables, deviations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from upnpscapy.protocol.description_view import remarks
from upnpscapy.tree import Node, Tree

if TYPE_CHECKING:
    from upnpscapy.protocol.scpd_tree import Action, Argument, Scpd
    from upnpscapy.protocol.scpd_variable import StateVariable

__all__ = ["action_tree", "scpd_nodes", "scpd_tree"]


def scpd_tree(scpd: Scpd) -> Tree:
    """Actions and state variables; repairs and deviations follow."""
    return Tree(scpd_nodes(scpd), remarks(scpd.repairs, scpd.defects))


def scpd_nodes(scpd: Scpd) -> tuple[Node, ...]:
    """A node of all actions and one of all state variables."""
    actions = tuple(_action_node(action, is_open=False) for action in scpd.actions)
    variables = tuple(_variable_node(variable) for variable in scpd.variables)
    return (
        Node("actions", str(len(actions)), children=actions),
        Node("state variables", str(len(variables)), children=variables),
    )


def action_tree(action: Action) -> Tree:
    """An action with its arguments."""
    return Tree((_action_node(action, is_open=True),))


def _action_node(action: Action, *, is_open: bool) -> Node:
    arguments = tuple(map(_argument_node, action.arguments))
    return Node(str(action), children=arguments, is_open=is_open)


def _argument_node(argument: Argument) -> Node:
    variable = argument.variable
    related = argument.related
    if variable is None:
        related += ", which is not in the table"
    elif variable.allows != variable.data_type:
        related += f": {variable.allows}"
    parts = [related]
    if argument.retval:
        parts.append("retval")
    return Node(str(argument), "  ".join(parts))


def _variable_node(variable: StateVariable) -> Node:
    marks = []
    if variable.default is not None:
        marks.append(f"= {variable.default}")
    if variable.send_events:
        marks.append("evented")
    if variable.multicast:
        marks.append("multicast")
    if variable.extended_type:
        marks.append(variable.extended_type)
    return Node(str(variable), "  ".join(marks))
