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


@given(
    st.lists(st.integers(0, 3), max_size=4 * KEPT), st.lists(st.integers(0, 2 * KEPT), max_size=3)
)
def test_what_others_got_lies_between(owners: list[int], told: list[int]) -> None:
    frames, *others = [Frames() for _ in range(4)]
    told += [0] * (len(others) - len(told))
    numbers = list[int]()
    for number, owner in enumerate(owners, 1):
        (frames, *others)[owner].add(number)
        if not owner or others[owner - 1].count > told[owner - 1]:
            numbers.append(number)
    told = [min(known, other.count) for known, other in zip(told, others, strict=True)]
    frames.add_behind(zip(others, told, strict=True))
    assert (list(frames)[:KEPT], frames.count) == (numbers[:KEPT], len(numbers))
    assert frames.last == max(0, *numbers[-1:], *(other.last for other in others))
