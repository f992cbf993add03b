"""The catalogue of deviations in descriptions of devices and services, with their clauses.

What ``defect`` is for discovery, this is for what the XML of UDA 2.0, 2 says.
What the XML itself needed to be readable is a ``Repair`` of ``xml``.
"""

from __future__ import annotations

from upnpscapy.protocol.deviation import Deviation

__all__ = ["CATALOGUE", "DescriptionDefect"]

_DEVICE = "UDA 2.0, 2.3"
_SERVICE = "UDA 2.0, 2.5"
_BASE = "UDA 1.0, 2.1; UDA 2.0, 2.3"
_URL = "UDA 2.0, 2.3; RFC 3986, 5"

CATALOGUE: dict[str, tuple[str, str]] = {
    # Either kind.
    "root-name": ("UDA 2.0, 2.3 and 2.5", "the root element has another name"),
    "root-namespace": ("UDA 2.0, 2.3 and 2.5", "the root element is in another namespace or none"),
    "missing-version": ("UDA 2.0, 2.3 and 2.5", "specVersion is missing or no pair of numbers"),
    "config-id-value": (_DEVICE, "configId is not a plain number"),
    "blanks-in-value": ("practice", "blanks stand around a value"),
    # Devices.
    "several-root-devices": (_DEVICE, "more than one device stands in the root element"),
    "missing-device-type": (_DEVICE, "a device has no deviceType"),
    "missing-friendly-name": (_DEVICE, "a device has no friendlyName"),
    "missing-udn": (_DEVICE, "a device has no UDN"),
    "udn-without-uuid": (_DEVICE, "UDN does not begin with uuid:"),
    "duplicate-udn": (_DEVICE, "two devices of a tree have one UDN"),
    "missing-service-type": (_DEVICE, "a service has no serviceType"),
    "missing-service-id": (_DEVICE, "a service has no serviceId"),
    "duplicate-service-id": (_DEVICE, "two services of a device have one serviceId"),
    "missing-url": (_DEVICE, "a service has no SCPDURL, controlURL or eventSubURL"),
    "icon-size": (_DEVICE, "an icon's width, height or depth is not a number"),
    "url-characters": ("RFC 3986, 2", "a URL holds a character that no URL may hold"),
    "url-unresolved": (_URL, "a URL is relative and nothing says to what, or it is no URL"),
    "url-base-value": (_BASE, "URLBase is no absolute HTTP URL; LOCATION stands in"),
    "url-base-relative": (_BASE, "URLBase is relative; it is taken from LOCATION on"),
    "url-base-place": (_BASE, "URLBase stands in the device and not in the root element"),
    "url-base-deprecated": (_BASE, "URLBase is sent by a device of UPnP 1.1 or later"),
    "url-base-elsewhere": ("practice", "URLBase names another host or port than LOCATION"),
    # Services.
    "missing-name": (_SERVICE, "an action, argument or state variable has no name"),
    "quoted-name": (_SERVICE, "a name or value stands in quotation marks"),
    "duplicate-name": (_SERVICE, "two actions, arguments or state variables have one name"),
    "direction-value": (_SERVICE, "a direction is neither in nor out"),
    "retval-place": (_SERVICE, "retval marks an argument that is not the first out argument"),
    "unknown-variable": (_SERVICE, "an argument is related to no state variable of the table"),
    "missing-state-table": (_SERVICE, "there is no serviceStateTable"),
    "send-events-value": (_SERVICE, "sendEvents or multicast is neither yes nor no"),
    "missing-data-type": (_SERVICE, "a state variable has no dataType"),
    "unknown-data-type": (_SERVICE, "a dataType is none of the standard's"),
    "data-type-case": (_SERVICE, "a dataType is not in the case the standard writes"),
    "range-without-minimum": (_SERVICE, "a range has no minimum"),
    "range-without-maximum": (_SERVICE, "a range has no maximum"),
    "range-swapped": (_SERVICE, "the minimum of a range is above its maximum"),
    "range-value": (_SERVICE, "an end or step of a range is not of the dataType"),
    "default-value": (_SERVICE, "the default is not of the dataType, or not allowed"),
}
"""name → (clause, what it means)."""


class DescriptionDefect(Deviation[str]):
    """One deviation in a description or SCPD, by its name in ``CATALOGUE``."""

    __slots__ = ()

    catalogue = CATALOGUE
