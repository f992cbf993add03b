"""The short way of nearly all segments: next in order, in a connection where nothing is amiss.

What this says of such a segment is what ``Connection.take`` would say of it, in far fewer steps.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from upnpscapy.capture.connection import Connection
from upnpscapy.capture.ordering import HALF, HISTORY_BYTES, MASK, Data
from upnpscapy.capture.segments import ACK, PSH

__all__ = ["Lane"]

_PLAIN = frozenset((ACK, ACK | PSH))

_data: Callable[[tuple[object, ...]], Data] = partial(tuple.__new__, Data)
"""``Data`` of its fields, without a call of Python's."""


class Lane:
    """One direction of a connection; open while its next segment needs no thought."""

    __slots__ = ("_connection", "_follow", "_mine", "_other", "_side", "open")

    def __init__(
        self, connection: Connection, side: int, follow: Callable[[Connection], None]
    ) -> None:
        self._connection = connection
        self._side = side
        self._mine, self._other = connection.streams[side], connection.streams[1 - side]
        self._follow = follow
        self.open = False

    def judge(self) -> None:
        """Open or close it, after something has happened in the connection."""
        mine, other, connection = self._mine, self._other, self._connection
        self.open = not (
            connection.over or connection.doubtful or mine.waiting or other.waiting
        ) and (
            mine.known
            and mine.settled
            and mine.seen > 0
            and mine.fin is None
            and other.known
            and other.settled
            and other.acked is not None
        )

    def take(
        self, frame: int, time_ns: int | None, seq: int, ack: int, flags: int, payload: bytes
    ) -> bool:
        """Take a segment of which nothing is missing; False if ``Connection`` has to."""
        mine, other = self._mine, self._other
        if not self.open or seq != mine.next or flags not in _PLAIN:
            return False
        behind = (other.next - ack) & MASK
        if behind > HALF:
            return False  # it acknowledges what is not there
        connection = self._connection
        connection.last_ns = time_ns or connection.last_ns
        connection.recent.move_to_end(connection)
        if not payload:
            return True
        offset, acked = mine.offset, other.offset - behind
        data = _data((offset, payload, frame, time_ns, acked, mine.isn_offset is not None))
        history = mine.history
        history.append(data)
        while offset - history[0][0] > HISTORY_BYTES:
            history.popleft()
        mine.next = (seq + len(payload)) & MASK
        mine.offset = offset + len(payload)
        consumer = connection.consumer
        consumer.data(self._side, data)
        if consumer.foreign:
            connection.end("evicted")
            self._follow(connection)
        elif consumer.proven != connection.proven:
            self._follow(connection)
        return True
