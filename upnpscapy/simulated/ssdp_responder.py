"""Discovery of simulated devices: alive, answers to searches, byebye (UDA 2.0, 1).

Answers come from the address and the search port, whoever asks: by multicast where the system
can, and always by unicast. Port 1900 of the address is taken if nobody has it, else the search
port is one of UDA 2.0's, which SEARCHPORT tells.
"""

from __future__ import annotations

import heapq
import random
import selectors
import socket
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from email.utils import formatdate
from itertools import count

from upnpscapy.errors import MessageError, NetworkError
from upnpscapy.live.interfaces import Interface
from upnpscapy.live.sockets import listening_socket
from upnpscapy.protocol.ssdp import MULTICAST_IPV4, PORT, SsdpMessage, parse_ssdp
from upnpscapy.protocol.ssdp_build import build_alive, build_byebye, build_response
from upnpscapy.protocol.ssdp_values import PRIVATE_PORTS
from upnpscapy.simulated.announced import Announced, matching
from upnpscapy.simulated.http_server import SERVER

__all__ = ["SsdpResponder"]

MAX_AGE_SECONDS = 1800
ANNOUNCE_SECONDS = MAX_AGE_SECONDS / 2
TTL = 2
"""Of what goes to the group (UDA 2.0, 1.2.2)."""

SEARCH_PORTS = (49152, 49252)
"""Tried in turn where 1900 is taken."""

MAX_WAITING = 1024
"""Answers that wait for their time."""

MAX_SENDS_A_SECOND = 500
MAX_MX_SECONDS = 5


class SsdpResponder:
    """Announces devices until ``close``. Raises ``NetworkError`` if no port can be had."""

    def __init__(
        self,
        interface: Interface,
        address: str,
        announced: Sequence[Announced],
        *,
        search_port: int | None = None,
        multicast: bool = True,
        delay_seconds: float = 0.0,
        log: Callable[[str], object] = lambda _: None,
    ) -> None:
        self.problems: list[str] = []
        """What this system does not let it do."""
        self._announced = announced if multicast else ()
        self._known = announced
        self._delay_seconds = delay_seconds
        self._log = log
        self._waiting: list[tuple[float, int, bytes, tuple[str, int]]] = []
        self._numbers = count()
        self._boot_id = int(time.time()) & 0x7FFFFFFF
        self._socket = _bound(address, search_port)
        self.search_port: int = self._socket.getsockname()[1]
        self._group: socket.socket | None = None
        self._budget, self._budget_of = 0, 0
        if multicast:
            self._join(interface, address)
        self._stopped = threading.Event()
        self._wake_end, self._woken_end = socket.socketpair()
        self._announce()
        self._thread = threading.Thread(target=self._run, name="upnp-simulated-ssdp", daemon=True)
        self._thread.start()

    @property
    def does_multicast(self) -> bool:
        """Whether searches by multicast are heard."""
        return self._group is not None

    def close(self) -> None:
        """Say byebye and end the thread; a second call does nothing."""
        if self._stopped.is_set():
            return
        self._stopped.set()
        with suppress(OSError):
            self._wake_end.send(b"\0")
        self._thread.join()
        for one in self._announced:
            message = build_byebye(
                one.target, one.usn, boot_id=self._boot_id, config_id=one.config_id
            )
            self._send(bytes(message), (MULTICAST_IPV4, PORT))
        for sock in (self._socket, self._group, self._wake_end, self._woken_end):
            if sock is not None:
                sock.close()

    def _join(self, interface: Interface, address: str) -> None:
        try:
            own = socket.inet_aton(address)
            self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, own)
            self._socket.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, TTL)
            self._group = listening_socket(interface, MULTICAST_IPV4)
        except OSError as error:
            self.problems.append(f"searches by multicast are not heard: {error}")

    def _run(self) -> None:
        announce_at = time.monotonic() + ANNOUNCE_SECONDS
        with selectors.DefaultSelector() as selector:
            for sock in (self._socket, self._group, self._woken_end):
                if sock is not None:
                    selector.register(sock, selectors.EVENT_READ)
            while not self._stopped.is_set():
                until = min([announce_at, *(one[0] for one in self._waiting[:1])])
                for key, _ in selector.select(max(0.0, until - time.monotonic())):
                    if key.fileobj is not self._woken_end:
                        self._receive(key.fileobj, by_group=key.fileobj is self._group)
                now = time.monotonic()
                while self._waiting and self._waiting[0][0] <= now:
                    _, _, payload, place = heapq.heappop(self._waiting)
                    self._send(payload, place)
                if now >= announce_at:
                    self._announce()
                    announce_at = now + ANNOUNCE_SECONDS

    def _receive(self, sock: object, *, by_group: bool) -> None:
        assert isinstance(sock, socket.socket)
        try:
            payload, place = sock.recvfrom(65_535)
        except OSError:
            return
        message = parse_ssdp(payload)
        if message.kind == "search" and message.st and message.man == '"ssdp:discover"':
            with suppress(MessageError):  # a search for what no answer can say
                self._answer(message, place, by_group=by_group)

    def _answer(self, message: SsdpMessage, place: tuple[str, int], *, by_group: bool) -> None:
        if by_group and message.mx_seconds is None:
            return  # without MX it is to be discarded (UDA 2.0, 1.3.2)
        found = matching(self._known, message.st or "")
        self._log(f"{place[0]} M-SEARCH {message.st}: {len(found)} answers")
        most = min(self._delay_seconds, message.mx_seconds or 0, MAX_MX_SECONDS)
        for one in found:
            answer = build_response(
                one.target,
                one.usn,
                one.location,
                server=SERVER,
                max_age_seconds=MAX_AGE_SECONDS,
                date=formatdate(usegmt=True),
                boot_id=self._boot_id,
                config_id=one.config_id,
                search_port=self._told_port,
            )
            if len(self._waiting) < MAX_WAITING and self._may_send():
                due = time.monotonic() + random.uniform(0, most)
                heapq.heappush(self._waiting, (due, next(self._numbers), bytes(answer), place))

    def _may_send(self) -> bool:
        """Whether there is something left of this second's answers."""
        second = int(time.monotonic())
        if second != self._budget_of:
            self._budget, self._budget_of = MAX_SENDS_A_SECOND, second
        self._budget -= 1
        return self._budget >= 0

    @property
    def _told_port(self) -> int | None:
        return None if self.search_port == PORT else self.search_port

    def _announce(self) -> None:
        for one in self._announced:
            message = build_alive(
                one.target,
                one.usn,
                one.location,
                max_age_seconds=MAX_AGE_SECONDS,
                server=SERVER,
                boot_id=self._boot_id,
                config_id=one.config_id,
                search_port=self._told_port,
            )
            self._send(bytes(message), (MULTICAST_IPV4, PORT))

    def _send(self, payload: bytes, place: tuple[str, int]) -> None:
        try:
            self._socket.sendto(payload, place)
        except OSError as error:
            problem = f"nothing was sent to {place[0]}: {error}"
            if problem not in self.problems and len(self.problems) < 16:
                self.problems.append(problem)


def _bound(address: str, search_port: int | None) -> socket.socket:
    """A socket at the first of the ports that is free."""
    first, last = SEARCH_PORTS
    ports: tuple[int, ...] = tuple(range(first, last))
    if search_port is None:
        ports = (PORT, *ports)
    elif search_port:
        ports = (search_port,)
        if search_port != PORT and not PRIVATE_PORTS[0] <= search_port <= PRIVATE_PORTS[1]:
            raise NetworkError(f"no searches at port {search_port}, but at 1900 or from 49152 on")
    told: object = None
    for port in ports:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        try:
            sock.bind((address, port))
        except OSError as error:
            sock.close()
            told = error.strerror or error
            continue
        # Only now: others may have the port of all addresses, but nobody's is shared here.
        with suppress(OSError):
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.setblocking(False)
        return sock
    raise NetworkError(f"no port for searches at {address}: {told}")
