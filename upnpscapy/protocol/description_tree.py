"""The values of a description: frozen, in the order sent, and walked by name in a session."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from upnpscapy.protocol.description_defect import DescriptionDefect
from upnpscapy.protocol.description_read import printable
from upnpscapy.protocol.description_view import description_tree, device_tree, service_tree
from upnpscapy.protocol.nested import nested
from upnpscapy.protocol.xml import Repair
from upnpscapy.tree import Shown, Tree

__all__ = ["Description", "Device", "Icon", "Service"]

_NOT_IN_NAME = re.compile(r"\W")


@dataclass(frozen=True, slots=True)
class Icon:
    """One picture of a device."""

    mimetype: str | None = None
    width: int | None = None
    height: int | None = None
    depth: int | None = None
    url: str | None = None
    url_raw: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Service(Shown):
    """One service of a device; URLs are absolute, None if they are missing or lead nowhere."""

    service_type: str | None = None
    service_id: str | None = None
    scpd_url: str | None = None
    control_url: str | None = None
    event_sub_url: str | None = None
    """"" if the device says that the service sends no events."""
    scpd_url_raw: str | None = None
    control_url_raw: str | None = None
    event_sub_url_raw: str | None = None

    @property
    def short_id(self) -> str:
        """The last part of the service id, else the name in the type: ``WANIPConn1``."""
        return (self.service_id or "").rpartition(":")[2] or type_name(self.service_type)

    def tree(self) -> Tree:
        """What a session shows: its type and URLs."""
        return service_tree(self)

    def _summary(self) -> str:
        return f"Service {printable(self.short_id)} {printable(self.service_type)}"


@dataclass(frozen=True, slots=True, repr=False)
class Device(Shown):
    """One device with its services and the devices inside; missing values are None.

    Services below it are attributes by their short id (``WANIPConn1``),
    devices below it by the name in their type (``WANDevice``); of equal names the second is
    ``…_2``.
    """

    device_type: str | None = None
    friendly_name: str | None = None
    manufacturer: str | None = None
    manufacturer_url: str | None = None
    model_description: str | None = None
    model_name: str | None = None
    model_number: str | None = None
    model_url: str | None = None
    serial_number: str | None = None
    udn: str | None = None
    """As sent, with its ``uuid:``."""
    upc: str | None = None
    presentation_url: str | None = None
    manufacturer_url_raw: str | None = None
    model_url_raw: str | None = None
    presentation_url_raw: str | None = None
    parent_udn: str | None = None
    """UDN of the device this one is embedded in; None of a root device."""
    icons: tuple[Icon, ...] = ()
    services: tuple[Service, ...] = ()
    """Its own, without those of embedded devices."""
    devices: tuple[Device, ...] = ()
    """The devices directly in it."""
    extensions: tuple[tuple[str, str], ...] = ()
    """(name, text) of what vendors and other standards add."""

    def walk(self) -> Iterator[Device]:
        """The device and all below it, in the order of the text."""
        left = [self]
        while left:
            device = left.pop()
            yield device
            left.extend(reversed(device.devices))

    def walk_services(self) -> Iterator[tuple[Device, Service]]:
        """(device, service) for each service of it and of all devices below."""
        for device in self.walk():
            for service in device.services:
                yield device, service

    def find_service(self, name: str) -> Service | None:
        """The first service below of that id, short id, type or name in the type."""
        key = name.lower()
        services = [service for _, service in self.walk_services()]
        for names_of in _NAMES:
            for service in services:
                if key in names_of(service):
                    return service
        return None

    def find_device(self, name: str) -> Device | None:
        """The first device, itself included, of that UDN, type or name in the type."""
        key = name.lower()
        for device in self.walk():
            kind = (device.device_type or "").lower()
            if key in ((device.udn or "").lower(), kind, type_name(kind)):
                return device
        return None

    def __getattr__(self, name: str) -> Any:
        if not name.startswith("_"):
            found = self._by_name().get(name)
            if found is not None:
                return found
        raise AttributeError(f"no service or device {name!r} below this one")

    def __dir__(self) -> list[str]:
        return sorted({*object.__dir__(self), *self._by_name()})

    def _by_name(self) -> dict[str, Service | Device]:
        found: dict[str, Service | Device] = {}
        times: dict[str, int] = {}
        for _, service in self.walk_services():
            _put(found, times, service.short_id, service)
        for device in self.walk():
            if device is not self:
                _put(found, times, type_name(device.device_type), device)
        return found

    def _summary(self) -> str:
        return f"Device {printable(self.friendly_name)!r} {printable(self.device_type)}"

    def tree(self) -> Tree:
        """What a session shows: it and all below it."""
        return device_tree(self)


@dataclass(frozen=True, slots=True, repr=False)
class Description(Shown):
    """One description: the root device and what the document says around it.

    Attributes of the root device's tree (``description.WANIPConn1``) are its attributes too.
    """

    root: Device
    spec_version: tuple[int, int] | None = None
    config_id: int | None = None
    url_base: str | None = None
    """What relative URLs were resolved against; None if nothing said so."""
    url_base_raw: str | None = None
    """The element URLBase as sent, None without one."""
    location: str | None = None
    other_roots: tuple[Device, ...] = ()
    """Other devices beside the root device, which no clause allows."""
    repairs: tuple[Repair, ...] = ()
    defects: tuple[DescriptionDefect, ...] = field(default=())

    @property
    def devices(self) -> tuple[Device, ...]:
        """All devices, parents before children; ``parent_udn`` says what they are in."""
        return tuple(device for tree in (self.root, *self.other_roots) for device in tree.walk())

    @property
    def services(self) -> tuple[Service, ...]:
        """All services of all devices, in the order of ``devices``."""
        return tuple(service for device in self.devices for service in device.services)

    def find_service(self, name: str) -> Service | None:
        """The first service of that id, short id, type or name in the type."""
        return self.root.find_service(name)

    def find_device(self, name: str) -> Device | None:
        """The first device of that UDN, type or name in the type."""
        return self.root.find_device(name)

    def to_dict(self) -> dict[str, Any]:
        """All values, JSON-ready, devices and services in each other."""
        found: dict[str, Any] = nested(self)
        return found

    def with_defects(self, defects: tuple[DescriptionDefect, ...]) -> Description:
        """The same description with these defects."""
        return replace(self, defects=defects)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_") or name == "root":
            raise AttributeError(name)
        return getattr(self.root, name)

    def __dir__(self) -> list[str]:
        return sorted({*object.__dir__(self), *self.root._by_name()})

    def _summary(self) -> str:
        return f"Description {printable(self.root.friendly_name)!r} devices={len(self.devices)}"

    def tree(self) -> Tree:
        """What a session shows: all devices, repairs and deviations."""
        return description_tree(self)


def type_name(text: str | None) -> str:
    """The name in a type: ``WANDevice`` of ``urn:schemas-upnp-org:device:WANDevice:1``."""
    parts = (text or "").split(":")
    return parts[-2] if len(parts) > 1 else parts[0]


_NAMES = (
    lambda service: ((service.service_id or "").lower(),),
    lambda service: (service.short_id.lower(),),
    lambda service: ((service.service_type or "").lower(),),
    lambda service: (
        type_name(service.service_type).lower(),
        ":".join((service.service_type or "").split(":")[-2:]).lower(),
    ),
)
"""What a service is found by, the most exact first."""


def _put(
    found: dict[str, Service | Device],
    times: dict[str, int],
    name: str,
    value: Service | Device,
) -> None:
    name = _NOT_IN_NAME.sub("_", name)
    if not name:
        return
    if name[0].isdigit() or name[0] == "_":
        name = f"n{name}"
    times[name] = times.get(name, 0) + 1
    found[name if times[name] == 1 else f"{name}_{times[name]}"] = value
