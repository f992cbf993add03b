"""Frames of interfaces as they pass, by Scapy's ``AsyncSniffer``; not dissected."""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from scapy.config import conf
from scapy.sendrecv import AsyncSniffer
from scapy.sessions import DefaultSession

from upnpscapy.closing import Closing
from upnpscapy.errors import NetworkError
from upnpscapy.live.sniffing_sockets import SniffingSockets

__all__ = ["FILTER", "SniffedFrame", "Sniffer"]

FILTER = "udp or (vlan and udp)"
"""What can hold discovery, from whatever port, as the kernel is told."""

MAX_WAITING = 10_000
"""Frames that wait to be taken; more are lost, and counted."""

MAX_FRAME = 1 << 16

RAW = 101
SECOND = 1_000_000_000


class SniffedFrame(NamedTuple):
    """A frame and where it was seen."""

    interface: str
    link_type: int
    time_ns: int
    data: bytes


class Sniffer(Closing):
    """Sniffs from construction on; a context manager.

    Raises ``NetworkError`` without the permission to, or for an interface that is not there.
    """

    def __init__(self, interfaces: Sequence[str], bpf: str | None = FILTER) -> None:
        self._not_taken = 0
        self._frames: queue.Queue[SniffedFrame] = queue.Queue(MAX_WAITING)
        names = ", ".join(interfaces)
        if not names:
            raise NetworkError("no interface to sniff on")
        try:
            self._sockets = SniffingSockets(interfaces, bpf)
        except Exception as error:
            raise NetworkError(f"cannot sniff on {names}: {_reason(error)}") from error
        started = threading.Event()
        self._sniffer = AsyncSniffer(
            opened_socket=self._sockets.names,
            store=False,
            prn=self._put,
            session=_RawSession(),
            started_callback=started.set,
        )
        self._sniffer.start()
        while self.running and not started.wait(0.02):
            pass
        if not started.is_set():
            self._sockets.close()
            raise NetworkError(f"cannot sniff on {names}: {self._sniffer.exception}")

    @property
    def lost(self) -> int:
        """Frames that came faster than they were taken; after its end too."""
        return self._not_taken + self._sockets.dropped

    @property
    def running(self) -> bool:
        """Whether it still sniffs: an interface that goes away ends it."""
        thread = self._sniffer.thread
        return thread is not None and thread.is_alive()

    def take(self, timeout_seconds: float) -> Iterator[SniffedFrame]:
        """What has been seen, as soon as there is something; nothing when the time is over."""
        try:
            yield self._frames.get(timeout=max(0.0, timeout_seconds))
            for _ in range(self._frames.qsize()):
                yield self._frames.get_nowait()
        except queue.Empty:
            return

    def close(self) -> None:
        """End it; a second call does nothing."""
        if self.running and self._sniffer.running:
            self._sniffer.stop(join=True)
        self._sockets.close()

    def _put(self, frame: _Frame) -> None:
        seen = SniffedFrame(str(frame.sniffed_on), frame.link_type, frame.time_ns, frame.data)
        try:
            self._frames.put_nowait(seen)
        except queue.Full:
            self._not_taken += 1


class _Frame:
    """What Scapy's sniffer passes on instead of a packet."""

    __slots__ = ("data", "link_type", "sniffed_on", "time_ns")

    def __init__(self, link_type: int, time_ns: int, data: bytes) -> None:
        self.link_type = link_type
        self.time_ns = time_ns
        self.data = data
        self.sniffed_on: Any = None


class _RawSession(DefaultSession):
    """Takes frames from a socket as they are: dissecting all of them would be slow."""

    def recv(self, sock: Any) -> Iterator[Any]:
        kind, data, seconds = sock.recv_raw(MAX_FRAME)
        if data:
            time_ns = time.time_ns() if seconds is None else int(float(seconds) * SECOND)
            # The link types of Linux's interfaces and of captures differ, but for Ethernet.
            yield _Frame(conf.l2types.layer2num.get(kind, RAW), time_ns, data)


def _reason(error: Exception) -> str:
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return f"{text}: root or CAP_NET_RAW is needed" if isinstance(error, PermissionError) else text
