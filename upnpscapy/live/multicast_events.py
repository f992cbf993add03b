"""``listen_events()``: events that devices send to all, without a subscription (UDA 2.0, 4.3.3)."""

from __future__ import annotations

import time
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path

from upnpscapy.capture.datagrams import address_text
from upnpscapy.capture.http_message import HttpMessage
from upnpscapy.errors import NetworkError, UpnpError
from upnpscapy.live.channel_run import ChannelRun
from upnpscapy.live.device import LiveDevice
from upnpscapy.live.interfaces import choose
from upnpscapy.live.live_event import LiveEvent
from upnpscapy.live.recorder import Recorder, recording
from upnpscapy.live.service import LiveService
from upnpscapy.live.socket_transport import SocketTransport
from upnpscapy.live.transport import Plan, Seen
from upnpscapy.protocol.gena import (
    MULTICAST_IPV4,
    MULTICAST_IPV6,
    MULTICAST_PORT,
    Event,
    parse_gena,
)
from upnpscapy.protocol.httpu import parse
from upnpscapy.tree import Tree

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


class EventsRun(ChannelRun[LiveEvent], Iterator[LiveEvent]):
    """A listener: iterating opens it and gives what is heard; a context manager."""

    def __init__(
        self,
        plan: Plan,
        services: dict[tuple[str | None, str | None], LiveService],
        timeout: float | None,
        record: str | Path | Recorder | None,
    ) -> None:
        super().__init__(plan, record)
        self.refused = 0
        """Datagrams that are no multicast events."""
        self._services = services
        self._timeout = timeout

    def tree(self) -> Tree:
        """Where it listens, and what it could not listen to; nothing is taken."""
        return self._card("listener for multicast events", "iterate to hear")

    def _summary(self) -> str:
        return f"EventsRun at {len(self._plan.listen)} places"

    def __next__(self) -> LiveEvent:
        return next(self._steps)

    def _run(self) -> Generator[LiveEvent, None, None]:
        with (
            recording(self._record) as recorder,
            SocketTransport().open(self._plan, recorder) as channel,
        ):
            self._note(channel)
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
