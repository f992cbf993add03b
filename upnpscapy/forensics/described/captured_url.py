"""What one URL gave over time: descriptions or SCPDs, and what changed between fetches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from upnpscapy.forensics.described.captured_document import CapturedDocument, Kind
from upnpscapy.forensics.described.changes import Change, changes_between
from upnpscapy.forensics.selection import Selection
from upnpscapy.forensics.url_place import UrlPlace, url_place

__all__ = ["CapturedUrl", "captured_urls"]


@dataclass(frozen=True)
class CapturedUrl:
    """The distinct documents of one URL, by their last fetches."""

    kind: Kind
    where: UrlPlace
    documents: tuple[CapturedDocument, ...]

    @property
    def latest(self) -> CapturedDocument:
        """The last one that can be read, a complete one before others."""
        return max(self.documents, key=lambda one: (one.readable, one.complete, one.seen_in.last))

    @property
    def url(self) -> str | None:
        """Its URL, None where no request says it."""
        return self.latest.url

    @property
    def name(self) -> str:
        """Its URL, or what is known instead."""
        host = f"[{self.where.host}]" if ":" in self.where.host else self.where.host
        return self.url or f"a document of {host}:{self.where.port} whose request is not captured"

    @property
    def fetches(self) -> int:
        """How often it was fetched."""
        return sum(document.fetches for document in self.documents)

    def is_named(self, text: str) -> bool:
        """Whether a text is its URL, or the path of it."""
        if text == self.url or url_place(text) in (self.where, url_place(self.url) or self.where):
            return True
        target = self.where.target
        return bool(target) and text in (target, target.removeprefix("/"))

    def changes(self) -> Iterator[tuple[CapturedDocument, CapturedDocument, list[Change]]]:
        """(before, after, changes) of consecutive documents; the fields of SCPDs are signatures."""
        for before, after in zip(self.documents, self.documents[1:], strict=False):
            yield before, after, list(_changes(before, after))

    def is_chosen(self, selection: Selection) -> bool:
        """Whether a choice of rows takes it: by its server, a device in it, or its fetches."""
        return any(
            selection.includes(_Chosen(document, udn))
            for document in self.documents
            for udn in _udns(document)
        )


def captured_urls(documents: Iterable[CapturedDocument]) -> list[CapturedUrl]:
    """Documents by capture and URL, in the order of their first fetches."""
    found: dict[tuple[object, ...], list[CapturedDocument]] = {}
    for document in documents:
        # One without a target is a URL of its own: nothing tells what it renews.
        own = document.sha256 if not document.where.target else ""
        key = document.kind, document.where, document.place.names, own
        found.setdefault(key, []).append(document)
    return [
        CapturedUrl(
            together[0].kind,
            together[0].where,
            tuple(sorted(together, key=lambda one: one.seen_in.last)),
        )
        for together in found.values()
    ]


class _Chosen:
    """A device of a document as a row to choose."""

    def __init__(self, document: CapturedDocument, udn: str | None) -> None:
        self.document = document
        self.udn = udn
        self.first_time_ns = document.first_time_ns
        self.last_time_ns = document.last_time_ns

    def involves(self, host: str) -> bool:
        return host in (self.document.server, self.document.where.host)


def _udns(document: CapturedDocument) -> list[str | None]:
    description = document.description
    return [None] if description is None else [device.udn for device in description.devices]


def _changes(before: CapturedDocument, after: CapturedDocument) -> Iterator[Change]:
    if before.description is not None and after.description is not None:
        for _, change in changes_between(before.description, after.description):
            yield change
    if before.scpd is not None and after.scpd is not None:
        for kind, old, new in (
            ("action", before.scpd.actions, after.scpd.actions),
            ("variable", before.scpd.variables, after.scpd.variables),
        ):
            was, now = (dict.fromkeys(map(str, values)) for values in (old, new))
            yield from ((kind, one, None) for one in was if one not in now)
            yield from ((kind, None, one) for one in now if one not in was)
