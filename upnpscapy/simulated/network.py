"""``simulate()``: devices on the network, by default on loopback alone."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import partial
from ipaddress import ip_address
from typing import TypeVar

from upnpscapy.closing import Closing
from upnpscapy.display import printable
from upnpscapy.errors import NetworkError
from upnpscapy.live.interfaces import Interface, choose
from upnpscapy.simulated.announced import announced
from upnpscapy.simulated.device import SimulatedDevice
from upnpscapy.simulated.endpoints import Endpoints
from upnpscapy.simulated.gateway import SimulatedGateway
from upnpscapy.simulated.http_server import HttpServer
from upnpscapy.simulated.renderer import SimulatedRenderer
from upnpscapy.simulated.ssdp_responder import SsdpResponder
from upnpscapy.tree import Shown, Tree, card

__all__ = ["LOOPBACK", "SimulatedNetwork", "simulate"]

LOOPBACK = "127.0.0.1"

_Device = TypeVar("_Device", bound=SimulatedDevice)


def _quiet(_: str) -> None:
    pass


def simulate(
    *devices: SimulatedDevice,
    address: str = LOOPBACK,
    port: int = 0,
    search_port: int | None = None,
    multicast: bool = True,
    delay_seconds: float = 0.0,
    on_request: Callable[[str], object] = _quiet,
) -> SimulatedNetwork:
    """Put simulated devices on the network, a gateway and a renderer if none are given.

    They are there when it returns, and until ``close`` or the end of the ``with`` block, which
    say byebye. ``address`` is one of this host's, of IPv4, or the name of an interface.
    ``port`` is that of HTTP, 0 one that the system chooses.
    ``search_port`` takes unicast searches, by default 1900 if it is free; 0 is any from 49152 on.
    ``multicast`` off is for unicast alone: nothing is announced.
    ``delay_seconds`` is the longest delay of answers to searches, within MX.
    ``on_request`` is told each request in a line, by several threads.

    Raises ``NetworkError`` for an address or a port that cannot be had.
    """
    return SimulatedNetwork(
        devices or (SimulatedGateway(), SimulatedRenderer()),
        address=address,
        port=port,
        search_port=search_port,
        multicast=multicast,
        delay_seconds=delay_seconds,
        on_request=on_request,
    )


class SimulatedNetwork(Shown, Closing):
    """Simulated devices at one address, as ``simulate`` gives them; a context manager."""

    def __init__(
        self,
        devices: Sequence[SimulatedDevice],
        *,
        address: str = LOOPBACK,
        port: int = 0,
        search_port: int | None = None,
        multicast: bool = True,
        delay_seconds: float = 0.0,
        on_request: Callable[[str], object] = _quiet,
    ) -> None:
        kinds = [device.kind for device in devices]
        if len(set(kinds)) != len(kinds):
            raise ValueError("a network has one device of a kind")
        if any(device.is_attached for device in devices):
            raise RuntimeError("a device is on a network already")
        self.devices = tuple(devices)
        interface, self.address = _place(address)
        self._on_request = on_request
        self._stopped = False
        self._wake = threading.Event()
        self._endpoints = Endpoints(self.devices, self._tell, self._wake.set)
        self._http = HttpServer(self.address, port, self._endpoints.handle)
        try:
            for device in self.devices:
                place = "" if self.is_loopback else self.address
                device.attach(partial(self._location, device), place)
            self._ssdp = SsdpResponder(
                interface,
                self.address,
                [one for device in self.devices for one in announced(device)],
                search_port=search_port,
                multicast=multicast,
                delay_seconds=delay_seconds,
                log=self._tell,
            )
        except BaseException:
            self._leave()
            raise
        self._thread = threading.Thread(target=self._run, name="upnp-simulated-clock", daemon=True)
        self._thread.start()

    @property
    def gateway(self) -> SimulatedGateway:
        """The gateway; raises ``LookupError`` if there is none."""
        return self._one(SimulatedGateway)

    @property
    def renderer(self) -> SimulatedRenderer:
        """The renderer; raises ``LookupError`` if there is none."""
        return self._one(SimulatedRenderer)

    @property
    def is_loopback(self) -> bool:
        """Whether this host alone hears them."""
        return ip_address(self.address).is_loopback

    @property
    def locations(self) -> list[str]:
        """The URLs of the descriptions."""
        return [self._location(device) for device in self.devices]

    @property
    def search_at(self) -> str:
        """Where unicast searches are answered, as ``search(unicast=…)`` takes it."""
        return f"{self.address}:{self._ssdp.search_port}"

    @property
    def does_multicast(self) -> bool:
        """Whether searches by multicast are heard, as not every system can on loopback."""
        return self._ssdp.does_multicast

    @property
    def problems(self) -> list[str]:
        """What this system does not let them do."""
        return list(self._ssdp.problems)

    def close(self) -> None:
        """Say byebye and end all threads; a second call does nothing."""
        if not self._stopped:
            self._ssdp.close()
            self._leave()
            self._thread.join()

    def tree(self) -> Tree:
        """Its devices, where they are, and what this system does not let them do."""
        fields = (
            ("searches", self.search_at),
            ("multicast", self.does_multicast),
            *(("problem", problem) for problem in self.problems),
        )
        nodes = [node for device in self.devices for node in device.tree().roots]
        return card("simulated network", self.address, fields, nodes)

    def _summary(self) -> str:
        return f"SimulatedNetwork {' '.join(self.locations)}"

    def _one(self, kind: type[_Device]) -> _Device:
        for device in self.devices:
            if isinstance(device, kind):
                return device
        raise LookupError(f"no {kind.__name__} here")

    def _location(self, device: SimulatedDevice) -> str:
        return f"http://{self.address}:{self._http.port}{device.description_path}"

    def _tell(self, line: str) -> None:
        with suppress(Exception):  # what the caller does with it is not the devices' affair
            self._on_request(printable(line))

    def _run(self) -> None:
        while not self._stopped:
            wait_seconds = self._endpoints.tell()
            if self._wake.wait(wait_seconds):
                self._wake.clear()

    def _leave(self) -> None:
        self._stopped = True
        self._wake.set()
        self._http.close()
        self._endpoints.close()
        for device in self.devices:
            device.detach()


def _place(name: str) -> tuple[Interface, str]:
    """The interface of an address or of this name, and the address to be at."""
    for interface in choose(name):
        for address in interface.ipv4:
            return interface, address
    raise NetworkError(f"{name}: no address of IPv4 there")
