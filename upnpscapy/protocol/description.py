"""What a device says of itself: the tree of devices, services and icons (UDA 2.0, 2.3).

``parse_description`` reads one document; the values keep what was sent, ``*_raw`` beside each URL.
A value that is missing is None, one that is empty "".
In a session the tree is walked by name: ``description.root.WANIPConn1``, with tab completion.
"""

from __future__ import annotations

from collections import Counter

from upnpscapy.errors import DescriptionError
from upnpscapy.protocol.description_read import Reader
from upnpscapy.protocol.description_tree import Description, Device, Icon, Service
from upnpscapy.protocol.description_url import base_url, resolve_url
from upnpscapy.protocol.xml import Document, Element, parse_xml

__all__ = ["NAMESPACE", "Description", "Device", "Icon", "Service", "parse_description"]

NAMESPACE = "urn:schemas-upnp-org:device-1-0"
"""Of all versions so far (UDA 2.0, 2.3)."""

_KNOWN = frozenset(
    "devicetype friendlyname manufacturer manufacturerurl modeldescription modelname modelnumber "
    "modelurl serialnumber udn upc urlbase iconlist servicelist devicelist presentationurl".split()
)


def parse_description(data: bytes | Document, location: str | None = None) -> Description:
    """The device tree of one description; ``location`` is the URL it was fetched from.

    Raises ``DescriptionError`` with that URL for what is no XML or describes no device.
    """
    try:
        document = data if isinstance(data, Document) else parse_xml(data)
        return _read(document, location)
    except DescriptionError as error:
        if error.url is None and location is not None:
            raise DescriptionError(error.reason, location) from error
        raise


def _read(document: Document, location: str | None) -> Description:
    reader = Reader()
    root = document.root
    if root.name.lower() == "device":
        devices: tuple[Element, ...] = (root,)
    else:
        devices = root.find_all("device")
    if not devices:
        raise DescriptionError(_not_a_device(root))
    if root.name != "root":
        reader.add("root-name", root.name)
    if root.namespace != NAMESPACE:
        reader.add("root-namespace", root.namespace)
    if len(devices) > 1:
        reader.add("several-root-devices", str(len(devices)))
    version = reader.version(root)
    url_base = reader.value(root, "URLBase")
    if url_base is None and (url_base := reader.value(devices[0], "URLBase")) is not None:
        reader.add("url-base-place", url_base)
    base = base_url(url_base, location, version, reader.add)
    trees = [_Tree(reader, base).device(device, None) for device in devices]
    description = Description(
        root=trees[0],
        other_roots=tuple(trees[1:]),
        spec_version=version,
        config_id=reader.config_id(root),
        url_base=base,
        url_base_raw=url_base,
        location=location,
        repairs=document.repairs,
    )
    seen: set[str] = set()
    for device in description.devices:
        if device.udn and device.udn in seen:
            reader.add("duplicate-udn", device.udn)
        seen.add(device.udn or "")
    return description.with_defects(reader.defects)


def _not_a_device(root: Element) -> str:
    if root.name.lower() == "scpd":
        return "the description of a service (scpd), not of a device"
    return f"no device in the element {root.name!a}"


class _Tree:
    """Reads devices; as deep as elements may be in each other, so recursion has its bound."""

    def __init__(self, reader: Reader, base: str | None) -> None:
        self.reader = reader
        self.base = base

    def url(self, raw: str | None) -> str | None:
        return resolve_url(raw, self.base, self.reader.add)

    def device(self, element: Element, parent_udn: str | None) -> Device:
        reader = self.reader
        values = {child: reader.value(element, child) for child in _TEXTS}
        udn = values["UDN"]
        urls = {name: reader.value(element, name) for name in _URLS}
        for name, defect in _DEMANDED:
            if not values[name]:
                reader.add(defect, values["friendlyName"] or udn or None)
        if udn and not udn.lower().startswith("uuid:"):
            reader.add("udn-without-uuid", udn)
        services = tuple(
            self.service(child) for child in reader.each(element, "serviceList", "service")
        )
        ids = Counter(service.service_id for service in services if service.service_id)
        for repeated in (one for one, times in ids.items() if times > 1):
            reader.add("duplicate-service-id", repeated)
        return Device(
            device_type=values["deviceType"],
            friendly_name=values["friendlyName"],
            manufacturer=values["manufacturer"],
            manufacturer_url=self.url(urls["manufacturerURL"]),
            model_description=values["modelDescription"],
            model_name=values["modelName"],
            model_number=values["modelNumber"],
            model_url=self.url(urls["modelURL"]),
            serial_number=values["serialNumber"],
            udn=udn,
            upc=values["UPC"],
            presentation_url=self.url(urls["presentationURL"]),
            manufacturer_url_raw=urls["manufacturerURL"],
            model_url_raw=urls["modelURL"],
            presentation_url_raw=urls["presentationURL"],
            parent_udn=parent_udn,
            icons=tuple(self.icon(child) for child in reader.each(element, "iconList", "icon")),
            services=services,
            devices=tuple(
                self.device(child, udn) for child in reader.each(element, "deviceList", "device")
            ),
            extensions=tuple(_extensions(element)),
        )

    def service(self, element: Element) -> Service:
        reader = self.reader
        kind = reader.value(element, "serviceType")
        name = reader.value(element, "serviceId")
        urls = [reader.value(element, child) for child in ("SCPDURL", "controlURL", "eventSubURL")]
        if not kind:
            reader.add("missing-service-type", name)
        if not name:
            reader.add("missing-service-id", kind)
        # An empty eventSubURL says that there are no events; the others must lead somewhere.
        if not urls[0] or not urls[1] or urls[2] is None:
            reader.add("missing-url", name or kind)
        return Service(kind, name, *map(self.url, urls), *urls)

    def icon(self, element: Element) -> Icon:
        reader = self.reader
        raw = reader.value(element, "url")
        return Icon(
            mimetype=reader.value(element, "mimetype"),
            width=self.size(element, "width"),
            height=self.size(element, "height"),
            depth=self.size(element, "depth"),
            url=self.url(raw),
            url_raw=raw,
        )

    def size(self, icon: Element, name: str) -> int | None:
        text = self.reader.value(icon, name) or ""
        if text.isascii() and text.isdecimal() and len(text) < 10:
            return int(text)
        self.reader.add("icon-size", f"{name} {text}".strip())
        return None


_TEXTS = (
    "deviceType friendlyName manufacturer modelDescription modelName modelNumber serialNumber "
    "UDN UPC".split()
)
_URLS = ("manufacturerURL", "modelURL", "presentationURL")
_DEMANDED = (
    ("deviceType", "missing-device-type"),
    ("friendlyName", "missing-friendly-name"),
    ("UDN", "missing-udn"),
)


def _extensions(device: Element) -> list[tuple[str, str]]:
    """What vendors and other standards add, as dlna:X_DLNADOC, in the order of the text."""
    return [
        (f"{child.prefix}:{child.name}" if child.prefix else child.name, child.text)
        for child in device
        if child.name.lower() not in _KNOWN and not child.children
    ]
