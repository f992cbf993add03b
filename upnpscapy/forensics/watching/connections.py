"""TCP connections that were tried in a capture, whatever they carry: effects of what was asked."""

from __future__ import annotations

from dataclasses import dataclass
from operator import attrgetter

from upnpscapy.capture.datagrams import address_text
from upnpscapy.forensics.place import Place

__all__ = ["Attempt", "Connections"]

MAX_ATTEMPTS = 65_536
MAX_TO_A_PORT = 256
"""Attempts kept to one port of one address, and
one source's to one port a tenth of that: a flood of SYNs must not push out the others."""

MAX_OF_A_PAIR = 2048
"""Attempts kept from one address to another: a scan of all ports must not either."""

AGAIN_NS = 60_000_000_000
"""An unanswered SYN of the same ends within this is a repetition."""

_in_order = attrgetter("frame")


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


class Connections:
    """Attempts in frame order, bounded."""

    def __init__(self) -> None:
        self.left_out = 0
        """Attempts beyond those kept."""
        self._latest: dict[tuple[bytes, int, bytes, int], Attempt] = {}
        self._attempts: list[Attempt] = []
        self._to_port: dict[tuple[bytes, int], int] = {}
        self._of_pair: dict[tuple[bytes, bytes], int] = {}
        self._to: dict[str, list[Attempt]] | None = None
        self._by: dict[str, list[Attempt]] = {}

    def __len__(self) -> int:
        return len(self._attempts)

    def saw_syn(
        self,
        frame: int,
        time_ns: int | None,
        source: bytes,
        sport: int,
        destination: bytes,
        dport: int,
        place: Place,
    ) -> None:
        """Take a segment with SYN and without ACK."""
        ends = source, sport, destination, dport
        latest = self._latest.get(ends)
        if latest is not None and _is_again(latest, time_ns):
            return
        pair, port = (source, destination), (destination, dport)
        of_pair, to_port = self._of_pair.get(pair, 0), self._to_port.get(port, 0)
        if (
            len(self._attempts) >= MAX_ATTEMPTS
            or of_pair >= MAX_OF_A_PAIR
            or to_port >= MAX_TO_A_PORT
        ):
            self.left_out += 1
            return
        attempt = Attempt(
            address_text(source), sport, address_text(destination), dport, frame, time_ns, place
        )
        self._attempts.append(attempt)
        self._latest[ends] = attempt
        self._of_pair[pair], self._to_port[port] = of_pair + 1, to_port + 1
        self._to = None

    def saw_answer(
        self, frame: int, source: bytes, sport: int, destination: bytes, dport: int
    ) -> None:
        """Take a segment with SYN and ACK."""
        attempt = self._latest.get((destination, dport, source, sport))
        if attempt is not None and attempt.answered_frame is None:
            attempt.answered_frame = frame

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
        if self._to is not None:
            return
        self._to, self._by = {}, {}
        for attempt in sorted(self._attempts, key=_in_order):
            self._to.setdefault(attempt.destination, []).append(attempt)
            self._by.setdefault(attempt.source, []).append(attempt)


def _is_again(latest: Attempt, time_ns: int | None) -> bool:
    if latest.answered:
        return False
    if latest.time_ns is None or time_ns is None:
        return True
    return abs(time_ns - latest.time_ns) <= AGAIN_NS


def _is_after(attempt: Attempt, after_ns: int | None) -> bool:
    return after_ns is None or (attempt.time_ns is not None and attempt.time_ns >= after_ns)
