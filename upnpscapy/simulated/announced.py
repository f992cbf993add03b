"""What a device announces and answers searches with (UDA 2.0, 1.2.2 and 1.3.2)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from upnpscapy.simulated.device import SimulatedDevice

__all__ = ["Announced", "announced", "matching"]


class Announced(NamedTuple):
    """One NT with its USN."""

    target: str
    usn: str
    location: str
    config_id: int


def announced(device: SimulatedDevice) -> list[Announced]:
    """Three of the root device, two of each embedded one, one of each service."""
    place = (device.location, device.config_id)
    return [Announced(target, usn, *place) for target, usn in _pairs(device)]


def matching(known: Sequence[Announced], st: str) -> list[Announced]:
    """Those a search is for, in the version that it asks for."""
    if st == "ssdp:all":
        return list(known)
    kind, version = _versioned(st)
    found = []
    for one in known:
        if one.target == st:
            found.append(one)
        elif version is not None:
            own_kind, own_version = _versioned(one.target)
            if own_kind == kind and own_version is not None and 1 <= version <= own_version:
                udn = one.usn.partition("::")[0]
                found.append(one._replace(target=st, usn=f"{udn}::{st}"))
    return found


def _pairs(device: SimulatedDevice) -> Iterator[tuple[str, str]]:
    yield "upnp:rootdevice", f"{device.udn}::upnp:rootdevice"
    for node in device.root.walk():
        udn = device.udn_of(node)
        yield udn, udn
        yield node.device_type, f"{udn}::{node.device_type}"
        for service in node.services:
            service_type = service.table.service_type
            yield service_type, f"{udn}::{service_type}"


def _versioned(target: str) -> tuple[str, int | None]:
    """A type without its version, and that; None if it has none."""
    kind, _, version = target.rpartition(":")
    if not target.startswith("urn:") or not (version.isascii() and version.isdigit()):
        return target, None
    return kind, int(version[:9])
