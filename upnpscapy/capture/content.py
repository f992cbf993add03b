"""Whether a file holds a capture, told by its first bytes and not by its name.

What can be read only once, a pipe, is not lost by looking.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, NamedTuple

from upnpscapy.capture.pcap import MAGICS
from upnpscapy.capture.pcapng import SECTION_HEADER
from upnpscapy.capture.source import Source, SourceLike
from upnpscapy.errors import CaptureError

__all__ = ["Content", "open_content"]

_MAGIC = 4

_HEAD = 256 << 10
"""Bytes of a pipe to look at; a block of zstd, which gives nothing before its end, has 128 KiB."""


class Content(NamedTuple):
    """A file whose first bytes were looked at."""

    name: str
    is_capture: bool
    """Also of compressed data that cannot be decompressed: the reading will say why."""
    source: SourceLike
    """To read it from its start."""

    def read(self, most: int) -> bytes:
        """What it holds, decompressed; of more than ``most`` bytes the first ``most + 1``.

        Raises ``CaptureError`` if it cannot be read.
        """
        found = bytearray()
        with Source(self.source, name=self.name) as opened:
            for chunk in opened.chunks():
                found += chunk
                if len(found) > most:
                    break
        return bytes(found[: most + 1])


@contextmanager
def open_content(name: str) -> Iterator[Content]:
    """Look at a file, or at standard input if it is called ``-``.

    Raises ``CaptureError`` if it cannot be opened.
    """
    if name != "-" and not _is_pipe(name):
        yield Content(name, _is_capture(name, name), name)
        return
    try:
        file = sys.stdin.buffer if name == "-" else Path(name).open("rb")  # noqa: SIM115
        head = _read_head(file)
    except OSError as error:
        raise CaptureError(error.strerror or str(error), name) from error
    try:
        again = io.BufferedReader(_Again(head, file))
        yield Content(name, _is_capture(io.BytesIO(head), name), again)
    finally:
        if name != "-":
            file.close()


def _is_pipe(name: str) -> bool:
    with suppress(OSError, ValueError):
        return Path(name).is_fifo()
    return False


def _is_capture(source: SourceLike, name: str) -> bool:
    head = b""
    with Source(source, name=name) as opened:
        for chunk in opened.chunks():
            head += chunk
            if len(head) >= _MAGIC:
                break
        if len(head) < _MAGIC and opened.compression is not None:
            return True
    return any(head[:_MAGIC] == magic[:_MAGIC] for magic in (*MAGICS, SECTION_HEADER))


def _read_head(file: IO[bytes]) -> bytes:
    head = b""
    while len(head) < _HEAD and (more := _read_some(file, _HEAD - len(head))):
        head += more
    return head


def _read_some(file: IO[bytes], most: int) -> bytes:
    """What a pipe holds, without waiting for more."""
    read: Callable[[int], bytes | None] = getattr(file, "read1", file.read)
    return read(most) or b""


class _Again(io.RawIOBase):
    """A stream whose first bytes were read, from its start."""

    def __init__(self, head: bytes, file: IO[bytes]) -> None:
        self._head = head
        self._file = file

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # any buffer
        data = self._head[: len(buffer)] or _read_some(self._file, len(buffer))
        self._head = self._head[len(buffer) :]
        buffer[: len(data)] = data
        return len(data)
