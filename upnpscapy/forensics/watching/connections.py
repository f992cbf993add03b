"""TCP connections that were tried in a capture, whatever they carry: effects of what was asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from socket import AF_INET, AF_INET6, inet_pton
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
_source, _destination = attrgetter("source"), attrgetter("destination")
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

    __slots__ = ("_attempt", "answered_frame", "ends", "frame", "place", "time_ns")

    def __init__(self, frame: int, time_ns: int | None, ends: bytes, place: Place) -> None:
        self.frame = frame
        self.time_ns = time_ns
        self.ends = ends
        self.place = place
        self.answered_frame: int | None = None
        self._attempt: Attempt | None = None

    def is_again(self, time_ns: int | None) -> bool:
        """Whether a SYN of the same ends at a time is a repetition."""
        if self.answered_frame is not None:
            return False
        if self.time_ns is None or time_ns is None:
            return True
        return abs(time_ns - self.time_ns) <= AGAIN_NS

    @property
    def source(self) -> bytes:
        """The address that tries."""
        return self.ends[: len(self.ends) // 2 - 2]

    @property
    def destination(self) -> bytes:
        """The address that is tried."""
        return self.ends[len(self.ends) // 2 - 2 : -4]

    @property
    def port(self) -> int:
        """The port that is tried."""
        return int.from_bytes(self.ends[-2:])

    def attempt(self) -> Attempt:
        """The same, to be read."""
        if self._attempt is None:
            sport, dport = _ports(self.ends, len(self.ends) - 4)
            source, destination = address_text(self.source), address_text(self.destination)
            known = self.frame, self.time_ns, self.place, self.answered_frame
            self._attempt = Attempt(source, sport, destination, dport, *known)
        return self._attempt


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
        self._to: _ByAddress | None = None
        self._by: _ByAddress | None = None

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
            self._to = self._by = None

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
        self._sort()
        if self._to is None:
            self._to = _ByAddress(self._syns, _destination)
        return [
            attempt
            for attempt in self._to.attempts(address)
            if (port is None or attempt.dport == port)
            and (source is None or attempt.source == source)
            and _is_after(attempt, after_ns)
        ]

    def by(self, address: str, *, after_ns: int | None = None) -> list[Attempt]:
        """Attempts that an address made, in frame order."""
        self._sort()
        if self._by is None:
            self._by = _ByAddress(self._syns, _source)
        return [one for one in self._by.attempts(address) if _is_after(one, after_ns)]

    def at_ports(self, ports: Container[int]) -> list[Attempt]:
        """Attempts to reach some ports, whose ever they are, in frame order."""
        self._sort()
        found = [tried for tried in self._syns if tried.port in ports]
        return [tried.attempt() for tried in sorted(found, key=_in_order)]


class _ByAddress:
    """Tries by one of their ends, in frame order."""

    def __init__(self, tries: Iterable[_Try], end: Callable[[_Try], bytes]) -> None:
        self._tries: defaultdict[bytes, list[_Try]] = defaultdict(list)
        for tried in sorted(tries, key=_in_order):
            self._tries[end(tried)].append(tried)

    def attempts(self, address: str) -> list[Attempt]:
        """Those of an address; none of what is no address."""
        try:
            packed = inet_pton(AF_INET6 if ":" in address else AF_INET, address)
        except (OSError, ValueError):
            return []
        return [tried.attempt() for tried in self._tries.get(packed, ())]


def _is_after(attempt: Attempt, after_ns: int | None) -> bool:
    return after_ns is None or (attempt.time_ns is not None and attempt.time_ns >= after_ns)
