"""Captured descriptions joined to the devices that discovery found.

A device of a description is the row of its UDN that named the description's URL as LOCATION,
or that sent from the address the description came from.
Where neither is, no message announced it: it becomes a row of its own.
"""

from __future__ import annotations

from collections import defaultdict

from upnpscapy.forensics.described.captured_document import CapturedDocument
from upnpscapy.forensics.described.changes import Change, plain_udn
from upnpscapy.forensics.inventory import Device, Inventory
from upnpscapy.forensics.url_place import UrlPlace, url_place
from upnpscapy.protocol import description_tree

__all__ = ["MAX_DOCUMENTS_OF_DEVICE", "Join"]

MAX_DOCUMENTS_OF_DEVICE = 64
"""Descriptions noted of one device."""

MAX_CHANGES_OF_DEVICE = 256

MAX_DEVICES_ASKED = 16
"""Devices of one description whose LOCATION is looked for."""

MAX_JOINS = 1 << 20
"""Pairs of a described device and a row; only forged messages make more."""


class Join:
    """Gives the rows of one inventory what descriptions say.

    Feed it the current ones first, and of these the latest last.
    """

    def __init__(self, inventory: Inventory) -> None:
        self._inventory = inventory
        self._at_address: defaultdict[tuple[str, bytes], list[Device]] = defaultdict(list)
        self._at_location: defaultdict[UrlPlace, defaultdict[str, list[Device]]] = defaultdict(
            lambda: defaultdict(list)
        )
        self._added: list[Device] = []
        self.joins = 0
        self.left_out = 0
        """Descriptions not joined, beyond ``MAX_JOINS``."""
        self._changed: set[tuple[int, int]] = set()
        for row in inventory.devices:
            self._index(row)

    def tell(
        self, document: CapturedDocument, changes: dict[str, list[Change]], *, current: bool
    ) -> None:
        """Take what one description says; ``changes`` are by plain UDN.

        One that is not current, as its URL gave another later, speaks where no other does.
        """
        description = document.description
        if description is None:
            return
        if self.joins >= MAX_JOINS:
            self.left_out += 1
            return
        server = document.server_address
        unknown: list[description_tree.Device] = []
        beside: Device | None = None
        known: set[Device] = set()
        seen = {""}
        for device in description.devices:
            udn = plain_udn(device.udn)
            if udn in seen and device is not description.root:
                continue
            seen.add(udn)
            rows = self._rows(udn, document) if udn else []
            if not rows:
                unknown.append(device)
            known.update(rows)
            for row in rows:
                if beside is None and server in row.senders:
                    beside = row
                self._describe(row, device, document, changes.get(udn, ()), current)
        for device in unknown:
            udn = plain_udn(device.udn)
            found = self._misnamed(document) if device is description.root else None
            if found is None or found in known:
                found = self._add(device, document, beside) if udn else None
            beside = beside or found
            if found is not None:
                self._describe(found, device, document, changes.get(udn, ()), current)

    def location_of(self, document: CapturedDocument) -> str | None:
        """The one LOCATION of its devices on its server; None if there is none, or several."""
        description, found = document.description, {}
        for device in description.devices[:MAX_DEVICES_ASKED] if description else ():
            for row in self._at_address.get((plain_udn(device.udn), document.server_address), ()):
                for location in row.locations:
                    place = url_place(location)
                    if place is not None and place[:2] == document.where[:2]:
                        found[place] = location
        return found.popitem()[1] if len(found) == 1 else None

    def close(self) -> None:
        """Give the rows that only descriptions tell of their frames and times."""
        for row in self._added:
            for frame in sorted({frame for one in row.documents for frame in one.seen_in}):
                row.seen_in.add(frame)
            first = [one.first_time_ns for one in row.documents if one.first_time_ns is not None]
            last = [one.last_time_ns for one in row.documents if one.last_time_ns is not None]
            row.first_time_ns, row.last_time_ns = min(first, default=None), max(last, default=None)

    def _index(self, row: Device) -> None:
        udn = plain_udn(row.udn)
        for address in row.senders:
            self._at_address[udn, address].append(row)
        for location in row.locations:
            place = url_place(location)
            if place is not None:
                self._at_location[place][udn].append(row)

    def _rows(self, udn: str, document: CapturedDocument) -> list[Device]:
        rows = list(self._at_address.get((udn, document.server_address), ()))
        for place in (document.where, url_place(document.url)):
            if place is not None and place in self._at_location:
                rows += self._at_location[place].get(udn, ())
        rows = list(dict.fromkeys(rows))
        self.joins += len(rows)
        return rows

    def _misnamed(self, document: CapturedDocument) -> Device | None:
        """The one device that names the URL as its own, where the description has another UDN."""
        named = self._at_location.get(document.where)
        if named is None or len(named) != 1:
            return None
        rows = next(iter(named.values()))
        if len(rows) == 1 and document.server_address in rows[0].senders:
            return rows[0]
        return None

    def _add(
        self, device: description_tree.Device, document: CapturedDocument, beside: Device | None
    ) -> Device | None:
        before = len(self._inventory.devices)
        sender = document.server_address, document.server
        row = self._inventory.add_described(device.udn or "", document.place, sender, beside)
        if row is not None and len(self._inventory.devices) > before:
            self._added.append(row)
            self._index(row)
        return row

    def _describe(
        self,
        row: Device,
        device: description_tree.Device,
        document: CapturedDocument,
        changes: list[Change] | tuple[()],
        current: bool,
    ) -> None:
        if current or row.description is None:
            row.description = device
        if row.device_type is None:
            row.device_type = device.device_type
        if current:
            row.documents = (*row.documents[-MAX_DOCUMENTS_OF_DEVICE + 1 :], document)
        elif len(row.documents) < MAX_DOCUMENTS_OF_DEVICE:
            row.documents = (document, *row.documents)
        # The changes of one URL come with each of its documents.
        if changes and (told := (id(row), id(changes))) not in self._changed:
            self._changed.add(told)
            row.changes = tuple(dict.fromkeys((*row.changes, *changes)))[:MAX_CHANGES_OF_DEVICE]
