"""Where many discovery messages came in a short time, found without going through each.

Only senders with a dense stretch are looked at closely: ``BLOCK`` messages within a window.
Who takes the messages one by one tells which these are.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Container, Iterator, Mapping, Sequence, Set
from operator import attrgetter, itemgetter

from upnpscapy.capture.sighting import Sighting
from upnpscapy.forensics.place import Place
from upnpscapy.forensics.watching.peak import SECOND, Counts, Peak, PeakKind, without_copies
from upnpscapy.protocol.ssdp import SsdpMessage

__all__ = ["WINDOW_NS", "Peak", "PeakKind", "Rates"]

WINDOW_NS = 10 * SECOND

STRIDE = 8
"""Messages of one sender from one look at the time to the next."""
BLOCK = 3 * STRIDE
"""So many messages of one sender within ``WINDOW_NS`` are looked at closely."""

MAX_SENDERS = 4096
"""Senders, and receivers, of whom is remembered when they last sent or got something, and
link addresses whose UDNs are."""
MAX_SUBJECTS = 2048
"""Subjects of each kind that are counted."""
MAX_BEFORE = 4 << 20
"""Bytes of messages kept from one batch to the next."""
OVERHEAD = 1024
"""Bytes that a message takes besides its payload, about."""
MAX_SEARCHES = 8192
"""Searches kept for a minute; of more the times of their ports, as many of those."""

MAX_UDNS = 4096

SEARCHED_NS = 60 * SECOND
"""How long before a response a search explains it."""
DISORDER_NS = SECOND
"""How much later it may be in a disordered capture."""

LEAST: dict[PeakKind, int] = {
    "notify": 60,
    "same-notify": 24,
    "new-udn": 25,
    "search": 25,
    "response-in": 24,
    "reflection": 5,
}
"""Messages in a window from which on it is a peak."""

SECONDS: dict[PeakKind, int] = {
    "notify": 10,
    "same-notify": 10,
    "new-udn": 60,
    "search": 10,
    "response-in": 10,
    "reflection": 60,
}
"""How long its window is."""

_NOTIFY = frozenset(("alive", "byebye", "update"))

_payload: Callable[[Sighting], bytes] = itemgetter(11)
_message: Callable[[Sighting], SsdpMessage] = itemgetter(1)
_source: Callable[[Sighting], bytes] = itemgetter(4)
_destination: Callable[[Sighting], bytes] = itemgetter(6)
_search: Callable[[Sighting], tuple[bytes, int, int]] = itemgetter(4, 5, 3)
"""Who searched, from which port, when."""
_nts_usn = attrgetter("nts", "usn")

_Subject = tuple[PeakKind, bytes, str | None]


class Rates:
    """The densest window of each kind and subject."""

    def __init__(self) -> None:
        self._counts: dict[_Subject, Counts] = {}
        self._udns: dict[bytes, set[str]] = {}
        self._pending: dict[_Subject, list[Sighting]] = defaultdict(list)
        self._subjects: Counter[PeakKind] = Counter()
        self.left_out = 0
        """Subjects beyond those counted."""
        self.dense: set[bytes] = set()
        """Senders with a dense stretch that ends in the batch, for the caller to tell."""
        self._unicast: list[Sighting] = []
        self._searches: list[Sighting] = []
        self._responses: list[Sighting] = []
        self._senders: dict[bytes, _Stride] = {}
        self._receivers: dict[bytes, _Stride] = {}
        self._dense_before: tuple[set[bytes], set[bytes]] = set(), set()
        """Senders and receivers with a dense stretch in the batch before."""
        self._sent, self._received = _Before(_source), _Before(_destination)
        self._searched = _Searched()

    @property
    def peaks(self) -> list[Peak]:
        """Those worth a look, in the order of their first frames."""
        found = []
        for (kind, _, detail), counts in self._counts.items():
            peak = counts.peak(kind, detail, LEAST[kind])
            if peak is not None:
                found.append(peak)
        return sorted(found, key=lambda peak: (peak.frames.first or 0, peak.kind, peak.subject))

    def of_kind(self, kind: PeakKind) -> list[Peak]:
        """Those of one kind."""
        return [peak for peak in self.peaks if peak.kind == kind]

    def begin(self) -> None:
        """Go on to the next file of a joined capture."""
        self._sent, self._received = _Before(_source), _Before(_destination)

    def sender(self, address: bytes) -> _Stride:
        """What the caller is to tell of each message of a sender that has a time."""
        return _stride_of(address, self._senders)

    def alike(self, sighting: Sighting) -> list[Sighting] | None:
        """Where messages of its kind are to be listed, if they have a time; None if nowhere."""
        if sighting.ssdp.kind == "response":
            return self._responses
        if sighting.ssdp.kind != "search":
            return None
        return self._searches if _is_group(sighting.destination) else self._unicast

    def take(self, found: Sequence[Sighting], place: Place, *, timed: bool) -> None:
        """Take the messages of a batch of frames, which ``dense`` and ``alike`` tell of.

        ``timed`` if all have a time.
        """
        for sighting in self._unicast:
            self._pending["reflection", sighting[4], None].append(sighting)
        before = self._dense_before
        self._dense_before = set(self.dense), set()
        if self.dense or before[0]:
            for _, sent in self._sent.with_tails(found, self.dense | before[0]):
                self._look(sent, place)
        for subject, pending in self._pending.items():
            self._add(subject, pending, place)
        self._pending.clear()
        self._searched.append(self._searches + self._unicast)
        if self._responses:
            self._take_responses(self._responses, before[1], place)
        self._searched.forget(found[-1].time_ns)
        self._sent.append(found, timed=timed)
        self._received.append(self._responses, timed=True)
        for done in (self._unicast, self._searches, self._responses, self.dense):
            done.clear()

    def saw_distinct(self, sighting: Sighting) -> None:
        """Take a message that is not known yet: it may have a new UDN."""
        message = sighting.ssdp
        if message.kind != "alive" or message.udn is None or sighting.time_ns is None:
            return
        sender = sighting.link_source or sighting.source
        udns = self._udns.get(sender)
        if udns is None:
            if len(self._udns) >= MAX_SENDERS:
                return
            udns = self._udns[sender] = set()
        udn = message.udn.lower()
        if udn in udns:
            return
        if len(udns) < MAX_UDNS:
            udns.add(udn)
        self._pending["new-udn", sender, None].append(sighting)

    def _look(self, sent: list[Sighting], place: Place) -> None:
        """Count a sender's messages, copies left out."""
        sent = without_copies(sent)
        notify = [sighting for sighting in sent if sighting[1].kind in _NOTIFY]
        search = [sighting for sighting in sent if sighting[1].kind == "search"]
        if len(search) > 1:
            self._add(("search", search[0].source, None), search, place)
        if len(notify) <= 1:
            return
        self._add(("notify", notify[0].source, None), notify, place)
        same: dict[tuple[str | None, str | None], list[Sighting]] = defaultdict(list)
        for key, sighting in zip(map(_nts_usn, map(_message, notify)), notify, strict=True):
            same[key].append(sighting)
        for (nts, usn), equal in same.items():
            if len(equal) > LEAST["same-notify"] // 4:
                detail = f"{nts} {usn}"[:256]
                self._add(("same-notify", notify[0].source, detail), equal, place)

    def _take_responses(
        self, responses: list[Sighting], dense_before: set[bytes], place: Place
    ) -> None:
        dense, receivers = self._dense_before[1], self._receivers
        for sighting in responses:
            destination = sighting[6]
            receiver = receivers.get(destination) or _stride_of(destination, receivers)
            receiver.left -= 1
            if not receiver.left and receiver.is_dense(sighting[3] or 0):
                dense.add(destination)
        if self._subjects["reflection"]:
            self._add_responses(responses, place)
        dense = dense | dense_before
        if not dense:
            return
        searched = self._searched.by(dense)
        for destination, sent in self._received.with_tails(responses, dense):
            found = [one for one in sent if not _is_asked_for(one, searched[destination])]
            if found:
                self._add(("response-in", destination, None), without_copies(found), place)

    def _add_responses(self, responses: list[Sighting], place: Place) -> None:
        """Count what those get who seem to have asked."""
        by_destination: dict[bytes, list[Sighting]] = defaultdict(list)
        for sighting in responses:
            by_destination[sighting[6]].append(sighting)
        for destination, sent in by_destination.items():
            asked = self._counts.get(("reflection", destination, None))
            if asked is not None:
                asked.add_responses(sent, place.base)

    def _add(self, subject: _Subject, sent: list[Sighting], place: Place) -> None:
        counts = self._counts.get(subject)
        if counts is None:
            kind = subject[0]
            if self._subjects[kind] >= MAX_SUBJECTS:
                self.left_out += 1
                return
            self._subjects[kind] += 1
            counts = self._counts[subject] = Counts(sent[0], place, SECONDS[kind])
        counts.add(sent, place.base)


def _is_asked_for(response: Sighting, searches: Mapping[int, list[int]]) -> bool:
    """Whether its receiver had searched from that port shortly before."""
    times = searches.get(response[7])
    if times is None:
        return False
    time_ns = response[3] or 0
    place = bisect_right(times, time_ns + DISORDER_NS)
    return place > 0 and time_ns - times[place - 1] <= SEARCHED_NS


class _Before:
    """What came in the batches before, by one of its ends: a dense stretch can begin in it."""

    def __init__(self, end: Callable[[Sighting], bytes]) -> None:
        self._end = end
        self._batches: deque[tuple[int, list[Sighting]]] = deque()
        """With their sizes."""
        self._size = 0
        self._counted: dict[bytes, int] = {}
        """The last frame of each end that was given."""

    def with_tails(
        self, sent: Sequence[Sighting], ends: Set[bytes]
    ) -> Iterator[tuple[bytes, list[Sighting]]]:
        """What was sent of, or to, some ends, behind what came before and was not yet given."""
        end, counted = self._end, self._counted
        tails: dict[bytes, deque[Sighting]] = defaultdict(lambda: deque(maxlen=BLOCK))
        for _, batch in self._batches:
            for sighting in batch:
                of = end(sighting)
                if of in ends and sighting.frame > counted.get(of, 0) and sighting[3] is not None:
                    tails[of].append(sighting)
        found: dict[bytes, list[Sighting]] = defaultdict(list)
        for of, tail in tails.items():
            found[of] += tail
        for sighting in sent:
            of = end(sighting)
            if of in ends and sighting.time_ns is not None:
                found[of].append(sighting)
        if len(counted) > MAX_SENDERS:
            counted.clear()
        for of, every in sorted(found.items(), key=lambda item: item[1][-1].frame):
            counted[of] = every[-1].frame
            yield of, every

    def append(self, sent: Sequence[Sighting], *, timed: bool) -> None:
        """Keep what has been looked at, for as long as a window."""
        if not sent:
            return
        batches, latest = self._batches, sent[-1].time_ns or 0
        begin = 0
        if timed:
            begin = bisect_left(sent, latest - WINDOW_NS, key=lambda one: one[3] or 0)
        kept = list(sent[begin:])
        size = OVERHEAD * len(kept) + sum(map(len, map(_payload, kept)))
        batches.append((size, kept))
        self._size += size
        while batches and (
            self._size > MAX_BEFORE or latest - (batches[0][1][-1].time_ns or 0) > WINDOW_NS
        ):
            self._size -= batches.popleft()[0]


class _Searched:
    """Who searched when, from which port, for as long as it explains a response."""

    def __init__(self) -> None:
        self._batches: deque[list[tuple[bytes, int, int]]] = deque()
        self._size = 0
        self._latest: dict[tuple[bytes, int], int] = {}
        """Of more searches than are kept, the time of the last from each port."""

    def append(self, searches: list[Sighting]) -> None:
        """Take the searches of a batch, which have times."""
        if searches:
            self._batches.append(list(map(_search, searches)))
            self._size += len(searches)

    def forget(self, time_ns: int | None) -> None:
        """Drop what is too old, or too much."""
        batches, latest = self._batches, self._latest
        while batches and time_ns is not None:
            too_old = time_ns - batches[0][-1][2] > SEARCHED_NS + DISORDER_NS
            if not too_old and self._size <= MAX_SEARCHES:
                break
            searches = batches.popleft()
            self._size -= len(searches)
            if not too_old:
                latest.update(((source, sport), at) for source, sport, at in searches)
                if len(latest) > MAX_SEARCHES:
                    latest.clear()

    def by(self, searchers: Container[bytes]) -> dict[bytes, dict[int, list[int]]]:
        """The times, in order, by host and port."""
        found: dict[bytes, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
        for (source, sport), time_ns in self._latest.items():
            if source in searchers:
                found[source][sport].append(time_ns)
        for searches in self._batches:
            for source, sport, time_ns in [one for one in searches if one[0] in searchers]:
                found[source][sport].append(time_ns)
        for ports in found.values():
            for times in ports.values():
                times.sort()
        return found


class _Stride:
    """When someone sent, or got, every eighth message: enough to tell what may be dense."""

    __slots__ = ("_before", "_last", "left")

    def __init__(self) -> None:
        self.left = STRIDE
        """Messages until the next that counts; the caller counts down."""
        self._before = self._last = -2 * WINDOW_NS

    def is_dense(self, time_ns: int) -> bool:
        """Whether there may have been ``BLOCK`` messages within a window: surely if there were."""
        self.left = STRIDE
        before, self._before, self._last = self._before, self._last, time_ns
        return time_ns - before <= WINDOW_NS


def _stride_of(address: bytes, known: dict[bytes, _Stride]) -> _Stride:
    stride = known.get(address)
    if stride is None:
        if len(known) >= MAX_SENDERS:
            known.clear()
        stride = known[address] = _Stride()
    return stride


def _is_group(address: bytes) -> bool:
    return address[0] == 0xFF if len(address) == 16 else address[0] >= 224
