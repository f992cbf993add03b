"""What ``upnpscapy describe`` prints: documents as trees, or as one JSON value."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from upnpscapy.display import to_json
from upnpscapy.forensics.described.document_view import undescribed_tree, url_dict, url_tree
from upnpscapy.protocol.description_tree import Description
from upnpscapy.protocol.scpd_tree import Scpd

if TYPE_CHECKING:
    from upnpscapy.forensics.described.captured_url import CapturedUrl
    from upnpscapy.forensics.described.documents import Documents
    from upnpscapy.tree import Tree

__all__ = ["print_document", "print_documents", "print_urls"]


def print_document(form: str, name: str, document: Description | Scpd, *, expand: bool) -> None:
    """Print one document of a file."""
    if form == "json":
        kind = "scpd" if isinstance(document, Scpd) else "description"
        _write_json({"file": name, "kind": kind, "content": document.to_dict()})
        return
    _print([("", [document.tree()])], expand=expand or isinstance(document, Scpd))


def print_urls(
    form: str, documents: Documents, urls: Sequence[CapturedUrl], *, expand: bool
) -> None:
    """Print the documents of some URLs of a capture."""
    if form == "json":
        _write_json([url_dict(url) for url in urls])
        return
    everything = expand or all(url.kind == "scpd" for url in urls)
    _print([("", [url_tree(documents, url) for url in urls])], expand=everything)


def print_documents(form: str, documents: Documents, *, expand: bool) -> bool:
    """Print all documents of a capture; answer whether there was anything to print."""
    if form == "json":
        _write_json(
            {
                "urls": [url_dict(url) for url in documents.urls],
                "undescribed": [
                    {
                        "location": location,
                        "udns": [device.udn for device in devices],
                        "asked": documents.misses.words(location) or None,
                    }
                    for location, devices in documents.undescribed.items()
                ],
            }
        )
        return True
    sections = (
        ("", [url_tree(documents, url) for url in documents.descriptions]),
        (
            "SCPDs that no description in the capture names",
            [url_tree(documents, url) for url in documents.loose_scpds],
        ),
        ("Cannot be read", [url_tree(documents, url) for url in documents.unreadable]),
        ("LOCATIONs without a description in the capture", [undescribed_tree(documents)]),
    )
    found = [(title, [tree for tree in trees if tree.roots]) for title, trees in sections]
    _print([(title, trees) for title, trees in found if trees], expand=expand)
    return any(trees for _, trees in found)


def _write_json(value: Any) -> None:
    sys.stdout.buffer.write((to_json(value) + "\n").encode())


def _print(sections: Sequence[tuple[str, Sequence[Tree]]], *, expand: bool) -> None:
    """Print trees below titles, with empty lines between."""
    from upnpscapy.terminal import print_heading, print_tree, stdout_console

    console = stdout_console()
    for place, (title, trees) in enumerate(sections):
        for number, tree in enumerate(trees):
            if place or number:
                console.print()
            if title and not number:
                print_heading(console, title)
            print_tree(console, tree, expand=expand)
