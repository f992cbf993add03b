"""The captures of `pcaps/` are the ones that its README lists."""

import hashlib
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

PCAPS = Path(__file__).parents[1] / "pcaps"
CAPTURES = sorted(path for path in PCAPS.iterdir() if path.suffix in (".pcap", ".pcapng"))
PRIVATE_WORDS = (b"/tmp/", b"/root/", b"/home/", b"/run/", f"/{PCAPS.parts[1]}/".encode())

PCAP_MAGICS = (0xA1B2C3D4, 0xA1B23C4D)  # micro- and nanoseconds
PCAPNG_SECTION = 0x0A0D0D0A
PCAPNG_PACKETS = (2, 3, 6)  # obsolete, simple and enhanced packet block


def listed() -> dict[str, tuple[int, str]]:
    """Frames and SHA-256 of each file in the README's table."""
    rows = {}
    for line in (PCAPS / "README.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("| `"):
            name, *_, frames, digest = (cell.strip(" `") for cell in line.strip("|").split("|"))
            rows[name] = (int(frames), digest)
    return rows


def frames(capture: bytes) -> Iterator[bytes]:
    """The captured bytes of each frame, or the whole block of a pcapng packet."""
    order = "<" if capture[:4] in {struct.pack("<I", magic) for magic in PCAP_MAGICS} else ">"
    if struct.unpack_from(order + "I", capture)[0] in PCAP_MAGICS:
        start = 24
        while start < len(capture):
            size = struct.unpack_from(order + "8xI", capture, start)[0]
            yield capture[start + 16 : start + 16 + size]
            start += 16 + size
        return
    assert struct.unpack_from("<I", capture)[0] == PCAPNG_SECTION
    order = "<" if capture[8:12] == b"\x4d\x3c\x2b\x1a" else ">"
    start = 0
    while start < len(capture):
        kind, size = struct.unpack_from(order + "II", capture, start)
        if kind in PCAPNG_PACKETS:
            yield capture[start : start + size]
        start += size


def test_table_lists_every_capture_and_no_other() -> None:
    assert sorted(listed()) == [path.name for path in CAPTURES]


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.name)
def test_table_has_digest_and_frames(path: Path) -> None:
    capture = path.read_bytes()
    digest = hashlib.sha256(capture).hexdigest()
    assert listed()[path.name] == (len(list(frames(capture))), digest)


@pytest.mark.parametrize("path", CAPTURES, ids=lambda path: path.name)
def test_capture_is_small_and_names_no_place_on_the_recording_machine(path: Path) -> None:
    capture = path.read_bytes()
    assert len(capture) < 200_000
    assert not [word for word in PRIVATE_WORDS if word in capture]
