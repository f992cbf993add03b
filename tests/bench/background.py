"""All that is not SSDP on a network: TCP flows, DNS, QUIC, streams, ARP, ping.

Some hundred conversations are open at any time. One of them is picked, sends a burst, and waits
until it is picked again; one that has ended is replaced by a new one.
"""

import random
import struct
from collections.abc import Callable, Iterator
from typing import NamedTuple

from .flows import (
    ACKNOWLEDGED,
    ACKNOWLEDGED_MERGED,
    MSS_4,
    MSS_6,
    Ends,
    Noise,
    Talk,
    http,
    opaque,
    tcp,
    tls,
)
from .frames import Endpoint, Path, arp
from .hosts import link_local
from .truth import Frame

OPEN = 150
"""Conversations open at a time."""
CLIENTS, SERVERS = 300, 900
V6_SHARE = 0.1
BURST_GAP_US, PAUSE_US = 90.0, 3400.0
"""Mean time between two frames of a burst, and between two bursts."""
LONGEST_BURST = 7
WORDS = ("alder", "birch", "cedar", "dune", "elm", "fjord", "glade", "heath", "isle", "juniper")
TLS_PORTS = (443, 443, 443, 443, 443, 8443, 993, 5223, 8883)
HTTP_PORTS = (80, 80, 80, 8080, 8000, 1900)
"""1900 too: some routers serve their description from TCP port 1900 (TP-Link)."""
OTHER_PORTS = (22, 445, 3389, 5432, 6379, 6881, 9100, 25565, 27655, 1899, 1901)
NEAR_PORTS = (1899, 1901, 190, 19000, 27655, 1904, 3702)
"""UDP ports that a careless filter takes for 1900; 27655 is 1900 with its bytes swapped."""

Conversation = Iterator[bytes]


class Mix(NamedTuple):
    """How often a conversation of each kind begins, and how TCP receivers acknowledge."""

    tls: int
    http: int
    opaque: int
    dns: int
    mdns: int
    ntp: int
    quic: int
    rtp: int
    sip: int
    near: int
    arp: int
    ping: int
    acknowledged: int
    """Segments at once."""


OFFICE = Mix(78, 8, 14, 120, 20, 5, 7, 2, 2, 5, 25, 4, ACKNOWLEDGED)
"""Short conversations, looked up before."""
HOME = Mix(90, 8, 14, 60, 20, 5, 20, 1, 1, 5, 15, 4, ACKNOWLEDGED_MERGED)
"""Fewer and longer ones: films and downloads."""


class Station(NamedTuple):
    """A host with both addresses and the name that servers are asked for."""

    four: Endpoint
    six: Endpoint
    name: str


class Background:
    """An endless stream of frames, in order of time, that depends on the seed alone."""

    def __init__(self, rng: random.Random, mix: Mix, start_us: int) -> None:
        self._rng = rng
        self._mix = mix
        self._start_us = start_us
        self._noise = Noise(rng)
        self._router = bytes.fromhex("02fe00000001")
        self._clients = [self._client(index) for index in range(CLIENTS)]
        self._servers = [self._server() for _ in range(SERVERS)]
        self._ports = [32768 + rng.randrange(8000) for _ in range(CLIENTS)]
        self.flows = 0
        """TCP connections begun so far."""

    def frames(self) -> Iterator[Frame]:
        """Yield the frames; the caller decides when it has enough."""
        rng = self._rng
        uniform = rng.random
        kinds: list[Callable[[], Conversation]] = []
        for kind, weight in self._kinds():
            kinds += [kind] * weight
        talking = [rng.choice(kinds)() for _ in range(OPEN)]
        now = float(self._start_us)
        while True:
            chosen = int(uniform() * OPEN)
            now += PAUSE_US * 2 * uniform()
            for _ in range(1 + int(uniform() * LONGEST_BURST)):
                data = next(talking[chosen], None)
                if data is None:
                    talking[chosen] = rng.choice(kinds)()
                    break
                now += 2 + BURST_GAP_US * 2 * uniform()
                yield Frame(int(now), data, None)

    def _kinds(self) -> tuple[tuple[Callable[[], Conversation], int], ...]:
        """Return what begins a conversation of each kind, with its weight."""
        mix = self._mix
        return (
            (self._tls, mix.tls),
            (self._http, mix.http),
            (self._opaque, mix.opaque),
            (self._dns, mix.dns),
            (self._mdns, mix.mdns),
            (self._ntp, mix.ntp),
            (self._quic, mix.quic),
            (self._rtp, mix.rtp),
            (self._sip, mix.sip),
            (self._near, mix.near),
            (self._arp, mix.arp),
            (self._ping, mix.ping),
        )

    def _client(self, index: int) -> Station:
        segment, number = index % 10, 100 + index // 10
        mac = bytes((2, 0xC1, segment, self._rng.getrandbits(8), 0, number))
        four = Endpoint(mac, bytes((10, 20, segment, number)))
        six = Endpoint(mac, bytes.fromhex("20010db800140000") + link_local(mac)[8:])
        return Station(four, six, "")

    def _server(self) -> Station:
        """Make a server behind the router, in the ranges kept for tests (RFC 2544, RFC 3849)."""
        rng = self._rng
        four = Endpoint(self._router, bytes((198, 18 + rng.getrandbits(1))) + rng.randbytes(2))
        six = Endpoint(self._router, bytes.fromhex("20010db8beef") + rng.randbytes(10))
        name = f"{rng.choice(WORDS)}-{rng.randrange(99)}.{rng.choice(WORDS)}.example"
        return Station(four, six, name)

    def _ends(self, port: int) -> tuple[Ends, str]:
        """Choose a client with a source port never used before, and a server."""
        rng = self._rng
        index = int(rng.random() * CLIENTS)
        client, server = self._clients[index], rng.choice(self._servers)
        self._ports[index] += 1
        v6 = rng.random() < V6_SHARE
        here, there = (client.six, server.six) if v6 else (client.four, server.four)
        up = Path(here, there, 64, rng.getrandbits(16))
        down = Path(there, here, 40 + rng.randrange(20), rng.getrandbits(16))
        mss = MSS_6 if v6 else MSS_4
        ends = Ends(up, down, self._ports[index], port, mss, self._mix.acknowledged)
        return ends, server.name

    def _connect(self, ends: Ends, talk: Talk) -> Conversation:
        self.flows += 1
        return tcp(self._rng, ends, talk)

    def _tls(self) -> Conversation:
        ends, name = self._ends(self._rng.choice(TLS_PORTS))
        return self._connect(ends, tls(self._rng, self._noise, name))

    def _http(self) -> Conversation:
        ends, name = self._ends(self._rng.choice(HTTP_PORTS))
        return self._connect(ends, http(self._rng, self._noise, name))

    def _opaque(self) -> Conversation:
        ends, _ = self._ends(self._rng.choice(OTHER_PORTS))
        return self._connect(ends, opaque(self._rng, self._noise))

    def _dns(self) -> Conversation:
        ends, name = self._ends(53)
        ident = self._noise.take(2)
        asked = b"".join(bytes((len(part),)) + part.encode() for part in name.split("."))
        question = asked + b"\0\0\1\0\1"
        query = ident + b"\1\0\0\1\0\0\0\0\0\0" + question
        yield ends.up.udp(ends.client_port, 53, query)
        answer = b"\xc0\x0c\0\1\0\1\0\0\1\x2c\0\4\xc6\x12" + self._noise.take(2)
        count = self._rng.randrange(1, 5)
        head = ident + b"\x81\x80\0\1" + count.to_bytes(2) + bytes(4)
        yield ends.down.udp(53, ends.client_port, head + question + answer * count)

    def _mdns(self) -> Conversation:
        client = self._rng.choice(self._clients)
        group = Endpoint(bytes.fromhex("01005e0000fb"), bytes((224, 0, 0, 251)))
        name = self._rng.choice(("_googlecast", "_ipp", "_airplay", "_smb", "_hap")).encode()
        question = bytes((len(name),)) + name + b"\4_tcp\5local\0\0\x0c\0\1"
        yield Path(client.four, group, 255).udp(5353, 5353, bytes(5) + b"\1" + bytes(6) + question)

    def _ntp(self) -> Conversation:
        ends, _ = self._ends(123)
        yield ends.up.udp(ends.client_port, 123, b"\x23" + bytes(39) + self._noise.take(8))
        yield ends.down.udp(123, ends.client_port, b"\x24\2\6\xe9" + self._noise.take(44))

    def _quic(self) -> Conversation:
        """Yield long headers of QUIC 1 (RFC 9000, 17.2), then short ones."""
        rng, noise = self._rng, self._noise
        ends, _ = self._ends(443)
        ours, theirs = noise.take(8), noise.take(8)
        head = b"\xc3\0\0\0\1\x08" + theirs + b"\x08" + ours + b"\0\x44\x90"
        yield ends.up.udp(ends.client_port, 443, head + noise.take(1170))
        head = b"\xc1\0\0\0\1\x08" + ours + b"\x08" + theirs + b"\0\x44\x90"
        yield ends.down.udp(443, ends.client_port, head + noise.take(1170))
        for _ in range(10 + int(rng.expovariate(0.011))):
            if rng.random() < 0.3:
                data = b"\x43" + theirs + noise.take(24 + rng.randrange(60))
                yield ends.up.udp(ends.client_port, 443, data)
            else:
                data = b"\x41" + ours + noise.take(1220 - int(200 * rng.random() ** 4))
                yield ends.down.udp(443, ends.client_port, data)

    def _rtp(self) -> Conversation:
        rng, noise = self._rng, self._noise
        port = 16384 + 2 * rng.randrange(4000)
        ends, _ = self._ends(port)
        source = noise.take(4)
        sequence, clock = rng.getrandbits(16), rng.getrandbits(32)
        for step in range(100 + rng.randrange(400)):
            stamp = (clock + 160 * step) % (1 << 32)
            head = struct.pack(">BBHI", 0x80, 8, (sequence + step) & 0xFFFF, stamp) + source
            yield ends.down.udp(port, ends.client_port, head + noise.take(160))

    def _sip(self) -> Conversation:
        """Yield a SIP NOTIFY and its reply: nearly SSDP to look at, and not SSDP."""
        ends, name = self._ends(5060)
        call = self._noise.take(8).hex()
        common = f"Call-ID: {call}\r\nCSeq: 1 NOTIFY\r\nContent-Length: 0\r\n\r\n"
        text = f"NOTIFY sip:{call}@{name} SIP/2.0\r\nEvent: presence\r\n{common}"
        yield ends.down.udp(5060, ends.client_port, text.encode())
        yield ends.up.udp(ends.client_port, 5060, f"SIP/2.0 200 OK\r\n{common}".encode())

    def _near(self) -> Conversation:
        port = self._rng.choice(NEAR_PORTS)
        ends, _ = self._ends(port)
        for _ in range(self._rng.randrange(1, 12)):
            size = 20 + self._rng.randrange(900)
            yield ends.up.udp(ends.client_port, port, self._noise.take(size))
            yield ends.down.udp(port, ends.client_port, self._noise.take(920 - size))

    def _arp(self) -> Conversation:
        asker, asked = self._rng.choice(self._clients).four, self._rng.choice(self._clients).four
        yield arp(1, asker, asked)
        yield arp(2, asked, asker)

    def _ping(self) -> Conversation:
        ends, _ = self._ends(0)
        v6 = ends.mss == MSS_6
        ident, data = self._noise.take(2), self._noise.take(56)
        for step in range(self._rng.randrange(1, 9)):
            rest = ident + step.to_bytes(2) + data
            yield ends.up.icmp(128 if v6 else 8, 0, rest)
            yield ends.down.icmp(129 if v6 else 0, 0, rest)
