"""What an event says: its variables, and the changes packed into LastChange (UDA 2.0, 4.4).

The AV services event one variable, LastChange, whose text is an XML document of its own:
``<Event><InstanceID val="0"><Volume channel="Master" val="7"/></InstanceID></Event>``.
"""

from __future__ import annotations

from typing import NamedTuple

from upnpscapy.errors import DescriptionError
from upnpscapy.protocol.control_defect import ControlDefect
from upnpscapy.protocol.xml import Element, parse_xml
from upnpscapy.protocol.xml_body import MAX_BYTES, Pairs, attribute_of, value_of

__all__ = ["NAMESPACE", "Change", "read_last_change", "read_properties"]

NAMESPACE = "urn:schemas-upnp-org:event-1-0"


class Change(NamedTuple):
    """One variable of one virtual instance that LastChange says has changed."""

    instance_id: str
    """As sent, "0" in nearly every device; "" without one."""
    name: str
    value: str
    """The attribute ``val`` as sent; without one the element's text."""
    channel: str | None
    """Of RenderingControl's Volume, Mute and Loudness: ``Master``, ``LF``, …"""


def read_properties(root: Element, defects: list[ControlDefect]) -> Pairs:
    """The variables of a property set in wire order; deviations are added to the list."""
    if root.name.lower() != "propertyset":
        defects.append(ControlDefect("not-a-property-set", root.name))
        return ()
    if root.name != "propertyset":
        defects.append(ControlDefect("element-case", root.name))
    if root.namespace != NAMESPACE:
        defects.append(ControlDefect("property-set-namespace", root.namespace))
    pairs: list[tuple[str, str]] = []
    for child in root.children:
        if child.name.lower() != "property":
            defects.append(ControlDefect("variable-without-property", child.name))
            pairs.append((child.name, value_of(child)))
            continue
        if not child.children:
            defects.append(ControlDefect("property-without-variable", child.text or None))
        elif len(child.children) > 1:
            defects.append(ControlDefect("property-with-several", child.children[1].name))
        pairs.extend((variable.name, value_of(variable)) for variable in child.children)
    return tuple(pairs)


def read_last_change(value: str) -> tuple[Change, ...] | None:
    """The changes in the value of LastChange, in order; None if the value is not XML.

    () for a document of another form, as ContentDirectory:3 has it.
    """
    try:
        root = parse_xml(value.encode(errors="replace"), max_bytes=MAX_BYTES).root
    except DescriptionError:
        return None
    if root.name.lower() != "event":
        return ()
    changes: list[Change] = []
    for child in root.children:
        if child.name.lower() == "instanceid":
            instance_id = attribute_of(child, "val") or ""
            changes.extend(_change(instance_id, variable) for variable in child.children)
    return tuple(changes)


def _change(instance_id: str, variable: Element) -> Change:
    value = attribute_of(variable, "val")
    return Change(
        instance_id,
        variable.name,
        variable.text if value is None else value,
        attribute_of(variable, "channel"),
    )
