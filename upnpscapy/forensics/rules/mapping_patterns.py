"""Rules on many mappings together: bursts, scans, listings (C)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from upnpscapy.forensics.controlling.call_row import CallRow
from upnpscapy.forensics.finding import Claim, Severity
from upnpscapy.forensics.mappings.row import MappingRow
from upnpscapy.forensics.rules.evidence import Act, claims_of, connected
from upnpscapy.forensics.rules.mapping_evidence import (
    MAX_ROWS,
    asked_of,
    label,
    outside,
)
from upnpscapy.forensics.rules.rule import rule

if TYPE_CHECKING:
    from upnpscapy.forensics.watching.connections import Attempt
    from upnpscapy.forensics.watching.facts import Facts

__all__ = ["RULES"]

SECOND = 1_000_000_000
MINUTE = 60 * SECOND

BURST, MANY, BURST_NS = 10, 20, 5 * MINUTE
"""TCP ports that one host maps to itself within this time."""

SMB, SCANNED, SCAN_NS = 445, 20, 10 * MINUTE
"""More hosts than this tried by SMB, this close to a mapping, are a scan."""

VISITORS, VISIT_NS = 5, 60 * MINUTE
"""Foreign hosts that come through a mapping within this time."""

ENTRIES, ALL_ENTRIES = 5, 100
"""Entries of a gateway's table asked for one after the other."""

GUESSED = 50
"""Ports asked for that had no mapping."""

FIRST_UNPRIVILEGED = 1024
NO_SUCH_ENTRY = 714


@rule(
    "malware-mapping-pattern",
    "HIGH",
    "A host maps ports as malware does",
    reference="McAfee Labs, Pinkslipbot, 2017; Conficker Working Group, 2009",
    technique="T1090",
)
def malware_mapping_pattern(facts: Facts) -> Iterator[Claim]:
    """Mappings as malware asks for them.

    Three patterns. Ten TCP ports or more that a host maps to itself within 5 minutes (MEDIUM,
    from twenty on HIGH): Pinkslipbot asks for 27. A host that has a high TCP port mapped to
    itself and tries more than 20 hosts on port 445 within 10 minutes of that, as Conficker does
    (HIGH). Five foreign hosts or more that connect to a mapped port within an hour (LOW): that
    may be a proxy of malware, and is file sharing more often. Programs for file sharing, games
    and calls map one port or two; a media server or an administrator's script may map ten.
    """
    own: dict[tuple[str, str], list[MappingRow]] = defaultdict(list)
    for row in facts.mappings:
        client, sender = row.terms.internal_client, row.requested_by
        if sender is None or row.terms.protocol != "TCP" or row.kind == "pinhole":
            continue
        if not client or facts.surroundings.same_host(client, sender):
            own[sender, row.gateway].append(row)
    tried: dict[str, list[Attempt]] = defaultdict(list)
    for attempt in facts.connections.at_ports((SMB,)) if own else ():
        if attempt.time_ns is not None:
            tried[attempt.source].append(attempt)
    for (host, _), rows in own.items():
        yield from _burst(host, rows)
        yield from _scan(tried.get(host, []), host, rows)
        yield from _visits(facts, host, rows)


def _burst(host: str, rows: list[MappingRow]) -> Iterator[Claim]:
    timed = _timed(rows)
    begin = end = start = 0
    for at, row in enumerate(timed, 1):
        while _time(row) - _time(timed[start]) > BURST_NS:
            start += 1
        if at - start > end - begin:
            begin, end = start, at
    best = timed[begin:end]
    ports = sorted({row.terms.external_port for row in best if row.terms.external_port})
    if len(ports) < BURST:
        return
    severity: Severity = "HIGH" if len(ports) >= MANY else "MEDIUM"
    shown = ", ".join(map(str, ports[:40]))
    granted = any(row.opened_in is not None for row in best)
    yield Claim(
        host,
        f"{host} asked for mappings of {len(ports)} TCP ports to itself within 5 minutes: {shown}.",
        "accepted" if granted else "attempted",
        tuple(one for row in best[:MAX_ROWS] for one in asked_of(row)),
        "medium",
        () if granted else ("no mapping was granted in the capture",),
        severity,
    )


def _scan(tried: list[Attempt], host: str, rows: list[MappingRow]) -> Iterator[Claim]:
    if len(tried) <= SCANNED:
        return
    tried.sort(key=_time)
    near: Counter[str] = Counter()
    first = last = 0
    for row in _timed(rows):
        if (row.terms.external_port or 0) < FIRST_UNPRIVILEGED:
            continue
        now = row.time_ns or 0
        while last < len(tried) and _time(tried[last]) <= now + SCAN_NS:
            near[tried[last].destination] += 1
            last += 1
        while first < last and _time(tried[first]) < now - SCAN_NS:
            gone = tried[first].destination
            near[gone] -= 1
            if not near[gone]:
                del near[gone]
            first += 1
        if len(near) > SCANNED:
            found = {one.destination: one for one in tried[first:last]}
            seen = [connected(one, "a connection tried to SMB") for one in found.values()]
            yield Claim(
                host,
                f"{host} asked for a mapping to itself, {label(row)}, and tried {len(near)} "
                f"hosts on port {SMB} within 10 minutes of that.",
                "attempted" if row.opened_in is None else "accepted",
                (*asked_of(row), *seen[:MAX_ROWS]),
                "medium",
            )
            return


def _visits(facts: Facts, host: str, rows: list[MappingRow]) -> Iterator[Claim]:
    to_port: dict[int, list[Attempt]] = {}
    for row in rows:
        port, since = row.terms.internal_port, row.opened_ns
        if port is None or since is None:
            continue
        if port not in to_port:
            to_port[port] = _from_outside(facts, host, port)
        came: dict[str, Attempt] = {}
        for one in to_port[port]:
            if since <= (one.time_ns or 0) <= since + VISIT_NS:
                came.setdefault(one.source, one)
        if len(came) >= VISITORS:
            to_port[port] = []  # said once of a port
            seen = [connected(one, "a connection from outside") for one in came.values()]
            yield Claim(
                host,
                f"{len(came)} hosts from outside connected to {host}:{port} within an hour after "
                f"the mapping {label(row)}; file sharing looks the same.",
                "effect",
                (*asked_of(row), *seen[:MAX_ROWS]),
                "low",
                severity="LOW",
            )


def _from_outside(facts: Facts, host: str, port: int) -> list[Attempt]:
    return [
        one
        for one in facts.connections.to(host, port)
        if one.time_ns is not None and not facts.surroundings.is_local(one.source)
    ]


def _timed(rows: list[MappingRow]) -> list[MappingRow]:
    return sorted((row for row in rows if row.time_ns is not None), key=_time)


def _time(one: MappingRow | Attempt) -> int:
    return one.time_ns or 0


@rule(
    "portmap-enumeration",
    "LOW",
    "A host read a gateway's table of port mappings",
    reference="MITRE ATT&CK T1602",
    technique="T1602",
)
def portmap_enumeration(facts: Facts) -> Iterator[Claim]:
    """Listing and guessing of mappings.

    Five entries or more asked for one after the other by GetGenericPortMappingEntry, or all
    ports by GetListOfPortMappings (LOW: ``upnpc -l``, Windows and every router page do it); a
    hundred or more, a sender from outside, or fifty ports guessed by GetSpecificPortMappingEntry
    that had no mapping (MEDIUM). File sharing verifies its one entry.
    """
    yield from claims_of(_enumerations(facts))


def _enumerations(facts: Facts) -> Iterator[Act]:
    by_ends: dict[tuple[str, str], dict[str, list[CallRow]]] = {}
    for call in facts.called(_READS.__contains__):
        of_ends = by_ends.setdefault((call.client, call.server), {})
        of_ends.setdefault((call.action or "").lower(), []).append(call)
    for (client, server), calls in by_ends.items():
        foreign = outside(facts, client, server) == "high"
        worst: Severity | None = "MEDIUM" if foreign else None
        indexed = {
            int(text): call
            for call in calls.get("getgenericportmappingentry", ())
            if (text := (call.argument("NewPortMappingIndex") or "").strip()).isdecimal()
            and len(text) < 6
        }
        run = _longest_run(sorted(indexed))
        if len(run) >= ENTRIES:
            severity: Severity | None = "MEDIUM" if len(run) >= ALL_ENTRIES else worst
            note = f"{len(run)} entries of the table were asked for, one after the other"
            for number in run:
                call = indexed[number]
                yield Act(call, call.action or "", note, f"index {number}", severity)
        guesses = {
            call.argument("NewExternalPort"): call
            for call in calls.get("getspecificportmappingentry", ())
            if call.error_code == NO_SUCH_ENTRY
        }
        if len(guesses) >= GUESSED:
            note = f"{len(guesses)} ports were asked for that had no mapping"
            for port, call in guesses.items():
                yield Act(call, call.action or "", note, f"port {port}", "MEDIUM")
        for call in calls.get("getlistofportmappings", ()):
            first, last = call.argument("NewStartPort"), call.argument("NewEndPort")
            if (first or "").strip() in ("0", "1") and (last or "").strip() == "65535":
                note = "All mappings of a protocol were asked for"
                yield Act(call, call.action or "", note, f"ports {first} to {last}", worst)


def _longest_run(numbers: list[int]) -> list[int]:
    begin = end = start = 0
    for at, number in enumerate(numbers, 1):
        if number - numbers[start] != at - 1 - start:
            start = at - 1
        if at - start > end - begin:
            begin, end = start, at
    return numbers[begin:end]


_READS = frozenset(
    ("getgenericportmappingentry", "getspecificportmappingentry", "getlistofportmappings")
)

RULES = (malware_mapping_pattern, portmap_enumeration)
