"""IP fragments put together again, within bounds.

The first byte to arrive at a place stays; a later one that overlaps is not looked at.
Whole datagrams come out when their last missing piece is in, in whatever order.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict

from upnpscapy.capture.ip import Packet

__all__ = ["Reassembler"]

TIMEOUT_NS = 30 * 1_000_000_000
"""Linux waits as long (``ipfrag_time``)."""

MAX_WAITING = 4096
"""Incomplete datagrams at a time."""

MAX_BYTES = 16 << 20
"""Bytes that all incomplete datagrams together may take."""

PIECE = 128
"""Bytes a piece takes in memory besides those it has from the wire."""

MAX_PIECES = 2048
"""Pieces of one datagram; 64 KiB make 1,366 on the smallest IPv4 link, of 68 bytes."""

MAX_DATAGRAM = 65_535

_Key = tuple[bytes, bytes, int, int, tuple[int, ...]]


class _Waiting:
    """Pieces of one datagram that do not overlap, in order."""

    __slots__ = ("offsets", "pieces", "since_ns", "size", "taken", "total")

    def __init__(self, since_ns: int) -> None:
        self.offsets: list[int] = []
        self.pieces: list[bytes] = []
        self.size = 0
        self.taken = 0
        """Bytes that the pieces take in memory."""
        self.total: int | None = None
        self.since_ns = since_ns

    def add(self, offset: int, payload: bytes) -> None:
        """Keep of the payload what nothing kept already covers."""
        end = offset + len(payload)
        if self.total is not None:
            end = min(end, self.total)
        at = offset
        place = bisect_right(self.offsets, at)
        if place:
            at = max(at, self.offsets[place - 1] + len(self.pieces[place - 1]))
        while at < end and len(self.pieces) < MAX_PIECES:
            following = self.offsets[place] if place < len(self.offsets) else end
            if at < following:
                piece = payload[at - offset : min(following, end) - offset]
                self.offsets.insert(place, at)
                self.pieces.insert(place, piece)
                self.size += len(piece)
                self.taken += len(piece) + PIECE
                place += 1
            if place == len(self.offsets):
                return
            at = self.offsets[place] + len(self.pieces[place])
            place += 1

    def end_at(self, total: int) -> None:
        """Take note of the whole's length, and leave off what lies behind it."""
        self.total = total
        while self.offsets and self.offsets[-1] + len(self.pieces[-1]) > total:
            offset, piece = self.offsets.pop(), self.pieces.pop()
            self.size -= len(piece)
            self.taken -= len(piece) + PIECE
            if offset < total:
                self.add(offset, piece)


class Reassembler:
    """Takes fragments one by one and gives the whole when it is complete."""

    def __init__(self) -> None:
        self._waiting: OrderedDict[_Key, _Waiting] = OrderedDict()
        self._bytes = 0
        self.dropped = 0
        """Datagrams given up because too many were waiting, or too much."""
        self.incomplete = 0
        """Datagrams whose missing pieces did not come in time."""

    def add(
        self, packet: Packet, payload: bytes, time_ns: int | None, vlans: tuple[int, ...] = ()
    ) -> bytes | None:
        """The whole payload if this fragment completes it.

        ``packet.fragment`` is set; ``payload`` are the fragment's bytes.
        Without a time nothing times out.
        """
        fragment = packet.fragment
        assert fragment is not None
        end = fragment.offset + len(payload)
        if packet.truncated or end > MAX_DATAGRAM or not payload:
            return None
        now = time_ns or 0
        self._expire(now)
        key = (
            packet.source,
            packet.destination,
            fragment.identification,
            packet.protocol,
            vlans,
        )
        waiting = self._waiting.get(key)
        if waiting is None:
            waiting = self._waiting[key] = _Waiting(now)
        before = waiting.taken
        waiting.add(fragment.offset, payload)
        if not fragment.more and waiting.total is None:
            waiting.end_at(end)
        self._bytes += waiting.taken - before
        if waiting.size == waiting.total:
            self._forget(key)
            return b"".join(waiting.pieces)
        while len(self._waiting) > MAX_WAITING or self._bytes > MAX_BYTES:
            self.dropped += 1
            self._forget(next(iter(self._waiting)))
        return None

    def close(self) -> None:
        """Count what is still incomplete at the end of the capture."""
        self.incomplete += len(self._waiting)
        self._waiting.clear()
        self._bytes = 0

    def _expire(self, now: int) -> None:
        while self._waiting:
            key = next(iter(self._waiting))
            if now - self._waiting[key].since_ns <= TIMEOUT_NS:
                return
            self.incomplete += 1
            self._forget(key)

    def _forget(self, key: _Key) -> None:
        self._bytes -= self._waiting.pop(key).taken
