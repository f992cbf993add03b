"""Compressed captures: gzip, zstd and xz, told apart by content, in bounded steps.

A compressed file is one stream or several in a row; what they expand to belongs together.
No step gives more than a bounded output, however much a few stored bytes claim to expand to.
"""

from __future__ import annotations

import lzma
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

import zstandard

__all__ = ["compression_of", "inflate"]

_MAGICS = (
    ("gzip", re.compile(rb"\x1f\x8b")),
    # A skippable frame comes first in what pzstd writes (RFC 8878, 3.1.2).
    ("zstd", re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18")),
    ("xz", re.compile(rb"\xfd7zXZ\0")),
)

_MEMORY = 128 << 20
"""Bytes a decoder's window may take; ``xz -9`` needs 65 MiB, ``zstd --ultra -22`` 128 MiB."""

_ZSTD_STEP = 512
"""Stored bytes fed at once: a four-byte block expands to at most 128 KiB."""

_STEP_OF_MANY = 8192
"""Stored bytes fed at once where streams are short: what one leaves over is copied."""

_PADDING = re.compile(rb"\0*")
"""Allowed behind a stream (gzip manual, 5; the .xz file format, 2.2)."""


def compression_of(magic: bytes) -> str | None:
    """``gzip``, ``zstd``, ``xz``, or None for what is not compressed."""
    return next((name for name, start in _MAGICS if start.match(magic)), None)


def inflate(stored: Iterable[bytes], compression: str, limit: int) -> Iterator[bytes]:
    """Decompressed chunks of ``limit`` bytes at most, each as soon as it is there.

    Raises ``EOFError`` when the last stream ends before its end, ``ValueError`` for damage.
    """
    try:
        yield from filter(None, _inflate(stored, _DECODERS[compression], limit))
    except (zlib.error, lzma.LZMAError, zstandard.ZstdError) as error:
        raise ValueError(str(error)) from error


class _Decoder(NamedTuple):
    new: Callable[[], Any]
    feed: Callable[[Any, bytes, int], Iterable[bytes]]
    step: int = 0
    """Stored bytes fed at once, 0 for any number."""


def _inflate(stored: Iterable[bytes], decoder: _Decoder, limit: int) -> Iterator[bytes]:
    stream = decoder.new()
    for chunk in stored:
        at, step = 0, decoder.step or len(chunk)
        while at < len(chunk):
            if stream.eof:
                at = _PADDING.match(chunk, at).end()  # type: ignore[union-attr]  # matches anything
                if at == len(chunk):
                    break
                stream = decoder.new()
                step = min(step, _STEP_OF_MANY)
            data = chunk[at : at + step]
            yield from decoder.feed(stream, data, limit)
            at += len(data) - len(stream.unused_data)
    if not stream.eof:
        yield from decoder.feed(stream, b"", limit)
        raise EOFError


def _feed_gzip(stream: Any, data: bytes, limit: int) -> Iterator[bytes]:
    while True:
        yield stream.decompress(data, limit)
        data = stream.unconsumed_tail
        if stream.eof or not data:
            return


def _feed_xz(stream: Any, data: bytes, limit: int) -> Iterator[bytes]:
    yield stream.decompress(data, limit)
    while not (stream.needs_input or stream.eof):
        yield stream.decompress(b"", limit)


def _feed_zstd(stream: Any, data: bytes, limit: int) -> Iterable[bytes]:
    output = stream.decompress(data)
    if len(output) <= limit:
        return (output,)
    return [output[place : place + limit] for place in range(0, len(output), limit)]


_DECODERS = {
    "gzip": _Decoder(lambda: zlib.decompressobj(wbits=31), _feed_gzip),
    "xz": _Decoder(lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, _MEMORY), _feed_xz),
    "zstd": _Decoder(
        lambda: zstandard.ZstdDecompressor(max_window_size=_MEMORY).decompressobj(),
        _feed_zstd,
        _ZSTD_STEP,
    ),
}
