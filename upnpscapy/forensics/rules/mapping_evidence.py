"""Evidence and claims of mappings: what was asked, what the gateway said, and who came through.

A rule yields ``MappingAct``s, one of each mapping that it objects to; ``claims_of_mappings`` makes
claims of them, one for what one host did at one gateway about one subject.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from itertools import islice
from typing import TYPE_CHECKING

from upnpscapy.forensics.controlling.call_row import CallRow
from upnpscapy.forensics.finding import Claim, Confidence, Evidence, Outcome, Severity
from upnpscapy.forensics.mappings.row import MappingRow
from upnpscapy.forensics.rules.evidence import connected, missing_of
from upnpscapy.protocol.address_class import address_class

if TYPE_CHECKING:
    from upnpscapy.forensics.watching.facts import Facts

__all__ = [
    "PROTOCOLS",
    "Addresses",
    "Effects",
    "MappingAct",
    "asked_of",
    "claims_of_mappings",
    "is_for_anyone",
    "label",
    "lower",
    "outcome_of",
    "outside",
    "targets_of",
    "used",
]

PROTOCOLS = {"portmap": "UPnP", "pinhole": "UPnP", "natpmp": "NAT-PMP", "pcp": "PCP"}
"""kind → whose request it is."""

MAX_ROWS = 16
"""Mappings of one claim whose frames are its evidence."""

MAX_FRAMES = 8
"""Frames of one request that are its evidence."""

MAX_EFFECTS = 4

NEIGHBOURS = {4: 20, 6: 64}
"""Version of IP → bits that two ends share if they may be on one network that is not known."""

_WILDCARDS = frozenset(("", "*", "0.0.0.0", "::"))
_LOWER: dict[Severity, Severity] = {"CRITICAL": "HIGH", "HIGH": "MEDIUM", "MEDIUM": "LOW"}
_RANK: dict[Outcome, int] = {"attempted": 0, "observed": 1, "accepted": 2, "effect": 3}

Addresses = Mapping[str, Iterable[str]]
"""Gateway → the addresses that it said are its own on the other side."""
Effects = tuple[tuple[Evidence, ...], tuple[str, ...]]
"""What was seen to follow from a mapping, and what was looked for and is not in the capture."""
Follow = Callable[["Facts", MappingRow, Addresses], Effects]

_Group = tuple[str, str | None, str, str, Severity | None]


@dataclass(slots=True)
class MappingAct:
    """One mapping that a rule objects to."""

    row: MappingRow
    subject: str
    note: str
    """What is wrong with it, without the final stop; the same words make one claim."""
    severity: Severity | None = None
    confidence: Confidence = "high"
    follow: Follow | None = None
    """What looks for effects; asked of the mappings that are evidence alone."""


def claims_of_mappings(facts: Facts, acts: Iterable[MappingAct]) -> Iterator[Claim]:
    """A claim for each subject, host, gateway, note and severity, in the order of the acts."""
    groups: dict[_Group, list[MappingAct]] = {}
    counts: Counter[_Group] = Counter()
    for act in acts:
        row = act.row
        key = (act.subject, row.requested_by, row.gateway, act.note, act.severity)
        group = groups.setdefault(key, [])
        counts[key] += 1
        if len(group) < MAX_ROWS:
            group.append(act)
        elif _rank(act) > _rank(group[-1]):
            group[-1] = act  # one that was granted says more than the last of the refused
    addresses: dict[str, dict[str, None]] = {}
    for one in facts.external_addresses:
        addresses.setdefault(one.gateway, {})[one.address] = None
    unanswered = any(act.row.state == "requested" for group in groups.values() for act in group)
    calls = {call.frame: call for call in facts.calls} if unanswered else {}
    for key, group in groups.items():
        yield _claim(facts, group, counts[key], addresses, calls)


def _claim(
    facts: Facts,
    acts: list[MappingAct],
    count: int,
    addresses: Addresses,
    calls: dict[int | None, CallRow],
) -> Claim:
    evidence: list[Evidence] = []
    missing: dict[str, None] = {}
    outcomes: list[Outcome] = []
    seen: dict[str, None] = {}
    for act in acts:
        effects, unseen = ((), ()) if act.follow is None else act.follow(facts, act.row, addresses)
        evidence += (*asked_of(act.row), *effects)
        if act.row.state == "requested":
            missing |= dict.fromkeys(_unanswered(calls.get(act.row.seen_in.first)))
        missing |= dict.fromkeys(unseen)
        seen |= dict.fromkeys(f"{one.what} was seen" for one in effects)
        outcomes.append("effect" if effects else outcome_of(act.row))
    first = acts[0]
    rows = "; ".join(label(act.row) for act in acts[:4])
    more = f"; and {count - 4} more" if count > 4 else ""
    words = ". ".join((f"{first.note}: {rows}{more}", *(one.capitalize() for one in seen)))
    return Claim(
        first.subject,
        f"{words}.",
        max(outcomes, key=_RANK.__getitem__),
        tuple(evidence),
        max((act.confidence for act in acts), key=("low", "medium", "high").index),
        tuple(missing),
        first.severity,
    )


def asked_of(row: MappingRow) -> tuple[Evidence, ...]:
    """The frames of the request and those of the answer, as far as they were seen."""
    place, opened, value = row.place, row.opened_in, label(row)
    name = PROTOCOLS[row.kind]
    if opened is None:
        frames = islice(row.seen_in, MAX_FRAMES)
        known = {
            "requested": f"{name} request for a mapping",
            "refused": f"{name} request for a mapping, and its refusal",
        }
        what = known.get(row.state, "the gateway's answer about a mapping")
        ends = row.requested_by, row.gateway
        return (Evidence.of(what, place, frames, row.time_ns, *ends, value),)
    frames = islice((frame for frame in row.seen_in if frame < opened), MAX_FRAMES)
    asked = tuple(frames)
    found = []
    if asked:
        what, by, server = f"{name} request for a mapping", row.requested_by, row.gateway
        found.append(Evidence.of(what, place, asked, row.time_ns, by, server, value))
    told = "the gateway's answer", place, (opened,), row.opened_ns
    found.append(Evidence.of(*told, row.gateway, row.requested_by, "granted"))
    return tuple(found)


def label(row: MappingRow) -> str:
    """A mapping in words: ``TCP 8080 → 192.168.1.9:80 (open, lease 3600 s, asked by …)``."""
    terms = row.terms
    outer = "*" if terms.external_port is None else terms.external_port
    inner = f"{terms.internal_client or '?'}:{terms.internal_port}"
    state = row.state if row.error_code is None else f"{row.state} with {row.error_code}"
    parts = [state]
    if terms.lease_seconds is not None:
        parts.append("no end" if terms.lease_seconds == 0 else f"lease {terms.lease_seconds} s")
    if row.requested_by is not None:
        parts.append(f"asked by {row.requested_by}")
    if terms.description:
        parts.append(f"called {terms.description[:60]!r}")
    return f"{terms.protocol or '?'} {outer} → {inner} ({', '.join(parts)})"


def outcome_of(row: MappingRow) -> Outcome:
    """Whether the gateway granted it, or was seen to have it."""
    if row.opened_in is not None:
        return "accepted"
    return "attempted" if row.state in ("requested", "refused") else "observed"


def lower(severity: Severity) -> Severity:
    """One step less: of what was refused, or is likely to be meant."""
    return _LOWER.get(severity, severity)


def is_for_anyone(row: MappingRow) -> bool:
    """Whether any remote host may use it, as far as it says."""
    return (row.terms.remote_host or "") in _WILDCARDS


def targets_of(facts: Facts, row: MappingRow) -> list[str]:
    """The addresses a mapping leads to: the client, or what its name was resolved to."""
    client = row.terms.internal_client
    if not client:
        return []
    if address_class(client) != "invalid":
        return [client]
    return [answer.address for answer in facts.names.of(client)]


def outside(facts: Facts, client: str | None, server: str) -> Confidence | None:
    """How sure it is that a host is not of the local network; None if it is, or may well be.

    A neighbour of the server's own address may be on a network of which nothing else was seen,
    and addresses of carrier-grade NAT are used within networks too.
    """
    if client is None or facts.surroundings.is_local(client):
        return None
    kind = address_class(client.partition("%")[0])
    if kind in ("invalid", "unspecified", "multicast"):
        return None
    near = kind == "cgnat" or _are_neighbours(client, server)
    return "low" if near else "high"


def used(facts: Facts, row: MappingRow, addresses: Addresses) -> Effects:
    """TCP connections from outside by a mapping, and what was not seen or not looked for."""
    terms = row.terms
    if outcome_of(row) == "attempted" or terms.internal_port is None:
        return (), ()
    if terms.protocol not in (None, "TCP"):
        return (), ("whether packets came through it, which is told of TCP alone",)
    since = row.time_ns if row.opened_ns is None else row.opened_ns
    found = []
    for address in targets_of(facts, row):
        for attempt in facts.connections.to(address, terms.internal_port, after_ns=since):
            late = None not in (row.closed_ns, attempt.time_ns) and (
                (attempt.time_ns or 0) > (row.closed_ns or 0)
            )
            if not late and not facts.surroundings.is_local(attempt.source):
                found.append(connected(attempt, "a connection from outside to the mapped port"))
    if terms.external_port:
        for address in addresses.get(row.gateway, ()):
            for attempt in facts.connections.to(address, terms.external_port, after_ns=since):
                if attempt.answered and not facts.surroundings.is_local(attempt.source):
                    found.append(connected(attempt, "a connection to the gateway's mapped port"))
    missing = () if found else ("no connection to the mapped port in the capture",)
    return tuple(found[:MAX_EFFECTS]), missing


def _are_neighbours(one: str, other: str) -> bool:
    try:
        first, second = ip_address(one), ip_address(other)
    except ValueError:
        return False
    if first.version != second.version:
        return False
    return second in ip_network((first, NEIGHBOURS[first.version]), strict=False)


def _unanswered(call: CallRow | None) -> tuple[str, ...]:
    if call is None:
        return ("no response in the capture",)
    return missing_of(call) or ("an answer that can be read",)


def _rank(act: MappingAct) -> int:
    return _RANK[outcome_of(act.row)]
