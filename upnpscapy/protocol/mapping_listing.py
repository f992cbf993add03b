"""The entries of a GetListOfPortMappings answer, of IGD:2's WANIPConnection:2."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from upnpscapy.errors import DescriptionError
from upnpscapy.protocol.mapping_terms import PORTMAP, Terms, read_terms
from upnpscapy.protocol.xml import parse_xml

__all__ = ["read_listing"]

AT_ONCE = 1024
"""Entries read as one XML text: a full table is more than the reader takes at once."""

_TAG = re.compile(r"<(/?)(?:[\w.-]{1,64}:)?PortMappingEntry(?:\s[^<>]{0,200})?>", re.IGNORECASE)


def read_listing(result: Sequence[tuple[str, str]]) -> tuple[list[Terms], bool]:
    """The terms of every PortMappingEntry in order, and whether there was nothing else of one.

    The listing is text in NewPortListing, escaped once as specified, twice, or not at all.
    Of one that is broken or cut, the entries that are whole are read.
    """
    found: list[Terms] = []
    complete = True
    for _, value in result:
        plain = html.unescape(value) if value.lstrip().startswith("&lt;") else value
        entries, whole = _entries(plain)
        complete &= whole
        for first in range(0, len(entries), AT_ONCE):
            some = entries[first : first + AT_ONCE]
            terms = _read(some)
            if terms is None:
                each = [one for entry in some if (one := _read([entry])) is not None]
                complete &= len(each) == len(some)
                terms = [one for several in each for one in several]
            found += terms
    return found, complete


def _entries(text: str) -> tuple[list[str], bool]:
    """What stands between the tags of each entry, and whether every tag has its other one."""
    entries: list[str] = []
    whole = True
    start: int | None = None
    for tag in _TAG.finditer(text):
        if not tag[1]:
            whole &= start is None
            start = tag.end()
        elif start is None:
            whole = False
        else:
            entries.append(text[start : tag.start()])
            start = None
    return entries, whole and start is None


def _read(entries: list[str]) -> list[Terms] | None:
    text = "".join(f"<entry>{entry}</entry>" for entry in entries)
    try:
        root = parse_xml(f"<listing>{text}</listing>".encode("utf-8", "replace")).root
    except DescriptionError:
        return None
    return [
        read_terms([(child.name, child.raw_text) for child in entry.children], PORTMAP)
        for entry in root.children
    ]
