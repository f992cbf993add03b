"""A device's life as its messages tell it, and a slow reference for any sequence of them."""

from __future__ import annotations

from typing import Literal, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upnpscapy.protocol.life import Life, State

SECOND = 1_000_000_000


class Said(NamedTuple):
    """A message ``at`` seconds."""

    kind: Literal["present", "update", "byebye"]
    at: int = 0
    max_age: int | None = 1800
    boot_id: int | None = None


def live(messages: list[Said]) -> Life:
    life = Life()
    for kind, at, max_age, boot_id in messages:
        if kind == "present":
            life.saw_present(at * SECOND, max_age, boot_id)
        elif kind == "update":
            life.saw_update(boot_id)
        else:
            life.saw_byebye()
    return life


STATES: dict[str, tuple[list[Said], int, State]] = {
    "nothing said": ([], 0, "unknown"),
    "announced": ([Said("present")], 1, "alive"),
    "at max-age": ([Said("present")], 1800, "alive"),
    "after max-age": ([Said("present")], 1801, "expired"),
    "max-age 0": ([Said("present", max_age=0)], 1, "expired"),
    "no max-age": ([Said("present", max_age=None)], 1, "unknown"),
    "a longer one earlier": ([Said("present"), Said("present", 1, 60)], 100, "alive"),
    "renewed": ([Said("present"), Said("present", 1000)], 2000, "alive"),
    "byebye": ([Said("present"), Said("byebye")], 1, "byebye"),
    "byebye alone": ([Said("byebye")], 0, "byebye"),
    "byebye stays after max-age": ([Said("present"), Said("byebye")], 9999, "byebye"),
    "back again": ([Said("byebye"), Said("present", 5)], 6, "alive"),
    "back again for less": (
        [Said("present"), Said("byebye"), Said("present", 5, 60)],
        100,
        "expired",
    ),
    "back again without max-age": (
        [Said("present"), Said("byebye"), Said("present", 5, None)],
        6,
        "unknown",
    ),
    "update after byebye": ([Said("byebye"), Said("update", boot_id=2)], 0, "byebye"),
    "update says nothing of time": ([Said("update", boot_id=2)], 0, "unknown"),
    "max-age of a million years": ([Said("present", max_age=10**12)], 10**9, "alive"),
}


@pytest.mark.parametrize(("messages", "now", "state"), STATES.values(), ids=STATES)
def test_state(messages: list[Said], now: int, state: State) -> None:
    assert live(messages).state(now * SECOND) == state


def test_without_a_time_only_byebye_is_known() -> None:
    life = Life()
    life.saw_present(None, 1800, None)
    assert (life.state(None), life.state(SECOND)) == ("unknown", "unknown")
    life.saw_byebye()
    assert life.state(None) == "byebye"


REBOOTS: dict[str, tuple[list[Said], int]] = {
    "first sight": ([Said("present", boot_id=5)], 0),
    "the same": ([Said("present", boot_id=5), Said("present", boot_id=5)], 0),
    "risen": ([Said("present", boot_id=5), Said("present", boot_id=6)], 1),
    "risen twice": ([Said("present", boot_id=boot_id) for boot_id in (5, 6, 9)], 2),
    "risen over byebye": (
        [Said("present", boot_id=5), Said("byebye"), Said("present", boot_id=6)],
        1,
    ),
    "announced by an update": (
        [Said("present", boot_id=5), Said("update", boot_id=6), Said("present", boot_id=6)],
        0,
    ),
    "risen past the announced": (
        [Said("present", boot_id=5), Said("update", boot_id=6), Said("present", boot_id=7)],
        1,
    ),
    "missing in between": (
        [Said("present", boot_id=5), Said("present"), Said("present", boot_id=5)],
        0,
    ),
    "fallen": ([Said("present", boot_id=5), Said("present", boot_id=4)], 0),
    "update without NEXTBOOTID": (
        [Said("present", boot_id=5), Said("update"), Said("present", boot_id=6)],
        1,
    ),
}


@pytest.mark.parametrize(("messages", "reboots"), REBOOTS.values(), ids=REBOOTS)
def test_reboots(messages: list[Said], reboots: int) -> None:
    assert live(messages).reboots == reboots


said = st.builds(
    Said,
    st.sampled_from(["present", "present", "update", "byebye"]),
    st.integers(0, 100),
    st.none() | st.integers(0, 100),
    st.none() | st.integers(0, 3),
)


@given(st.lists(said, max_size=12), st.integers(0, 250))
def test_state_agrees_with_a_look_back_over_everything(messages: list[Said], now: int) -> None:
    kinds = [message.kind for message in messages if message.kind != "update"]
    expected: State = "unknown"
    if kinds and kinds[-1] == "byebye":
        expected = "byebye"
    else:
        last = max(
            (place for place, one in enumerate(messages) if one.kind == "byebye"), default=-1
        )
        ends = [
            one.at + one.max_age
            for one in messages[last + 1 :]
            if one.kind == "present" and one.max_age is not None
        ]
        if ends:
            expected = "alive" if now <= max(ends) else "expired"
    assert live(messages).state(now * SECOND) == expected
