"""Reflectors of discovery and their victims, and traffic that is as dense for good reasons."""

from __future__ import annotations

import pytest

from tests.forensics.judging import Piece, probe
from tests.forensics.packets import GROUP, Sent, search
from tests.forensics.rules.forging import CLIENT, DEVICE, OUTSIDE, of_rule, one, replied, ssdp
from upnpscapy.forensics.rules.amplification import RULES

TYPES = [f"urn:example-org:service:Lamp{number}:1" for number in range(10)]


def reflection(victim: str = OUTSIDE, count: int = 25, answers: int = 3) -> list[Sent]:
    """Searches in a victim's name, each answered some times."""
    sent = []
    for number in range(count):
        at = number * 0.1
        sent.append(ssdp(search(), victim, DEVICE, at=at, sport=4444, ttl=54))
        for kind in TYPES[:answers]:
            sent.append(replied(kind, DEVICE, victim, at=at + 0.01, dport=4444))
    return sent


def flood(
    count: int, sources: int, *, start: float = 30, network: str = "203.0.113", sport: int = 1900
) -> list[Sent]:
    """Responses that nobody asked for, after a quiet beginning."""
    quiet = ssdp(search(), "192.168.1.99", at=0)
    return [
        quiet,
        *(
            replied(
                TYPES[number % 10],
                f"{network}.{10 + number % sources}",
                at=start + number * 0.05,
                sport=sport,
                dport=53,
                more={"USN": f"uuid:{number:08}::x"},
            )
            for number in range(count)
        ),
    ]


def test_a_reflector_with_its_factor() -> None:
    pieces = reflection()
    found = one("ssdp-reflector", pieces, RULES)
    asked = sum(len(sent.payload) for sent in pieces if sent.dst == DEVICE)
    told = sum(len(sent.payload) for sent in pieces if sent.src == DEVICE)
    assert (found.severity, found.outcome, found.subject) == ("HIGH", "effect", OUTSIDE)
    assert f"25 searches in 60 s in the name of {OUTSIDE}" in found.note
    assert f"{asked} bytes of UDP payload became {told}, {told / asked:.1f} times" in found.note
    assert list(found.frames)[:3] == [1, 2, 3]


def test_few_searches_with_many_bytes_in_answer() -> None:
    assert one("ssdp-reflector", reflection(count=6, answers=10), RULES).severity == "HIGH"


SILENT: dict[str, list[Sent]] = {
    "the searches have a local address": reflection("192.168.1.77"),
    "another private network, through a proxy of searches": reflection("10.20.30.40"),
    "too few": reflection(count=4, answers=3),
    "nobody answers": [sent for sent in reflection() if sent.dst == DEVICE],
}


@pytest.mark.parametrize("case", SILENT)
def test_no_reflector(case: str) -> None:
    assert of_rule("ssdp-reflector", SILENT[case], RULES) == []


def test_who_connects_too_is_perhaps_no_victim() -> None:
    pieces: list[Piece] = [*reflection(), probe(OUTSIDE, DEVICE, 5000, at=20)]
    assert one("ssdp-reflector", pieces, RULES).confidence == "medium"


def test_responses_that_leave_without_the_searches() -> None:
    sent = [piece for piece in reflection(count=30) if piece.src == DEVICE]
    found = one("ssdp-reflector", sent, RULES)
    assert found.confidence == "medium"
    assert found.missing == [f"no searches of {OUTSIDE} in the capture"]


def test_a_victim() -> None:
    found = one("ssdp-amplification-victim", flood(60, 20), RULES)
    assert (found.severity, found.outcome, found.confidence) == ("HIGH", "effect", "high")
    assert found.subject == CLIENT
    assert "60 responses of 20 senders" in found.note
    assert next(iter(found.frames)) == 2
    assert found.missing == []


def test_a_victim_from_the_first_second_on() -> None:
    found = one("ssdp-amplification-victim", flood(60, 20, start=1), RULES)
    assert (found.severity, found.confidence) == ("HIGH", "medium")
    assert "the 10 s before the flood" in found.missing[0]


def test_local_senders_are_less() -> None:
    found = one("ssdp-amplification-victim", flood(60, 20, network="192.168.1"), RULES)
    assert (found.severity, found.confidence) == ("LOW", "low")


def searched() -> list[Sent]:
    return [
        *flood(60, 20, network="192.168.1"),
        ssdp(search(), CLIENT, GROUP, at=29, sport=53),
    ]


NO_VICTIM: dict[str, list[Sent]] = {
    "it had searched": sorted(searched(), key=lambda sent: sent.at),
    "few responses": flood(40, 20),
    "few senders": flood(60, 5),
    "local senders in the first seconds": flood(60, 20, start=1, network="192.168.1"),
    "spread over minutes": [sent._replace(at=sent.at * 20) for sent in flood(60, 20)],
}


@pytest.mark.parametrize("case", NO_VICTIM)
def test_no_victim(case: str) -> None:
    assert of_rule("ssdp-amplification-victim", NO_VICTIM[case], RULES) == []


def test_a_device_that_answers_from_another_port_is_worth_a_word() -> None:
    asked = ssdp(search(), CLIENT, sport=50000)
    found = one("ssdp-diffraction", [asked, replied(at=1, sport=39246)], RULES)
    assert (found.severity, found.outcome, found.subject) == ("INFO", "observed", DEVICE)
    assert list(found.frames) == [2]
    assert of_rule("ssdp-diffraction", [asked, replied(at=1, sport=1900)], RULES) == []


def test_a_flood_from_other_ports() -> None:
    found = of_rule("ssdp-diffraction", flood(30, 12, sport=39246), RULES)
    assert [one.severity for one in found] == ["HIGH"]
    assert "30 came from other ports than 1900" in found[0].note
    assert of_rule("ssdp-diffraction", flood(30, 12), RULES) == []


def test_one_device_with_many_responses_is_no_flood() -> None:
    found = of_rule("ssdp-diffraction", flood(30, 1, network="192.168.1", sport=39246), RULES)
    assert [one.severity for one in found] == ["INFO"]
