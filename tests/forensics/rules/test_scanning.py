"""Sweeps and searches for everything, and those of ordinary control points."""

from __future__ import annotations

import pytest

from tests.forensics.judging import Piece, probe
from tests.forensics.packets import GROUP6, Sent, search
from tests.forensics.rules.forging import CLIENT, OUTSIDE, announced, of_rule, one, replied, ssdp
from upnpscapy.forensics.rules.scanning import RULES


def sweep(count: int, seconds: float = 1, src: str = OUTSIDE) -> list[Sent]:
    return [
        ssdp(search(), src, f"192.168.1.{n + 1}", at=n * seconds / count, sport=4000, ttl=50)
        for n in range(count)
    ]


@pytest.mark.parametrize(
    ("count", "seconds", "severity"),
    [(5, 1, "LOW"), (60, 10, "MEDIUM"), (4, 1, None), (20, 600, None)],
)
def test_a_sweep(count: int, seconds: float, severity: str | None) -> None:
    found = of_rule("ssdp-internet-scanner", sweep(count, seconds), RULES)
    assert [one.severity for one in found] == ([severity] if severity else [])


def test_a_sweep_that_was_answered() -> None:
    pieces = [*sweep(16), replied(src="192.168.1.3", dst=OUTSIDE, dport=4000, at=2)]
    found = one("ssdp-internet-scanner", pieces, RULES)
    assert (found.outcome, found.missing) == ("effect", [])
    assert "192.168.1.3 answered" in found.note


def test_a_search_for_everything() -> None:
    found = one("ssdp-recon", [ssdp(search(), CLIENT)], RULES)
    assert (found.severity, found.outcome, found.subject) == ("LOW", "attempted", CLIENT)
    assert of_rule("ssdp-recon", [ssdp(search("upnp:rootdevice"), CLIENT)], RULES) == []


def test_many_targets() -> None:
    sent = [ssdp(search(f"urn:a:device:D{n}:1"), CLIENT, at=n) for n in range(8)]
    assert "8 targets" in one("ssdp-recon", sent, RULES).note
    assert of_rule("ssdp-recon", sent[:7], RULES) == []
    slow = [piece._replace(at=piece.at * 20) for piece in sent]
    assert of_rule("ssdp-recon", slow, RULES) == []


def test_a_search_that_was_made_use_of_is_still_low() -> None:
    hosts = [f"192.168.1.{n}" for n in range(20, 25)]
    pieces: list[Piece] = [ssdp(search(), CLIENT)]
    pieces += [announced(host, udn=f"uuid:{host}", at=1) for host in hosts]
    pieces += [probe(CLIENT, host, 5000, at=2, sport=40000 + n) for n, host in enumerate(hosts)]
    found = one("ssdp-recon", pieces, RULES)
    assert (found.severity, found.outcome) == ("LOW", "effect")
    assert "5 LOCATIONs" in found.note


@pytest.mark.parametrize(
    ("mx", "words"),
    [("0", "MX 0"), ("121", "MX 121"), (None, "no MX"), ("soon", "no MX"), ("5", ""), ("120", "")],
)
def test_a_search_that_says_no_time_to_wait(mx: str | None, words: str) -> None:
    found = of_rule("ssdp-search-mx", [ssdp(search("upnp:rootdevice", MX=mx), CLIENT)], RULES)
    assert [one.note.partition(" with ")[2] for one in found] == [f"{words}."] * bool(words)
    unicast = ssdp(search("upnp:rootdevice", MX=mx), CLIENT, "192.168.1.20")
    assert of_rule("ssdp-search-mx", [unicast], RULES) == []


def test_searches_of_one_host_are_one_finding() -> None:
    sent = [ssdp(search(f"urn:a:device:D{n}:1", MX=None), CLIENT, at=n) for n in range(5)]
    found = one("ssdp-search-mx", sent, RULES)
    assert (len(found.evidence), found.severity, found.outcome) == (5, "INFO", "observed")


def test_multicast_that_may_go_far() -> None:
    found = one("ssdp-off-link", [ssdp(search(), CLIENT, ttl=255)], RULES)
    assert (found.severity, found.outcome) == ("INFO", "observed")
    assert of_rule("ssdp-off-link", [ssdp(search(), CLIENT, ttl=4)], RULES) == []


@pytest.mark.parametrize(("group", "count"), [("ff05::c", 1), ("ff0e::c", 1), (GROUP6, 0)])
def test_groups_of_wide_scope(group: str, count: int) -> None:
    sent = ssdp(search(), "fe80::10", group, ttl=2)
    assert len(of_rule("ssdp-off-link", [sent], RULES)) == count


def test_a_message_that_a_router_passed_on() -> None:
    first = ssdp(search(), CLIENT, ttl=4)
    again = first._replace(at=1, ttl=3, mac="02:00:00:00:aa:aa")
    assert one("ssdp-off-link", [first, again], RULES).severity == "LOW"
    bridged = first._replace(at=1, mac="02:00:00:00:aa:aa")
    assert of_rule("ssdp-off-link", [first, bridged], RULES) == []
