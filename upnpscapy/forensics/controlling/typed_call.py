"""Arguments of calls and results, and variables of events, as values typed by a captured SCPD."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from upnpscapy.forensics.controlling.by_name import ByName
from upnpscapy.protocol.scpd_tree import Action, Argument
from upnpscapy.protocol.scpd_variable import StateVariable
from upnpscapy.protocol.soap import Call, Result
from upnpscapy.protocol.xml_body import Pairs

__all__ = [
    "TypedArgument",
    "TypedArguments",
    "judge_types",
    "typed_arguments",
    "typed_properties",
    "typed_result",
]

MAX_ARGUMENTS = 256
"""Of one action; real ones have a dozen."""

_OF_THE_SCPD = "no-type"
"""The SCPD says no type: not a fault of the message."""


class TypedArgument(NamedTuple):
    """One argument or variable; ``value`` is None where the text is no value of the type."""

    name: str
    value: Any
    defect: str | None
    """A name in ``VALUE_DEFECTS``, or ``unknown``: the SCPD has no such name in this direction;
    or ``no-type``: it has no state variable that says the type."""


class TypedArguments(NamedTuple):
    """The arguments in wire order, and how they compare with what the SCPD asks for."""

    arguments: tuple[TypedArgument, ...]
    in_order: bool = True
    """Whether those that the SCPD knows stand in its order (UDA 2.0, 3.2.1)."""
    missing: tuple[str, ...] = ()
    """Names of the arguments that the SCPD has and the message has not."""


def typed_arguments(call: Call, action: Action | None) -> TypedArguments | None:
    """The arguments of a call as the SCPD types them; None if it has no such action."""
    return None if action is None else _typed(call.arguments, action.inputs)


def typed_result(result: Result, action: Action | None) -> TypedArguments | None:
    """What came back as the SCPD types it; None of a refusal, or if it has no such action."""
    if action is None or result.action is None:
        return None
    return _typed(result.arguments, action.outputs)


def typed_properties(properties: Pairs, variables: ByName[StateVariable]) -> TypedArguments:
    """The variables of an event as the SCPD types them; they have no order, and few may come."""
    return TypedArguments(tuple(_value(*pair, variables.get(pair[0])) for pair in properties))


def judge_types(part: str, typed: TypedArguments, *, complete: bool) -> Iterable[str]:
    """Names in the catalogue of ``typed_defect``; ``part`` is what they begin with.

    ``complete`` says whether message and SCPD are, so that what is not there is missing.
    """
    if not typed.in_order:
        yield f"{part}-order"
    if complete and typed.missing:
        yield f"{part}-missing"
    for argument in typed.arguments:
        defect = argument.defect
        if defect not in (None, _OF_THE_SCPD) and (complete or defect != "unknown"):
            yield f"{part}-{defect}"


def _typed(pairs: Pairs, wanted: tuple[Argument, ...]) -> TypedArguments | None:
    if len(wanted) > MAX_ARGUMENTS:
        return None
    exact = {argument.name: argument for argument in reversed(wanted)}
    loose = {argument.name.lower(): argument for argument in reversed(wanted)}
    typed = []
    for name, text in pairs:
        argument = exact.get(name) or loose.get(name.lower())
        if argument is not None and argument.variable is None:
            typed.append(TypedArgument(name, None, _OF_THE_SCPD))
        else:
            typed.append(_value(name, text, None if argument is None else argument.variable))
    sent = dict.fromkeys(name.lower() for name, _ in pairs)
    asked = dict.fromkeys(argument.name.lower() for argument in wanted)
    return TypedArguments(
        tuple(typed),
        [name for name in sent if name in asked] == [name for name in asked if name in sent],
        tuple(argument.name for argument in wanted if argument.name.lower() not in sent),
    )


def _value(name: str, text: str, variable: StateVariable | None) -> TypedArgument:
    if variable is None:
        return TypedArgument(name, None, "unknown")
    return TypedArgument(name, *variable.parse_value(text))
