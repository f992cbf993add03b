"""What cannot be read raises ``CaptureError``, which names the file, the frame and the byte."""

from collections.abc import Callable
from pathlib import Path
from struct import pack

import pytest

import upnpscapy
from tests.capture import samples
from tests.capture.packets import ethernet, small
from tests.capture.pcap_writer import pcap
from tests.capture.pcapng_writer import BIG, LITTLE
from tests.capture.reading import read
from upnpscapy.errors import CaptureError

START = LITTLE.section() + LITTLE.interface()


def test_pcap_with_an_impossible_length() -> None:
    capture = pcap([small(1), small(2)]) + bytes(8) + pack("<II", 0x0010_0000, 5) + bytes(99)
    found = read(capture)
    assert len(found.frames) == 2
    assert found.error is not None
    assert (found.error.path, found.error.frame) == ("test", 3)
    offset = len(pcap([small(1), small(2)]))
    assert found.error.reason == f"damaged: a frame of 1048576 bytes at byte {offset}"


@pytest.mark.parametrize(
    ("block", "reason"),
    [
        (pack("<II", 6, 8) + bytes(99), "a block of 8 bytes"),
        (pack("<II", 6, 0xFFFF_FFF0) + bytes(99), "a block of 4294967280 bytes"),
        (LITTLE.enhanced(small(1), interface=1), "an impossible packet block"),
        (LITTLE.packet(small(1), interface=1), "an impossible packet block"),
        (LITTLE.block(6, bytes(16)), "an impossible packet block"),
        (LITTLE.block(2, bytes(16)), "an impossible packet block"),
        (LITTLE.block(6, pack("<IIIII", 0, 0, 0, 5, 5) + b"1234"), "an impossible packet block"),
        (
            LITTLE.block(2, pack("<HHIIII", 0, 0, 0, 0, 5, 5) + b"1234"),
            "an impossible packet block",
        ),
        (LITTLE.block(3), "a packet without an interface"),
        (LITTLE.section() + LITTLE.simple(b"x"), "a packet without an interface"),
        (LITTLE.block(1, b"1234"), "an impossible interface block"),
        (LITTLE.block(0x0A0D0D0A, bytes(16)), "a section header without byte order"),
    ],
)
@pytest.mark.parametrize("rest", [b"", START + LITTLE.enhanced(b"y") * 3], ids=["last", "between"])
def test_pcapng_with_an_impossible_block(block: bytes, reason: str, rest: bytes) -> None:
    before = START + LITTLE.enhanced(small(1)) + LITTLE.statistics()
    offset = len(before) + (28 if block.startswith(LITTLE.section()) else 0)
    found = read(before + block + rest)
    assert found.numbered == {1: small(1)}
    assert found.error is not None
    assert (found.error.path, found.error.frame) == ("test", 2)
    assert found.error.reason == f"damaged: {reason} at byte {offset}"


def test_garbage_behind_the_last_block() -> None:
    found = read(samples.PCAPNG + bytes(16))
    assert [frame.data for frame in found.frames] == samples.PCAPNG_FRAMES
    assert found.error is not None
    assert f"at byte {len(samples.PCAPNG)}" in found.error.reason


@pytest.mark.parametrize("start", [b"GIF89a", b"\n", bytes(64), b"\x0a\x0d\x0d\x0b" * 9, b"{" * 30])
def test_what_is_no_capture(start: bytes) -> None:
    error = read(start).error
    assert error is not None
    assert error.frame is None
    if len(start) >= 4:
        assert error.reason == f"neither pcap nor pcapng: begins with {start[:4].hex()}"


def test_section_header_with_a_foreign_byte_order() -> None:
    error = read(b"\x0a\x0d\x0d\x0a" + bytes(60)).error
    assert error is not None
    assert error.reason == "damaged: a section header without byte order at byte 0"


def empty(path: Path) -> Path:
    path.touch()
    return path


def directory(path: Path) -> Path:
    path.mkdir()
    return path


def missing(path: Path) -> Path:
    return path


def with_nul(path: Path) -> Path:
    return path.with_name("a\0b")


def below_a_file(path: Path) -> Path:
    return empty(path) / "a.pcap"


@pytest.mark.parametrize("make", [empty, directory, missing, with_nul, below_a_file])
def test_what_cannot_be_opened_or_has_nothing(make: Callable[[Path], Path], tmp_path: Path) -> None:
    path = make(tmp_path / "a.pcap")
    with pytest.raises(CaptureError) as raised:
        upnpscapy.analyze(path)
    assert raised.value.path == str(path)
    assert raised.value.frame is None
    assert raised.value.reason
    assert isinstance(raised.value, OSError)


def test_what_lies_before_the_damage_is_in_the_partial_case(tmp_path: Path) -> None:
    path = tmp_path / "a.pcapng"
    path.write_bytes(START + LITTLE.enhanced(ethernet()) + bytes(40))
    with pytest.raises(CaptureError, match="frame 2: damaged") as raised:
        upnpscapy.analyze(path)
    case = raised.value.partial
    (row,) = case.captures
    assert (row.frames, row.incomplete) == (1, True)
    assert row.limits == [raised.value.reason]


def test_file_that_fails_while_it_is_read() -> None:
    """A bad disk: the frames before are kept, and no digest is made up."""

    class Failing:
        name = "disk"

        def __init__(self) -> None:
            self._parts = [samples.PCAP]

        def read(self, size: int = -1) -> bytes:
            if not self._parts:
                raise OSError(5, "Input/output error")
            return self._parts.pop()

    with pytest.raises(CaptureError) as raised:
        upnpscapy.analyze(Failing())  # type: ignore[arg-type]  # as much of a file as is used
    assert (raised.value.path, raised.value.frame) == ("disk", 5)
    assert raised.value.reason == "Input/output error"
    (row,) = raised.value.partial.captures
    assert (row.frames, row.sha256) == (4, "")


def test_big_endian_damage_is_told_with_its_length() -> None:
    found = read(BIG.section() + pack(">II", 1, 5) + bytes(40))
    assert found.error is not None
    assert "a block of 5 bytes at byte 28" in found.error.reason
