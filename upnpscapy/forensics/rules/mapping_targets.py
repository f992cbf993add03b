"""Rules on whom a mapping leads to: the Internet, another host, the gateway itself (C)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from upnpscapy.forensics.finding import Claim, Severity
from upnpscapy.forensics.mappings.row import MappingRow
from upnpscapy.forensics.rules.evidence import connected
from upnpscapy.forensics.rules.mapping_evidence import (
    MAX_EFFECTS,
    Addresses,
    Effects,
    MappingAct,
    claims_of_mappings,
    lower,
    outcome_of,
    outside,
    targets_of,
    used,
)
from upnpscapy.forensics.rules.rule import rule
from upnpscapy.forensics.rules.sensitive_ports import severity_of_port
from upnpscapy.protocol.address_class import address_class

if TYPE_CHECKING:
    from upnpscapy.forensics.watching.facts import Facts

__all__ = ["RULES"]

ENUMERATED = 5
"""Hosts for which one host asks that make it an enumeration."""

GALLETA = "galleta silenciosa"
SMB = frozenset((139, 445))
FIRST_UNPRIVILEGED = 1024

_NOWHERE = frozenset(("loopback", "unspecified", "multicast"))


@rule(
    "upnproxy",
    "CRITICAL",
    "A port mapping leads to a host that is not of the local network",
    reference="Akamai, UPnProxy: Blackhat Proxies via NAT Injections, 2018",
    technique="T1599.001",
)
def upnproxy(facts: Facts) -> Iterator[Claim]:
    """Mappings that lead to the Internet.

    A mapping of IPv4, asked for or found in a gateway's table, whose internal client is an
    address of the Internet, or a name that was resolved to one: the gateway becomes a proxy.
    CRITICAL if the gateway has it, HIGH if it was only asked for. Local is what the capture or
    ``--local-net`` shows to be; a host that maps to itself is left to igd-control-from-wan, and
    an address of carrier-grade NAT, which some networks use inside, is MEDIUM.
    """
    yield from claims_of_mappings(facts, _to_the_internet(facts))


def _to_the_internet(facts: Facts) -> Iterator[MappingAct]:
    for row in facts.mappings:
        if not _is_mapping(row):
            continue
        for target in targets_of(facts, row):
            if not _is_foreign(facts, row, target):
                continue
            inside = address_class(target) == "cgnat"
            severity: Severity = "HIGH" if outcome_of(row) == "attempted" else "CRITICAL"
            yield MappingAct(
                row,
                target,
                f"The mapping leads out of the network, to {target}",
                "MEDIUM" if inside else severity,
                "low" if inside else "high",
                _relayed,
            )
            break


def _is_foreign(facts: Facts, row: MappingRow, target: str) -> bool:
    if ":" in target or facts.surroundings.is_local(target) or target == row.requested_by:
        return False
    kind = address_class(target)
    if kind in _NOWHERE or kind in ("reserved", "invalid"):
        return False
    own = {row.gateway, row.requested_by}
    return kind != "cgnat" or not any(address_class(one) == "cgnat" for one in own if one)


def _relayed(facts: Facts, row: MappingRow, addresses: Addresses) -> Effects:
    """Connections of the gateway to where the mapping leads."""
    if outcome_of(row) == "attempted" or row.terms.internal_port is None:
        return (), ()
    own = {row.gateway, *addresses.get(row.gateway, ())}
    since = row.time_ns if row.opened_ns is None else row.opened_ns
    found = [
        connected(attempt, "a connection of the gateway to where the mapping leads")
        for target in targets_of(facts, row)
        for attempt in facts.connections.to(target, row.terms.internal_port, after_ns=since)
        if attempt.source in own
    ]
    unseen = () if found else ("no relayed connection in the capture",)
    return tuple(found[:MAX_EFFECTS]), unseen


@rule(
    "eternal-silence",
    "CRITICAL",
    "A port mapping opens SMB as the EternalSilence injections do",
    reference="Akamai, UPnProxy: EternalSilence, 2018",
    technique="T1599.001",
)
def eternal_silence(facts: Facts) -> Iterator[Claim]:
    """Mappings of the campaign EternalSilence, or like them.

    A mapping described as ``galleta silenciosa`` is CRITICAL; one of TCP port 139 or 445 to a
    high external port without that description, as the injections make them, is HIGH.
    Nothing benign is known with the description; SMB opened by its own port is for
    sensitive-port-mapping.
    """
    yield from claims_of_mappings(facts, _silent(facts))


def _silent(facts: Facts) -> Iterator[MappingAct]:
    for row in facts.mappings:
        terms = row.terms
        described = GALLETA in (terms.description or "").lower()
        injected = (
            terms.internal_port in SMB
            and terms.protocol in (None, "TCP")
            and (terms.external_port or 0) >= FIRST_UNPRIVILEGED
        )
        if not (described or injected) or not _is_mapping(row):
            continue
        subject = terms.internal_client or row.gateway
        if described:
            note = f"The mapping has the description of the campaign, {GALLETA!r}"
            yield MappingAct(row, subject, note, None, "high", used)
        else:
            note = "The mapping leads from a high port to SMB, as those of the campaign do"
            yield MappingAct(row, subject, note, "HIGH", "medium", used)


@rule(
    "third-party-mapping",
    "MEDIUM",
    "A host asked for a port mapping to another host",
    reference="WANIPConnection:2; RFC 6887, 13.1",
    technique="T1599.001",
)
def third_party_mapping(facts: Facts) -> Iterator[Claim]:
    """Mappings for another host of the network.

    A mapping whose internal client is a local host other than the one that asked: by UPnP's
    NewInternalClient or PCP's THIRD_PARTY. HIGH if the port is one of remote control or file
    sharing, or if one host asks for five others or more. A gateway in secure mode refuses it,
    by 606 or 718: one step less. Two addresses of one link address are one host; an empty
    client is the sender. Consoles of administration and hosts of virtual machines do this for
    good reasons.
    """
    acts = list(_for_others(facts))
    targets: dict[tuple[str | None, str], set[str]] = {}
    for act in acts:
        targets.setdefault((act.row.requested_by, act.row.gateway), set()).add(act.subject)
    for act in acts:
        count = len(targets[act.row.requested_by, act.row.gateway])
        if count >= ENUMERATED:
            act.subject = act.row.requested_by or act.subject
            act.note, act.severity = f"One host asked for mappings to {count} others", "HIGH"
    yield from claims_of_mappings(facts, acts)


def _for_others(facts: Facts) -> Iterator[MappingAct]:
    around = facts.surroundings
    back = _Back(facts)
    for row in facts.mappings:
        sender = row.requested_by
        if sender is None or not _is_mapping(row) or outside(facts, sender, row.gateway) == "high":
            continue
        for target in targets_of(facts, row):
            if around.same_host(target, sender) or not around.is_local(target):
                continue
            if back.leads(row, target):
                continue
            sensitive = severity_of_port(row) == "HIGH"
            note = f"{sender} asked for a mapping to {target}"
            severity: Severity = "HIGH" if sensitive else "MEDIUM"
            if row.state == "refused":
                note += ", which the gateway refused"
                severity = lower(severity)
            yield MappingAct(row, target, note, severity, "high", used)
            break


@rule(
    "mapping-to-gateway",
    "HIGH",
    "A port mapping leads to the gateway itself, or nowhere",
    reference="MiniUPnP, upnpredirect.c",
    technique="T1133",
)
def mapping_to_gateway(facts: Facts) -> Iterator[Claim]:
    """Mappings that lead back.

    A mapping whose internal client is the gateway's own address, a loopback address, 0.0.0.0,
    a broadcast or a multicast one: it opens the gateway's administration to the Internet, or
    makes a loop. Nothing benign is known to ask for it.
    """
    yield from claims_of_mappings(facts, _to_the_gateway(facts))


def _to_the_gateway(facts: Facts) -> Iterator[MappingAct]:
    back = _Back(facts)
    for row in facts.mappings:
        if row.requested_by == row.gateway or row.kind == "pinhole" or not _is_mapping(row):
            continue
        for target in targets_of(facts, row):
            if back.leads(row, target):
                note = f"The mapping leads to {target}, which is no host behind the gateway"
                yield MappingAct(row, row.gateway, note, None, "high", used)
                break


class _Back:
    """Where nobody is: at the gateway itself, at broadcast addresses, nowhere."""

    def __init__(self, facts: Facts) -> None:
        self._around = facts.surroundings
        self._routers = self._around.gateways
        self._broadcasts = {"255.255.255.255"} | {
            str(network.broadcast_address)
            for network in self._around.networks
            if network.version == 4 and network.prefixlen < network.max_prefixlen - 1
        }

    def leads(self, row: MappingRow, target: str) -> bool:
        """Whether a mapping to an address leads there."""
        if target == row.gateway or target in self._broadcasts or address_class(target) in _NOWHERE:
            return True
        return row.gateway in self._routers and self._around.same_host(target, row.gateway)


def _is_mapping(row: MappingRow) -> bool:
    """Whether it lets others in: no pinhole, which has no other client's, and no outbound one."""
    return row.kind != "pinhole" and not (row.kind == "pcp" and row.terms.remote_port)


RULES = (upnproxy, eternal_silence, third_party_mapping, mapping_to_gateway)
