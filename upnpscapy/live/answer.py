"""What an action gave back, as typed values by the service's description."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from upnpscapy.display import printable
from upnpscapy.errors import ControlError
from upnpscapy.protocol.scpd_tree import Action, Argument
from upnpscapy.protocol.soap import Result
from upnpscapy.tree import Node, Shown, Tree

__all__ = ["Answer", "read_answer"]


class Answer(Shown, Mapping[str, Any]):
    """Out-argument → typed value, in the order that came.

    What the description does not know is there as text; what is not of its type is None, and its
    text is in ``raw``.
    """

    def __init__(
        self, action: str, values: Mapping[str, Any], defects: tuple[str, ...], result: Result
    ) -> None:
        self.action = action
        self.defects = defects
        """What deviates, in words: of the message, and of its values."""
        self.result = result
        """The whole answer, as it was sent."""
        self._values = dict(values)

    @property
    def raw(self) -> tuple[tuple[str, str], ...]:
        """(name, text) as sent, in that order."""
        return self.result.arguments

    @property
    def value(self) -> Any:
        """The value of an action that gives one; ``ControlError`` if it gives none or more."""
        if len(self._values) != 1:
            raise ControlError(f"{self.action}: {len(self._values)} values, not one")
        return next(iter(self._values.values()))

    def __getitem__(self, name: str) -> Any:
        return self._values[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def _ipython_key_completions_(self) -> list[str]:
        """What IPython completes inside of brackets."""
        return list(self._values)

    def _summary(self) -> str:
        pairs = ", ".join(f"{printable(name)}={value!r}" for name, value in self._values.items())
        return f"Answer {printable(self.action)} {pairs}".rstrip()

    def tree(self) -> Tree:
        """The values, and what deviates."""
        fields = tuple(
            (name, "" if value is None else str(value)) for name, value in self._values.items()
        )
        remarks = tuple(f"defect: {defect}" for defect in self.defects)
        return Tree((Node(self.action, fields=fields),), remarks)


def read_answer(action: str, known: Action | None, result: Result) -> Answer:
    """The values of a result; ``known`` is its action as the service describes it."""
    values: dict[str, Any] = {}
    defects = [str(defect) for defect in result.defects]
    outputs = {one.name.lower(): one for one in reversed(known.outputs if known else ())}
    for name, text in result.arguments:
        argument = outputs.get(name.lower())
        if known and argument is None:
            defects.append(f"{name}: no such argument in the description of the service")
        key = name if argument is None else argument.name
        if key in values:
            continue  # the message's defects say so
        values[key], defect = _typed(argument, text)
        if defect:
            defects.append(f"{key}: {defect}: {text[:100]!r}")
    defects.extend(
        f"{one.name}: missing" for one in (known.outputs if known else ()) if one.name not in values
    )
    return Answer(action, values, tuple(map(printable, defects)), result)


def _typed(argument: Argument | None, text: str) -> tuple[Any, str | None]:
    if argument is None or argument.variable is None:
        return text, None
    value = argument.variable.parse_value(text)
    return value.value, value.defect
