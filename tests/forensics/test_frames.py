"""Frame numbers: all while they are few, bounded after."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from upnpscapy.protocol.frames import KEPT, Frames


@given(st.lists(st.integers(1, 2**63), max_size=3 * KEPT))
def test_first_ones_last_one_and_count(numbers: list[int]) -> None:
    frames = Frames()
    for number in numbers:
        frames.add(number)
    kept = list(frames)
    assert frames.count == len(numbers)
    assert len(frames) == len(kept) <= KEPT + 1
    assert kept[:KEPT] == numbers[:KEPT]
    assert frames.left_out == len(numbers) - len(kept)
    if numbers:
        assert (frames.first, kept[-1], frames.last) == (numbers[0], numbers[-1], numbers[-1])
    else:
        assert frames.first is None
    assert str(len(numbers)) in repr(frames)


@given(st.lists(st.booleans(), max_size=4 * KEPT), st.integers(0, 2 * KEPT))
def test_what_others_got_lies_between(theirs: list[bool], told: int) -> None:
    frames, others = Frames(), Frames()
    numbers = list[int]()
    for number, is_theirs in enumerate(theirs, 1):
        (others if is_theirs else frames).add(number)
        if not is_theirs or others.count > told:
            numbers.append(number)
    told = min(told, others.count)
    frames.add_behind(others, told)
    assert (list(frames)[:KEPT], frames.count) == (numbers[:KEPT], len(numbers))
    assert frames.last == max(others.last, *numbers[-1:], 0)
