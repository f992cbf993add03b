"""SSDP as several hundred hosts speak it: announcements, searches with replies, reboots.

Events wait in a heap ordered by time. An event returns the frame it puts on the wire, or None,
and may add later events. Nothing is kept of what was sent, so memory does not grow with time.
"""

import heapq
import random
from collections.abc import Callable, Iterator
from email.utils import formatdate
from functools import partial
from typing import NamedTuple

from .frames import Path
from .hosts import Advert, ControlPoint, Host, Population
from .truth import Fact, Frame

PORT = 1900
EPHEMERAL = range(32768, 49152)
UNSEARCHED = range(20000, 21000)
"""Ports no control point searches from: replies sent there belong to no search."""
LATE_SHARE, ORPHAN_SHARE = 0.01, 0.001
STRAY_SECONDS = 45.0
"""Mean time between datagrams on port 1900 that are not SSDP."""
UPDATE_SHARE = 0.35
"""Share of the reboots that are a mere change of BOOTID, told by an update."""
CLOSED_AFTER_US = 300

Event = Callable[[int], Frame | None]


class Scene(NamedTuple):
    """How large and how busy the network is; times are means in seconds."""

    devices: int
    searchers: int
    pace: float
    """Factor on each family's time between announcements."""
    search_seconds: float
    reboot_seconds: float
    heard: float
    """Share of the searchers whose replies pass the place of capture.

    Multicast passes everywhere; a switch sends a reply to its searcher alone."""
    unreachable: bool
    """Whether a late reply is answered by an ICMP port-unreachable that quotes it."""


class Discovery:
    """An endless stream of frames, in order of time, that depends on the seed alone."""

    def __init__(self, rng: random.Random, scene: Scene, start_us: int) -> None:
        self._rng = rng
        self._scene = scene
        self._population = Population(rng, scene.devices, scene.searchers)
        self._serial = 0
        self._events: list[tuple[int, int, Event]] = []
        for host in self._population.hosts:
            period = host.family.interval * scene.pace
            self._at(start_us, rng.random() * period, partial(self._announce, host))
            self._at(start_us, self._reboot_time() + period, partial(self._restart, host))
        searchers = self._population.searchers
        self._heard = frozenset(map(id, searchers[: max(1, round(len(searchers) * scene.heard))]))
        for point in searchers:
            self._at(start_us, self._search_time(), partial(self._search, point))
        self._at(start_us, STRAY_SECONDS * rng.random(), self._stray)

    def frames(self) -> Iterator[Frame]:
        """Yield the frames; the caller decides when it has enough."""
        events = self._events
        while events:
            now, _, event = heapq.heappop(events)
            frame = event(now)
            if frame is not None:
                yield frame

    def _at(self, now: int, seconds: float, event: Event) -> None:
        self._serial += 1
        heapq.heappush(self._events, (now + 1 + int(seconds * 1e6), self._serial, event))

    def _search_time(self) -> float:
        return self._rng.expovariate(1 / self._scene.search_seconds)

    def _reboot_time(self) -> float:
        return self._rng.expovariate(1 / self._scene.reboot_seconds)

    def _announce(self, host: Host, now: int) -> None:
        if host.up:
            self._burst(host, "alive", now)
        period = host.family.interval * self._scene.pace
        self._at(now, period * (0.9 + 0.2 * self._rng.random()), partial(self._announce, host))

    def _burst(self, host: Host, kind: str, now: int) -> None:
        delay = 0.0
        for path in host.multicast:
            for advert in host.adverts:
                for _ in range(host.family.copies):
                    delay += 0.0005 + 0.02 * self._rng.random()
                    self._at(now, delay, partial(self._notify, host, kind, advert, path))

    def _notify(self, host: Host, kind: str, advert: Advert, path: Path, now: int) -> Frame | None:
        if kind == "alive" and not host.up:
            return None
        v6 = path is not host.multicast[0]
        data = path.udp(PORT, PORT, host.message(kind, advert, v6))
        return Frame(now, data, Fact(kind, host.mac, advert.udn, v6=v6))

    def _restart(self, host: Host, now: int) -> None:
        """Let a host go down, saying so or not, or tell that its BOOTID changes."""
        if host.family.boots and self._rng.random() < UPDATE_SHARE:
            self._burst(host, "update", now)
            self._at(now, 2.0, partial(self._start, host, 1))
        else:
            if self._rng.random() < 0.8:
                self._burst(host, "byebye", now)
            host.up = False
            away = 10 + self._rng.randrange(60)
            self._at(now, away, partial(self._start, host, away))

    def _start(self, host: Host, away: int, now: int) -> None:
        host.up = True
        host.reboot(away)
        self._burst(host, "alive", now)
        self._at(now, self._reboot_time() + 30, partial(self._restart, host))

    def _search(self, point: ControlPoint, now: int) -> None:
        style = point.style
        port = point.port()
        targets = style.targets if style.each_target else (self._rng.choice(style.targets),)
        for copy in range(style.copies):
            for index, st in enumerate(targets):
                delay = copy * style.gap + index * 0.02
                self._at(now, delay, partial(self._ask, point, port, st))
        busy = style.copies * style.gap + style.mx
        self._at(now, busy + self._search_time(), partial(self._search, point))

    def _ask(self, point: ControlPoint, port: int, st: str, now: int) -> Frame:
        rng, style = self._rng, point.style
        alone = style.copies == 1 and not style.each_target and not style.keeps_port
        for host, advert in self._population.answers(point, st):
            if not host.up or id(point) not in self._heard:
                continue
            target, match, delay = port, "timely", 0.002 + 0.9 * style.mx * rng.random()
            chance = rng.random()
            if chance < ORPHAN_SHARE:
                target, match = rng.choice(UNSEARCHED), "orphan"
            elif alone and chance < LATE_SHARE:
                match, delay = "late", style.mx + 1.5 + 8 * rng.random()
            self._at(now, delay, partial(self._reply, host, advert, point, target, match))
        data = point.multicast.udp(port, PORT, point.message(st))
        return Frame(now, data, Fact("search", point.endpoint.mac, v6=point.v6))

    def _reply(
        self, host: Host, advert: Advert, point: ControlPoint, port: int, match: str, now: int
    ) -> Frame | None:
        if not host.up:
            return None
        rng = self._rng
        source = host.ip6 if point.v6 else host.ip4
        path = Path(source, point.endpoint, 64, rng.getrandbits(16))
        sport = rng.choice(EPHEMERAL) if host.family.ephemeral else PORT
        date = formatdate(now // 1_000_000, usegmt=True) if host.dated else ""
        data = path.udp(sport, port, host.message("response", advert, point.v6, date))
        if match == "late" and self._scene.unreachable and not point.v6:
            answer = Path(point.endpoint, source, 64, rng.getrandbits(16)).port_unreachable(data)
            self._at(now, CLOSED_AFTER_US / 1e6, partial(_send, answer))
        fact = Fact("response", host.mac, advert.udn, match, point.v6, host.dated)
        return Frame(now, data, fact)

    def _stray(self, now: int) -> Frame:
        """Send what does not belong on port 1900: a WS-Discovery probe, or plain binary."""
        rng = self._rng
        point = rng.choice(self._population.searchers)
        payload = b"\x02\x01" + rng.randbytes(30)
        if rng.random() < 0.5:
            payload = b'<?xml version="1.0"?><Probe><Types>dn:Transmitter</Types></Probe>'
        self._at(now, rng.expovariate(1 / STRAY_SECONDS), self._stray)
        data = point.multicast.udp(rng.choice(EPHEMERAL), PORT, payload)
        return Frame(now, data, Fact("other", point.endpoint.mac, v6=point.v6))


def _send(data: bytes, now: int) -> Frame:
    return Frame(now, data, None)
