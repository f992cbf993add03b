"""A wire on which hosts talk, frame by frame, with right checksums and times that are fixed.

Hosts are IP addresses. Those of 192.168.1.0/24, fd00::/8 and fe80::/10 are on the link and have the
link address ``mac_of``; all others are behind the router. HTTP is spoken over TCP as real stacks
do: handshake with MSS, a head and a body in several segments, one of them sent twice and one out
of its order, acknowledgements, FIN.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address
from itertools import pairwise
from struct import pack

from tests.corpus.link import ETHERNET, ROUTER, SLL2, Link, checksum, framed, link_of
from tests.forensics.judging import mac_of

__all__ = ["ROUTER", "Link", "Talk", "Wire"]

START_NS = 1_700_000_000_000_000_000
"""2023-11-14T22:13:20Z."""

STEP_NS = 700_000
MSS = 1460

FIN, SYN, PSH, ACK = 0x01, 0x02, 0x08, 0x10
UDP, TCP = 17, 6


@dataclass(frozen=True, slots=True)
class Talk:
    """Frame numbers of one exchange in a connection of its own."""

    opening: tuple[int, ...]
    """SYN, and SYN ACK if there was one."""
    request: tuple[int, ...] = ()
    """Those that brought bytes of it, without what was sent again."""
    answer: tuple[int, ...] = ()

    @property
    def both(self) -> tuple[int, ...]:
        return self.request + self.answer

    @property
    def heads(self) -> tuple[int, ...]:
        """The first of either: what a description is known by."""
        return self.request[:1] + self.answer[:1]

    @property
    def granted(self) -> tuple[int, ...]:
        """The request and the frame in which its answer begins: what a mapping is known by."""
        return self.request + self.answer[:1]


class Wire:
    """Frames in the order in which they are captured; every method gives their numbers."""

    def __init__(self, link: Link = "ether") -> None:
        self.link = link
        self.link_type = SLL2 if link == "cooked" else ETHERNET
        self.frames: list[tuple[int, bytes]] = []
        """(Nanoseconds since 1970, bytes)."""
        self._now = START_NS
        self._ip_id = 0x1000
        self._port = 40000
        self._isn = 0x1234_5000

    def wait(self, seconds: float) -> None:
        """Let time pass."""
        self._now += round(seconds * 1_000_000_000)

    def udp(
        self,
        payload: bytes,
        src: str,
        dst: str,
        *,
        sport: int = 1900,
        dport: int = 1900,
        ttl: int = 64,
        mac: bytes | None = None,
    ) -> int:
        """A datagram; ``mac`` in place of its sender's link address."""
        head = pack(">HHHH", sport, dport, 8 + len(payload), 0)
        return self._ip(UDP, head + payload, src, dst, ttl=ttl, mac=mac, checksum_at=6)

    def arp(self, *hosts: str, mac: bytes | None = None) -> tuple[int, ...]:
        """Hosts that say which link address they have."""
        found = []
        for host in hosts:
            link, packed = mac or mac_of(host), ip_address(host).packed
            body = pack(">HHBBH", 1, 0x0800, 6, 4, 2) + link + packed + link + packed
            found.append(self._put(b"\xff" * 6, link, 0x0806, body))
        return tuple(found)

    def dhcp(self, client: str, router: str = ROUTER, mask: str = "255.255.255.0") -> int:
        """The answer by which a client learns its router and how large the network is."""
        packed = ip_address(router).packed
        options = b"\x35\x01\x05\x36\x04" + packed + b"\x01\x04" + ip_address(mask).packed
        options += b"\x03\x04" + packed + b"\x33\x04\0\0\x0e\x10\xff"
        head = pack(">BBBBIHH", 2, 1, 6, 0, 7, 0, 0) + bytes(4) + ip_address(client).packed
        body = head.ljust(28, b"\0") + mac_of(client).ljust(208, b"\0")
        return self.udp(body + b"\x63\x82\x53\x63" + options, router, client, sport=67, dport=68)

    def dns(self, name: str, address: str, client: str, *, ttl: int = 60) -> int:
        """An answer of the router's resolver."""
        labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"
        packed = ip_address(address).packed
        kind = 1 if len(packed) == 4 else 28
        head = pack(">HHHHHH", 7, 0x8180, 1, 1, 0, 0) + labels + pack(">HH", kind, 1)
        answer = pack(">HHHIH", 0xC00C, kind, 1, ttl, len(packed)) + packed
        return self.udp(head + answer, ROUTER, client, sport=53, dport=40053)

    def connect(
        self, src: str, dst: str, port: int, *, answered: bool = True, sport: int | None = None
    ) -> tuple[int, ...]:
        """A TCP connection that carries nothing."""
        line = _Line(self, src, dst, sport or self._next_port(), port)
        opening = line.open(answered)
        if answered:
            line.close()
        return opening

    def http(
        self,
        request: bytes,
        answer: bytes | None = None,
        *,
        client: str = "192.168.1.10",
        server: str = ROUTER,
        port: int = 5000,
        plain: bool = False,
    ) -> Talk:
        """A connection with one exchange; a ``plain`` one has no segment twice or out of order."""
        line = _Line(self, client, server, self._next_port(), port)
        opening = line.open()
        asked = line.say(0, request, () if plain else _cuts(request), plain)
        told = () if answer is None else line.say(1, answer, _cuts(answer)[:1], True)
        line.close()
        return Talk(opening, asked, told)

    def _next_port(self) -> int:
        self._port += 1
        return self._port

    def _next_isn(self) -> int:
        self._isn = self._isn * 69069 + 1 & 0xFFFF_FFFF
        return self._isn

    def _segment(
        self, src: str, dst: str, ports: tuple[int, int], numbers: tuple[int, int], flags: int,
        payload: bytes = b"",
    ) -> int:  # fmt: skip
        options = pack(">BBH", 2, 4, MSS) if flags & SYN else b""
        offset = 0x50 + (len(options) // 4 << 4)
        head = pack(">HHIIBBHHH", *ports, *numbers, offset, flags, 0xFAF0, 0, 0) + options
        return self._ip(TCP, head + payload, src, dst, checksum_at=16)

    def _ip(
        self, protocol: int, content: bytes, src: str, dst: str, *,
        checksum_at: int, ttl: int = 64, mac: bytes | None = None,
    ) -> int:  # fmt: skip
        source, destination = ip_address(src).packed, ip_address(dst).packed
        pseudo = source + destination + pack(">II", len(content), protocol)
        summed = pack(">H", checksum(pseudo + content) or 0xFFFF)
        content = content[:checksum_at] + summed + content[checksum_at + 2 :]
        if len(source) == 4:
            self._ip_id = self._ip_id + 1 & 0xFFFF
            size = 20 + len(content)
            head = pack(">BBHHHBBH", 0x45, 0, size, self._ip_id, 0x4000, ttl, protocol, 0)
            head = head[:10] + pack(">H", checksum(head + source + destination))
        else:
            head = pack(">IHBB", 6 << 28, len(content), protocol, ttl)
        kind = 0x0800 if len(source) == 4 else 0x86DD
        data = head + source + destination + content
        return self._put(link_of(dst, src), mac or link_of(src, dst), kind, data)

    def _put(self, destination: bytes, source: bytes, kind: int, data: bytes) -> int:
        self._now += STEP_NS
        self.frames.append((self._now, framed(self.link, destination, source, kind, data)))
        return len(self.frames)


class _Line:
    """A TCP connection: what each end has sent so far."""

    def __init__(self, wire: Wire, client: str, server: str, sport: int, port: int) -> None:
        self._wire = wire
        self._ends, self._ports = (client, server), (sport, port)
        self._next = [wire._next_isn(), wire._next_isn()]

    def open(self, answered: bool = True) -> tuple[int, ...]:
        found = [self._send(0, SYN)]
        if answered:
            found.append(self._send(1, SYN | ACK))
            self._send(0, ACK)
        return tuple(found)

    def say(self, side: int, data: bytes, cuts: Iterable[int], plain: bool) -> tuple[int, ...]:
        """Data cut there, and where segments are full; the frames of what is new."""
        start = self._next[side]
        edges = sorted({0, len(data), *cuts})
        pieces = [
            (at, data[at : min(at + MSS, end)])
            for begin, end in pairwise(edges)
            for at in range(begin, end, MSS)
        ]
        order = list(range(len(pieces)))
        if not plain and len(pieces) > 2:
            order[1], order[2] = 2, 1
        found = []
        for number in order:
            at, piece = pieces[number]
            found.append(self._send(side, ACK | PSH, piece, start + at))
        if not plain:
            at, piece = pieces[len(pieces) // 2]
            self._send(side, ACK | PSH, piece, start + at)
        self._next[side] = start + len(data)
        self._send(1 - side, ACK)
        return tuple(found)

    def close(self) -> None:
        self._send(1, FIN | ACK)
        self._send(0, FIN | ACK)
        self._send(1, ACK)

    def _send(self, side: int, flags: int, data: bytes = b"", seq: int | None = None) -> int:
        own = self._next[side] if seq is None else seq
        numbers = own & 0xFFFFFFFF, self._next[1 - side] & 0xFFFFFFFF if flags & ACK else 0
        ends, ports = self._ends, self._ports
        if side:
            ends, ports = (ends[1], ends[0]), (ports[1], ports[0])
        if seq is None:
            self._next[side] += len(data) + bool(flags & SYN) + bool(flags & FIN)
        return self._wire._segment(*ends, ports, numbers, flags, data)


def _cuts(message: bytes) -> tuple[int, ...]:
    """Within SOAPACTION's name, after the head, within the body's first element of an action."""
    head = message.find(b"\r\n\r\n")
    body = head + 4 if head >= 0 else len(message)
    action = message.upper().find(b"\r\nSOAPACTION", 0, body)
    element = message.find(b"<u:", body)
    found = (body, action + 6 if action >= 0 else body // 2, element + 5 if element >= 0 else 0)
    return tuple(cut for cut in found if 0 < cut < len(message))
