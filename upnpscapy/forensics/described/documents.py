"""The descriptions and SCPDs of a pass, joined to services, and the LOCATIONs that gave none."""

from __future__ import annotations

from collections.abc import Iterable

from upnpscapy.forensics.described.captured_document import CapturedDocument
from upnpscapy.forensics.described.captured_url import CapturedUrl, captured_urls
from upnpscapy.forensics.described.service_row import ServiceRow
from upnpscapy.forensics.exchange_row import ExchangeRow
from upnpscapy.forensics.inventory import Device as SeenDevice
from upnpscapy.forensics.selection import Selection
from upnpscapy.forensics.url_place import UrlPlace, place_of, url_place
from upnpscapy.protocol.description_tree import Device, Service

__all__ = ["Documents", "Misses"]

MAX_MISSES = 4096
"""Places remembered that were asked for in vain."""


class Misses:
    """Requests that brought neither description nor SCPD, by what they were for."""

    def __init__(self) -> None:
        self._found: dict[UrlPlace, str] = {}

    def take(self, row: ExchangeRow) -> None:
        """Take an exchange; one with a purpose is passed over."""
        if row.role != "other" or row.method != "GET" or len(self._found) >= MAX_MISSES:
            return
        status = row.exchange.status
        answer = "no response" if status is None else f"answered with status {status}"
        self._found.setdefault(
            place_of(row.exchange), f"asked for in frame {row.column('frame')}, {answer}"
        )

    def words(self, location: str) -> str:
        """What became of the first request for a LOCATION; "" if there was none."""
        place = url_place(location)
        return "" if place is None else self._found.get(place, "")


class Documents:
    """The documents of a pass, by URL, as far as they are chosen."""

    def __init__(
        self,
        documents: Iterable[CapturedDocument],
        services: Iterable[ServiceRow],
        devices: Iterable[SeenDevice],
        selection: Selection | None = None,
        misses: Misses | None = None,
    ) -> None:
        self.misses = misses or Misses()
        chosen = selection or Selection()
        everything = captured_urls(documents)
        self.urls = [one for one in everything if one.is_chosen(chosen)]
        self._scpds: dict[tuple[object, ...], CapturedDocument] = {}
        self._named: set[int] = set()
        """Of documents: SCPDs that a listed service names."""
        for row in services:
            if row.scpd_document is not None:
                key = row.document.server, row.udn, row.service
                self._scpds[key] = row.scpd_document
                self._named.add(id(row.scpd_document))
        fetched = {place for one in everything for place in (one.where, url_place(one.url))}
        self.undescribed: dict[str, list[SeenDevice]] = {}
        """LOCATION → the devices that name it, where the capture has no document of it."""
        for device in filter(chosen.includes, devices):
            for location in device.locations:
                place = url_place(location)
                if place is None or place not in fetched:
                    self.undescribed.setdefault(location, []).append(device)

    def named(self, text: str) -> list[CapturedUrl]:
        """Those of a URL, or of a path."""
        return [one for one in self.urls if one.is_named(text)]

    @property
    def descriptions(self) -> list[CapturedUrl]:
        """Descriptions that can be read."""
        return [one for one in self.urls if one.latest.description is not None]

    @property
    def loose_scpds(self) -> list[CapturedUrl]:
        """SCPDs that can be read, and that no service of a description names."""
        return [
            one
            for one in self.urls
            if one.latest.scpd is not None
            and not any(id(document) in self._named for document in one.documents)
        ]

    @property
    def unreadable(self) -> list[CapturedUrl]:
        """Those of which no document can be read."""
        return [one for one in self.urls if not one.latest.readable]

    def scpd_of(
        self, document: CapturedDocument, device: Device, service: Service
    ) -> CapturedDocument | None:
        """What the SCPDURL of a service in a description gave, readable or not."""
        return self._scpds.get((document.server, device.udn, service))
