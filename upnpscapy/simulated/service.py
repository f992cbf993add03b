"""A service that is called: typed arguments in, typed results out, and what it tells of itself.

An action without a method of its own reads and writes ``values``, so that a service needs code
for what is peculiar to it alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from upnpscapy.protocol.data_types import build_value
from upnpscapy.protocol.error_codes import error_name
from upnpscapy.protocol.scpd_tree import Action
from upnpscapy.simulated.service_table import ServiceTable

__all__ = ["Arguments", "Pairs", "Refusal", "Service"]

Pairs = Sequence[tuple[str, str]]

Arguments = Mapping[str, Any]
"""Typed values by argument; ``caller`` is the address that asks."""

MAX_TEXT = 4096
"""Characters of one argument; metadata of media are the longest."""

_UPPER = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")


class Refusal(Exception):  # noqa: N818  # the standard's word is error, of which this is none
    """An action is refused, with UPnP's errorCode."""

    def __init__(self, code: int, text: str = "") -> None:
        super().__init__(code, text)
        self.code = code
        self.text = text


class Service:
    """One service of a simulated device; its device's lock is held when it is called."""

    def __init__(self, table: ServiceTable, values: Mapping[str, Any]) -> None:
        self.table = table
        self.values = dict(values)
        """State variable → typed value."""
        self.on_change: Callable[[str], object] = lambda _: None
        """Is told the name of an evented variable that has changed."""

    @property
    def short_id(self) -> str:
        """The last part of the service id."""
        return self.table.service_id.rpartition(":")[2]

    @property
    def evented(self) -> tuple[str, ...]:
        """Names of the variables that send events."""
        return tuple(one.name for one in self.table.scpd.variables if one.send_events)

    def set(self, name: str, value: Any) -> None:
        """Give a variable a value; subscribers are told if it is another one."""
        if self.values.get(name) != value:
            self.values[name] = value
            if name in self.evented:
                self.on_change(name)

    def event_value(self, name: str, *, first: bool) -> str:
        """A variable as an event says it; ``first`` is the event that follows a subscription."""
        return self._text(name, self.values[name])

    def call(self, name: str, pairs: Pairs, caller: str) -> list[tuple[str, str]]:
        """The result's arguments as texts; raises ``Refusal``."""
        action = next((one for one in self.table.scpd.actions if one.name == name), None)
        if action is None:
            raise Refusal(401)
        arguments = _typed(action, pairs)
        method = getattr(self, f"_do_{_UPPER.sub('_', name).lower()}", None)
        if method is None:
            for one in action.inputs:
                self.set(one.related, arguments[one.name])
        given = {} if method is None else method({**arguments, "caller": caller}) or {}
        return [
            (
                one.name,
                self._text(
                    one.related,
                    given[one.name] if one.name in given else self.values[one.related],
                ),
            )
            for one in action.outputs
        ]

    def error_text(self, refusal: Refusal) -> str:
        """What a fault says in words."""
        return refusal.text or error_name(self.table.service_type, refusal.code) or "Error"

    def _text(self, name: str, value: Any) -> str:
        variable = self.table.scpd.variable(name)
        assert variable is not None, name
        return build_value(variable.data_type, value)


def _typed(action: Action, pairs: Pairs) -> dict[str, Any]:
    """The arguments by name; their order is not looked at."""
    sent = dict(pairs)
    if len(sent) != len(pairs) or sent.keys() != {one.name for one in action.inputs}:
        raise Refusal(402)
    typed: dict[str, Any] = {}
    for one in action.inputs:
        assert one.variable is not None
        text = sent[one.name]
        if len(text) > MAX_TEXT:
            raise Refusal(605)
        value = one.variable.parse_value(text)
        if one.variable.data_type == "string" and not text:
            value = value._replace(value="")
        if value.value is None:
            raise Refusal(402)
        if one.variable.allowed_values and value.defect:
            raise Refusal(600)
        if value.defect and (one.variable.allowed_range or value.defect == "beyond-type"):
            raise Refusal(601)
        typed[one.name] = value.value
    return typed
