"""TCP of a capture, batch by batch: the exchanges in it, and who tried to connect."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Container, Iterable
from typing import NamedTuple

from upnpscapy.capture.attempts import NOTHING_TRIED, AttemptReader, Sender, Tried
from upnpscapy.capture.batch import Batch
from upnpscapy.capture.exchanges import Exchange, ExchangeReader
from upnpscapy.capture.segments import SegmentReader
from upnpscapy.closing import Closing
from upnpscapy.errors import CaptureError

__all__ = ["Look", "TakeExchange", "Tcp", "TcpCounts", "TcpReader"]

TakeExchange = Callable[[Exchange], None]

Look = Callable[[Exchange], None]
"""Looks at an exchange in the process that reads it, where that is a second one, and sets
``HttpMessage.noted``. A function of a module: its name is what the other process is told."""


class TcpCounts(NamedTuple):
    """What of TCP was not read, and why."""

    bytes_missing: int
    """Of streams, that are not in the capture."""
    evicted: int
    """Connections given up, as there were too many at a time."""
    bytes_refused: int
    """Of HTTP bodies, that are beyond those kept."""

    def words(self) -> list[str]:
        """The same in words, as far as there is something to say."""
        counts = (
            (self.bytes_missing, "bytes of TCP streams are not in the capture"),
            (self.evicted, "TCP connections given up, too many at a time"),
            (self.bytes_refused, "bytes of HTTP bodies not kept"),
        )
        return [f"{count} {words}" for count, words in counts if count]


class Tcp(Closing):
    """Who reads it; each batch is told by ``read``, then by ``pass_time``."""

    foreign: Container[bytes] | None
    """Keys of the directions that are not HTTP, to be passed over; None if all of TCP is."""
    failure: CaptureError | None
    """Why it is not read any more, while the rest of the capture is."""

    @abstractmethod
    def begin(self, base: int = 0) -> None:
        """Start a file: ``base`` is added to frame numbers, to tell joined files apart."""

    @abstractmethod
    def read(self, batch: Batch, positions: Iterable[int]) -> None:
        """Take those of the next frames that can have segments that matter."""

    @abstractmethod
    def pass_time(self, time_ns: int | None) -> None:
        """Hand on the exchanges that are complete: the time is that of the last frame read."""

    @abstractmethod
    def senders(self) -> list[Sender]:
        """Who sent a SYN, each once: those found since the last time, if they were asked for."""

    @abstractmethod
    def finish(self) -> None:
        """Hand on what is still open: the capture is over."""

    @abstractmethod
    def counts(self) -> TcpCounts:
        """What was not read; complete after ``finish``."""

    @abstractmethod
    def tried(self) -> Tried:
        """The connections that were tried, if they were asked for; complete after ``finish``."""


class TcpReader(Tcp):
    """Reads it here and now; ``on_exchange`` gets each exchange."""

    def __init__(self, on_exchange: TakeExchange, *, handshakes: bool = False) -> None:
        self.exchanges = ExchangeReader(on_exchange)
        self.foreign: dict[bytes, None] = self.exchanges.foreign
        self._attempts = AttemptReader() if handshakes else None
        syns = None if self._attempts is None else self._attempts.syns
        self.segments = SegmentReader(self.exchanges.foreign, self.exchanges.lanes, syns)
        self.failure = None

    def begin(self, base: int = 0) -> None:
        """Start a file."""
        self.segments.begin(base)

    def read(self, batch: Batch, positions: Iterable[int]) -> None:
        """Take some frames of a batch."""
        self.segments.read_frames(batch, positions, self.exchanges.take)

    def pass_time(self, time_ns: int | None) -> None:
        """Hand on what is complete."""
        self.exchanges.pass_time(time_ns)

    def senders(self) -> list[Sender]:
        """Who sent a SYN."""
        return [] if self._attempts is None else self._attempts.senders()

    def finish(self) -> None:
        """Hand on what is still open."""
        self.exchanges.close()
        self.segments.reassembler.close()
        if self._attempts is not None:
            self._attempts.finish()

    def counts(self) -> TcpCounts:
        """What was not read."""
        streams, budget = self.exchanges.streams, self.exchanges.budget
        return TcpCounts(streams.tally.bytes_missing, streams.evicted, budget.refused)

    def tried(self) -> Tried:
        """The connections that were tried."""
        return NOTHING_TRIED if self._attempts is None else self._attempts.tried

    def close(self) -> None:
        """Nothing of it is outside of this process."""
