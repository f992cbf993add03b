"""``listen()``: what devices and control points say to all, as they say it (UDA 2.0, 1.2)."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from upnpscapy.capture.discovery import DiscoveryReader
from upnpscapy.capture.sighting import Sighting
from upnpscapy.errors import NetworkError
from upnpscapy.live.channel_run import ChannelRun
from upnpscapy.live.interfaces import Interface, choose
from upnpscapy.live.question import Question
from upnpscapy.live.recorder import Recorder, recording
from upnpscapy.live.routes import BROADCAST, Route, group_routes
from upnpscapy.live.socket_transport import SocketTransport
from upnpscapy.live.transport import Channel, Plan, Seen, Transport
from upnpscapy.protocol.ssdp import MULTICAST_IPV4, MULTICAST_IPV6
from upnpscapy.tree import Tree

__all__ = ["ListenRun", "listen"]

TICK_SECONDS = 0.25
"""How often is looked at whether to stop."""

RESCAN_SECONDS = 5
"""How often is looked for interfaces that were not there, unless they were chosen."""

REPEAT_SECONDS = 0.4
"""Between a search and its repetition."""


@dataclass(frozen=True, slots=True)
class _Ask:
    """A search that a listener sends."""

    messages: tuple[tuple[Route, bytes], ...] = ()
    times: int = 0


def listen(
    *,
    timeout: float | None = None,
    interfaces: str | Iterable[str] | None = None,
    ipv4: bool = True,
    ipv6: bool = True,
    search: str | None = None,
    mx: int | None = None,
    repeat: int = 1,
    source_port: int = 0,
    ttl: int | None = None,
    record: str | Path | Recorder | None = None,
    transport: Transport | None = None,
) -> ListenRun:
    """Listen to discovery; iterate to get each ``Sighting`` as it comes, of whatever kind.

    Joins 239.255.255.250 and the IPv6 groups on port 1900 of every interface that does
    multicast, or of those named, beside other programs that do so; hears broadcast too.
    Interfaces that come later are joined by sockets, unless some were named.
    It never ends unless ``timeout`` is given, in seconds.

    ``search`` is a target, ``"ssdp:all"``: it is searched for first, so that devices need not be
    waited for until they announce themselves again; its answers come among the rest.
    The other arguments are those of ``search()``.

    Raises ``NetworkError`` for an interface that is not there; so does the first step of
    iterating if nothing can be heard.
    """
    chosen = choose(interfaces)
    places = tuple(_places(chosen, ipv4=ipv4, ipv6=ipv6))
    if not places:
        raise NetworkError("no interface to listen on has an address of the chosen IP version")
    ask = _Ask()
    if search is not None:
        question = Question(search, mx)
        routes = group_routes(chosen, ipv4=ipv4, ipv6=ipv6)
        messages = tuple((route, question.payload(route)) for route in routes)
        ask = _Ask(messages, 1 + repeat)
    ways = tuple(route for route, _ in ask.messages)
    plan = Plan(routes=ways, listen=places, source_port=source_port, ttl=ttl)
    run = ListenRun(plan, ask, timeout, transport or SocketTransport(), record)
    if interfaces is None:
        run.rescan = lambda: _places(choose(), ipv4=ipv4, ipv6=ipv6)
    return run


class ListenRun(ChannelRun[list[Sighting]], Iterator[Sighting]):
    """A listener: iterating opens it and gives what is heard; a context manager."""

    def __init__(
        self,
        plan: Plan,
        ask: _Ask,
        timeout: float | None,
        transport: Transport,
        record: str | Path | Recorder | None,
    ) -> None:
        super().__init__(plan, record)
        self.opened = threading.Event()
        """Set when it hears: whoever waits for that in another thread."""
        self.rescan: Callable[[], Iterable[tuple[Interface, str]]] | None = None
        """Gives the places to listen at by now, if these may change."""
        self._known = {(interface.name, interface.index, group) for interface, group in plan.listen}
        self._ask = ask
        self._timeout = timeout
        self._transport = transport
        self._discovery = DiscoveryReader()
        self._sightings = (sighting for sightings in self._steps for sighting in sightings)

    def tree(self) -> Tree:
        """Where it listens, and what it could not listen to; nothing is taken."""
        return self._card("listener for messages", "iterate to hear")

    def _summary(self) -> str:
        return f"ListenRun at {len(self._plan.listen)} places"

    def __next__(self) -> Sighting:
        return next(self._sightings)

    def close(self) -> None:
        """End it; a second call does nothing."""
        self.stop()
        self._sightings.close()
        super().close()

    def batches(self) -> Iterator[list[Sighting]]:
        """What is heard together; an empty list now and then, when nothing is."""
        return self._steps

    def _run(self) -> Generator[list[Sighting], None, None]:
        with (
            recording(self._record) as recorder,
            self._transport.open(self._plan, recorder) as channel,
        ):
            self._note(channel)
            start = time.monotonic()
            end = None if self._timeout is None else start + self._timeout
            due = deque(start + number * REPEAT_SECONDS for number in range(self._ask.times))
            scanned = start
            self.opened.set()
            while not self._stopped.is_set():
                now = time.monotonic()
                if self.rescan is not None and now - scanned >= RESCAN_SECONDS:
                    scanned = now
                    channel.extend(self._new_places(self.rescan()))
                if end is not None and now >= end:
                    return
                wait_until = now + TICK_SECONDS if end is None else min(end, now + TICK_SECONDS)
                found: list[Sighting] = []
                if due and due[0] <= now:
                    due.popleft()
                    found += self._send(channel)
                if due:
                    wait_until = min(wait_until, due[0])
                if not found:
                    for seen in channel.receive(max(0.0, wait_until - now)):
                        found += self._read(seen)
                yield found

    def _new_places(
        self, places: Iterable[tuple[Interface, str]]
    ) -> Iterator[tuple[Interface, str]]:
        for interface, group in places:
            key = interface.name, interface.index, group
            if key not in self._known:
                self._known.add(key)
                yield interface, group

    def _send(self, channel: Channel) -> Iterator[Sighting]:
        for route, payload in self._ask.messages:
            seen = channel.send(route, payload)
            if seen is not None:
                yield from self._read(seen)

    def _read(self, seen: Seen) -> list[Sighting]:
        """The datagram as a row of ``messages``, if it is one: as captures are read."""
        discovery = self._discovery
        discovery.begin(seen.capture)
        discovery.take(*seen.datagram)
        discovery.pass_time(seen.datagram.time_ns)
        found, discovery.found = discovery.found, []
        return found


def _places(
    chosen: Iterable[Interface], *, ipv4: bool, ipv6: bool
) -> Iterator[tuple[Interface, str]]:
    """Where to listen to which group."""
    for interface in chosen:
        if ipv4 and interface.ipv4:
            yield interface, MULTICAST_IPV4
            yield interface, BROADCAST
        if ipv6 and interface.ipv6:
            yield from ((interface, group) for group in MULTICAST_IPV6)
