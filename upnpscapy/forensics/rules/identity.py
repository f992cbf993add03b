"""Two hosts with one identity or one office: UDNs announced twice, a second gateway, BOOTIDs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import combinations
from typing import TYPE_CHECKING

from upnpscapy.forensics.controlling.call_row import CallRow
from upnpscapy.forensics.finding import Claim, Confidence, Evidence, Severity
from upnpscapy.forensics.rules.discovery import PRESENT, link_or_address, listed, url_end_of
from upnpscapy.forensics.rules.evidence import answered, asked
from upnpscapy.forensics.rules.forged import is_gateway
from upnpscapy.forensics.rules.rule import rule
from upnpscapy.forensics.rules.text import short

if TYPE_CHECKING:
    from upnpscapy.forensics.watching.facts import Facts
    from upnpscapy.forensics.watching.seen_messages import Seen

__all__ = ["RULES", "rogue_gateways"]

MAX_AGE_SECONDS = 1800
"""Of an announcement that does not say (UDA 2.0, 1.2.2 recommends no less)."""

MAX_HOLDERS = 8
"""Link addresses compared of one UDN."""

NEIGHBOURS = 16
"""Link addresses no further apart are mostly the interfaces of one host."""

MAX_CONFIG_ID = 16_777_215
SEARCH_PORTS = range(49152, 65536)

_NOT_UNIQUE = re.compile(r"(0{8}-?0{4}|12345678-|deadbeef|.*-?0060085db3f6\Z|.*deadbeef)")
"""UUIDs that come with sample code and are shared by many devices."""


@rule("udn-conflict", "MEDIUM", "Two hosts have one UDN", technique="T1557")
def udn_conflict(facts: Facts) -> Iterator[Claim]:
    """One UDN announced by two link addresses with two LOCATIONs, by turns; HIGH for a gateway.

    LOW where one began when the other had stopped but not expired, as a device does that changes
    its interface or its random link address, and for neighbouring link addresses. INFO for UUIDs
    of sample code. Equal LOCATIONs, or one link address with two IP addresses, are one host.
    Hosts with two interfaces in one network look like a conflict.
    """
    for udn, messages in facts.messages.of_devices.items():
        if not udn or len({seen.link_src for seen in messages}) < 2:
            continue
        holders: dict[str, list[Seen]] = {}
        for seen in messages:
            holds = seen.kind in ("alive", "response") and seen.ssdp.location
            if holds and seen.link_src and seen.first_ns is not None:
                holders.setdefault(seen.link_src, []).append(seen)
        if len(holders) < 2:
            continue
        left = {seen.link_src: seen for seen in messages if seen.kind == "byebye"}
        pairs = combinations(list(holders.items())[:MAX_HOLDERS], 2)
        claims = [_conflict(udn, *one, *two, left) for one, two in pairs]
        worst = max(
            (claim for claim in claims if claim is not None),
            key=lambda claim: ("INFO", "LOW", "MEDIUM", "HIGH").index(claim.severity or "INFO"),
            default=None,
        )
        if worst is not None:
            yield worst


def _conflict(
    udn: str,
    link: str,
    ones: list[Seen],
    other_link: str,
    others: list[Seen],
    left: dict[str | None, Seen],
) -> Claim | None:
    if ones[0].first_ns is not None and (others[0].first_ns or 0) < ones[0].first_ns:
        link, ones, other_link, others = other_link, others, link, ones
    if _ends(ones) & _ends(others):
        return None
    last = max(seen.last_ns or 0 for seen in ones)
    begun = min(seen.first_ns or 0 for seen in others)
    age = max(seen.ssdp.max_age_seconds or MAX_AGE_SECONDS for seen in ones)
    severity: Severity
    confidence: Confidence = "medium"
    what = "by turns"
    if last > begun:
        severity = "HIGH" if any(is_gateway(seen.ssdp.target) for seen in ones) else "MEDIUM"
        boots = {seen.ssdp.boot_id for seen in (*ones, *others)} - {None}
        if len(boots) > 1:
            confidence = "high"
            what += f", with BOOTIDs {listed(map(str, sorted(filter(None, boots))))}"
    elif last + age * 1_000_000_000 > begun and link not in left:
        severity, confidence = "LOW", "low"
        what = "the second before the first had expired"
    else:
        return None
    if _near(link, other_link):
        severity, confidence = "LOW", "low"
        what += "; the link addresses are neighbours, as of one host's interfaces"
    if _NOT_UNIQUE.match(udn.removeprefix("uuid:")):
        severity, confidence = "INFO", "low"
        what += "; the UUID is one of sample code"
    both = ((link, ones), (other_link, others))
    note = " and ".join(
        f"{seen[0].src} ({address}) at {short(seen[0].ssdp.location)}" for address, seen in both
    )
    evidence = tuple(
        seen.evidence("an announcement of it", seen.ssdp.location)
        for _, messages in both
        for seen in messages[:4]
    )
    return Claim(
        udn, f"{note} announced it, {what}.", "observed", evidence, confidence, (), severity
    )


@rule("rogue-igd", "MEDIUM", "A second Internet gateway announces itself", technique="T1557")
def rogue_igd(facts: Facts) -> Iterator[Claim]:
    """At least two hosts announce an Internet gateway, and one is no router of this network.

    HIGH if a client calls its actions. Routers are those that DHCP or router advertisements name,
    or whose link address passes on what comes from outside. LOW where nothing tells who is, and
    for Windows' connection sharing. A second router, a mesh or a virtual network has two as well.
    """
    for hosts, rogue, real in facts.once(rogue_gateways):
        seen = hosts[rogue][0]
        addresses = {one.src for one in hosts[rogue]}
        known = real is not None
        calls = [row for row in facts.calls if known and row.server in addresses and _is_wan(row)]
        used: list[Evidence] = []
        for row in calls[:4]:
            answer = answered(row)
            used += (asked(row, row.action or "a call"), *([answer] if answer else ()))
        evidence = [seen.evidence("the announcement", seen.ssdp.usn)]
        note = f"{seen.src} ({rogue}) announces an Internet gateway"
        severity: Severity = "HIGH" if calls else "MEDIUM"
        confidence: Confidence = "medium"
        missing: tuple[str, ...] = ()
        if real is None:
            others = listed(f"{hosts[link][0].src} ({link})" for link in hosts if link != rogue)
            note += f", as {others} does, and nothing tells which is the router"
            severity, confidence = "LOW", "low"
            evidence += [
                hosts[link][0].evidence("that of another", hosts[link][0].ssdp.usn)
                for link in list(hosts)[:8]
                if link != rogue
            ]
            missing = ("who the router is: no DHCP, no router advertisement, nothing routed",)
        else:
            gateway = hosts[real][0]
            note += f" and is no router; {gateway.src} ({real}) is the router and announces one too"
            evidence.append(gateway.evidence("that of the router", gateway.ssdp.usn))
            note += _race(hosts[rogue], hosts[real])
        if real is not None and _near(rogue, real):
            note += "; the link addresses are neighbours, as of one router's interfaces"
            severity = "LOW" if not calls else severity
        if "upnp-device-host" in (seen.ssdp.server or "").lower():
            note += "; it is Windows, which shares a connection that way"
            severity = "LOW" if not calls else severity
        if calls:
            actions = listed(str(row.action) for row in calls)
            note += f"; {listed(row.client for row in calls)} called {actions} of it"
            confidence = "high"
        yield Claim(
            seen.src,
            f"{note}.",
            "effect" if calls else "attempted" if known else "observed",
            (*evidence, *used),
            confidence,
            missing or (() if calls else ("no call to it in the capture",)),
            severity,
        )


def rogue_gateways(facts: Facts) -> list[tuple[dict[str, list[Seen]], str, str | None]]:
    """(Gateways by link address, one that is no router, one that is or None)."""
    hosts: dict[str, list[Seen]] = {}
    for seen in facts.messages.of_kind("alive", "response"):
        if is_gateway(seen.ssdp.target):
            hosts.setdefault(link_or_address(seen), []).append(seen)
    if len(hosts) < 2:
        return []
    links, addresses = facts.surroundings.gateway_links, facts.surroundings.gateways
    real = [
        link
        for link, messages in hosts.items()
        if link in links or any(seen.src in addresses for seen in messages)
    ]
    rest = [link for link in hosts if link not in real]
    return [(hosts, link, real[0]) for link in rest] if real else [(hosts, rest[-1], None)]


@rule("bootid-configid", "LOW", "BOOTID or CONFIGID that cannot be right")
def boot_id(facts: Facts) -> Iterator[Claim]:
    """BOOTID that falls or comes by turns with another, or a value beyond its range.

    Also ssdp:update without NEXTBOOTID. By itself a fault of the device; those with several
    interfaces have several counters. It speaks for `udn-conflict` where that is found.
    """
    for udn, messages in facts.messages.of_devices.items():
        by_source: dict[str, list[Seen]] = {}
        for seen in messages:
            if seen.kind in PRESENT:
                by_source.setdefault(seen.src, []).append(seen)
        for source, sent in by_source.items():
            found = [*_falling(sent), *_out_of_range(sent)]
            if found:
                words = "; ".join(dict.fromkeys(what for what, _ in found[:4]))
                evidence = tuple(seen.evidence("the message", what) for what, seen in found[:8])
                yield Claim(source, f"{short(udn)}: {words}.", "observed", evidence, "medium")


def _falling(messages: list[Seen]) -> Iterator[tuple[str, Seen]]:
    """Messages with a BOOTID that were sent after one with a higher BOOTID had been."""
    counted = [seen for seen in messages if seen.ssdp.boot_id is not None]
    if len({seen.ssdp.boot_id for seen in counted}) < 2:
        return
    counted.sort(key=lambda seen: -(seen.ssdp.boot_id or 0))
    earliest: Seen | None = None
    equal: list[Seen] = []
    for seen in counted:
        if equal and equal[0].ssdp.boot_id != seen.ssdp.boot_id:
            earliest = min((*equal, *([earliest] if earliest else ())), key=_first)
            equal = []
        equal.append(seen)
        if earliest is not None and _first(earliest) < seen.frames.last:
            higher = earliest.ssdp.boot_id
            yield f"BOOTID {seen.ssdp.boot_id} after {higher}", seen


def _first(seen: Seen) -> int:
    return seen.frames.first or 0


def _out_of_range(messages: Iterable[Seen]) -> Iterator[tuple[str, Seen]]:
    for seen in messages:
        ssdp = seen.ssdp
        if ssdp.kind == "update" and ssdp.next_boot_id is None:
            yield "ssdp:update without NEXTBOOTID", seen
        if ssdp.config_id is not None and ssdp.config_id > MAX_CONFIG_ID:
            yield f"CONFIGID {ssdp.config_id}", seen
        if ssdp.search_port is not None and ssdp.search_port not in SEARCH_PORTS:
            yield f"SEARCHPORT {ssdp.search_port}", seen


def _race(rogue: list[Seen], real: list[Seen]) -> str:
    """How much earlier the response of one was, to the same search."""
    for one in rogue:
        for other in real:
            if one.kind == other.kind == "response" and one.dst == other.dst:
                first, second = one.first_ns, other.first_ns
                if first is not None and second is not None and 0 <= second - first < 5_000_000_000:
                    return (
                        f"; its response came {(second - first) / 1e6:.1f} ms before the router's"
                    )
    return ""


def _is_wan(row: CallRow) -> bool:
    return "wan" in (row.service_type or "").lower()


def _ends(messages: Iterable[Seen]) -> set[object]:
    locations = (seen.ssdp.location or "" for seen in messages)
    return {url_end_of(location) or location for location in locations}


def _near(one: str, other: str) -> bool:
    """Whether two link addresses are those of one host, mostly: neighbours, or one made local."""
    if one.count(":") != 5 or other.count(":") != 5:
        return False
    first, second = (int(link.replace(":", ""), 16) for link in (one, other))
    if abs(first - second) <= NEIGHBOURS:
        return True
    return first & 0xFFFFFFFF == second & 0xFFFFFFFF


RULES = (udn_conflict, rogue_igd, boot_id)
