"""What is written as pcapng is read back the same, by the reader and by tshark."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.capture.packets import ethernet, small
from tests.capture.reading import read
from tests.capture.tshark import needs_tshark, rows, tshark
from upnpscapy.capture import pcapng_write
from upnpscapy.capture.pcapng_write import Interface, PcapngWriter

ETHERNET, RAW = 1, 101
START = 1_700_000_000_000_000_001

Shot = tuple[Interface, bytes, int | None, int | None]

_interfaces = st.builds(
    Interface,
    st.sampled_from((ETHERNET, RAW, 276, 65535)),
    st.sampled_from((None, "eth0")),
    st.sampled_from((None, "a.pcap")),
    st.sampled_from((0, 64, 262_144)),
)
_times = st.one_of(
    st.none(),
    st.integers(0, (1 << 64) - 1),
    st.integers(-(1 << 63) * 1_000_000_000, (1 << 63) * 1_000_000_000 - 1),
)
_shots = st.tuples(_interfaces, st.binary(max_size=70), _times, st.none() | st.integers(70, 9000))


def written(shots: list[Shot], comments: tuple[str | bytes, ...] = ()) -> bytes:
    file = io.BytesIO()
    writer = PcapngWriter(file)
    for interface, data, time_ns, original in shots:
        writer.write(interface, data, time_ns, original, comments)
    assert writer.frames == len(shots)
    return file.getvalue()


@settings(deadline=None, max_examples=60)
@given(st.lists(_shots, max_size=12), st.sampled_from([(), ("a remark",), (b"\xff\0", "zwei")]))
def test_reader_gives_back_what_was_written(
    shots: list[Shot], comments: tuple[str | bytes, ...]
) -> None:
    reading = read(written(shots, comments))
    assert reading.error is None
    assert reading.reader.cut is None
    assert [frame.number for frame in reading.frames] == list(range(1, len(shots) + 1))
    for frame, (interface, data, time_ns, original) in zip(reading.frames, shots, strict=True):
        assert (frame.link_type, frame.data) == (interface.link_type, data)
        size = len(data) if original is None else original
        assert frame.record == (time_ns, len(data), size)


def test_sections_begin_anew_when_interfaces_run_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pcapng_write, "MAX_INTERFACES", 2)
    names = ("a", "b", "c", "a", "d")
    capture = written([(Interface(ETHERNET, name), small(1), START, None) for name in names])
    assert capture.count(b"\x0a\x0d\x0d\x0a") == 3
    assert len(read(capture).frames) == 5


def test_time_that_the_format_cannot_say_is_none() -> None:
    times = [1 << 63, -(1 << 63) - 1, 1 << 64]
    capture = written([(Interface(ETHERNET), small(1), s * 1_000_000_000, None) for s in times])
    assert read(capture).times == [None, None, None]


def test_what_was_flushed_is_whole() -> None:
    file = io.BytesIO()
    buffered = io.BufferedWriter(file)
    writer = PcapngWriter(buffered)
    for number in range(3):
        writer.write(Interface(ETHERNET), small(number), START)
        writer.flush()
        reading = read(file.getvalue())
        assert (len(reading.frames), reading.reader.cut) == (number + 1, None)


@needs_tshark
def test_tshark_shows_times_lengths_interfaces_and_comments(tmp_path: Path) -> None:
    path = tmp_path / "a.pcapng"
    far = 20_000_000_000_000_000_001
    long = "ä" * 40_000
    with path.open("wb") as file:
        writer = PcapngWriter(file, comments=("of two", "files"), application="a program 1")
        first, second = Interface(ETHERNET, "eth0"), Interface(ETHERNET, description="b.pcap")
        writer.write(first, ethernet(), START, comments=("one", b"two"))
        writer.write(second, small(4), START + 1, 9000, ("a\x1b[31m",))
        writer.write(second, small(3), far, comments=[long])
        writer.write(Interface(RAW), ethernet()[14:], START + 2)
        writer.write(second, small(1), None, comments=["untimed"])
        writer.write(second, small(2)[:9], None, 16)
    fields = ("frame.number", "frame.time_epoch", "frame.len", "frame.cap_len", "frame.comment")
    found = [[row.get(name, []) for name in fields] for row in rows(path, "frame", *fields)]
    assert [line[0] for line in found] == [[str(number)] for number in range(1, 7)]
    assert [line[1] for line in found][:4] == [
        ["1700000000.000000001"],
        ["1700000000.000000002"],
        ["20000000000.000000001"],
        ["1700000000.000000003"],
    ]
    assert [line[2] for line in found][1:2] == [["9000"]]
    assert [line[3] for line in found][1:2] == [[str(len(small(4)))]]
    assert [line[2:4] for line in found][4:] == [[["17"], ["17"]], [["16"], ["9"]]]
    assert [line[4] for line in found] == [
        ["one", "two"],
        ["a\x1b[31m"],
        ["ä" * 32_767],
        [],
        [],
        [],
    ]
    names = tshark(path, "-T", "fields", "-e", "frame.interface_name", "-e", "frame.protocols")
    lines = names.splitlines()
    assert lines[0].startswith("eth0\teth:ethertype:ip:udp:ssdp")
    assert lines[3].endswith("raw:ip:udp:ssdp")
    data = path.read_bytes()
    for text in (b"of two", b"files", b"a program 1", b"untimed"):
        assert data.count(text) == (3 if text == b"a program 1" else 1)
