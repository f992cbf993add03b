"""An HTTP request with its response."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from upnpscapy.capture.consumer import Kind
from upnpscapy.capture.datagrams import address_text
from upnpscapy.capture.http_message import HttpMessage
from upnpscapy.display import iso_utc

__all__ = ["Exchange"]


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
    interim: Sequence[int] = ()
    """Status of each interim response, such as 100."""
    response_lost: bool = False
    """The client went on: a response came, and is in a gap."""
    uncertain: bool = False
    """Several requests were sent at once, and part of them or of the responses is lost:
    it may answer another one of them. Or its end is lost, and the answer without a request
    right before it may be its own."""
    after_loss: bool = False
    """The requests sent at once with this one may include some before it that are lost."""
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
    def parts(self) -> list[HttpMessage]:
        """The messages that are there."""
        return [part for part in (self.request, self.response) if part is not None]

    @property
    def frames(self) -> list[int]:
        """Frames of both messages, the request's first; of long ones not all."""
        return list(dict.fromkeys(frame for part in self.parts for frame in part.frames))

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
