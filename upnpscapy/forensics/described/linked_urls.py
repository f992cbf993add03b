"""What a URL is for, as the captured descriptions name it: icons, pages, SCPDs."""

from __future__ import annotations

from upnpscapy.capture.exchanges import Exchange
from upnpscapy.forensics.described.captured_document import CapturedDocument
from upnpscapy.forensics.exchange_row import Role
from upnpscapy.forensics.url_place import UrlPlace, by_address, place_of, url_place

__all__ = ["LinkedUrls"]

MAX_URLS = 65_536
"""Kept; a media server names a dozen."""


class LinkedUrls:
    """The URLs that descriptions name on the server they came from, whatever its port.

    What they say of other hosts does not count: anyone could say it.
    """

    def __init__(self) -> None:
        self._roles: dict[UrlPlace, Role] = {}
        self._servers: set[bytes] = set()

    def add(self, document: CapturedDocument) -> None:
        """Take what a description names; what was named before stands."""
        if document.description is None:
            return
        where = document.where
        self._servers.add(document.server_address)
        named = url_place(document.url) or where
        if where.target:
            self._note(where, "description")
        links: list[tuple[str | None, Role]] = []
        for device in document.description.devices:
            links += [(service.scpd_url, "scpd") for service in device.services]
            links += [(icon.url, "icon") for icon in device.icons]
            links.append((device.presentation_url, "presentation"))
        for url, role in links:
            place = by_address(url_place(url), named, where)
            if place is not None and place.host == where.host:
                self._note(place, role)

    def role(self, exchange: Exchange) -> Role:
        """What the URL that was asked for is for; ``other`` if no description says."""
        if exchange.server_address not in self._servers:
            return "other"  # nearly all of what is no UPnP
        return self._roles.get(place_of(exchange), "other")

    def _note(self, place: UrlPlace, role: Role) -> None:
        if len(self._roles) < MAX_URLS:
            self._roles.setdefault(place, role)
