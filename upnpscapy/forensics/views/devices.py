"""Devices as trees: root devices, what is embedded in them, and services; and one as a card."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from upnpscapy.display import cell_text
from upnpscapy.forensics.described.device_tree import MAX_LEVELS, Branch
from upnpscapy.forensics.described.service_row import ServiceRow
from upnpscapy.forensics.inventory import Device
from upnpscapy.protocol.description_tree import Description
from upnpscapy.protocol.description_view import description_tree, short_type
from upnpscapy.tree import Node, Tree

__all__ = ["device_tree", "devices_tree"]

SHOWN = 100
"""Root devices shown."""


def devices_tree(
    trees: Sequence[Branch],
    *,
    several: bool,
    most: int | None = None,
    listing: str = "upnpscapy devices",
) -> Tree:
    """Devices in each other; ``several`` captures are named, and what lists all of them."""
    most = SHOWN if most is None else most
    nodes = tuple(_node(tree, None, 0, several=several) for tree in trees[:most])
    more = len(trees) - most
    words = f"… {more} more with what is in them: {listing} lists all"
    return Tree(nodes, (words,) if more > 0 else ())


def device_tree(device: Device) -> Tree:
    """One row: what was seen of it, and what the latest description says."""
    node = _node(Branch(device), None, 0, several=True)
    if device.description is None:
        return Tree((node,))
    described = description_tree(Description(device.description)).roots
    return Tree((replace(node, children=(Node("description", children=described),)),))


def _node(branch: Branch, parent: Device | None, level: int, *, several: bool) -> Node:
    device = branch.device
    kind = short_type(device.device_type)
    name = device.column("friendly_name")
    label = str(name) if name else kind or device.udn
    parts = [kind if kind != label else "", device.state]
    if not device.described:
        parts.append("not described")
    return Node(
        label,
        "  ".join(filter(None, parts)),
        tuple((name, value) for name, value in _fields(device, parent, several) if value),
        (*map(_service_node, branch.services), *_inner_nodes(branch, level + 1)),
    )


def _inner_nodes(branch: Branch, level: int) -> Iterator[Node]:
    """What is embedded in a device; trees grown from their leaves can be deep."""
    if branch.branches and level >= MAX_LEVELS:
        yield Node("… more devices in it")
        return
    for inner in branch.branches:
        yield _node(inner, branch.device, level, several=False)


def _fields(device: Device, parent: Device | None, several: bool) -> Iterator[tuple[str, str]]:
    """What is known of a device, without what is the same of the one it is in."""
    yield "capture", device.capture if several else ""
    yield "udn", device.udn
    for name, value in _origin(device):
        if parent is None or (name, value) not in list(_origin(parent)):
            yield name, value
    yield "model", _model(device)
    for name, old, new in device.changes:
        yield "changed", f"{name}: {old or 'nothing'} → {new or 'nothing'}"
    yield "frames", cell_text(device.frames)
    if parent is None and device.first_time_ns is not None:
        yield "seen", f"{device.column('first_time')} to {device.column('last_time')}"


def _origin(device: Device) -> Iterator[tuple[str, str]]:
    hosts = [*device.addresses, *device.link_addresses]
    yield "address", "  ".join([*hosts, f"({device.vendor})"] if device.vendor else hosts)
    yield "server", device.server or ""
    for location in device.locations:
        yield "location", location


def _model(device: Device) -> str:
    """Maker, model and serial number in a line."""
    column = device.column
    model = [column(name) for name in ("manufacturer", "model_name", "model_number")]
    serial = column("serial_number")
    return "  ".join([*(str(one) for one in model if one), *([f"no. {serial}"] if serial else [])])


def _service_node(row: ServiceRow) -> Node:
    kind = short_type(row.service_type)
    label = row.service.short_id or kind or "service without a name"
    scpd = row.scpd
    actions = "" if scpd is None else f"{len(scpd.actions)} actions"
    return Node(label, "  ".join(filter(None, (kind if kind != label else "", actions))))
