from hashlib import sha256
from pathlib import Path
from random import Random

import pytest
import zstandard

import upnpscapy
from tests.capture.compressed import COMPRESS, SKIPPABLE
from tests.capture.packets import ethernet, small
from tests.capture.pcap_writer import pcap
from tests.capture.pcapng_writer import LITTLE
from tests.capture.reading import read
from upnpscapy.capture import source

EACH = pytest.mark.parametrize("compression", COMPRESS)
WITH_PADDING = pytest.mark.parametrize("compression", ["gzip", "xz"])

FRAMES = [small(number) for number in range(300)]
PCAP = pcap(FRAMES)
NOISY = pcap([Random(number).randbytes(40) for number in range(100)])
PCAPNG = LITTLE.section() + LITTLE.interface() + b"".join(map(LITTLE.enhanced, FRAMES))


@EACH
@pytest.mark.parametrize(("plain", "name"), [(PCAP, "pcap"), (PCAPNG, "pcapng")], ids=["a", "b"])
def test_compressed_capture_is_read_like_a_plain_one(
    compression: str, plain: bytes, name: str
) -> None:
    found = read(COMPRESS[compression](plain))
    assert [frame.data for frame in found.frames] == FRAMES
    assert found.reader.format == f"{name}+{compression}"
    assert (found.error, found.reader.cut, found.reader.bytes_left) == (None, None, 0)


@EACH
@pytest.mark.parametrize("chunk", [1, 2, 7, 64, 1000])
def test_size_of_the_chunks_does_not_matter(
    compression: str, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(source, "CHUNK", chunk)
    found = read(COMPRESS[compression](PCAP))
    assert [frame.data for frame in found.frames] == FRAMES
    assert found.reader.cut is None


@EACH
def test_several_streams_in_a_row_are_one_capture(compression: str) -> None:
    compress = COMPRESS[compression]
    parts = [PCAP[place : place + 100] for place in range(0, len(PCAP), 100)]
    assert [frame.data for frame in read(b"".join(map(compress, parts))).frames] == FRAMES


@EACH
def test_empty_streams_between_hold_nothing(compression: str) -> None:
    compress = COMPRESS[compression]
    stored = compress(b"") + compress(PCAP[:50]) + compress(b"") * 3 + compress(PCAP[50:])
    assert [frame.data for frame in read(stored + compress(b"")).frames] == FRAMES


@EACH
def test_very_many_short_streams_are_read(compression: str) -> None:
    compress = COMPRESS[compression]
    stored = compress(PCAP) + compress(b"") * 40_000
    assert len(read(stored).frames) == len(FRAMES)


@WITH_PADDING
def test_padding_behind_a_stream_is_allowed(compression: str) -> None:
    compress = COMPRESS[compression]
    stored = compress(PCAP[:50]) + bytes(12) + compress(PCAP[50:]) + bytes(5000)
    found = read(stored)
    assert [frame.data for frame in found.frames] == FRAMES
    assert found.reader.cut is None


@pytest.mark.parametrize("place", ["before", "between", "behind"])
def test_skippable_zstd_frames_are_skipped(place: str) -> None:
    """The program pzstd writes one before each frame, the seekable format one at the end."""
    first, second = (COMPRESS["zstd"](part) for part in (PCAP[:50], PCAP[50:]))
    order = {
        "before": (SKIPPABLE, first, second),
        "between": (first, SKIPPABLE, SKIPPABLE, second),
        "behind": (first, second, SKIPPABLE),
    }
    found = read(b"".join(order[place]))
    assert [frame.data for frame in found.frames] == FRAMES
    assert found.reader.format == "pcap+zstd"


@EACH
def test_truncated_stream_is_read_to_the_cut_which_is_told(compression: str) -> None:
    stored = COMPRESS[compression](PCAP)
    for size in range(len(stored) - 1, 60, -37):
        found = read(stored[:size])
        if found.error is not None:  # not even the capture's header could be decompressed
            assert found.frames == []
            assert found.error.path == "test"
            continue
        assert [frame.data for frame in found.frames] == FRAMES[: len(found.frames)]
        assert found.reader.cut is not None
        assert f"the {compression} stream ends early" in found.reader.cut


@EACH
def test_stream_cut_before_the_header_is_an_error(compression: str) -> None:
    error = read(COMPRESS[compression](PCAP)[:12]).error
    assert error is not None
    assert error.frame is None


@EACH
def test_damaged_stream_names_the_frame(compression: str) -> None:
    stored = COMPRESS[compression](NOISY)
    seen = 0
    for place in range(30, len(stored), 101):
        changed = bytes([stored[place] ^ 0x55])
        found = read(stored[:place] + changed + stored[place + 1 :])
        assert found.error is not None or found.reader.cut is not None
        if found.error is None:
            continue
        seen += 1
        assert found.error.path == "test"
        assert found.error.frame in (None, len(found.frames) + 1)
    assert seen > 10


@EACH
def test_garbage_behind_a_stream_is_damage(compression: str) -> None:
    found = read(COMPRESS[compression](PCAP) + b"garbage and more of it")
    assert [frame.data for frame in found.frames] == FRAMES
    assert found.error is not None
    assert found.error.frame == len(FRAMES) + 1
    assert compression in found.error.reason


def test_zstd_window_above_the_bound_is_refused() -> None:
    parameters = zstandard.ZstdCompressionParameters(window_log=28)
    stream = zstandard.ZstdCompressor(compression_params=parameters).compressobj()
    error = read(stream.compress(PCAP) + stream.flush()).error
    assert error is not None
    assert "zstd" in error.reason


@EACH
def test_digest_is_that_of_the_stored_bytes(compression: str, tmp_path: Path) -> None:
    stored = COMPRESS[compression](pcap([ethernet()]))
    path = tmp_path / "a.pcap.x"
    path.write_bytes(stored)
    case = upnpscapy.analyze(path)
    (row,) = case.captures
    assert row.sha256 == sha256(stored).hexdigest()
    assert len(case.messages) == 1
