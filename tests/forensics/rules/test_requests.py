"""Calls as rules look them up: by action, by argument, and always in the order of the table."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.forensics.judging import facts_of, http
from tests.forensics.rules.traffic import answer, hnap, soap
from upnpscapy.forensics.controlling.call_row import CallRow
from upnpscapy.forensics.rules.requests import (
    calls_at,
    calls_having,
    calls_named,
    calls_of,
    hnap_calls,
)
from upnpscapy.forensics.watching.facts import Facts
from upnpscapy.protocol.soap import Call

REQUESTS = [
    soap("GetB", [("X", "1"), ("X", "2")]),
    soap("GetA", [("Y", "<z>1</z>")]),
    hnap("GetB", [("Z", "")]),
    soap("GetA", [("X", ""), ("Y", "")]),
    soap("getA"),
]


@pytest.fixture(scope="module")
def facts() -> Facts:
    talks = (http(sent, answer("Get"), at=at, sport=50000 + at) for at, sent in enumerate(REQUESTS))
    return facts_of(list(talks))


def places(facts: Facts, found: Iterator[tuple[CallRow, Call]]) -> list[int]:
    every = [row for row, _ in calls_of(facts)]
    assert len(every) == len(REQUESTS)
    return [every.index(row) for row, _ in found]


def test_by_action_as_it_is_written(facts: Facts) -> None:
    assert places(facts, calls_named(facts, ("GetA", "GetB", "None"))) == [0, 1, 2, 3]
    assert places(facts, calls_named(facts, ["getA"])) == [4]
    assert places(facts, calls_named(facts, ())) == []


def test_by_argument_each_call_once(facts: Facts) -> None:
    def having(names: str, part: str = "") -> list[int]:
        found = calls_having(facts, lambda name, value: name in names and part in value)
        return places(facts, found)

    assert having("X") == [0, 3]
    assert having("YZ") == [1, 2, 3]
    assert having("XYZ", "<") == [1]
    assert having("") == []


def test_by_target(facts: Facts) -> None:
    assert places(facts, calls_at(facts, b"/HNAP1/".__eq__)) == [2]
    assert places(facts, calls_at(facts, lambda target: target != b"/HNAP1/")) == [0, 1, 3, 4]


def test_in_the_manner_of_hnap(facts: Facts) -> None:
    assert places(facts, hnap_calls(facts)) == [2]


def test_rows_by_action_in_any_case(facts: Facts) -> None:
    assert list(facts.called("geta".__eq__)) == [facts.calls[at] for at in (1, 3, 4)]
    assert list(facts.called({"getb", "geta"}.__contains__)) == facts.calls
    assert list(facts.called("getA".__eq__)) == []
