"""``listen_events()``: events that devices send to all, without a subscription (UDA 2.0, 4.3.3)."""

from __future__ import annotations

import threading
import time
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

from upnpscapy.capture.datagrams import address_text
from upnpscapy.capture.http_message import HttpMessage
from upnpscapy.errors import NetworkError, UpnpError
from upnpscapy.live.device import LiveDevice
from upnpscapy.live.interfaces import choose
from upnpscapy.live.live_event import LiveEvent
from upnpscapy.live.recorder import Recorder, recording
from upnpscapy.live.service import LiveService
from upnpscapy.live.socket_transport import SocketTransport
from upnpscapy.live.transport import Channel, Plan, Seen
from upnpscapy.protocol.gena import (
    MULTICAST_IPV4,
    MULTICAST_IPV6,
    MULTICAST_PORT,
    Event,
    parse_gena,
)
from upnpscapy.protocol.httpu import parse
from upnpscapy.tree import Shown, Tree, card

__all__ = ["EventsRun", "listen_events"]

TICK_SECONDS = 0.25
"""How often is looked at whether to stop."""


def listen_events(
    *devices: LiveDevice,
    timeout: float | None = None,
    interfaces: str | Iterable[str] | None = None,
    ipv4: bool = True,
    ipv6: bool = True,
    record: str | Path | Recorder | None = None,
) -> EventsRun:
    """Listen to multicast events; iterate to get each ``LiveEvent`` as it comes.

    Joins 239.255.255.246 and ff02::130 on port 7900 of every interface that does multicast, or of
    those named. Anyone can send there: an event says who its device is, and nothing proves it.
    Those of ``devices`` are typed. The other arguments are those of ``listen()``.

    Raises ``NetworkError`` for an interface that is not there; so does the first step of
    iterating if nothing can be heard.
    """
    places = []
    for interface in choose(interfaces):
        if ipv4 and interface.ipv4:
            places.append((interface, MULTICAST_IPV4))
        if ipv6 and interface.ipv6:
            places.append((interface, MULTICAST_IPV6))
    if not places:
        raise NetworkError("no interface to listen on has an address of the chosen IP version")
    services = {
        (service.device.udn, service.service.service_id): service
        for device in devices
        for service in device.services
    }
    return EventsRun(
        Plan(listen=tuple(places), listen_port=MULTICAST_PORT), services, timeout, record
    )


class EventsRun(Shown, Iterator[LiveEvent]):
    """A listener: iterating opens it and gives what is heard; a context manager."""

    def __init__(
        self,
        plan: Plan,
        services: dict[tuple[str | None, str | None], LiveService],
        timeout: float | None,
        record: str | Path | Recorder | None,
    ) -> None:
        self.problems: list[str] = []
        """What could not be listened to, in words."""
        self.refused = 0
        """Datagrams that are no multicast events."""
        self._plan = plan
        self._services = services
        self._timeout = timeout
        self._record = record
        self._channel: Channel | None = None
        self._stopped = threading.Event()
        self._events = self._run()

    @property
    def lost(self) -> int:
        """Datagrams that came faster than they were taken, as far as the system tells."""
        return 0 if self._channel is None else self._channel.lost

    def tree(self) -> Tree:
        """Where it listens, and what it could not listen to; nothing is taken."""
        places = [f"{group} by {interface.name}" for interface, group in self._plan.listen]
        fields = (
            *(("at", place) for place in places),
            ("lost", self.lost or None),
            *(("problem", problem) for problem in self.problems),
        )
        return card("listener for multicast events", "iterate to hear", fields)

    def _summary(self) -> str:
        return f"EventsRun at {len(self._plan.listen)} places"

    def __next__(self) -> LiveEvent:
        return next(self._events)

    def stop(self) -> None:
        """Let it end within a moment; from any thread."""
        self._stopped.set()

    def close(self) -> None:
        """End it; a second call does nothing."""
        self.stop()
        self._events.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _run(self) -> Generator[LiveEvent, None, None]:
        with (
            recording(self._record) as recorder,
            SocketTransport().open(self._plan, recorder) as channel,
        ):
            self.problems = channel.problems
            self._channel = channel
            end = None if self._timeout is None else time.monotonic() + self._timeout
            while not self._stopped.is_set():
                left = TICK_SECONDS if end is None else min(TICK_SECONDS, end - time.monotonic())
                if left <= 0:
                    return
                for seen in channel.receive(left):
                    event = self._read(seen)
                    if event is None:
                        self.refused += 1
                    else:
                        yield event

    def _read(self, seen: Seen) -> LiveEvent | None:
        datagram = seen.datagram
        message = parse(datagram.payload)
        event = parse_gena(message)
        if not isinstance(event, Event) or event.kind != "multicast":
            return None
        defects = [one.name for one in message.defects if one.name != "body"]
        service = self._services.get((event.udn, event.service_id))
        scpd = None
        if service is not None:
            try:
                scpd = service.scpd
            except UpnpError as error:
                told = f"{service.short_id}: values are not typed: {error}"
                if told not in self.problems:
                    self.problems.append(told)
        return LiveEvent(
            event,
            HttpMessage(message, datagram.time_ns, None, 0, None, defects=defects),
            (seen.capture, datagram.frame, datagram.time_ns or time.time_ns()),
            (address_text(datagram.source), address_text(datagram.destination)),
            "",
            service,
            scpd,
        )
