"""Arguments of a call or of its result as typed values, by the SCPD of the service."""

from __future__ import annotations

from typing import Any, NamedTuple

from upnpscapy.protocol.scpd_tree import Argument, Scpd
from upnpscapy.protocol.soap import Call, Result

__all__ = ["ARGUMENT_DEFECTS", "TypedArgument", "TypedArguments", "typed_arguments", "typed_result"]

ARGUMENT_DEFECTS: dict[str, str] = {
    "unknown-argument": "the SCPD has no argument of this name in this direction",
    "unknown-variable": "the SCPD has no state variable that says the type",
}
"""name → what it means; besides ``VALUE_DEFECTS`` of the data types."""


class TypedArgument(NamedTuple):
    """One argument; ``value`` is None where the text could not be read as the type."""

    name: str
    value: Any
    defect: str | None


class TypedArguments(NamedTuple):
    """The arguments in wire order, and how they compare with what the SCPD asks for."""

    arguments: tuple[TypedArgument, ...]
    in_order: bool
    """Whether names, but for their case, and order are the SCPD's (UDA 2.0, 3.2.1)."""
    missing: tuple[str, ...] = ()
    """Names of the arguments that the SCPD has and the message has not."""


def typed_arguments(call: Call, scpd: Scpd | None) -> TypedArguments | None:
    """The arguments of a call as its SCPD types them; None if that has no such action."""
    action = call.body_action or call.action
    found = None if scpd is None or not action else scpd.action(action)
    return None if found is None else _typed(call.arguments, found.inputs)


def typed_result(result: Result, scpd: Scpd | None) -> TypedArguments | None:
    """The arguments of a result as its SCPD types them; None if that has no such action."""
    found = None if scpd is None or not result.action else scpd.action(result.action)
    return None if found is None else _typed(result.arguments, found.outputs)


def _typed(pairs: tuple[tuple[str, str], ...], wanted: tuple[Argument, ...]) -> TypedArguments:
    exact = {argument.name: argument for argument in reversed(wanted)}
    loose = {argument.name.lower(): argument for argument in reversed(wanted)}
    typed = []
    for name, text in pairs:
        argument = exact.get(name) or loose.get(name.lower())
        typed.append(_value(name, text, argument))
    sent = [name.lower() for name, _ in pairs]
    known = set(sent)
    return TypedArguments(
        tuple(typed),
        sent == [argument.name.lower() for argument in wanted],
        tuple(argument.name for argument in wanted if argument.name.lower() not in known),
    )


def _value(name: str, text: str, argument: Argument | None) -> TypedArgument:
    if argument is None:
        return TypedArgument(name, None, "unknown-argument")
    if argument.variable is None:
        return TypedArgument(name, None, "unknown-variable")
    return TypedArgument(name, *argument.variable.parse_value(text))
