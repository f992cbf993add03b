"""A capture's bytes: from a file, a pipe or standard input, decompressed, in bounded chunks.

The SHA-256 is that of the stored bytes, so that ``sha256sum`` agrees;
a second thread computes it while the chunks are read.
"""

from __future__ import annotations

import hashlib
import os
import queue
import stat
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

from upnpscapy.capture.inflate import compression_of, inflate
from upnpscapy.closing import Closing
from upnpscapy.errors import CaptureError

__all__ = ["CHUNK", "Source", "SourceLike", "is_stream", "size_of", "source_name"]

CHUNK = 1 << 20
"""Bytes read at once; small enough for the processor's cache, large enough to forget the call."""

_MAGIC_BYTES = 6

_pread: Callable[[int, int, int], bytes] | None = getattr(os, "pread", None)
"""One call where a seek and a read are two, after each of which others may run; not everywhere."""

SourceLike = str | Path | IO[bytes]


class Source(Closing):
    """The bytes of one capture, once from start to end.

    ``source`` is a path, ``"-"`` for standard input, or an open binary file.
    ``name`` is what it is called in results, ``source_name`` of it if not given.
    ``spool`` gets a copy of the stored bytes of what cannot be opened a second time.
    What is not to be ``hashed`` has no SHA-256.
    Of a file that may grow no more than ``limit`` bytes are read, unless that is 0: so whoever
    reads it again, or beside this one, has the same.
    Raises ``CaptureError`` if the file cannot be opened.
    """

    def __init__(
        self,
        source: SourceLike,
        *,
        name: str | None = None,
        spool: IO[bytes] | None = None,
        hashed: bool = True,
        limit: int | None = None,
    ) -> None:
        self.name = source_name(source) if name is None else name
        self._owned = False
        if isinstance(source, str | Path) and not is_stream(source):
            try:
                self._file: IO[bytes] = Path(source).open("rb", buffering=0)  # noqa: SIM115
            except (OSError, ValueError) as error:  # ValueError: a NUL in the name
                reason = getattr(error, "strerror", None) or str(error)
                raise CaptureError(reason, self.name) from error
            self._owned = True
        else:
            self._file = sys.stdin.buffer if isinstance(source, str | Path) else source
        self._spool = spool
        self._limit = limit or None
        self._hash = _ThreadedHash() if hashed else None
        self.stored_bytes = 0
        """Bytes of the file read so far, before decompression."""
        self.compression: str | None = None
        """``gzip``, ``zstd``, ``xz`` or None; known once chunks are read."""
        self.cut = False
        """Whether a compressed stream ended before its end."""
        self._failed = False
        self._offset = 0 if self._owned and _pread is not None and self._file.seekable() else None
        """Where the next chunk begins, of a file that can be read anywhere."""
        self._again = 0
        """Bytes that were taken back, and are not to be counted twice."""

    def chunks(self) -> Iterator[bytes]:
        """The capture's bytes, decompressed, as they arrive.

        Raises ``CaptureError`` where a compressed stream is damaged.
        """
        magic = b""
        while len(magic) < _MAGIC_BYTES:
            more = self._read_stored()
            if not more:
                break
            magic += more
        self.compression = compression_of(magic)
        stored = self._stored(magic)
        if self.compression is None:
            yield from stored
            return
        try:
            yield from inflate(stored, self.compression, CHUNK)
        except EOFError:
            self.cut = True
        except ValueError as error:
            raise CaptureError(f"damaged {self.compression} data: {error}", self.name) from error

    def take_back(self, size: int) -> bool:
        """Let so many bytes at the end of the last chunk come again; False if that cannot be.

        It can where a file is read as it is. To read them again costs less than to put them in
        front of the next chunk, which copies all of that.
        """
        if self.compression is not None or self._offset is None or not size < CHUNK:
            return False
        self._offset -= size
        self._again = size
        return True

    def sha256(self) -> str:
        """SHA-256 in hexadecimal of all that may be read; reads what has not been read yet.

        Empty if the file cannot be read to its end, or is not to be hashed.
        """
        if self._hash is None:
            return ""
        with suppress(CaptureError):
            while not self._failed and self._read_stored():
                pass
        return "" if self._failed else self._hash.hexdigest()

    def growth(self) -> str | None:
        """That the file has become longer than the limit, in words; None if it has not."""
        if self._limit is None or os.fstat(self._file.fileno()).st_size <= self._limit:
            return None
        return f"the file grew while it was read: all this is of its first {self._limit} bytes"

    def close(self) -> None:
        """End the hashing thread and close the file if it was opened here."""
        if self._hash is not None:
            self._hash.stop()
        if self._owned:
            self._file.close()

    def _stored(self, first: bytes) -> Iterator[bytes]:
        if first:
            yield first
        while chunk := self._read_stored():
            yield chunk

    def _read_stored(self) -> bytes:
        try:
            chunk = self._read()
        except OSError as error:
            self._failed = True
            raise CaptureError(error.strerror or str(error), self.name) from error
        if chunk:
            fresh = memoryview(chunk)[self._again :] if self._again else chunk
            self._again = 0
            self.stored_bytes += len(fresh)
            if self._hash is not None:
                self._hash.update(fresh)
            if self._spool is not None:
                self._spool.write(fresh)
        return chunk

    def _read(self) -> bytes:
        at = self.stored_bytes if self._offset is None else self._offset
        size = CHUNK if self._limit is None else min(CHUNK, self._limit - at)
        if self._offset is not None and _pread is not None:
            chunk = _pread(self._file.fileno(), size, self._offset)
            self._offset += len(chunk)
            return chunk
        # read1 returns what a pipe holds instead of waiting for a full chunk.
        read: Callable[[int], bytes | None] = getattr(self._file, "read1", self._file.read)
        return read(size) or b""


def source_name(source: SourceLike) -> str:
    """The name a source is called by in results: as given; ``-`` for an unnamed stream."""
    if isinstance(source, str | Path):
        return str(source)
    name = getattr(source, "name", "-")
    return name if isinstance(name, str) else "-"


def is_stream(source: SourceLike) -> bool:
    """Whether it can be read only once: standard input, or an open file."""
    return not isinstance(source, str | Path) or str(source) == "-"


def size_of(source: SourceLike) -> int | None:
    """Bytes of a file as it is now, 0 if there is none; None for what is no regular file."""
    if not isinstance(source, str | Path) or is_stream(source):
        return None
    try:
        status = Path(source).stat()
    except (OSError, ValueError):  # ValueError: a NUL in the name
        return 0
    return status.st_size if stat.S_ISREG(status.st_mode) else None


class _ThreadedHash:
    """SHA-256 in a thread of its own: hashlib lets other threads run meanwhile."""

    _WAITING = 8

    def __init__(self) -> None:
        self._chunks: queue.Queue[bytes | memoryview | None] = queue.Queue(self._WAITING)
        self._hash = hashlib.sha256()
        self._thread: threading.Thread | None = None

    def update(self, chunk: bytes | memoryview) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="sha256", daemon=True)
            self._thread.start()
        self._chunks.put(chunk)

    def hexdigest(self) -> str:
        self.stop()
        return self._hash.hexdigest()

    def stop(self) -> None:
        if self._thread is not None:
            self._chunks.put(None)
            self._thread.join()
            self._thread = None

    def _run(self) -> None:
        while (chunk := self._chunks.get()) is not None:
            self._hash.update(chunk)
