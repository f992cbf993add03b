"""An action as something to call, with the signature and the words of its description."""

from __future__ import annotations

import inspect
import keyword
from collections.abc import Callable, Iterator
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID

from upnpscapy.display import printable
from upnpscapy.errors import ArgumentError
from upnpscapy.live.answer import Answer
from upnpscapy.live.arguments import Given
from upnpscapy.protocol.data_types import INTEGERS
from upnpscapy.protocol.scpd_tree import Action, Argument
from upnpscapy.tree import Shown, Tree, card

__all__ = ["LiveAction"]

_PYTHON: dict[str, type] = {
    **dict.fromkeys(INTEGERS, int),
    **dict.fromkeys(("r4", "r8", "number", "float"), float),
    "fixed.14.4": Decimal,
    "boolean": bool,
    "date": date,
    **dict.fromkeys(("dateTime", "dateTime.tz"), datetime),
    **dict.fromkeys(("time", "time.tz"), time),
    **dict.fromkeys(("bin.base64", "bin.hex"), bytes),
    "uuid": UUID,
}
"""UPnP's data type → Python's; all others are str."""


class LiveAction(Shown):
    """Calls its action with values by position or by name."""

    def __init__(
        self, name: str, known: Action | None, send: Callable[[str, Given], Answer]
    ) -> None:
        self.__name__ = self.__qualname__ = name
        self.__doc__ = "\n".join(_lines(name, known))
        self.__signature__ = _signature(known)
        self.action = known
        """What the service says of it, None if that could not be read."""
        self._send = send

    def __call__(self, *values: Any, **named: Any) -> Answer:
        """Call the action; errors are those of ``LiveService.call``."""
        if self.action is None:
            if values:
                raise ArgumentError(
                    "without a description of the service every argument needs its name",
                    self.__name__,
                )
            return self._send(self.__name__, named)
        names = [one.name for one in self.action.inputs]
        if len(values) > len(names):
            raise ArgumentError(f"{len(values)} values for {len(names)} arguments", self.__name__)
        return self._send(self.__name__, [*zip(names, values, strict=False), *named.items()])

    def tree(self) -> Tree:
        """Its signature and arguments."""
        return card(self.__name__, "not described") if self.action is None else self.action.tree()

    def _summary(self) -> str:
        return f"Action {printable(self.__name__) if self.action is None else self.action}"


def _signature(known: Action | None) -> inspect.Signature:
    """The arguments by name, if Python can write them all."""
    names = [one.name for one in known.inputs] if known else []
    plain = all(name.isidentifier() and not keyword.iskeyword(name) for name in names)
    if known is None or not plain or len(set(names)) < len(names):
        parameters = [
            inspect.Parameter("values", inspect.Parameter.VAR_POSITIONAL),
            inspect.Parameter("named", inspect.Parameter.VAR_KEYWORD),
        ]
    else:
        parameters = [
            inspect.Parameter(
                one.name, inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=_type_of(one)
            )
            for one in known.inputs
        ]
    return inspect.Signature(parameters, return_annotation=Answer)


def _type_of(argument: Argument) -> type:
    return _PYTHON.get(argument.variable.data_type if argument.variable else "", str)


def _lines(name: str, known: Action | None) -> Iterator[str]:
    if known is None:
        yield f"{printable(name)}, of a service whose description could not be read."
        return
    yield str(known)
    for heading, arguments in (("Arguments:", known.inputs), ("Gives:", known.outputs)):
        if arguments:
            yield ""
            yield heading
            yield from (f"    {_described(one)}" for one in arguments)


def _described(argument: Argument) -> str:
    variable = argument.variable
    if variable is None:
        return f"{printable(argument.name)}: of unknown type"
    more = "" if variable.allows == variable.data_type else f" ({variable.allows})"
    return f"{printable(argument.name)}: {printable(variable.data_type)}{more}"
