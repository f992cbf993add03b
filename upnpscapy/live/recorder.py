"""What was seen, as pcapng: live use and the analysis of captures meet in this file.

Sockets give payloads, not packets: IP, UDP and TCP are rebuilt around them, with the true
addresses, ports, times, TTLs where the system tells them, and bytes.
What Scapy captures is written as it was.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import ip_address
from pathlib import Path
from typing import IO, Any

from upnpscapy.capture.datagrams import Datagram
from upnpscapy.capture.pcapng_write import Interface, PcapngWriter
from upnpscapy.capture.source import source_name
from upnpscapy.closing import Closing
from upnpscapy.display import printable
from upnpscapy.live.packets import ACK, FIN, PSH, SYN, tcp_packet, udp_packet
from upnpscapy.tree import Shown, Tree, card
from upnpscapy.version import __version__

__all__ = ["MAX_BYTES", "RecordedConnection", "Recorder", "recording"]

RAW = 101
"""Link type of packets that begin with their IP header."""

MAX_BYTES = 1 << 30
"""Of a recording: one talker that never stops shall not fill a disk."""

SEGMENT = 1460
"""Bytes of data in a TCP segment."""

COMMENT = (
    "IP packets of link type RAW were rebuilt around what sockets sent and received: addresses, "
    "ports, times and payloads are true, the rest is made up (a TTL of 0 is not known)."
)

_OF_BLOCK = 64
"""Bytes that a frame takes besides its own, at most."""


class Recorder(Shown, Closing):
    """Writes frames to a pcapng file, from any thread; a context manager.

    ``file`` is a path, which is overwritten, or an open binary file, which stays open.
    Every frame is handed on to the system at once: what is there is a whole capture.
    """

    def __init__(self, file: str | Path | IO[bytes], *, max_bytes: int = MAX_BYTES) -> None:
        self._owned = isinstance(file, str | Path)
        self.name = source_name(file)
        """What it is called in results."""
        if isinstance(file, str | Path):
            self._file: IO[bytes] = Path(file).open("wb")  # noqa: SIM115  # close() does
        else:
            self._file = file
        self._writer = PcapngWriter(
            self._file, comments=(COMMENT,), application=f"upnpscapy {__version__}"
        )
        self._writer.flush()
        self._lock = threading.Lock()
        self._bytes_left = max_bytes
        self._closed = False
        self.left_out = 0
        """Frames that were not written, because the file was full or closed."""

    def tree(self) -> Tree:
        """How much was written, and where."""
        fields = (("frames", self.frames), ("left out", self.left_out or None))
        return card(self.name, "closed" if self._closed else "open", fields)

    def _summary(self) -> str:
        return f"Recorder {printable(self.name)} {self.frames} frames"

    @property
    def frames(self) -> int:
        """How many frames were written."""
        return self._writer.frames

    def datagram(self, datagram: Datagram, interface: str | None = None) -> int:
        """Write a UDP datagram that a socket sent or received; the answer is its frame number."""
        _, time_ns, source, sport, destination, dport, _, _, ttl, payload, _ = datagram
        packet = udp_packet(source, sport, destination, dport, ttl or 0, payload)
        return self.frame(packet, time_ns, RAW, interface)

    def frame(
        self, data: bytes, time_ns: int | None, link_type: int, interface: str | None = None
    ) -> int:
        """Write a frame as it is; the answer is its number, which goes on in a full recording."""
        with self._lock:
            size = len(data) + _OF_BLOCK
            if self._closed or size > self._bytes_left:
                self.left_out += 1
                return self._writer.frames + self.left_out
            self._bytes_left -= size
            self._writer.write(Interface(link_type, interface), data, time_ns)
            self._writer.flush()
            return self._writer.frames

    def connection(
        self,
        client: tuple[Any, ...],
        server: tuple[Any, ...],
        *,
        time_ns: int | None = None,
        interface: str | None = None,
    ) -> RecordedConnection:
        """A TCP connection that was opened; addresses are those of ``getsockname``."""
        return RecordedConnection(self, _place(client), _place(server), time_ns, interface)

    def close(self) -> None:
        """Close the file, if it was opened here; a second call does nothing."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._writer.flush()
                if self._owned:
                    self._file.close()


class RecordedConnection:
    """A TCP connection in a recording: tell it what was sent and received, in order."""

    def __init__(
        self,
        recorder: Recorder,
        client: tuple[bytes, int],
        server: tuple[bytes, int],
        time_ns: int | None,
        interface: str | None,
    ) -> None:
        self._recorder = recorder
        self._interface = interface
        self._ends = client, server
        self._sequence = [0, 0]
        """The next number of the client, and of the server."""
        self._closed = False
        now = _now(time_ns)
        self._segment(0, SYN, now)
        self._segment(1, SYN | ACK, now)
        self._segment(0, ACK, now)

    def sent(self, data: bytes, time_ns: int | None = None) -> int | None:
        """Write what the client sent; the answer is the frame of its first byte."""
        return self._data(0, data, _now(time_ns))

    def received(self, data: bytes, time_ns: int | None = None) -> int | None:
        """Write what the server sent; the answer is the frame of its first byte."""
        return self._data(1, data, _now(time_ns))

    def close(self, time_ns: int | None = None) -> None:
        """Write the end of the connection; a second call does nothing."""
        if self._closed:
            return
        self._closed = True
        now = _now(time_ns)
        self._segment(0, FIN | ACK, now)
        self._segment(1, FIN | ACK, now)
        self._segment(0, ACK, now)

    def _data(self, end: int, data: bytes, now: int) -> int | None:
        first = None
        for at in range(0, len(data), SEGMENT):
            frame = self._segment(end, PSH | ACK, now, bytes(data[at : at + SEGMENT]))
            first = first or frame
        return first

    def _segment(self, end: int, flags: int, now: int, data: bytes = b"") -> int:
        source, destination = self._ends[end], self._ends[1 - end]
        acknowledged = self._sequence[1 - end] if flags & ACK else 0
        packet = tcp_packet(source, destination, self._sequence[end], acknowledged, flags, data)
        self._sequence[end] += len(data) + bool(flags & (SYN | FIN))
        return self._recorder.frame(packet, now, RAW, self._interface)


@contextmanager
def recording(record: str | Path | IO[bytes] | Recorder | None) -> Iterator[Recorder | None]:
    """The recorder that someone gave, or one for the file that was named, closed at the end."""
    if record is None or isinstance(record, Recorder):
        yield record
        return
    with Recorder(record) as recorder:
        yield recorder


def _now(time_ns: int | None) -> int:
    return time.time_ns() if time_ns is None else time_ns


def _place(place: tuple[Any, ...]) -> tuple[bytes, int]:
    """Address and port of a socket, packed; a scope id is left out."""
    return ip_address(str(place[0]).partition("%")[0]).packed, int(place[1])
