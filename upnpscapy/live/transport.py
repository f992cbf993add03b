"""How datagrams go out and come in, whatever carries them.

A ``Transport`` opens a ``Channel`` for a ``Plan``; ``SocketTransport`` and ``ScapyTransport``
are the two there are.
"""

from __future__ import annotations

import time
from abc import abstractmethod
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import count
from typing import NamedTuple, Protocol

from upnpscapy.capture.datagrams import Datagram
from upnpscapy.closing import Closing
from upnpscapy.errors import NetworkError
from upnpscapy.live.interfaces import Interface, packed
from upnpscapy.live.recorder import Recorder
from upnpscapy.live.routes import Route
from upnpscapy.protocol.ssdp import PORT

__all__ = ["GROUP_TTL", "Channel", "Passage", "Plan", "Seen", "Transport", "outgoing", "reason"]

GROUP_TTL = 2
"""Hops to a group (UDA 2.0, 1.2.2 and 1.3.2)."""

_OWN_PAYLOADS = 64
"""Messages sent whose echo is known."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What a channel is to be opened for."""

    routes: tuple[Route, ...] = ()
    """The ways that messages will be sent, and answers come back."""
    listen: tuple[tuple[Interface, str], ...] = ()
    """Interfaces and the groups to join there."""
    source_port: int = 0
    """0 is one that the system chooses for each address."""
    ttl: int | None = None
    """None is 2 for groups and broadcast, and the system's for one host."""
    listen_port: int = PORT
    """Of the groups to join."""

    @property
    def interfaces(self) -> list[Interface]:
        """All interfaces that have to do with it, each once."""
        all_of = [*(route.interface for route in self.routes), *(one for one, _ in self.listen)]
        return list({interface.index or interface.name: interface for interface in all_of}.values())


class Seen(NamedTuple):
    """A datagram that was sent or received, under the name of the capture it is in."""

    capture: str
    """The recording's name, or the interface's."""
    datagram: Datagram
    """Its ``frame`` is that of the recording, or a running number from 1."""


class Passage(NamedTuple):
    """A datagram on its way in or out, without a number yet."""

    interface: str
    datagram: Datagram
    link_type: int = 0
    frame: bytes | None = None
    """The frame it was in, where there is one."""


class Transport(Protocol):
    """What carries datagrams."""

    def open(self, plan: Plan, recorder: Recorder | None = None) -> Channel:
        """A channel for a plan; raises ``NetworkError`` if nothing of the plan can be done."""
        ...


class Channel(Closing):
    """Open sockets, or their like; a context manager."""

    def __init__(self, plan: Plan, recorder: Recorder | None) -> None:
        self.plan = plan
        self.problems: list[str] = []
        """What of the plan could not be done, in words."""
        self._recorder = recorder
        self._numbers = count(1)
        self._own: deque[tuple[bytes, int, bytes]] = deque(maxlen=_OWN_PAYLOADS)

    @property
    def lost(self) -> int:
        """Datagrams that arrived faster than they were taken, as far as that is known."""
        return 0

    def send(self, route: Route, payload: bytes) -> Seen | None:
        """Send a message by one of the plan's routes; None if that failed, see ``problems``."""
        try:
            passage = self._send(route, payload)
        except (OSError, NetworkError) as error:
            self.note(f"{route}: {reason(error)}")
            return None
        datagram = passage.datagram
        self._own.append((datagram.source, datagram.sport, payload))
        return self._numbered(passage)

    def receive(self, timeout_seconds: float) -> list[Seen]:
        """What has arrived, as soon as there is something; nothing when the time is over."""
        return [
            self._numbered(passage)
            for passage in self._receive(timeout_seconds)
            if not self._is_echo(passage.datagram)
        ]

    def extend(self, listen: Iterable[tuple[Interface, str]]) -> None:
        """Listen to more groups on more interfaces, where the transport can."""
        del listen

    def note(self, problem: str) -> None:
        """Take note of a problem, once."""
        if problem not in self.problems:
            self.problems.append(problem)

    @abstractmethod
    def _send(self, route: Route, payload: bytes) -> Passage: ...

    @abstractmethod
    def _receive(self, timeout_seconds: float) -> Iterable[Passage]: ...

    def _numbered(self, passage: Passage) -> Seen:
        """A datagram with its number, written to the recording if there is one."""
        interface, datagram, link_type, frame = passage
        recorder = self._recorder
        if recorder is None:
            return Seen(interface, datagram._replace(frame=next(self._numbers)))
        if frame is None:
            number = recorder.datagram(datagram, interface)
        else:
            number = recorder.frame(frame, datagram.time_ns, link_type, interface)
        return Seen(recorder.name, datagram._replace(frame=number))

    def _is_echo(self, datagram: Datagram) -> bool:
        """Whether it is a message of our own that came back by the group it was sent to."""
        return (datagram.source, datagram.sport, datagram.payload) in self._own


def outgoing(route: Route, sport: int, ttl: int, payload: bytes) -> Datagram:
    """A datagram that is sent now by a route."""
    source, target = packed(route.source), packed(route.destination)
    now = time.time_ns()
    return Datagram(0, now, source, sport, target, route.port, None, (), ttl, payload, False)


def reason(error: Exception) -> str:
    """What an error says, without its number."""
    return getattr(error, "strerror", None) or str(error)
