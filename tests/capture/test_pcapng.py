from struct import pack

import pytest

from tests.capture.packets import small
from tests.capture.pcapng_writer import BIG, LITTLE, Blocks
from tests.capture.reading import read
from upnpscapy.capture.batch import Record

BOTH = pytest.mark.parametrize("blocks", [LITTLE, BIG], ids=["little", "big"])
US = 1_700_000_000_123_456


@BOTH
def test_three_kinds_of_packet_blocks_are_read(blocks: Blocks) -> None:
    capture = (
        blocks.section()
        + blocks.interface()
        + blocks.enhanced(small(1), US, original=1514, options=blocks.option(1, b"remark"))
        + blocks.simple(small(2))
        + blocks.packet(small(3), US + 1, original=99)
    )
    found = read(capture)
    assert found.numbered == {1: small(1), 2: small(2), 3: small(3)}
    assert [frame.record for frame in found.frames] == [
        Record(US * 1000, len(small(1)), 1514),
        Record(None, len(small(2)), len(small(2))),
        Record((US + 1) * 1000, len(small(3)), 99),
    ]
    assert (found.reader.format, found.reader.cut, found.error) == ("pcapng", None, None)


def test_each_section_has_its_byte_order_and_its_interfaces() -> None:
    capture = b"".join(
        [
            *(LITTLE.section(), LITTLE.interface(1), LITTLE.enhanced(small(1), US)),
            *(BIG.section(), BIG.interface(113), BIG.enhanced(small(2), US)),
            *(LITTLE.section(), LITTLE.interface(101), LITTLE.enhanced(small(3), US)),
        ]
    )
    found = read(capture)
    assert found.numbered == {1: small(1), 2: small(2), 3: small(3)}
    assert [frame.link_type for frame in found.frames] == [1, 113, 101]
    assert found.times == [US * 1000] * 3
    assert found.reader.link_types == [1, 113, 101]


@BOTH
def test_interfaces_of_a_section_differ_in_link_type_and_time(blocks: Blocks) -> None:
    capture = b"".join(
        [
            blocks.section(),
            blocks.interface(1),
            blocks.interface(101, resolution=9),
            blocks.enhanced(small(1), 5, interface=0),
            blocks.enhanced(small(2), 5, interface=1),
            blocks.interface(113, offset=1),
            blocks.packet(small(3), 5, interface=2),
            blocks.enhanced(small(4), 5, interface=0),
        ]
    )
    found = read(capture)
    assert [frame.link_type for frame in found.frames] == [1, 101, 113, 1]
    assert found.times == [5_000, 5, 1_000_005_000, 5_000]


def test_interfaces_of_a_section_do_not_outlive_it() -> None:
    capture = LITTLE.section() + LITTLE.interface() + LITTLE.section() + LITTLE.enhanced(b"x")
    error = read(capture).error
    assert error is not None
    assert error.frame == 1


@BOTH
def test_simple_packet_is_as_long_as_the_snaplen_allows(blocks: Blocks) -> None:
    capture = (
        blocks.section() + blocks.interface(snaplen=6) + blocks.simple(b"12345678", original=80)
    )
    (frame,) = read(capture).frames
    assert frame.data == b"123456"
    assert frame.record == Record(None, 6, 80)


@BOTH
def test_simple_packet_leaves_its_padding_out(blocks: Blocks) -> None:
    capture = blocks.section() + blocks.interface() + blocks.simple(b"12345")
    assert read(capture).numbered == {1: b"12345"}


@BOTH
def test_blocks_without_a_frame_are_passed_over(blocks: Blocks) -> None:
    capture = b"".join(
        [
            blocks.section(),
            blocks.names() + blocks.interface() + blocks.secrets(),
            blocks.enhanced(small(1)),
            blocks.statistics() + blocks.block(0x1234_5678, b"abc") + blocks.block(0x8000_0001),
            blocks.enhanced(small(2)),
            blocks.statistics(),
        ]
    )
    found = read(capture)
    assert found.numbered == {1: small(1), 2: small(2)}
    assert found.reader.bytes_left == 0


def test_options_of_a_section_and_of_a_packet_mean_nothing_here() -> None:
    options = LITTLE.option(2, b"hardware") + LITTLE.option(9, b"\x09") + LITTLE.option(0, b"")
    capture = (
        LITTLE.section(options) + LITTLE.interface() + LITTLE.enhanced(b"x", 3, options=options)
    )
    assert read(capture).times == [3_000]


@pytest.mark.parametrize(
    "option",
    [
        LITTLE.option(9, b""),
        LITTLE.option(9, b"\x09\x09"),
        LITTLE.option(14, b"1234"),
        b"\x09\0\xff\xff",
    ],
    ids=["no resolution", "long resolution", "short offset", "option beyond the block"],
)
def test_interface_option_of_a_wrong_size_is_passed_over(option: bytes) -> None:
    body = pack("<HHI", 1, 0, 0) + option
    capture = LITTLE.section() + LITTLE.block(1, body) + LITTLE.enhanced(b"x", 3)
    assert read(capture).times == [3_000]


def test_options_behind_the_end_of_options_are_not_read() -> None:
    body = pack("<HHI", 1, 0, 0) + LITTLE.option(0, b"") + LITTLE.option(9, b"\x09")
    capture = LITTLE.section() + LITTLE.block(1, body) + LITTLE.enhanced(b"x", 3)
    assert read(capture).times == [3_000]


@BOTH
def test_length_that_is_no_multiple_of_four_is_rounded_up(blocks: Blocks) -> None:
    """Wireshark reads such blocks, which some programs write."""
    whole = blocks.enhanced(small(1))
    length = pack(f"{blocks.order}I", len(whole) - 3)
    odd = whole[:4] + length + whole[8:-4] + length
    capture = blocks.section() + blocks.interface() + odd + blocks.enhanced(small(2))
    assert read(capture).numbered == {1: small(1), 2: small(2)}


def test_large_block_without_a_frame_is_passed_over() -> None:
    large = LITTLE.block(0x7777, bytes((1 << 24) + 4))
    capture = LITTLE.section() + LITTLE.interface() + large + LITTLE.enhanced(small(1))
    assert read(capture).numbered == {1: small(1)}
