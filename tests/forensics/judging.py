"""Captures made in memory, and what rules find in them.

A capture is a list of pieces, whose order is that of the frames: ``Sent`` datagrams (see
``packets``), frames of ``Timed``, and lists of them, as ``http`` makes.
Link addresses follow from the IP addresses unless they are given (see ``mac_of``).
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from ipaddress import ip_address
from struct import pack
from typing import NamedTuple, Union

from tests.capture.conversation import Conversation
from tests.capture.tcp_frame import tcp_frame
from tests.forensics.packets import START, Sent
from upnpscapy.capture.segments import ACK, FIN, SYN
from upnpscapy.forensics.finding import Finding
from upnpscapy.forensics.rules.rule import Rule
from upnpscapy.forensics.run import Input, Run
from upnpscapy.forensics.watching.facts import Facts
from upnpscapy.forensics.watching.surroundings import parse_network

__all__ = [
    "Piece",
    "Timed",
    "arp",
    "capture",
    "datagram",
    "dns_answer",
    "facts_of",
    "findings_of",
    "http",
    "judged",
    "mac_of",
    "probe",
]


class Timed(NamedTuple):
    """An Ethernet frame; ``at`` is in seconds after ``START``."""

    at: float
    frame: bytes

    @property
    def time_ns(self) -> int:
        return START * 1_000_000_000 + round(self.at * 1_000_000_000)


Piece = Union[Sent, Timed, "Iterable[Piece]"]


def flat(pieces: Iterable[Piece]) -> Iterator[Sent | Timed]:
    for piece in pieces:
        if isinstance(piece, Sent | Timed):
            yield piece
        else:
            yield from flat(piece)


def capture(pieces: Iterable[Piece]) -> bytes:
    """A pcap file with times in nanoseconds."""
    parts = [pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 262144, 1)]
    for piece in flat(pieces):
        frame = piece.frame
        seconds, nanoseconds = divmod(piece.time_ns, 1_000_000_000)
        parts += (pack("<IIII", seconds, nanoseconds, len(frame), len(frame)), frame)
    return b"".join(parts)


def judged(
    pieces: Iterable[Piece], rules: Iterable[Rule], local_networks: Iterable[str] = ()
) -> Run:
    """A whole pass over a capture of these pieces, with these rules."""
    run = Run(
        [Input("made.pcap", io.BytesIO(capture(pieces)))],
        facts=True,
        rules=tuple(rules),
        local_networks=[parse_network(text) for text in local_networks],
    )
    for _ in run.messages():
        pass
    return run


def findings_of(
    pieces: Iterable[Piece], rules: Iterable[Rule] | Rule, local_networks: Iterable[str] = ()
) -> list[Finding]:
    """What rules find; a rule that fails fails the test."""
    given = [rules] if isinstance(rules, Rule) else list(rules)
    run = judged(pieces, given, local_networks)
    for failure in run.rule_failures:
        raise failure.error
    return run.findings


def facts_of(pieces: Iterable[Piece], local_networks: Iterable[str] = ()) -> Facts:
    """The facts that rules would be given."""
    (facts,) = judged(pieces, [_NOTHING], local_networks).facts
    return facts


_NOTHING = Rule("nothing", "INFO", "Nothing", "", lambda _: iter(()))


def mac_of(address: str) -> bytes:
    """The link address that an address has here: ``02:00`` and the last four bytes of it."""
    return b"\x02\0" + ip_address(address).packed[-4:]


def http(
    request: bytes,
    answer: bytes | None = None,
    *,
    at: float = 0,
    client: str = "192.168.1.10",
    server: str = "192.168.1.1",
    sport: int = 40000,
    port: int = 5000,
    client_mac: bytes | None = None,
    server_mac: bytes | None = None,
) -> list[Timed]:
    """A connection with one exchange: handshake, request, response if there is one, and end.

    The request's first frame is the fourth, the response's (after one that acknowledges) the sixth
    of those of a short request.
    """
    ends = ip_address(client).packed, ip_address(server).packed
    talk = Conversation(ports=(sport, port), addresses=ends).open()
    if answer is None:
        talk.send(0, request).send(1)
    else:
        talk.ask(request, answer)
    talk.close()
    macs = client_mac or mac_of(client), server_mac or mac_of(server)
    found = []
    for number, segment in enumerate(talk.segments):
        side = 0 if segment.source == ends[0] and segment.sport == sport else 1
        link = macs[1 - side] + macs[side]
        found.append(Timed(at + number / 1000, tcp_frame(segment, link)))
    return found


def probe(
    source: str,
    destination: str,
    port: int,
    *,
    at: float = 0,
    sport: int = 50000,
    answered: bool = True,
    mac: bytes | None = None,
) -> list[Timed]:
    """A TCP connection that carries nothing: a SYN, and the rest if it is answered."""
    ends = ip_address(source).packed, ip_address(destination).packed
    talk = Conversation(ports=(sport, port), addresses=ends).send(0, flags=SYN)
    if answered:
        talk.send(1, flags=SYN | ACK).send(0).send(0, flags=FIN | ACK).send(1, flags=FIN | ACK)
    macs = mac or mac_of(source), mac_of(destination)
    found = []
    for number, segment in enumerate(talk.segments):
        side = 0 if segment.source == ends[0] else 1
        link = macs[1 - side] + macs[side]
        found.append(Timed(at + number / 1000, tcp_frame(segment, link)))
    return found


def arp(address: str, mac: bytes | None = None, *, at: float = 0) -> Timed:
    """A host that says which link address it has."""
    link = mac or mac_of(address)
    packed = ip_address(address).packed
    body = pack(">HHBBH", 1, 0x0800, 6, 4, 2) + link + packed + link + packed
    return Timed(at, b"\xff" * 6 + link + b"\x08\x06" + body)


def datagram(
    payload: bytes,
    src: str,
    sport: int,
    dst: str,
    dport: int,
    *,
    at: float = 0,
    mac: bytes | None = None,
    ttl: int = 64,
) -> Sent:
    """Any UDP datagram."""
    link = (mac or mac_of(src)).hex(":")
    return Sent(payload, at, src, sport, dst, dport, link, None, ttl)


def dns_answer(
    name: str,
    address: str,
    *,
    ttl: int = 60,
    at: float = 0,
    src: str = "192.168.1.1",
    dst: str = "192.168.1.10",
) -> Sent:
    """A DNS response with one address."""
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"
    packed = ip_address(address).packed
    kind = 1 if len(packed) == 4 else 28
    head = pack(">HHHHHH", 7, 0x8180, 1, 1, 0, 0) + labels + pack(">HH", kind, 1)
    answer = pack(">HHHIH", 0xC00C, kind, 1, ttl, len(packed)) + packed
    return datagram(head + answer, src, 53, dst, 40053, at=at)
