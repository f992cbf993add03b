"""Arguments of a call, checked and written as the service's description says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from difflib import get_close_matches
from typing import Any

from upnpscapy.display import printable
from upnpscapy.errors import ArgumentError, MessageError
from upnpscapy.protocol.scpd_tree import Action, Argument

__all__ = ["Given", "build_arguments", "close_to"]

Given = Mapping[str, Any] | Iterable[tuple[str, Any]]
"""Name → value, or (name, value) pairs; a value is typed, or its text."""


def build_arguments(
    action: str, known: Action | None, given: Given, *, check: bool = True
) -> list[tuple[str, str]]:
    """The (name, text) pairs to send.

    By its description an action has them in that order, each once and each of its type, range
    and list, else ``ArgumentError`` says what is wrong.
    Without a description, or with ``check`` off, they are sent as they are given: in that order,
    and texts to the letter.
    """
    pairs = list(given.items() if isinstance(given, Mapping) else given)
    if known is None or not check:
        return [(name, _text(action, name, value, known)) for name, value in pairs]
    values: dict[str, Any] = {}
    for name, value in pairs:
        argument = _input(known, name)
        if argument is None:
            raise ArgumentError(_unknown(known, name), action, name)
        if argument.name in values:
            raise ArgumentError(f"{printable(argument.name)} is given twice", action, name)
        values[argument.name] = value
    missing = [one.name for one in known.inputs if one.name not in values]
    if missing:
        shown = ", ".join(_shown(one) for one in known.inputs if one.name in missing)
        raise ArgumentError(f"missing: {shown}", action, missing[0])
    return [
        (argument.name, _checked(action, argument, values[argument.name]))
        for argument in known.inputs
    ]


def close_to(name: str, names: Iterable[str]) -> str:
    """A question that follows an unknown name: what may be meant."""
    found = get_close_matches(name, list(names)[:1000], n=1)
    return f"; is {printable(found[0])} meant?" if found else ""


def _input(known: Action, name: str) -> Argument | None:
    close = None
    for one in known.inputs:
        if one.name == name:
            return one
        if one.name.lower() == name.lower():
            close = close or one
    return close


def _unknown(known: Action, name: str) -> str:
    names = [one.name for one in known.inputs]
    takes = ", ".join(map(printable, names)) or "none"
    return f"no argument {printable(name)!r}{close_to(name, names)} (arguments: {takes})"


def _shown(argument: Argument) -> str:
    variable = argument.variable
    return printable(argument.name) + (f" ({variable.allows})" if variable else "")


def _checked(action: str, argument: Argument, value: Any) -> str:
    variable = argument.variable
    if variable is None:
        return _plain(action, argument.name, value)
    try:
        return variable.build_value(value)
    except MessageError as error:
        reason = str(error).removeprefix(f"{variable.name}: ")
        allows = "" if "allowed:" in reason else f"; allowed: {variable.allows}"
        raise ArgumentError(
            f"{printable(argument.name)}: {reason}{allows}", action, argument.name
        ) from None


def _text(action: str, name: str, value: Any, known: Action | None) -> str:
    """A value as text, by its type if that is known; a text is what it is."""
    if isinstance(value, str):
        return value
    argument = known and _input(known, name)
    if argument and argument.variable:
        try:
            return argument.variable.build_value(value, check=False)
        except MessageError:
            pass
    return _plain(action, name, value)


def _plain(action: str, name: str, value: Any) -> str:
    if isinstance(value, bool):
        return "1" if value else "0"
    if isinstance(value, str | int | float | Decimal):
        return str(value)
    raise ArgumentError(
        f"{printable(name)}: {type(value).__name__} is no text, and its type is not known",
        action,
        name,
    )
