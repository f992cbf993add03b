"""Rules on mappings themselves: ports, leases, refusals, whose they are, who asks (C)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from upnpscapy.forensics.finding import Claim, Confidence, Evidence, Severity
from upnpscapy.forensics.mappings.port_control_address_row import PortControlAddressRow
from upnpscapy.forensics.mappings.row import MappingRow
from upnpscapy.forensics.rules.mapping_evidence import (
    MAX_ROWS,
    MappingAct,
    asked_of,
    claims_of_mappings,
    is_for_anyone,
    lower,
    outcome_of,
    outside,
    used,
)
from upnpscapy.forensics.rules.rule import rule
from upnpscapy.forensics.rules.sensitive_ports import severity_of_port, worst_port

if TYPE_CHECKING:
    from upnpscapy.forensics.watching.facts import Facts

__all__ = ["RULES", "densest"]

SECOND = 1_000_000_000
DENIED = 10
DENIED_NS = 60 * SECOND
"""More refusals than this in this time look like trying out."""


@rule(
    "sensitive-port-mapping",
    "HIGH",
    "A port that is not meant for the Internet was mapped",
    reference="CERT VU#361684",
    technique="T1133",
)
def sensitive_port_mapping(facts: Facts) -> Iterator[Claim]:
    """Ports by what is usually behind them.

    A mapping or pinhole whose internal or external port is one of remote control, file
    sharing, containers or industrial control (HIGH), of web pages or cameras (MEDIUM), of mail,
    databases, printers and the like (LOW); without an end and for anyone is said with it.
    One step less if the gateway refused it or did not answer. A host that maps a port of web
    pages or cameras to itself is LOW: cameras, storage and servers do that by themselves, and
    people who serve from home mean it.
    """
    yield from claims_of_mappings(facts, _sensitive(facts))


def _sensitive(facts: Facts) -> Iterator[MappingAct]:
    names = _device_names(facts)
    for row in facts.mappings:
        severity, port = severity_of_port(row), worst_port(row)
        client = row.terms.internal_client or row.requested_by
        if severity is None or client is None or (row.kind == "pcp" and row.terms.remote_port):
            continue
        own = row.requested_by is None or facts.surroundings.same_host(client, row.requested_by)
        if severity == "MEDIUM" and own:
            severity = "LOW"
        if outcome_of(row) == "attempted":
            severity = lower(severity)
        note = f"Port {port} of {client}{names.get(client, '')}"
        note += " was asked to be opened" if outcome_of(row) == "attempted" else " was opened"
        if is_for_anyone(row) and row.terms.lease_seconds == 0:
            note += " to anyone, without an end"
        confidence: Confidence = "medium" if own else "high"
        yield MappingAct(row, client, note, severity, confidence, used)


@rule(
    "open-ended-mapping",
    "INFO",
    "A port mapping is for anyone and has no end",
    reference="WANIPConnection:2",
    technique="T1133",
)
def open_ended_mapping(facts: Facts) -> Iterator[Claim]:
    """Mappings that stay.

    A mapping that the gateway has, with no remote host and a lease of 0: it stays until it is
    deleted. Nearly every program asks for that (Teredo, for one), so it is no more than a fact;
    what it opens is for the other rules.
    """
    yield from claims_of_mappings(
        facts,
        (
            MappingAct(row, row.terms.internal_client or row.gateway, "It is for anyone and stays")
            for row in facts.mappings
            if row.kind == "portmap"
            and row.terms.lease_seconds == 0
            and is_for_anyone(row)
            and row.terms.internal_port is not None
            and outcome_of(row) != "attempted"
        ),
    )


@rule(
    "denied-mapping",
    "INFO",
    "A gateway refused port mappings",
    reference="WANIPConnection:2; RFC 6886, 3.5; RFC 6887, 7.4",
    technique="T1599.001",
)
def denied_mapping(facts: Facts) -> Iterator[Claim]:
    """Refusals, by host.

    Requests for mappings that a gateway refused, by host, with the codes it gave. LOW if there
    were more than ten in 60 s: someone may be trying out what is allowed. Programs for file
    sharing that try port after port after 718 do the same.
    """
    groups: dict[tuple[str, str], list[MappingRow]] = {}
    for row in facts.mappings:
        if row.state == "refused":
            groups.setdefault((row.requested_by or "?", row.gateway), []).append(row)
    for (client, gateway), rows in groups.items():
        codes = Counter(row.error_code for row in rows)
        told = ", ".join(
            f"{'an answer without code' if code is None else code} ({count} times)"
            for code, count in codes.most_common(8)
        )
        dense = densest([row.time_ns for row in rows], DENIED_NS)
        many = f"; {dense} of them within 60 s" if dense > DENIED else ""
        yield Claim(
            client,
            f"{gateway} refused {len(rows)} requests of {client} with {told}{many}.",
            "attempted",
            tuple(one for row in rows[:MAX_ROWS] for one in asked_of(row)),
            severity="LOW" if dense > DENIED else None,
        )


@rule(
    "natpmp-pcp",
    "HIGH",
    "A gateway was asked by NAT-PMP or PCP from outside of the network",
    reference="CERT VU#184540; RFC 6886",
    technique="T1599.001",
)
def natpmp_pcp(facts: Facts) -> Iterator[Claim]:
    """NAT-PMP and PCP from outside of the network.

    A request for a mapping by NAT-PMP or PCP whose sender is not of the local network, which
    a gateway must not answer: CRITICAL if it granted it, HIGH if not; an external address told
    to such a host is MEDIUM. What such mappings lead to and open is judged by the same rules as
    those of UPnP; PCP's THIRD_PARTY is third-party-mapping. A sender near the gateway's own
    address may be on a network that the capture does not show: LOW.
    """
    yield from claims_of_mappings(facts, _from_outside(facts))
    told: dict[tuple[str, str, Confidence], list[PortControlAddressRow]] = {}
    for one in facts.external_addresses:
        if isinstance(one, PortControlAddressRow):
            sure = outside(facts, one.client, one.gateway)
            if sure is not None:
                told.setdefault((one.client, one.gateway, sure), []).append(one)
    for (client, gateway, sure), rows in told.items():
        severity: Severity = "MEDIUM" if sure == "high" else "LOW"
        evidence = tuple(
            Evidence.of(
                "the external address", row.place, row.frames, row.time_ns, gateway, client,
                row.address,
            )
            for row in rows[:MAX_ROWS]
        )  # fmt: skip
        note = f"{gateway} told its external address to {client}, which is not of the network."
        yield Claim(gateway, note, "accepted", evidence, sure, (), severity)


def _from_outside(facts: Facts) -> Iterator[MappingAct]:
    for row in facts.mappings:
        sure = outside(facts, row.requested_by, row.gateway)
        if row.kind not in ("natpmp", "pcp") or sure is None:
            continue
        severity: Severity = "HIGH" if outcome_of(row) == "attempted" else "CRITICAL"
        note = f"{row.requested_by}, which is not of the network, asked for a mapping"
        severity = severity if sure == "high" else "LOW"
        yield MappingAct(row, row.gateway, note, severity, sure, used)


def densest(times: list[int | None], window_ns: int) -> int:
    """How many of some moments are in the densest window; those without time count once each."""
    known = sorted(time for time in times if time is not None)
    best = start = 0
    for end, time in enumerate(known):
        while time - known[start] > window_ns:
            start += 1
        best = max(best, end - start + 1)
    return best


def _device_names(facts: Facts) -> dict[str, str]:
    """What devices at an address call themselves, as words to follow it."""
    found: dict[str, str] = {}
    for device in facts.devices:
        name = device.column("friendly_name") or device.server
        for address in device.addresses:
            if name is not None:
                found.setdefault(address, f" ({str(name)[:60]})")
    return found


RULES = (
    sensitive_port_mapping,
    open_ended_mapping,
    denied_mapping,
    natpmp_pcp,
)
