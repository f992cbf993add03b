"""Discovery by ordinary sockets: no root is needed, and other programs are not disturbed."""

from __future__ import annotations

import selectors
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from typing import NamedTuple

from upnpscapy.capture.datagrams import Datagram
from upnpscapy.errors import NetworkError
from upnpscapy.live.interfaces import Interface, packed
from upnpscapy.live.receive_buffer import Drops
from upnpscapy.live.recorder import Recorder
from upnpscapy.live.routes import Route
from upnpscapy.live.sockets import Arrived, listening_socket, receive, sending_socket
from upnpscapy.live.transport import GROUP_TTL, Channel, Passage, Plan, outgoing, reason

__all__ = ["SocketTransport"]

BURST = 64
"""Datagrams taken from one socket before the others have their turn."""

_GONE_SECONDS = 0.05
"""What a round waits after a socket failed, so that one that always fails costs little."""


class _End(NamedTuple):
    """What a socket is for."""

    interface: Interface
    destination: bytes
    """Where datagrams that come to it were sent to, if the system does not tell."""
    dport: int
    is_group: bool


class SocketTransport:
    """The transport that ``search`` and ``listen`` take if they are given none."""

    def open(self, plan: Plan, recorder: Recorder | None = None) -> Channel:
        """Open the sockets of a plan.

        Raises ``NetworkError`` if none can be opened; of a part the channel's ``problems`` tell.
        """
        return _SocketChannel(plan, recorder)


class _SocketChannel(Channel):
    def __init__(self, plan: Plan, recorder: Recorder | None) -> None:
        super().__init__(plan, recorder)
        self._selector = selectors.DefaultSelector()
        self._drops = Drops()
        self._senders: dict[tuple[str, str], socket.socket] = {}
        self._ports: dict[socket.socket, int] = {}
        try:
            for route in plan.routes:
                self._open_sender(route)
            for interface, group in plan.listen:
                self._open_listener(interface, group)
        except BaseException:
            self.close()
            raise
        if not self._selector.get_map():
            self.close()
            told = "; ".join(self.problems) or "no interface has an address to use"
            raise NetworkError(told)

    def _open_sender(self, route: Route) -> None:
        # One socket for all that leave from an address: the answers come back to it.
        way = route.interface.name, route.source
        if way in self._senders:
            return
        port = self.plan.source_port
        try:
            sock = sending_socket(route, port, self.plan.ttl, GROUP_TTL)
        except OSError as error:
            where = f"{route.source} port {port}" if port else route.source
            self.note(f"cannot send by {route.interface.name} from {where}: {reason(error)}")
            return
        self._senders[way] = sock
        self._ports[sock] = sock.getsockname()[1]
        self._register(sock, _End(route.interface, packed(route.source), self._ports[sock], False))

    def _open_listener(self, interface: Interface, group: str) -> None:
        try:
            sock = listening_socket(interface, group, self.plan.listen_port)
        except OSError as error:
            self.note(f"cannot listen to {group} on {interface.name}: {reason(error)}")
            return
        self._register(sock, _End(interface, packed(group), sock.getsockname()[1], True))

    def _register(self, sock: socket.socket, end: _End) -> None:
        self._selector.register(sock, selectors.EVENT_READ, end)
        self._drops.add(sock)

    @property
    def lost(self) -> int:
        return self._drops.count()

    def _send(self, route: Route, payload: bytes) -> Passage:
        sock = self._senders.get((route.interface.name, route.source))
        if sock is None:
            raise NetworkError("it is not open")
        place: tuple[str, int] | tuple[str, int, int, int] = (route.destination, route.port)
        if route.is_ipv6:
            place = (route.destination, route.port, 0, route.scope_id)
        datagram = outgoing(route, self._ports[sock], _ttl(sock, route), payload)
        sock.sendto(payload, place)
        return Passage(route.interface.name, datagram)

    def _receive(self, timeout_seconds: float) -> Iterator[Passage]:
        deadline = time.monotonic() + timeout_seconds
        found: list[Passage] = []
        while not found:
            left = max(0.0, deadline - time.monotonic())
            for key, _ in self._selector.select(left):
                assert isinstance(key.fileobj, socket.socket)
                found += self._take(key.fileobj, key.data)
            if left == 0:
                break
        found.sort(key=lambda passage: passage.datagram.time_ns or 0)
        yield from found

    def _take(self, sock: socket.socket, end: _End) -> Iterator[Passage]:
        for _ in range(BURST):
            try:
                arrived = receive(sock)
            except OSError as error:
                self.note(f"{end.interface.name}: {reason(error)}")
                time.sleep(_GONE_SECONDS)
                return
            if arrived is None:
                return
            index = end.interface.index
            if end.is_group and index and arrived.interface_index not in (None, index):
                continue  # another interface's socket has it
            yield Passage(end.interface.name, _datagram(arrived, end))

    def extend(self, listen: Iterable[tuple[Interface, str]]) -> None:
        for interface, group in listen:
            self._open_listener(interface, group)

    def close(self) -> None:
        self._drops.count()
        for key in list((self._selector.get_map() or {}).values()):
            assert isinstance(key.fileobj, socket.socket)
            key.fileobj.close()
        self._selector.close()


def _datagram(arrived: Arrived, end: _End) -> Datagram:
    destination = arrived.destination or end.destination
    return Datagram(
        0,
        arrived.time_ns,
        arrived.source,
        arrived.sport,
        destination,
        end.dport,
        None,
        (),
        arrived.ttl,
        arrived.payload,
        arrived.truncated,
    )


def _ttl(sock: socket.socket, route: Route) -> int:
    """The TTL that a message by this route gets."""
    if route.is_ipv6:
        options = socket.IPV6_MULTICAST_HOPS, socket.IPV6_UNICAST_HOPS
        level = socket.IPPROTO_IPV6
    else:
        options = socket.IP_MULTICAST_TTL, socket.IP_TTL
        level = socket.IPPROTO_IP
    with suppress(OSError):
        return sock.getsockopt(level, options[0 if route.is_multicast else 1])
    return 0
