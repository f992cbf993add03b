"""``analyze``: captures in, a ``Case`` out, with the tables of the output contract."""

from __future__ import annotations

import tempfile
import weakref
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import groupby
from operator import index, itemgetter
from pathlib import Path
from typing import TYPE_CHECKING, SupportsIndex

from upnpscapy.capture.batch import Frame
from upnpscapy.capture.collector import rare_collections
from upnpscapy.capture.reader import Mark, read_chosen_frames, read_frames
from upnpscapy.capture.sighting import Sighting
from upnpscapy.capture.source import SourceLike, is_stream, source_name
from upnpscapy.display import Row, Table, printable
from upnpscapy.errors import CaptureError
from upnpscapy.forensics.conversations import OnExchange
from upnpscapy.forensics.described.captured_document import CapturedDocument
from upnpscapy.forensics.finding import Finding
from upnpscapy.forensics.judge import RuleFailure, judge
from upnpscapy.forensics.row_frames import frames_of_row
from upnpscapy.forensics.run import Input, OnSearch, Progress, Run
from upnpscapy.forensics.search_row import SearchRow
from upnpscapy.forensics.tables import (
    TABLES,
    CaptureRow,
    Device,
    ExchangeRow,
    capture_table,
    device_table,
    exchange_table,
    fact_table,
    finding_table,
    message_table,
    search_table,
)
from upnpscapy.tree import Shown, Tree

if TYPE_CHECKING:
    import pandas
    from scapy.packet import Packet
    from scapy.plist import PacketList

    from upnpscapy.forensics.rules.rule import Rule
    from upnpscapy.forensics.watching.facts import Facts
    from upnpscapy.forensics.watching.surroundings import Network

__all__ = ["Case", "analyze"]

MAX_NAMES = 200
"""Characters of the names of captures in a representation, which is one line."""

MAX_PACKETS = 2000
"""Packets that ``packets`` gives; a row has some dozens, one of a flood some hundreds."""


def analyze(
    source: SourceLike | Sequence[SourceLike],
    *,
    join: bool = False,
    on_message: Callable[[Sighting], None] | None = None,
    on_messages: Callable[[Sequence[Sighting]], None] | None = None,
    on_search: OnSearch | None = None,
    on_exchange: OnExchange | None = None,
    http: bool = True,
    rules: Iterable[Rule] | Callable[[], Iterable[Rule]] | None = None,
    local_networks: Iterable[str] = (),
    progress: Progress | None = None,
) -> Case:
    """Read one capture, or several, once, and gather what discovery tells.

    ``source`` is a path, ``"-"`` for standard input, an open binary file, or a list of such.
    ``join`` says that the files are one rotated capture.
    TCP of large files is read by a second process, where there is a processor for it.
    ``on_message``, ``on_search`` and ``on_exchange`` get the rows of these tables as they are
    found, which saves a second reading; ``on_messages`` gets messages too, many at a time.
    Without ``http`` only discovery is read, which is several times faster: devices have no
    descriptions then, and the tables of what HTTP tells are empty, as is that of findings.
    ``rules`` judge each capture, by default ``forensics.rules.RULES``, ``()`` for none;
    ``[*RULES, mine]`` adds one. A function that gives them is called when the reading has begun:
    what it loads costs no time where a second process reads meanwhile.
    ``local_networks`` (``"198.51.100.0/24"``) are local to them, besides what the capture shows;
    raises ``ValueError`` if one is none.
    Raises ``CaptureError`` if a file cannot be read to its end, after the others were read;
    ``partial`` of the error is the case so far. A file that is merely cut off does not raise.
    Raises ``ValueError`` if streams are to be joined: their first frames say in what order.
    """
    given = source if isinstance(source, Sequence) and not isinstance(source, str) else [source]
    if join and len(given) > 1 and any(map(is_stream, given)):
        raise ValueError("only files can be joined, streams cannot be looked into before")
    networks = _networks(local_networks)
    with rare_collections(), ExitStack() as copies, ExitStack() as spooling:
        inputs, spooled = _inputs(given, spooling)
        for copy in spooled.values():
            copies.callback(copy.unlink, missing_ok=True)
        run = Run(
            inputs,
            join=join,
            on_search=on_search,
            on_exchange=on_exchange,
            facts=http,
            rules=_all_rules if rules is None else rules,
            local_networks=networks,
            progress=progress,
        )
        for found in run.batches():
            if on_messages is not None:
                on_messages(found)
            if on_message is not None:
                deque(map(on_message, found), 0)
        kept = copies.pop_all()
    # What could be read only once is read from its copy from here on.
    inputs = [
        one._replace(source=spooled.get(place, one.source), spool=None)
        for place, one in enumerate(inputs)
    ]
    case = Case(inputs, run, join=join)
    weakref.finalize(case, kept.close)
    if run.errors:
        run.errors[0].partial = case
        raise run.errors[0]
    return case


class Case(Shown):
    """What captures hold; made by ``analyze``.

    ``messages``, ``searches`` and ``exchanges`` are read from the files again each time they are
    iterated, so that they take no memory; the other tables are kept.
    """

    def __init__(self, inputs: list[Input], run: Run, *, join: bool) -> None:
        self._inputs = inputs
        self._join = join
        self._marks: dict[int, list[Mark]] = run.marks
        several = len(inputs) > 1
        self.captures: Table[CaptureRow] = capture_table(lambda: run.captures)
        self.devices: Table[Device] = device_table(lambda: run.devices, several=several)
        self.messages: Table[Sighting] = message_table(
            self._read_messages, several=several, count=run.kinds.total
        )
        self.searches: Table[SearchRow] = search_table(
            self._read_searches, several=several, count=lambda: run.searches
        )
        self.exchanges: Table[ExchangeRow] = exchange_table(
            self._read_exchanges, several=several, count=run.exchanges.total
        )
        self.calls = fact_table("calls", lambda: run.calls, several=several)
        self.mappings = fact_table("mappings", lambda: run.mappings, several=several)
        self.external_addresses = fact_table(
            "external_addresses", lambda: run.external_addresses, several=several
        )
        self.subscriptions = fact_table("subscriptions", lambda: run.subscriptions, several=several)
        self.services = fact_table("services", lambda: run.services, several=several)
        self.events = fact_table("events", lambda: run.events, several=several)
        self.findings = finding_table(lambda: run.findings, several=several)
        """What the rules found, the worst of each capture first."""
        self.rule_failures: list[RuleFailure] = run.rule_failures
        """Rules that raised, and so may not have found all."""
        self.facts: list[Facts] = run.facts
        """What rules judge, of each capture; empty without rules."""
        self.documents: list[CapturedDocument] = run.documents
        """Captured descriptions and SCPDs, each distinct content of each URL once."""
        self.kinds: Counter[str] = run.kinds
        """Messages by kind."""
        self.roles: Counter[str] = run.exchanges
        """HTTP exchanges by role."""
        self.search_count = run.searches
        """M-SEARCHes."""
        self.answered_count = run.answered
        """Searches with at least one reply, late or not."""
        self.errors: list[CaptureError] = run.errors
        """Files that could not be read to their end."""

    def judge(self, *rules: Rule) -> Table[Finding]:
        """What other rules find, without reading the captures again.

        Raises ``ValueError`` if the case was made without rules, which leaves no facts to judge,
        and what a rule raises.
        """
        if not self.facts and any(True for _ in self.captures):
            raise ValueError("analyzed without rules, so that there are no facts to judge")
        found: list[Finding] = []
        for facts in self.facts:
            judgement = judge(facts, rules)
            for failure in judgement.failures:
                raise failure.error
            found += judgement.findings
        return finding_table(lambda: found, several=len(self._inputs) > 1)

    def packet(self, *place: str | SupportsIndex) -> Packet:
        """A frame as a Scapy packet: ``packet(frame)``, or ``packet(capture, frame)``.

        The capture's name may be left out when there is one capture.
        Raises ``IndexError`` if there is no such frame, ``KeyError`` if no such capture.
        """
        from upnpscapy.forensics.packet import scapy_packet

        position, number = self._position(place)
        marks = self._marks.get(position)
        source = self._inputs[position].source
        for frame in read_frames(source, marks, number):
            if frame.number == number:
                return scapy_packet(frame)
            break
        raise IndexError(f"{self._inputs[position].name} has no frame {number}")

    def frames(self, capture: str, numbers: Iterable[int]) -> Iterator[Frame]:
        """The frames of one file that have these numbers, with their bytes, in order.

        Raises ``KeyError`` if there is no such capture, ``CaptureError`` if it has gone since.
        """
        position, _ = self._position((capture, 1))
        source, marks = self._inputs[position].source, self._marks.get(position)
        return read_chosen_frames(source, numbers, marks)

    def packets(self, *rows: Row) -> PacketList:
        """The frames of rows as Scapy packets, in the order of the captures, each once.

        A row's frames are those it shows, so of a flood the first ones and the last; of more than
        2,000 frames the first are given, and the list's name says so.
        Each file is read once at most, and only near the frames.
        """
        from scapy.plist import PacketList

        from upnpscapy.forensics.packet import scapy_packet

        places = {place for row in rows for place in frames_of_row(row)}
        wanted = sorted((self._position_of(name), frame) for name, frame in places)
        found = []
        for position, group in groupby(wanted[:MAX_PACKETS], key=itemgetter(0)):
            numbers = [frame for _, frame in group]
            marks = self._marks.get(position)
            for frame in read_chosen_frames(self._inputs[position].source, numbers, marks):
                found.append(scapy_packet(frame))
        left_out = len(wanted) - len(found)
        name = f"{len(found)} of {len(wanted)} frames" if left_out else "Frames"
        return PacketList(found, name)

    def to_dataframes(self) -> dict[str, pandas.DataFrame]:
        """Every table as a DataFrame, by the table's name."""
        return {name: getattr(self, name).to_dataframe() for name in TABLES}

    def _position_of(self, name: str) -> int:
        for position, one in enumerate(self._inputs):
            if one.name == name:
                return position
        raise KeyError(name)

    def _position(self, place: tuple[str | SupportsIndex, ...]) -> tuple[int, int]:
        if not 1 <= len(place) <= 2 or isinstance(place[-1], str) or index(place[-1]) < 1:
            raise IndexError(f"not a frame: {place!r}")
        number = index(place[-1])
        names = [one.name for one in self._inputs]
        if len(place) == 2:
            if place[0] not in names:
                raise KeyError(place[0])
            return names.index(str(place[0])), number
        if len(names) != 1:
            raise KeyError("several captures: name one, as in packet('a.pcap', 7)")
        return 0, number

    def _read_messages(self) -> Iterator[Sighting]:
        run = Run(self._inputs, join=self._join)
        yield from run.messages()
        self._check(run)

    def _read_searches(self) -> Iterator[SearchRow]:
        found: list[SearchRow] = []
        run = Run(self._inputs, join=self._join, on_search=found.append)
        for _ in run.messages():
            yield from found
            found.clear()
        yield from found
        self._check(run)

    def _read_exchanges(self) -> Iterator[ExchangeRow]:
        found: list[ExchangeRow] = []
        run = Run(self._inputs, join=self._join, on_exchange=found.append)
        for _ in run.messages():
            yield from found
            found.clear()
        yield from found
        self._check(run)

    def _check(self, run: Run) -> None:
        """Raise what went wrong reading a second time, and had not the first time."""
        known = {str(error) for error in self.errors}
        for error in run.errors:
            if str(error) not in known:
                raise error

    def tree(self) -> Tree:
        """The overview: captures, counts, the worst findings, devices, mappings, what next."""
        from upnpscapy.forensics.views.cases import case_tree

        return case_tree(self)

    def _summary(self) -> str:
        names = printable(", ".join(one.name for one in self._inputs))
        if len(names) > MAX_NAMES:
            names = f"{names[:MAX_NAMES]}… ({len(self._inputs)} captures)"
        return (
            f"Case {names}: {self.kinds.total()} messages, {self.search_count} searches, "
            f"{len(self.devices)} devices, {len(self.findings)} findings"
        )


def _all_rules() -> Iterable[Rule]:
    from upnpscapy.forensics.rules import RULES  # much, for who wants facts alone

    return RULES


def _networks(texts: Iterable[str]) -> list[Network]:
    if not (given := list(texts)):
        return []
    from upnpscapy.forensics.watching.surroundings import parse_network

    return [parse_network(text) for text in given]


def _inputs(
    given: Sequence[SourceLike], spooling: ExitStack
) -> tuple[list[Input], dict[int, Path]]:
    """Inputs, and the copies that are made of those that can be read only once."""
    inputs: list[Input] = []
    spooled: dict[int, Path] = {}
    for place, one in enumerate(given):
        spool = None
        if is_stream(one):
            spool = spooling.enter_context(
                tempfile.NamedTemporaryFile(prefix="upnpscapy-", delete=False)  # noqa: SIM115
            )
            spooled[place] = Path(spool.name)
        inputs.append(Input.as_now(source_name(one), one, spool))
    return inputs, spooled
