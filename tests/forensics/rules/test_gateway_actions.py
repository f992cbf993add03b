"""What gateways are told and tell: from outside, dangerous actions, a second NAT."""

from __future__ import annotations

import pytest

from tests.forensics.asking import from_router, to_router
from tests.forensics.controlling import WANIP
from tests.forensics.judging import Piece, arp, findings_of, mac_of
from tests.forensics.rules.mapping_pieces import ATTACKER, CLIENT, ROUTER, add, call
from upnpscapy.forensics.rules.gateway_actions import (
    dangerous_actions,
    double_nat,
    igd_control_from_wan,
)
from upnpscapy.protocol.natpmp import build_natpmp_address_request, build_natpmp_address_response

WAN = "203.0.113.1"
URN = "urn:schemas-upnp-org:service:"
LAN = f"{URN}LANHostConfigManagement:1"
FIREWALL = f"{URN}WANIPv6FirewallControl:1"
WLAN = "urn:dslforum-org:service:WLANConfiguration:1"


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        ([add(client=ATTACKER, server=WAN)], [("CRITICAL", "accepted")]),
        ([add(606, client=ATTACKER, server=WAN)], [("HIGH", "attempted")]),
        ([add(None, client=ATTACKER, server=WAN)], [("HIGH", "attempted")]),
        ([add(client=ATTACKER, server=ROUTER)], [("CRITICAL", "accepted")]),
        ([add(client="203.0.113.77", server=WAN)], [("LOW", "accepted")]),
        ([add(client="100.101.1.2", server=ROUTER)], [("LOW", "accepted")]),
        ([arp("203.0.113.77"), add(client="203.0.113.77", server=WAN)], []),
        ([add(client=CLIENT, server=ROUTER)], []),
        ([add(client="fe80::1:2", server="fe80::1")], []),
        ([call("Browse", [("ObjectID", "0")], [], client=ATTACKER, server=WAN,
               service=f"{URN}ContentDirectory:1")], []),
        ([call("SetDNSServer", [], [], client=ATTACKER, server=WAN, service=LAN)],
         [("CRITICAL", "accepted")]),
    ],
)  # fmt: skip
def test_control_from_outside(pieces: list[Piece], expected: list[tuple[str, str]]) -> None:
    found = findings_of(pieces, igd_control_from_wan)
    assert [(one.severity, one.outcome) for one in found] == expected


def test_local_is_what_one_says_it_is() -> None:
    pieces = [add(client=ATTACKER, server=WAN)]
    assert findings_of(pieces, igd_control_from_wan, ["198.51.100.0/24"]) == []


@pytest.mark.parametrize(
    ("action", "service", "severity"),
    [
        ("SetDNSServer", LAN, "HIGH"),
        ("DeleteDNSServer", LAN, "HIGH"),
        ("SetIPRouter", LAN, "MEDIUM"),
        ("SetDHCPRelay", LAN, "MEDIUM"),
        ("ForceTermination", WANIP, "MEDIUM"),
        ("RequestTermination", WANIP, "MEDIUM"),
        ("SetConnectionType", WANIP, "MEDIUM"),
        ("ConfigureConnection", f"{URN}WANPPPConnection:1", "HIGH"),
        ("SetPassword", "urn:dslforum-org:service:WANPPPConnection:1", "HIGH"),
        ("SetDefaultConnectionService", f"{URN}Layer3Forwarding:1", "MEDIUM"),
        ("SetSecurityKeys", WLAN, "HIGH"),
        ("SetACLData", f"{URN}DeviceProtection:1", "MEDIUM"),
        ("GetDNSServers", LAN, None),
        ("GetInfo", WLAN, None),
        ("SetPassword", "urn:example-org:service:Photos:1", None),
        ("SetConfig", f"{URN}ContentDirectory:1", None),
    ],
)
def test_dangerous_actions(action: str, service: str, severity: str | None) -> None:
    found = findings_of([call(action, [], [], service=service)], dangerous_actions)
    assert [one.severity for one in found] == ([] if severity is None else [severity])


@pytest.mark.parametrize(
    ("code", "word"), [(606, "not authorised"), (703, "inactive"), (501, "refused")]
)
def test_what_was_refused_is_less(code: int, word: str) -> None:
    (found,) = findings_of([call("SetDNSServer", [], code, service=LAN)], dangerous_actions)
    assert (found.severity, found.outcome) == ("MEDIUM", "attempted")
    assert word in found.note


def test_secrets_are_redacted() -> None:
    values = [("NewUserName", "someone"), ("NewPassword", "hunter2"), ("NewPreSharedKey", "abc123")]
    service = f"{URN}WANPPPConnection:1"
    (found,) = findings_of([call("ConfigureConnection", values, [], service=service)],
                           dangerous_actions)  # fmt: skip
    shown = found.note + "".join(one.value or "" for one in found.evidence)
    assert "someone" in shown
    assert "hunter2" not in shown
    assert "abc123" not in shown


INSIDE6, OTHER6 = "2001:db8::10", "2001:db8::20"


def pinhole(inner: str, remote: str = "", **more: object) -> list[Piece]:
    values = [
        ("RemoteHost", remote),
        ("RemotePort", "0"),
        ("InternalClient", inner),
        ("InternalPort", "22"),
        ("Protocol", "6"),
        ("LeaseTime", "600"),
    ]
    return [call("AddPinhole", values, [("UniqueID", "1")], service=FIREWALL, **more)]


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (pinhole(""), ["HIGH"]),
        (pinhole("*"), ["HIGH"]),
        ([arp(CLIENT), *pinhole(OTHER6)], ["LOW"]),
        (pinhole(INSIDE6, client=INSIDE6, server="2001:db8::1"), []),
        (pinhole(OTHER6, "2001:db8:9::1"), []),
    ],
)
def test_pinholes(pieces: list[Piece], expected: list[str]) -> None:
    assert [one.severity for one in findings_of(pieces, dangerous_actions)] == expected


def test_a_pinhole_of_another_address_is_of_the_same_host_by_its_link_address() -> None:
    own = pinhole(OTHER6, client=INSIDE6, server="2001:db8::1")
    seen = add(client=OTHER6, server="2001:db8::1", at=-5, sport=39000)
    assert [one.severity for one in findings_of([seen, *own], dangerous_actions)] == ["HIGH"]
    same = add(client=OTHER6, server="2001:db8::1", at=-5, sport=39000,
               client_mac=mac_of(INSIDE6))  # fmt: skip
    assert findings_of([same, *own], dangerous_actions) == []


@pytest.mark.parametrize(
    ("address", "count"),
    [
        ("10.0.0.7", 1),
        ("100.64.1.2", 1),
        ("0.0.0.0", 1),
        ("192.0.0.2", 1),
        ("44.128.0.2", 0),
        ("203.0.113.9", 0),
        ("", 0),
    ],
)
def test_double_nat(address: str, count: int) -> None:
    told = [call("GetExternalIPAddress", [], [("NewExternalIPAddress", address)])]
    found = findings_of(told, double_nat)
    assert [(one.severity, one.outcome) for one in found] == [("INFO", "observed")] * count
    if address:
        answer = build_natpmp_address_response(address)
        pieces = [to_router(build_natpmp_address_request()), from_router(answer)]
        found = findings_of(pieces, double_nat)
        assert [one.numbers for one in found] == [[2]] * count
