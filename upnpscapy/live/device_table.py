"""The devices of a network as their messages tell of them, and what changes: ``DeviceTable``.

It has no clock and no socket: feed it sightings, and tell it the time.
A device is one UDN here, whatever addresses it speaks from; it ages by its max-age, leaves with
ssdp:byebye and has rebooted when BOOTID.UPNP.ORG rises without notice (``protocol.life``).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from upnpscapy.capture.sighting import Sighting
from upnpscapy.display import Table
from upnpscapy.live.seen_device import SEEN_DEVICE_COLUMNS, Change, ChangeKind, SeenDevice
from upnpscapy.protocol.ssdp import SsdpMessage

__all__ = ["DeviceTable"]

SECOND = 1_000_000_000

MAX_DEVICES = 2048
"""Devices kept; those that left make room first. A flood of invented UDNs goes on beyond."""

MAX_UDN = 256
"""Characters of a UDN; a device with a longer one is not kept."""

LOOK_NS = SECOND // 4
"""Between two looks at who has expired."""

_TELLING = frozenset(("alive", "response", "byebye", "update"))


class DeviceTable:
    """Devices by UDN. ``on_change`` is called with every ``Change``."""

    def __init__(self, on_change: Callable[[Change], Any] | None = None) -> None:
        self.on_change = on_change
        self.left_out = 0
        """Messages of devices beyond the bounds."""
        self._devices: dict[str, SeenDevice] = {}
        self._looked_ns = 0

    @property
    def devices(self) -> list[SeenDevice]:
        """Those that are there, the first seen first."""
        return [device for device in list(self._devices.values()) if device.present]

    @property
    def departed(self) -> list[SeenDevice]:
        """Those that said byebye or expired, as far as they are remembered."""
        return [device for device in list(self._devices.values()) if not device.present]

    def to_table(self) -> Table[SeenDevice]:
        """Those that are there as a table, to look at or to export."""
        text = ("udn", "device_type", "addresses", "locations", "server", "state", "expires_time")
        return Table("devices", SEEN_DEVICE_COLUMNS, lambda: self.devices, text)

    def get(self, udn: str) -> SeenDevice | None:
        """The device of a UDN, there or departed."""
        return self._devices.get(udn.strip().lower())

    def take(self, sighting: Sighting) -> list[Change]:
        """Take a message of any kind; the answer is what it changed."""
        message = sighting.ssdp
        udn = message.udn
        if udn is None or message.kind not in _TELLING:
            return []
        device = self._devices.get(udn.lower())
        if device is None:
            device = self._add(udn, sighting)
            if device is None:
                return []
        return self._tell(_apply(device, message, sighting))

    def pass_time(self, now_ns: int) -> list[Change]:
        """Let devices expire; the answer is who did. To be called now and then."""
        if 0 <= now_ns - self._looked_ns < LOOK_NS:
            return []
        self._looked_ns = now_ns
        changes: list[Change] = []
        for device in self.devices:
            if device.life.state(now_ns) == "expired":
                device.present = False
                changes.append(Change("expired", device, now_ns, None))
        return self._tell(changes)

    def _tell(self, changes: list[Change]) -> list[Change]:
        if self.on_change is not None:
            for change in changes:
                self.on_change(change)
        return changes

    def _add(self, udn: str, sighting: Sighting) -> SeenDevice | None:
        if sighting.ssdp.kind in ("byebye", "update"):
            return None  # of one that was never there
        if len(udn) > MAX_UDN:
            self.left_out += 1
            return None
        if len(self._devices) >= MAX_DEVICES:
            departed = next((key for key, one in self._devices.items() if not one.present), None)
            if departed is None:
                self.left_out += 1
                return None
            del self._devices[departed]
        device = self._devices[udn.lower()] = SeenDevice(udn, sighting.time_ns)
        return device

    def __len__(self) -> int:
        return len(self.devices)

    def _repr_pretty_(self, printer: Any, cycle: bool) -> None:
        printer.text(repr(self) if cycle else str(self.to_table()))

    def _repr_html_(self) -> str:
        return self.to_table()._repr_html_()

    def __repr__(self) -> str:
        return f"<DeviceTable {len(self)} devices, {len(self.departed)} departed>"


def _apply(device: SeenDevice, message: SsdpMessage, sighting: Sighting) -> list[Change]:
    """What a message of a device changes: nothing, or one thing."""

    def change(kind: ChangeKind, *fields: str) -> list[Change]:
        return [Change(kind, device, sighting.time_ns, sighting, fields)]

    life = device.life
    if message.kind == "byebye":
        life.saw_byebye()
        if sighting.time_ns is not None:
            device.last_time_ns = sighting.time_ns
        if not device.present:
            return []
        device.present = False
        return change("gone")
    fields = device.note(sighting)
    if message.kind == "update":
        if message.next_boot_id is not None and message.next_boot_id != life.boot_id:
            fields.append("boot_id")
        life.saw_update(message.next_boot_id)
        return change("updated", *fields) if device.present and fields else []
    reboots = life.reboots
    life.saw_present(sighting.time_ns, message.max_age_seconds, message.boot_id)
    if not device.present:
        device.present = True
        return change("appeared")
    if life.reboots > reboots:
        return change("rebooted")
    return change("updated", *fields) if fields else []
