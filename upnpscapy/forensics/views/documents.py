"""Captured documents and rows of ``services`` as cards."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from upnpscapy.display import cell_text
from upnpscapy.protocol.body_view import body_node
from upnpscapy.protocol.description_view import (
    description_tree,
    remarks,
    service_fields,
    short_type,
)
from upnpscapy.protocol.scpd_view import scpd_nodes
from upnpscapy.tree import Node, Tree, card

if TYPE_CHECKING:
    from upnpscapy.forensics.described.captured_document import CapturedDocument
    from upnpscapy.forensics.described.service_row import ServiceRow

__all__ = ["document_tree", "service_row_tree"]


def document_tree(document: CapturedDocument) -> Tree:
    """One document: where and how often it was fetched, and what it says."""
    children: tuple[Node, ...] = ()
    notes: tuple[str, ...] = ()
    if document.description is not None:
        inner = description_tree(document.description, location=False)
        children, notes = inner.roots, inner.remarks
    elif document.scpd is not None:
        children = scpd_nodes(document.scpd)
        notes = remarks(document.scpd.repairs, document.scpd.defects)
    else:
        children = (body_node(document.data, complete=document.complete),)
    label = document.url or f"a document of {document.server}"
    return card(label, document.kind, _fields(document), children, notes)


def service_row_tree(row: ServiceRow) -> Tree:
    """One row: where it is called, and what it can do as far as that was captured."""
    label = row.service.short_id or "service without a name"
    fields: list[tuple[str, object]] = [
        ("udn", row.udn),
        ("service_type", row.service_type),
        ("service_id", row.service_id),
        *service_fields(row.service),
        ("frames", f"{cell_text(row.frames)} of {row.capture}"),
    ]
    if row.scpd_document is None:
        fields.append(("described", "no: its SCPD is not in the capture"))
    elif row.scpd is None:
        fields.append(("unreadable", row.scpd_document.error))
    children = scpd_nodes(row.scpd) if row.scpd is not None else ()
    return card(label, short_type(row.service_type), fields, children)


def _fields(document: CapturedDocument) -> Iterator[tuple[str, str]]:
    times = f"{document.fetches} times" if document.fetches != 1 else "once"
    at = f" from {document.first_time}" if document.first_time else ""
    yield "fetched", f"{times}{at}"
    yield "server", document.server
    yield "frames", f"{cell_text(document.frames)} of {document.capture}"
    yield "sha256", document.sha256
    if not document.complete:
        yield "incomplete", f"{document.bytes_missing} bytes are not in the capture"
    if document.error is not None:
        yield "unreadable", document.error
