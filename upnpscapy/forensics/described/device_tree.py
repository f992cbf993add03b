"""The rows of ``devices`` in each other, as their descriptions say; services where they belong."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from upnpscapy.forensics.described.changes import plain_udn
from upnpscapy.forensics.described.service_row import ServiceRow
from upnpscapy.forensics.inventory import Device

__all__ = ["MAX_LEVELS", "Branch", "device_trees"]

MAX_LEVELS = 64
"""Devices in each other; a tree of real ones has three, forged descriptions any number."""


@dataclass(slots=True, eq=False)
class Branch:
    """A device with its services and what is embedded in it."""

    device: Device
    services: list[ServiceRow] = field(default_factory=list)
    branches: list[Branch] = field(default_factory=list)

    def walk_services(self) -> Iterator[ServiceRow]:
        """The services of it and of all below."""
        left = [self]
        while left:
            branch = left.pop()
            yield from branch.services
            left.extend(reversed(branch.branches))


def device_trees(devices: Iterable[Device], services: Iterable[ServiceRow]) -> list[Branch]:
    """A tree for each device that is in no other of the same sender, in the given order."""
    branches = [Branch(device) for device in devices]
    by_udn: defaultdict[tuple[str, str], list[Branch]] = defaultdict(list)
    for branch in branches:
        by_udn[branch.device.capture, plain_udn(branch.device.udn)].append(branch)
    _give_services(branches, services)
    roots = []
    above: dict[int, Branch] = {}
    for branch in branches:
        parent = _parent(branch, by_udn)
        if parent is None or _is_below(parent, branch, above):
            roots.append(branch)
        else:
            above[id(branch)] = parent
            parent.branches.append(branch)
    return roots


def _give_services(branches: list[Branch], services: Iterable[ServiceRow]) -> None:
    """Each service to the devices that its description tells of."""
    told: defaultdict[tuple[int, str], list[ServiceRow]] = defaultdict(list)
    for row in services:
        told[id(row.document), plain_udn(row.udn)].append(row)
    for branch in branches:
        seen: set[object] = set()
        for document in reversed(branch.device.documents):
            for row in told.get((id(document), plain_udn(branch.device.udn)), ()):
                if row.service.short_id not in seen:
                    seen.add(row.service.short_id)
                    branch.services.append(row)


def _parent(branch: Branch, by_udn: defaultdict[tuple[str, str], list[Branch]]) -> Branch | None:
    """The row of the parent's UDN that shares a sender with this one."""
    udn = branch.device.column("parent_udn")
    if not isinstance(udn, str) or not udn:
        return None
    senders = set(branch.device.senders) | set(branch.device.link_addresses)
    for other in by_udn.get((branch.device.capture, plain_udn(udn)), ()):
        theirs = set(other.device.senders) | set(other.device.link_addresses)
        if other is not branch and senders & theirs:
            return other
    return None


def _is_below(branch: Branch, top: Branch, above: dict[int, Branch]) -> bool:
    """Whether a device would be in itself, as descriptions of different times may say.

    Too many levels count as that.
    """
    place: Branch | None = branch
    for _ in range(MAX_LEVELS):
        if place is None or place is top:
            return place is top
        place = above.get(id(place))
    return True
