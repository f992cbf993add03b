"""What devices tell of themselves and of their owners to anyone who asks."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING

from upnpscapy.forensics.described.captured_document import CapturedDocument
from upnpscapy.forensics.finding import Claim, Evidence
from upnpscapy.forensics.rules.rule import rule
from upnpscapy.forensics.rules.text import short
from upnpscapy.protocol.description_tree import Device
from upnpscapy.protocol.httpu import text
from upnpscapy.protocol.memory import Memory

if TYPE_CHECKING:
    from upnpscapy.forensics.watching.facts import Facts
    from upnpscapy.forensics.watching.seen_messages import Seen

__all__ = ["RULES"]

MAX_EVIDENCE = 8

_PERSON = re.compile(r"\w['\u2019]s\b|\b(?:desktop|laptop|pc)-\w|: \S.{0,128}:\Z", re.IGNORECASE)
"""``Anna's TV``, ``DESKTOP-1AB2C3``, ``HOST: anna:`` of Windows."""

_NODE = re.compile(r"([0-9a-f]{12})(?:::|\Z|[-_])", re.IGNORECASE)
_key = attrgetter("key")
_HEADERS = frozenset((b"hue-bridgeid", b"x-user-agent", b"x-serial", b"x-device-serial"))


@dataclass(slots=True)
class Leak:
    """What one address tells."""

    fields: dict[str, None] = field(default_factory=dict)
    evidence: list[Evidence] = field(default_factory=list)

    def add(self, words: str, evidence: Evidence) -> None:
        """Take one more field, if it is new."""
        if words not in self.fields:
            self.fields[words] = None
            if len(self.evidence) < MAX_EVIDENCE:
                self.evidence.append(evidence)


@rule(
    "info-leak",
    "INFO",
    "A device tells who it is, and whose",
    reference="UDA 2.0, 2.3",
    technique="T1592",
)
def leak(facts: Facts) -> Iterator[Claim]:
    """For each address what its descriptions and discovery messages tell of it.

    That is serial numbers, link addresses inside UDNs, names of persons or computers, identifiers
    of vendors, and the public address that a gateway tells.
    That is how UPnP works, hence INFO: it says what a listener learns.
    """
    leaks: defaultdict[str, Leak] = defaultdict(Leak)
    for document in facts.documents:
        if document.description is not None:
            _read_description(leaks[document.server], document)
    for seen in facts.messages.of_kind("alive", "response"):
        _read_message(leaks[seen.src], seen)
    for row in facts.external_addresses:
        if row.address_class == "public":
            words = "the public address"
            evidence = Evidence.of(
                words, row.place, (row.frame,), row.time_ns, row.gateway, None, row.address
            )
            leaks[row.gateway].add(words, evidence)
    for address, found in leaks.items():
        if found.fields:
            note = f"Anyone on the network is told {', '.join(found.fields)}."
            yield Claim(address, note, "observed", tuple(found.evidence))


def _read_description(found: Leak, document: CapturedDocument) -> None:
    description = document.description
    for device in () if description is None else description.devices[:16]:
        for words, value in _told(device):
            if words in found.fields:
                continue
            evidence = Evidence.of(
                words,
                document.place,
                document.seen_in,
                document.first_time_ns,
                document.server,
                None,
                value,
            )
            found.add(words, evidence)


def _told(device: Device) -> Iterator[tuple[str, str]]:
    name = device.friendly_name or ""
    if device.serial_number and device.serial_number.strip(" 0-"):
        yield "a serial number", device.serial_number
    if _PERSON.search(name):
        yield f"the name {short(name)!r}", name
    for key, value in device.extensions:
        if "serial" in key.lower() and value:
            yield f"{short(key)}", value


def _read_message(found: Leak, seen: Seen) -> None:
    message = seen.ssdp
    if message.udn and _NODES[message.udn] == (seen.link_src or "").replace(":", ""):
        words = "its link address, inside the UDN"
        if words not in found.fields:
            found.add(words, seen.evidence(words, message.udn))
    headers = message.message.headers
    if _HEADERS.isdisjoint(map(_key, headers)):
        return
    for header in headers:
        if header.key in _HEADERS and header.value:
            words = text(header.name)
            if words not in found.fields:
                found.add(words, seen.evidence(words, text(header.value)))


def _node_of(udn: str) -> str | None:
    found = _NODE.search(udn)
    return None if found is None else found[1].lower()


_NODES = Memory(_node_of, len, limit=64, entries=1024)
"""UDN → what may be a link address in it, without colons; a device says it in every message."""


RULES = (leak,)
