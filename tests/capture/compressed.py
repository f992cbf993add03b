"""Compressed forms of a capture's bytes, by the programs' names."""

import gzip
import lzma
from collections.abc import Callable

import zstandard

__all__ = ["COMPRESS", "SKIPPABLE"]


def _zstd(data: bytes) -> bytes:
    found: bytes = zstandard.ZstdCompressor(write_checksum=True).compress(data)
    return found


COMPRESS: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "zstd": _zstd,
    "xz": lambda data: lzma.compress(data, preset=0),
}

SKIPPABLE = b"\x50\x2a\x4d\x18\x04\0\0\0abcd"
"""A zstd frame that holds nothing (RFC 8878, 3.1.2)."""
