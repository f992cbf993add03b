"""The pcap format, written: what the tests of the reader are made of.

Written from draft-ietf-opsawg-pcap, apart from the reader, so that one fault is not in both.
"""

from collections.abc import Iterable
from struct import pack

__all__ = ["ETHERNET", "pcap", "record"]

ETHERNET = 1

MICROSECONDS, NANOSECONDS = 0xA1B2C3D4, 0xA1B23C4D
"""A file's first word: which fraction of a second its times have."""

Shot = bytes | tuple[int, bytes]
"""A frame, with its time in nanoseconds if that matters."""


def pcap(
    shots: Iterable[Shot] = (),
    *,
    link_type: int = ETHERNET,
    order: str = "<",
    nanoseconds: bool = False,
    snaplen: int = 262_144,
) -> bytes:
    """A pcap file with these frames."""
    magic = NANOSECONDS if nanoseconds else MICROSECONDS
    header = pack(f"{order}IHHiIII", magic, 2, 4, 0, 0, snaplen, link_type)
    parts = [header]
    for shot in shots:
        time_ns, frame = (0, shot) if isinstance(shot, bytes) else shot
        parts.append(record(frame, time_ns, order=order, nanoseconds=nanoseconds))
    return b"".join(parts)


def record(
    frame: bytes,
    time_ns: int = 0,
    *,
    order: str = "<",
    nanoseconds: bool = False,
    original: int | None = None,
) -> bytes:
    """One frame's record."""
    seconds, rest = divmod(time_ns, 1_000_000_000)
    fraction = rest if nanoseconds else rest // 1000
    size = len(frame) if original is None else original
    return pack(f"{order}IIII", seconds, fraction, len(frame), size) + frame
