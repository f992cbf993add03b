"""What is peculiar about a discovery message, as far as it shows by itself and its envelope.

No judgement: a mark keeps a message from being dropped in a flood, rules decide what it means.
"""

from __future__ import annotations

import re
from functools import lru_cache

from upnpscapy.capture.datagrams import address_text
from upnpscapy.capture.ip import is_group
from upnpscapy.capture.sighting import Sighting
from upnpscapy.forensics.watching.surroundings import ALWAYS_LOCAL
from upnpscapy.protocol.address_class import packed_class
from upnpscapy.protocol.memory import Memory
from upnpscapy.protocol.ssdp_values import PORT

__all__ = ["MARKS", "marks_of"]

LONG_LINE = 256
"""Bytes of a header line; the longest of the benign ones known is a third less."""

LONG_TARGET = 128
"""Characters of ST or NT; the longest of the benign ones known is half of it."""

LONG_PAYLOAD = 1024
"""Bytes of a message up to which its marks are remembered, and characters of a LOCATION."""

MARKS: dict[str, str] = {
    "long": f"a line of more than {LONG_LINE} bytes",
    "target": f"an ST or NT of more than {LONG_TARGET} characters",
    "metacharacters": "characters of shells, markup or quoting in ST, NT, USN or LOCATION",
    "format": "a conversion of printf in ST, NT or USN",
    "bytes": "NUL, other control characters or bytes beyond ASCII in ST, NT or USN",
    "location-scheme": "a LOCATION that is neither http nor https",
    "location-host": "a LOCATION whose host is not the sender",
    "foreign": "a sender whose address is not local by itself, to one receiver",
    "ports": "no response, and not to port 1900",
}
"""mark → what it says."""

_ODD = re.compile(r"[^0-9A-Za-z:._/, \n-]")
"""What ST, NT and USN of ordinary messages have none of."""
_META = re.compile(r"[`;|$&<>(){}'\"\\*]")
_META_OF_URL = re.compile(r"[`|$<>'\"\\;(){}]")
_FORMAT = re.compile(r"%[0-9$.]*[nxsdp]")
_BYTES = re.compile(r"[^\n -~]|\\x")
"""Decoding writes what is not UTF-8 as ``\\x``."""

_URL = re.compile(r"\s*([^:/?#\s]*):(?://(?:[^/?#@]*@)?(\[[^\]/]*\]|[^:/?#]*))?")


def marks_of(sighting: Sighting) -> frozenset[str]:
    """The names of ``MARKS`` that hold."""
    payload, message = sighting.payload, sighting.ssdp
    group = is_group(sighting.destination)
    ports = message.kind != "response" and sighting.dport != PORT
    words = message.st, message.nt, message.usn, message.location
    marks = _marks_of if len(payload) <= LONG_PAYLOAD else _marks_of.__wrapped__
    return marks(words, sighting.source, _has_long_line(payload), group, ports)


@lru_cache(4096)
def _marks_of(
    words: tuple[str | None, str | None, str | None, str | None],
    source: bytes,
    long: bool,
    group: bool,
    ports: bool,
) -> frozenset[str]:
    """What is the same for responses that differ by their dates alone, say."""
    st, nt, usn, location = words
    found = {"long"} if long else set()
    if len(st or "") > LONG_TARGET or len(nt or "") > LONG_TARGET:
        found.add("target")
    names = f"{st}\n{nt}\n{usn}"
    if _ODD.search(names):
        patterns = {"metacharacters": _META, "format": _FORMAT, "bytes": _BYTES}
        found |= {mark for mark, pattern in patterns.items() if pattern.search(names)}
    if location is not None:
        scheme, host = _ENDS[location]
        if scheme not in ("http", "https"):
            found.add("location-scheme")
        elif host != address_text(source):
            found.add("location-host")
        if _META_OF_URL.search(location):
            found.add("metacharacters")
    if not group and not _is_local_by_itself(source):
        found.add("foreign")
    if ports:
        found.add("ports")
    return frozenset(found)


def _has_long_line(payload: bytes) -> bool:
    """Whether a line has more than ``LONG_LINE`` bytes, CR not counted."""
    at = 0
    while len(payload) - at > LONG_LINE + 1:
        end = payload.rfind(b"\n", at, at + LONG_LINE + 2)
        if end < 0:
            return True
        at = end + 1
    return False


def _scheme_and_host(location: str) -> tuple[str, str]:
    """Both in lower case, the host without brackets and zone; empty if there is none."""
    match = _URL.match(location)
    if match is None:
        return "", ""
    host = (match[2] or "").strip("[]").partition("%")[0]
    return match[1].lower(), host.lower()


_ENDS = Memory(_scheme_and_host, len, limit=LONG_PAYLOAD, entries=4096)
"""LOCATION → both; a device has the same in all its messages."""


@lru_cache(4096)
def _is_local_by_itself(address: bytes) -> bool:
    return packed_class(address) in ALWAYS_LOCAL
