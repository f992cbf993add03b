"""Whom a mapping leads to: the Internet, another host, the gateway itself."""

from __future__ import annotations

import pytest

from tests.forensics.asking import asked, pcp_asked, pcp_told, third_party, told
from tests.forensics.controlling import post
from tests.forensics.judging import Piece, arp, dns_answer, findings_of, http, mac_of, probe
from tests.forensics.rules.mapping_pieces import (
    ATTACKER,
    CLIENT,
    OTHER,
    PUBLIC,
    ROUTER,
    add,
    call,
    mapping,
)
from upnpscapy.forensics.rules.mapping_targets import (
    RULES,
    eternal_silence,
    mapping_to_gateway,
    third_party_mapping,
    upnproxy,
)


def said(*pieces: Piece, local: tuple[str, ...] = ()) -> list[tuple[str, str, str]]:
    """Rule, severity and outcome of all findings of this theme."""
    found = findings_of(pieces, RULES, local)
    return [(one.rule.id, one.severity, one.outcome) for one in found]


def to(client: str, answer: int | None = 0, **terms: str) -> list[Piece]:
    return [add(answer, terms={"NewInternalClient": client} | terms)]


ADD_OUT = post("AddPortMapping", *mapping(NewInternalClient=PUBLIC))
TABLE = call("GetGenericPortMappingEntry", [("NewPortMappingIndex", "0")],
             mapping(NewInternalClient=PUBLIC))  # fmt: skip


@pytest.mark.parametrize(
    ("pieces", "expected"),
    [
        (to(PUBLIC), ("CRITICAL", "accepted")),
        (to("8.8.8.8"), ("CRITICAL", "accepted")),
        (to(f" {PUBLIC} "), ("CRITICAL", "accepted")),
        (to(PUBLIC, 606), ("HIGH", "attempted")),
        (to(PUBLIC, None), ("HIGH", "attempted")),
        ([TABLE], ("CRITICAL", "observed")),
        ([dns_answer("relay.example", PUBLIC), to("relay.example")], ("CRITICAL", "accepted")),
        (to("100.64.3.4"), ("MEDIUM", "accepted")),
        (
            [pcp_asked(options=(third_party(PUBLIC),)), pcp_told(options=(third_party(PUBLIC),))],
            ("CRITICAL", "accepted"),
        ),
    ],
)
def test_a_mapping_out_of_the_network_is_upnproxy(
    pieces: list[Piece], expected: tuple[str, str]
) -> None:
    assert said(*pieces) == [("upnproxy", *expected)]


@pytest.mark.parametrize(
    "pieces",
    [
        to(CLIENT),
        to(""),
        to(CLIENT, 718),
        to("printer"),  # a name that nothing resolved
        [dns_answer("printer", CLIENT), to("printer")],
        [arp(PUBLIC), add(terms={"NewInternalClient": PUBLIC}, client=PUBLIC)],
        [asked(), told()],
        [add(terms={"NewInternalClient": "100.64.3.4"}, client="100.64.3.4")],
    ],
)
def test_a_mapping_to_oneself_is_none_of_these(pieces: list[Piece]) -> None:
    assert said(*pieces) == []


def test_a_network_of_public_addresses_is_local_if_the_capture_shows_it() -> None:
    pieces = to(PUBLIC)
    assert said(arp(PUBLIC), *pieces) == [("third-party-mapping", "MEDIUM", "accepted")]
    assert said(*pieces, local=("203.0.113.0/24",)) == [
        ("third-party-mapping", "MEDIUM", "accepted")
    ]


def test_relayed_connections_are_the_effect_of_upnproxy() -> None:
    relayed = probe(ROUTER, PUBLIC, 6881, at=5)
    (found,) = findings_of([*to(PUBLIC), relayed], upnproxy)
    assert found.outcome == "effect"
    assert [one.what for one in found.evidence] == [
        "UPnP request for a mapping",
        "the gateway's answer",
        "a connection of the gateway to where the mapping leads",
    ]
    assert found.numbers == [4, 6, 11, 12]
    others = [probe(CLIENT, PUBLIC, 6881, at=5), probe(ROUTER, PUBLIC, 80, at=5, sport=50001)]
    (found,) = findings_of([*to(PUBLIC), *others], upnproxy)
    assert found.outcome == "accepted"
    assert found.missing == ["no relayed connection in the capture"]


def test_a_request_without_an_answer_says_so() -> None:
    (found,) = findings_of(to(PUBLIC, None), upnproxy)
    assert found.missing == ["no response in the capture"]
    assert found.numbers == [4]
    assert found.involves(CLIENT)
    assert found.involves(PUBLIC)
    assert "6881" in found.note


def test_an_answer_that_cannot_be_read_grants_nothing() -> None:
    frames = add(terms={"NewInternalClient": PUBLIC})
    del frames[5]
    (found,) = findings_of(frames, upnproxy)
    assert (found.outcome, found.missing) == ("attempted", ["no response in the capture"])
    unreadable = http(ADD_OUT, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno")
    (found,) = findings_of(unreadable, upnproxy)
    assert (found.outcome, found.missing) == ("attempted", ["an answer that can be read"])


@pytest.mark.parametrize(
    ("terms", "expected"),
    [
        ({"NewPortMappingDescription": "galleta silenciosa"}, ["CRITICAL"]),
        ({"NewPortMappingDescription": "Galleta Silenciosa 2"}, ["CRITICAL"]),
        ({"NewInternalPort": "445", "NewExternalPort": "47669"}, ["HIGH"]),
        ({"NewInternalPort": "139", "NewExternalPort": "20139"}, ["HIGH"]),
        ({"NewInternalPort": "445", "NewExternalPort": "445"}, []),
        ({"NewInternalPort": "445", "NewExternalPort": "47669", "NewProtocol": "UDP"}, []),
        ({"NewPortMappingDescription": "galleta"}, []),
    ],
)
def test_eternal_silence(terms: dict[str, str], expected: list[str]) -> None:
    assert [one.severity for one in findings_of([add(terms=terms)], eternal_silence)] == expected


@pytest.mark.parametrize(
    ("answer", "severity", "outcome"),
    [
        (0, "MEDIUM", "accepted"),
        (None, "MEDIUM", "attempted"),
        (606, "LOW", "attempted"),
        (718, "LOW", "attempted"),
    ],
)
def test_a_mapping_to_another_host(answer: int | None, severity: str, outcome: str) -> None:
    (found,) = findings_of(to(OTHER, answer), third_party_mapping)
    assert (found.severity, found.outcome, found.subject) == (severity, outcome, OTHER)
    assert ("refused" in found.note) == (severity == "LOW")


def test_a_mapping_to_a_sensitive_port_of_another_host_is_worse() -> None:
    (found,) = findings_of(to(OTHER, NewInternalPort="445"), third_party_mapping)
    assert found.severity == "HIGH"


def test_two_addresses_of_one_link_address_are_one_host() -> None:
    both = [arp(CLIENT), arp(OTHER, mac_of(CLIENT))]
    assert findings_of([*both, *to(OTHER)], third_party_mapping) == []
    apart = [arp(CLIENT), arp(OTHER)]
    assert len(findings_of([*apart, *to(OTHER)], third_party_mapping)) == 1


def test_who_asks_for_many_others_enumerates_them() -> None:
    def asks(hosts: int) -> list[Piece]:
        targets = [{"NewInternalClient": f"192.168.1.{100 + one}"} for one in range(hosts)]
        return [add(606, at=n, sport=41000 + n, terms=one) for n, one in enumerate(targets)]

    (found,) = findings_of(asks(5), third_party_mapping)
    assert (found.severity, found.subject) == ("HIGH", CLIENT)
    assert {one.severity for one in findings_of(asks(4), third_party_mapping)} == {"LOW"}


def test_pcp_asks_for_another_host_by_its_option() -> None:
    option = (third_party(OTHER),)
    (found,) = findings_of(
        [pcp_asked(options=option), pcp_told(options=option)], third_party_mapping
    )
    assert (found.severity, found.outcome, found.numbers) == ("HIGH", "accepted", [1, 2])
    assert findings_of([pcp_asked(), pcp_told()], third_party_mapping) == []


def test_connections_from_outside_are_the_effect() -> None:
    came = probe(ATTACKER, OTHER, 6881, at=5)
    (found,) = findings_of([*to(OTHER), came], third_party_mapping)
    assert found.outcome == "effect"
    assert found.numbers[-2:] == [11, 12]
    before = probe(ATTACKER, OTHER, 6881, at=-5)
    near = probe(CLIENT, OTHER, 6881, at=5)
    for pieces in ([before, *to(OTHER)], [*to(OTHER), near]):
        (found,) = findings_of(pieces, third_party_mapping)
        assert found.outcome == "accepted"
        assert found.missing == ["no connection to the mapped port in the capture"]


@pytest.mark.parametrize(
    "target", [ROUTER, "127.0.0.1", "0.0.0.0", "255.255.255.255", "224.0.0.1", "239.255.255.250"]
)
def test_a_mapping_that_leads_back(target: str) -> None:
    assert said(*to(target)) == [("mapping-to-gateway", "HIGH", "accepted")]
    assert said(*to(target, 716)) == [("mapping-to-gateway", "HIGH", "attempted")]


def test_the_broadcast_address_of_a_known_network_leads_back() -> None:
    (found,) = findings_of(to("10.9.8.127"), mapping_to_gateway, ["10.9.8.0/25"])
    assert "10.9.8.127" in found.note
    assert findings_of(to("10.9.8.127"), mapping_to_gateway) == []
