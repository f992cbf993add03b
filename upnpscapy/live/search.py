"""``search()``: who is there, each answer when it arrives (UDA 2.0, 1.3)."""

from __future__ import annotations

import time
from collections import Counter, deque
from collections.abc import Generator, Iterable, Iterator
from hashlib import blake2b
from pathlib import Path

from upnpscapy.capture.sighting import Sighting
from upnpscapy.errors import NetworkError
from upnpscapy.live.channel_run import ChannelRun
from upnpscapy.live.interfaces import choose
from upnpscapy.live.question import Question
from upnpscapy.live.recorder import Recorder, recording
from upnpscapy.live.reply import Reply
from upnpscapy.live.routes import Route, broadcast_routes, group_routes, host_routes
from upnpscapy.live.socket_transport import SocketTransport
from upnpscapy.live.transport import Channel, Plan, Seen, Transport
from upnpscapy.protocol.pairing import SearchBook
from upnpscapy.protocol.ssdp import parse_ssdp
from upnpscapy.tree import Tree

__all__ = ["Reply", "SearchRun", "search"]

SECOND = 1_000_000_000

GRACE_SECONDS = 1.0
"""Waited after MX: an answer may have been sent in its last moment."""

REPEAT_SECONDS = 0.4
"""Between a search and its repetition."""

TICK_SECONDS = 0.25
"""How often is looked at whether to stop."""

MAX_REPLIES = 20_000
"""Replies that a search gives; networks have some hundreds."""

MAX_REPLIES_OF_ONE = 2_000
"""Of them from one address: a talker that never ends does not crowd out the others."""

MAX_ROUNDS = 64
"""Rounds of reading what arrived before the end, when the caller asks for it after."""


def search(
    st: str = "ssdp:all",
    *,
    mx: int | None = None,
    timeout: float | None = None,
    repeat: int = 1,
    interfaces: str | Iterable[str] | None = None,
    ipv4: bool = True,
    ipv6: bool = True,
    unicast: str | None = None,
    broadcast: bool = False,
    source_port: int = 0,
    ttl: int | None = None,
    all_replies: bool = False,
    user_agent: str | None = None,
    control_point_name: str | None = None,
    control_point_uuid: str | None = None,
    tcp_port: int | None = None,
    headers: Iterable[tuple[str, str]] = (),
    record: str | Path | Recorder | None = None,
    transport: Transport | None = None,
) -> SearchRun:
    """Search for devices and services; iterate to get a ``Reply`` as soon as it arrives.

    The M-SEARCH goes to the groups 239.255.255.250, ff02::c and ff05::c by every interface that
    does multicast, or by those named in ``interfaces``: a name takes all of its addresses, an
    address this one alone as source. ``broadcast`` sends to 255.255.255.255 too, for devices
    that hear nothing else; ``unicast`` to one host instead, ``host`` or ``host:port``, without
    MX unless it is given.

    It is sent ``repeat`` times more, since datagrams get lost, and ends ``timeout`` seconds
    after it began: by default when MX and a second have passed since the last was sent.
    Answers to the repetition are left out unless ``all_replies``.

    ``ttl`` is 2 to groups (UDA 2.0, 1.3.2). ``source_port`` may be 1900, beside other programs.
    ``tcp_port`` only announces where the caller takes answers over TCP.
    ``record`` writes what was seen to a pcapng file; ``transport`` is one that sends otherwise
    than by sockets, a ``ScapyTransport``.

    Raises ``MessageError`` for what no M-SEARCH can say, and ``NetworkError`` for an interface
    or host that is not there; so does the first step of iterating if nothing could be sent.
    """
    question = Question(
        st,
        mx,
        user_agent,
        control_point_name,
        control_point_uuid,
        tcp_port,
        tuple(headers),
    )
    if unicast is not None:
        chosen = None if interfaces is None else choose(interfaces)
        routes = host_routes(unicast, chosen, ipv4=ipv4, ipv6=ipv6)
    else:
        routes = search_routes(interfaces, ipv4=ipv4, ipv6=ipv6, broadcast=broadcast)
    messages = [(route, question.payload(route)) for route in routes]
    wait_seconds = max(map(question.wait_seconds, routes)) + GRACE_SECONDS
    by_itself = timeout is None
    if timeout is None:
        timeout = wait_seconds + repeat * REPEAT_SECONDS
    plan = Plan(tuple(routes), source_port=source_port, ttl=ttl)
    run = SearchRun(plan, messages, timeout, repeat, transport or SocketTransport(), record)
    run.all_replies = all_replies
    run.wait_seconds = wait_seconds if by_itself else 0.0
    return run


def search_routes(
    names: str | Iterable[str] | None = None,
    *,
    ipv4: bool = True,
    ipv6: bool = True,
    broadcast: bool = False,
) -> list[Route]:
    """Where a search goes that is not for one host; raises ``NetworkError`` if nowhere."""
    chosen = choose(names)
    routes = group_routes(chosen, ipv4=ipv4, ipv6=ipv6)
    if broadcast and ipv4:
        routes += broadcast_routes(chosen)
    if not routes:
        versions = " or ".join(["IPv4"] * ipv4 + ["IPv6"] * ipv6) or "neither IP version"
        where = ", ".join(one.name for one in chosen) or "no interface that does multicast"
        raise NetworkError(f"nowhere to search: {where}, with an address of {versions}")
    return routes


class SearchRun(ChannelRun[Reply], Iterator[Reply]):
    """A search: iterating sends it and gives the replies; a context manager."""

    def __init__(
        self,
        plan: Plan,
        messages: list[tuple[Route, bytes]],
        timeout: float,
        repeat: int,
        transport: Transport,
        record: str | Path | Recorder | None,
    ) -> None:
        super().__init__(plan, record)
        self.all_replies = False
        """Whether equal replies of one sender are given too."""
        self.wait_seconds = 0.0
        """After the last search, however late a busy system let it be sent."""
        self.sent: list[Sighting] = []
        """Every M-SEARCH, as soon as it was sent."""
        self.replies = 0
        """How many it gave."""
        self.left_out = 0
        """Replies beyond the bounds."""
        self._messages = messages
        self._timeout = timeout
        self._repeat = repeat
        self._transport = transport
        self._book = SearchBook()
        self._told: set[bytes] = set()
        self._of_one: Counter[bytes] = Counter()

    def tree(self) -> Tree:
        """What was sent, and how many replies it gave; nothing is sent for that."""
        return self._card(
            "search",
            "" if self.sent else "iterate to search",
            *(("sent", f"{one.st} to {one.dst}") for one in self.sent),
            ("replies", self.replies),
            ("left out", self.left_out or None),
        )

    def _summary(self) -> str:
        return f"SearchRun {len(self.sent)} sent, {self.replies} replies"

    def __next__(self) -> Reply:
        return next(self._steps)

    def _run(self) -> Generator[Reply, None, None]:
        with (
            recording(self._record) as recorder,
            self._transport.open(self._plan, recorder) as channel,
        ):
            self._note(channel)
            start, start_ns = time.monotonic(), time.time_ns()
            end = start + self._timeout
            due = deque(start + number * REPEAT_SECONDS for number in range(1 + self._repeat))
            while ((now := time.monotonic()) < end or not self.sent) and not self._stopped.is_set():
                if due and due[0] <= now:
                    due.popleft()
                    self._send(channel)
                    end = max(end, time.monotonic() + self.wait_seconds)
                wait_until = min(end, now + TICK_SECONDS, *list(due)[:1])
                for seen in channel.receive(max(0.0, wait_until - time.monotonic())):
                    yield from self._read(seen)
            # The caller was busy meanwhile: what arrived in time is not lost.
            end_ns = start_ns + int((end - start) * SECOND)
            for _ in range(MAX_ROUNDS):
                waiting = channel.receive(0)
                for seen in waiting:
                    if (seen.datagram.time_ns or 0) <= end_ns:
                        yield from self._read(seen)
                if not waiting or (waiting[-1].datagram.time_ns or 0) > end_ns:
                    return

    def _send(self, channel: Channel) -> None:
        for route, payload in self._messages:
            seen = channel.send(route, payload)
            if seen is None:
                continue
            datagram = seen.datagram
            sighting = Sighting(seen.capture, parse_ssdp(payload), *datagram)
            place = datagram.source, datagram.sport
            message = sighting.ssdp
            mx_seconds = 0 if message.mx_seconds is None else message.mx_seconds
            self._book.open(*place, message.st, mx_seconds, datagram.time_ns, sighting)
            self.sent.append(sighting)
        if not self.sent:
            raise NetworkError("; ".join(channel.problems))

    def _read(self, seen: Seen) -> Iterator[Reply]:
        datagram = seen.datagram
        place = datagram.destination, datagram.dport
        message = parse_ssdp(datagram.payload)
        if message.kind != "response":
            return
        found = self._book.answer(*place, message.st, datagram.time_ns, datagram.frame)
        if found is None and not message.is_ssdp:
            return
        sighting = Sighting(seen.capture, message, *datagram)
        if not self.all_replies and self._is_known(sighting):
            return
        source = sighting.source
        if self.replies >= MAX_REPLIES or self._of_one[source] >= MAX_REPLIES_OF_ONE:
            self.left_out += 1
            return
        self.replies += 1
        self._of_one[source] += 1
        late = found is not None and (datagram.time_ns or 0) > found.late_after_ns
        yield Reply(sighting, None if found is None else found.opened, late)

    def _is_known(self, sighting: Sighting) -> bool:
        """Whether its sender said the same before, to whichever search."""
        message = sighting.ssdp
        said = message.usn, message.st, message.location
        if said == (None, None, None):
            said = (sighting.payload.decode("latin-1"), None, None)
        digest = blake2b(repr((sighting.source, *said)).encode(), digest_size=16).digest()
        if digest in self._told:
            return True
        if len(self._told) < MAX_REPLIES:
            self._told.add(digest)
        return False
