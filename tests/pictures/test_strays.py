"""Which times a picture is drawn for."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from upnpscapy.pictures.strays import FAR_NS, main_span
from upnpscapy.pictures.tracks import Cell

CELLS = st.lists(
    st.tuples(st.integers(-(2**63), 2**63), st.integers(0, 10**12), st.integers(1, 5)), max_size=30
)


def cell(first_ns: int, length_ns: int, count: int) -> Cell:
    return Cell([*[(first_ns, "a", 1)] * count, (first_ns + length_ns, "a", 1)])


@given(CELLS)
def test_most_is_inside_and_what_is_outside_is_far(drawn: list[tuple[int, int, int]]) -> None:
    cells = [cell(*one) for one in drawn]
    start_ns, end_ns = main_span(cells)
    inside = [one for one in cells if start_ns <= one.first_ns and one.last_ns <= end_ns]
    assert sum(one.count for one in inside) * 4 >= sum(one.count for one in cells) * 3
    for one in cells:
        if one not in inside:
            assert one.first_ns - end_ns > FAR_NS or start_ns - one.first_ns > FAR_NS


def test_what_is_near_counts_with_what_is_near_it() -> None:
    cells = [cell(day * 86_400 * 10**9, 0, 1) for day in (*[0] * 8, 1, 25, 50, 3000, -3000)]
    assert main_span(cells) == (0, 50 * 86_400 * 10**9)
