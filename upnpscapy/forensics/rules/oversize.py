"""Fields of discovery messages longer than a device's buffer for them.

The conditions are those of published intrusion rules; none looks at what is written behind the
buffer, so that padding is as good as an attack.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

from upnpscapy.forensics.finding import Claim
from upnpscapy.forensics.rules.discovery import Outside, listed, url_end_of
from upnpscapy.forensics.rules.rule import rule
from upnpscapy.protocol.address_class import address_class
from upnpscapy.protocol.httpu import Header, text

if TYPE_CHECKING:
    from upnpscapy.forensics.watching.facts import Facts
    from upnpscapy.forensics.watching.seen_messages import Seen, SeenMessages

__all__ = ["RULES", "overflows"]

MAX_VALUE = 512
"""Bytes of a value; no line of the benign messages known has more than 300."""

MAX_HEADERS = 64

MAX_HOST = 256
"""Bytes of HOST in a search: a group or an address, and a port."""

MAX_SHOWN = 8

SELF_FEEDING = {7: "echo", 19: "chargen"}
"""Services that answer whatever they get, or never stop."""


class _Overflow(NamedTuple):
    cve: str
    what: str
    method: str
    pattern: re.Pattern[bytes]
    """Applied to the whole datagram; what it finds is in its first group."""


_OVERFLOWS = (
    _Overflow(
        *("CVE-2001-0876", "LOCATION of more than 512 bytes", "NOTIFY"),
        re.compile(rb"(?im)^location[ \t]*:[ \t]*+([^\r\n]{513})"),
    ),
    _Overflow(
        *("AD20060714", "500 bytes without a line end behind M-SEARCH", "M-SEARCH"),
        re.compile(rb"\AM-SEARCH ([^\n]{500})"),
    ),
    _Overflow(
        *("CVE-2012-5958, CVE-2012-5962", "a device type of more than 180 bytes", "M-SEARCH"),
        re.compile(rb"(?im)^st[ \t]*:[^\r\n]{0,64}?(schemas:device:[^:\r\n]{181})"),
    ),
    _Overflow(
        *("CVE-2012-5961", "a version of a device type of more than 180 bytes", "M-SEARCH"),
        re.compile(rb"(?im)^st[ \t]*:[^\r\n]{0,64}?(schemas:device:[^:\r\n]{1,180}:[^:\r\n]{181})"),
    ),
    _Overflow(
        "CVE-2012-5959, CVE-2012-5960, CVE-2012-5963",
        *("a UUID of more than 180 bytes", "M-SEARCH"),
        re.compile(rb"(?im)^st[ \t]*:[ \t]*(uuid:[^:\r\n]{181})"),
    ),
    _Overflow(
        *("CVE-2012-5964", "a service of more than 180 bytes", "M-SEARCH"),
        re.compile(rb"(?im)^st[ \t]*:[ \t]*(urn:service:[^:\r\n]{181})"),
    ),
    _Overflow(
        *("CVE-2012-5965", "a device of more than 180 bytes", "M-SEARCH"),
        re.compile(rb"(?im)^st[ \t]*:[ \t]*(urn:device:[^:\r\n]{181})"),
    ),
    _Overflow(
        *("CVE-2013-0229", "1490 bytes of a search without a line end", "M-SEARCH"),
        re.compile(rb"\AM-SEARCH((?:[^\r]|\r(?!\n)){1482})", re.DOTALL),
    ),
    _Overflow(
        *("CVE-2021-27137", "a UUID of at least 128 bytes", "M-SEARCH"),
        re.compile(rb"(?im)^st[ \t]*:[ \t]*(uuid:[^\r\n]{128})"),
    ),
    _Overflow(
        *("CVE-2024-54802", f"HOST of more than {MAX_HOST} bytes in a search", "M-SEARCH"),
        re.compile(rb"(?im)^host[ \t]*:[ \t]*+([^\r\n]{%d})" % (MAX_HOST + 1)),
    ),
)

_OF_SEARCH = tuple(one for one in _OVERFLOWS if one.method == "M-SEARCH")
_OF_NOTIFY = tuple(one for one in _OVERFLOWS if one.method == "NOTIFY")
"""All of these are about values of more than ``MAX_VALUE`` bytes."""

_TARGETS = (b"st", b"nt", b"usn")
_BYTES = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\xff]")


def overflows(payload: bytes) -> list[tuple[str, str, bytes]]:
    """(CVE, what is too long, the beginning of it) for each overflow that a message is made for."""
    size = len(payload)
    if size > MAX_VALUE and payload[:6] == b"NOTIFY":
        wanted = _OF_NOTIFY
    elif size >= 128 and payload[:8] == b"M-SEARCH":
        wanted = _OF_SEARCH
    else:
        return []
    return [
        (one.cve, one.what, match[1]) for one in wanted if (match := one.pattern.search(payload))
    ]


@rule(
    "ssdp-overflow",
    "HIGH",
    "Discovery message made for a known overflow",
    reference=(
        "CVE-2001-0876, CVE-2012-5958 to CVE-2012-5965, CVE-2013-0229, CVE-2021-27137,"
        " CVE-2024-54802, eEye AD20060714"
    ),
    technique="T1210",
)
def overflow(facts: Facts) -> Iterator[Claim]:
    """A value so long that it overflows a buffer known from a CVE; the note says which.

    LOCATION of more than 512 bytes in NOTIFY; M-SEARCH with 500 bytes and no line end, or 1490 and
    none; ST with a device type, version, UUID or service of more than 180 bytes, or a UUID of 128;
    HOST of more than 256 bytes. The longest line of benign messages known has 300.
    Whether a device suffered does not show: outcome is attempted.
    """
    outside = Outside(facts)
    groups: dict[tuple[str, str, str], list[tuple[Seen, str, bytes]]] = {}
    for seen in facts.messages:
        found = overflows(seen.payload)
        if found:
            names = ", ".join(cve for cve, _, _ in found)
            key = seen.src, seen.dst, names
            groups.setdefault(key, []).append((seen, found[0][1], found[0][2]))
    for (source, _, names), found_here in groups.items():
        seen, what, _ = found_here[0]
        where = "from outside" if outside.sent(seen) else "from the local network"
        yield Claim(
            _subject(seen),
            f"{source} sent {_receiver(seen)}, {where}, {what}: the condition of {names}.",
            "attempted",
            tuple(
                one.evidence("the message", text(value)) for one, _, value in found_here[:MAX_SHOWN]
            ),
            "high",
            ("whether a device failed",),
        )


@rule(
    "ssdp-oversize",
    "MEDIUM",
    "Discovery message that no device would send",
    technique="T1210",
)
def oversize(facts: Facts) -> Iterator[Claim]:
    """A value of more than 512 bytes, more than 64 fields, or bytes beyond printable ASCII.

    The latter in ST, NT or USN: NUL, other control characters, letters with accents.
    What fits a known overflow is `ssdp-overflow`. Vendors have long fields of their own, but none
    above 300 bytes is known.
    """
    groups: dict[tuple[str, str], list[tuple[Seen, str]]] = {}
    for seen, what, value in _oversized(facts.messages):
        if not overflows(seen.payload):
            groups.setdefault((seen.src, what), []).append((seen, value))
    for (source, what), messages in groups.items():
        seen = messages[0][0]
        yield Claim(
            _subject(seen),
            f"{source} sent {_receiver(seen)} a message with {what}.",
            "attempted",
            tuple(one.evidence("the message", value) for one, value in messages[:MAX_SHOWN]),
            "medium",
            ("whether a device failed",),
        )


@rule(
    "cve-2001-0877",
    "HIGH",
    "LOCATION that makes control points flood",
    reference="CVE-2001-0877, VU#411059",
    technique="T1499",
)
def self_feeding(facts: Facts) -> Iterator[Claim]:
    """NOTIFY whose LOCATION is at the port of chargen or echo, or at a broadcast address.

    A multicast address is one too. A control point that fetches it gets no end of data, or floods
    its network. No device has its description there.
    """
    broadcasts = {str(network.broadcast_address) for network in facts.surroundings.networks}
    groups: dict[tuple[str, str], list[Seen]] = {}
    places: dict[str, str | None] = {}
    for seen in facts.messages.of_kind("alive", "update"):
        location = seen.ssdp.location or ""
        if location not in places:
            places[location] = _fed_by_itself(location, broadcasts)
        what = places[location]
        if what is not None:
            groups.setdefault((seen.src, what), []).append(seen)
    for (source, what), messages in groups.items():
        urls = listed((str(seen.ssdp.location) for seen in messages), 1)
        yield Claim(
            source,
            f"{source} announces a LOCATION {what}: {urls[:128]}.",
            "attempted",
            tuple(
                seen.evidence("the announcement", seen.ssdp.location)
                for seen in messages[:MAX_SHOWN]
            ),
        )


def _fed_by_itself(location: str, broadcasts: set[str]) -> str | None:
    """Where a LOCATION leads that gives no end of data; None if it leads elsewhere."""
    end = url_end_of(location)
    if end is None:
        return None
    if end.port in SELF_FEEDING:
        return f"at the port of {SELF_FEEDING[end.port]}"
    if end.is_address and address_class(end.host) == "multicast":
        return "at a multicast address"
    if end.host == "255.255.255.255" or end.host in broadcasts:
        return "at a broadcast address"
    return None


def _oversized(messages: SeenMessages) -> Iterator[tuple[Seen, str, str]]:
    """(Message, what is wrong, the value), the first of a message alone."""
    told = set()
    for seen in messages:
        count = len(seen.ssdp.message.headers)
        if count > MAX_HEADERS:
            told.add(seen)
            yield seen, "more than 64 header fields", f"{count} header fields"
    for seen, header in messages.with_field(_is_odd):
        if seen in told:
            continue
        told.add(seen)
        if len(header.value) > MAX_VALUE:
            value = f"{text(header.name)[:32]}: {text(header.value)}"
            yield seen, f"a value of more than {MAX_VALUE} bytes", value
        else:
            what = f"control characters or bytes beyond ASCII in {text(header.key).upper()}"
            yield seen, what, repr(header.value)[2:-1]


def _is_odd(header: Header) -> bool:
    value = header.value
    return len(value) > MAX_VALUE or (header.key in _TARGETS and _BYTES.search(value) is not None)


def _subject(seen: Seen) -> str:
    return seen.src if seen.to_group else seen.dst


def _receiver(seen: Seen) -> str:
    return "all" if seen.to_group else seen.dst


RULES = (overflow, oversize, self_feeding)
