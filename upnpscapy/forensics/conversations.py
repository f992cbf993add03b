"""The HTTP half of a pass: segments to exchanges, and the facts that they tell."""

from __future__ import annotations

from collections.abc import Callable

from upnpscapy.capture.batch import Batch
from upnpscapy.capture.exchanges import Exchange, ExchangeReader
from upnpscapy.capture.segments import SegmentReader
from upnpscapy.forensics.control import ControlFacts
from upnpscapy.forensics.descriptions import Descriptions
from upnpscapy.forensics.exchange_row import ExchangeRow
from upnpscapy.forensics.ledger import Ledger
from upnpscapy.forensics.place import Place
from upnpscapy.forensics.roles import role_of

__all__ = ["Conversations", "OnExchange"]

OnExchange = Callable[[ExchangeRow], None]


class Conversations:
    """Hands on the exchanges of one capture as they are complete.

    With ``facts`` it gathers descriptions, calls, events and the life of mappings as well.
    """

    def __init__(self, on_exchange: OnExchange, *, facts: bool) -> None:
        self._on_exchange = on_exchange
        self._facts = facts
        self.ledger = Ledger()
        self.control = ControlFacts(self.ledger.take)
        self.descriptions = Descriptions()
        self.reader = ExchangeReader(self._take)
        self.segments = SegmentReader(self.reader.foreign)
        self._place = Place("", 0, ("",))

    def begin(self, place: Place) -> None:
        """Name the file that the next batches come from."""
        self._place = place
        self.segments.begin(place.base)

    def read_batch(self, batch: Batch, time_ns: int | None) -> None:
        """Take the next frames; ``time_ns`` is that of the last of them."""
        self.segments.read_batch(batch, self.reader.take)
        self.reader.pass_time(time_ns)

    def close(self, end_ns: int | None) -> None:
        """Hand on what is still open; the facts are complete after it."""
        self.reader.close()
        self.segments.reassembler.close()
        self.control.close(end_ns)
        self.ledger.close(end_ns)

    def limits(self) -> list[str]:
        """What the bounds left out, in words."""
        streams = self.reader.streams
        counts = (
            (streams.bytes_missing, "bytes of TCP streams are not in the capture"),
            (streams.evicted, "TCP connections given up, too many at a time"),
            (self.reader.budget.refused, "bytes of HTTP bodies not kept"),
            (self.control.left_out, "calls, subscriptions and events beyond those kept"),
            (self.ledger.left_out, "port mappings beyond those kept"),
        )
        words = [f"{count} {words}" for count, words in counts if count]
        return [*words, *self.descriptions.limits]

    def _take(self, exchange: Exchange) -> None:
        row = ExchangeRow(exchange, self._place, role_of(exchange))
        if self._facts:
            self.control.take(row)
            self.descriptions.take(row)
        self._on_exchange(row)
