"""A TCP connection that has not said anything yet.

Most connections of a capture are not HTTP, or were never accepted: until the first byte
only what the handshake fixed is kept of them.
"""

from __future__ import annotations

from upnpscapy.capture.ordering import MASK
from upnpscapy.capture.segments import ACK, FIN, RST, SYN

__all__ = ["Opening", "Silent"]

MAX_SILENT = 8
"""Segments of a handshake; more is no ordinary one."""

Silent = tuple[int, int, int | None, int, int, int]
"""A segment without payload: side, frame, time, sequence and acknowledgement number, flags."""


class Opening:
    """Keeps a handshake as long as it is a plain one."""

    __slots__ = ("keys", "last_ns", "next", "segments", "syn")

    def __init__(self, keys: tuple[bytes, bytes]) -> None:
        self.keys = keys
        self.last_ns = 0
        self.segments: list[Silent] = []
        self.syn = [False, False]
        """Whether the side's SYN was seen."""
        self.next: list[int | None] = [None, None]
        """The number of each side's first byte, as far as it is known."""

    def keep(
        self, side: int, frame: int, time_ns: int | None, seq: int, ack: int, flags: int
    ) -> bool:
        """Keep a segment without payload; False if it is more than a plain handshake has."""
        following = self.next
        if flags & (FIN | RST) or len(self.segments) >= MAX_SILENT:
            return False
        if flags & ACK and ack != following[1 - side]:
            if following[1 - side] is not None:
                return False
            following[1 - side] = ack
        if flags & SYN:
            seq_after = (seq + 1) & MASK
            if self.syn[side] or following[side] not in (None, seq_after):
                return False
            self.syn[side] = True
            following[side] = seq_after
        elif seq != following[side]:
            return False
        self.segments.append((side, frame, time_ns, seq, ack, flags))
        self.last_ns = time_ns or self.last_ns
        return True

    @property
    def complete(self) -> bool:
        """Whether it is a handshake from its start, in order, and nothing else."""
        if self.syn != [True, True] or len(self.segments) < 2:
            return False
        (one, *_, first), (other, *_, second) = self.segments[:2]
        return (one, other) == (0, 1) and first & (SYN | ACK) == SYN and bool(second & SYN)

    def begins(self, side: int, seq: int, ack: int, flags: int) -> bool:
        """Whether a payload is the first that is said, and nothing before it can be missing."""
        return (
            self.syn == [True, True]
            and self.next == ([seq, ack] if side == 0 else [ack, seq])
            and flags & (ACK | SYN | FIN | RST) == ACK
        )
