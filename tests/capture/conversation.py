"""A TCP conversation as segments, to be cut, shuffled, doubled and robbed of some."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from upnpscapy.capture.exchanges import Exchange, ExchangeReader
from upnpscapy.capture.reader import CaptureReader
from upnpscapy.capture.segments import ACK, FIN, RST, SYN, Segment, SegmentReader
from upnpscapy.capture.source import Source

__all__ = [
    "Conversation",
    "exchanges",
    "exchanges_of_file",
    "get",
    "outcome",
    "response",
]

CLIENT, SERVER = b"\xc0\0\2\x0a", b"\xc0\0\2\x11"
MILLISECOND = 1_000_000


class Conversation:
    """Both ends of a connection; every call adds segments, each acknowledging all so far."""

    def __init__(
        self,
        isns: tuple[int, int] = (1000, 5000),
        ports: tuple[int, int] = (40000, 49152),
        addresses: tuple[bytes, bytes] = (CLIENT, SERVER),
        start: int = 1,
    ) -> None:
        self.addresses, self.ports = addresses, ports
        self.next = list(isns)
        self.segments: list[Segment] = []
        self.start = start

    def send(
        self, side: int, data: bytes = b"", flags: int = ACK, size: int = 1460
    ) -> Conversation:
        """Send data in segments; FIN and RST go with the last."""
        pieces = [data[at : at + size] for at in range(0, len(data), size)] or [b""]
        for number, piece in enumerate(pieces, 1):
            last = number == len(pieces)
            self.put(side, self.next[side], piece, flags if last else flags & ~(FIN | RST))
            self.next[side] += len(piece)
        self.next[side] += bool(flags & SYN) + bool(flags & FIN)
        return self

    def put(
        self, side: int, seq: int, data: bytes, flags: int = ACK, missing: int = 0
    ) -> Conversation:
        """Send a segment with a sequence number of its own."""
        frame = self.start + len(self.segments)
        ack = self.next[1 - side] if flags & ACK else 0
        # fmt: off
        self.segments.append(
            Segment(
                frame, frame * MILLISECOND, self.addresses[side], self.ports[side],
                self.addresses[1 - side], self.ports[1 - side],
                seq & 0xFFFFFFFF, ack & 0xFFFFFFFF, flags, data, missing,
            )
        )
        # fmt: on
        return self

    def open(self) -> Conversation:
        """The three-way handshake."""
        return self.send(0, flags=SYN).send(1, flags=SYN | ACK).send(0)

    def ask(self, request: bytes, answer: bytes, size: int = 1460) -> Conversation:
        """A request and its response, each acknowledged."""
        self.send(0, request, size=size).send(1)
        return self.send(1, answer, size=size).send(0)

    def close(self) -> Conversation:
        """Both sides close, the server first."""
        return self.send(1, flags=FIN | ACK).send(0, flags=FIN | ACK).send(1)


def exchanges(segments: Iterable[Segment]) -> list[Exchange]:
    """What a reader finds in segments."""
    reader = ExchangeReader()
    for segment in segments:
        reader.take(*segment)
    reader.close()
    assert reader.budget.left == 128 << 20, "all memory is given back"
    return reader.found


def exchanges_of_file(path: Path) -> tuple[list[Exchange], ExchangeReader]:
    """What a reader finds in a capture file."""
    reader = ExchangeReader()
    segments = SegmentReader(reader.foreign)
    with Source(path) as opened:
        capture = CaptureReader(opened)
        for batch in capture.batches():
            segments.read_batch(batch, reader.take)
            reader.pass_time(capture.last_time_ns)
    reader.close()
    return reader.found, reader


def outcome(found: Iterable[Exchange]) -> list[tuple[object, ...]]:
    """What must not depend on how the bytes were cut."""
    return [
        (
            exchange.method,
            exchange.target,
            exchange.request and exchange.request.body,
            exchange.status,
            exchange.response and exchange.response.body,
            exchange.response and exchange.response.ended,
            exchange.bytes_missing,
            tuple(exchange.defects),
            tuple(exchange.interim),
        )
        for exchange in found
    ]


def get(target: str = "/d.xml", method: str = "GET", body: bytes = b"", extra: str = "") -> bytes:
    """A request."""
    length = f"Content-Length: {len(body)}\r\n" if body else ""
    head = f"{method} {target} HTTP/1.1\r\nHost: 192.0.2.17:49152\r\n{length}{extra}\r\n"
    return head.encode() + body


def response(body: bytes = b"<a/>", status: str = "200 OK", extra: str | None = None) -> bytes:
    """A response; ``extra`` in place of its Content-Length."""
    lines = f"Content-Length: {len(body)}\r\n" if extra is None else extra
    return f"HTTP/1.1 {status}\r\n{lines}\r\n".encode() + body
