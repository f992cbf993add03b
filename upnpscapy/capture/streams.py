"""TCP segments to byte streams: connections told apart, those that matter kept within bounds.

A consumer per connection gets the bytes of both directions in order, with frames and times.
It is made when the connection says something: a handshake alone has none.

A connection that a consumer calls foreign, or whose first bytes are refused,
gets no more attention, and costs next to nothing.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from itertools import islice
from struct import Struct

from upnpscapy.capture.connection import Connection, Tally
from upnpscapy.capture.consumer import Consumer, Ends, Kind
from upnpscapy.capture.lane import Lane
from upnpscapy.capture.opening import Opening
from upnpscapy.capture.segments import FIN, SYN

__all__ = ["Consumer", "Ends", "Kind", "StreamReader"]

IDLE_NS = 600 * 1_000_000_000

MAX_CONNECTIONS = 8192
"""Of those that are known to matter, and again of those that are not."""

MAX_FOREIGN = 1 << 17
"""Directions remembered as foreign."""

MAX_WAITING_TOTAL = 64 << 20
"""Bytes that wait for earlier ones, over all streams."""

_ports = Struct(">HH").pack

_Known = Connection | Opening


class StreamReader:
    """TCP segments to consumers; ``open`` makes one for each connection.

    ``refuse`` tells whether the very first bytes of a connection show that no consumer wants it.
    """

    def __init__(
        self,
        open: Callable[[Ends], Consumer],
        refuse: Callable[[bytes], bool] | None = None,
    ) -> None:
        self._open = open
        self._refuse = refuse
        self._sides: dict[bytes, tuple[_Known, int]] = {}
        self.lanes: dict[bytes, Lane] = {}
        """Of directions that are in order the short way, by their keys."""
        self._strangers: OrderedDict[_Known, None] = OrderedDict()
        self._proven: OrderedDict[_Known, None] = OrderedDict()
        self._doubtful: dict[Connection, None] = {}
        self.tally = Tally()
        self.foreign: dict[bytes, None] = {}
        """Keys of foreign directions, to be passed over before a segment is read."""
        self.connections = 0
        self.foreign_connections = 0
        self.foreign_segments = 0
        """Segments of foreign connections that got here."""
        self.evicted = 0
        """Connections given up because there were too many."""

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
            del self.foreign[key]
        entry = self._sides.get(key)
        if entry is not None:
            known, side = entry
            if isinstance(known, Opening):
                if not (payload or missing) and known.keep(side, frame, time_ns, seq, ack, flags):
                    self._strangers.move_to_end(known)
                    return
                if self._is_refused(known, side, seq, ack, flags, payload):
                    self.tally.bytes_missing += missing
                    self._set_foreign(known)
                    return
                known = self._begin(known.keys, known)
            if not missing:
                lane = self.lanes.get(key)
                if lane is not None and lane.take(frame, time_ns, seq, ack, flags, payload):
                    return
            if not (flags & SYN or known.over) or not known.is_new(side, seq, flags):
                known.recent.move_to_end(known)
                if known.take(side, frame, time_ns, seq, ack, flags, payload, missing):
                    self._follow(known)
                return
            self._forget(known, "reuse")
        if not (payload or missing or flags & (SYN | FIN)):
            return
        keys = key, destination + source + ports[2:] + ports[:2]
        self.foreign.pop(keys[1], None)
        self.connections += 1
        if flags & SYN and not (payload or missing):
            opening = Opening(keys)
            if opening.keep(0, frame, time_ns, seq, ack, flags):
                self._add(opening)
                return
        known = self._begin(keys)
        known.take(0, frame, time_ns, seq, ack, flags, payload, missing)
        self._follow(known)

    @property
    def in_doubt(self) -> bool:
        """Whether any connection waits for what may still come."""
        return bool(self._doubtful)

    def pass_time(self, time_ns: int | None) -> None:
        """Give up what time has decided; to be called between batches."""
        if time_ns is None:
            return
        for connection in list(self._doubtful):
            if not connection.over:
                connection.look(time_ns)
                self._follow(connection)
        for recent in (self._strangers, self._proven):
            while recent and time_ns - (oldest := next(iter(recent))).last_ns > IDLE_NS:
                self._forget(oldest, "idle")

    def close(self) -> None:
        """End all streams: the capture is over."""
        for recent in (self._strangers, self._proven):
            while recent:
                self._forget(next(iter(recent)), "capture")

    def _is_refused(
        self, opening: Opening, side: int, seq: int, ack: int, flags: int, payload: bytes
    ) -> bool:
        refuse = self._refuse
        if refuse is None or not payload or not opening.begins(side, seq, ack, flags):
            return False
        return refuse(payload)

    def _begin(self, keys: tuple[bytes, bytes], opening: Opening | None = None) -> Connection:
        """Make a connection, with a consumer; what the opening kept of it is told again."""
        connection = Connection(self._open(_ends(keys[0])), keys, self.tally)
        complete = opening is not None and opening.complete
        if opening is not None:
            del self._strangers[opening]
            if complete:
                connection.establish(opening.segments)
            else:
                for side, frame, time_ns, seq, ack, flags in opening.segments:
                    connection.take(side, frame, time_ns, seq, ack, flags, b"", 0)
        self._add(connection)
        connection.recent = self._strangers
        connection.lanes = Lane(connection, 0, self._follow), Lane(connection, 1, self._follow)
        self.lanes.update(zip(keys, connection.lanes, strict=True))
        if complete:
            for lane in connection.lanes:
                lane.judge()
        return connection

    def _add(self, known: _Known) -> None:
        key, back = known.keys
        self._sides[key], self._sides[back] = (known, 0), (known, 1)
        self._strangers[known] = None
        if len(self._strangers) > MAX_CONNECTIONS:
            self.evicted += 1
            self._forget(next(iter(self._strangers)), "evicted")

    def _follow(self, connection: Connection) -> None:
        """Draw the consequences of what changed in a connection."""
        if self.tally.waiting_bytes > MAX_WAITING_TOTAL:
            connection.flush()
        if connection.consumer.foreign:
            self._set_foreign(connection)
            return
        if connection.doubtful:
            self._doubtful[connection] = None
        else:
            self._doubtful.pop(connection, None)
        for lane in connection.lanes:
            lane.judge()
        if connection.consumer.proven and not connection.proven:
            connection.proven = True
            del self._strangers[connection]
            self._proven[connection] = None
            connection.recent = self._proven
            if len(self._proven) > MAX_CONNECTIONS:
                self.evicted += 1
                self._forget(next(iter(self._proven)), "evicted")

    def _forget(self, known: _Known, kind: Kind) -> None:
        """End a connection for a reason that is not its own."""
        if isinstance(known, Connection) and not known.over:
            known.close(kind)
            if known.consumer.foreign:
                self._set_foreign(known)
                return
        self._remove(known)

    def _set_foreign(self, known: _Known) -> None:
        """Remember a connection as foreign, and nothing else of it."""
        self.foreign_connections += 1
        self._remove(known)
        foreign = self.foreign
        if len(foreign) >= MAX_FOREIGN:
            for key in list(islice(foreign, MAX_FOREIGN // 2)):
                del foreign[key]
        foreign[known.keys[0]] = foreign[known.keys[1]] = None

    def _remove(self, known: _Known) -> None:
        sides = self._sides
        self._strangers.pop(known, None)
        lanes = None
        if isinstance(known, Connection):
            lanes = self.lanes
            self._proven.pop(known, None)
            self._doubtful.pop(known, None)
            known.lanes = ()
        for key in known.keys:
            entry = sides.get(key)
            if entry is not None and entry[0] is known:
                del sides[key]
                if lanes is not None:
                    lanes.pop(key, None)


def _ends(key: bytes) -> Ends:
    """What the key of a direction is made of."""
    size = (len(key) - 4) // 2
    sport, dport = int.from_bytes(key[-4:-2]), int.from_bytes(key[-2:])
    return Ends(key[:size], sport, key[size:-4], dport)
