"""One pass over captures: messages stream out, and the facts gather on the way.

Files are independent of each other, or one rotated capture: then they are taken in the order
of their first timestamps, and searches, fragments and devices continue across the seams.
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

from upnpscapy.capture.datagrams import DatagramReader
from upnpscapy.capture.discovery import DiscoveryReader
from upnpscapy.capture.link import link_type_name
from upnpscapy.capture.reader import CaptureReader, Mark, first_time_ns
from upnpscapy.capture.sighting import Sighting
from upnpscapy.capture.source import Source, SourceLike
from upnpscapy.errors import CaptureError
from upnpscapy.forensics.capture_row import CaptureRow
from upnpscapy.forensics.controlling.call_row import CallRow
from upnpscapy.forensics.controlling.multicast_event_row import AnyEventRow
from upnpscapy.forensics.controlling.subscription_row import SubscriptionRow
from upnpscapy.forensics.conversations import Conversations, OnExchange
from upnpscapy.forensics.described.captured_document import CapturedDocument
from upnpscapy.forensics.described.service_row import ServiceRow
from upnpscapy.forensics.exchange_row import ExchangeRow
from upnpscapy.forensics.finding import Finding
from upnpscapy.forensics.inventory import Device, Inventory
from upnpscapy.forensics.judge import RuleFailure, judge
from upnpscapy.forensics.mappings.port_control_address_row import AnyExternalAddressRow
from upnpscapy.forensics.mappings.row import MappingRow
from upnpscapy.forensics.place import Place
from upnpscapy.forensics.search_row import SearchRow
from upnpscapy.protocol.frames import NO_FRAMES
from upnpscapy.protocol.pairing import Search

if TYPE_CHECKING:
    from upnpscapy.forensics.rules.rule import Rule
    from upnpscapy.forensics.watching.facts import Facts
    from upnpscapy.forensics.watching.surroundings import Network
    from upnpscapy.forensics.watching.watch import Watch

__all__ = ["Input", "OnSearch", "Progress", "Run"]

OnSearch = Callable[[SearchRow], None]
Progress = Callable[[str, int], None]
"""Called with a file's name and how many of its stored bytes have been read."""


class Input(NamedTuple):
    """A file to read, and what it is called in results."""

    name: str
    source: SourceLike
    spool: IO[bytes] | None = None
    """Gets a copy of what can be read only once."""

    @property
    def again(self) -> SourceLike:
        """What is to be opened to read it a second time."""
        if self.spool is None:
            return self.source
        self.spool.flush()
        return Path(self.spool.name)


class Run:
    """A single pass; ``messages()`` makes it, the other attributes are complete after it.

    ``on_search`` gets each search when all responses that can belong to it are known,
    ``on_exchange`` each HTTP exchange when it is complete.
    HTTP is read if someone takes it, or ``facts`` asks what it tells: discovery alone is faster.
    With ``facts``, each capture is judged by ``rules``; ``local_networks`` are local to them.
    Files that cannot be read do not stop the others: they are in ``errors``.
    """

    def __init__(
        self,
        inputs: Sequence[Input],
        *,
        join: bool = False,
        on_search: OnSearch | None = None,
        on_exchange: OnExchange | None = None,
        facts: bool = False,
        rules: Iterable[Rule] = (),
        local_networks: Iterable[Network] = (),
        progress: Progress | None = None,
    ) -> None:
        self.inputs = inputs
        self._rules = tuple(rules) if facts else ()
        self._local_networks = tuple(local_networks)
        self._on_exchange = on_exchange
        self._facts = facts
        self._join = join
        self._on_search = on_search
        self.progress = progress
        self.captures: list[CaptureRow] = []
        self.devices: list[Device] = []
        self.kinds: Counter[str] = Counter()
        """Messages by kind."""
        self._places: dict[str, Place] = {}
        self.searches = 0
        self.answered = 0
        """Searches with at least one reply, late or not."""
        self.exchanges: Counter[str] = Counter()
        """HTTP exchanges by role."""
        self.calls: list[CallRow] = []
        self.external_addresses: list[AnyExternalAddressRow] = []
        self.subscriptions: list[SubscriptionRow] = []
        self.events: list[AnyEventRow] = []
        self.mappings: list[MappingRow] = []
        self.services: list[ServiceRow] = []
        self.documents: list[CapturedDocument] = []
        """Descriptions and SCPDs, each distinct content of each URL once."""
        self.facts: list[Facts] = []
        """Of each capture, what rules judge; none without rules."""
        self.findings: list[Finding] = []
        self.rule_failures: list[RuleFailure] = []
        """Rules that raised, once for each capture."""
        self.errors: list[CaptureError] = []
        self.marks: dict[int, list[Mark]] = {}
        """By the position of the file in ``inputs``: where to begin reading for a frame."""

    def messages(self) -> Iterator[Sighting]:
        """Every discovery message, file by file in frame order."""
        indexed = list(enumerate(self.inputs))
        if self._join:
            yield from self._read_capture(_by_first_time(indexed))
        else:
            for file in indexed:
                yield from self._read_capture([file])

    def _read_capture(self, files: list[tuple[int, Input]]) -> Iterator[Sighting]:
        """One capture of one or, if joined, several files."""
        names = tuple(file.name for _, file in files)
        places = self._places = {}
        inventory = Inventory()
        watch = _watch(inventory, self._local_networks) if self._rules else None
        talk = None
        if self._facts or self._on_exchange is not None:
            talk = Conversations(self._take_exchange, facts=self._facts, watch=watch)
        ports = {} if watch is None else watch.ports
        both_ways = {} if talk is None else talk.ports
        datagrams = DatagramReader(ports | both_ways, watch, ports.keys() - both_ways)
        discovery = DiscoveryReader(self._take_search, None if talk is None else talk.take_event)
        foreign = None if talk is None else talk.reader.foreign
        passing = None if foreign is None else datagrams.passing(foreign)
        start_ns: int | None = None
        end_ns: int | None = None
        rows: list[CaptureRow] = []
        for index, (position, file) in enumerate(files):
            place = places[names[index]] = Place(names[index], index, names)
            try:
                opened = Source(file.source, name=file.name, spool=file.spool)
            except CaptureError as error:
                self.errors.append(error)
                continue
            if watch is not None:
                watch.begin(place)  # first, as it tells the others what is left of the last file
            discovery.begin(place.capture, place.base)
            inventory.begin(place)
            if talk is not None:
                talk.begin(place)
            with opened:
                reader = CaptureReader(opened, self._report(place.capture))
                failure: CaptureError | None = None
                try:
                    found = discovery.found
                    for batch in reader.batches(passing):
                        rest: Iterable[int] = datagrams.sift(batch, discovery.take, foreign)
                        if watch is not None:
                            rest = watch.see(batch, rest)
                        if talk is not None:
                            talk.read_frames(batch, rest)
                        else:
                            deque(rest, 0)
                        if watch is not None:
                            # Exchanges are judged by the servers that messages before them name.
                            watch.take(found)
                        discovery.pass_time(reader.last_time_ns)
                        if talk is not None:
                            talk.pass_time(reader.last_time_ns)
                        if found:
                            if watch is None:
                                inventory.take(found)
                            self.kinds.update([sighting.ssdp.kind for sighting in found])
                            yield from found
                            found.clear()
                except CaptureError as error:
                    failure = error
                    self.errors.append(error)
                self.marks[position] = reader.marks
                start_ns = reader.first_time_ns if start_ns is None else start_ns
                if reader.format is not None:
                    rows.append(_row(reader, opened.sha256(), failure))
            if reader.last_time_ns is not None:
                end_ns = max(end_ns or 0, reader.last_time_ns)
        discovery.close()
        datagrams.reassembler.close()
        if talk is not None:
            talk.close(end_ns)
        if watch is not None:
            watch.close()
        if talk is not None:
            self._take_facts(talk, inventory)
        inventory.close(end_ns)
        self.devices += inventory.devices
        if rows:
            rows[-1].limits += _limits(datagrams, discovery, inventory)
            rows[-1].limits += talk.limits() if talk is not None else []
        if watch is not None and talk is not None and places:
            place = next(iter(places.values()))
            facts = watch.facts(place, start_ns, end_ns, inventory.devices, talk)
            left_out = self._judge(facts)
            if rows:
                rows[-1].limits += watch.limits() + left_out
        self.captures += rows

    def _judge(self, facts: Facts) -> list[str]:
        """Apply the rules; returns what a bound left out, in words."""
        judgement = judge(facts, self._rules)
        self.facts.append(facts)
        self.findings += judgement.findings
        self.rule_failures += judgement.failures
        return [f"findings of {rule.id} beyond those kept" for rule in judgement.limited]

    def _take_search(self, search: Search) -> None:
        self.searches += 1
        if search.replies is not NO_FRAMES or search.late_replies is not NO_FRAMES:
            self.answered += 1
        if self._on_search is not None:
            sighting: Sighting = search.opened
            self._on_search(SearchRow(sighting, search, self._places[sighting.capture]))

    def _take_facts(self, talk: Conversations, inventory: Inventory) -> None:
        """Take what the conversations told, which are closed."""
        if not self._facts:
            return
        talk.join(inventory)
        self.documents += talk.descriptions.documents
        self.calls += talk.control.calls
        self.external_addresses += talk.external_addresses
        self.subscriptions += talk.control.subscriptions
        self.events += talk.control.events
        self.mappings += talk.mappings
        self.services += talk.descriptions.services

    def _take_exchange(self, row: ExchangeRow) -> None:
        self.exchanges[row.role] += 1
        if self._on_exchange is not None:
            self._on_exchange(row)

    def _report(self, name: str) -> Callable[[int], None] | None:
        progress = self.progress
        if progress is None:
            return None
        return lambda stored: progress(name, stored)


def _watch(inventory: Inventory, local_networks: tuple[Network, ...]) -> Watch:
    from upnpscapy.forensics.watching.watch import Watch  # much, for who wants facts alone

    return Watch(inventory, local_networks)


def _row(reader: CaptureReader, sha256: str, failure: CaptureError | None) -> CaptureRow:
    row = CaptureRow(
        reader.name,
        sha256,
        reader.format,
        [link_type_name(link_type) for link_type in reader.link_types],
        reader.frames,
        reader.first_time_ns,
        reader.last_time_ns,
        reader.bytes_left,
        failure is not None or reader.cut is not None,
    )
    if reader.cut is not None:
        row.limits.append(reader.cut)
    if failure is not None:
        row.limits.append(str(failure.reason))
    return row


def _limits(
    datagrams: DatagramReader, discovery: DiscoveryReader, inventory: Inventory
) -> list[str]:
    """What the bounds of this pass left out, in words."""
    counts = (
        (datagrams.reassembler.incomplete, "fragmented datagrams never became complete"),
        (datagrams.reassembler.dropped, "fragmented datagrams given up, too many at a time"),
        (discovery.searches.closed_early, "searches closed early, too many at a time"),
        (inventory.left_out, "messages of devices beyond those kept"),
        (inventory.budget.refused, "long values of devices not kept"),
    )
    return [f"{count} {words}" for count, words in counts if count]


def _by_first_time(files: list[tuple[int, Input]]) -> list[tuple[int, Input]]:
    """Files in the order of their first frames' times; those without a time come first."""
    if len(files) < 2:
        return files  # it may be a pipe
    return sorted(files, key=lambda file: first_time_ns(file[1].source))
