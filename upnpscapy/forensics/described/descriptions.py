"""The descriptions and SCPDs of one capture: what devices say of themselves when they are asked.

Documents are kept by the server that answered and the target, one for each distinct content;
fetching the same bytes again costs a digest.
"""

from __future__ import annotations

from hashlib import sha256

from upnpscapy.forensics.budget import Budget
from upnpscapy.forensics.described.captured_document import CapturedDocument, Kind
from upnpscapy.forensics.described.changes import Change, changes_between
from upnpscapy.forensics.described.join import Join
from upnpscapy.forensics.described.linked_urls import LinkedUrls
from upnpscapy.forensics.described.service_index import ServiceIndex
from upnpscapy.forensics.described.service_row import ServiceRow
from upnpscapy.forensics.exchange_row import ExchangeRow
from upnpscapy.forensics.inventory import Inventory
from upnpscapy.forensics.url_place import UrlPlace, place_of, url_of
from upnpscapy.protocol.scpd_tree import Scpd

__all__ = ["Descriptions"]

BYTES = 64 << 20
"""Of all documents, with what their elements take in memory; a gateway's take 0.2 MB."""

BYTES_PER_TAG = 96
"""What a start or end tag takes in memory once it is read, at most."""

MAX_DOCUMENTS = 8192
"""Distinct documents kept."""

MAX_TARGET = 512
"""Characters of a target; each URL in a description can become as long (UDA 1.0, 2.1: 256)."""

MAX_CHANGES = 256
"""Changes kept of one URL."""


class Descriptions:
    """Takes exchanges as they are complete; ``services`` is there after ``close``."""

    def __init__(self) -> None:
        self.documents: list[CapturedDocument] = []
        """Every distinct document, in the order of first fetches, unreadable ones too."""
        self.services: list[ServiceRow] = []
        """The services of the latest description of each URL."""
        self.linked = LinkedUrls()
        """What the URLs are for that the descriptions so far name."""
        self.budget = Budget(BYTES)
        self.left_out = 0
        """Fetches of documents beyond ``MAX_DOCUMENTS``, or beyond the budget."""
        self._known: dict[tuple[Kind, UrlPlace, bytes], CapturedDocument] = {}
        self._read_scpds: dict[bytes, CapturedDocument] = {}
        self._urls: dict[tuple[Kind, UrlPlace], _Url] = {}
        self._index = ServiceIndex()
        self._join: Join | None = None

    def take(self, row: ExchangeRow) -> None:
        """Take an exchange; one that brought neither description nor SCPD is passed over."""
        exchange, kind = row.exchange, row.role
        response, status = exchange.response, exchange.status
        if (kind != "description" and kind != "scpd") or response is None:
            return
        if status is None or not 200 <= status < 300:
            return
        where, content = place_of(exchange), response.content()
        digest = sha256(content.data).digest()
        document = self._known.get((kind, where, digest))
        if document is None:
            document = CapturedDocument(
                *(kind, url_of(exchange), where, digest.hex(), content.data, content.complete),
                *(response.bytes_missing, row.place, exchange.server_address),
            )
            if len(where.target) > MAX_TARGET or not self._keep(document, digest):
                self.left_out += 1
                return
        document.fetched(row)
        # A response whose request is missing is a URL of its own: nothing tells what it renews.
        place = where if where.target else where._replace(target=f"\0{document.sha256}")
        url = self._urls.pop((kind, place), None) or _Url()
        url.fetched(document)
        self._urls[kind, place] = url  # the latest last

    def close(self, inventory: Inventory) -> None:
        """Give the devices their descriptions; to be called before the inventory is closed."""
        join = self._join = Join(inventory)
        scpds = [url.latest for (kind, _), url in self._urls.items() if kind == "scpd"]
        self._index = ServiceIndex(scpds)
        urls = [url for (kind, _), url in self._urls.items() if kind == "description"]
        for url in urls:
            if not url.latest.where.target:
                url.latest.adopt(join.location_of(url.latest))
            join.tell(url.latest, url.changes, current=True)
            self._index.add(url.latest, listed=True)
        for url in urls:
            for document in reversed(url.earlier):
                join.tell(document, url.changes, current=False)
                self._index.add(document, listed=False)  # calls at its URLs were made
        join.close()
        self.services = self._index.listed

    def service_for(self, control_url: str, service_type: str | None = None) -> ServiceRow | None:
        """The service that is called at a URL.

        Some devices have one URL for all services; there the type, of any version, decides.
        """
        return self._index.find(control_url, service_type)

    def service_of_events(self, event_sub_url: str | None) -> ServiceRow | None:
        """The service whose events are subscribed to at a URL."""
        return self._index.find_events(event_sub_url)

    def service_of_device(self, udn: str | None, service_id: str | None) -> ServiceRow | None:
        """The service of a UDN and a serviceId, which multicast events name."""
        return self._index.find_id(udn, service_id)

    def scpd_for(self, control_url: str, service_type: str | None = None) -> Scpd | None:
        """The captured SCPD of the service that is called at a URL."""
        found = self._index.find(control_url, service_type)
        return None if found is None else found.scpd

    @property
    def limits(self) -> list[str]:
        """What the bounds left out, in words."""
        counts = (
            (self.left_out, "descriptions fetched beyond those kept"),
            (self._index.left_out, "services beyond those kept"),
            (self._join.left_out if self._join else 0, "descriptions not joined to devices"),
        )
        return [f"{count} {words}" for count, words in counts if count]

    def _keep(self, document: CapturedDocument, digest: bytes) -> bool:
        """Read a document, or take what another URL's equal one gave, if there is room."""
        same = self._read_scpds.get(digest) if document.kind == "scpd" else None
        size = 1024
        if same is None:
            size += len(document.data) + BYTES_PER_TAG * document.data.count(b"<")
        if len(self.documents) >= MAX_DOCUMENTS or size > self.budget.left:
            return False
        self.budget.left -= size
        if same is None:
            document.read()
            if document.scpd is not None:
                self._read_scpds[digest] = document
        else:
            document.data, document.scpd = same.data, same.scpd
        self.documents.append(document)
        self.linked.add(document)
        self._known[document.kind, document.where, digest] = document
        return True


class _Url:
    """What one URL gave over time; an incomplete document never stands against a complete one."""

    def __init__(self) -> None:
        self.earlier: dict[CapturedDocument, None] = {}
        """Distinct ones before the latest, the last fetched last."""
        self._latest: CapturedDocument | None = None
        self.changes: dict[str, list[Change]] = {}
        """By plain UDN."""
        self._count = 0

    @property
    def latest(self) -> CapturedDocument:
        """What it gave last."""
        assert self._latest is not None
        return self._latest

    def fetched(self, document: CapturedDocument) -> None:
        """Take one more fetch."""
        before = self._latest
        if before is document:
            return
        if before is None:
            self._latest = document
            return
        worth, worth_before = _worth(document), _worth(before)
        if worth < worth_before:
            return
        self._latest = document
        if worth > worth_before:
            self.earlier.clear()
            return
        self.earlier.pop(document, None)
        self.earlier[before] = None
        if before.description is None or document.description is None:
            return
        if self._count >= MAX_CHANGES:
            return
        for udn, change in changes_between(before.description, document.description):
            if self._count < MAX_CHANGES:
                self._count += 1
                self.changes.setdefault(udn, []).append(change)


def _worth(document: CapturedDocument) -> tuple[bool, bool]:
    return document.readable, document.complete
