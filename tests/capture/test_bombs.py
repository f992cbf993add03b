"""A few stored bytes that expand to very many take bounded memory."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.capture.compressed import COMPRESS
from tests.capture.pcap_writer import pcap, record
from tests.capture.pcapng_writer import LITTLE

pytest.importorskip("resource", reason="the peak of a process's memory is known on Unix only")

MEBIBYTE = 1 << 20
BOUND = 64 * MEBIBYTE
"""Bytes at the most; zstd alone expands 512 stored bytes to 16 MiB in one step."""

SCRIPT = """
import resource, sys
import zstandard
from upnpscapy.capture.datagrams import DatagramReader
from upnpscapy.capture.reader import CaptureReader
from upnpscapy.capture.source import Source
from upnpscapy.errors import CaptureError

def peak():
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit

before = peak()
reader = None
try:
    with Source(sys.argv[1]) as source:
        reader = CaptureReader(source)
        for _ in DatagramReader().read(reader.batches()):
            pass
except CaptureError as error:
    print(error.reason)
print(reader.frames, peak() - before)
"""


def run(tmp_path: Path, stored: bytes) -> tuple[list[str], int]:
    """What is said of a capture, ending with the number of its frames; the memory it took."""
    path = tmp_path / "bomb"
    path.write_bytes(stored)
    command = [sys.executable, "-c", SCRIPT, str(path)]
    words = subprocess.run(command, capture_output=True, check=True, text=True).stdout.split()
    return words[:-1], int(words[-1])


@pytest.mark.parametrize("compression", COMPRESS)
def test_quarter_of_a_gibibyte_from_some_kilobytes(compression: str, tmp_path: Path) -> None:
    compress = COMPRESS[compression]
    body = record(bytes(MEBIBYTE // 4 - 16)) * 4 * 32
    stored = compress(pcap()) + compress(body) * 8
    assert len(body) * 8 > 500 * len(stored)
    words, taken = run(tmp_path, stored)
    assert words == [str(4 * 32 * 8)]
    assert taken < BOUND


@pytest.mark.parametrize("compression", COMPRESS)
def test_frames_without_bytes(compression: str, tmp_path: Path) -> None:
    """Nothing but zeros is a great number of frames that begin in 1970."""
    words, taken = run(tmp_path, COMPRESS[compression](pcap() + bytes(4 * MEBIBYTE)))
    assert words == [str(MEBIBYTE // 4)]
    assert taken < BOUND


def test_interfaces_without_number(tmp_path: Path) -> None:
    """A section with more of them than anyone has is damaged."""
    stored = COMPRESS["gzip"](LITTLE.section() + LITTLE.interface() * 70_000)
    words, taken = run(tmp_path, stored)
    assert "interface" in words
    assert taken < BOUND


def test_frame_longer_than_a_capture_can_hold(tmp_path: Path) -> None:
    long = bytes(8) + b"\xff\xff\xff\xff" + bytes(4)
    stored = COMPRESS["gzip"](pcap(snaplen=0xFFFF_FFFF) + long + bytes(256 * MEBIBYTE))
    words, taken = run(tmp_path, stored)
    assert "4294967295" in words
    assert taken < BOUND
