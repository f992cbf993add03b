"""HTTP requests paired with their responses, whatever the port.

Responses come in the order of their requests (RFC 9112, 9.3.2).
Behind a gap that may have swallowed a response, acknowledgements tell which request
is answered: a client that had received a response before it asked again is not waiting for it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise

from upnpscapy.capture.datagrams import address_text
from upnpscapy.capture.http_framing import Budget, Framer
from upnpscapy.capture.http_message import HttpMessage
from upnpscapy.capture.ordering import Conflict, Data, Gap
from upnpscapy.capture.streams import Ends, Kind, StreamReader
from upnpscapy.display import iso_utc

__all__ = ["Exchange", "ExchangeReader"]

MAX_PENDING = 256
"""Requests of one connection that wait for a response."""

MAX_LINE_END = 2
"""Bytes that old clients send behind the body of a POST (RFC 9112, 2.2)."""

MAX_CONFLICTS = 64
"""Kept until their message is complete."""


@dataclass(slots=True, eq=False)
class Exchange:
    """An HTTP request with its response; either can be missing, not both."""

    client_address: bytes
    """As packed on the wire; ``client`` is its text."""
    client_port: int
    server_address: bytes
    server_port: int
    request: HttpMessage | None = None
    response: HttpMessage | None = None
    interim: list[int] = field(default_factory=list)
    """Status of each interim response, such as 100."""
    response_lost: bool = False
    """The client went on: a response came, and is in a gap."""
    uncertain: bool = False
    """Several requests were sent at once, and part of the responses is lost: it may answer
    another one of them."""
    ended: Kind | None = None
    """How the connection ended, where that is why a part is missing."""

    @property
    def frame(self) -> int | None:
        """Frame of the request's first byte."""
        return self.request.frames.first if self.request else None

    @property
    def response_frame(self) -> int | None:
        """Frame of the response's first byte."""
        return self.response.frames.first if self.response else None

    @property
    def frames(self) -> list[int]:
        """Frames of both messages, the request's first; of long ones not all."""
        parts = [part for part in (self.request, self.response) if part is not None]
        return list(dict.fromkeys(frame for part in parts for frame in part.frames))

    @property
    def time_ns(self) -> int | None:
        """When the request began."""
        return self.request.time_ns if self.request else None

    @property
    def response_time_ns(self) -> int | None:
        """When the response began."""
        return self.response.time_ns if self.response else None

    @property
    def time(self) -> str | None:
        """``time_ns`` as ISO 8601 in UTC."""
        return iso_utc(self.time_ns)

    @property
    def response_time(self) -> str | None:
        """``response_time_ns`` as ISO 8601 in UTC."""
        return iso_utc(self.response_time_ns)

    @property
    def client(self) -> str:
        """Address of the side that asked."""
        return address_text(self.client_address)

    @property
    def server(self) -> str:
        """Address of the side that answered."""
        return address_text(self.server_address)

    @property
    def method(self) -> bytes | None:
        """The request's method."""
        return self.request.message.start.method if self.request else None

    @property
    def target(self) -> bytes | None:
        """The request's target, as sent."""
        return self.request.message.start.target if self.request else None

    @property
    def status(self) -> int | None:
        """The response's status."""
        return self.response.message.start.status if self.response else None

    @property
    def bytes_missing(self) -> int:
        """Bytes of both messages that were sent and are not in the capture."""
        return sum(part.bytes_missing for part in (self.request, self.response) if part)

    @property
    def defects(self) -> list[str]:
        """Names of the deviations of both messages, each once."""
        names = [name for part in (self.request, self.response) if part for name in part.defects]
        if self.response_lost:
            names.append("response-lost")
        if self.uncertain:
            names.append("pairing-uncertain")
        return list(dict.fromkeys(names))

    @property
    def filter(self) -> str:
        """A Wireshark display filter that shows the connection."""
        name = "ip" if len(self.client_address) == 4 else "ipv6"
        return (
            f"{name}.addr == {self.client} && {name}.addr == {self.server}"
            f" && tcp.port == {self.client_port} && tcp.port == {self.server_port}"
        )


class _Conversation:
    """The consumer of one connection."""

    def __init__(self, reader: ExchangeReader, ends: Ends) -> None:
        self.foreign = False
        self.proven = False
        self._reader = reader
        self._ends = ends
        self._client: int | None = None
        """The side that asks."""
        self._pending: deque[Exchange] = deque()
        """Requests begun that no response has begun to answer."""
        self._asking: Exchange | None = None
        """Its request is not complete."""
        self._answering: Exchange | None = None
        """Its response is not complete."""
        self._waiting: Exchange | None = None
        """Answered, while its request is not complete."""
        self._uncertain = False
        self._conflicts: tuple[list[Conflict], list[Conflict]] = ([], [])
        self._last: list[HttpMessage | None] = [None, None]
        self._made: list[Framer | None] = [None, None]

    def data(self, side: int, data: Data) -> None:
        framer = self._framer(side)
        framer.feed(data)
        if framer.alien and not self.proven:
            self.foreign = True
        elif framer.dead:
            # One direction can still be worth it, if it was before.
            other = self._framer(1 - side)
            self.foreign = self.foreign or other.dead or not other.count

    def gap(self, side: int, gap: Gap) -> None:
        self._framer(side).gap(gap)

    def conflict(self, side: int, conflict: Conflict) -> None:
        last = self._last[side]
        if last is not None and last.offset <= conflict.offset < last.end_offset:
            _note(last, conflict)
        elif len(self._conflicts[side]) < MAX_CONFLICTS:
            self._conflicts[side].append(conflict)

    def end(self, side: int, kind: Kind) -> None:
        if self._client is None and self._made[side] is None:
            return  # the scan and the handshake without a word
        framer = self._framer(side)
        framer.end(kind)
        self._reader.bytes_unframed += framer.bytes_unframed
        if self._client is not None and side != self._client:
            asking = self._asking
            for exchange in list(self._pending):
                exchange.ended = kind
                if exchange is not asking:
                    self._pending.remove(exchange)
                    self._reader.emit(exchange)
        elif side == self._client and self._framer(1 - side).dead:
            while self._pending:
                self._reader.emit(self._pending.popleft())

    def _framer(self, side: int) -> Framer:
        """The framer of a direction, made when its first bytes come: a scan has none."""
        framer = self._made[side]
        if framer is None:
            framer = self._made[side] = Framer(
                lambda message: self._begun(side, message),
                lambda message: self._done(side, message),
                self._reader.budget,
            )
        return framer

    def _begun(self, side: int, message: HttpMessage) -> tuple[bool, bytes | None]:
        client = 1 - side if message.is_response else side
        if self._client is None:
            self._client = client
            self.proven = True
        if client != self._client:
            return False, None
        if not message.is_response:
            exchange = self._exchange()
            exchange.request = message
            self._asking = exchange
            self._pending.append(exchange)
            if len(self._pending) > MAX_PENDING:
                self._reader.emit(self._pending.popleft())
            return True, None
        if self._framer(side).searched or self._uncertain:
            self._pass_over(message)
        status = message.message.start.status or 0
        if self._is_interim(status):
            method = self._pending[0].method if self._pending else None
            return True, method
        self._answering = self._pending.popleft() if self._pending else self._exchange()
        self._answering.uncertain = self._uncertain
        return True, self._answering.method

    def _done(self, side: int, message: HttpMessage) -> None:
        waiting = self._conflicts[side]
        for conflict in waiting:
            if message.offset <= conflict.offset < message.end_offset:
                _note(message, conflict)
        if waiting:
            waiting[:] = [item for item in waiting if item.offset >= message.end_offset]
        self._last[side] = message
        if not message.is_response:
            asked, self._asking = self._asking, None
            if asked is not None and asked is self._waiting:
                self._waiting = None
                self._reader.emit(asked)
            elif asked is not None and asked not in self._pending and asked is not self._answering:
                pass  # given up before
            elif asked is not None and self._framer(1 - side).dead and asked in self._pending:
                self._pending.remove(asked)
                self._reader.emit(asked)
            return
        status = message.message.start.status or 0
        if self._is_interim(status):
            if self._pending:
                self._pending[0].interim.append(status)
            return
        exchange, self._answering = self._answering, None
        if exchange is None:
            return
        exchange.response = message
        if exchange is self._asking:
            self._waiting = exchange
            self._framer(1 - side).stop_lingering()
        else:
            self._reader.emit(exchange)
        if status == 101:
            self.foreign = True  # another protocol follows (RFC 9110, 15.2.2)

    def _pass_over(self, response: HttpMessage) -> None:
        """Hand on the requests whose response must have been in a gap before this one."""
        self._uncertain = False
        if not self._pending:
            return
        asked = [exchange.request.acked if exchange.request else None for exchange in self._pending]
        passed = 0
        for number, (before, acked) in enumerate(pairwise(asked), 1):
            if before is not None and acked is not None and before < acked <= response.offset:
                passed = number
        last = self._pending[-1]
        end = last.request.end_offset if last.request is not None else 0
        if last is not self._asking and (response.acked or 0) > end + MAX_LINE_END:
            # The server has more than the last request: one that was not captured.
            passed = len(self._pending)
        for _ in range(passed):
            exchange = self._pending.popleft()
            exchange.response_lost = True
            self._reader.emit(exchange)
        self._uncertain = len(self._pending) > 1

    def _exchange(self) -> Exchange:
        source, sport, destination, dport = self._ends
        if self._client == 0:
            return Exchange(source, sport, destination, dport)
        return Exchange(destination, dport, source, sport)

    @staticmethod
    def _is_interim(status: int) -> bool:
        return 100 <= status < 200 and status != 101


class ExchangeReader:
    """TCP segments to exchanges; ``found`` gathers them until the caller takes them.

    An exchange is found as soon as it is complete: in the order of responses, not of requests.
    """

    def __init__(self, on_exchange: Callable[[Exchange], None] | None = None) -> None:
        self.found: list[Exchange] = []
        self.emit = on_exchange or self.found.append
        self.budget = Budget()
        self.bytes_unframed = 0
        """Bytes of connections with HTTP, and of foreign ones, that are in no message."""
        self.streams = StreamReader(lambda ends: _Conversation(self, ends))
        self.take = self.streams.take
        """Takes the fields of the next ``Segment``."""
        self.foreign = self.streams.foreign
        """Keys of the directions that are not HTTP; for ``SegmentReader``."""

    def pass_time(self, time_ns: int | None) -> None:
        """Give up what time has decided; to be called between batches."""
        self.streams.pass_time(time_ns)

    def close(self) -> None:
        """Hand on what is still open: the capture is over."""
        self.streams.close()


def _note(message: HttpMessage, conflict: Conflict) -> None:
    if len(message.conflicts) < MAX_CONFLICTS:
        message.conflicts.append(conflict)
    message.add_defect("conflicting-bytes")
