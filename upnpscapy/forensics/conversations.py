"""The HTTP half of a pass: segments to exchanges, and what each exchange was for."""

from __future__ import annotations

from collections.abc import Callable

from upnpscapy.capture.batch import Batch
from upnpscapy.capture.exchanges import Exchange, ExchangeReader
from upnpscapy.capture.segments import SegmentReader
from upnpscapy.forensics.exchange_row import ExchangeRow
from upnpscapy.forensics.place import Place
from upnpscapy.forensics.roles import role_of

__all__ = ["Conversations", "OnExchange"]

OnExchange = Callable[[ExchangeRow], None]


class Conversations:
    """Hands on the exchanges of one capture as they are complete."""

    def __init__(self, on_exchange: OnExchange) -> None:
        self._on_exchange = on_exchange
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

    def close(self) -> None:
        """Hand on what is still open."""
        self.reader.close()

    def _take(self, exchange: Exchange) -> None:
        self._on_exchange(ExchangeRow(exchange, self._place, role_of(exchange)))
