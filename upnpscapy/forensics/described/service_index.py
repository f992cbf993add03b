"""The services of captured descriptions, found by the URL that their actions are called at."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable

from upnpscapy.forensics.described.captured_document import CapturedDocument
from upnpscapy.forensics.described.changes import plain_udn
from upnpscapy.forensics.described.service_row import ServiceRow
from upnpscapy.forensics.url_place import UrlPlace, by_address, url_place

__all__ = ["MAX_SERVICES", "ServiceIndex"]

MAX_SERVICES = 32_768

MAX_AT_URL = 256
"""Services of one control URL that are looked at; real devices have ten at one URL."""

_VERSION = re.compile(r":[0-9]+\Z")


class ServiceIndex:
    """Services by control URL; what is added first goes before the rest."""

    def __init__(self, scpds: Iterable[CapturedDocument] = ()) -> None:
        self.listed: list[ServiceRow] = []
        """Each service of a latest description once."""
        self.left_out = 0
        """Services beyond ``MAX_SERVICES``."""
        self._count = 0
        self._scpds: dict[UrlPlace, CapturedDocument] = {}
        self._seen: set[tuple[object, ...]] = set()
        self._own: defaultdict[UrlPlace, list[ServiceRow]] = defaultdict(list)
        self._foreign: defaultdict[UrlPlace, list[ServiceRow]] = defaultdict(list)
        """What descriptions say of servers that are not their own."""
        self._of_events: dict[UrlPlace, ServiceRow] = {}
        self._of_id: dict[tuple[str, str], ServiceRow] = {}
        for document in scpds:
            self._scpds[document.where] = document

    def add(self, description: CapturedDocument, *, listed: bool) -> None:
        """Take the services of a description."""
        if description.description is None:
            return
        where, named = description.where, url_place(description.url) or description.where
        for device in description.description.devices:
            for service in device.services:
                if self._count >= MAX_SERVICES:
                    self.left_out += 1
                    continue
                self._count += 1
                scpd_place = by_address(url_place(service.scpd_url), named, where)
                scpd = None if scpd_place is None else self._scpds.get(scpd_place)
                row = ServiceRow(description, device, service, scpd)
                for one in _places(service.control_url, named, where):
                    own = one.host in (where.host, named.host)
                    (self._own if own else self._foreign)[one].append(row)
                for one in _places(service.event_sub_url, named, where):
                    if one.host in (where.host, named.host):
                        self._of_events.setdefault(one, row)
                self._of_id.setdefault(_id(device.udn, service.service_id), row)
                identity = (description.server, device.udn, service)
                if listed and identity not in self._seen:
                    self._seen.add(identity)
                    self.listed.append(row)

    def find(self, control_url: str, service_type: str | None) -> ServiceRow | None:
        """The service at a URL, of that type if one is given; None if several could be meant."""
        place = url_place(control_url)
        if place is None:
            return None
        for known in (self._own, self._foreign):
            rows = known.get(place, [])[:MAX_AT_URL]
            found = _chosen(rows, service_type)
            if found is not None:
                return found
        return None

    def find_events(self, event_sub_url: str | None) -> ServiceRow | None:
        """The service that is subscribed to at a URL: the first that was added."""
        place = url_place(event_sub_url)
        return None if place is None else self._of_events.get(place)

    def find_id(self, udn: str | None, service_id: str | None) -> ServiceRow | None:
        """The service of a device: the first that was added."""
        return self._of_id.get(_id(udn, service_id))


def _id(udn: str | None, service_id: str | None) -> tuple[str, str]:
    return plain_udn(udn), (service_id or "").strip().lower()


def _places(url: str | None, named: UrlPlace, where: UrlPlace) -> set[UrlPlace]:
    """Where a URL of a description leads: as it is written, and by the server's address."""
    place = url_place(url)
    return {one for one in (place, by_address(place, named, where)) if one is not None}


def _chosen(rows: list[ServiceRow], service_type: str | None) -> ServiceRow | None:
    """The first of that type, but one with an SCPD before one without."""
    wanted = None if service_type is None else _plain(service_type)
    chosen: ServiceRow | None = None
    for row in rows:
        kind = _plain(row.service_type)
        if wanted is None:
            wanted = kind
        elif kind != wanted:
            if service_type is None:
                return None
            continue
        if chosen is None or (chosen.scpd is None and row.scpd is not None):
            chosen = row
    return chosen


def _plain(service_type: str | None) -> str:
    """A type without its version: a call may ask for an earlier one (UDA 2.0, 2.3)."""
    return _VERSION.sub("", (service_type or "").strip().lower())
