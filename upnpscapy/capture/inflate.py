"""Compressed captures: gzip, zstd and xz, told apart by content, in bounded steps.

Each decoder takes stored chunks and gives decompressed ones as soon as they are there.
It raises ``EOFError`` when the stream ends before its end and ``ValueError`` when it is damaged.
No step gives more than a bounded output, however much a few stored bytes claim to expand to.
"""

from __future__ import annotations

import lzma
import zlib
from collections.abc import Callable, Iterable, Iterator

import zstandard

__all__ = ["compression_of", "inflate"]

_MAGICS = ((b"\x1f\x8b", "gzip"), (b"\x28\xb5\x2f\xfd", "zstd"), (b"\xfd7zXZ\0", "xz"))

_MEMORY = 128 << 20
"""Bytes a decoder's window may take; ``xz -9`` needs 65 MiB, ``zstd --ultra -22`` 128 MiB."""

_ZSTD_STEP = 512
"""Stored bytes fed at once: a four-byte block expands to at most 128 KiB."""


def compression_of(magic: bytes) -> str | None:
    """``gzip``, ``zstd``, ``xz``, or None for what is not compressed."""
    return next((name for start, name in _MAGICS if magic.startswith(start)), None)


def inflate(stored: Iterable[bytes], compression: str, limit: int) -> Iterator[bytes]:
    """Decompressed chunks of about ``limit`` bytes at most."""
    return _DECODERS[compression](stored, limit)


def _gunzip(stored: Iterable[bytes], limit: int) -> Iterator[bytes]:
    decoder = zlib.decompressobj(wbits=31)
    begun = False
    for chunk in stored:
        data = chunk
        while data:
            if decoder.eof:
                # Padding with NULs after the last member is allowed (gzip manual, 5).
                data = data.lstrip(b"\0")
                if not data:
                    break
                decoder = zlib.decompressobj(wbits=31)
            begun = True
            try:
                output = decoder.decompress(data, limit)
            except zlib.error as error:
                raise ValueError(str(error)) from error
            if output:
                yield output
            data = decoder.unused_data if decoder.eof else decoder.unconsumed_tail
    if begun and not decoder.eof:
        if rest := decoder.flush():
            yield rest
        raise EOFError


def _unxz(stored: Iterable[bytes], limit: int) -> Iterator[bytes]:
    decoder = lzma.LZMADecompressor(memlimit=_MEMORY)
    begun = False
    for chunk in stored:
        data = chunk
        while data or not (decoder.needs_input or decoder.eof):
            if decoder.eof:
                data = data.lstrip(b"\0")
                if not data:
                    break
                decoder = lzma.LZMADecompressor(memlimit=_MEMORY)
            begun = True
            try:
                output = decoder.decompress(data, limit)
            except lzma.LZMAError as error:
                raise ValueError(str(error)) from error
            if output:
                yield output
            data = decoder.unused_data if decoder.eof else b""
    if begun and not decoder.eof:
        raise EOFError


def _unzstd(stored: Iterable[bytes], limit: int) -> Iterator[bytes]:
    context = zstandard.ZstdDecompressor(max_window_size=_MEMORY)
    decoder = context.decompressobj()
    begun = False
    for chunk in stored:
        for start in range(0, len(chunk), _ZSTD_STEP):
            data = chunk[start : start + _ZSTD_STEP]
            while data:
                if decoder.eof:
                    decoder = context.decompressobj()
                begun = True
                try:
                    output = decoder.decompress(data)
                except zstandard.ZstdError as error:
                    raise ValueError(str(error)) from error
                for place in range(0, len(output), limit):
                    yield output[place : place + limit]
                data = decoder.unused_data if decoder.eof else b""
    if begun and not decoder.eof:
        raise EOFError


_DECODERS: dict[str, Callable[[Iterable[bytes], int], Iterator[bytes]]] = {
    "gzip": _gunzip,
    "xz": _unxz,
    "zstd": _unzstd,
}
