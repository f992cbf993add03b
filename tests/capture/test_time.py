"""Times of pcapng against exact integers: any resolution, any offset."""

from fractions import Fraction
from math import floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.capture.pcapng_writer import BIG, LITTLE, Blocks
from tests.capture.reading import read

SECOND = 1_000_000_000


def times(
    blocks: Blocks, ticks: int, resolution: int | None, offset: int | None
) -> list[int | None]:
    capture = (
        blocks.section()
        + blocks.interface(resolution=resolution, offset=offset)
        + blocks.enhanced(b"x", ticks)
        + blocks.packet(b"x", ticks)
    )
    return read(capture).times


@pytest.mark.parametrize(
    ("resolution", "ticks", "time_ns"),
    [
        (None, 1_700_000_000_123_456, 1_700_000_000_123_456_000),
        (0, 1_700_000_000, 1_700_000_000 * SECOND),
        (3, 1_700_000_000_123, 1_700_000_000_123_000_000),
        (6, 1, 1_000),
        (9, 1_700_000_000_123_456_789, 1_700_000_000_123_456_789),
        (12, 1_700_000_000_123_456, 1_700_000_000_123),
        (12, 1_999, 1),
        (127, (1 << 64) - 1, 0),
        (0x80, 5, 5 * SECOND),
        (0x80 | 1, 3, 1_500_000_000),
        (0x80 | 10, 1, 976_562),
        (0x80 | 20, (1_700_000_000 << 20) + 1, 1_700_000_000 * SECOND + 953),
        (0x80 | 32, (1_700_000_000 << 32) + 1, 1_700_000_000 * SECOND),
        (0x80 | 63, (1 << 64) - 1, 2 * SECOND - 1),
        (0xFF, (1 << 64) - 1, 0),
    ],
)
def test_resolution(resolution: int | None, ticks: int, time_ns: int) -> None:
    assert times(LITTLE, ticks, resolution, None) == [time_ns] * 2


@pytest.mark.parametrize("offset", [0, 1, 1_700_000_000, -1, -1_000])
def test_offset_is_in_seconds_whatever_the_resolution(offset: int) -> None:
    for resolution, unit in ((6, 1000), (9, 1)):
        assert times(BIG, 7, resolution, offset) == [7 * unit + offset * SECOND] * 2


@given(
    st.sampled_from([LITTLE, BIG]),
    st.integers(0, (1 << 64) - 1),
    st.integers(0, 255),
    st.integers(-(1 << 63), (1 << 63) - 1),
)
def test_time_is_the_exact_one_rounded_down(
    blocks: Blocks, ticks: int, resolution: int, offset: int
) -> None:
    base, exponent = (2 if resolution & 0x80 else 10), resolution & 0x7F
    exact = floor(Fraction(ticks * SECOND, base**exponent)) + offset * SECOND
    assert times(blocks, ticks, resolution, offset) == [exact] * 2
