"""A capture cut at any byte is read to the cut, which is told with the bytes that are left."""

from pathlib import Path

import pytest

import upnpscapy
from tests.capture import samples
from tests.capture.reading import Reading, read

FILE_HEADER = 24
"""Bytes, of pcap; a pcapng file that ends so early has no complete block."""


def test_pcap() -> None:
    for size in range(FILE_HEADER, len(samples.PCAP) + 1):
        found = read(samples.PCAP[:size])
        ends = [end for end in samples.PCAP_ENDS if end <= size]
        assert [frame.data for frame in found.frames] == samples.PCAP_FRAMES[: len(ends) - 1]
        check_end(found, size - ends[-1], ends[-1])


def test_pcapng() -> None:
    for size in range(FILE_HEADER, len(samples.PCAPNG) + 1):
        found = read(samples.PCAPNG[:size])
        whole = [place for place in samples.PCAPNG_ENDS if place[0] <= size]
        end, frames = whole[-1] if whole else (0, 0)
        assert [frame.data for frame in found.frames] == samples.PCAPNG_FRAMES[:frames]
        assert list(found.numbered) == samples.PCAPNG_NUMBERS[:frames]
        check_end(found, size - end, end)


def check_end(found: Reading, left: int, offset: int) -> None:
    assert found.error is None
    assert found.reader.bytes_left == left
    number = found.reader.frames + 1
    told = f"cut in frame {number} at byte {offset}, {left} bytes left" if left else None
    assert found.reader.cut == told


@pytest.mark.parametrize("capture", [samples.PCAP, samples.PCAPNG], ids=["pcap", "pcapng"])
@pytest.mark.parametrize("size", range(FILE_HEADER))
def test_within_the_file_header(capture: bytes, size: int) -> None:
    error = read(capture[:size]).error
    assert error is not None
    assert error.frame is None
    reason = f"ends within the file header, after {size} bytes" if size else "the file is empty"
    assert error.reason == reason


def test_the_table_of_captures_says_so(tmp_path: Path) -> None:
    path = tmp_path / "cut.pcap"
    path.write_bytes(samples.PCAP[:-3])
    case = upnpscapy.analyze(path)
    (row,) = case.captures
    assert row.incomplete
    assert row.bytes_left == 16 + len(samples.PCAP_FRAMES[-1]) - 3
    place = f"byte {samples.PCAP_ENDS[3]}, {row.bytes_left} bytes left"
    assert row.limits == [f"cut in frame 4 at {place}"]
    assert [message.frame for message in case.messages] == [3]
