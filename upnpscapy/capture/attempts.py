"""Connections that were tried, whatever they carry: SYNs, repetitions left out, and answers."""

from __future__ import annotations

from typing import NamedTuple

from upnpscapy.capture.handshakes import Syn
from upnpscapy.capture.segments import ACK

__all__ = ["NOTHING_TRIED", "AttemptReader", "Sender", "Tried", "Try"]

MAX_ATTEMPTS = 65_536
MAX_TO_A_PORT = 256
"""Attempts kept, in all and to one port of one address: no flood of SYNs pushes out the others."""

MAX_OF_A_PAIR = 2048
"""Attempts kept from one address to another: a scan of all ports must not either."""

MAX_WAITING = 2048
"""Segments kept as they are: many at a time are gone through faster."""

MAX_SENDERS = 8192
"""Senders that are told; nobody keeps more pairs of an address and a link address."""

AGAIN_NS = 60_000_000_000
"""An unanswered SYN of the same ends within this is a repetition."""

Sender = tuple[bytes, bytes | None]
"""An address, and the link address that sent for it."""

Try = tuple[int, int | None, bytes, int | None]
"""Frame and time of a SYN, its ends, and the frame of the SYN with ACK that answered it.

The ends are as in the packet: addresses of source and destination, then their ports.
"""


class Tried(NamedTuple):
    """What was tried in a capture."""

    tries: list[Try]
    """In the order of their frames."""
    left_out: int
    """Attempts beyond those kept."""


NOTHING_TRIED = Tried([], 0)


class AttemptReader:
    """Segments with SYN to attempts, within bounds."""

    def __init__(self) -> None:
        self.syns: list[Syn] = []
        """Those that wait to be looked at, in order; whoever finds them adds them here."""
        self._left_out = 0
        self._latest: dict[bytes, _Attempt] = {}
        self._attempts: list[_Attempt] = []
        self._to_port: dict[bytes, int] = {}
        self._of_pair: dict[bytes, int] = {}
        self._senders: set[Sender] = set()
        self._new: list[Sender] = []

    def senders(self) -> list[Sender]:
        """Who sent such segments, each once: those found since the last time."""
        if len(self.syns) >= MAX_WAITING:
            self._look()
        found, self._new = self._new, []
        return found

    def finish(self) -> None:
        """Look at what still waits."""
        self._look()

    @property
    def tried(self) -> Tried:
        """What was tried, of the segments that were looked at."""
        return Tried([attempt.shown() for attempt in self._attempts], self._left_out)

    def _look(self) -> None:
        """Find out which of what waits are attempts, and which were answered."""
        senders, latest = self._senders, self._latest
        for frame, time_ns, ends, flags, link in self.syns:
            half = len(ends) // 2 - 2
            sender = ends[:half], link
            if sender not in senders and len(senders) < MAX_SENDERS:
                senders.add(sender)
                self._new.append(sender)
            if not flags & ACK:
                self._try(frame, time_ns, ends)
                continue
            tried = latest.get(ends[half:-4] + ends[:half] + ends[-2:] + ends[-4:-2])
            if tried is not None and tried.answered_frame is None:
                tried.answered_frame = frame
        self.syns.clear()

    def _try(self, frame: int, time_ns: int | None, ends: bytes) -> None:
        latest = self._latest.get(ends)
        if latest is not None and latest.is_again(time_ns):
            return
        pair = ends[:-4]
        port = ends[len(pair) // 2 : -4] + ends[-2:]
        of_pair, to_port = self._of_pair.get(pair, 0), self._to_port.get(port, 0)
        kept = len(self._attempts)
        if kept >= MAX_ATTEMPTS or of_pair >= MAX_OF_A_PAIR or to_port >= MAX_TO_A_PORT:
            self._left_out += 1
            return
        attempt = self._latest[ends] = _Attempt(frame, time_ns, ends)
        self._attempts.append(attempt)
        self._of_pair[pair], self._to_port[port] = of_pair + 1, to_port + 1


class _Attempt:
    """A ``Try`` that may yet be answered."""

    __slots__ = ("answered_frame", "ends", "frame", "time_ns")

    def __init__(self, frame: int, time_ns: int | None, ends: bytes) -> None:
        self.frame = frame
        self.time_ns = time_ns
        self.ends = ends
        self.answered_frame: int | None = None

    def is_again(self, time_ns: int | None) -> bool:
        """Whether a SYN of the same ends at a time is a repetition."""
        if self.answered_frame is not None:
            return False
        if self.time_ns is None or time_ns is None:
            return True
        return abs(time_ns - self.time_ns) <= AGAIN_NS

    def shown(self) -> Try:
        """The same, to be read."""
        return self.frame, self.time_ns, self.ends, self.answered_frame
