"""TCP connections that were tried in a capture, whatever they carry: effects of what was asked."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from socket import AF_INET, AF_INET6, inet_pton
from struct import Struct

from upnpscapy.capture.attempts import NOTHING_TRIED, Tried
from upnpscapy.capture.datagrams import address_text
from upnpscapy.forensics.place import FILE_STRIDE, Place

__all__ = ["Attempt", "Connections"]

_ports = Struct(">HH").unpack_from
_port_of: Callable[[bytes], bytes] = itemgetter(slice(-2, None))


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
    """Attempts in frame order; there are many, and few are asked for."""

    def __init__(self, tried: Tried = NOTHING_TRIED, names: tuple[str, ...] = ("",)) -> None:
        """``names`` are those of the files that the attempts are in."""
        self.left_out = tried.left_out
        """Attempts beyond those kept."""
        self._tried = tried
        self._places = [Place(name, ordinal, names) for ordinal, name in enumerate(names)]
        self._read: dict[int, Attempt] = {}
        """By its place; those that someone asked for."""

    def __len__(self) -> int:
        return len(self._tried.ends)

    def to(
        self,
        address: str,
        port: int | None = None,
        *,
        source: str | None = None,
        after_ns: int | None = None,
    ) -> list[Attempt]:
        """Attempts to reach an address, in frame order: to a port, by someone, after a time."""
        if port is None:
            tried = self._attempts(self._by_destination, _packed(address))
        else:
            tried = self._attempts(self._by_end, _packed(address) + _packed_port(port))
        return [
            attempt
            for attempt in tried
            if (source is None or attempt.source == source) and _is_after(attempt, after_ns)
        ]

    def by(self, address: str, *, after_ns: int | None = None) -> list[Attempt]:
        """Attempts that an address made, in frame order."""
        made = self._attempts(self._by_source, _packed(address))
        return [one for one in made if _is_after(one, after_ns)]

    def at_ports(self, ports: Iterable[int]) -> list[Attempt]:
        """Attempts to reach some ports, whose ever they are, in frame order."""
        wanted = frozenset(map(_packed_port, ports))
        tried = map(_port_of, self._tried.ends)
        return [self._attempt(at) for at, port in enumerate(tried) if port in wanted]

    @cached_property
    def _by_destination(self) -> dict[bytes, list[int]]:
        return self._index(lambda ends: ends[len(ends) // 2 - 2 : -4])

    @cached_property
    def _by_end(self) -> dict[bytes, list[int]]:
        return self._index(lambda ends: ends[len(ends) // 2 - 2 : -4] + ends[-2:])

    @cached_property
    def _by_source(self) -> dict[bytes, list[int]]:
        return self._index(lambda ends: ends[: len(ends) // 2 - 2])

    def _index(self, end: Callable[[bytes], bytes]) -> dict[bytes, list[int]]:
        """The places of attempts by a part of their ends."""
        found: defaultdict[bytes, list[int]] = defaultdict(list)
        for at, ends in enumerate(self._tried.ends):
            found[end(ends)].append(at)
        return found

    def _attempts(self, index: dict[bytes, list[int]], part: bytes) -> list[Attempt]:
        return [self._attempt(at) for at in index.get(part, ())]

    def _attempt(self, at: int) -> Attempt:
        attempt = self._read.get(at)
        if attempt is None:
            attempt = self._read[at] = self._attempt_of(at)
        return attempt

    def _attempt_of(self, at: int) -> Attempt:
        frames, times_ns, every, answers, _ = self._tried
        frame, ends = frames[at], every[at]
        half = len(ends) // 2 - 2
        source, destination = address_text(ends[:half]), address_text(ends[half:-4])
        sport, dport = _ports(ends, 2 * half)
        place = self._places[frame // FILE_STRIDE]
        known = frame, times_ns[at], place, answers[at] or None
        return Attempt(source, sport, destination, dport, *known)


def _packed(address: str) -> bytes:
    """As it is in a packet; of what is no address, nothing that is in any."""
    try:
        return inet_pton(AF_INET6 if ":" in address else AF_INET, address)
    except (OSError, ValueError):
        return b""


def _packed_port(port: int) -> bytes:
    """As it is in a packet; of what is no port, nothing that is in any."""
    return port.to_bytes(2) if 0 <= port <= 0xFFFF else b""


def _is_after(attempt: Attempt, after_ns: int | None) -> bool:
    return after_ns is None or (attempt.time_ns is not None and attempt.time_ns >= after_ns)
