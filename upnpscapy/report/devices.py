"""The devices of a report as trees, which are cut where a flood of them would fill it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from upnpscapy.forensics.described.device_tree import Branch
from upnpscapy.forensics.views.devices import devices_tree
from upnpscapy.report.words import cut
from upnpscapy.tree import MAX_DEPTH, Node

__all__ = ["Limb", "view_devices"]

MAX_ROOTS = 60
"""Root devices shown: those that are described, or said most, before others."""

MAX_NODES = 1_200
"""Devices and services shown in all."""

MAX_CHILDREN = 60
"""Of one device."""

MAX_FIELDS = 16
"""Of one device."""

MAX_TEXT = 160
"""Characters shown of a name or a value."""

_TIME = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})T([0-9:]{8}\.[0-9]{3})[0-9]{6}Z")
"""A time in nanoseconds; a report shows milliseconds."""


class Limb(NamedTuple):
    """A device or service with what is in it, cut to what is shown."""

    label: str
    note: str
    fields: tuple[tuple[str, str], ...]
    limbs: tuple[Limb, ...]
    left_out: int
    """What is in it and not shown."""


def view_devices(trees: Sequence[Branch], *, several: bool) -> list[Limb]:
    """The trees that are shown, in their order."""
    worth = sorted(
        range(len(trees)),
        key=lambda place: (not trees[place].device.described, -trees[place].device.seen_in.count),
    )
    shown = [trees[place] for place in sorted(worth[:MAX_ROOTS])]
    room = [MAX_NODES]
    return list(_limbs(devices_tree(shown, several=several).roots, room, 0))


def _limbs(nodes: Iterable[Node], room: list[int], depth: int) -> Iterable[Limb]:
    for node in nodes:
        if room[0] <= 0:
            return
        room[0] -= 1
        inner = node.children[: MAX_CHILDREN if depth < MAX_DEPTH else 0]
        limbs = tuple(_limbs(inner, room, depth + 1))
        fields = [(cut(name, MAX_TEXT), _value(name, value)) for name, value in node.fields]
        more = len(fields) - MAX_FIELDS
        if more > 0:
            fields[MAX_FIELDS:] = [("", f"… {more} more")]
        yield Limb(
            cut(node.label, MAX_TEXT),
            cut(node.note, MAX_TEXT),
            tuple(fields),
            limbs,
            len(node.children) - len(limbs),
        )


def _value(name: str, value: str) -> str:
    return cut(_TIME.sub(r"\1 \2", value) if name == "seen" else value, MAX_TEXT)
