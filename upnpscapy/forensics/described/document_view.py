"""Captured descriptions and SCPDs as trees: what they say, and the frames they were fetched in."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from upnpscapy.display import cell_text
from upnpscapy.forensics.described.captured_document import CapturedDocument
from upnpscapy.forensics.described.captured_url import CapturedUrl
from upnpscapy.forensics.described.documents import Documents
from upnpscapy.forensics.inventory import Device as SeenDevice
from upnpscapy.protocol.description_tree import Device, Service
from upnpscapy.protocol.description_view import (
    description_tree,
    remarks,
    service_fields,
    short_type,
)
from upnpscapy.protocol.scpd_view import scpd_nodes
from upnpscapy.tree import Node, Tree

__all__ = ["undescribed_tree", "url_dict", "url_tree"]


def url_tree(documents: Documents, url: CapturedUrl) -> Tree:
    """What a URL gave last, with its fetches, changes, repairs and deviations."""
    document = url.latest
    children: tuple[Node, ...] = ()
    notes: tuple[str, ...] = ()
    if document.description is not None:

        def service_node(device: Device, service: Service) -> Node:
            return _service_node(service, documents.scpd_of(document, device, service))

        inner = description_tree(document.description, service_node, location=False)
        children, notes = inner.roots, inner.remarks
    elif document.scpd is not None:
        children = scpd_nodes(document.scpd)
        notes = remarks(document.scpd.repairs, document.scpd.defects)
    fields = (*_fetch_fields(url), *_note_fields(notes))
    return Tree((Node(url.name, url.kind, fields, children),))


def undescribed_tree(documents: Documents) -> Tree:
    """The LOCATIONs without a document, with the devices that name them."""
    return Tree(
        tuple(
            Node(
                location,
                documents.misses.words(location) or "nobody asked for it",
                tuple(("", _seen(device)) for device in devices),
            )
            for location, devices in documents.undescribed.items()
        )
    )


def url_dict(url: CapturedUrl) -> dict[str, Any]:
    """A URL with all that is known of it, JSON-ready."""
    return {
        "url": url.url,
        "kind": url.kind,
        "server": url.latest.server,
        "port": url.where.port,
        "fetches": url.fetches,
        "documents": [_document_dict(document) for document in url.documents],
        "changes": [
            {
                "before": before.sha256,
                "after": after.sha256,
                "fields": [list(change) for change in changes],
            }
            for before, after, changes in url.changes()
        ],
    }


def _service_node(service: Service, scpd_document: CapturedDocument | None) -> Node:
    label, kind = service.short_id or "service without a name", short_type(service.service_type)
    fields = service_fields(service)
    if scpd_document is None:
        told = (
            (name, f"{value}  not in the capture" if name == "scpd_url" else value)
            for name, value in fields
        )
        return Node(label, kind, tuple(told))
    fetched = ("fetched", f"frames {cell_text(scpd_document.frames)}")
    scpd = scpd_document.scpd
    if scpd is None:
        return Node(label, kind, (*fields, fetched, ("unreadable", str(scpd_document.error))))
    sizes = (("actions", str(len(scpd.actions))), ("variables", str(len(scpd.variables))))
    notes = _note_fields(remarks(scpd.repairs, scpd.defects))
    return Node(label, kind, (*fields, fetched, *sizes, *notes), scpd_nodes(scpd), is_open=False)


def _note_fields(notes: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """What was repaired and what deviates, each as a field."""
    for note in notes:
        name, _, text = note.partition(": ")
        yield name, text


def _fetch_fields(url: CapturedUrl) -> Iterator[tuple[str, str]]:
    latest = url.latest
    for document in url.documents:
        times = f"{document.fetches} times" if document.fetches > 1 else "once"
        at = f" from {document.first_time}" if document.first_time else ""
        yield "fetched", f"{times}{at}, frames {cell_text(document.frames)}"
        yield "sha256", document.sha256
        if not document.complete:
            missing = f"{document.bytes_missing} bytes are not in the capture"
            yield "incomplete", missing if document.bytes_missing else "not kept to its end"
        if document.error is not None:
            yield "unreadable", document.error
    if len(url.documents) > 1:
        yield "shown", f"the one with SHA-256 {latest.sha256[:16]}…"
    for before, after, changes in url.changes():
        place = f"from frame {_first(before)} to frame {_first(after)}"
        yield (
            "changed",
            f"{place}: {'other bytes, same values' if not changes else ''}".rstrip(": "),
        )
        for name, old, new in changes:
            yield "", f"{name}: {'—' if old is None else old} → {'—' if new is None else new}"


def _first(document: CapturedDocument) -> int | str:
    return next(iter(document.frames), "?")


def _seen(device: SeenDevice) -> str:
    parts = (
        short_type(device.device_type),
        device.udn,
        ", ".join(device.addresses),
        f"frames {cell_text(device.frames)}",
    )
    return "  ".join(part for part in parts if part)


def _document_dict(document: CapturedDocument) -> dict[str, Any]:
    parsed = document.description or document.scpd
    return {
        "capture": document.capture,
        "sha256": document.sha256,
        "complete": document.complete,
        "bytes_missing": document.bytes_missing,
        "fetches": document.fetches,
        "first_time": document.first_time,
        "frames": list(document.frames),
        "error": document.error,
        "content": None if parsed is None else parsed.to_dict(),
    }
