"""TCP conversations segment by segment, with sequence numbers that advance as they must.

A talk says who sends which bytes in turn; `tcp` cuts it into segments, acknowledges them and
opens and closes the connection.
"""

import random
from collections.abc import Iterator
from typing import NamedTuple

from .frames import Path

FIN, SYN, RST, PSH, ACK = 1, 2, 4, 8, 16
MSS_4, MSS_6 = 1460, 1440
RECORD = 16384
"""The longest TLS record (RFC 8446, 5.1)."""
LARGEST_TURN = 65_536
"""Bytes one side sends before the other speaks; bounds what a flow holds in memory."""
POOL_BYTES = 4 << 20
RESET_SHARE = 0.05
SEQUENCE_SPACE = 1 << 32
ACKNOWLEDGED = 2
"""Segments that a receiver acknowledges at once (RFC 9293, 3.8.6.3)."""
ACKNOWLEDGED_MERGED = 4
"""The same where the network card hands several segments over as one, as most do today."""

Talk = Iterator[tuple[int, bytes]]
"""Turns: 0 for the client or 1 for the server, and what it sends."""


class Noise:
    """Incompressible bytes, cut anywhere from one random pool."""

    def __init__(self, rng: random.Random, size: int = POOL_BYTES) -> None:
        self._rng = rng
        self._pool = rng.randbytes(size)
        self._starts = size - LARGEST_TURN

    def take(self, size: int) -> bytes:
        """Return `size` bytes, at most LARGEST_TURN."""
        start = int(self._rng.random() * self._starts)
        return self._pool[start : start + size]


class Ends(NamedTuple):
    """A connection's two directions and its ports, the client's first."""

    up: Path
    down: Path
    client_port: int
    server_port: int
    mss: int
    acknowledged: int = ACKNOWLEDGED
    """Segments that are acknowledged at once."""


def tcp(rng: random.Random, ends: Ends, talk: Talk) -> Iterator[bytes]:
    """Yield the frames of one connection from SYN to the last ACK."""
    paths = (ends.up, ends.down)
    ports = ((ends.client_port, ends.server_port), (ends.server_port, ends.client_port))
    windows = (502, 501)
    seq = [rng.getrandbits(32), rng.getrandbits(32)]

    def send(side: int, flags: int, payload: bytes = b"") -> bytes:
        frame = paths[side].tcp(
            ports[side], seq[side], seq[1 - side], flags, windows[side], payload
        )
        seq[side] = (seq[side] + len(payload) + (flags & FIN)) % SEQUENCE_SPACE
        return frame

    options = b"\x02\x04" + ends.mss.to_bytes(2) + b"\x04\x02\x01\x03\x03\x07\x01\x01"
    yield ends.up.tcp(ports[0], seq[0], 0, SYN, 64240, b"", options)
    seq[0] = (seq[0] + 1) % SEQUENCE_SPACE
    yield ends.down.tcp(ports[1], seq[1], seq[0], SYN | ACK, 65160, b"", options)
    seq[1] = (seq[1] + 1) % SEQUENCE_SPACE
    yield send(0, ACK)

    for side, data in talk:
        waiting = 0
        for start in range(0, len(data), ends.mss):
            chunk = data[start : start + ends.mss]
            yield send(side, ACK if start + ends.mss < len(data) else PSH | ACK, chunk)
            waiting += 1
            if waiting == ends.acknowledged:
                yield send(1 - side, ACK)
                waiting = 0
        if waiting and rng.random() < 0.6:
            yield send(1 - side, ACK)

    if rng.random() < RESET_SHARE:
        yield send(0, RST | ACK)
        return
    first = rng.getrandbits(1)
    yield send(first, FIN | ACK)
    yield send(1 - first, ACK)
    yield send(1 - first, FIN | ACK)
    yield send(first, ACK)


def tls(rng: random.Random, noise: Noise, name: str) -> Talk:
    """Yield a TLS 1.3 session's turns: plausible hellos, then records of noise."""
    yield 0, _client_hello(noise, name)
    hello = _session(noise) + b"\x13\1\0\0\6\0\x2b\0\2\3\4"
    opening = _record(22, b"\x02" + len(hello).to_bytes(3) + hello) + b"\x14\x03\x03\0\1\1"
    yield 1, opening + _record(23, noise.take(2600 + rng.randrange(1400)))
    yield 0, b"\x14\x03\x03\0\1\1" + _record(23, noise.take(53))
    for _ in range(1 + int(rng.expovariate(0.5))):
        yield 0, _record(23, noise.take(90 + rng.randrange(1200)))
        yield 1, _records(noise, _turn(rng, 8.25))


def http(rng: random.Random, noise: Noise, name: str) -> Talk:
    """Yield the turns of a plain HTTP/1.1 connection with one to four requests."""
    for _ in range(rng.randrange(1, 5)):
        path = noise.take(6 + rng.randrange(12)).hex()
        yield (
            0,
            f"GET /{path} HTTP/1.1\r\nHost: {name}\r\nUser-Agent: Skiff/119.0 (Linux)\r\n"
            "Accept: */*\r\nConnection: keep-alive\r\n\r\n".encode(),
        )
        body = noise.take(_turn(rng, 7.8))
        kind = "application/octet-stream"
        if rng.random() < 0.4:
            body, kind = body[: len(body) // 2].hex().encode(), "text/plain"
        head = (
            f"HTTP/1.1 200 OK\r\nServer: weir/1.22\r\nContent-Type: {kind}\r\n"
            f"Content-Length: {len(body)}\r\nConnection: keep-alive\r\n\r\n"
        )
        yield 1, head.encode() + body


def opaque(rng: random.Random, noise: Noise) -> Talk:
    """Yield turns of a binary protocol without any known framing."""
    for _ in range(3 + int(rng.expovariate(0.08))):
        yield rng.getrandbits(1), noise.take(8 + int(rng.lognormvariate(5.0, 1.2)) % 6000)


def _turn(rng: random.Random, mean_log: float) -> int:
    return min(200 + int(rng.lognormvariate(mean_log, 1.5)), LARGEST_TURN - 512)


def _record(kind: int, data: bytes) -> bytes:
    return bytes((kind, 3, 3)) + len(data).to_bytes(2) + data


def _records(noise: Noise, size: int) -> bytes:
    sizes = [RECORD] * (size // RECORD) + [size % RECORD or 1]
    return b"".join(_record(23, noise.take(part)) for part in sizes)


def _session(noise: Noise) -> bytes:
    """Return how both hellos begin: legacy version, random, session id."""
    return b"\x03\x03" + noise.take(32) + b"\x20" + noise.take(32)


def _client_hello(noise: Noise, name: str) -> bytes:
    host = name.encode()
    names = b"\0" + len(host).to_bytes(2) + host
    listed = len(names).to_bytes(2) + names
    extensions = b"\0\0" + len(listed).to_bytes(2) + listed
    extensions += b"\0\x2b\0\3\2\3\4\0\x33\0\x26\0\x24\0\x1d\0\x20" + noise.take(32)
    padding = max(0, 380 - len(extensions))
    extensions += b"\0\x15" + padding.to_bytes(2) + bytes(padding)
    body = _session(noise) + b"\0\6\x13\1\x13\2\x13\3\1\0"
    body += len(extensions).to_bytes(2) + extensions
    return _record(22, b"\x01" + len(body).to_bytes(3) + body)
