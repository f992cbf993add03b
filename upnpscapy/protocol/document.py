"""An XML text of a device, whichever of the two kinds it is: a description or an SCPD."""

from __future__ import annotations

from upnpscapy.errors import DescriptionError
from upnpscapy.protocol.description import parse_description
from upnpscapy.protocol.description_tree import Description
from upnpscapy.protocol.scpd import parse_scpd
from upnpscapy.protocol.scpd_tree import Scpd
from upnpscapy.protocol.xml import parse_xml

__all__ = ["parse_document"]


def parse_document(data: bytes, url: str | None = None) -> Description | Scpd:
    """What an XML text describes; ``url`` is where it was fetched from.

    Raises ``DescriptionError`` for what is no XML, and for XML that describes neither.
    """
    try:
        document = parse_xml(data)
        root = document.root
        if root.name.lower() == "device" or root.find("device") is not None:
            return parse_description(document, url)
        if root.name.lower() == "scpd" or any(map(root.find, ("actionList", "serviceStateTable"))):
            return parse_scpd(document, url)
        raise DescriptionError(f"neither a device nor a service in the element {root.name!a}")
    except DescriptionError as error:
        if error.url is None and url is not None:
            raise DescriptionError(error.reason, url) from error
        raise
