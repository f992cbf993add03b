"""IP fragments put together again, within bounds.

The first byte to arrive at a place stays; a later one that overlaps is not looked at.
Whole datagrams come out when their last missing piece is in, in whatever order.
"""

from __future__ import annotations

from collections import OrderedDict

from upnpscapy.capture.ip import Packet

__all__ = ["Reassembler"]

TIMEOUT_NS = 30 * 1_000_000_000
"""Linux waits as long (``ipfrag_time``)."""

MAX_WAITING = 4096
"""Incomplete datagrams at a time."""

MAX_BYTES = 16 << 20
"""Bytes of all incomplete datagrams together."""

MAX_PIECES = 1024
"""Fragments of one datagram; 64 KiB in pieces of 68 bytes, the smallest IPv4 link."""

MAX_DATAGRAM = 65_535

_Key = tuple[bytes, bytes, int, int, tuple[int, ...]]


class _Waiting:
    __slots__ = ("pieces", "since_ns", "size", "total")

    def __init__(self, since_ns: int) -> None:
        self.pieces: dict[int, bytes] = {}
        self.size = 0
        self.total: int | None = None
        self.since_ns = since_ns


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
        if fragment.offset not in waiting.pieces and len(waiting.pieces) < MAX_PIECES:
            waiting.pieces[fragment.offset] = payload
            waiting.size += len(payload)
            self._bytes += len(payload)
        if not fragment.more and waiting.total is None:
            waiting.total = end
        if waiting.total is not None and waiting.size >= waiting.total:
            whole = _join(waiting)
            if whole is not None:
                self._forget(key)
                return whole
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
        self._bytes -= self._waiting.pop(key).size


def _join(waiting: _Waiting) -> bytes | None:
    """The pieces in order, None while a gap is left."""
    total = waiting.total or 0
    whole = bytearray()
    for offset, piece in sorted(waiting.pieces.items()):
        if offset > len(whole):
            return None
        whole += piece[len(whole) - offset :]
        if len(whole) >= total:
            return bytes(whole[:total])
    return None
