"""One request of NAT-PMP or PCP with its answer, as the table of mappings takes calls."""

from __future__ import annotations

from typing import Literal

from upnpscapy.forensics.place import Place
from upnpscapy.protocol.mapping_terms import Terms
from upnpscapy.protocol.natpmp import PORT, NatPmp
from upnpscapy.protocol.pcp import Pcp

__all__ = ["Message", "PortControlCall", "PortControlKind", "kind_of", "name_of", "terms_of"]

Message = NatPmp | Pcp
PortControlKind = Literal["natpmp", "pcp"]

MAX_FRAMES = 64
"""Frames kept of one request: a client repeats it nine times at most (RFC 6886, 3.1)."""


class PortControlCall:
    """A request, its repeats, and the answer; ``MappingCall`` of this protocol.

    Without a request the answer alone was seen.
    """

    control_url: str | None = None
    service_type: str | None = None
    action: str | None = None
    arguments: tuple[tuple[str, str], ...] = ()
    status: int | None = None

    __slots__ = (
        "client",
        "client_port",
        "frame",
        "frames",
        "place",
        "request",
        "response",
        "response_frame",
        "response_time_ns",
        "server",
        "time_ns",
    )

    def __init__(
        self, place: Place, client: str, client_port: int, server: str, request: Message | None
    ) -> None:
        self.place = place
        self.client = client
        self.client_port = client_port
        self.server = server
        self.request = request
        self.response: Message | None = None
        self.frame: int | None = None
        self.response_frame: int | None = None
        self.time_ns: int | None = None
        self.response_time_ns: int | None = None
        self.frames: list[int] = []
        """Of the request, its repeats, and the answer."""

    def asked_in(self, frame: int, time_ns: int | None) -> None:
        """Take a frame of the request."""
        if self.frame is None:
            self.frame, self.time_ns = frame, time_ns
        self._note(frame)

    def answered(self, response: Message, frame: int, time_ns: int | None) -> None:
        """Take the answer."""
        self.response, self.response_frame, self.response_time_ns = response, frame, time_ns
        self._note(frame)

    @property
    def capture(self) -> str:
        """The file it is in."""
        return self.place.capture

    @property
    def result(self) -> tuple[tuple[str, str], ...] | None:
        """There are no arguments by name; None without an answer."""
        return None if self.response is None else ()

    @property
    def error_code(self) -> int | None:
        """The result code of a refusal."""
        return None if self.ok or self.response is None else self.response.result_code

    @property
    def ok(self) -> bool:
        """Whether the answer says success."""
        return self.response is not None and self.response.ok

    @property
    def filter(self) -> str:
        """A display filter that shows what the two said by this protocol."""
        name = "ipv6" if ":" in self.client else "ip"
        ends = " && ".join(f"{name}.addr == {end}" for end in (self.client, self.server))
        return f"udp.port == {PORT} && {ends}"

    def _note(self, frame: int) -> None:
        if len(self.frames) < MAX_FRAMES:
            self.frames.append(frame)


def kind_of(message: Message) -> PortControlKind:
    """The protocol, as ``mappings`` calls it."""
    return "natpmp" if isinstance(message, NatPmp) else "pcp"


def name_of(message: Message) -> tuple[object, ...]:
    """What a request and its answer have in common."""
    if isinstance(message, NatPmp):
        return message.opcode, message.internal_port
    return message.opcode, message.nonce, message.protocol_number, message.internal_port


def terms_of(call: PortControlCall) -> Terms:
    """What a mapping says: the answer's ports and lifetime if it was granted, else as asked for.

    The nonce, by which PCP tells the owner, is ``unique_id``.
    """
    asked, told = call.request, call.response if call.ok else None
    first = told or asked or call.response
    assert first is not None
    terms = Terms(
        protocol=first.protocol,
        external_port=first.external_port,
        internal_client=call.client,
        internal_port=first.internal_port,
        remote_host="",
        lease_seconds=first.lifetime_seconds,
    )
    if call.response is first and not call.ok:
        terms = terms._replace(lease_seconds=None)  # how long it will stay refused
    if isinstance(asked, Pcp):
        return _with_options(terms, asked, first)
    return _with_options(terms, first, first) if isinstance(first, Pcp) else terms


def _with_options(terms: Terms, asked: Pcp, first: Message) -> Terms:
    client = asked.third_party or terms.internal_client
    host: str | None = terms.remote_host
    port: int | None = None
    if asked.remote_address is not None:
        host, port = asked.remote_address, asked.remote_port
    elif asked.filters and asked.filters[-1].prefix_length:
        allowed = asked.filters[-1]
        width = 32 if ":" not in allowed.remote_address else 128
        length = allowed.prefix_length - (128 - width)
        address = allowed.remote_address
        host = address if length == width else f"{address}/{max(0, length)}"
        port = allowed.remote_port or None
    nonce = first.nonce if isinstance(first, Pcp) else asked.nonce
    return terms._replace(
        internal_client=client,
        remote_host=host,
        remote_port=port,
        unique_id=None if nonce is None else nonce.hex(),
    )
