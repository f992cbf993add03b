"""A description as a tree to look at: devices, their services, icons, and what deviates."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING

from upnpscapy.tree import Node, Tree

if TYPE_CHECKING:
    from upnpscapy.protocol.description_defect import DescriptionDefect
    from upnpscapy.protocol.description_tree import Description, Device, Icon, Service
    from upnpscapy.protocol.xml import Repair

__all__ = [
    "InService",
    "description_tree",
    "device_tree",
    "remarks",
    "service_fields",
    "service_tree",
    "short_type",
]

InService = Callable[["Device", "Service"], Node]
"""A service of a device as a node, for those who know more of it than its description."""

_STANDARD = ("urn:schemas-upnp-org:device:", "urn:schemas-upnp-org:service:")


def description_tree(
    description: Description, service_node: InService | None = None, *, location: bool = True
) -> Tree:
    """The root device and all below it; repairs and deviations follow.

    ``location`` says whether the URL it was fetched from is to be shown.
    """
    around = tuple(_fields(_around(description, location=location)))
    service_node = service_node or _plain_service
    first, *others = (
        _device_node(tree, service_node) for tree in (description.root, *description.other_roots)
    )
    first = Node(first.label, first.note, around + first.fields, first.children)
    return Tree((first, *others), remarks(description.repairs, description.defects))


def device_tree(device: Device) -> Tree:
    """A device and all below it."""
    return Tree((_device_node(device, _plain_service),))


def service_tree(service: Service) -> Tree:
    """A service with its URLs."""
    return Tree((_service_node(service),))


def remarks(repairs: tuple[Repair, ...], defects: tuple[DescriptionDefect, ...]) -> tuple[str, ...]:
    """What was repaired and what deviates, in words."""
    repaired = (f"repaired: {repair}" for repair in repairs)
    return (*repaired, *(f"defect: {defect}" for defect in defects))


def short_type(text: str | None) -> str:
    """A type of the standard without its domain, ``WANDevice:1``; any other as sent."""
    text = text or ""
    for start in _STANDARD:
        if text.lower().startswith(start):
            return text[len(start) :]
    return text


def _around(description: Description, *, location: bool) -> Iterator[tuple[str, str | None]]:
    version = description.spec_version
    yield "location", description.location if location else None
    yield "spec_version", None if version is None else f"{version[0]}.{version[1]}"
    yield "config_id", None if description.config_id is None else str(description.config_id)
    if description.url_base_raw is not None:
        yield "url_base", _url(description.url_base, description.url_base_raw)


def _device_node(device: Device, service_node: InService) -> Node:
    """As deep as elements may be in each other, so recursion has its bound."""
    kind = short_type(device.device_type)
    label = device.friendly_name or kind or "device without a name"
    note = "  ".join(part for part in (kind if label != kind else "", device.udn or "") if part)
    return Node(
        label,
        note,
        tuple(_fields(_device_fields(device))),
        (
            *(service_node(device, service) for service in device.services),
            *(_device_node(inner, service_node) for inner in device.devices),
        ),
    )


def _device_fields(device: Device) -> Iterator[tuple[str, str | None]]:
    yield "manufacturer", _with_url(device.manufacturer, device.manufacturer_url)
    model = " ".join(filter(None, (device.model_name, device.model_number)))
    yield "model", _with_url(model, device.model_url)
    if device.model_description != device.model_name:
        yield "model_description", device.model_description
    yield "serial_number", device.serial_number
    yield "upc", device.upc
    yield "presentation_url", _url(device.presentation_url, device.presentation_url_raw)
    for icon in device.icons:
        yield "icon", _icon(icon)
    yield from device.extensions


def _icon(icon: Icon) -> str:
    width, height, depth = (
        "?" if one is None else str(one) for one in (icon.width, icon.height, icon.depth)
    )
    parts = (icon.mimetype, f"{width} x {height} x {depth}", _url(icon.url, icon.url_raw))
    return "  ".join(part for part in parts if part)


def _plain_service(_: Device, service: Service) -> Node:
    return _service_node(service)


def _service_node(service: Service) -> Node:
    kind = short_type(service.service_type)
    label = service.short_id or "service without a name"
    return Node(label, "" if kind == label else kind, service_fields(service))


def service_fields(service: Service) -> tuple[tuple[str, str], ...]:
    """Where a service is called, subscribed to and described."""
    events = _url(service.event_sub_url, service.event_sub_url_raw)
    return tuple(
        _fields(
            (
                ("control_url", _url(service.control_url, service.control_url_raw)),
                ("event_sub_url", "none: it sends no events" if events == "" else events),
                ("scpd_url", _url(service.scpd_url, service.scpd_url_raw)),
            )
        )
    )


def _url(resolved: str | None, raw: str | None) -> str | None:
    """A URL; one that leads nowhere as sent, with a word on that."""
    return f"{raw} (relative to what is not known)" if resolved is None and raw else resolved


def _with_url(text: str | None, url: str | None) -> str:
    return "  ".join(part for part in (text, url) if part)


def _fields(pairs: Iterable[tuple[str, str | None]]) -> Iterator[tuple[str, str]]:
    """Those that have a value."""
    return ((name, value) for name, value in pairs if value)
