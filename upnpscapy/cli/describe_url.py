"""The part of ``upnpscapy describe`` that asks a device itself."""

from __future__ import annotations

from typing import Any

from upnpscapy.cli.output import remark
from upnpscapy.cli.reaching import open_http
from upnpscapy.cli.status import DONE, UNREADABLE

__all__ = ["describe_url"]


def describe_url(url: str, form: str, *, expand: bool, **options: Any) -> int:
    """Fetch a description or SCPD and print it; with ``expand`` the SCPDs of services too."""
    from upnpscapy.documents import print_document
    from upnpscapy.errors import UpnpError
    from upnpscapy.live.device import LiveDevice
    from upnpscapy.protocol.description_tree import Description
    from upnpscapy.protocol.document import parse_document

    with open_http(**options) as http:
        try:
            response = http.get(url)
            document = parse_document(response.body, response.url)
        except UpnpError as error:
            remark(str(error))
            return UNREADABLE
        if expand and form == "text" and isinstance(document, Description):
            return _print_device(LiveDevice(document, url, http))
    print_document(form, url, document, expand=expand)
    return DONE


def _print_device(device: Any) -> int:
    from upnpscapy.terminal import print_tree, stdout_console

    for service in device.services:
        if service.scpd_problem is not None:
            remark(f"{service.short_id}: {service.scpd_problem}")
    print_tree(stdout_console(), device.tree(), expand=True)
    return DONE
