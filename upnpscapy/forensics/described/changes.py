"""What differs between two fetches of one description."""

from __future__ import annotations

from collections.abc import Iterator

from upnpscapy.protocol.description_tree import Description, Device, Service

__all__ = ["Change", "changes_between", "plain_udn"]

Change = tuple[str, str | None, str | None]
"""(field, old value, new value); of a service its id and the field: ``WANIPConn1 scpd_url``.
A device or service that came or went is the field ``udn`` or ``… service_type``, one value None."""

_FIELDS = (
    "parent_udn device_type friendly_name manufacturer manufacturer_url model_description "
    "model_name model_number model_url serial_number upc presentation_url".split()
)
_SERVICE_FIELDS = "service_type scpd_url control_url event_sub_url".split()


def plain_udn(udn: str | None) -> str:
    """A UDN to compare: in lower case and without ``uuid:``; "" for none."""
    return (udn or "").strip().lower().removeprefix("uuid:")


def changes_between(old: Description, new: Description) -> Iterator[tuple[str, Change]]:
    """(plain UDN, change) for each difference, in the order of the documents."""
    before, after = _by_udn(old), _by_udn(new)
    for udn, device in before.items():
        if udn not in after:
            yield udn, ("udn", device.udn, None)
            continue
        for change in _device_changes(device, after[udn]):
            yield udn, change
    for udn, device in after.items():
        if udn not in before:
            yield udn, ("udn", None, device.udn)


def _by_udn(description: Description) -> dict[str, Device]:
    found: dict[str, Device] = {}
    for device in description.devices:
        found.setdefault(plain_udn(device.udn), device)
    return found


def _device_changes(old: Device, new: Device) -> Iterator[Change]:
    for name in _FIELDS:
        before, after = getattr(old, name), getattr(new, name)
        if before != after:
            yield name, before, after
    services, others = _by_id(old), _by_id(new)
    for name, service in services.items():
        other = others.get(name)
        if other is None:
            yield f"{name} service_type", service.service_type, None
            continue
        for field in _SERVICE_FIELDS:
            before, after = getattr(service, field), getattr(other, field)
            if before != after:
                yield f"{name} {field}", before, after
    for name, service in others.items():
        if name not in services:
            yield f"{name} service_type", None, service.service_type


def _by_id(device: Device) -> dict[str, Service]:
    found: dict[str, Service] = {}
    for service in device.services:
        found.setdefault(service.short_id, service)
    return found
