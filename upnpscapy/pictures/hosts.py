"""The hosts of a case: what they are called, and whether they are control points or devices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from upnpscapy.capture.datagrams import address_text
from upnpscapy.pictures.moments import Moments, is_group
from upnpscapy.pictures.tracks import ANYONE
from upnpscapy.protocol.description_view import short_type

if TYPE_CHECKING:
    from upnpscapy.forensics.case import Case

__all__ = ["Host", "Hosts", "names_of"]

_OF_DEVICES = frozenset("alive update byebye response event".split())
"""What devices send."""

_OF_CONTROL_POINTS = frozenset("search document control subscribe".split())
"""What control points send; but for searches, to devices."""


@dataclass(frozen=True, slots=True)
class Host:
    """One address."""

    address: str
    name: str
    """A device's friendly name, else its type; empty if neither is known."""
    is_device: bool
    is_control_point: bool

    @property
    def role(self) -> str:
        """What it is, in words."""
        if self.is_device:
            return "device and control point" if self.is_control_point else "device"
        return "control point" if self.is_control_point else "host"

    @property
    def title(self) -> str:
        """What to call it."""
        return self.name or self.address


class Hosts:
    """Hosts by packed address."""

    def __init__(self, case: Case, moments: Moments) -> None:
        self._names = names_of(case)
        self._devices: set[bytes] = set()
        self._control_points: set[bytes] = set()
        for source, destination, kind in [*moments.discovery.streams, *moments.http.streams]:
            if kind in _OF_DEVICES:
                self._devices.add(source)
                if not is_group(destination) and kind in ("response", "event"):
                    self._control_points.add(destination)
            elif kind in _OF_CONTROL_POINTS:
                self._control_points.add(source)
                if kind != "search":
                    self._devices.add(destination)
        for row in case.events:
            if row.exchange is None:
                self._devices.add(row.sighting.source)

    def __getitem__(self, address: bytes) -> Host:
        """The host of an address."""
        if address == ANYONE:
            return Host("other hosts", "", False, False)
        return Host(
            address_text(address),
            self._names.get(address_text(address), ""),
            address in self._devices,
            address in self._control_points,
        )


def names_of(case: Case) -> dict[str, str]:
    """What devices call themselves, by their addresses; root devices that are described first."""
    ranked: dict[str, tuple[int, str]] = {}
    for device in case.devices:
        friendly = device.column("friendly_name")
        name = str(friendly) if friendly else short_type(device.device_type)
        if not name:
            continue
        rank = (2 if friendly else 0) + (not device.column("parent_udn"))
        for address in device.addresses:
            if address not in ranked or ranked[address][0] < rank:
                ranked[address] = rank, name
    return {address: name for address, (_, name) in ranked.items()}
