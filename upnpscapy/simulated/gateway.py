"""``SimulatedGateway``: an InternetGatewayDevice:1 or :2 that keeps mappings and routes nothing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator

from upnpscapy.simulated.device import DeviceNode, SimulatedDevice
from upnpscapy.simulated.firewall import Firewall
from upnpscapy.simulated.gateway_tables import LAYER3_FORWARDING, WAN_COMMON
from upnpscapy.simulated.mapping import Clock, Mapping, Pinhole
from upnpscapy.simulated.service import Service
from upnpscapy.simulated.wan_ip_connection import WanIpConnection

__all__ = ["EXTERNAL_ADDRESS", "SimulatedGateway"]

EXTERNAL_ADDRESS = "44.128.0.2"
"""Of AMPRNet's network for isolated tests: control points take it for public, as they must."""

_TYPE = "urn:schemas-upnp-org:device:"


class SimulatedGateway(SimulatedDevice):
    """A gateway whose line is up.

    ``version`` is that of InternetGatewayDevice. Mappings are for the address that asks, unless
    ``any_client`` allows others; ``permanent_only`` refuses leases with 725.
    ``clock`` gives seconds and says when leases end.
    """

    kind = "gateway"

    def __init__(
        self,
        version: int = 2,
        *,
        external_address: str = EXTERNAL_ADDRESS,
        any_client: bool = False,
        permanent_only: bool = False,
        clock: Clock = time.monotonic,
        seed: str = "gateway",
    ) -> None:
        if version not in (1, 2):
            raise ValueError(f"InternetGatewayDevice has versions 1 and 2, not {version!r}")
        self.connection = WanIpConnection(
            version,
            clock,
            external_address,
            any_client=any_client,
            permanent_only=permanent_only,
        )
        self.firewall = Firewall(clock)
        common = Service(
            WAN_COMMON,
            {
                "WANAccessType": "Ethernet",
                "Layer1UpstreamMaxBitRate": 100_000_000,
                "Layer1DownstreamMaxBitRate": 1_000_000_000,
                "PhysicalLinkStatus": "Up",
                "TotalBytesSent": 0,
                "TotalBytesReceived": 0,
                "TotalPacketsSent": 0,
                "TotalPacketsReceived": 0,
            },
        )
        forwarding = Service(LAYER3_FORWARDING, {"DefaultConnectionService": ""})
        services: tuple[Service, ...] = (self.connection,)
        if version > 1:
            services += (self.firewall,)
        inner = DeviceNode(
            f"{_TYPE}WANConnectionDevice:{version}", "WAN connection", "Connection", services
        )
        wan = DeviceNode(f"{_TYPE}WANDevice:{version}", "WAN", "WAN", (common,), (inner,))
        root = DeviceNode(
            f"{_TYPE}InternetGatewayDevice:{version}",
            "Simulated gateway",
            "Gateway",
            (forwarding,),
            (wan,),
        )
        super().__init__(root, seed)
        self._forwarding, self._inner = forwarding, inner

    def attach(self, location: Callable[[], str], place: str) -> None:
        """It is on a network now, at this place."""
        super().attach(location, place)
        kind = self._inner.device_type.partition(":device:")[2]
        self._forwarding.values["DefaultConnectionService"] = (
            f"{self.udn_of(self._inner)}:{kind},{self.connection.table.service_id}"
        )

    @property
    def version(self) -> int:
        """Of InternetGatewayDevice."""
        return self.connection.version

    @property
    def mappings(self) -> list[Mapping]:
        """Those that are there now."""
        with self.lock:
            return list(self.connection.table_of_mappings.entries.values())

    @property
    def pinholes(self) -> dict[int, Pinhole]:
        """Those that are there now, by UniqueID."""
        with self.lock:
            return dict(self.firewall.pinholes.entries)

    @property
    def external_address(self) -> str:
        """What it says is its address; a new one is told to subscribers."""
        return str(self.connection.values["ExternalIPAddress"])

    @external_address.setter
    def external_address(self, address: str) -> None:
        with self.lock:
            self.connection.set("ExternalIPAddress", address)

    def _state(self) -> Iterator[tuple[str, object]]:
        yield "external_address", self.external_address
        for mapping in self.mappings:
            yield "mapping", str(mapping)
        for number, pinhole in self.pinholes.items():
            yield f"pinhole {number}", str(pinhole)

    def connect(self) -> None:
        """Bring the line up."""
        with self.lock:
            self.connection.connect(True)

    def disconnect(self) -> None:
        """Take the line down."""
        with self.lock:
            self.connection.connect(False)

    def tick(self) -> None:
        """Let leases end."""
        with self.lock:
            self.connection.tick()
