"""Connections that were tried, whatever they carry: SYNs, repetitions left out, and answers."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from typing import NamedTuple

from upnpscapy.capture.segments import ACK, Syn

__all__ = ["NOTHING_TRIED", "AttemptReader", "Sender", "Tried"]

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


class Tried(NamedTuple):
    """What was tried in a capture, as columns: an attempt has the same place in all of them.

    There can be many, which go from one process to another faster that way.
    """

    frames: Sequence[int]
    """Of the SYNs, ascending."""
    times_ns: Sequence[int | None]
    ends: Sequence[bytes]
    """As in the packet: addresses of source and destination, then their ports."""
    answers: Sequence[int]
    """The frame of the SYN with ACK that answered it, 0 if none did."""
    left_out: int
    """Attempts beyond those kept."""


NOTHING_TRIED = Tried((), (), (), (), 0)


class AttemptReader:
    """Segments with SYN to attempts, within bounds."""

    def __init__(self) -> None:
        self.syns: list[Syn] = []
        """Those that wait to be looked at, in order; whoever finds them adds them here."""
        self._left_out = 0
        self._frames = array("Q")
        self._times_ns: list[int | None] = []
        self._ends: list[bytes] = []
        self._answers = array("Q")
        self._latest: dict[bytes, int] = {}
        """Ends → the place of the last attempt."""
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
        return Tried(self._frames, self._times_ns, self._ends, self._answers, self._left_out)

    def _look(self) -> None:
        """Find out which of what waits are attempts, and which were answered."""
        senders, latest, answers = self._senders, self._latest, self._answers
        for frame, time_ns, ends, flags, link in self.syns:
            half = len(ends) // 2 - 2
            sender = ends[:half], link
            if sender not in senders and len(senders) < MAX_SENDERS:
                senders.add(sender)
                self._new.append(sender)
            if flags & ACK:
                place = latest.get(ends[half:-4] + ends[:half] + ends[-2:] + ends[-4:-2])
                if place is not None and not answers[place]:
                    answers[place] = frame
            elif ends not in latest or not self._is_again(latest[ends], time_ns):
                self._keep(frame, time_ns, ends)
        self.syns.clear()

    def _is_again(self, place: int, time_ns: int | None) -> bool:
        """Whether a SYN of the same ends as an attempt is a repetition of it."""
        if self._answers[place]:
            return False
        before_ns = self._times_ns[place]
        return before_ns is None or time_ns is None or abs(time_ns - before_ns) <= AGAIN_NS

    def _keep(self, frame: int, time_ns: int | None, ends: bytes) -> None:
        """Keep an attempt if there is room."""
        pair = ends[:-4]
        port = ends[len(pair) // 2 : -4] + ends[-2:]
        of_pair, to_port = self._of_pair.get(pair, 0), self._to_port.get(port, 0)
        place = len(self._ends)
        if place >= MAX_ATTEMPTS or of_pair >= MAX_OF_A_PAIR or to_port >= MAX_TO_A_PORT:
            self._left_out += 1
            return
        self._frames.append(frame)
        self._times_ns.append(time_ns)
        self._ends.append(ends)
        self._answers.append(0)
        self._latest[ends] = place
        self._of_pair[pair], self._to_port[port] = of_pair + 1, to_port + 1
