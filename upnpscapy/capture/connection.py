"""One TCP connection: two directions handed to a consumer in causal order.

A segment is handed on when all bytes that its sender had acknowledged are:
so a response never comes before its request, whatever the order in the capture.
What was acknowledged and does not come is a gap: the capture lost it, the receiver did not.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from upnpscapy.capture.consumer import Consumer, Kind
from upnpscapy.capture.ordering import MASK, Data, Gap, Piece, Stream
from upnpscapy.capture.segments import ACK, FIN, RST, SYN

if TYPE_CHECKING:
    from upnpscapy.capture.lane import Lane
    from upnpscapy.capture.opening import Silent

__all__ = ["WINDOW", "Connection", "Tally"]

GRACE_SEGMENTS = 2 * 64
GRACE_NS = 1_000_000_000
"""What a capture may come out of order: an acknowledged byte later than that is lost.
Segments are 64 places from their own at most: the byte's too late, the acknowledgement's too early.
"""

PATIENCE_NS = 30 * 1_000_000_000
"""The same where no acknowledgement is seen."""

HOLD_BYTES = 128 << 10
"""Bytes that wait, while within the grace the start of a stream without SYN may still come."""

WINDOW = 16 << 20
"""Bytes; what is farther away than any home device's window is no part of the connection."""


class Tally:
    """What all connections together hold and have lost."""

    def __init__(self) -> None:
        self.waiting_bytes = 0
        """Memory that pieces take which wait for earlier ones."""
        self.conflicts = 0
        self.bytes_missing = 0
        self.ignored = 0
        """Segments that are no part of their connection: stray, or behind its end."""


class Connection:
    """Segments of both sides in; the consumer gets bytes, gaps and ends."""

    __slots__ = (
        "_began_ns",
        "_counted",
        "_reset",
        "_tally",
        "consumer",
        "doubtful",
        "keys",
        "lanes",
        "last_ns",
        "over",
        "proven",
        "recent",
        "segments",
        "streams",
    )

    def __init__(self, consumer: Consumer, keys: tuple[bytes, bytes], tally: Tally) -> None:
        self.consumer = consumer
        self.keys = keys
        self.streams = Stream(), Stream()
        self.segments = 0
        self.last_ns = 0
        self.proven = False
        """Whether it has been told that the consumer is."""
        self.recent: OrderedDict[Any, None] = OrderedDict()
        """What its reader keeps it in, those last heard of at the end."""
        self.lanes: Sequence[Lane] = ()
        """Of each direction the short way, as long as there is one."""
        self.over = False
        self.doubtful = False
        """Whether only time can tell what is lost, or where a stream begins."""
        self._began_ns: int | None = None
        self._reset: tuple[int, int] | None = None
        """When the first RST came: segments, time. Within the grace others may precede it."""
        self._tally = tally
        self._counted = 0
        """What its waiting pieces take, as far as it is in the total."""

    def take(
        self,
        side: int,
        frame: int,
        time_ns: int | None,
        seq: int,
        ack: int,
        flags: int,
        payload: bytes,
        missing: int,
    ) -> bool:
        """Take a segment; whether anything can have changed."""
        mine, other = self.streams[side], self.streams[1 - side]
        self.segments += 1
        self.last_ns = now = time_ns or self.last_ns
        if self.over:
            self._tally.ignored += bool(payload)
            return False
        mine.seen += 1
        if flags & SYN:
            seq = (seq + 1) & MASK
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
            self._add(side, seq, flags, Piece(0, payload, missing, frame, time_ns, number))
        self.look(now)
        if mine.full:
            self.flush()
        return True

    def establish(self, segments: Sequence[Silent]) -> None:
        """Be where taking the segments of a complete handshake would lead to (see ``Opening``).

        Both sides are known from their SYN on, and have acknowledged the other's or not yet.
        """
        for side, _, time_ns, seq, _, flags in segments:
            mine, other = self.streams[side], self.streams[1 - side]
            self.last_ns = time_ns or self.last_ns
            if self._began_ns is None:
                self._began_ns = self.last_ns
            mine.seen += 1
            if flags & SYN:
                mine.begin_at((seq + 1) & MASK)
            if flags & ACK:
                other.acked = 0
        self.segments = len(segments)

    def is_new(self, side: int, seq: int, flags: int) -> bool:
        """Whether a segment begins another connection between the same ports."""
        stream = self.streams[side]
        if not flags & SYN:
            distance = abs(stream.place(seq) - stream.offset)
            return self.over and stream.known and distance > WINDOW
        if not stream.known:
            return self.over
        at = stream.place((seq + 1) & MASK)
        if at == stream.isn_offset:
            return False
        if not stream.settled and not self.over:
            # What was sent before a SYN is another connection's.
            first = stream.waiting[0].offset if stream.waiting else stream.fin
            return first is not None and not at <= first <= at + WINDOW
        # A SYN inside the window of a living connection is not accepted (RFC 9293, 3.10.7.4).
        living = stream.fin is None and not self.over
        return not (living and abs(at - stream.offset) <= WINDOW)

    def look(self, now: int) -> None:
        """Hand on what can be, and give up what is lost."""
        if self.over:
            return
        if self._began_ns is None:
            self._began_ns = now
        one, other = self.streams
        if not (one.settled and other.settled) and (
            self._is_past_grace(0, self._began_ns, now) or max(one.taken, other.taken) > HOLD_BYTES
        ):
            one.settle()
            other.settle()
        if self._reset is not None and self._is_past_grace(*self._reset, now):
            self._cut_off()
        self._drain()
        while not self.over and self._lose(now):
            self._drain()
        self._account()

    def _is_past_grace(self, segments: int, since_ns: int, now: int) -> bool:
        return self.segments - segments >= GRACE_SEGMENTS or now - since_ns > GRACE_NS

    def flush(self) -> None:
        """Hand on all that is waiting, with what is missing before it as gaps."""
        if self._reset is not None:
            self._cut_off()
        for stream in self.streams:
            stream.settle()
        self._drain()
        while not self.over and any(stream.waiting for stream in self.streams):
            if not (self._give_up(0) or self._give_up(1)):
                self._drain(force=True)
            self._drain()
        self._account()

    def close(self, kind: Kind) -> None:
        """End for a reason that is not its own."""
        if self.over:
            return
        self.flush()
        for side, stream in enumerate(self.streams):
            if not self.over and not stream.ended:
                if stream.fin is not None:
                    stream.acked = max(stream.acked or stream.fin, stream.fin)
                while self._give_up(side):
                    pass
                self._try_end(side)
        if not self.over:
            self.end(kind)

    def end(self, kind: Kind) -> None:
        """End what has not ended, as it is."""
        for side, stream in enumerate(self.streams):
            if not stream.ended:
                stream.ended = True
                self.consumer.end(side, kind)
        self._finish()

    def _add(self, side: int, seq: int, flags: int, piece: Piece) -> None:
        mine = self.streams[side]
        if not mine.known:
            mine.start(seq)
        at = mine.place(seq)
        if abs(at - mine.offset) > WINDOW and (at < mine.offset or mine.acked is not None):
            self._tally.ignored += 1
            return
        if mine.fin is not None and at > mine.fin:
            self._tally.ignored += bool(piece.data)
            return
        piece = piece._replace(offset=at)
        if piece.end > at:
            for conflict in mine.add(piece):
                self._tally.conflicts += 1
                self.consumer.conflict(side, conflict)
        if flags & RST:
            if self._reset is None:
                self._reset = self.segments, self.last_ns
                mine.reset_at = at
        elif flags & FIN and mine.fin is None and (piece.end >= mine.offset or not mine.settled):
            mine.fin = piece.end

    def _cut_off(self) -> None:
        """End both directions, as a reset does, behind what was sent."""
        for stream in self.streams:
            stream.settle()
            if stream.fin is None:
                # A reset can be numbered before what its sender sent.
                last = stream.waiting[-1].end if stream.waiting else stream.offset
                at = last if stream.reset_at is None else stream.reset_at
                stream.fin = max(stream.reach(), last, at)
                stream.was_reset = True
            stream.acked = stream.fin  # nothing is sent again

    def _drain(self, force: bool = False) -> None:
        """Hand on the pieces that are next, in both directions, as long as there are any."""
        streams = self.streams
        moved = True
        while moved and not self.over:
            moved = False
            for side, stream in enumerate(streams):
                other = streams[1 - side]
                while stream.ready:
                    ack = stream.waiting[0].ack
                    acked = None
                    if ack is not None and not (other.settled or force):
                        break  # what it answers may precede all that was seen
                    if ack is not None and other.known:
                        acked = other.place(ack)
                        ahead = acked if other.fin is None else min(acked, other.fin)
                        if (
                            other.offset < ahead <= other.offset + WINDOW
                            and ahead > other.forgiven
                            and not force
                        ):
                            break
                    force = False
                    _, data, missing, frame, time_ns, _ = stream.pop()
                    moved = True
                    if data:
                        self._hand_on(side, stream, data, frame, time_ns, acked)
                    if missing:
                        offset = stream.offset
                        stream.advance(offset + missing)
                        self._gap(side, offset, missing)
                    if self.consumer.foreign:
                        self.end("evicted")
                        return
                self._try_end(side)

    def _hand_on(
        self,
        side: int,
        stream: Stream,
        payload: bytes,
        frame: int,
        time_ns: int | None,
        acked: int | None,
    ) -> None:
        """Give the consumer the next bytes."""
        offset = stream.offset
        data = Data(offset, payload, frame, time_ns, acked, stream.isn_offset is not None)
        stream.remember(data)
        stream.advance(offset + len(payload))
        self.consumer.data(side, data)

    def _lose(self, now: int) -> bool:
        """Give up what was waited for long enough; whether anything could go on by that."""
        doubtful, given_up = self._reset is not None, False
        for side, stream in enumerate(self.streams):
            if not stream.settled:
                doubtful = doubtful or bool(stream.waiting)
                continue
            known_lost = stream.reach() > max(stream.offset, stream.forgiven)
            if not known_lost and not stream.waiting:
                stream.stuck = None
                continue
            doubtful = True
            if stream.stuck is None or stream.stuck[0] != stream.offset:
                stream.stuck = stream.offset, self.segments, now
                continue
            _, segments, since_ns = stream.stuck
            waited = self.segments - segments
            alone = self.streams[1 - side].seen == 0
            if (waited >= GRACE_SEGMENTS and (known_lost or alone)) or now - since_ns > (
                GRACE_NS if known_lost else PATIENCE_NS
            ):
                stream.stuck = None
                if stream.ready:
                    # It waits for what the other direction does not have either.
                    if not self._give_up(1 - side):
                        self._drain(force=True)
                else:
                    self._give_up(side)
                given_up = True
                break
        self.doubtful = doubtful and not self.over
        return given_up

    def _give_up(self, side: int) -> bool:
        """Make a gap of what is missing next; False if nothing is."""
        stream = self.streams[side]
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
        self._gap(side, start, target - start)
        return True

    def _gap(self, side: int, offset: int, length: int) -> None:
        self._tally.bytes_missing += length
        self.consumer.gap(side, Gap(offset, length))

    def _try_end(self, side: int) -> None:
        stream = self.streams[side]
        if not stream.settled or stream.fin is None or stream.ended:
            return
        if stream.offset >= stream.fin:
            stream.ended = True
            self.consumer.end(side, "rst" if stream.was_reset else "fin")
            if all(stream.ended for stream in self.streams):
                self._finish()

    def _finish(self) -> None:
        """Keep only what tells its stragglers."""
        self.over = True
        self.doubtful = False
        for stream in self.streams:
            while stream.waiting:
                stream.pop()
            stream.history.clear()
        self._account()

    def _account(self) -> None:
        taken = self.streams[0].taken + self.streams[1].taken
        self._tally.waiting_bytes += taken - self._counted
        self._counted = taken
