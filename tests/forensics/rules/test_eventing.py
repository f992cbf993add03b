"""Subscriptions that send a device's events elsewhere, and events that nobody asked for."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.forensics.judging import Piece, arp, dns_answer, http, mac_of, probe
from tests.forensics.rules.traffic import (
    CLIENT,
    OK,
    OTHER,
    OUTSIDE,
    SERVER,
    asking,
    of_rule,
    serious,
    subscribe,
    subscribed,
    telling,
)
from upnpscapy.forensics.rules import eventing, subscription_abuse

REFUSED = b"HTTP/1.1 412 Precondition Failed\r\nContent-Length: 0\r\n\r\n"
CODED = "/" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo" * 7


CALLBACKS: list[tuple[str, str, str | None]] = [
    ("own", f"<http://{CLIENT}:5000/cb>", None),
    ("documentation", f"<http://{OUTSIDE}/cb>", "HIGH"),
    ("public", "<http://8.8.8.8:81/cb>", "HIGH"),
    ("public-v6", "<http://[2001:db8::7]/cb>", "HIGH"),
    ("cgnat", "<http://100.64.0.9/cb>", "MEDIUM"),
    ("other", f"<http://{OTHER}:80/cb>", "MEDIUM"),
    ("loopback", "<http://127.0.0.1/cb>", "MEDIUM"),
    ("device", f"<http://{SERVER}:5000/cb>", "MEDIUM"),
    ("unresolved", "<http://cb.example/cb>", "LOW"),
    ("no URL", "<nonsense>", None),
]


@pytest.mark.parametrize(
    ("callback", "severity"), [case[1:] for case in CALLBACKS], ids=[case[0] for case in CALLBACKS]
)
def test_callback_is_judged_by_where_it_leads(callback: str, severity: str | None) -> None:
    found = of_rule(asking(callback), eventing.callstranger)
    assert [one.severity for one in found] == ([severity] if severity else [])
    for one in found:
        assert (one.outcome, one.numbers) == ("accepted", [4, 6])
        assert one.evidence[0].value == callback
        assert one.missing == ["no connection of the device to the callback in the capture"]
    expected = ["callstranger"] if severity in ("HIGH", "MEDIUM") else []
    assert serious(asking(callback)) == expected


def test_connection_to_the_callback_is_an_effect_and_critical() -> None:
    pieces: list[Piece] = [asking(f"<http://{OUTSIDE}:81/cb>"), probe(SERVER, OUTSIDE, 81, at=1)]
    (found,) = of_rule(pieces, eventing.callstranger)
    assert (found.severity, found.outcome, found.missing) == ("CRITICAL", "effect", [])
    assert found.numbers == [4, 6, 11, 12]


@pytest.mark.parametrize("port", [80, 82])
def test_connection_to_another_port_is_no_effect(port: int) -> None:
    pieces: list[Piece] = [asking(f"<http://{OUTSIDE}:81/cb>"), probe(SERVER, OUTSIDE, port, at=1)]
    (found,) = of_rule(pieces, eventing.callstranger)
    assert (found.severity, found.outcome) == ("HIGH", "accepted")


def test_refusal_of_a_callback_is_told() -> None:
    (found,) = of_rule(asking(f"<http://{OUTSIDE}/cb>", REFUSED), eventing.callstranger)
    assert (found.severity, found.outcome) == ("HIGH", "attempted")
    assert "refused with status 412" in found.note


def test_subscriber_with_two_addresses_is_one_host() -> None:
    pieces: list[Piece] = [
        arp(CLIENT),
        arp(OTHER, mac_of(CLIENT)),
        asking(f"<http://{OTHER}/cb>", at=1),
    ]
    assert of_rule(pieces, eventing.callstranger) == []


def test_another_network_that_was_given_is_low() -> None:
    pieces = asking("<http://10.9.0.5/cb>")
    assert [one.severity for one in of_rule(pieces, eventing.callstranger)] == ["MEDIUM"]
    (found,) = of_rule(pieces, eventing.callstranger, ["10.9.0.0/24"])
    assert found.severity == "LOW"


def test_public_addresses_of_the_own_network_are_local() -> None:
    client, server = "203.0.113.10", "203.0.113.1"
    request = subscribe(f"<http://{client}/cb>", host=server)
    pieces = http(request, subscribed(), client=client, server=server)
    assert [one.severity for one in of_rule(pieces, eventing.callstranger)] == ["HIGH"]
    assert of_rule(pieces, eventing.callstranger, ["203.0.113.0/24"]) == []


@pytest.mark.parametrize(
    ("address", "severity"), [(CLIENT, None), (OTHER, "MEDIUM"), (OUTSIDE, "HIGH")]
)
def test_name_in_a_callback_counts_as_dns_says(address: str, severity: str | None) -> None:
    pieces: list[Piece] = [
        dns_answer("cb.example", address),
        asking("<http://cb.example/cb>", at=1),
    ]
    found = of_rule(pieces, eventing.callstranger)
    assert [one.severity for one in found] == ([severity] if severity else [])
    assert all(1 in one.numbers for one in found), "the answer of DNS is evidence"


MULTI: list[tuple[str, str, str | None]] = [
    ("one", f"<http://{CLIENT}/a>", None),
    ("two of one host", f"<http://{CLIENT}/a><http://{CLIENT}:81/b>", None),
    ("three", f"<http://{CLIENT}/a><http://{CLIENT}/b><http://{CLIENT}/c>", "MEDIUM"),
    ("two hosts", f"<http://{CLIENT}/a><http://{OTHER}/b>", "MEDIUM"),
    ("outside", f"<http://{CLIENT}/a><http://{OUTSIDE}/b>", "HIGH"),
    ("500", f"<http://{CLIENT}/".ljust(499, "a") + ">", None),
    ("501", f"<http://{CLIENT}/".ljust(500, "a") + ">", "MEDIUM"),
]


@pytest.mark.parametrize(
    ("callback", "severity"), [case[1:] for case in MULTI], ids=[case[0] for case in MULTI]
)
def test_several_callbacks_count_by_their_hosts_and_number(
    callback: str, severity: str | None
) -> None:
    found = of_rule(asking(callback), eventing.multi_callback)
    assert [one.severity for one in found] == ([severity] if severity else [])


def test_both_addresses_of_a_subscriber_are_one_host() -> None:
    own = "2001:db8::10"
    pieces: list[Piece] = [
        arp(CLIENT),
        http(
            subscribe(), subscribed(), client=own, server="2001:db8::1", client_mac=mac_of(CLIENT)
        ),
        asking(f"<http://{CLIENT}/a><http://[{own}]/b>", at=1),
    ]
    found = of_rule(pieces, eventing.multi_callback, ["2001:db8::/64"])
    assert found == []


@pytest.mark.parametrize(("count", "step", "expected"), [(50, 0.1, 1), (49, 0.1, 0), (50, 0.2, 0)])
def test_burst_of_subscriptions_counts_within_five_seconds(
    count: int, step: float, expected: int
) -> None:
    own = f"<http://{CLIENT}/cb>"
    pieces: list[Piece] = [
        asking(own, at=number * step, sport=40000 + number) for number in range(count)
    ]
    found = of_rule(pieces, eventing.multi_callback)
    assert len(found) == expected


def test_exfiltration_needs_two_coded_targets_to_be_critical() -> None:
    planted = asking(f"<http://{OUTSIDE}{CODED}>")
    one = telling(to=OUTSIDE, target=CODED)
    two = telling(to=OUTSIDE, target=CODED + "Zm9v", at=2, sport=30001)
    (found,) = of_rule([planted, one], eventing.exfiltration)
    assert (found.severity, found.confidence) == ("HIGH", "medium")
    (found,) = of_rule([planted, one, two], eventing.exfiltration)
    assert (found.severity, found.outcome, found.missing) == ("CRITICAL", "effect", [])
    assert 4 in found.numbers, "the subscription is evidence"


@pytest.mark.parametrize(
    ("to", "target"),
    [(CLIENT, CODED), (OUTSIDE, CODED[:199]), (OUTSIDE, "/a-word/" * 40)],
    ids=["local", "short", "words"],
)
def test_events_that_carry_nothing_out_are_no_exfiltration(to: str, target: str) -> None:
    pieces = [telling(to=to, target=target), telling(to=to, target=target + "1", at=2, sport=3)]
    assert of_rule(pieces, eventing.exfiltration) == []


def scan(count: int, step: float, host: Callable[[int], str]) -> list[Piece]:
    return [
        asking(f"<http://{host(number)}/cb>", at=number * step, sport=40000 + number)
        for number in range(count)
    ]


def test_callbacks_to_five_ports_of_others_are_a_scan() -> None:
    pieces = scan(5, 10, lambda number: f"{OTHER}:{number + 20}")
    (found,) = of_rule(pieces, subscription_abuse.portscan)
    assert (found.severity, found.outcome) == ("HIGH", "accepted")
    (found,) = of_rule([*pieces, probe(SERVER, OTHER, 22, at=90)], subscription_abuse.portscan)
    assert found.outcome == "effect"


@pytest.mark.parametrize(
    "pieces",
    [
        scan(4, 10, lambda number: f"{OTHER}:{number + 20}"),
        scan(5, 20, lambda number: f"{OTHER}:{number + 20}"),
        scan(8, 1, lambda _: f"{OTHER}:80"),
        scan(8, 1, lambda number: f"{CLIENT}:{number + 20}"),
    ],
    ids=["four", "slow", "one goal", "its own ports"],
)
def test_fewer_slower_or_own_callbacks_are_no_scan(pieces: list[Piece]) -> None:
    assert of_rule(pieces, subscription_abuse.portscan) == []


@pytest.mark.parametrize(
    ("count", "timeout", "step", "expected"),
    [
        (100, "Second-1800", 1, 1),
        (99, "Second-1800", 1, 0),
        (120, "Second-30", 1, 0),
        (21, "Second-infinite", 1, 1),
        (20, "Second-infinite", 1, 0),
    ],
)
def test_exhaustion_counts_what_is_live_at_a_time(
    count: int, timeout: str, step: int, expected: int
) -> None:
    own = f"<http://{CLIENT}/cb>"
    pieces: list[Piece] = [
        asking(own, at=number * step, sport=40000 + number, timeout=timeout)
        for number in range(count)
    ]
    assert len(of_rule(pieces, subscription_abuse.exhaustion)) == expected


def test_subscriptions_that_were_ended_exhaust_nothing() -> None:
    pieces: list[Piece] = []
    for number in range(30):
        sid = f"uuid:s{40000 + number}"
        pieces += asking(
            f"<http://{CLIENT}/cb>", at=number, sport=40000 + number, timeout="Second-infinite"
        )
        end = subscribe(sid=sid, method="UNSUBSCRIBE")
        pieces += http(end, OK, at=number + 0.5, sport=42000 + number)
    assert of_rule(pieces, subscription_abuse.exhaustion) == []
