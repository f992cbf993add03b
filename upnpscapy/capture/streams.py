"""TCP segments to byte streams: two directions of each connection, in causal order.

A consumer per connection gets the bytes of both directions in order, with frames and times.
A segment is handed on when all bytes that its sender had acknowledged are:
so a response never comes before its request, whatever the order in the capture.
What was acknowledged and does not come is a gap: the capture lost it, the receiver did not.

A consumer that calls a connection foreign gets no more of it, and costs next to nothing.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from itertools import islice
from struct import Struct
from typing import Literal, NamedTuple, Protocol

from upnpscapy.capture.ordering import Conflict, Data, Gap, Piece, Stream
from upnpscapy.capture.segments import ACK, FIN, RST, SYN

__all__ = ["Consumer", "Ends", "Kind", "StreamReader"]

Kind = Literal["fin", "rst", "reuse", "idle", "evicted", "capture"]
"""How a direction ended; the last four are not in the connection itself."""

GRACE_SEGMENTS = 64
GRACE_NS = 1_000_000_000
"""What a capture may come out of order: an acknowledged byte later than that is lost."""

PATIENCE_NS = 30 * 1_000_000_000
"""The same where no acknowledgement is seen."""

HOLD_SEGMENTS, HOLD_BYTES, HOLD_NS = 8, 64 << 10, 200_000_000
"""How long the start of a stream without SYN may be an earlier one still."""

IDLE_NS = 600 * 1_000_000_000
WINDOW = 16 << 20
"""Bytes; what is farther away than any home device's window is no part of the connection."""

MAX_CONNECTIONS = 8192
"""Of those that are known to matter, and again of those that are not."""

MAX_FOREIGN = 1 << 17
"""Directions remembered as foreign."""

MAX_WAITING_TOTAL = 64 << 20
"""Bytes that wait for earlier ones, over all streams."""

_ports = Struct(">HH").pack


class Ends(NamedTuple):
    """Addresses as packed on the wire, and ports; side 0 sent the first segment seen."""

    source: bytes
    sport: int
    destination: bytes
    dport: int


class Consumer(Protocol):
    """What becomes of one connection; ``side`` is the sending end, 0 or 1."""

    foreign: bool
    """Set by the consumer: it wants no more."""
    proven: bool
    """Set by the consumer: it is worth more than one of which nothing is known yet."""

    def data(self, side: int, data: Data) -> None:
        """The next bytes."""

    def gap(self, side: int, gap: Gap) -> None:
        """The next bytes are lost."""

    def conflict(self, side: int, conflict: Conflict) -> None:
        """Bytes, of the past or of the future, that were sent differently again."""

    def end(self, side: int, kind: Kind) -> None:
        """Nothing more follows in this direction; comes once for each."""


class _Connection:
    __slots__ = (
        "consumer",
        "counted",
        "doubtful",
        "keys",
        "last_ns",
        "over",
        "reset",
        "segments",
        "streams",
    )

    def __init__(self, consumer: Consumer, keys: tuple[bytes, bytes]) -> None:
        self.consumer = consumer
        self.keys = keys
        self.streams = Stream(), Stream()
        self.segments = 0
        self.counted = 0
        """What its waiting pieces take, as far as it is in the total."""
        self.last_ns = 0
        self.over = False
        self.reset = False
        self.doubtful = False
        """Whether only time can tell what is lost, or where a stream begins."""


class StreamReader:
    """TCP segments to consumers; ``open`` makes one for each connection."""

    def __init__(self, open: Callable[[Ends], Consumer]) -> None:
        self._open = open
        self._sides: dict[bytes, tuple[_Connection, int]] = {}
        self._strangers: OrderedDict[_Connection, None] = OrderedDict()
        self._proven: OrderedDict[_Connection, None] = OrderedDict()
        self._doubtful: dict[_Connection, None] = {}
        self.waiting_bytes = 0
        """Memory that pieces take which wait for earlier ones."""
        self.foreign: dict[bytes, None] = {}
        """Keys of foreign directions, for ``SegmentReader``."""
        self.connections = 0
        self.foreign_connections = 0
        self.foreign_segments = 0
        """Segments of foreign connections that got here."""
        self.evicted = 0
        """Connections given up because there were too many."""
        self.conflicts = 0
        self.bytes_missing = 0
        self.ignored = 0
        """Segments that are no part of their connection: stray, or behind its end."""

    def take(
        self,
        frame: int,
        time_ns: int | None,
        source: bytes,
        sport: int,
        destination: bytes,
        dport: int,
        seq: int,
        ack: int,
        flags: int,
        payload: bytes,
        missing: int = 0,
    ) -> None:
        """Take the fields of the next ``Segment``."""
        ports = _ports(sport, dport)
        key = source + destination + ports
        if key in self.foreign:
            if not flags & SYN:
                self.foreign_segments += 1
                return
            self.foreign.pop(key)
        entry = self._sides.get(key)
        if entry is not None and self._is_new(entry, seq, flags):
            self._forget(entry[0], "reuse")
            entry = None
        if entry is None:
            if not payload and not missing and not flags & SYN:
                return
            back = destination + source + ports[2:] + ports[:2]
            entry = self._begin(Ends(source, sport, destination, dport), key, back)
        connection, side = entry
        now = time_ns or connection.last_ns
        connection.last_ns = now
        recent = self._proven if connection in self._proven else self._strangers
        recent.move_to_end(connection)
        connection.segments += 1
        if connection.over:
            self.ignored += bool(payload)
            return
        mine, other = connection.streams[side], connection.streams[1 - side]
        mine.seen += 1
        if flags & SYN:
            seq = (seq + 1) & 0xFFFFFFFF
            if not mine.settled:
                mine.begin_at(seq)
        if flags & ACK:
            if not other.known:
                other.start(ack)
            other.acknowledge(ack, WINDOW)
        if not mine.known and not flags & RST:
            mine.start(seq)
        if payload or missing or flags & (FIN | RST):
            number = ack if flags & ACK else None
            self._add(
                connection, side, seq, flags, Piece(0, payload, missing, frame, time_ns, number)
            )
        self._look(connection, now)
        self._account(connection)
        if self.waiting_bytes > MAX_WAITING_TOTAL or mine.full:
            self._flush(connection)
            self._account(connection)

    def pass_time(self, time_ns: int | None) -> None:
        """Give up what time has decided; to be called between batches."""
        if time_ns is None:
            return
        for connection in list(self._doubtful):
            self._look(connection, time_ns)
            self._account(connection)
        for recent in (self._strangers, self._proven):
            while recent and time_ns - (oldest := next(iter(recent))).last_ns > IDLE_NS:
                self._forget(oldest, "idle")

    def close(self) -> None:
        """End all streams: the capture is over."""
        for recent in (self._strangers, self._proven):
            while recent:
                self._forget(next(iter(recent)), "capture")

    def _begin(self, ends: Ends, key: bytes, back: bytes) -> tuple[_Connection, int]:
        self.foreign.pop(back, None)
        connection = _Connection(self._open(ends), (key, back))
        self._sides[back] = connection, 1
        entry = self._sides[key] = connection, 0
        self._strangers[connection] = None
        self.connections += 1
        if len(self._strangers) > MAX_CONNECTIONS:
            self.evicted += 1
            self._forget(next(iter(self._strangers)), "evicted")
        return entry

    def _is_new(self, entry: tuple[_Connection, int], seq: int, flags: int) -> bool:
        """Whether a segment begins another connection between the same ports."""
        connection, side = entry
        stream = connection.streams[side]
        if not flags & SYN:
            distance = abs(stream.place(seq) - stream.offset)
            return connection.over and stream.known and distance > WINDOW
        if not stream.known:
            return connection.over
        at = stream.place((seq + 1) & 0xFFFFFFFF)
        if at == stream.isn_offset or (not stream.settled and not connection.over):
            return False
        # A SYN inside the window of a living connection is not accepted (RFC 9293, 3.10.7.4).
        living = stream.fin is None and not connection.over
        return not (living and abs(at - stream.offset) <= WINDOW)

    def _add(self, connection: _Connection, side: int, seq: int, flags: int, piece: Piece) -> None:
        mine, other = connection.streams[side], connection.streams[1 - side]
        if not mine.known:
            mine.start(seq)
        at = mine.place(seq)
        if abs(at - mine.offset) > WINDOW and (at < mine.offset or mine.acked is not None):
            self.ignored += 1
            return
        if mine.fin is not None and at > mine.fin:
            self.ignored += bool(piece.data)
            return
        piece = piece._replace(offset=at)
        if piece.end > at:
            if not mine.settled:
                mine.held += 1
                mine.since_ns = mine.since_ns or connection.last_ns
            for conflict in mine.add(piece):
                self.conflicts += 1
                connection.consumer.conflict(side, conflict)
        if flags & RST:
            connection.reset = True
            for stream in connection.streams:
                stream.settle()
            # The reset belongs behind what its sender sent; it can be numbered before.
            mine.fin = max(at, mine.reach()) if mine.fin is None else mine.fin
            if other.fin is None:
                last = other.waiting[-1].end if other.waiting else other.offset
                other.fin = max(other.reach(), last)
            mine.acked, other.acked = mine.fin, other.fin  # nothing is sent again
        elif flags & FIN and mine.fin is None and (piece.end >= mine.offset or not mine.settled):
            mine.fin = piece.end

    def _look(self, connection: _Connection, now: int) -> None:
        """Hand on what can be, and give up what is lost."""
        if connection.over:
            return
        for stream in connection.streams:
            if not stream.waiting or stream.settled:
                continue
            if (
                stream.held >= HOLD_SEGMENTS
                or stream.taken > HOLD_BYTES
                or now - stream.since_ns > HOLD_NS
                or (stream.acked is not None and stream.acked >= stream.waiting[0].offset)
            ):
                stream.settle()
        self._drain(connection)
        while not connection.over and self._lose(connection, now):
            self._drain(connection)

    def _drain(self, connection: _Connection, force: bool = False) -> None:
        """Hand on the pieces that are next, in both directions, as long as there are any."""
        streams, consumer = connection.streams, connection.consumer
        moved = True
        while moved and not connection.over:
            moved = False
            for side, stream in enumerate(streams):
                other = streams[1 - side]
                while stream.ready:
                    ack = stream.waiting[0].ack
                    acked = None
                    if ack is not None and other.known:
                        acked = other.place(ack)
                        ahead = acked if other.fin is None else min(acked, other.fin)
                        if (
                            other.settled
                            and other.offset < ahead <= other.offset + WINDOW
                            and ahead > other.forgiven
                            and not force
                        ):
                            break
                    force = False
                    piece = stream.pop()
                    data = piece.data
                    stream.advance(piece.end)
                    moved = True
                    if data:
                        stream.remember(piece)
                        whole = stream.isn_offset is not None
                        consumer.data(
                            side,
                            Data(piece.offset, data, piece.frame, piece.time_ns, acked, whole),
                        )
                    if piece.missing:
                        self._gap(connection, side, piece.end - piece.missing, piece.missing)
                    if consumer.foreign:
                        self._drop(connection)
                        return
                self._try_end(connection, side)
        if consumer.proven and connection in self._strangers:
            self._prove(connection)

    def _lose(self, connection: _Connection, now: int) -> bool:
        """Give up what was waited for long enough; whether anything could go on by that."""
        doubtful = given_up = False
        for side, stream in enumerate(connection.streams):
            if not stream.settled:
                doubtful = doubtful or bool(stream.waiting)
                continue
            known_lost = stream.reach() > max(stream.offset, stream.forgiven)
            if not known_lost and not stream.waiting:
                stream.stuck = None
                continue
            doubtful = True
            if stream.stuck is None or stream.stuck[0] != stream.offset:
                stream.stuck = stream.offset, connection.segments, now
                continue
            _, segments, since_ns = stream.stuck
            waited = connection.segments - segments
            alone = connection.streams[1 - side].seen == 0
            if (waited >= GRACE_SEGMENTS and (known_lost or alone)) or now - since_ns > (
                GRACE_NS if known_lost else PATIENCE_NS
            ):
                stream.stuck = None
                if stream.ready:
                    # It waits for what the other direction does not have either.
                    if not self._give_up(connection, 1 - side):
                        self._drain(connection, force=True)
                else:
                    self._give_up(connection, side)
                given_up = True
                break
        if doubtful != connection.doubtful and not connection.over:
            connection.doubtful = doubtful
            if doubtful:
                self._doubtful[connection] = None
            else:
                del self._doubtful[connection]
        return given_up

    def _give_up(self, connection: _Connection, side: int) -> bool:
        """Make a gap of what is missing next; False if nothing is."""
        stream = connection.streams[side]
        if stream.ready:
            return False
        target = stream.reach()
        if stream.waiting:
            first = stream.waiting[0].offset
            target = min(target, first) if target > stream.offset else first
        elif target == stream.offset + 1 and stream.fin is None:
            stream.forgiven = target  # likely a FIN that was not captured
            return False
        if target <= stream.offset:
            return False
        start = stream.offset
        stream.advance(target)
        self._gap(connection, side, start, target - start)
        return True

    def _gap(self, connection: _Connection, side: int, offset: int, length: int) -> None:
        self.bytes_missing += length
        connection.consumer.gap(side, Gap(offset, length))

    def _flush(self, connection: _Connection) -> None:
        """Hand on all that is waiting, with what is missing before it as gaps."""
        for stream in connection.streams:
            stream.settle()
        self._drain(connection)
        while not connection.over and any(stream.waiting for stream in connection.streams):
            if not (self._give_up(connection, 0) or self._give_up(connection, 1)):
                self._drain(connection, force=True)
            self._drain(connection)

    def _try_end(self, connection: _Connection, side: int) -> None:
        stream = connection.streams[side]
        if stream.fin is not None and stream.offset >= stream.fin and not stream.ended:
            stream.ended = True
            connection.consumer.end(side, "rst" if connection.reset else "fin")
            if all(stream.ended for stream in connection.streams):
                self._finish(connection)

    def _finish(self, connection: _Connection) -> None:
        """Keep of a connection only what tells its stragglers."""
        connection.over = True
        for stream in connection.streams:
            while stream.waiting:
                stream.pop()
            stream.history.clear()
        self._doubtful.pop(connection, None)

    def _forget(self, connection: _Connection, kind: Kind) -> None:
        """End a connection for a reason that is not its own."""
        if not connection.over:
            self._flush(connection)
            for side, stream in enumerate(connection.streams):
                if not connection.over and not stream.ended:
                    if stream.fin is not None:
                        stream.acked = max(stream.acked or stream.fin, stream.fin)
                    while self._give_up(connection, side):
                        pass
                    self._try_end(connection, side)
            for side, stream in enumerate(connection.streams):
                if not connection.over and not stream.ended:
                    stream.ended = True
                    connection.consumer.end(side, kind)
            self._finish(connection)
        self._remove(connection)

    def _drop(self, connection: _Connection) -> None:
        """Remember a connection as foreign, and nothing else of it."""
        self.foreign_connections += 1
        for side, stream in enumerate(connection.streams):
            if not stream.ended:
                stream.ended = True
                connection.consumer.end(side, "evicted")
        self._finish(connection)
        self._remove(connection)
        if len(self.foreign) >= MAX_FOREIGN:
            for key in list(islice(self.foreign, MAX_FOREIGN // 2)):
                del self.foreign[key]
        self.foreign.update(dict.fromkeys(connection.keys))

    def _account(self, connection: _Connection) -> None:
        taken = connection.streams[0].taken + connection.streams[1].taken
        self.waiting_bytes += taken - connection.counted
        connection.counted = taken

    def _remove(self, connection: _Connection) -> None:
        self._account(connection)
        self._strangers.pop(connection, None)
        self._proven.pop(connection, None)
        for key in connection.keys:
            entry = self._sides.get(key)
            if entry is not None and entry[0] is connection:
                del self._sides[key]

    def _prove(self, connection: _Connection) -> None:
        if connection not in self._strangers:
            return
        del self._strangers[connection]
        self._proven[connection] = None
        if len(self._proven) > MAX_CONNECTIONS:
            self.evicted += 1
            self._forget(next(iter(self._proven)), "evicted")
