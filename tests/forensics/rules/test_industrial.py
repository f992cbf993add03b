"""UPnP in a network with industrial controllers, and what only looks like it."""

from __future__ import annotations

import pytest

from tests.forensics.judging import Piece, probe
from tests.forensics.packets import byebye, search
from tests.forensics.rules.forging import (
    CLIENT,
    DEVICE,
    OUTSIDE,
    announced,
    of_rule,
    one,
    ssdp,
)
from upnpscapy.forensics.rules.industrial import PROTOCOLS, RULES

RULE = "upnp-in-sensitive-segment"
CONTROLLER = "192.168.1.50"


def spoken(port: int, *, to: str = CONTROLLER, by: str = CLIENT, answered: bool = True) -> Piece:
    return probe(by, to, port, at=1, answered=answered)


@pytest.mark.parametrize("port", PROTOCOLS)
def test_a_device_beside_a_controller(port: int) -> None:
    found = one(RULE, [announced(), *spoken(port)], RULES)
    assert (found.severity, found.confidence, found.subject) == ("LOW", "low", DEVICE)
    assert f"{CONTROLLER} ({PROTOCOLS[port]})" in found.note
    assert list(found.frames) == [1, 2, 3]


def test_a_control_point_that_talks_to_it_itself() -> None:
    found = one(RULE, [ssdp(search(), CLIENT), *spoken(502)], RULES)
    assert found.subject == CLIENT
    assert "searches for UPnP" in found.note
    assert "talks itself" in found.note


def test_each_host_once_and_the_controllers_by_name() -> None:
    pieces = [
        announced(),
        announced(at=0.1),
        ssdp(search(), CLIENT, at=0.2),
        *spoken(502),
        *spoken(502),
        *[piece for number in range(51, 56) for piece in spoken(102, to=f"192.168.1.{number}")],
    ]
    found = of_rule(RULE, pieces, RULES)
    assert sorted(finding.subject for finding in found) == sorted([DEVICE, CLIENT])
    assert all("and 3 more" in finding.note for finding in found)
    assert all(len(finding.evidence) == 5 for finding in found)


BENIGN = {
    "another port": [announced(), *spoken(503)],
    "no answer": [announced(), *spoken(502, answered=False)],
    "a server of the Internet": [announced(), *spoken(502, to=OUTSIDE)],
    "no discovery": [*spoken(502)],
    "a host that leaves": [ssdp(byebye(), DEVICE), *spoken(502)],
    "a search from the Internet": [ssdp(search(), OUTSIDE, DEVICE), *spoken(502)],
}


@pytest.mark.parametrize("case", BENIGN)
def test_what_is_none(case: str) -> None:
    assert of_rule(RULE, BENIGN[case], RULES) == []
