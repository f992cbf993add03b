"""What rows have in common that tell of one HTTP exchange."""

from __future__ import annotations

from upnpscapy.capture.datagrams import address_text
from upnpscapy.capture.exchanges import Exchange
from upnpscapy.display import iso_utc
from upnpscapy.forensics.place import Place
from upnpscapy.tree import Shown

__all__ = ["RowOfExchange"]


class RowOfExchange(Shown):
    """A row; ``exchange`` has both messages with their bytes.

    Frame numbers are those inside (see ``place``); ``column`` gives them as shown.
    """

    __slots__ = ("exchange", "place")

    def __init__(self, exchange: Exchange, place: Place) -> None:
        self.exchange = exchange
        self.place = place

    @property
    def capture(self) -> str:
        """The file it is in."""
        return self.place.capture

    @property
    def frame(self) -> int | None:
        """Frame of the request's first byte."""
        return self.exchange.frame

    @property
    def response_frame(self) -> int | None:
        """Frame of the response's first byte."""
        return self.exchange.response_frame

    @property
    def frames(self) -> list[int]:
        """Frames of both messages; of long ones not all."""
        return self.exchange.frames

    @property
    def time_ns(self) -> int | None:
        """When the request began, or the response if the request is missing."""
        time_ns = self.exchange.time_ns
        return self.exchange.response_time_ns if time_ns is None else time_ns

    @property
    def response_time_ns(self) -> int | None:
        """When the response began."""
        return self.exchange.response_time_ns

    @property
    def time(self) -> str | None:
        """When the request began, as ISO 8601 in UTC."""
        return iso_utc(self.exchange.time_ns)

    @property
    def client(self) -> str:
        """Address of the side that asked."""
        return address_text(self.exchange.client_address)

    @property
    def server(self) -> str:
        """Address of the side that answered."""
        return address_text(self.exchange.server_address)

    @property
    def status(self) -> int | None:
        """The HTTP status, None without a response."""
        return self.exchange.status

    @property
    def filter(self) -> str:
        """A Wireshark display filter that shows the connection."""
        return self.exchange.filter

    def involves(self, host: str) -> bool:
        """Whether an address is one of its two ends."""
        return host in (self.exchange.client, self.exchange.server)

    def column(self, name: str) -> object:
        """The value of a column of its table."""
        value = getattr(self, name)
        if name in ("frame", "response_frame"):
            # In a joined capture a frame can be in another file than the row.
            return None if value is None else self.place.show(value)
        return value
