"""TCP connections that were tried in a capture, whatever they carry: effects of what was asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import attrgetter
from struct import Struct

from upnpscapy.capture.datagrams import address_text
from upnpscapy.capture.handshakes import Syn
from upnpscapy.capture.segments import ACK
from upnpscapy.forensics.place import Place

__all__ = ["Attempt", "Connections"]

MAX_ATTEMPTS = 65_536
MAX_TO_A_PORT = 256
"""Attempts kept to one port of one address, and
one source's to one port a tenth of that: a flood of SYNs must not push out the others."""

MAX_OF_A_PAIR = 2048
"""Attempts kept from one address to another: a scan of all ports must not either."""

MAX_WAITING = 4096
"""Segments kept as they are: many at a time are gone through faster."""

AGAIN_NS = 60_000_000_000
"""An unanswered SYN of the same ends within this is a repetition."""

_in_order = attrgetter("frame")
_ports = Struct(">HH").unpack_from


@dataclass(eq=False, slots=True)
class Attempt:
    """One SYN, repetitions left out, and whether it was answered."""

    source: str
    sport: int
    destination: str
    dport: int
    frame: int
    """Of the SYN, numbered as inside."""
    time_ns: int | None
    place: Place
    answered_frame: int | None = None
    """Of the SYN with ACK that answered it."""

    @property
    def answered(self) -> bool:
        """Whether the destination accepted."""
        return self.answered_frame is not None

    @property
    def frames(self) -> tuple[int, ...]:
        """The frames of SYN and answer, as far as they were seen."""
        return (self.frame,) if self.answered_frame is None else (self.frame, self.answered_frame)


class _Try:
    """An ``Attempt`` as it is kept until someone asks: there are many, and few are asked for."""

    __slots__ = ("answered_frame", "ends", "frame", "place", "time_ns")

    def __init__(self, frame: int, time_ns: int | None, ends: bytes, place: Place) -> None:
        self.frame = frame
        self.time_ns = time_ns
        self.ends = ends
        self.place = place
        self.answered_frame: int | None = None

    def is_again(self, time_ns: int | None) -> bool:
        """Whether a SYN of the same ends at a time is a repetition."""
        if self.answered_frame is not None:
            return False
        if self.time_ns is None or time_ns is None:
            return True
        return abs(time_ns - self.time_ns) <= AGAIN_NS

    def attempt(self) -> Attempt:
        """The same, to be read."""
        ends, half = self.ends, len(self.ends) // 2 - 2
        sport, dport = _ports(ends, 2 * half)
        source, destination = address_text(ends[:half]), address_text(ends[half:-4])
        known = self.frame, self.time_ns, self.place, self.answered_frame
        return Attempt(source, sport, destination, dport, *known)


class Connections:
    """Attempts in frame order, bounded."""

    def __init__(self) -> None:
        self._left_out = 0
        self._waiting: list[tuple[Place, Sequence[Syn]]] = []
        self._waits = 0
        """Segments that nobody asked for yet."""
        self._latest: dict[bytes, _Try] = {}
        self._syns: list[_Try] = []
        self._to_port: dict[bytes, int] = {}
        self._of_pair: dict[bytes, int] = {}
        self._to: dict[str, list[Attempt]] | None = None
        self._by: dict[str, list[Attempt]] = {}

    def __len__(self) -> int:
        self._sort()
        return len(self._syns)

    @property
    def left_out(self) -> int:
        """Attempts beyond those kept."""
        self._sort()
        return self._left_out

    def saw(self, syns: Sequence[Syn], place: Place) -> None:
        """Take segments with SYN, in order, of one file."""
        if syns:
            self._waiting.append((place, syns))
            self._waits += len(syns)
        if self._waits > MAX_WAITING:
            self._sort()

    def _sort(self) -> None:
        """Find out which of what waits are attempts, and which were answered."""
        for place, syns in self._waiting:
            for frame, time_ns, ends, flags, _ in syns:
                if not flags & ACK:
                    self._attempt(frame, time_ns, ends, place)
                    continue
                half = len(ends) // 2 - 2
                tried = self._latest.get(ends[half:-4] + ends[:half] + ends[-2:] + ends[-4:-2])
                if tried is not None and tried.answered_frame is None:
                    tried.answered_frame = frame
        if self._waiting:
            self._waiting.clear()
            self._waits = 0
            self._to = None

    def _attempt(self, frame: int, time_ns: int | None, ends: bytes, place: Place) -> None:
        latest = self._latest.get(ends)
        if latest is not None and latest.is_again(time_ns):
            return
        pair = ends[:-4]
        port = ends[len(pair) // 2 : -4] + ends[-2:]
        of_pair, to_port = self._of_pair.get(pair, 0), self._to_port.get(port, 0)
        if len(self._syns) >= MAX_ATTEMPTS or of_pair >= MAX_OF_A_PAIR or to_port >= MAX_TO_A_PORT:
            self._left_out += 1
            return
        syn = self._latest[ends] = _Try(frame, time_ns, ends, place)
        self._syns.append(syn)
        self._of_pair[pair], self._to_port[port] = of_pair + 1, to_port + 1

    def to(
        self,
        address: str,
        port: int | None = None,
        *,
        source: str | None = None,
        after_ns: int | None = None,
    ) -> list[Attempt]:
        """Attempts to reach an address, in frame order: to a port, by someone, after a time."""
        self._index()
        assert self._to is not None
        return [
            attempt
            for attempt in self._to.get(address, ())
            if (port is None or attempt.dport == port)
            and (source is None or attempt.source == source)
            and _is_after(attempt, after_ns)
        ]

    def by(self, address: str, *, after_ns: int | None = None) -> list[Attempt]:
        """Attempts that an address made, in frame order."""
        self._index()
        return [one for one in self._by.get(address, ()) if _is_after(one, after_ns)]

    def _index(self) -> None:
        """Lists by address, made when they are asked for."""
        self._sort()
        if self._to is not None:
            return
        self._to, self._by = {}, {}
        for attempt in sorted(map(_Try.attempt, self._syns), key=_in_order):
            self._to.setdefault(attempt.destination, []).append(attempt)
            self._by.setdefault(attempt.source, []).append(attempt)


def _is_after(attempt: Attempt, after_ns: int | None) -> bool:
    return after_ns is None or (attempt.time_ns is not None and attempt.time_ns >= after_ns)
