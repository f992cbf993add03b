"""One device as its messages tell of it, and a change in that: what ``DeviceTable`` is made of."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

from upnpscapy.capture.sighting import Sighting
from upnpscapy.display import Columns, Through, iso_utc, printable
from upnpscapy.protocol.description_view import short_type
from upnpscapy.protocol.life import Life, State
from upnpscapy.tree import MAX_SUMMARY, Shown, Tree, card

__all__ = ["CHANGE_COLUMNS", "SEEN_DEVICE_COLUMNS", "Change", "ChangeKind", "SeenDevice"]

ChangeKind = Literal["appeared", "updated", "rebooted", "gone", "expired"]

CHANGE_COLUMNS = Columns(
    "capture frame time change fields udn device_type src addresses locations server types state "
    "expires_time boot_id config_id",
    numbers="frame boot_id config_id",
    lists="fields addresses locations types",
    choices={"change": get_args(ChangeKind), "state": get_args(State)},
)

SEEN_DEVICE_COLUMNS = Columns(
    "udn device_type addresses locations server types state first_time last_time expires_time "
    "boot_id config_id reboots",
    numbers="boot_id config_id reboots",
    lists="addresses locations types",
    choices={"state": get_args(State)},
)

MAX_TEXT = 1024
"""Characters of a value; longer ones are not kept."""

MAX_VALUES = {"addresses": 16, "locations": 8, "types": 64}
"""Distinct values kept of one device."""

_DEVICE_TYPE = re.compile(r"urn:[^:]+:device:[^:]+:[^:]+\Z", re.IGNORECASE)


class SeenDevice(Shown):
    """What the messages so far say of one device."""

    __slots__ = (
        "addresses",
        "config_id",
        "device_type",
        "first_time_ns",
        "last_time_ns",
        "life",
        "locations",
        "present",
        "server",
        "types",
        "udn",
    )

    def __init__(self, udn: str, time_ns: int | None) -> None:
        self.udn = udn
        """As first sent, with the wire's ``uuid:``."""
        self.present = False
        """Whether it is there, as far as is known."""
        self.life = Life()
        self.device_type: str | None = None
        self.server: str | None = None
        self.config_id: int | None = None
        self.addresses: list[str] = []
        self.locations: list[str] = []
        self.types: list[str] = []
        """Targets it announced or answered for: device and service types."""
        self.first_time_ns = time_ns
        self.last_time_ns = time_ns

    @property
    def boot_id(self) -> int | None:
        """BOOTID.UPNP.ORG."""
        return self.life.boot_id

    @property
    def reboots(self) -> int:
        """How often it has rebooted."""
        return self.life.reboots

    state = Through[State](lambda device: _state_of(device))
    """``alive expired byebye``; ``unknown`` if it is there and nothing says until when."""

    def column(self, name: str) -> object:
        """The value of a column of ``SEEN_DEVICE_COLUMNS``."""
        if name in _TIMES:
            return iso_utc(_TIMES[name](self))
        return getattr(self, name)

    def note(self, sighting: Sighting) -> list[str]:
        """Take what a message says; the answer is the names of what is new."""
        message = sighting.ssdp
        changed = []
        target = message.target
        for name, value in (
            ("addresses", sighting.src),
            ("locations", message.location),
            ("types", target),
        ):
            values: list[str] = getattr(self, name)
            if value is None or value in values or len(value) > MAX_TEXT:
                continue
            if len(values) < MAX_VALUES[name]:
                values.append(value)
                changed.append(name)
        if target and self.device_type is None and _DEVICE_TYPE.match(target):
            self.device_type = target[:MAX_TEXT]
            changed.append("device_type")
        server = message.server
        if server is not None and server != self.server and len(server) <= MAX_TEXT:
            self.server = server
            changed.append("server")
        if message.config_id is not None and message.config_id != self.config_id:
            self.config_id = message.config_id
            changed.append("config_id")
        if sighting.time_ns is not None:
            self.last_time_ns = sighting.time_ns
        # The types of a device come one by one: that they do is no news.
        return [name for name in changed if name != "types"]

    def tree(self) -> Tree:
        """What is known of it, by the names of the table."""
        label = short_type(self.device_type) or self.udn
        return card(label, self.state, ((name, self.column(name)) for name in SEEN_DEVICE_COLUMNS))

    def _summary(self) -> str:
        words = (self.udn[:MAX_SUMMARY], self.device_type or "", ", ".join(self.addresses))
        return printable(f"SeenDevice {' '.join(words)}")


def _state_of(device: SeenDevice) -> State:
    if device.life.gone:
        return "byebye"
    if not device.present:
        return "expired"
    return "unknown" if device.life.expires_ns is None else "alive"


_TIMES: dict[str, Callable[[SeenDevice], int | None]] = {
    "first_time": lambda device: device.first_time_ns,
    "last_time": lambda device: device.last_time_ns,
    "expires_time": lambda device: device.life.expires_ns,
}


@dataclass(frozen=True, slots=True, repr=False)
class Change(Shown):
    """Something that became of a device."""

    kind: ChangeKind
    device: SeenDevice
    time_ns: int | None
    sighting: Sighting | None
    """The message that told; None for one that has expired."""
    fields: tuple[str, ...] = ()
    """What is new of a device that was updated."""

    def column(self, name: str) -> object:
        """The value of a column of ``CHANGE_COLUMNS``."""
        if name == "change":
            return self.kind
        if name == "fields":
            return list(self.fields)
        if name == "time":
            return iso_utc(self.time_ns)
        if name in ("capture", "frame", "src"):
            return getattr(self.sighting, name, None)
        return self.device.column(name)

    def tree(self) -> Tree:
        """What became of it, and the device."""
        device = self.device.tree()
        fields = (("time", iso_utc(self.time_ns)), ("new", self.fields))
        return card(self.kind, self.device.udn, fields, device.roots)

    def _summary(self) -> str:
        return f"Change {printable(str(self))}"

    def __str__(self) -> str:
        device = self.device
        what = f" ({', '.join(self.fields)})" if self.fields else ""
        return f"{self.kind}{what}  {device.udn}  {device.device_type or ''}".rstrip()
