"""A transport that carries what a test tells, without a socket."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable

from upnpscapy.capture.datagrams import Datagram
from upnpscapy.live.interfaces import Interface
from upnpscapy.live.recorder import Recorder
from upnpscapy.live.routes import Route
from upnpscapy.live.transport import Channel, Passage, Plan, outgoing

__all__ = ["ETH0", "ETH1", "Carrier"]

ETH0 = Interface("eth0", 2, ("192.0.2.10",), ("fe80::10", "2001:db8::10"))
ETH1 = Interface("eth1", 3, ("198.51.100.10", "198.51.100.11"), ())

SPORT = 40000


class Carrier:
    """A ``Transport``; ``answer`` gives what comes back to a route when something is sent by it.

    An answer is a payload, or a payload and the address it comes from.
    A route for which it raises ``OSError`` does not work.
    """

    def __init__(
        self, answer: Callable[[Route, bytes], Iterable[bytes | tuple[bytes, bytes]]]
    ) -> None:
        self.answer = answer
        self.plans: list[Plan] = []
        self.sent: list[tuple[Route, bytes]] = []
        self.extended: list[tuple[Interface, str]] = []
        self.closed = 0
        self.waited_seconds = 0.0
        """For how long its channels were told to wait."""
        self.lost = 0
        """What its channels say to have lost."""

    def open(self, plan: Plan, recorder: Recorder | None = None) -> Channel:
        self.plans.append(plan)
        return _Channel(self, plan, recorder)


class _Channel(Channel):
    def __init__(self, carrier: Carrier, plan: Plan, recorder: Recorder | None) -> None:
        super().__init__(plan, recorder)
        self._carrier = carrier
        self._waiting: list[Passage] = []

    @property
    def lost(self) -> int:
        return self._carrier.lost

    def _send(self, route: Route, payload: bytes) -> Passage:
        answers = list(self._carrier.answer(route, payload))
        self._carrier.sent.append((route, payload))
        sent = outgoing(route, SPORT, 2, payload)
        for answer in answers:
            data, source = answer if isinstance(answer, tuple) else (answer, b"\xc0\x00\x02\x01")
            back = Datagram(
                0, sent.time_ns, source, 1900, sent.source, SPORT, None, (), 4, data, False
            )
            self._waiting.append(Passage(route.interface.name, back))
        return Passage(route.interface.name, sent)

    def _receive(self, timeout_seconds: float) -> Iterable[Passage]:
        waiting, self._waiting = self._waiting, []
        if not waiting:
            self._carrier.waited_seconds += timeout_seconds
            time.sleep(timeout_seconds)
        return waiting

    def extend(self, listen: Iterable[tuple[Interface, str]]) -> None:
        self._carrier.extended += listen

    def close(self) -> None:
        self._carrier.closed += 1
