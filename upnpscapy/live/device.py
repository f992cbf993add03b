"""Devices on the network: ``describe(location)`` gives the tree, with actions to call.

``device.WANIPConn1.GetExternalIPAddress()``: services are attributes by their short id, embedded
devices by the name in their type, actions by their name; a session completes all of them.
"""

from __future__ import annotations

from upnpscapy.display import printable
from upnpscapy.live.answer import Answer
from upnpscapy.live.http import Http
from upnpscapy.live.service import LiveService
from upnpscapy.protocol.description import parse_description
from upnpscapy.protocol.description_tree import Description, Device, Service
from upnpscapy.protocol.description_view import description_tree
from upnpscapy.tree import Node, Shown, Tree

__all__ = ["Answer", "LiveDevice", "LiveService", "describe"]

MAX_NAMED = 2000
"""Devices and services in a description up to which embedded devices have attributes too."""


def describe(location: str, *, http: Http | None = None) -> LiveDevice:
    """The device whose description is at a LOCATION.

    Raises ``DescriptionError`` for what is no description of a device, ``ResponseError`` for what
    is no proper answer, ``TransportError`` where none came, ``RefusedError`` for a URL off the
    local network that ``http`` does not allow.
    """
    http = http or Http()
    response = http.get(location)
    description = parse_description(response.body, response.url)
    return LiveDevice(description, location, http, own_address=response.client[0])


class LiveDevice(Shown):
    """A device with all that is below it."""

    device: Device
    """What the description says of it."""
    services: tuple[LiveService, ...]
    """Of the device and of all devices below, in the order of the description."""
    devices: tuple[LiveDevice, ...]
    """The device itself and all below, parents first."""

    _live_services: dict[int, LiveService]
    """Of the whole description, by the identity of what they are made of."""

    own_address: str | None
    """This host's address toward the device, as the description was fetched from it."""

    def __init__(
        self,
        description: Description,
        location: str,
        http: Http,
        *,
        own_address: str | None = None,
    ) -> None:
        self.description = description
        """The whole document."""
        self.location = location
        self.http = http
        url = description.location or location
        services = {
            id(service): LiveService(service, device, url, http)
            for device in description.devices
            for service in device.services
        }
        embedded = {id(device): object.__new__(LiveDevice) for device in description.devices}
        embedded[id(description.root)] = self
        few = len(services) + len(embedded) <= MAX_NAMED
        for device in description.devices:
            one = embedded[id(device)]
            one.description, one.location, one.http = description, location, http
            one.device, one.own_address = device, own_address
            one._live_services = services
            trees = (device, *description.other_roots) if one is self else (device,)
            inside = [inner for tree in trees for inner in tree.walk()]
            one.devices = tuple(embedded[id(inner)] for inner in inside)
            one.services = tuple(
                services[id(service)] for inner in inside for service in inner.services
            )
            if few or one is self:
                one._name({**services, **embedded})

    @property
    def udn(self) -> str | None:
        """As sent, with its ``uuid:``."""
        return self.device.udn

    @property
    def device_type(self) -> str | None:
        """As sent."""
        return self.device.device_type

    @property
    def friendly_name(self) -> str | None:
        """As sent."""
        return self.device.friendly_name

    def find_service(self, name: str) -> LiveService | None:
        """The first service below of that id, short id, type or name in the type."""
        for tree in self._trees():
            found = tree.find_service(name)
            if found is not None:
                return self._live_services[id(found)]
        return None

    def find_device(self, name: str) -> LiveDevice | None:
        """The first device, itself included, of that UDN, type or name in the type."""
        for tree in self._trees():
            found = tree.find_device(name)
            if found is not None:
                return next(one for one in self.devices if one.device is found)
        return None

    def _trees(self) -> tuple[Device, ...]:
        is_root = self.device is self.description.root
        return (self.device, *(self.description.other_roots if is_root else ()))

    def _name(self, live: dict[int, LiveService | LiveDevice]) -> None:
        # True attributes: what a class finds by __getattr__ a session does not complete beyond.
        for name, value in self.device._by_name().items():
            if not hasattr(type(self), name) and name not in self.__dict__:
                self.__dict__[name] = live[id(value)]

    def _summary(self) -> str:
        name, kind = printable(self.friendly_name or ""), printable(self.device_type or "")
        return f"LiveDevice {name!r} {kind}"

    def tree(self) -> Tree:
        """The device and all below it."""
        if self.device is self.description.root:
            return description_tree(self.description, self._service_node)
        return description_tree(Description(self.device), self._service_node)

    def _service_node(self, _: Device, service: Service) -> Node:
        return self._live_services[id(service)]._node()
