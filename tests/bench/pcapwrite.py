"""Classic pcap output: microseconds, little endian, Ethernet."""

import hashlib
import struct
from pathlib import Path
from types import TracebackType
from typing import Self

HEADER = struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 262144, 1)
RECORD_BYTES = 16
BLOCK = 4 << 20
"""Bytes collected before they are written; bounds the memory of a generator run."""

_RECORD = struct.Struct("<IIII")


class PcapWriter:
    """Writes frames in large blocks and knows the size and SHA-256 of what was written."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._parts: list[bytes] = [HEADER]
        self._waiting = len(HEADER)
        self._digest = hashlib.sha256()
        self.size = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._flush()
        self._file.close()

    @property
    def sha256(self) -> str:
        """The digest of the blocks written so far; of the whole file once it is closed."""
        return self._digest.hexdigest()

    def write(self, time_us: int, frame: bytes) -> None:
        """Add one frame, captured whole."""
        length = len(frame)
        self._parts += (_RECORD.pack(*divmod(time_us, 1_000_000), length, length), frame)
        self._waiting += RECORD_BYTES + length
        if self._waiting >= BLOCK:
            self._flush()

    def _flush(self) -> None:
        block = b"".join(self._parts)
        self._file.write(block)
        self._digest.update(block)
        self.size += len(block)
        self._parts.clear()
        self._waiting = 0
