"""What a service can do: actions with ordered arguments, and state variables (UDA 2.0, 2.5).

``parse_scpd`` reads one document and names what deviates in it.
Arguments keep their order, which is the order of a call (UDA 2.0, 3.2.1).
"""

from __future__ import annotations

from decimal import Decimal
from typing import cast

from upnpscapy.errors import DescriptionError
from upnpscapy.protocol.data_types import DATA_TYPES, NUMBERS, parse_value
from upnpscapy.protocol.description_read import Reader
from upnpscapy.protocol.named import Named
from upnpscapy.protocol.scpd_tree import Action, Argument, Direction, Scpd
from upnpscapy.protocol.scpd_variable import AllowedRange, StateVariable
from upnpscapy.protocol.xml import Document, Element, parse_xml

__all__ = [
    "NAMESPACE",
    "Action",
    "AllowedRange",
    "Argument",
    "Scpd",
    "StateVariable",
    "parse_scpd",
]

NAMESPACE = "urn:schemas-upnp-org:service-1-0"
"""Of all versions so far (UDA 2.0, 2.5)."""

_TYPES = {name.lower(): name for name in DATA_TYPES}
_QUOTES = "\"'"


def parse_scpd(data: bytes | Document, url: str | None = None) -> Scpd:
    """The actions and state variables of one service; ``url`` is where it was fetched from.

    Raises ``DescriptionError`` with that URL for what is no XML or describes no service.
    """
    try:
        document = data if isinstance(data, Document) else parse_xml(data)
        return _read(document)
    except DescriptionError as error:
        if error.url is None and url is not None:
            raise DescriptionError(error.reason, url) from error
        raise


def _read(document: Document) -> Scpd:
    reader, root = Reader(), document.root
    if root.name != "scpd":
        if root.find("actionList") is None and root.find("serviceStateTable") is None:
            device = root.find("device") is not None
            raise DescriptionError(
                "the description of a device, not of a service (scpd)"
                if device
                else f"no actions and no state variables in the element {root.name!a}"
            )
        reader.add("root-name", root.name)
    if root.namespace != NAMESPACE:
        reader.add("root-namespace", root.namespace)
    version = reader.version(root)
    if root.find("serviceStateTable") is None:
        reader.add("missing-state-table")
    variables = tuple(
        _variable(reader, element)
        for element in reader.each(root, "serviceStateTable", "stateVariable")
    )
    table: dict[str, StateVariable] = {}
    for variable in variables:
        _once(reader, variable.name, table.setdefault(variable.name, variable) is variable)
    actions = tuple(
        _action(reader, element, table) for element in reader.each(root, "actionList", "action")
    )
    names: set[str] = set()
    for action in actions:
        _once(reader, action.name, action.name not in names)
        names.add(action.name)
    return Scpd(
        actions=Named(actions),
        variables=Named(variables),
        spec_version=version,
        config_id=reader.config_id(root),
        repairs=document.repairs,
        defects=reader.defects,
    )


def _once(reader: Reader, name: str, first: bool) -> None:
    if name and not first:
        reader.add("duplicate-name", name)


def _unquoted(reader: Reader, text: str) -> str:
    """A text without the quotation marks that Belkin WeMo puts around names."""
    if len(text) > 1 and text[0] == text[-1] and text[0] in _QUOTES:
        reader.add("quoted-name", text)
        return text[1:-1].strip()
    return text


def _name(reader: Reader, element: Element, child: str = "name") -> str:
    return _unquoted(reader, reader.value(element, child) or "")


def _action(reader: Reader, element: Element, table: dict[str, StateVariable]) -> Action:
    name = _name(reader, element)
    if not name:
        reader.add("missing-name", "action")
    arguments = tuple(
        _argument(reader, child, name, table)
        for child in reader.each(element, "argumentList", "argument")
    )
    names: set[tuple[str, Direction | None]] = set()
    out = 0
    for argument in arguments:
        key = argument.name, argument.direction
        _once(reader, f"{name}.{argument.name}", key not in names)
        names.add(key)
        out += argument.direction == "out"
        if argument.retval and (argument.direction != "out" or out > 1):
            reader.add("retval-place", f"{name}.{argument.name}")
    return Action(name, Named(arguments))


def _argument(
    reader: Reader, element: Element, action: str, table: dict[str, StateVariable]
) -> Argument:
    name = _name(reader, element)
    if not name:
        reader.add("missing-name", f"argument of {action}")
    raw = _unquoted(reader, reader.value(element, "direction") or "")
    direction = cast("Direction | None", raw.lower() if raw.lower() in _DIRECTIONS else None)
    if raw not in ("in", "out"):
        reader.add("direction-value", f"{action}.{name} {raw}".strip())
    related = _name(reader, element, "relatedStateVariable")
    variable = table.get(related)
    if variable is None:
        reader.add("unknown-variable", f"{action}.{name} {related}".strip())
    retval = reader.child(element, "retval") is not None
    return Argument(name, direction, related, variable, retval, raw)


_DIRECTIONS = ("in", "out", "inout")


def _variable(reader: Reader, element: Element) -> StateVariable:
    name = _name(reader, element)
    if not name:
        reader.add("missing-name", "state variable")
    data_type = _data_type(reader, element, name)
    typed = reader.child(element, "dataType")
    default = reader.value(element, "defaultValue")
    events = element.attribute("sendEvents")
    if events is None:  # UDA 1.0 templates wrote it as an element
        events = reader.value(element, "sendEventsAttribute")
    allowed = tuple(
        child.text for child in reader.each(element, "allowedValueList", "allowedValue")
    )
    span = reader.child(element, "allowedValueRange")
    variable = StateVariable(
        name=name,
        data_type=data_type,
        default=default,
        allowed_values=allowed,
        allowed_range=None if span is None else _range(reader, span, name, data_type),
        send_events=_flag(reader, events, name, missing=True),
        multicast=_flag(reader, element.attribute("multicast"), name, missing=False),
        extended_type=None if typed is None else typed.attribute("type"),
    )
    if default and variable.parse_value(default).defect:
        reader.add("default-value", f"{name} {default}")
    return variable


def _data_type(reader: Reader, element: Element, name: str) -> str:
    raw = _name(reader, element, "dataType")
    if not raw:
        reader.add("missing-data-type", name)
    elif raw in DATA_TYPES:
        return raw
    elif raw.lower() in _TYPES:
        reader.add("data-type-case", f"{name} {raw}")
        return _TYPES[raw.lower()]
    else:
        reader.add("unknown-data-type", f"{name} {raw}")
    return raw


def _flag(reader: Reader, text: str | None, name: str, *, missing: bool) -> bool:
    if text is None:
        return missing
    word = text.strip().lower()
    if word not in ("yes", "no"):
        reader.add("send-events-value", f"{name} {text}")
    return word in ("yes", "1", "true")


def _range(reader: Reader, element: Element, name: str, data_type: str) -> AllowedRange:
    raw = {child: reader.value(element, child) for child in ("minimum", "maximum", "step")}
    low, high, step = (_end(reader, text, name, data_type) for text in raw.values())
    if not raw["minimum"]:
        reader.add("range-without-minimum", name)
    if not raw["maximum"]:
        reader.add("range-without-maximum", name)
    if low is not None and high is not None and low > high:  # Onkyo
        reader.add("range-swapped", name)
        low, high = high, low
    return AllowedRange(low, high, step, raw["minimum"], raw["maximum"], raw["step"])


def _end(
    reader: Reader, text: str | None, name: str, data_type: str
) -> int | float | Decimal | None:
    if not text:
        return None
    found = parse_value(data_type if data_type in NUMBERS else "fixed.14.4", text)
    if found.defect:
        reader.add("range-value", f"{name} {text}")
    return cast("int | float | Decimal | None", found.value)
