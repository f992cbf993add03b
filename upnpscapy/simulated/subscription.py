"""One subscription to a simulated service: its events in order, from a thread of its own."""

from __future__ import annotations

import queue
import socket
import threading
import time
from contextlib import suppress
from uuid import uuid4

from upnpscapy.errors import RefusedError
from upnpscapy.live.local import Place, read_url
from upnpscapy.protocol.gena_build import build_event
from upnpscapy.simulated.service import Pairs

__all__ = ["EventSubscription", "own_callbacks"]

SEND_SECONDS = 3.0
"""To connect, to send, and for the answer, each."""

MAX_WAITING = 64
"""Events that wait; the next ones are lost, and leave a gap in SEQ."""

MAX_FAILURES = 3
"""Events in a row that did not arrive; then it is over."""

MAX_CALLBACKS = 4
MAX_ANSWER = 16 << 10


def own_callbacks(urls: tuple[str, ...], peer: str) -> list[tuple[Place, str]]:
    """The callback URLs that are at the address that subscribes, each with its path."""
    found = []
    for url in urls[:MAX_CALLBACKS]:
        with suppress(RefusedError):
            place = read_url(url)
            if place.host == peer:
                _, _, rest = url.partition("://")
                _, slash, path = rest.partition("/")
                found.append((place, slash + path or "/"))
    return found


class EventSubscription:
    """A subscription that was accepted; ``confirm`` lets its first event go."""

    def __init__(self, callbacks: list[tuple[Place, str]], seconds: int) -> None:
        self.sid = f"uuid:{uuid4()}"
        self.seconds = seconds
        self.ends = time.monotonic() + seconds
        self.failed = False
        self._callbacks = callbacks
        self._seq = 0
        self._confirmed = threading.Event()
        self._closed = False
        self._events: queue.Queue[tuple[int, Pairs] | None] = queue.Queue(MAX_WAITING)
        self._socket: socket.socket | None = None
        self._thread = threading.Thread(target=self._run, name="upnp-simulated-events", daemon=True)
        self._thread.start()

    @property
    def is_over(self) -> bool:
        """Whether it has lapsed, or nobody takes its events."""
        return self.failed or time.monotonic() >= self.ends

    @property
    def is_running(self) -> bool:
        """Whether its thread has not come to its end."""
        return self._thread.is_alive()

    def renew(self, seconds: int) -> None:
        """From now on for so long."""
        self.seconds = seconds
        self.ends = time.monotonic() + seconds

    def confirm(self) -> None:
        """The answer to SUBSCRIBE is sent."""
        self._confirmed.set()

    def put(self, properties: Pairs) -> None:
        """An event to send."""
        seq, self._seq = self._seq, self._seq % (2**32 - 1) + 1
        with suppress(queue.Full):
            self._events.put_nowait((seq, properties))

    def stop(self) -> None:
        """Send nothing more."""
        self._closed = True
        self._confirmed.set()
        with suppress(queue.Full):
            self._events.put_nowait(None)
        sock = self._socket
        if sock is not None:
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)

    def join(self) -> None:
        """Wait for the thread, which has been stopped."""
        if self._thread is not threading.current_thread():
            self._thread.join()

    def _run(self) -> None:
        self._confirmed.wait()
        failures = 0
        while not self._closed:
            event = self._events.get()
            if event is None or self._closed:
                return
            taken = any(self._send(place, path, *event) for place, path in self._callbacks)
            failures = 0 if taken else failures + 1
            if failures >= MAX_FAILURES:
                self.failed = True
                return

    def _send(self, place: Place, path: str, seq: int, properties: Pairs) -> bool:
        """Whether an event was taken, with any status: the others would not be any better."""
        try:
            message = bytes(build_event(path, place.header, self.sid, seq, properties))
            with socket.create_connection((place.host, place.port), SEND_SECONDS) as sock:
                self._socket = sock
                sock.sendall(message)
                answer = b""
                deadline = time.monotonic() + SEND_SECONDS
                while b"\r\n\r\n" not in answer and len(answer) < MAX_ANSWER:
                    left = deadline - time.monotonic()
                    piece = sock.recv(4096) if left > 0 and not self._closed else b""
                    if not piece:
                        break
                    answer += piece
        except (OSError, ValueError):
            return False
        finally:
            self._socket = None
        return answer.startswith(b"HTTP/")
