"""Rules applied: fixed order, failures named, floods of claims bounded."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from upnpscapy.forensics import judge as judging
from upnpscapy.forensics.finding import Claim, Evidence
from upnpscapy.forensics.judge import judge
from upnpscapy.forensics.place import Place
from upnpscapy.forensics.rules import RULES
from upnpscapy.forensics.rules.rule import Rule, rule
from upnpscapy.forensics.watching.facts import Facts

PLACE = Place("a.pcap", 0, ("a.pcap",))
FACTS = Facts(PLACE)


def claim(frame: int, subject: str = "x", severity: object = None) -> Claim:
    evidence = (Evidence.of("it", PLACE, [frame]),)
    return Claim(subject, "note", "observed", evidence, severity=severity)  # type: ignore[arg-type]


@rule("low", "LOW", "Low")
def low(facts: Facts) -> Iterator[Claim]:
    """What is low."""
    yield claim(9)
    yield claim(2)
    yield claim(2)
    yield claim(5, severity="CRITICAL")


@rule("high", "HIGH", "High")
def high(facts: Facts) -> Iterator[Claim]:
    yield claim(7, "b")
    yield claim(7, "a")


@rule("broken", "HIGH", "Broken")
def broken(facts: Facts) -> Iterator[Claim]:
    yield claim(1)
    raise KeyError("gone")


@rule("not-a-generator", "HIGH", "Not a generator")
def not_a_generator(facts: Facts) -> Iterator[Claim]:
    raise RuntimeError("at once")


@rule("returns-nothing", "HIGH", "Returns nothing")
def returns_nothing(facts: Facts) -> Iterator[Claim]:
    return None  # type: ignore[return-value]


@rule("no-evidence", "HIGH", "No evidence")
def no_evidence(facts: Facts) -> Iterator[Claim]:
    yield Claim("x", "note", "observed", ())


def test_the_worst_first_then_by_frame_and_none_twice() -> None:
    found = [
        (row.severity, row.numbers[0], row.subject) for row in judge(FACTS, [low, high]).findings
    ]
    assert found == [
        ("CRITICAL", 5, "x"),
        ("HIGH", 7, "a"),
        ("HIGH", 7, "b"),
        ("LOW", 2, "x"),
        ("LOW", 9, "x"),
    ]
    assert judge(FACTS, [high, low]).findings[1].subject == "a"


@pytest.mark.parametrize(
    ("failing", "reason"),
    [
        (broken, "rule broken failed: KeyError: 'gone' (test_judge.py:"),
        (not_a_generator, "rule not-a-generator failed: RuntimeError: at once"),
        (returns_nothing, "rule returns-nothing failed: TypeError"),
        (no_evidence, "claims something without a frame"),
    ],
)
def test_a_rule_that_fails_is_named_and_stops_no_other(failing: Rule, reason: str) -> None:
    judgement = judge(FACTS, [failing, high])
    (failure,) = judgement.failures
    assert failure.rule is failing
    assert reason in str(failure)
    assert failure.capture == "a.pcap"
    kept = 1 if failing is broken else 0
    assert len(judgement.findings) == 2 + kept


def test_a_rule_with_too_much_to_say_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "MAX_FINDINGS", 3)
    assert judge(FACTS, [low]).limited == []

    @rule("endless", "LOW", "Endless")
    def endless(facts: Facts) -> Iterator[Claim]:
        number = 0
        while True:
            yield claim(number := number + 1)

    judgement = judge(FACTS, [endless, high])
    assert judgement.limited == [endless]
    assert len(judgement.findings) == 3 + 2


def test_the_docstring_is_the_description() -> None:
    assert low.description == "What is low."
    assert list(low(FACTS)) == list(low.judge(FACTS))


def test_no_rule_needs_anything_to_be_there() -> None:
    judgement = judge(FACTS, RULES)
    assert (judgement.findings, judgement.failures) == ([], [])


def test_the_table_of_rules_is_in_order() -> None:
    names = [one.id for one in RULES]
    assert len(set(names)) == len(names)
    assert all(one.title and one.description.endswith(".") for one in RULES)
