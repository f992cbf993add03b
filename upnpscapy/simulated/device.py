"""A simulated device: its tree of devices and services, and its description (UDA 2.0, 2.3)."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self
from uuid import NAMESPACE_URL, uuid5

from upnpscapy.closing import Closing
from upnpscapy.protocol.xml_build import element_text
from upnpscapy.simulated.service import Service
from upnpscapy.simulated.trouble import MAX_DELAY_SECONDS, Trouble, Troubles
from upnpscapy.tree import Node, Shown, Tree, card
from upnpscapy.version import __version__

if TYPE_CHECKING:
    from upnpscapy.simulated.network import SimulatedNetwork

__all__ = ["DeviceNode", "SimulatedDevice"]

_URL = "https://example.org/upnpscapy"


@dataclass(frozen=True, slots=True)
class DeviceNode:
    """One device of the tree."""

    device_type: str
    name: str
    model: str
    services: tuple[Service, ...] = ()
    devices: tuple[DeviceNode, ...] = ()

    def walk(self) -> Iterator[DeviceNode]:
        """The device and all that are in it."""
        yield self
        for device in self.devices:
            yield from device.walk()


class SimulatedDevice(Shown, Closing):
    """A root device; a context manager, inside which it is on the network alone.

    ``seed`` makes its UDNs: the same one, the same UDNs.
    """

    kind: str
    """What the first part of its paths is."""

    def __init__(self, root: DeviceNode, seed: str) -> None:
        self.root = root
        self.lock = threading.RLock()
        """Held while anything of the device is read or changed."""
        self.troubles = Troubles()
        self._seed = seed
        self._place = ""
        self._network: SimulatedNetwork | None = None
        self._location: Callable[[], str] | None = None

    @property
    def udn(self) -> str:
        """Of the root device, ``uuid:…``."""
        return self.udn_of(self.root)

    @property
    def location(self) -> str:
        """The URL of its description; raises ``RuntimeError`` where it is not on a network."""
        if self._location is None:
            raise RuntimeError("the device is not on a network: use it as a context manager")
        return self._location()

    @property
    def is_attached(self) -> bool:
        """Whether it is on a network."""
        return self._location is not None

    def attach(self, location: Callable[[], str], place: str) -> None:
        """It is on a network now; its UDNs are of this place, which is "" on loopback."""
        self._location = location
        self._place = place

    def detach(self) -> None:
        """It is on a network no more."""
        self._location = None

    @property
    def services(self) -> list[Service]:
        """Of all devices of the tree."""
        return [service for node in self.root.walk() for service in node.services]

    def udn_of(self, node: DeviceNode) -> str:
        """Of one device of the tree."""
        return (
            f"uuid:{uuid5(NAMESPACE_URL, f'{_URL}/{self._seed}{self._place}/{node.device_type}')}"
        )

    def path(self, service: Service, what: str) -> str:
        """The path of a service's ``scpd.xml``, ``control`` or ``event``."""
        return f"/{self.kind}/{service.short_id}/{what}"

    @property
    def description_path(self) -> str:
        """The path of the description."""
        return f"/{self.kind}/description.xml"

    @property
    def config_id(self) -> int:
        """A number that is another one for another description (UDA 2.0, 1.2.2)."""
        return zlib.crc32(self._device(self.root).encode()) & 0xFFFFFF

    @property
    def description(self) -> bytes:
        """The description to serve."""
        return (
            '<?xml version="1.0" encoding="utf-8"?>\n'
            f'<root xmlns="urn:schemas-upnp-org:device-1-0" configId="{self.config_id}">'
            "<specVersion><major>2</major><minor>0</minor></specVersion>"
            f"{self._device(self.root)}</root>\n"
        ).encode()

    def tick(self) -> None:
        """Look for what the clock has changed; called some times a second."""

    def fail(self, action: str, code: int = 501, *, times: int | None = None) -> None:
        """Refuse the next calls of an action, all of them without ``times``; "*" is any."""
        self._trouble(action, Trouble(code=code, left=times))

    def delay(self, action: str, seconds: float, *, times: int | None = None) -> None:
        """Answer late, up to a minute."""
        bounded = min(max(seconds, 0.0), MAX_DELAY_SECONDS)
        self._trouble(action, Trouble(delay_seconds=bounded, left=times))

    def drop(self, action: str, *, times: int | None = None) -> None:
        """Carry out nothing and close the connection without a word."""
        self._trouble(action, Trouble(drop=True, left=times))

    def answer(
        self, action: str, body: bytes | str, *, status: int = 200, times: int | None = None
    ) -> None:
        """Carry out nothing and send this in place of a result, right XML or wrong."""
        data = body.encode() if isinstance(body, str) else body
        self._trouble(action, Trouble(body=data, status=status, left=times))

    def heal(self, action: str | None = None) -> None:
        """Do right again: for one action, or all."""
        with self.lock:
            self.troubles.clear(action)

    def start(self, **options: Any) -> Self:
        """Put it on a network of its own: the options are those of ``simulate``."""
        from upnpscapy.simulated.network import SimulatedNetwork

        if self.is_attached:
            raise RuntimeError("the device is on a network already")
        self._network = SimulatedNetwork([self], **options)
        return self

    def close(self) -> None:
        """Say byebye and leave; a second call does nothing."""
        network, self._network = self._network, None
        if network is not None:
            network.close()

    def __enter__(self) -> Self:
        return self if self.is_attached else self.start()

    def tree(self) -> Tree:
        """Where it is, and its services."""
        fields = (("udn", self.udn), ("device_type", self.root.device_type), *self._state())
        nodes = (Node(one.short_id, one.table.service_type) for one in self.services)
        return card(self.root.name, self._where(), fields, nodes)

    def _state(self) -> Iterator[tuple[str, object]]:
        """What else a session shows of it."""
        yield from ()

    def _where(self) -> str:
        return self.location if self.is_attached else "not on a network"

    def _summary(self) -> str:
        return f"{type(self).__name__} {self._where()}"

    def _trouble(self, action: str, trouble: Trouble) -> None:
        known = {one.name for service in self.services for one in service.table.scpd.actions}
        if action not in known | {"*"}:
            raise ValueError(f"no action {action!r}")
        with self.lock:
            self.troubles.put(action, trouble)

    def _device(self, node: DeviceNode) -> str:
        fields = (
            ("deviceType", node.device_type),
            ("friendlyName", node.name),
            ("manufacturer", "upnpscapy"),
            ("manufacturerURL", _URL),
            ("modelDescription", "A device that exists in a program"),
            ("modelName", node.model),
            ("modelNumber", __version__),
            ("serialNumber", "1"),
            ("UDN", self.udn_of(node)),
        )
        services = "".join(map(self._service, node.services))
        devices = "".join(map(self._device, node.devices))
        return (
            "<device>"
            + "".join(f"<{name}>{element_text(value)}</{name}>" for name, value in fields)
            + (f"<serviceList>{services}</serviceList>" if services else "")
            + (f"<deviceList>{devices}</deviceList>" if devices else "")
            + "</device>"
        )

    def _service(self, service: Service) -> str:
        fields = (
            ("serviceType", service.table.service_type),
            ("serviceId", service.table.service_id),
            ("SCPDURL", self.path(service, "scpd.xml")),
            ("controlURL", self.path(service, "control")),
            ("eventSubURL", self.path(service, "event") if service.evented else ""),
        )
        inside = "".join(f"<{name}>{element_text(value)}</{name}>" for name, value in fields)
        return f"<service>{inside}</service>"
