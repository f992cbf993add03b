"""LOCATIONs at another host, and hosts that only have several addresses."""

from __future__ import annotations

import pytest

from tests.forensics.judging import Piece, arp, dns_answer, mac_of, probe
from tests.forensics.packets import GROUP6, Sent, alive
from tests.forensics.rules.forging import (
    CLIENT,
    OUTSIDE,
    ROGUE,
    announced,
    of_rule,
    one,
    replied,
    ssdp,
)
from upnpscapy.forensics.rules.mismatch import RULES

RULE = "location-mismatch"

KINDS = {
    f"http://{OUTSIDE}/d.xml": ("HIGH", "not local"),
    "http://evil.example/d.xml": ("HIGH", "a name"),
    "http://127.0.0.1:80/d.xml": ("HIGH", "loopback"),
    "http://239.255.255.250/d.xml": ("HIGH", "multicast"),
    "http://255.255.255.255/d.xml": ("HIGH", "broadcast"),
    "http://192.168.1.99:80/d.xml": ("MEDIUM", "another host of the subnet"),
    "http://10.211.55.3:2869/d.xml": ("MEDIUM", "another private network"),
    "http://100.64.3.4/d.xml": ("MEDIUM", "overlay"),
    "http://[fe80::99]/d.xml": ("LOW", "other version"),
    "http://0.0.0.0:80/d.xml": ("LOW", "none yet"),
}


@pytest.mark.parametrize("url", KINDS)
def test_kinds_of_elsewhere(url: str) -> None:
    severity, words = KINDS[url]
    found = one(RULE, [announced(ROGUE, location=url)], RULES)
    assert (found.severity, found.outcome, found.subject) == (severity, "attempted", ROGUE)
    assert words in found.note
    assert found.evidence[0].value == url
    assert "no connection to" in found.missing[0]


V6 = "fe80::42"

OWN: dict[str, list[Piece]] = {
    "its address": [announced(ROGUE)],
    "its address, of HTTPS": [announced(ROGUE, location=f"https://{ROGUE}/HNAP1/")],
    "two addresses of one link address, by ARP": [
        arp("192.168.1.99", mac_of(ROGUE)),
        announced(ROGUE, location="http://192.168.1.99/d.xml"),
    ],
    "IPv6 and IPv4 of one link address": [
        announced(ROGUE),
        ssdp(alive(LOCATION=f"http://{ROGUE}:5000/"), V6, GROUP6, mac=mac_of(ROGUE).hex(":")),
    ],
    "a camera that left its own access point": [
        announced("192.168.4.3", mac="02:00:00:00:00:42"),
        announced(
            "10.10.10.51", location="http://192.168.4.3:5000/", mac="02:00:00:00:00:42", at=9
        ),
    ],
    "a name that is its own": [
        dns_answer("lamp.local", ROGUE),
        announced(ROGUE, location="http://lamp.local:5000/d.xml"),
    ],
    "an address written at length": [
        ssdp(alive(LOCATION="http://[FE80:0:0::42]:80/"), V6, GROUP6),
    ],
    "a zone": [ssdp(alive(LOCATION="http://[fe80::42%25eth0]:80/"), V6, GROUP6)],
    "no URL": [announced(ROGUE, location="http://"), announced(ROGUE, location="intent:x")],
}


@pytest.mark.parametrize("case", OWN)
def test_its_own(case: str) -> None:
    assert of_rule(RULE, OWN[case], RULES) == []


@pytest.mark.parametrize(
    ("url", "host", "port", "severity"),
    [
        (f"http://{OUTSIDE}/d.xml", OUTSIDE, 80, "HIGH"),
        ("http://10.211.55.3:2869/d.xml", "10.211.55.3", 2869, "HIGH"),
        ("http://192.168.1.99:80/d.xml", "192.168.1.99", 80, "MEDIUM"),
    ],
)
def test_who_connects_there(url: str, host: str, port: int, severity: str) -> None:
    pieces: list[Piece] = [announced(ROGUE, location=url), probe(CLIENT, host, port, at=1)]
    found = one(RULE, pieces, RULES)
    assert (found.severity, found.outcome, found.missing) == (severity, "effect", [])
    assert list(found.frames) == [1, 2, 3]
    assert found.note.endswith(f"; {CLIENT} connected.")
    before: list[Piece] = [probe(CLIENT, host, port), announced(ROGUE, location=url, at=5)]
    assert one(RULE, before, RULES).outcome == "attempted"
    elsewhere: list[Piece] = [pieces[0], probe(CLIENT, host, port + 1, at=1)]
    assert one(RULE, elsewhere, RULES).outcome == "attempted"


def test_a_name_is_followed_through_dns() -> None:
    pieces: list[Piece] = [
        announced(ROGUE, location="http://evil.example/d.xml"),
        dns_answer("evil.example", OUTSIDE, at=1),
        probe(CLIENT, OUTSIDE, 80, at=2),
    ]
    found = one(RULE, pieces, RULES)
    assert (found.outcome, found.confidence) == ("effect", "high")


def test_a_campus_with_public_addresses() -> None:
    own = announced(OUTSIDE, location=f"http://{OUTSIDE}/d.xml")
    other = announced(OUTSIDE, location="http://203.0.113.9/d.xml")
    assert of_rule(RULE, [own], RULES) == []
    assert one(RULE, [other], RULES).severity == "MEDIUM"


def test_replies_count_and_repeats_are_one_finding() -> None:
    url = f"http://{OUTSIDE}/d.xml"
    pieces = [replied(src=ROGUE, location=url, at=n) for n in range(3)]
    pieces.append(announced(ROGUE, location=url, at=4))
    assert list(one(RULE, pieces, RULES).frames) == [1, 2, 3, 4]


def test_a_flood_does_not_hide_it() -> None:
    flood: list[Sent] = [announced(ROGUE, udn=f"uuid:{n}", at=n / 1000) for n in range(1500)]
    found = one(RULE, [*flood, announced(ROGUE, location=f"http://{OUTSIDE}/", at=9)], RULES)
    assert list(found.frames) == [1501]
