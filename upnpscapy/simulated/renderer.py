"""``SimulatedRenderer``: a MediaRenderer:1 that plays nothing, and tells that it does."""

from __future__ import annotations

import time

from upnpscapy.simulated.device import DeviceNode, SimulatedDevice
from upnpscapy.simulated.mapping import Clock
from upnpscapy.simulated.media_services import AvTransport, ConnectionManager, RenderingControl

__all__ = ["SimulatedRenderer"]


class SimulatedRenderer(SimulatedDevice):
    """A renderer without media; ``clock`` gives the seconds that pass while it plays."""

    kind = "renderer"

    def __init__(self, *, clock: Clock = time.monotonic, seed: str = "renderer") -> None:
        self.transport = AvTransport(clock)
        self.rendering = RenderingControl()
        super().__init__(
            DeviceNode(
                "urn:schemas-upnp-org:device:MediaRenderer:1",
                "Simulated renderer",
                "Renderer",
                (self.rendering, ConnectionManager(), self.transport),
            ),
            seed,
        )

    @property
    def volume(self) -> int:
        """From 0 to 100."""
        return int(self.rendering.values["Volume"])

    @property
    def muted(self) -> bool:
        """Whether it is."""
        return bool(self.rendering.values["Mute"])

    @property
    def state(self) -> str:
        """TransportState, such as ``PLAYING`` or ``STOPPED``."""
        return str(self.transport.values["TransportState"])
