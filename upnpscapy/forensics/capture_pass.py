"""The readers of one capture, and in which order a batch of its frames goes through them."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from upnpscapy.capture.batch import Batch
from upnpscapy.capture.datagrams import DatagramReader
from upnpscapy.capture.discovery import DiscoveryReader
from upnpscapy.capture.sighting import Sighting
from upnpscapy.capture.source import SourceLike
from upnpscapy.capture.tcp import Look, Tcp
from upnpscapy.capture.tcp_process import open_tcp
from upnpscapy.closing import Closing
from upnpscapy.errors import CaptureError
from upnpscapy.forensics.conversations import Conversations, OnExchange
from upnpscapy.forensics.inventory import Inventory
from upnpscapy.forensics.place import Place
from upnpscapy.protocol.pairing import Search

if TYPE_CHECKING:
    from upnpscapy.forensics.watching.facts import Facts
    from upnpscapy.forensics.watching.surroundings import Network
    from upnpscapy.forensics.watching.watch import Watch

__all__ = ["CapturePass"]


class CapturePass(Closing):
    """Reads one capture, of one file or of several that are joined; a context manager.

    Each file comes with how many bytes of it are read, None if that is not known.
    ``on_exchange`` is None if HTTP is not to be read. With ``facts`` it is kept what HTTP tells,
    with ``watched`` also what rules want to know besides.
    """

    def __init__(
        self,
        files: Iterable[tuple[SourceLike, Place, int | None]],
        on_search: Callable[[Search], None],
        on_exchange: OnExchange | None,
        *,
        facts: bool,
        watched: bool,
        local_networks: tuple[Network, ...] = (),
    ) -> None:
        self.inventory = Inventory()
        self.kinds: Counter[str] = Counter()
        """Discovery messages by kind; complete after ``finish``."""
        self.talk: Conversations | None = None
        self._keeps_facts = facts
        self._tcp: Tcp | None = None
        if on_exchange is not None:
            based = [(source, place.base, size) for source, place, size in files]
            self.talk = Conversations(on_exchange, facts=facts)
            look = _look() if watched else None
            self._tcp = open_tcp(based, self.talk.take, handshakes=watched, look=look)
        self.watch = _watch(self.inventory, local_networks) if watched else None
        if self.talk is not None:
            self.talk.watch = self.watch
        ports = {} if self.watch is None else self.watch.ports
        both_ways = {} if self.talk is None else self.talk.ports
        on_event = None if self.talk is None else self.talk.take_event
        self._datagrams = DatagramReader(ports | both_ways, self.watch, ports.keys() - both_ways)
        on_unasked = None if self.watch is None else self.watch.take_unasked
        self._discovery = DiscoveryReader(on_search, on_event, on_unasked)
        self._foreign = None if self._tcp is None else self._tcp.foreign
        self.passing = self._datagrams.passing(self._foreign)
        """What need not be looked at, to be told who walks the records."""

    @property
    def failure(self) -> CaptureError | None:
        """Why not all of HTTP was read, while the rest was."""
        return None if self._tcp is None else self._tcp.failure

    def begin(self, place: Place) -> None:
        """Name the file that the next batches come from."""
        if self.watch is not None:
            self.watch.begin(place)  # first, as it tells the others what is left of the last file
        self._discovery.begin(place.capture, place.base)
        self.inventory.begin(place)
        if self.talk is not None:
            self.talk.begin(place)
        if self._tcp is not None:
            self._tcp.begin(place.base)

    def read(self, batch: Batch, last_time_ns: int | None) -> list[Sighting]:
        """Read a batch, whose last frame has that time; the messages in it, until the next."""
        discovery, tcp, watch = self._discovery, self._tcp, self.watch
        found = discovery.found
        found.clear()
        rest = self._datagrams.sift(batch, discovery.take, self._foreign)
        if tcp is not None:
            tcp.read(batch, rest)
        else:
            deque(rest, 0)
        if watch is not None:
            # Exchanges are judged by the servers that messages before them name.
            watch.take(found)
        discovery.pass_time(last_time_ns)
        if tcp is not None:
            tcp.pass_time(last_time_ns)
            if watch is not None:
                watch.take_senders(tcp.senders())
        if found and watch is None:
            self.inventory.take(found)
            self.kinds.update([sighting.ssdp.kind for sighting in found])
        return found

    def finish(self, end_ns: int | None) -> None:
        """The capture is over, and ended then: all facts are complete after it."""
        self._discovery.close()
        self._datagrams.reassembler.close()
        if self._tcp is not None:
            self._tcp.finish()
            if self.watch is not None:
                self.watch.take_senders(self._tcp.senders())
                self.watch.take_tried(self._tcp.tried())
        if self.talk is not None:
            self.talk.close(end_ns)
        if self.watch is not None:
            self.watch.close()
            self.kinds = self.watch.kinds
        if self.talk is not None and self._keeps_facts:
            self.talk.join(self.inventory)
        self.inventory.close(end_ns)

    def facts(self, place: Place, start_ns: int | None, end_ns: int | None) -> Facts | None:
        """What rules judge, named after the capture's first file; None if nobody watched."""
        if self.watch is None or self.talk is None:
            return None
        return self.watch.facts(place, start_ns, end_ns, self.inventory.devices, self.talk)

    def limits(self) -> list[str]:
        """What the bounds of this pass left out, in words."""
        reassembler, inventory = self._datagrams.reassembler, self.inventory
        counts = (
            (reassembler.incomplete, "fragmented datagrams never became complete"),
            (reassembler.dropped, "fragmented datagrams given up, too many at a time"),
            (self._discovery.searches.closed_early, "searches closed early, too many at a time"),
            (inventory.left_out, "messages of devices beyond those kept"),
            (inventory.budget.refused, "long values of devices not kept"),
        )
        words = [f"{count} {words}" for count, words in counts if count]
        words += self._tcp.counts().words() if self._tcp is not None else []
        words += self.talk.limits() if self.talk is not None else []
        return words + (self.watch.limits() if self.watch is not None else [])

    def close(self) -> None:
        """Nothing more is read."""
        if self._tcp is not None:
            self._tcp.close()


def _watch(inventory: Inventory, local_networks: tuple[Network, ...]) -> Watch:
    from upnpscapy.forensics.watching.watch import Watch  # much, for who wants facts alone

    return Watch(inventory, local_networks)


def _look() -> Look:
    from upnpscapy.forensics.watching.response_marks import look

    return look
