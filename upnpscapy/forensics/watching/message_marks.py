"""What is peculiar about a discovery message, as far as it shows by itself and its envelope.

No judgement: a mark keeps a message from being dropped in a flood, rules decide what it means.
"""

from __future__ import annotations

import re
from functools import lru_cache

from upnpscapy.capture.datagrams import address_text
from upnpscapy.capture.sighting import Sighting
from upnpscapy.forensics.watching.surroundings import ALWAYS_LOCAL
from upnpscapy.protocol.address_class import address_class
from upnpscapy.protocol.ssdp_values import PORT

__all__ = ["MARKS", "marks_of"]

LONG_LINE = 256
"""Bytes of a header line; the longest of the benign ones known is a third less."""

LONG_TARGET = 128
"""Characters of ST or NT; the longest of the benign ones known is half of it."""

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
    found: set[str] = set()
    if len(payload) > LONG_LINE and max(map(len, payload.split(b"\n"))) > LONG_LINE + 1:
        found.add("long")
    if len(payload) > LONG_TARGET and (
        len(message.st or "") > LONG_TARGET or len(message.nt or "") > LONG_TARGET
    ):
        found.add("target")
    words = f"{message.st}\n{message.nt}\n{message.usn}"
    if _ODD.search(words):
        patterns = {"metacharacters": _META, "format": _FORMAT, "bytes": _BYTES}
        found |= {mark for mark, pattern in patterns.items() if pattern.search(words)}
    location = message.location
    if location is not None:
        scheme, host = _scheme_and_host(location)
        if scheme not in ("http", "https"):
            found.add("location-scheme")
        elif host != address_text(sighting.source):
            found.add("location-host")
        if _META_OF_URL.search(location):
            found.add("metacharacters")
    first = sighting.destination[0]
    group = first == 0xFF if len(sighting.destination) == 16 else first >= 224
    if not group and not _is_local_by_itself(sighting.source):
        found.add("foreign")
    if message.kind != "response" and sighting.dport != PORT:
        found.add("ports")
    return frozenset(found)


@lru_cache(4096)
def _scheme_and_host(location: str) -> tuple[str, str]:
    """Both in lower case, the host without brackets and zone; empty if there is none."""
    match = _URL.match(location)
    if match is None:
        return "", ""
    host = (match[2] or "").strip("[]").partition("%")[0]
    return match[1].lower(), host.lower()


@lru_cache(4096)
def _is_local_by_itself(address: bytes) -> bool:
    return address_class(address_text(address)) in ALWAYS_LOCAL
