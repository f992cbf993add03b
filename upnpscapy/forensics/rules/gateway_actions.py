"""Rules on what gateways are told and tell: from outside, dangerous actions, a second NAT (C)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from upnpscapy.forensics.controlling.call_row import CallRow
from upnpscapy.forensics.controlling.external_address_row import ExternalAddressRow
from upnpscapy.forensics.finding import Claim, Confidence, Evidence, Severity
from upnpscapy.forensics.mappings.port_control_address_row import PortControlAddressRow
from upnpscapy.forensics.rules.evidence import Act, claims_of
from upnpscapy.forensics.rules.mapping_evidence import lower, outside
from upnpscapy.forensics.rules.rule import rule

if TYPE_CHECKING:
    from upnpscapy.forensics.watching.facts import Facts

__all__ = ["RULES"]

_GATEWAY = re.compile(
    r":service:(?:WAN\w+|Layer3Forwarding|LANHostConfigManagement|WLANConfiguration"
    r"|DeviceConfig|DeviceProtection)(?::|\Z)",
    re.IGNORECASE,
)
_OF_MAPPINGS = frozenset(
    "addportmapping addanyportmapping deleteportmapping deleteportmappingrange addpinhole "
    "getgenericportmappingentry getspecificportmappingentry getlistofportmappings "
    "getexternalipaddress".split()
)
"""Actions that are a gateway's whatever the service is called."""

_DANGEROUS: dict[str, tuple[Severity, str]] = {
    "setdnsserver": ("HIGH", "The DNS server that the network is given was to be changed"),
    "deletednsserver": ("HIGH", "The DNS server that the network is given was to be removed"),
    "setdhcprelay": ("MEDIUM", "DHCP was to be relayed"),
    "setiprouter": ("MEDIUM", "The router that the network is given was to be changed"),
    "forcetermination": ("MEDIUM", "The connection to the Internet was to be cut"),
    "requesttermination": ("MEDIUM", "The connection to the Internet was to be cut"),
    "setconnectiontype": ("MEDIUM", "The type of the connection was to be changed"),
    "configureconnection": ("HIGH", "User and password of the connection were to be changed"),
    "setusername": ("HIGH", "The user of the connection was to be changed"),
    "setpassword": ("HIGH", "A password was to be changed"),
    "setdefaultconnectionservice": ("MEDIUM", "The default connection was to be changed"),
    "configurationstarted": ("MEDIUM", "The device was to be configured"),
    "setconfig": ("MEDIUM", "The device was to be configured"),
    "setacldata": ("MEDIUM", "Who may control the device was to be changed"),
}
"""action in lower case → how bad it is, and what it does."""

_SECRET = re.compile(r"pass|key|secret|psk", re.IGNORECASE)
_WILDCARDS = frozenset(("", "*", "::", "0.0.0.0"))
_REFUSALS = {606: "not authorised", 703: "inactive", 708: "not supported"}

SHOWN = 120
"""Characters of the arguments that evidence shows."""


@rule(
    "igd-control-from-wan",
    "CRITICAL",
    "A gateway was controlled from outside of the network",
    reference="CERT VU#357851",
    technique="T1190",
)
def igd_control_from_wan(facts: Facts) -> Iterator[Claim]:
    """Control from outside of the network.

    A call of an action of a gateway's services whose sender is not of the local network:
    CRITICAL if the device answered with success, HIGH if not, or if no answer was seen. Local is
    what the capture or ``--local-net`` shows to be; a sender near the gateway's own address, or
    with one of carrier-grade NAT, may be of a network that the capture does not show: LOW.
    """
    yield from claims_of(_from_wan(facts))


def _from_wan(facts: Facts) -> Iterator[Act]:
    inside: set[bytes] = set()
    for call in facts.calls:
        client = call.exchange.client_address
        if client in inside:
            continue
        if facts.surroundings.is_local(call.client):
            inside.add(client)
            continue
        if not _is_of_gateway(call):
            continue
        sure: Confidence | None = outside(facts, call.client, call.server)
        if sure is None:
            continue
        severity: Severity = "CRITICAL" if call.ok else "HIGH"
        note = "A host that is not of the network called actions of the gateway"
        value = f"{call.action} at {call.control_url}"
        severity = severity if sure == "high" else "LOW"
        yield Act(call, call.action or "a call", note, value, severity, sure)


def _is_of_gateway(call: CallRow) -> bool:
    if (call.action or "").lower() in _OF_MAPPINGS:
        return True
    return bool(_GATEWAY.search(call.service_type or ""))


@rule(
    "dangerous-actions",
    "HIGH",
    "An action that can take over or cut off a network was called",
    reference="LANHostConfigManagement:1; WANIPv6FirewallControl:1; MITRE ATT&CK T1557",
    technique="T1557",
)
def dangerous_actions(facts: Facts) -> Iterator[Claim]:
    """Actions that change a network, its credentials or its firewall.

    Calls that change the DNS server or router that a network is given, its credentials or its
    wireless settings, that open the IPv6 firewall for another host or for all (HIGH), or that cut
    or configure the connection or the device (MEDIUM). One step less if the device refused.
    The router's own program does all of this. A pinhole for an address that cannot be tied to
    its sender's, as with IPv6 addresses of a host that calls by IPv4, is LOW.
    """
    yield from claims_of(_dangers(facts))


def _dangers(facts: Facts) -> Iterator[Act]:
    for call in facts.called(_may_be_dangerous):
        found = _danger(facts, call)
        if found is None:
            continue
        severity, note, sure = found
        if call.error_code is not None:
            severity = lower(severity)
            refusal = _REFUSALS.get(call.error_code)
            note += f", and refused as {refusal}" if refusal else ", and refused"
        yield Act(call, call.action or "a call", note, _told(call), severity, sure)


def _may_be_dangerous(action: str) -> bool:
    return action == "addpinhole" or action.startswith("set") or action in _DANGEROUS


def _danger(facts: Facts, call: CallRow) -> tuple[Severity, str, Confidence] | None:
    action = (call.action or "").lower()
    service = (call.service_type or "").lower()
    if action == "addpinhole":
        return _pinhole(facts, call)
    if "wlanconfiguration" in service and action.startswith("set"):
        return "HIGH", "Settings of the wireless network were to be changed", "high"
    known = _DANGEROUS.get(action)
    return None if known is None or not _GATEWAY.search(service) else (*known, "high")


def _pinhole(facts: Facts, call: CallRow) -> tuple[Severity, str, Confidence] | None:
    remote = (call.argument("RemoteHost") or "").strip()
    inner = (call.argument("InternalClient") or "").strip()
    if remote not in _WILDCARDS or not call.request_complete:
        return None
    if inner in _WILDCARDS:
        return "HIGH", "The IPv6 firewall was to be opened for all hosts", "high"
    around = facts.surroundings
    if around.same_host(inner, call.client):
        return None
    if around.link_of(inner) and around.link_of(call.client):
        return "HIGH", f"The IPv6 firewall was to be opened for another host, {inner}", "high"
    return "LOW", f"The IPv6 firewall was to be opened for {inner}, which may be another", "low"


def _told(call: CallRow) -> str:
    pairs = (
        f"{name}={'(redacted)' if _SECRET.search(name) else value[:SHOWN]}"
        for name, value in call.arguments
    )
    return ", ".join(pairs)


@rule(
    "double-nat",
    "INFO",
    "A gateway's external address is not one of the Internet",
    reference="RFC 6598; RFC 1918",
)
def double_nat(facts: Facts) -> Iterator[Claim]:
    """External addresses that the Internet does not reach.

    An answer that the gateway's external address is a private one, one of carrier-grade NAT,
    link-local, reserved or 0.0.0.0: there is another NAT before it, or no connection, and
    mappings will not be reached from the Internet. Networks of laboratories look the same.
    """
    groups: dict[tuple[str, str], list[ExternalAddressRow | PortControlAddressRow]] = {}
    for row in facts.external_addresses:
        if row.address_class in _BEHIND:
            groups.setdefault((row.gateway, row.address), []).append(row)
    for (gateway, address), rows in groups.items():
        first = rows[0]
        kind = first.address_class
        client = first.call.client if isinstance(first, ExternalAddressRow) else first.client
        yield Claim(
            gateway,
            f"{gateway} says that its external address is {address} ({kind}), told "
            f"{len(rows)} time{'s' if len(rows) > 1 else ''}: mappings end before the Internet.",
            "observed",
            (
                Evidence.of(
                    "the external address",
                    first.place,
                    (first.frame,),
                    first.time_ns,
                    gateway,
                    client,
                    address,
                ),
            ),
        )


_BEHIND = frozenset(("private", "cgnat", "link-local", "unspecified", "reserved", "loopback"))

RULES = (igd_control_from_wan, dangerous_actions, double_nat)
