"""Those who look for devices: sweeps, searches for everything, and what leaves the link."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from upnpscapy.forensics.finding import Claim, Outcome
from upnpscapy.forensics.rules.discovery import (
    SSDP_MSEARCH,
    connections_to,
    listed,
    search_evidence,
    url_end_of,
)
from upnpscapy.forensics.rules.evidence import connected
from upnpscapy.forensics.rules.rule import rule

if TYPE_CHECKING:
    from upnpscapy.forensics.watching.connections import Attempt
    from upnpscapy.forensics.watching.facts import Facts
    from upnpscapy.forensics.watching.seen_messages import Seen

__all__ = ["RULES"]

SWEPT, MANY_SWEPT = 5, 50
"""Hosts searched one by one in a minute: LOW, MEDIUM."""

MINUTE_NS = 60_000_000_000

TARGETS = 8
"""Distinct search targets of one host in a minute."""

VISITED, VISIT_NS = 5, 300_000_000_000
"""LOCATIONs that the host then connects to within five minutes."""

MAX_MX = 120
"""Seconds; UDA 2.0, 1.3.2 says 1 to 5, and what networks hold is 1, 2, 3 and 5."""

TTL_ON_LINK = 4
WIDE = {"ff05::c": "site", "ff08::c": "organisation", "ff0e::c": "global"}

MAX_SHOWN = 16


@rule(
    "ssdp-internet-scanner",
    "LOW",
    "Hosts searched one by one",
    reference="Metasploit auxiliary/scanner/upnp/ssdp_msearch",
    technique="T1595.001",
)
def scanner(facts: Facts) -> Iterator[Claim]:
    """Unicast searches of one host to at least five others within a minute; MEDIUM from 50 on.

    Control points search by multicast, and one or two known devices by unicast; Windows sends
    the same bytes as scanners do, but by multicast.
    """
    by_source: dict[str, list[Seen]] = {}
    for seen in facts.messages.of_kind("search"):
        if not seen.to_group:
            by_source.setdefault(seen.src, []).append(seen)
    answerers = {(seen.dst, seen.src) for seen in facts.messages.of_kind("response")}
    for source, searches in by_source.items():
        window = _densest(searches, lambda seen: seen.dst)
        swept = list(dict.fromkeys(seen.dst for seen in window))
        if len(swept) < SWEPT:
            continue
        answering = [host for host in swept if (source, host) in answerers]
        note = f"{source} searched {len(swept)} hosts one by one within a minute: {listed(swept)}"
        if answering:
            note += f"; {listed(answering)} answered"
        if any(seen.payload == SSDP_MSEARCH for seen in window):
            note += "; the bytes are those of Metasploit's ssdp_msearch"
        yield Claim(
            source,
            f"{note}.",
            "effect" if answering else "attempted",
            tuple(map(search_evidence, window[:MAX_SHOWN])),
            "high",
            () if answering else ("no response in the capture",),
            "MEDIUM" if len(swept) >= MANY_SWEPT else "LOW",
        )


@rule(
    "ssdp-recon",
    "LOW",
    "A host looks for everything",
    technique="T1046",
)
def recon(facts: Facts) -> Iterator[Claim]:
    """Multicast searches for `ssdp:all`, or for at least eight targets within a minute.

    Whether the host then connects to five or more LOCATIONs is said.
    UPnP browsers, media players, home automation and some VPN clients do this too, so that it is
    never more than LOW: it tells who has a list of the devices here.
    """
    by_source: dict[str, list[Seen]] = {}
    for seen in facts.messages.of_kind("search"):
        if seen.to_group:
            by_source.setdefault(seen.src, []).append(seen)
    ends = [end for device in facts.devices for url in device.locations if (end := url_end_of(url))]
    for source, searches in by_source.items():
        everything = [seen for seen in searches if seen.ssdp.st == "ssdp:all"]
        window = _densest(searches, lambda seen: seen.ssdp.st)
        targets = {seen.ssdp.st for seen in window}
        if not everything and len(targets) < TARGETS:
            continue
        chosen = everything or window
        after = chosen[0].first_ns
        visited: dict[tuple[str, int], Attempt] = {}
        for end in dict.fromkeys(ends):
            for attempt in connections_to(facts, end, after):
                near = after is None or (attempt.time_ns or 0) - after <= VISIT_NS
                if attempt.source == source and near:
                    visited.setdefault((attempt.destination, attempt.dport), attempt)
        what = "ssdp:all" if everything else f"{len(targets)} targets within a minute"
        note = f"{source} searched for {what}"
        evidence = list(map(search_evidence, chosen[:MAX_SHOWN]))
        if len(visited) >= VISITED:
            note += f", and connected to {len(visited)} LOCATIONs within five minutes"
            first = list(visited.values())[:VISITED]
            evidence += [connected(attempt, "a connection to a LOCATION") for attempt in first]
        outcome: Outcome = "effect" if len(visited) >= VISITED else "attempted"
        yield Claim(source, f"{note}.", outcome, tuple(evidence), "medium")


@rule("ssdp-off-link", "INFO", "Multicast discovery that may leave the link", technique="T1046")
def off_link(facts: Facts) -> Iterator[Claim]:
    """SSDP by multicast with a TTL of more than 4, or to a group of IPv6 of wide scope.

    That is site, organisation or global. LOW for a message of one host seen at two link addresses
    with two TTLs, as a router or relay passes it on between networks.
    Many devices send with 64 or 255; how far it goes is up to the routers.
    """
    wide: list[Seen] = []
    first: dict[tuple[bytes, str], Seen] = {}
    passed_on: set[str] = set()
    for seen in facts.messages:
        if not seen.to_group:
            continue
        ttl = seen.sighting.ttl
        if (ttl or 0) > TTL_ON_LINK or seen.dst in WIDE:
            wide.append(seen)
        before = first.setdefault((seen.payload, seen.src), seen)
        if before is seen or before.link_src == seen.link_src or seen.src in passed_on:
            continue
        before_ttl = before.sighting.ttl
        if before_ttl != ttl:
            passed_on.add(seen.src)
            yield Claim(
                seen.src,
                f"Its message was seen with TTL {before_ttl} from {before.link_src}, and with"
                f" {ttl} from {seen.link_src}: it is passed on between networks.",
                "observed",
                (before.evidence("the message"), seen.evidence("the message, passed on")),
                "medium",
                (),
                "LOW",
            )
    if wide:
        senders = list({seen.src: seen for seen in wide}.values())
        scopes = sorted({scope for seen in wide if (scope := WIDE.get(seen.dst))})
        widest = max(seen.sighting.ttl or 0 for seen in wide)
        words = f", to groups of {listed(scopes)} scope" if scopes else ""
        yield Claim(
            "SSDP multicast",
            f"{listed(seen.src for seen in senders)} sent with a TTL of up to {widest}{words}.",
            "observed",
            tuple(seen.evidence("a message", seen.sighting.ttl) for seen in senders[:MAX_SHOWN]),
        )


@rule(
    "ssdp-search-mx",
    "INFO",
    "Searches that say no time to wait, or an absurd one",
    reference="UPnP Device Architecture 2.0, 1.3.2",
    technique="T1046",
    since="0.3.0",
)
def waits(facts: Facts) -> Iterator[Claim]:
    """Multicast searches with an MX of 0 or of more than 120 seconds, or with none at all.

    MX spreads the answers over a time. Control points give it; scripts forget it, and a flood
    of answers at once is what reflection wants.
    """
    by_source: dict[str, list[Seen]] = {}
    for seen in facts.messages.of_kind("search"):
        if seen.to_group and _is_odd(seen.ssdp.mx_seconds):
            by_source.setdefault(seen.src, []).append(seen)
    for source, searches in by_source.items():
        said = dict.fromkeys(seen.ssdp.mx_seconds for seen in searches)
        words = listed("no MX" if mx is None else f"MX {mx}" for mx in said)
        shown = searches[:MAX_SHOWN]
        yield Claim(
            source,
            f"{source} searched by multicast with {words}.",
            "observed",
            tuple(seen.evidence("a search", seen.ssdp.mx_seconds) for seen in shown),
            "high",
        )


def _is_odd(mx_seconds: int | None) -> bool:
    return mx_seconds is None or not 1 <= mx_seconds <= MAX_MX


def _densest(searches: list[Seen], key: Callable[[Seen], str | None]) -> list[Seen]:
    """Those of the minute with the most distinct keys; times are those of first sendings."""
    timed = sorted(
        (seen for seen in searches if seen.first_ns is not None),
        key=lambda seen: seen.first_ns or 0,
    )
    best: list[Seen] = []
    most = start = 0
    counts: dict[str | None, int] = {}
    for at, seen in enumerate(timed):
        counts[key(seen)] = counts.get(key(seen), 0) + 1
        while (seen.first_ns or 0) - (timed[start].first_ns or 0) > MINUTE_NS:
            gone = key(timed[start])
            counts[gone] -= 1
            if not counts[gone]:
                del counts[gone]
            start += 1
        if len(counts) > most:
            most, best = len(counts), timed[start : at + 1]
    return best


RULES = (scanner, recon, off_link, waits)
