"""Where the blocks that are read begin and end makes no difference."""

from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.capture import samples
from tests.capture.reading import frames_of, read
from upnpscapy.capture import source
from upnpscapy.capture.batch import Frame
from upnpscapy.capture.reader import CaptureReader
from upnpscapy.errors import CaptureError

CAPTURES = {
    "pcap": samples.PCAP,
    "pcapng": samples.PCAPNG,
    "pcap, cut": samples.PCAP[:-5],
    "pcapng, cut": samples.PCAPNG[:-5],
    "pcap, damaged": samples.PCAP + b"\xff" * 40,
    "pcapng, damaged": samples.PCAPNG + b"\xff" * 40,
}


@pytest.mark.parametrize("name", CAPTURES)
def test_chunks_of_any_size(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    at_once = read(CAPTURES[name])
    for size in range(1, 65):
        monkeypatch.setattr(source, "CHUNK", size)
        found = read(CAPTURES[name])
        assert found.frames == at_once.frames
        assert str(found.error) == str(at_once.error)
        assert found.reader.cut == at_once.reader.cut
        assert found.reader.bytes_left == at_once.reader.bytes_left
        assert found.reader.first_time_ns == at_once.reader.first_time_ns
        assert found.reader.last_time_ns == at_once.reader.last_time_ns


@pytest.mark.parametrize("name", CAPTURES)
def test_what_is_read_twice_is_told_once(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Of a file the end of a chunk is read again; a stream gives it once."""
    at_once = read(CAPTURES[name])
    path = tmp_path / "capture"
    path.write_bytes(CAPTURES[name])
    for size in (1, 7, 40, 64, 100, 1 << 20):
        monkeypatch.setattr(source, "CHUNK", size)
        told: list[int] = []
        with source.Source(path) as opened:
            reader = CaptureReader(opened, told.append)
            frames: list[Frame] = []
            with suppress(CaptureError):
                for batch in reader.batches():
                    frames += frames_of(batch)
            assert opened.sha256() == sha256(CAPTURES[name]).hexdigest()
            assert opened.stored_bytes == len(CAPTURES[name])
        assert frames == at_once.frames
        assert (reader.cut, reader.bytes_left) == (at_once.reader.cut, at_once.reader.bytes_left)
        assert told == sorted(told)


@pytest.mark.parametrize("name", CAPTURES)
def test_no_more_than_a_limit_is_read(
    name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    data = CAPTURES[name]
    path = tmp_path / "capture"
    path.write_bytes(data)
    for limit in (24, 25, 100, len(data) // 2, len(data) - 1, len(data), len(data) + 1):
        at_once = read(data[:limit])
        for size in (1, 7, 64, 1 << 20):
            monkeypatch.setattr(source, "CHUNK", size)
            with source.Source(path, limit=limit) as opened:
                reader = CaptureReader(opened)
                frames: list[Frame] = []
                with suppress(CaptureError):
                    for batch in reader.batches():
                        frames += frames_of(batch)
                assert opened.sha256() == sha256(data[:limit]).hexdigest()
            assert frames == at_once.frames
            assert (reader.cut, reader.bytes_left) == (
                at_once.reader.cut,
                at_once.reader.bytes_left,
            )


def test_size_of_what_can_be_read(tmp_path: Path) -> None:
    (tmp_path / "capture").write_bytes(samples.PCAP)
    assert source.size_of(tmp_path / "capture") == len(samples.PCAP)
    assert source.size_of(str(tmp_path / "capture")) == len(samples.PCAP)
    assert (source.size_of(tmp_path / "none"), source.size_of("\0")) == (0, 0)
    assert (source.size_of("-"), source.size_of(tmp_path)) == (None, None)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_damage_is_the_same_for_chunks_of_any_size(data: st.DataObject) -> None:
    capture = bytearray(data.draw(st.sampled_from([samples.PCAP, samples.PCAPNG])))
    for _ in range(data.draw(st.integers(1, 4))):
        capture[data.draw(st.integers(24, len(capture) - 1))] = data.draw(st.integers(0, 255))
    at_once = read(bytes(capture))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(source, "CHUNK", data.draw(st.integers(1, 200)))
        found = read(bytes(capture))
    assert found.frames == at_once.frames
    assert str(found.error) == str(at_once.error)
    assert found.reader.cut == at_once.reader.cut
