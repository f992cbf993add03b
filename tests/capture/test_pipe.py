"""A capture that arrives bit by bit: the same frames, each as soon as it is there."""

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from io import BytesIO, RawIOBase
from pathlib import Path
from typing import IO, cast

import pytest

import upnpscapy
from tests.capture import samples
from tests.capture.compressed import COMPRESS
from tests.capture.packets import ethernet, udp
from tests.capture.pcap_writer import pcap
from tests.capture.pcapng_writer import LITTLE
from tests.capture.reading import read
from upnpscapy.forensics.run import Input, Run

PATIENCE = 20
"""Seconds after which a pipe is closed, so that a reader that wants more than it needs ends."""

FRAMES = [ethernet(udp(sport=50_000 + number)) for number in range(4)]
PCAPNG_PARTS = [LITTLE.section() + LITTLE.interface() + LITTLE.enhanced(FRAMES[0])]
PCAPNG_PARTS += map(LITTLE.enhanced, FRAMES[1:])
PCAP_PARTS = [pcap(FRAMES[:1]), *[pcap([frame])[24:] for frame in FRAMES[1:]]]


class Trickle(RawIOBase):
    """A file that gives so many bytes at a time, however many are asked for."""

    def __init__(self, data: bytes, size: int) -> None:
        self._file, self._size = BytesIO(data), size

    def read(self, size: int = -1) -> bytes:
        return self._file.read(self._size)

    read1 = read


@pytest.mark.parametrize("size", [1, 2, 3, 5, 8, 13, 16, 31, 64])
@pytest.mark.parametrize("form", ["plain", *COMPRESS])
@pytest.mark.parametrize("capture", [samples.PCAP, samples.PCAPNG], ids=["pcap", "pcapng"])
def test_pieces_of_any_size_give_the_same_frames(capture: bytes, form: str, size: int) -> None:
    stored = COMPRESS[form](capture) if form in COMPRESS else capture
    found = read(cast(IO[bytes], Trickle(stored, size)))
    at_once = read(capture)
    assert found.frames == at_once.frames
    assert (found.error, found.reader.cut) == (None, None)
    assert found.reader.link_types == at_once.reader.link_types


def test_long_frame_in_small_pieces_takes_linear_time() -> None:
    """Pieces are put together once a frame is complete, not over and over."""
    frame = bytes(8 << 20)
    capture = pcap([frame], snaplen=len(frame))
    found = read(cast(IO[bytes], Trickle(capture, 512)))
    assert found.numbered == {1: frame}


def test_index_of_a_slow_pipe_stays_sparse() -> None:
    capture = pcap([b"x" * 84] * 2000)
    assert len(read(cast(IO[bytes], Trickle(capture, 100))).reader.marks) == 1


@pytest.fixture
def pipe() -> Iterator[tuple[IO[bytes], IO[bytes]]]:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as source, os.fdopen(writing, "wb", buffering=0) as sink:
        alarm = threading.Timer(PATIENCE, sink.close)
        alarm.start()
        yield source, sink
        alarm.cancel()


@pytest.mark.parametrize("parts", [PCAP_PARTS, PCAPNG_PARTS], ids=["pcap", "pcapng"])
def test_row_comes_out_before_the_next_frame_comes_in(
    parts: list[bytes], pipe: tuple[IO[bytes], IO[bytes]]
) -> None:
    source, sink = pipe
    messages = Run([Input("-", source)]).messages()
    for number, part in enumerate(parts, 1):
        sink.write(part)
        assert next(messages).frame == number
        assert not sink.closed
    sink.close()
    assert next(messages, None) is None


def test_compressed_row_comes_out_before_the_pipe_is_closed(
    pipe: tuple[IO[bytes], IO[bytes]],
) -> None:
    source, sink = pipe
    messages = Run([Input("-", source)]).messages()
    for number, part in enumerate(PCAP_PARTS, 1):
        sink.write(COMPRESS["gzip"](part))
        assert next(messages).frame == number
        assert not sink.closed


def test_command_prints_a_row_before_its_input_ends() -> None:
    script = "import sys; from upnpscapy.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", script, "messages", "-", "-T", "jsonl"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        alarm = threading.Timer(PATIENCE, process.kill)
        alarm.start()
        process.stdin.write(PCAP_PARTS[0])
        process.stdin.flush()
        row = process.stdout.readline()
        assert process.poll() is None
        assert b'"frame": 1' in row
        process.stdin.write(PCAP_PARTS[1])
        process.stdin.close()
        assert b'"frame": 2' in process.stdout.read()
        alarm.cancel()


def test_frames_of_a_stream_are_found_again() -> None:
    case = upnpscapy.analyze(BytesIO(samples.PCAPNG))
    for number, data in zip(samples.PCAPNG_NUMBERS, samples.PCAPNG_FRAMES, strict=True):
        if data:
            assert bytes(case.packet(number)) == data


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes here")
def test_named_pipe(tmp_path: Path) -> None:
    path = tmp_path / "fifo"
    os.mkfifo(path)
    writer = threading.Thread(target=path.write_bytes, args=(samples.PCAP,))
    writer.start()
    with path.open("rb", buffering=0) as file:
        assert [frame.data for frame in read(file).frames] == samples.PCAP_FRAMES
    writer.join()
