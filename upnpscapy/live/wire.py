"""One TCP connection under requests: to a checked address, with an end in time and in bytes.

urllib3 would look the name up again, wait anew for every byte and read without bound.
Here the connection goes to the addresses that were checked and no others,
every wait ends at the same deadline, what comes is counted,
and each byte that crosses the wire is handed to a recorder.
"""

from __future__ import annotations

import logging
import re
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from requests.adapters import HTTPAdapter
from urllib3 import HTTPConnectionPool
from urllib3.connection import HTTPConnection

from upnpscapy.errors import DeadlineError, ResponseError, TransportError

__all__ = ["Adapter", "Address", "RecordedConnection", "Recorder", "Wire"]

MAX_HEAD = 64 << 10
"""Bytes of start line and headers; real ones have some hundreds."""

MAX_KEPT = 2 * MAX_HEAD
"""Bytes of what came that are kept as they came."""

_HEAD_END = re.compile(rb"\r?\n\r?\n")

_HOST = "device.invalid"
"""What urllib3 is told; the addresses are those of the wire, and HOST is among the headers."""


def _not_of_ours(record: logging.LogRecord) -> bool:
    return not (isinstance(record.args, tuple) and _HOST in str(record.args[:1]))


# It would show a device's odd headers to the user; they are named as deviations.
logging.getLogger("urllib3.connection").addFilter(_not_of_ours)

Address = tuple[socket.AddressFamily, tuple[Any, ...]]
"""Family and what ``socket.connect`` takes."""


class RecordedConnection(Protocol):
    """One connection of a recording."""

    def sent(self, data: bytes) -> object:
        """Bytes that left."""

    def received(self, data: bytes) -> object:
        """Bytes that came."""

    def close(self) -> object:
        """The connection ended."""


class Recorder(Protocol):
    """What writes down the bytes of connections."""

    def connection(self, client: tuple[str, int], server: tuple[str, int]) -> RecordedConnection:
        """A connection that was made."""


@dataclass(slots=True, eq=False)
class Wire:
    """What holds for one exchange, and what came of it."""

    url: str
    """As errors name it."""
    addresses: Sequence[Address]
    """Checked; tried in this order."""
    deadline: float
    """Of ``time.monotonic``."""
    connect_seconds: float
    read_seconds: float
    """Of silence."""
    max_bytes: int
    """That may come, head and framing included."""
    recorder: Recorder | None = None
    source_address: str | None = None
    client: tuple[str, int] = ("", 0)
    server: tuple[str, int] = ("", 0)
    kept: bytearray = field(default_factory=bytearray)
    """The first ``MAX_KEPT`` bytes that came, as they came."""
    count: int = 0
    failure: Exception | None = None
    """What ended it; urllib3 and requests wrap it in theirs."""
    carrier: WireSocket | None = None
    """The socket of the exchange; urllib3 would leave it open until a finalizer runs."""
    _connection: RecordedConnection | None = None

    def seconds(self, at_most: float) -> float:
        """How long a wait may last; raises ``DeadlineError`` where no time is left."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise self.fail(self.late())
        return min(left, at_most)

    def late(self) -> DeadlineError:
        """The error of a wait that lasted too long."""
        if time.monotonic() < self.deadline:
            reason = "silent for too long"
        else:
            reason = "took too long in all"
        return DeadlineError(f"{reason}; {self.count} bytes came", self.url, bytes(self.kept))

    def fail(self, error: Exception) -> Exception:
        """Note what ended the exchange."""
        if self.failure is None:
            self.failure = error
        return error

    def opened(self, client: Any, server: Any) -> None:
        """Note a connection, by its two ends as ``socket`` names them."""
        self.client = str(client[0]), int(client[1])
        self.server = str(server[0]), int(server[1])
        if self.recorder is not None:
            self._connection = self._told(self.recorder.connection, self.client, self.server)

    def sent(self, data: bytes) -> None:
        """Note what left."""
        if self._connection is not None:
            self._told(self._connection.sent, data)

    def received(self, data: bytes) -> None:
        """Count and keep what came; raises ``ResponseError`` beyond the bounds."""
        if self._connection is not None:
            self._told(self._connection.received, data)
        self.count += len(data)
        if len(self.kept) < MAX_KEPT:
            self.kept += data[: MAX_KEPT - len(self.kept)]
        if self.count > MAX_HEAD and not _HEAD_END.search(self.kept, 0, MAX_HEAD + 4):
            problem = f"no end of the headers in {MAX_HEAD} bytes"
            raise self.fail(ResponseError(problem, self.url, bytes(self.kept)))
        if self.count > self.max_bytes:
            problem = f"more than {self.max_bytes} bytes"
            raise self.fail(ResponseError(problem, self.url, bytes(self.kept)))

    def close(self) -> None:
        """End the connection."""
        if self.carrier is not None:
            self.carrier.close()
        connection, self._connection = self._connection, None
        if connection is not None:
            connection.close()

    def _told(self, tell: Callable[..., Any], *what: Any) -> Any:
        """What a recorder says; its errors are not the device's."""
        try:
            return tell(*what)
        except Exception as error:
            raise self.fail(error) from None


class WireSocket(socket.socket):
    """A connection that keeps to a ``Wire``.

    What is sent waits for the first read, so that a request leaves in one piece: there are
    devices that take its head alone for all of it.
    """

    def __init__(self, family: socket.AddressFamily, wire: Wire) -> None:
        super().__init__(family, socket.SOCK_STREAM)
        self._wire = wire
        self._waiting = bytearray()

    def open(self, address: tuple[Any, ...]) -> None:
        """Connect, from the source address if there is one."""
        wire = self._wire
        if wire.source_address:
            self.bind((wire.source_address, 0))
        self.settimeout(wire.seconds(wire.connect_seconds))
        self.connect(address)
        self.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        wire.opened(self.getsockname(), self.getpeername())

    def sendall(self, data: Any, flags: int = 0, /) -> None:
        """Keep it until an answer is waited for."""
        self._waiting += memoryview(data).cast("B")

    def recv_into(self, buffer: Any, nbytes: int = 0, flags: int = 0) -> int:
        """Send what waits, and take what comes."""
        wire = self._wire
        try:
            if self._waiting:
                self.settimeout(wire.seconds(wire.read_seconds))
                super().sendall(self._waiting)
                wire.sent(bytes(self._waiting))
                self._waiting.clear()
            self.settimeout(wire.seconds(wire.read_seconds))
            count = super().recv_into(buffer, nbytes, flags)
        except DeadlineError:
            raise
        except TimeoutError:
            raise wire.fail(wire.late()) from None
        if count:
            wire.received(bytes(memoryview(buffer).cast("B")[:count]))
        return count


class _Connection(HTTPConnection):
    def __init__(self, *args: Any, wire: Wire, **more: Any) -> None:
        super().__init__(*args, **more)
        self._wire = wire

    def _new_conn(self) -> socket.socket:
        wire = self._wire
        problem: Exception | None = None
        for family, address in wire.addresses:
            try:
                one = WireSocket(family, wire)
            except OSError as error:  # a host without IPv6
                problem = error
                continue
            try:
                one.open(address)
            except BaseException as error:
                one.close()
                if wire.failure is not None or not isinstance(error, OSError):
                    raise
                problem = error
            else:
                wire.carrier = one
                return one
        raise wire.fail(_unreached(wire, problem))


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class Adapter(HTTPAdapter):
    """What makes requests use a ``Wire``; for one exchange."""

    def __init__(self, wire: Wire) -> None:
        super().__init__(max_retries=0)
        self._wire = wire

    def get_connection_with_tls_context(self, *_: Any, **__: Any) -> HTTPConnectionPool:
        """A connection to the addresses of the wire."""
        return _Pool(_HOST, 80, maxsize=1, wire=self._wire)


def _unreached(wire: Wire, problem: Exception | None) -> TransportError:
    host, port = wire.addresses[-1][1][:2] if wire.addresses else ("", 0)
    place = f"{host} port {port}"
    if isinstance(problem, TimeoutError):
        return DeadlineError(f"no connection to {place} in time", wire.url)
    told = getattr(problem, "strerror", None) or problem or "no address"
    return TransportError(f"no connection to {place}: {told}", wire.url)


def _host_and_port(name: Any) -> tuple[str, int]:
    return str(name[0]), int(name[1])
