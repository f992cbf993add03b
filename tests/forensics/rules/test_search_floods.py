"""Floods of searches, and the busiest control points known."""

from __future__ import annotations

import pytest

from tests.forensics.packets import Sent, search
from tests.forensics.rules.forging import CLIENT, of_rule, one, ssdp
from upnpscapy.forensics.rules.floods import RULES

RULE = "ssdp-search-flood"


def searches(count: int, seconds: float) -> list[Sent]:
    return [
        ssdp(search(f"urn:a:device:D{n % 7}:1"), CLIENT, at=n * seconds / count)
        for n in range(count)
    ]


def test_a_flood() -> None:
    found = one(RULE, searches(90, 9), RULES)
    assert (found.severity, found.outcome, found.subject) == ("MEDIUM", "observed", CLIENT)
    assert "90 M-SEARCH in 10 s" in found.note
    assert next(iter(found.frames)) == 1


BENIGN = {
    "the busiest known": searches(26, 10),
    "as many as may be": searches(60, 9),
    "many over a minute": searches(120, 60),
    "a bridge": [
        copy
        for sent in searches(50, 9)
        for copy in (sent, sent._replace(at=sent.at + 0.0004, mac="02:00:00:00:00:77"))
    ],
}


@pytest.mark.parametrize("case", BENIGN)
def test_no_flood(case: str) -> None:
    assert of_rule(RULE, BENIGN[case], RULES) == []
