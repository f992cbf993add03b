"""Frame numbers of pcapng are Wireshark's, whatever stands between the frames."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.capture.packets import small
from tests.capture.pcapng_writer import (
    BIG,
    CUSTOM,
    CUSTOM_NO_COPY,
    LITTLE,
    Blocks,
)
from tests.capture.reading import read
from tests.capture.tshark import needs_tshark_4_0, tshark

SYSDIG = range(0x200, 0x226)

NUMBERED: dict[str, Callable[[Blocks], bytes]] = {
    "journal": lambda blocks: blocks.journal(),
    "custom": lambda blocks: blocks.custom(CUSTOM),
    "custom, not to be copied": lambda blocks: blocks.custom(CUSTOM_NO_COPY),
    "custom of Netflix": lambda blocks: blocks.custom(CUSTOM, 10949, b"\2\0\0\0" + bytes(4)),
    "custom of Vector": lambda blocks: blocks.custom(CUSTOM, 46254, bytes(16)),
    "Sysdig event": lambda blocks: blocks.block(0x204, bytes(40)),
    "Sysdig event, version 2": lambda blocks: blocks.block(0x216, bytes(40)),
    "Sysdig event, large": lambda blocks: blocks.block(0x221, bytes(40)),
}
NOT_NUMBERED: dict[str, Callable[[Blocks], bytes]] = {
    "names": lambda blocks: blocks.names(),
    "statistics": lambda blocks: blocks.statistics(),
    "secrets": lambda blocks: blocks.secrets(),
    "interface": lambda blocks: blocks.interface(113),
    "unknown": lambda blocks: blocks.block(0x1234_5678, bytes(16)),
    "local": lambda blocks: blocks.block(0x8000_0001, bytes(16)),
    "IRIG": lambda blocks: blocks.block(7, bytes(16)),
    "ARINC": lambda blocks: blocks.block(8, bytes(16)),
    "HONE": lambda blocks: blocks.block(0x101, bytes(16)),
    "Sysdig event with flags": lambda blocks: blocks.block(0x208, bytes(40)),
}


def capture_of(blocks: Blocks, *between: bytes) -> bytes:
    return b"".join(
        [
            blocks.section() + blocks.interface(),
            blocks.enhanced(small(1)),
            *between,
            blocks.enhanced(small(2)),
        ]
    )


def tsharks_numbers(path: Path) -> list[int]:
    """Numbers of the frames that are frames; tshark gives the other blocks a line, too."""
    lines = tshark(path, "-Y", "eth", "-T", "fields", "-e", "frame.number").split()
    return [int(line) for line in lines]


@pytest.mark.parametrize("blocks", [LITTLE, BIG], ids=["little", "big"])
@pytest.mark.parametrize("name", NUMBERED)
def test_block_that_has_a_number_without_a_frame(name: str, blocks: Blocks) -> None:
    assert list(read(capture_of(blocks, NUMBERED[name](blocks))).numbered) == [1, 3]


@pytest.mark.parametrize("blocks", [LITTLE, BIG], ids=["little", "big"])
@pytest.mark.parametrize("name", NOT_NUMBERED)
def test_block_that_has_none(name: str, blocks: Blocks) -> None:
    assert list(read(capture_of(blocks, NOT_NUMBERED[name](blocks))).numbered) == [1, 2]


@needs_tshark_4_0
def test_tshark_numbers_the_same_blocks(tmp_path: Path) -> None:
    path = tmp_path / "a.pcapng"
    for blocks in (LITTLE, BIG):
        between = [
            maker(blocks) + blocks.enhanced(small(number))
            for number, maker in enumerate([*NUMBERED.values(), *NOT_NUMBERED.values()])
        ]
        capture = capture_of(blocks, *between)
        path.write_bytes(capture)
        assert list(read(capture).numbered) == tsharks_numbers(path)


@needs_tshark_4_0
def test_tshark_numbers_the_same_sysdig_blocks(tmp_path: Path) -> None:
    path = tmp_path / "a.pcapng"
    between = [LITTLE.block(kind, bytes(40)) + LITTLE.enhanced(small(1)) for kind in SYSDIG]
    capture = capture_of(LITTLE, *between)
    path.write_bytes(capture)
    assert list(read(capture).numbered) == tsharks_numbers(path)


@needs_tshark_4_0
@settings(
    max_examples=12,
    deadline=None,
    phases=(Phase.explicit, Phase.generate),  # each example takes tshark's start
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.data())
def test_tshark_numbers_and_dates_the_same_frames(tmp_path: Path, data: st.DataObject) -> None:
    parts: list[bytes] = []
    between = [*NUMBERED.values(), *NOT_NUMBERED.values()]
    for blocks in data.draw(st.lists(st.sampled_from([LITTLE, BIG]), min_size=1, max_size=3)):
        resolution = data.draw(st.sampled_from([None, 0, 3, 6, 9, 0x80, 0x94]))
        parts += [blocks.section(), blocks.interface(resolution=resolution)]
        for number in range(data.draw(st.integers(0, 8))):
            kind = data.draw(st.sampled_from(["enhanced", "simple", "packet", "other"]))
            ticks = data.draw(st.integers(0, 1 << 31))
            if kind == "enhanced":
                parts.append(blocks.enhanced(small(number), ticks))
            elif kind == "simple":
                parts.append(blocks.simple(small(number)))
            elif kind == "packet":
                parts.append(blocks.packet(small(number), ticks))
            else:
                parts.append(data.draw(st.sampled_from(between))(blocks))
    capture = b"".join(parts)
    path = tmp_path / "a.pcapng"
    path.write_bytes(capture)
    lines = tshark(
        path, "-Y", "eth", "-T", "fields", "-e", "frame.number", "-e", "frame.time_epoch"
    )
    theirs = [line.split("\t") for line in lines.splitlines()]
    # A simple packet has no time; tshark gives it none, or the start of 1970.
    ours = [
        [str(frame.number), *nanoseconds(frame.record.time_ns)] for frame in read(capture).frames
    ]
    assert ours == [[number, *nanoseconds(decimal(time))] for number, time in theirs]


def decimal(time: str) -> int | None:
    if not time:
        return None
    seconds, _, fraction = time.partition(".")
    return int(seconds) * 1_000_000_000 + int(fraction.ljust(9, "0"))


def nanoseconds(time_ns: int | None) -> list[str]:
    return [] if not time_ns else [str(time_ns)]
