"""HTTP requests paired with their responses, whatever the port.

Responses come in the order of their requests (RFC 9112, 9.3.2).
Behind a gap that may have swallowed a response, acknowledgements tell which request
is answered: a client that had received a response before it asked again is not waiting for it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from itertools import pairwise

from upnpscapy.capture.exchange import Exchange
from upnpscapy.capture.http_framing import Budget, Framer
from upnpscapy.capture.http_message import HttpMessage
from upnpscapy.capture.http_start import looks_like_http
from upnpscapy.capture.ordering import Conflict, Data, Gap
from upnpscapy.capture.streams import Ends, Kind, StreamReader

__all__ = ["Exchange", "ExchangeReader"]

MAX_PENDING = 256
"""Requests of one connection that wait for a response."""

MAX_LINE_END = 2
"""Bytes that old clients send behind the body of a POST (RFC 9112, 2.2)."""

MAX_INTERIM = 16
"""Kept of one exchange."""

MAX_CONFLICTS = 64
"""Kept until their message is complete."""

BEYOND = 1 << 62
"""An offset that no stream gets to."""

HOLD_NS, HOLD_BYTES = 2_000_000_000, 16 << 20
"""How long exchanges wait for those of connections in doubt, and how much of their bodies may."""


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
        self._doubted: int | None = None
        """What the client had received when it sent the last request, if part of what it sent
        at once with that may be lost."""
        self._unasked = -BEYOND
        """What the server had received when it answered something that was not seen."""
        self._late: Exchange | None = None
        """Its request is not complete, and was answered before it was seen."""
        self._heard = self._before_loss = 0
        """How far the responses have come, and had when a request may be lost."""
        self._lost_until = 0
        """Where such a loss ends, while responses do not acknowledge all of it."""
        self._conflicts: tuple[list[Conflict], list[Conflict]] = ([], [])
        self._last: list[HttpMessage | None] = [None, None]
        self._made: list[Framer | None] = [None, None]
        self._ended = 0
        """Directions that have."""

    def data(self, side: int, data: Data) -> None:
        framer = self._made[side] or self._framer(side)
        if side != self._client:
            self._heard = data.offset + len(data.data)
            if self._lost_until:
                self._hear_amid_loss(data.acked)
        framer.feed(data)
        if not framer.dead:
            return
        if framer.alien and not self.proven:
            self.foreign = True
        else:
            # One direction can still be worth it, if it was before.
            other = self._framer(1 - side)
            self.foreign = self.foreign or other.dead or not other.count

    def gap(self, side: int, gap: Gap) -> None:
        if side == self._client:
            amid = self._pending or self._answering or self._framer(1 - side).searched
            self._before_loss = BEYOND if amid else self._heard
            self._lost_until = gap.offset + gap.length
        else:
            self._heard = gap.offset + gap.length
            if self._lost_until:
                self._hear_amid_loss(None)
        self._framer(side).gap(gap)

    def _hear_amid_loss(self, acked: int | None) -> None:
        """What is lost and not acknowledged by then may be asked after it was heard."""
        if acked is None or acked < self._lost_until:
            self._before_loss = max(self._before_loss, self._heard)
        else:
            self._lost_until = 0

    def conflict(self, side: int, conflict: Conflict) -> None:
        last = self._last[side]
        if last is not None and last.offset <= conflict.offset < last.end_offset:
            _note(last, conflict)
        elif len(self._conflicts[side]) < MAX_CONFLICTS:
            self._conflicts[side].append(conflict)

    def end(self, side: int, kind: Kind) -> None:
        self._end(side, kind)
        self._ended += 1
        if self._ended == 2:
            # The framers hold this one: memory is free at once if that ends.
            self._made = [None, None]
            self._last = [None, None]

    def _end(self, side: int, kind: Kind) -> None:
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
            # Where the client has received more than before the loss, what is lost was answered.
            answered = (message.acked or 0) > self._before_loss
            exchange.after_loss = (self._framer(side).searched and not answered) or (
                # Sent at once with one of which that holds.
                self._doubted is not None and self._doubted == message.acked
            )
            self._doubted = message.acked if exchange.after_loss else None
            self._asking = exchange
            if message.offset < self._unasked:
                # Its last byte is lost, and was taken for a FIN that was not captured.
                exchange.uncertain = True
                self._late = exchange
                return True, None
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
        if self._pending:
            self._answering = self._pending.popleft()
        else:
            self._answering = self._exchange()
            if message.acked is not None:
                self._unasked = max(self._unasked, message.acked)
        self._answering.uncertain = self._uncertain or self._answering.after_loss
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
            if asked is not None and asked in (self._waiting, self._late):
                self._waiting = self._late = None
                self._reader.emit(asked)
            elif asked is not None and asked not in self._pending and asked is not self._answering:
                pass  # given up before
            elif asked is not None and self._framer(1 - side).dead and asked in self._pending:
                self._pending.remove(asked)
                self._reader.emit(asked)
            return
        status = message.message.start.status or 0
        if self._is_interim(status):
            if self._pending and len(self._pending[0].interim) < MAX_INTERIM:
                self._pending[0].interim = [*self._pending[0].interim, status]
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
    ``on_exchange`` gets them in the order of their last frames: a connection that waits for
    lost bytes ends late, and what was asked on others meanwhile must not come before.
    """

    def __init__(self, on_exchange: Callable[[Exchange], None] | None = None) -> None:
        self.found: list[Exchange] = []
        self.emit = self.found.append
        self._on_exchange = on_exchange
        self.budget = Budget()
        self.bytes_unframed = 0
        """Bytes of connections with HTTP, and of foreign ones, that are in no message."""
        self.streams = StreamReader(lambda ends: _Conversation(self, ends), self._refuse)
        self.take = self.streams.take
        """Takes the fields of the next ``Segment``."""
        self.foreign = self.streams.foreign
        """Keys of the directions that are not HTTP; for ``SegmentReader``."""
        self.lanes = self.streams.lanes
        """The short ways of those that are; for ``SegmentReader``, with ``take``."""

    def _refuse(self, first: bytes) -> bool:
        """Whether the first bytes of a connection show that it is not HTTP."""
        if first[0] in b"\r\n" or looks_like_http(first) is not False:
            return False
        self.bytes_unframed += len(first)
        return True

    def pass_time(self, time_ns: int | None) -> None:
        """Give up what time has decided; to be called between batches."""
        self.streams.pass_time(time_ns)
        if self._on_exchange is not None:
            self._hand_on(self._on_exchange, time_ns)

    def close(self) -> None:
        """Hand on what is still open: the capture is over."""
        self.streams.close()
        if self._on_exchange is not None:
            self._hand_on(self._on_exchange, None)

    def _hand_on(self, on_exchange: Callable[[Exchange], None], time_ns: int | None) -> None:
        """Hand on what nothing can come before any more; without a time, all."""
        found = self.found
        found.sort(key=_last_frame)
        ready = len(found)
        if time_ns is not None and self.streams.in_doubt:
            held = 0
            while ready and _end_ns(found[ready - 1]) > time_ns - HOLD_NS and held <= HOLD_BYTES:
                ready -= 1
                held += sum(len(part.body) for part in found[ready].parts)
        done = found[:ready]
        del found[:ready]
        for exchange in done:
            on_exchange(exchange)


def _last_frame(exchange: Exchange) -> int:
    request, response = exchange.request, exchange.response
    asked = 0 if request is None else request.frames.highest
    answered = 0 if response is None else response.frames.highest
    return max(asked, answered)


def _end_ns(exchange: Exchange) -> int:
    request, response = exchange.request, exchange.response
    asked = 0 if request is None else request.end_time_ns or 0
    answered = 0 if response is None else response.end_time_ns or 0
    return max(asked, answered)


def _note(message: HttpMessage, conflict: Conflict) -> None:
    if len(message.conflicts) < MAX_CONFLICTS:
        message.conflicts = [*message.conflicts, conflict]
    message.add_defect("conflicting-bytes")
