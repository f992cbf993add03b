"""One pass over captures: messages stream out, and the facts gather on the way.

Files are independent of each other, or one rotated capture: then they are taken in the order
of their first timestamps, and searches, fragments and devices continue across the seams.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, NamedTuple

from upnpscapy.capture.link import link_type_name
from upnpscapy.capture.reader import CaptureReader, Mark, first_time_ns
from upnpscapy.capture.sighting import Sighting
from upnpscapy.capture.source import Source, SourceLike, size_of
from upnpscapy.errors import CaptureError
from upnpscapy.forensics.capture_pass import CapturePass
from upnpscapy.forensics.capture_row import CaptureRow
from upnpscapy.forensics.controlling.call_row import CallRow
from upnpscapy.forensics.controlling.multicast_event_row import AnyEventRow
from upnpscapy.forensics.controlling.subscription_row import SubscriptionRow
from upnpscapy.forensics.conversations import OnExchange
from upnpscapy.forensics.described.captured_document import CapturedDocument
from upnpscapy.forensics.described.service_row import ServiceRow
from upnpscapy.forensics.exchange_row import ExchangeRow
from upnpscapy.forensics.finding import Finding
from upnpscapy.forensics.inventory import Device
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
    size: int | None = None
    """Bytes of it that are read, however often; None or 0 for all."""

    @classmethod
    def as_now(cls, name: str, source: SourceLike, spool: IO[bytes] | None = None) -> Input:
        """What there is now: if it is a file that grows, what comes later is not read."""
        return cls(name, source, spool, size_of(source))

    @property
    def again(self) -> SourceLike:
        """What is to be opened to read it a second time."""
        if self.spool is None:
            return self.source
        self.spool.flush()
        return Path(self.spool.name)


class Run:
    """A single pass; ``batches()`` or ``messages()`` makes it, all else is complete after it.

    ``on_search`` gets each search when all responses that can belong to it are known,
    ``on_exchange`` each HTTP exchange when it is complete.
    HTTP is read if someone takes it, or ``facts`` asks what it tells: discovery alone is faster.
    With ``facts``, each capture is judged by ``rules``, which may be a function that loads them
    when the reading has begun; ``local_networks`` are local to them.
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
        rules: Iterable[Rule] | Callable[[], Iterable[Rule]] = (),
        local_networks: Iterable[Network] = (),
        progress: Progress | None = None,
    ) -> None:
        self.inputs = inputs
        self._load_rules = rules if callable(rules) else None
        self._rules = () if callable(rules) or not facts else tuple(rules)
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
        for found in self.batches():
            yield from found

    def batches(self) -> Iterator[list[Sighting]]:
        """The same, many at a time, in a list that is used again."""
        indexed = list(enumerate(self.inputs))
        captures = [_by_first_time(indexed)] if self._join else [[file] for file in indexed]
        for files in captures:
            names = tuple(file.name for _, file in files)
            places = [Place(name, index, names) for index, name in enumerate(names)]
            self._places = dict(zip(names, places, strict=True))
            http = self._facts or self._on_exchange is not None
            sources = [file.source for _, file in files]
            sizes = [file.size for _, file in files]
            with CapturePass(
                zip(sources, places, sizes, strict=True),
                self._take_search,
                self._take_exchange if http else None,
                facts=self._facts,
                watched=self._facts and bool(self._rules or self._load_rules),
                local_networks=self._local_networks,
            ) as one:
                if self._load_rules is not None and self._facts:
                    self._rules, self._load_rules = tuple(self._load_rules()), None
                yield from self._read_capture(one, files, places)
        # Whoever keeps what comes of the pass shall not keep what its rows were gathered in.
        self._on_search = self._on_exchange = self.progress = None

    def _read_capture(
        self, one: CapturePass, files: list[tuple[int, Input]], places: list[Place]
    ) -> Iterator[list[Sighting]]:
        """One capture of one or, if joined, several files."""
        start_ns: int | None = None
        end_ns: int | None = None
        rows: list[CaptureRow] = []
        for (position, file), place in zip(files, places, strict=True):
            try:
                source = Source(file.source, name=file.name, spool=file.spool, limit=file.size)
            except CaptureError as error:
                self.errors.append(error)
                continue
            one.begin(place)
            with source:
                reader = CaptureReader(source, self._report(place.capture))
                failure: CaptureError | None = None
                try:
                    for batch in reader.batches(one.passing):
                        if found := one.read(batch, reader.last_time_ns):
                            yield found
                except CaptureError as error:
                    failure = error
                    self.errors.append(error)
                self.marks[position] = reader.marks
                start_ns = reader.first_time_ns if start_ns is None else start_ns
                if reader.format is not None:
                    rows.append(_row(reader, source, failure))
            if reader.last_time_ns is not None:
                end_ns = max(end_ns or 0, reader.last_time_ns)
        one.finish(end_ns)
        if one.failure is not None:
            self.errors.append(one.failure)
        self.kinds += one.kinds
        self._take_facts(one)
        facts = one.facts(places[0], start_ns, end_ns) if places else None
        left_out = [] if facts is None else self._judge(facts)
        if rows:
            rows[-1].limits += one.limits() + left_out
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

    def _take_facts(self, one: CapturePass) -> None:
        """Take what a capture told, which was read."""
        self.devices += one.inventory.devices
        talk = one.talk
        if talk is None or not self._facts:
            return
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


def _row(reader: CaptureReader, source: Source, failure: CaptureError | None) -> CaptureRow:
    row = CaptureRow(
        reader.name,
        source.sha256(),
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
    if growth := source.growth():
        row.limits.append(growth)
    return row


def _by_first_time(files: list[tuple[int, Input]]) -> list[tuple[int, Input]]:
    """Files in the order of their first frames' times; those without a time come first."""
    if len(files) < 2:
        return files  # it may be a pipe
    return sorted(files, key=lambda file: first_time_ns(file[1].source))
