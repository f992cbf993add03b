"""UPnP that is reached from outside, and networks whose addresses only look like it."""

from __future__ import annotations

import pytest

from tests.forensics.judging import Piece, arp, http, mac_of
from tests.forensics.packets import Sent, search
from tests.forensics.rules.forging import (
    CLIENT,
    DEVICE,
    OUTSIDE,
    announced,
    fetched,
    of_rule,
    one,
    replied,
    ssdp,
)
from tests.forensics.rules.traffic import answer, refusal, soap
from upnpscapy.forensics.rules.exposure import RULES

RULE = "ssdp-wan-exposed"
SSDP_MSEARCH = (
    b"M-SEARCH * HTTP/1.1\r\nHost:239.255.255.250:1900\r\nST:upnp:rootdevice\r\n"
    b'Man:"ssdp:discover"\r\nMX:3\r\n\r\n'
)


def asked(src: str = OUTSIDE, dst: str = DEVICE, ttl: int = 247, payload: bytes = b"") -> Sent:
    return ssdp(payload or search(), src, dst, sport=52601, ttl=ttl)


def test_a_probe() -> None:
    found = one(RULE, [asked()], RULES)
    assert (found.severity, found.outcome, found.subject) == ("LOW", "attempted", OUTSIDE)
    assert found.missing == ["no response in the capture"]
    assert list(found.frames) == [1]


def test_a_probe_with_a_scanners_bytes() -> None:
    assert "Metasploit" in one(RULE, [asked(payload=SSDP_MSEARCH)], RULES).note


def test_an_answer() -> None:
    found = one(RULE, [asked(), replied(dst=OUTSIDE, dport=52601, at=1)], RULES)
    assert (found.severity, found.outcome, found.subject) == ("HIGH", "effect", DEVICE)
    assert list(found.frames) == [1, 2]


def test_an_answer_to_an_overlay_network_is_less() -> None:
    pieces = [asked("100.64.3.4"), replied(dst="100.64.3.4", dport=52601, at=1)]
    assert one(RULE, pieces, RULES).severity == "MEDIUM"


def test_an_answer_without_the_search() -> None:
    found = one(RULE, [replied(dst=OUTSIDE, dport=52601)], RULES)
    assert (found.severity, found.confidence) == ("HIGH", "medium")
    assert found.missing == [f"no search of {OUTSIDE} in the capture"]


LAN = "198.51.100.20"


SILENT: dict[str, list[Piece]] = {
    "a private address": [asked("192.168.7.7"), replied(dst="192.168.7.7", at=1)],
    "a campus: public addresses, known by ARP": [
        arp(OUTSIDE, mac_of(OUTSIDE)),
        asked(dst=LAN),
        replied(src=LAN, dst=OUTSIDE, at=1),
    ],
    "a campus: known by a multicast": [
        announced(OUTSIDE),
        asked(dst=LAN, ttl=64),
        replied(src=LAN, dst=OUTSIDE, at=1),
    ],
    "a campus: nothing known, but not routed": [
        asked(dst=LAN, ttl=64),
        replied(src=LAN, dst=OUTSIDE, at=1),
    ],
    "a search by multicast": [asked(dst="239.255.255.250")],
    "a host here that asks outside": [asked(CLIENT, OUTSIDE), replied(src=OUTSIDE, at=1)],
}


@pytest.mark.parametrize("case", SILENT)
def test_not_exposed(case: str) -> None:
    assert of_rule(RULE, SILENT[case], RULES) == []


def test_a_network_that_was_given_is_local() -> None:
    assert of_rule(RULE, [asked(), replied(dst=OUTSIDE)], RULES, ["198.51.100.0/24"]) == []


def test_a_campus_reached_through_its_router() -> None:
    pieces = [asked(dst=LAN, ttl=118)]
    assert one(RULE, pieces, RULES).severity == "LOW"


CALL = soap("GetExternalIPAddress")


@pytest.mark.parametrize(
    ("client", "reply", "severity", "outcome"),
    [
        (OUTSIDE, answer("GetExternalIPAddress"), "CRITICAL", "accepted"),
        (OUTSIDE, refusal(), "HIGH", "attempted"),
        (OUTSIDE, None, "LOW", "attempted"),
        (CLIENT, answer("GetExternalIPAddress"), None, None),
    ],
)
def test_control_from_outside(
    client: str, reply: bytes | None, severity: str | None, outcome: str | None
) -> None:
    found = of_rule(RULE, [http(CALL, reply, client=client)], RULES)
    assert [(one.severity, one.outcome) for one in found] == (
        [(severity, outcome)] if severity else []
    )


def test_a_description_fetched_from_outside() -> None:
    found = one(RULE, [fetched(client=OUTSIDE)], RULES)
    assert (found.severity, found.outcome) == ("HIGH", "accepted")
    assert of_rule(RULE, [fetched(client=CLIENT)], RULES) == []
