"""The pcap format: microseconds and nanoseconds, both byte orders (draft-ietf-opsawg-pcap)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from struct import Struct

from upnpscapy.capture.batch import Batch
from upnpscapy.capture.link import ETHERNET, PLAIN_IPV4
from upnpscapy.capture.passing import HEAD, HEAD_SIZE, SYN, TCP, Passing

__all__ = ["MAGICS", "PcapWalker"]

MAGICS = {
    b"\xd4\xc3\xb2\xa1": ("<", 1000),
    b"\xa1\xb2\xc3\xd4": (">", 1000),
    b"\x4d\x3c\xb2\xa1": ("<", 1),
    b"\xa1\xb2\x3c\x4d": (">", 1),
}
"""First four bytes → byte order, nanoseconds in a timestamp's fraction unit."""

HEADER = 24
RECORD = 16

MAX_FRAME = 1 << 18
"""Bytes; Wireshark takes a longer record for damage, unless the file announces a larger snaplen."""

MAX_SNAPLEN = 1 << 27


class PcapWalker:
    """Cuts the bytes of a pcap file into frames; keeps no bytes itself."""

    format = "pcap"
    head = RECORD
    """Bytes of a record before its frame."""

    def __init__(self, header: bytes) -> None:
        order, unit = MAGICS[header[:4]]
        snaplen, network = Struct(f"{order}II").unpack_from(header, 16)
        self.format = "pcap" if unit == 1000 else "pcap-ns"
        self.link_type: int = network & 0xFFFF
        self._max_frame = max(MAX_FRAME, min(snaplen, MAX_SNAPLEN))
        self._length = Struct(f"{order}I").unpack_from
        self._head = Struct(f"{order}I4x{HEAD}").unpack_from
        """Captured length, and what follows it of a plain frame."""
        self._describe = _describer(order, unit)
        self.frames = 0
        self.used = 0
        """Bytes of the last walked buffer that are done with; the rest is an incomplete record."""
        self.wanted = RECORD
        """Bytes that the incomplete record has at least."""
        self.damage: str | None = None

    def state(self) -> None:
        """Nothing that a later part of the file depends on."""
        return

    def walk(self, data: bytes, at: int = 0, passing: Passing | None = None) -> Iterator[Batch]:
        """The complete frames in ``data`` from the record that begins at ``at``.

        The batch tells what is kept of them, if some are to be passed over.
        """
        self.wanted = RECORD
        starts: list[int] = []
        kept: list[int] | None = None
        if passing is not None and self.link_type == ETHERNET:
            kept = []
            at = self._walk_ethernet(data, at, passing, starts, kept)
        passed = len(starts)
        append = starts.append
        length = self._length
        limit = len(data) - RECORD
        max_frame = self._max_frame
        end = len(data)
        while at <= limit:
            (captured,) = length(data, at + 8)
            following = at + RECORD + captured
            if following > end or captured > max_frame:
                self.wanted = RECORD + captured
                if captured > max_frame:
                    self.damage = f"a frame of {captured} bytes at byte {{offset}}"
                break
            append(at + RECORD)
            at = following
        first = self.frames + 1
        self.frames += len(starts)
        self.used = at
        if kept is not None:
            kept += range(passed, len(starts))
        if starts:
            yield Batch(data, starts, first, self.link_type, self._describe, kept)

    def _walk_ethernet(
        self, data: bytes, at: int, passing: Passing, starts: list[int], kept: list[int]
    ) -> int:
        """Walk on as long as the next record and a plain frame's head in it must be in ``data``.

        Returns where the record begins that comes next.
        """
        head, max_frame = self._head, self._max_frame
        passing.begin()
        foreign, reopened, beyond = passing.foreign, passing.reopened, passing.beyond
        tcp = passing.tcp
        append, keep = starts.append, kept.append
        last = len(data) - RECORD - HEAD_SIZE
        while at <= last:
            captured, kind, protocol, key, flags = head(data, at + 8)
            if captured > max_frame:
                break
            start = at + RECORD
            if protocol == TCP and kind == PLAIN_IPV4:
                if not tcp:
                    pass
                elif flags & SYN:
                    passing.reopen(key)
                    keep(len(starts))
                elif key not in foreign or (reopened and key in reopened):
                    keep(len(starts))
            elif not beyond(data, start, kind, protocol, key):
                keep(len(starts))
            append(start)
            at = start + captured
        if at > len(data):  # the last record is not all there
            at = starts.pop() - RECORD
            if kept and kept[-1] == len(starts):
                kept.pop()
        return at


def _describer(order: str, unit: int) -> Callable[[bytes, int], tuple[int, int, int]]:
    record = Struct(f"{order}IIII").unpack_from

    def describe(data: bytes, start: int) -> tuple[int, int, int]:
        seconds, fraction, captured, original = record(data, start - RECORD)
        return seconds * 1_000_000_000 + fraction * unit, captured, original

    return describe
