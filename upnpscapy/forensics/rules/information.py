"""What devices tell of themselves and of their owners to anyone who asks."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from upnpscapy.forensics.described.captured_document import CapturedDocument
from upnpscapy.forensics.finding import Claim, Evidence
from upnpscapy.forensics.rules.rule import rule
from upnpscapy.forensics.rules.text import short
from upnpscapy.protocol.description_tree import Device
from upnpscapy.protocol.httpu import Header, text

if TYPE_CHECKING:
    from upnpscapy.forensics.watching.facts import Facts
    from upnpscapy.forensics.watching.seen_messages import Seen

__all__ = ["RULES"]

MAX_EVIDENCE = 8

_TELLING = ("alive", "response")
"""Kinds of messages that tell of a device; what an update has is in its next alive too."""

_PERSON = re.compile(r"\w['\u2019]s\b|\b(?:desktop|laptop|pc)-\w|: \S.{0,128}:\Z", re.IGNORECASE)
"""``Anna's TV``, ``DESKTOP-1AB2C3``, ``HOST: anna:`` of Windows."""

_NODE = re.compile(r"([0-9a-f]{12})(?:::|\Z|[-_])")
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
    for udn, messages in facts.messages.of_devices.items():
        if node := _NODE.search(udn):
            _read_udn(leaks, _link_of(node[1]), messages)
    for seen, header in facts.messages.with_field(_is_identifier):
        words = text(header.name)
        if seen.kind in _TELLING and words not in leaks[seen.src].fields:
            leaks[seen.src].add(words, seen.evidence(words, text(header.value)))
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


def _read_udn(leaks: defaultdict[str, Leak], link: str, messages: Iterable[Seen]) -> None:
    words = "its link address, inside the UDN"
    for seen in messages:
        if seen.link_src == link and seen.kind in _TELLING and words not in leaks[seen.src].fields:
            leaks[seen.src].add(words, seen.evidence(words, seen.ssdp.udn))


def _is_identifier(header: Header) -> bool:
    return header.key in _HEADERS and header.value != b""


def _link_of(node: str) -> str:
    """``aa:bb:cc:dd:ee:ff`` of the last part of a UUID."""
    return ":".join(re.findall("..", node))


RULES = (leak,)
