"""The devices of a capture, as far as discovery tells; counts and dates, no opinion.

A device is one UDN as one sender presents it: two senders of one UDN are two devices here.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple, get_args

from upnpscapy.capture.sighting import Sighting
from upnpscapy.display import Columns, Through, iso_utc, printable
from upnpscapy.forensics.budget import Budget
from upnpscapy.forensics.place import FrameNumbers, Place
from upnpscapy.forensics.vendors import vendor_of
from upnpscapy.protocol.frames import KEPT, Frames
from upnpscapy.protocol.life import Life, State
from upnpscapy.protocol.ssdp import SsdpMessage
from upnpscapy.tree import MAX_SUMMARY, Shown, Tree

if TYPE_CHECKING:
    from upnpscapy.forensics.described.captured_document import CapturedDocument
    from upnpscapy.forensics.described.changes import Change
    from upnpscapy.protocol import description_tree

__all__ = ["DEVICE_COLUMNS", "Again", "Device", "Inventory"]

DEVICE_COLUMNS = Columns(
    "capture udn parent_udn device_type friendly_name manufacturer model_name model_number "
    "serial_number addresses link_addresses vendor locations server state first_time last_time "
    "described frames",
    truths="described",
    lists="addresses link_addresses locations frames",
    choices={"state": get_args(State)},
)

MAX_DEVICES = 32_768
"""Devices kept; a flood of invented UDNs goes on beyond, real networks do not."""

MAX_VALUES = 64
"""Distinct addresses or LOCATIONs kept of one device."""

_DEVICE_TYPE = re.compile(r"urn:[^:]+:device:[^:]+:[^:]+\Z", re.IGNORECASE)


class Again(NamedTuple):
    """A message that a device knows, which was sent again."""

    message: SsdpMessage
    frames: Frames
    """Of all sendings."""
    told: int
    """How many of these the device knows of."""
    last_ns: int | None


class Device(Shown):
    """A row of ``devices``."""

    __slots__ = (
        "_budget",
        "_last_location",
        "_last_server",
        "_link_addresses",
        "_locations",
        "_place",
        "changes",
        "description",
        "device_type",
        "documents",
        "end_ns",
        "first_time_ns",
        "last_time_ns",
        "life",
        "seen_in",
        "senders",
        "server",
        "udn",
    )

    def __init__(self, udn: str, place: Place, budget: Budget) -> None:
        self.udn = udn
        """As sent, with the wire's ``uuid:``."""
        self._place = place
        self._budget = budget
        self.senders: dict[bytes, str] = {}
        self._link_addresses: dict[bytes, str] = {}
        self._locations: dict[str, None] = {}
        self._last_location: str | None = None
        self.seen_in = Frames()
        self.device_type: str | None = None
        self.server: str | None = None
        self._last_server: str | None = None
        self.first_time_ns: int | None = None
        self.last_time_ns: int | None = None
        self.life = Life()
        self.end_ns: int | None = None
        """When the capture ended, which ``state`` refers to."""
        self.description: description_tree.Device | None = None
        """What the latest description that was captured says of it."""
        self.documents: tuple[CapturedDocument, ...] = ()
        """The captured descriptions that have it, the latest of its URL last."""
        self.changes: tuple[Change, ...] = ()
        """(field, old, new) where two fetches of one description differ."""

    @property
    def capture(self) -> str:
        """The file it was first seen in."""
        return self._place.capture

    state = Through[State](lambda row: row.life.state(row.end_ns))
    """``alive expired byebye unknown`` at the end of the capture."""

    @property
    def addresses(self) -> list[str]:
        """IP addresses it sent from, the first seen first."""
        return list(self.senders.values())

    @property
    def link_addresses(self) -> list[str]:
        """Link addresses it sent from."""
        return list(self._link_addresses.values())

    @property
    def locations(self) -> list[str]:
        """The LOCATIONs it named, the first seen first."""
        return list(self._locations)

    @property
    def vendor(self) -> str | None:
        """Whom its link address is registered to, by Scapy's list."""
        for address in self._link_addresses.values():
            if vendor := vendor_of(address):
                return vendor
        return None

    @property
    def frames(self) -> FrameNumbers:
        """The frames it was seen in."""
        return FrameNumbers(self.seen_in, self._place)

    @property
    def described(self) -> bool:
        """Whether a description that has it was captured."""
        return self.description is not None

    first_time = Through[str | None](lambda row: iso_utc(row.first_time_ns))
    """When it was first seen, as ISO 8601 in UTC."""
    last_time = Through[str | None](lambda row: iso_utc(row.last_time_ns))
    """When it was last seen, as ISO 8601 in UTC."""

    parent_udn = Through[str | None]("description.parent_udn")
    friendly_name = Through[str | None]("description.friendly_name")
    manufacturer = Through[str | None]("description.manufacturer")
    model_name = Through[str | None]("description.model_name")
    model_number = Through[str | None]("description.model_number")
    serial_number = Through[str | None]("description.serial_number")

    def saw(self, message: SsdpMessage, frame: int, time_ns: int | None) -> None:
        """Take an announcement or a response of this device."""
        seen_in = self.seen_in
        if seen_in.count < KEPT:
            seen_in.add(frame)
        else:  # the same in one call less, for those that never stop
            seen_in.count += 1
            seen_in.last = frame
        if time_ns is not None:
            if self.first_time_ns is None:
                self.first_time_ns = time_ns
            self.last_time_ns = time_ns
        location, server = message.location, message.server
        if location is not self._last_location and location is not None:
            self._note_location(location)
        if server is not self._last_server and server is not None:
            self._note_server(server)
        if self.device_type is None:
            self._note_type(message.target)
        kind = message.kind
        if kind == "alive" or kind == "response":
            self.life.saw_present(time_ns, message.max_age_seconds, message.boot_id)
        elif kind == "byebye":
            self.life.saw_byebye()
        elif kind == "update":
            self.life.saw_update(message.next_boot_id)

    def is_changed_by(self, message: SsdpMessage) -> bool:
        """Whether a message can change more than when and where it was seen, and until when it is
        announced.
        """  # noqa: D205
        life, boot_id, server = self.life, message.boot_id, message.server
        if message.kind not in ("alive", "response"):
            return True
        return (
            life.gone
            or (boot_id is not None and boot_id != life.boot_id)
            or (server is not None and server != self.server)
        )

    def knows(self, message: SsdpMessage) -> bool:
        """Whether a message that it saw will change nothing if it is sent again: ``saw_again``."""
        location = message.location
        return not self.is_changed_by(message) and (location is None or location in self._locations)

    def saw_again(self, repeats: Sequence[Again]) -> None:
        """Take the repeats of messages that it ``knows``."""
        latest = self.seen_in.last
        for message, frames, _, last_ns in repeats:
            if frames.last > latest:
                latest, self.last_time_ns = frames.last, last_ns
            self.life.saw_present(last_ns, message.max_age_seconds, message.boot_id)
        self.seen_in.add_behind((frames, told) for _, frames, told, _ in repeats)

    def note_sender(self, sighting: Sighting) -> None:
        """Take the addresses a message came from."""
        if len(self.senders) < MAX_VALUES:
            self.senders[sighting.source] = sighting.src
        if sighting.link_source is not None and sighting.link_src is not None:
            self._link_addresses[sighting.link_source] = sighting.link_src

    def _note_location(self, location: str) -> None:
        self._last_location = location
        known = self._locations
        if location not in known and len(known) < MAX_VALUES and self._budget.keep(location):
            known[location] = None

    def _note_server(self, server: str) -> None:
        self._last_server = server
        if self._budget.keep(server, instead_of=self.server):
            self.server = server

    def _note_type(self, target: str | None) -> None:
        if target is not None and _DEVICE_TYPE.match(target):
            self.device_type = target

    def column(self, name: str) -> object:
        """The value of a column of ``DEVICE_COLUMNS``; None for what no description told."""
        return getattr(self, name)

    def tree(self) -> Tree:
        """What was seen of it, and what the latest description says."""
        from upnpscapy.forensics.views.devices import device_tree

        return device_tree(self)

    def _summary(self) -> str:
        name = self.friendly_name or self.device_type or ""
        words = (self.udn[:MAX_SUMMARY], name[:MAX_SUMMARY], self.state)
        return printable(f"Device {' '.join(filter(None, words))}")

    def involves(self, host: str) -> bool:
        """Whether an IP or link address is one of its own."""
        return host in self.addresses or host in self.link_addresses


class Inventory:
    """The devices of one capture, in the order they were first seen."""

    def __init__(self) -> None:
        self.devices: list[Device] = []
        self.left_out = 0
        """Messages of devices beyond ``MAX_DEVICES``, or beyond the budget."""
        self.budget = Budget()
        self._by_name: dict[tuple[str, bytes], Device] = {}
        self._place = Place("", 0, ("",))
        self._base = 0

    def begin(self, place: Place) -> None:
        """Name the file that the next messages come from."""
        self._place = place
        self._base = place.base

    def take(self, sightings: list[Sighting]) -> None:
        """Take messages of any kind; those that tell of a device are noted."""
        by_name, base = self._by_name, self._base
        for sighting in sightings:
            _, message, frame, time_ns, source, _, _, _, link_source, _, _, _, _ = sighting
            udn = message.udn
            if udn is None:
                continue
            device = by_name.get((udn, link_source or source))
            if device is None:
                device = self._find(message, link_source or source)
                if device is None:
                    continue
            device.saw(message, base + frame, time_ns)
            if source not in device.senders:
                device.note_sender(sighting)

    def device_of(self, sighting: Sighting) -> Device | None:
        """The device that a message tells of, which has yet to see it; None if it tells of none."""
        message, sender = sighting.ssdp, sighting.link_source or sighting.source
        if message.udn is None:
            return None
        device = self._by_name.get((message.udn, sender)) or self._find(message, sender)
        if device is not None and sighting.source not in device.senders:
            device.note_sender(sighting)
        return device

    def add_described(
        self, udn: str, place: Place, sender: tuple[bytes, str], like: Device | None
    ) -> Device | None:
        """A device that no message announced, at an address or beside another of its sender."""
        link_addresses = {} if like is None else like._link_addresses
        key = (udn.lower(), next(iter(link_addresses), sender[0]))
        if key in self._by_name:
            return self._by_name[key]
        if len(self._by_name) >= MAX_DEVICES or not self.budget.keep(udn):
            self.left_out += 1
            return None
        device = self._by_name[key] = Device(udn, place, self.budget)
        device.senders.update([sender] if like is None else like.senders)
        device._link_addresses.update(link_addresses)
        self.devices.append(device)
        return device

    def close(self, end_ns: int | None) -> None:
        """Fix the moment that the devices' states refer to."""
        for device in self.devices:
            latest = device.last_time_ns
            ends = [time for time in (end_ns, latest) if time is not None]
            device.end_ns = max(ends, default=None)

    def _find(self, message: SsdpMessage, sender: bytes) -> Device | None:
        """The device of a UDN that is written like this for the first time.

        ``UUID:X`` is ``uuid:x``.
        """
        if message.udn is None or message.kind in ("search", "other"):
            return None
        if len(self._by_name) >= MAX_DEVICES or not self.budget.keep(message.udn):
            self.left_out += 1
            return None
        plain = (message.udn.lower(), sender)
        device = self._by_name.get(plain)
        if device is None:
            device = self._by_name[plain] = Device(message.udn, self._place, self.budget)
            self.devices.append(device)
        self._by_name[message.udn, sender] = device
        return device
