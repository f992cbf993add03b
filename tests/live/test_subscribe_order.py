"""Events in the order of their SEQ, whatever order they come in."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from upnpscapy.live.event_order import MAX_HELD, MAX_SEQ, EventOrder, following

WAIT = 2.0


def taken(
    order: EventOrder[int], *numbers: int | None, now: float = 0
) -> list[tuple[int, int, bool]]:
    """What is ready after each of these has come; bodies are as different as the numbers."""
    found = []
    for number in numbers:
        for ready in order.take(number, b"%d" % (number or 0), number or 0, now):
            found.append((ready.item, ready.missed, ready.late))
    return found


CASES: dict[str, tuple[list[int | None], list[tuple[int, int, bool]]]] = {
    "in order": ([0, 1, 2], [(0, 0, False), (1, 0, False), (2, 0, False)]),
    "swapped": ([0, 2, 1, 3], [(0, 0, False), (1, 0, False), (2, 0, False), (3, 0, False)]),
    "first comes last": ([2, 1, 0], [(0, 0, False), (1, 0, False), (2, 0, False)]),
    "copies": ([0, 0, 1, 1, 0], [(0, 0, False), (1, 0, False)]),
    "a copy of one that waits": ([0, 2, 2, 1], [(0, 0, False), (1, 0, False), (2, 0, False)]),
    "no number": ([0, None, 1], [(0, 0, False), (0, 0, True), (1, 0, False)]),
}


@pytest.mark.parametrize("name", CASES)
def test_events_come_out_in_order_once(name: str) -> None:
    numbers, expected = CASES[name]
    assert taken(EventOrder(WAIT), *numbers) == expected


def test_one_that_waits_is_given_after_its_time_with_the_number_of_those_missed() -> None:
    order: EventOrder[int] = EventOrder(WAIT)
    assert taken(order, 0, 3, 4, now=10) == [(0, 0, False)]
    assert order.due == 12
    assert order.overdue(11.9) == []
    assert [tuple(one) for one in order.overdue(12)] == [(3, 2, False), (4, 0, False)]
    assert taken(order, 5, 2) == [(5, 0, False), (2, 0, True)]


def test_after_the_last_number_comes_1() -> None:
    order: EventOrder[int] = EventOrder(WAIT)
    order.expected = MAX_SEQ - 1
    assert following(MAX_SEQ) == 1
    got = taken(order, MAX_SEQ, 1, MAX_SEQ - 1, 2)
    assert [item for item, _, _ in got] == [MAX_SEQ - 1, MAX_SEQ, 1, 2]
    assert not any(missed or late for _, missed, late in got)


def test_device_that_counts_0_always_is_heard() -> None:
    order: EventOrder[int] = EventOrder(WAIT)
    ready = [order.take(0, body, at, 0) for at, body in enumerate((b"a", b"b", b"b", b"c"))]
    assert [[(one.item, one.late) for one in some] for some in ready] == [
        [(0, False)],
        [(1, True)],
        [],
        [(3, True)],
    ]


def test_no_more_wait_than_a_bounded_number() -> None:
    order: EventOrder[int] = EventOrder(WAIT)
    assert taken(order, *range(1, MAX_HELD + 1)) == []
    got = taken(order, MAX_HELD + 1)
    assert [item for item, _, _ in got] == list(range(1, MAX_HELD + 2))
    assert got[0] == (1, 1, False)


@settings(deadline=None, max_examples=200)
@given(start=st.sampled_from([0, 7, MAX_SEQ - 3]), shifts=st.lists(st.integers(0, 9), max_size=30))
def test_any_disorder_within_the_bound_is_undone(start: int, shifts: list[int]) -> None:
    order: EventOrder[int] = EventOrder(WAIT)
    order.expected = number = start
    numbers = []
    for _ in shifts:
        numbers.append(number)
        number = following(number)
    shuffled = [
        number
        for _, number in sorted(
            (place + shift, number)
            for place, (shift, number) in enumerate(zip(shifts, numbers, strict=True))
        )
    ]
    got = taken(order, *shuffled)
    assert got == [(number, 0, False) for number in numbers]


@settings(deadline=None, max_examples=200)
@given(st.lists(st.one_of(st.none(), st.integers(0, 12), st.integers(0, MAX_SEQ)), max_size=40))
def test_every_event_comes_out_once_unless_it_is_a_copy(numbers: list[int | None]) -> None:
    order: EventOrder[int] = EventOrder(WAIT)
    got = len(taken(order, *numbers)) + len(order.rest())
    known = [number for number in numbers if number is not None]
    assert got == numbers.count(None) + len(set(known))
    assert order.duplicates == len(known) - len(set(known))
    assert order.due is None
