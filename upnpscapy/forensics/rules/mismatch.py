"""LOCATION that leads to another host than the one that announces it."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, NamedTuple

from upnpscapy.forensics.finding import Claim, Confidence, Evidence, Severity
from upnpscapy.forensics.rules.discovery import (
    PRESENT,
    UrlEnd,
    connections_to,
    listed,
    url_end_of,
    visits,
)
from upnpscapy.forensics.rules.rule import rule
from upnpscapy.forensics.watching.surroundings import ALWAYS_LOCAL
from upnpscapy.protocol.address_class import address_class

if TYPE_CHECKING:
    from upnpscapy.forensics.watching.facts import Facts
    from upnpscapy.forensics.watching.seen_messages import Seen

__all__ = ["RULES", "Mismatch", "mismatches"]

MAX_SHOWN = 8

_TEREDO = ip_network("2001::/32")


class Mismatch(NamedTuple):
    """Messages of one sender whose LOCATION is at one end elsewhere."""

    source: str
    end: UrlEnd
    what: str
    """What kind of elsewhere: ``public``, ``other host of the subnet`` …"""
    severity: Severity
    confidence: Confidence
    messages: list[Seen]


def mismatches(facts: Facts) -> list[Mismatch]:
    """LOCATIONs that are not at the sender, nor at another address of its link address."""
    found: dict[tuple[str, UrlEnd], Mismatch] = {}
    known: dict[tuple[str, UrlEnd], bool] = {}
    for seen in facts.messages.of_kind(*PRESENT):
        location = seen.ssdp.location
        end = url_end_of(location) if location else None
        if end is None or "location-host" not in seen.marks:
            continue
        key = seen.src, end
        if key in found:
            found[key].messages.append(seen)
        elif key not in known:
            known[key] = True
            if not _is_own(facts, seen, end):
                found[key] = Mismatch(seen.src, end, *_kind(facts, seen, end), [seen])
    return list(found.values())


@rule(
    "location-mismatch",
    "MEDIUM",
    "LOCATION is not at the host that announces it",
    reference="CVE-2001-0877",
    technique="T1557",
)
def location_mismatch(facts: Facts) -> Iterator[Claim]:
    """An announcement or response whose LOCATION has another host than the sender.

    HIGH where it is public, a name, a loopback, multicast or broadcast address; MEDIUM for another
    private address, and HIGH if a host then connects there across subnets; LOW for what is mostly
    a host with two addresses: a sender of IPv6 with a local LOCATION of IPv4, Teredo, 0.0.0.0.
    Addresses seen at one link address are one host. Hosts with several interfaces, virtual
    machines and relays of discovery look the same where ARP does not tell.
    """
    for one in facts.once(mismatches):
        first = one.messages[0]
        attempts = connections_to(facts, one.end, first.first_ns, besides=(one.source,))
        seen_there = visits(attempts, "a connection to the LOCATION")
        effects = (*seen_there, *_fetches(facts, one)) if seen_there else ()
        severity = one.severity
        if effects and one.what == "another private network":
            severity = "HIGH"
        note = f"{one.source} announces a LOCATION at {one.end}: {one.what}"
        if effects:
            note += f"; {listed(str(item.source) for item in seen_there)} connected"
        evidence = [
            seen.evidence("the message", seen.ssdp.location) for seen in one.messages[:MAX_SHOWN]
        ]
        missing = () if effects else (f"no connection to {one.end} in the capture",)
        yield Claim(
            one.source,
            f"{note}.",
            "effect" if effects else "attempted",
            (*evidence, *effects),
            one.confidence,
            missing,
            severity,
        )


def _is_own(facts: Facts, seen: Seen, end: UrlEnd) -> bool:
    """Whether a LOCATION leads to its sender by another address or a name."""
    if end.is_address:
        return facts.surroundings.same_host(seen.src, end.host)
    addresses = [answer.address for answer in facts.names.of(end.host)]
    return any(facts.surroundings.same_host(seen.src, address) for address in addresses)


def _kind(facts: Facts, seen: Seen, end: UrlEnd) -> tuple[str, Severity, Confidence]:
    """What kind of elsewhere an end is, and how bad."""
    source, host = seen.src, end.host
    if not end.is_address:
        answers = [answer.address for answer in facts.names.of(host)]
        resolved = f"a name that was resolved to {answers[0]}" if answers else "a name"
        return resolved, "HIGH", "high" if answers else "medium"
    kind = address_class(host)
    if kind in ("loopback", "multicast"):
        return f"a {kind} address", "HIGH", "high"
    if host == "255.255.255.255":
        return "a broadcast address", "HIGH", "high"
    if kind == "unspecified":
        return "no address at all, as of a host that has none yet", "LOW", "medium"
    versions = ip_address(source).version, ip_address(host).version
    local = facts.surroundings.is_local(host)
    networks = [net for net in facts.surroundings.networks if net.version == versions[0]]
    if any(str(net.broadcast_address) == host for net in networks):
        return "a broadcast address", "HIGH", "high"
    if versions[1] == 6 and ip_address(host) in _TEREDO:
        return "an address of Teredo, probably its own", "LOW", "low"
    if versions[0] != versions[1] and local:
        return "an address of the other version of IP, probably its own", "LOW", "low"
    if not local:
        if address_class(source) not in ALWAYS_LOCAL:
            # Both are public: a campus with two addresses for one host, or not.
            return "another public address", "MEDIUM", "low"
        if kind == "cgnat":
            return "an address of a carrier or an overlay network", "MEDIUM", "low"
        return "an address that is not local", "HIGH", "high"
    if kind == "link-local":
        return "a link-local address", "MEDIUM", "low"
    if _same_subnet(facts, source, host):
        return "another host of the subnet", "MEDIUM", "medium"
    return "another private network", "MEDIUM", "low"


def _same_subnet(facts: Facts, one: str, other: str) -> bool:
    """Of the networks that are known; else of one /24 or /64."""
    first, second = ip_address(one), ip_address(other)
    if first.version != second.version:
        return False
    for network in facts.surroundings.networks:
        if first in network:
            return second in network
    return second in ip_network((first, 24 if first.version == 4 else 64), strict=False)


def _fetches(facts: Facts, one: Mismatch) -> tuple[Evidence, ...]:
    """Descriptions that came from the end."""
    return tuple(
        Evidence.of(
            "the description fetched from there",
            *(document.place, document.seen_in, document.first_time_ns),
            *(document.server, None, document.url),
        )
        for document in facts.documents
        if document.where.host == one.end.host and document.where.port == one.end.port
    )[:2]


RULES = (location_mismatch,)
