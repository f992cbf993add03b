import pytest

from tests.capture.packets import small
from tests.capture.pcap_writer import pcap, record
from tests.capture.reading import read
from upnpscapy.capture.batch import Record

TIMES = (0, 1, 999, 1_000, 1_999_999_999, 1_700_000_000_123_456_789, (1 << 32) * 10**9 - 1)
VARIANTS = [(order, nano) for order in "<>" for nano in (False, True)]


@pytest.mark.parametrize(("order", "nanoseconds"), VARIANTS)
def test_either_byte_order_and_resolution_is_read(order: str, nanoseconds: bool) -> None:
    shots = [(time_ns, small(number)) for number, time_ns in enumerate(TIMES)]
    found = read(pcap(shots, order=order, nanoseconds=nanoseconds))
    unit = 1 if nanoseconds else 1000
    assert [frame.record for frame in found.frames] == [
        Record(time_ns // unit * unit, len(data), len(data)) for time_ns, data in shots
    ]
    assert [frame.data for frame in found.frames] == [data for _, data in shots]
    assert [frame.number for frame in found.frames] == list(range(1, len(shots) + 1))
    assert found.reader.format == ("pcap-ns" if nanoseconds else "pcap")
    assert found.reader.cut is None
    assert found.reader.bytes_left == 0


def test_length_on_the_wire_is_kept_apart_from_the_captured_one() -> None:
    (frame,) = read(pcap() + record(small(1), original=1514)).frames
    assert frame.record == Record(0, len(small(1)), 1514)


def test_a_frame_may_be_empty() -> None:
    assert read(pcap([b"", small(3), b""])).numbered == {1: b"", 2: small(3), 3: b""}


def test_header_alone_is_a_capture_without_frames() -> None:
    found = read(pcap())
    assert (found.frames, found.error, found.reader.first_time_ns) == ([], None, None)


def test_length_of_a_checksum_in_the_link_type_word_is_no_part_of_it() -> None:
    assert read(pcap([small(1)], link_type=0x1400_0001)).frames[0].link_type == 1


def test_first_and_last_time_are_those_of_the_first_and_last_frame() -> None:
    reader = read(pcap([(7_000, b""), (9_000, b""), (8_000, b"")])).reader
    assert (reader.first_time_ns, reader.last_time_ns) == (7_000, 8_000)


def test_fraction_above_a_second_is_added_as_it_stands() -> None:
    capture = pcap() + b"\1\0\0\0" + (2_000_000).to_bytes(4, "little") + bytes(8)
    assert read(capture).times == [3_000_000_000]


def test_frame_longer_than_usual_is_read_if_the_file_announces_it() -> None:
    frame = bytes(300_000)
    assert read(pcap([frame], snaplen=400_000)).numbered == {1: frame}
    assert read(pcap([frame], snaplen=65_535)).error is not None
