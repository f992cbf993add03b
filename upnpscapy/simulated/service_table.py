"""What a service can do, as a table in short, and the SCPD that says so (UDA 2.0, 2.5).

A line of ``variables`` is ``Name type``, then what there is of ``event``, ``{one two}`` allowed
values, ``[0 100 1]`` range and step, ``=default`` (without blanks, the last on the line).
A line of ``actions`` is ``Name(In:Variable …) Out:Variable …``; an argument ``NewX`` without a
variable is about ``X``, any other about the variable of its own name.
"""

from __future__ import annotations

import re
from functools import cached_property

from upnpscapy.protocol.scpd import parse_scpd
from upnpscapy.protocol.scpd_tree import Scpd
from upnpscapy.protocol.xml_build import element_text

__all__ = ["ServiceTable"]

_VARIABLE = re.compile(
    r"(?P<name>\w+) (?P<type>[\w.]+)(?P<event> event)?(?: \{(?P<values>[^}]*)\})?"
    r"(?: \[(?P<range>[^]]*)\])?(?: =(?P<default>\S*))?\Z"
)
_ACTION = re.compile(r"(?P<name>\w+)\((?P<inputs>[^)]*)\)(?P<outputs>.*)\Z")
_RANGE = ("minimum", "maximum", "step")


class ServiceTable:
    """A service type with its actions and variables."""

    def __init__(self, service_type: str, service_id: str, variables: str, actions: str) -> None:
        self.service_type = service_type
        self.service_id = service_id
        self._variables = variables
        self._actions = actions

    @cached_property
    def xml(self) -> bytes:
        """The SCPD to serve."""
        actions = "".join(map(_action, self._actions.strip().splitlines()))
        variables = "".join(map(_variable, self._variables.strip().splitlines()))
        return (
            '<?xml version="1.0" encoding="utf-8"?>\n'
            '<scpd xmlns="urn:schemas-upnp-org:service-1-0">'
            "<specVersion><major>1</major><minor>1</minor></specVersion>"
            f"<actionList>{actions}</actionList>"
            f"<serviceStateTable>{variables}</serviceStateTable></scpd>\n"
        ).encode()

    @cached_property
    def scpd(self) -> Scpd:
        """The same as values."""
        return parse_scpd(self.xml)


def _element(name: str, text: str) -> str:
    return f"<{name}>{element_text(text)}</{name}>"


def _variable(line: str) -> str:
    match = _VARIABLE.match(line.strip())
    if match is None:
        raise ValueError(f"not a variable: {line!r}")
    parts = [_element("name", match["name"]), _element("dataType", match["type"])]
    if match["default"] is not None:
        parts.append(_element("defaultValue", match["default"]))
    if match["values"]:
        values = "".join(_element("allowedValue", value) for value in match["values"].split())
        parts.append(f"<allowedValueList>{values}</allowedValueList>")
    if match["range"]:
        ends = zip(_RANGE, match["range"].split(), strict=False)
        inside = "".join(_element(name, value) for name, value in ends)
        parts.append(f"<allowedValueRange>{inside}</allowedValueRange>")
    events = "yes" if match["event"] else "no"
    return f'<stateVariable sendEvents="{events}">{"".join(parts)}</stateVariable>'


def _action(line: str) -> str:
    match = _ACTION.match(line.strip())
    if match is None:
        raise ValueError(f"not an action: {line!r}")
    arguments = "".join(
        [_argument(word, "in") for word in match["inputs"].split()]
        + [_argument(word, "out") for word in match["outputs"].split()]
    )
    inside = f"<argumentList>{arguments}</argumentList>" if arguments else ""
    return f"<action>{_element('name', match['name'])}{inside}</action>"


def _argument(word: str, direction: str) -> str:
    name, _, variable = word.partition(":")
    variable = variable or name.removeprefix("New")
    return (
        f"<argument>{_element('name', name)}{_element('direction', direction)}"
        f"{_element('relatedStateVariable', variable)}</argument>"
    )
