"""The HTTP server that events go to: one thread for all connections, everything bounded.

It listens on the addresses that face the devices and no others, and hands whole NOTIFYs to
whoever has their path.
"""

from __future__ import annotations

import os
import secrets
import selectors
import socket
import threading
import time
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from ipaddress import ip_address
from itertools import count

from upnpscapy.errors import NetworkError
from upnpscapy.live.callback_connection import Arrived, CallbackConnection
from upnpscapy.live.interfaces import interfaces
from upnpscapy.live.wire import RecordedConnection, Recorder
from upnpscapy.protocol.httpu import text

__all__ = ["MAX_BODY", "CallbackServer", "Receiver"]

MAX_BODY = 1 << 20
"""Bytes of one event; those of media renderers are some kilobytes."""

MAX_CONNECTIONS = 64
"""At a time, of devices that are subscribed to."""

MAX_STRANGERS = 8
"""At a time, of all others."""

TICK_SECONDS = 0.25
"""How often is looked for what takes too long."""


class Receiver(ABC):
    """Who gets what is sent to a path."""

    @abstractmethod
    def sends(self, peer: str) -> bool:
        """Whether what this address sends is taken."""

    @abstractmethod
    def receive(self, arrived: Arrived, frame: int, capture: str) -> int:
        """Take a NOTIFY; the answer is the status for it."""


class CallbackServer:
    """Opens a socket for each address that it is asked for; ``close`` ends it.

    ``port`` 0 is one that the system chooses. ``recorder`` gets every byte.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        max_body: int = MAX_BODY,
        recorder: Recorder | None = None,
        on_problem: Callable[[str], object] = lambda _: None,
    ) -> None:
        self.refused: Counter[str] = Counter()
        """Reason → what was not taken: ``path sender fields sid method too-large too-slow …``."""
        self._port = port
        self._max_body = max_body
        self._recorder = recorder
        self._on_problem = on_problem
        self._numbers = count(1)
        self._lock = threading.Lock()
        self._listeners: dict[tuple[str, int], socket.socket] = {}
        self._new: list[socket.socket] = []
        """Listeners that the thread is still to look at."""
        self._names: dict[str, str] = {}
        self._receivers: dict[str, Receiver] = {}
        self._connections: dict[socket.socket, CallbackConnection] = {}
        self._selector = selectors.DefaultSelector()
        self._wake_end, self._woken_end = socket.socketpair()
        self._woken_end.setblocking(False)
        self._selector.register(self._woken_end, selectors.EVENT_READ)
        self._stopped = False
        self._thread = threading.Thread(target=self._run, name="upnp-callbacks", daemon=True)
        self._thread.start()

    def add(self, receiver: Receiver, address: str, scope_id: int = 0) -> str:
        """The callback URL of a new receiver, at an address of this host.

        Raises ``NetworkError`` if it cannot be listened at.
        """
        listener = self._listener(address, scope_id)
        path = f"/{secrets.token_urlsafe(16)}"
        with self._lock:
            self._receivers[path] = receiver
        host = f"[{address}]" if ":" in address else address
        return f"http://{host}:{listener.getsockname()[1]}{path}"

    def remove(self, receiver: Receiver) -> None:
        """What is sent to it is not taken any more."""
        with self._lock:
            for path in [path for path, one in self._receivers.items() if one is receiver]:
                del self._receivers[path]

    def refuse(self, reason: str) -> int:
        """Count something that is not taken; the status for it."""
        self._count(reason)
        return 412

    def close(self) -> None:
        """Close every socket and end the thread; a second call does nothing."""
        self._stopped = True
        self._wake()
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _listener(self, address: str, scope_id: int) -> socket.socket:
        with self._lock:
            known = self._listeners.get((address, scope_id))
            if known is not None:
                return known
            if self._stopped:
                raise NetworkError("the callback server is closed")
            sock = _listen(address, scope_id, self._port)
            self._listeners[address, scope_id] = sock
            self._names[address] = _interface_of(address, scope_id)
            self._new.append(sock)
        self._wake()
        return sock

    def _wake(self) -> None:
        with suppress(OSError):
            self._wake_end.send(b"\0")

    def _run(self) -> None:
        try:
            while not self._stopped:
                for key, events in self._selector.select(TICK_SECONDS):
                    self._serve(key.fileobj, events)
                now = time.monotonic()
                for connection in list(self._connections.values()):
                    if connection.deadline <= now:
                        self._guarded(connection, connection.expire)
        finally:
            self._stopped = True
            with self._lock:
                for connection in list(self._connections.values()):
                    self._guarded(connection, connection.close)
                for listener in self._listeners.values():
                    listener.close()
                self._selector.close()
                self._wake_end.close()
                self._woken_end.close()

    def _serve(self, sock: object, events: int) -> None:
        if sock is self._woken_end:
            with suppress(OSError):
                self._woken_end.recv(4096)
            with self._lock:
                new, self._new = self._new, []
            for listener in new:
                self._selector.register(listener, selectors.EVENT_READ)
            return
        assert isinstance(sock, socket.socket)
        connection = self._connections.get(sock)
        if connection is None:
            self._accept(sock)
            return
        if events & selectors.EVENT_READ:
            self._guarded(connection, connection.readable)
        if events & selectors.EVENT_WRITE and not connection.closed:
            self._guarded(connection, connection.writable)

    def _guarded(self, connection: CallbackConnection, step: Callable[[], None]) -> None:
        """A step of one connection, whose failure is not that of the others."""
        sock = connection.socket
        before = connection.wants_to_write
        try:
            step()
            if connection.wants_to_write and not connection.closed:
                connection.writable()
        except Exception as error:
            self._on_problem(f"a connection of {connection.peer}: {error!r:.200}")
            with suppress(Exception):
                connection.close()
        if connection.closed:
            if self._connections.pop(sock, None) is not None:
                self._selector.unregister(sock)
        elif connection.wants_to_write != before:
            mask = selectors.EVENT_READ | selectors.EVENT_WRITE * connection.wants_to_write
            self._selector.modify(sock, mask)

    def _accept(self, listener: socket.socket) -> None:
        try:
            sock, place = listener.accept()
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return
        except OSError as error:  # no more files: the next round may have some
            self._on_problem(f"a connection was not accepted: {error}")
            time.sleep(TICK_SECONDS)
            return
        peer = str(place[0]).partition("%")[0]
        try:
            if not self._has_room(peer):
                self.refused["too-many"] += 1
                sock.close()
                return
            recorded = self._record(sock)
            connection = CallbackConnection(
                sock, self._answer, self._count, self._max_body, recorded
            )
        except Exception as error:
            self._on_problem(f"a connection of {peer}: {error!r:.200}")
            sock.close()
            return
        self._connections[sock] = connection
        self._selector.register(sock, selectors.EVENT_READ)

    def _record(self, sock: socket.socket) -> RecordedConnection | None:
        if self._recorder is None:
            return None
        peer, local = sock.getpeername(), sock.getsockname()
        return self._recorder.connection((peer[0], peer[1]), (local[0], local[1]))

    def _has_room(self, peer: str) -> bool:
        """Whether one more is served; strangers cannot take the room of devices."""
        known = self._is_known(peer)
        open_ = sum(self._is_known(one.peer) == known for one in self._connections.values())
        return open_ < (MAX_CONNECTIONS if known else MAX_STRANGERS)

    def _is_known(self, peer: str) -> bool:
        with self._lock:
            receivers = list(self._receivers.values())
        return any(receiver.sends(peer) for receiver in receivers)

    def _answer(self, arrived: Arrived) -> int:
        target = text(arrived.message.message.start.target or b"")
        with self._lock:
            receiver = self._receivers.get(target)
        if receiver is None:
            return self.refuse("path")
        if not receiver.sends(arrived.peer):
            return self.refuse("sender")
        frame = next(self._numbers) if arrived.frame is None else arrived.frame
        name = getattr(self._recorder, "name", None) or self._names.get(arrived.local, "")
        return receiver.receive(arrived, frame, name)

    def _count(self, reason: str) -> None:
        self.refused[reason] += 1


def _listen(address: str, scope_id: int, port: int) -> socket.socket:
    ipv6 = ":" in address
    try:
        sock = socket.socket(socket.AF_INET6 if ipv6 else socket.AF_INET, socket.SOCK_STREAM)
        try:
            if os.name == "posix":  # elsewhere it would take the port from others
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if ipv6:
                sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                link_local = ip_address(address).is_link_local
                sock.bind((address, port, 0, scope_id if link_local else 0))
            else:
                sock.bind((address, port))
            sock.listen(MAX_CONNECTIONS)
            sock.setblocking(False)
        except BaseException:
            sock.close()
            raise
    except (OSError, ValueError) as error:
        place = f"{address} port {port}" if port else address
        told = getattr(error, "strerror", None) or error
        raise NetworkError(f"no callbacks at {place}: {told}") from error
    return sock


def _interface_of(address: str, scope_id: int) -> str:
    for interface in interfaces():
        plain = [str(ip_address(one)) for one in interface.ipv6]
        if address in (*interface.ipv4, *plain) and scope_id in (0, interface.index):
            return interface.name
    return ""
