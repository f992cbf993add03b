"""Mappings themselves: what they open, for how long, what was refused, who asks from outside."""

from __future__ import annotations

import pytest

from tests.forensics.asking import asked, from_router, to_router, told
from tests.forensics.judging import Piece, arp, datagram, findings_of
from tests.forensics.packets import alive
from tests.forensics.rules.mapping_pieces import ATTACKER, CLIENT, OTHER, ROUTER, add, call
from upnpscapy.forensics.finding import SEVERITIES
from upnpscapy.forensics.rules import (
    gateway_actions,
    mapping_patterns,
    mapping_tamper,
    mapping_targets,
)
from upnpscapy.forensics.rules.mappings import (
    RULES,
    denied_mapping,
    natpmp_pcp,
    open_ended_mapping,
    sensitive_port_mapping,
)
from upnpscapy.protocol.natpmp import (
    build_natpmp_address_request,
    build_natpmp_address_response,
    build_natpmp_map_request,
    build_natpmp_map_response,
)

THEMES = (mapping_targets, mapping_patterns, mapping_tamper, gateway_actions)
ALL = (*RULES, *(rule for theme in THEMES for rule in theme.RULES))
"""The rules on mappings and gateways."""

TEREDO = {
    "NewExternalPort": "59085",
    "NewInternalPort": "59085",
    "NewProtocol": "UDP",
    "NewPortMappingDescription": "Teredo",
    "NewLeaseDuration": "0",
}


def test_teredo_is_no_more_than_a_fact() -> None:
    key = [("NewRemoteHost", ""), ("NewExternalPort", "59085"), ("NewProtocol", "UDP")]
    address = [("NewExternalIPAddress", "44.128.0.2")]
    pieces = [
        add(terms=TEREDO),
        call("GetSpecificPortMappingEntry", key, list(TEREDO.items()), at=1, sport=40001),
        call("GetExternalIPAddress", [], address, at=2, sport=40002),
    ]
    found = findings_of(pieces, ALL)
    assert [(one.rule.id, one.severity) for one in found] == [("open-ended-mapping", "INFO")]


def severities(*pieces: Piece) -> list[tuple[str, str]]:
    found = findings_of(pieces, sensitive_port_mapping)
    return [(one.severity, one.outcome) for one in found]


@pytest.mark.parametrize(
    ("inner", "outer", "protocol", "client", "answer", "expected"),
    [
        ("22", "2222", "TCP", CLIENT, 0, ("HIGH", "accepted")),
        ("6881", "3389", "TCP", CLIENT, 0, ("HIGH", "accepted")),
        ("5905", "6000", "TCP", CLIENT, 0, ("HIGH", "accepted")),
        ("22", "2222", "TCP", CLIENT, 606, ("MEDIUM", "attempted")),
        ("22", "2222", "TCP", CLIENT, None, ("MEDIUM", "attempted")),
        ("8080", "8080", "TCP", CLIENT, 0, ("LOW", "accepted")),
        ("8080", "8080", "TCP", "", 0, ("LOW", "accepted")),
        ("8080", "8080", "TCP", OTHER, 0, ("MEDIUM", "accepted")),
        ("554", "554", "TCP", OTHER, 606, ("LOW", "attempted")),
        ("3306", "3306", "TCP", OTHER, 0, ("LOW", "accepted")),
        ("5060", "5060", "UDP", CLIENT, 0, ("LOW", "accepted")),
        ("445", "445", "UDP", CLIENT, 0, ("LOW", "accepted")),
        ("3389", "3389", "UDP", CLIENT, 0, ("HIGH", "accepted")),
        ("32400", "32400", "TCP", CLIENT, 0, None),
        ("6881", "6881", "TCP", OTHER, 0, None),
    ],
)
def test_ports_by_what_is_behind_them(
    inner: str,
    outer: str,
    protocol: str,
    client: str,
    answer: int | None,
    expected: tuple[str, str] | None,
) -> None:
    terms = {"NewInternalPort": inner, "NewExternalPort": outer, "NewProtocol": protocol}
    found = severities(add(answer, terms=terms | {"NewInternalClient": client}))
    assert found == ([] if expected is None else [expected])


def test_natpmp_opens_ports_too() -> None:
    assert severities(asked(port=22), told(port=22)) == [("HIGH", "accepted")]
    assert severities(asked(port=22), told(port=22, result=2)) == [("MEDIUM", "attempted")]
    assert severities(asked(port=9), told(port=9)) == []


def test_what_is_open_without_an_end_is_named_with_the_device() -> None:
    camera = alive(SERVER="Linux UPnP/1.0 Camera/1.0")
    seen = datagram(camera, CLIENT, 1900, "239.255.255.250", 1900, ttl=4)
    pieces: list[Piece] = [
        seen,
        add(terms={"NewInternalPort": "554", "NewLeaseDuration": "0"}),
        add(terms={"NewInternalPort": "80", "NewExternalPort": "81"}, sport=40001, at=1),
    ]
    first, second = findings_of(pieces, sensitive_port_mapping)
    assert "Camera/1.0" in first.note
    assert "to anyone, without an end" in first.note
    assert "without an end" not in second.note


@pytest.mark.parametrize(
    ("terms", "answer", "count"),
    [
        ({"NewLeaseDuration": "0"}, 0, 1),
        ({"NewLeaseDuration": "0", "NewRemoteHost": "0.0.0.0"}, 0, 1),
        ({"NewLeaseDuration": "0", "NewRemoteHost": ATTACKER}, 0, 0),
        ({"NewLeaseDuration": "60"}, 0, 0),
        ({"NewLeaseDuration": "0"}, 606, 0),
    ],
)
def test_a_mapping_without_an_end(terms: dict[str, str], answer: int, count: int) -> None:
    found = findings_of([add(answer, terms=terms)], open_ended_mapping)
    assert [one.severity for one in found] == ["INFO"] * count


def test_refusals_are_listed_with_their_codes() -> None:
    pieces: list[Piece] = [
        add(718),
        add(718, at=1, sport=40001, terms={"NewExternalPort": "2"}),
        add(606, at=2, sport=40002, terms={"NewExternalPort": "3"}),
        add(0, at=3, sport=40003, terms={"NewExternalPort": "4"}),
        asked(4),
        told(4.5, result=2),
    ]
    (found,) = findings_of(pieces, denied_mapping)
    assert (found.severity, found.outcome, found.subject) == ("INFO", "attempted", CLIENT)
    assert "4 requests" in found.note
    assert "718 (2 times), 606 (1 times), 2 (1 times)" in found.note


@pytest.mark.parametrize(
    ("count", "seconds", "severity"),
    [(11, 5.0, "LOW"), (10, 5.0, "INFO"), (11, 7.0, "INFO"), (30, 30.0, "INFO")],
)
def test_many_refusals_in_a_minute(count: int, seconds: float, severity: str) -> None:
    pieces = [
        add(718, at=seconds * n, sport=41000 + n, terms={"NewExternalPort": str(1000 + n)})
        for n in range(count)
    ]
    assert [one.severity for one in findings_of(pieces, denied_mapping)] == [severity]


WAN = "203.0.113.1"


def from_wan(at: float = 0, client: str = ATTACKER, server: str = WAN) -> list[Piece]:
    request = build_natpmp_map_request("TCP", 22, 2222)
    return [datagram(request, client, 40000, server, 5351, at=at)]


def to_wan(payload: bytes, at: float = 0.5, client: str = ATTACKER) -> list[Piece]:
    return [datagram(payload, WAN, 5351, client, 40000, at=at)]


def test_natpmp_from_outside() -> None:
    (found,) = findings_of(from_wan(), natpmp_pcp)
    assert (found.severity, found.outcome, found.numbers) == ("HIGH", "attempted", [1])
    granted = to_wan(build_natpmp_map_response("TCP", 22, 2222, 60))
    (found,) = findings_of([*from_wan(), *granted], natpmp_pcp)
    assert (found.severity, found.outcome, found.numbers) == ("CRITICAL", "accepted", [1, 2])
    assert findings_of([asked(), told()], natpmp_pcp) == []


def test_an_external_address_told_to_the_outside() -> None:
    answer = build_natpmp_address_response("203.0.113.1")
    question = datagram(build_natpmp_address_request(), ATTACKER, 40000, WAN, 5351)
    (found,) = findings_of([question, *to_wan(answer)], natpmp_pcp)
    assert (found.severity, found.outcome, found.numbers) == ("MEDIUM", "accepted", [2])
    inside = [to_router(build_natpmp_address_request()), from_router(answer, 1)]
    announced = datagram(answer, ROUTER, 5351, "224.0.0.1", 5350, at=2)
    assert findings_of([*inside, announced], natpmp_pcp) == []


def test_a_network_of_public_addresses_is_not_outside() -> None:
    near = from_wan(client="203.0.113.77")
    assert [one.severity for one in findings_of(near, natpmp_pcp)] == ["LOW"]
    assert findings_of([arp("203.0.113.77"), *near], natpmp_pcp) == []
    assert findings_of(near, natpmp_pcp, ["203.0.113.0/24"]) == []


def test_every_rule_says_what_it_is() -> None:
    assert len({rule.id for rule in ALL}) == len(ALL)
    for rule in ALL:
        assert len(rule.description) > 100
        assert rule.severity in SEVERITIES
        assert rule.reference
