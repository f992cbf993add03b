"""Where many discovery messages came in a short time, found without going through each.

Only senders with a dense stretch are looked at closely: ``BLOCK`` messages within a window.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from itertools import repeat
from operator import attrgetter, itemgetter, le, sub

from upnpscapy.capture.sighting import Sighting
from upnpscapy.forensics.place import Place
from upnpscapy.forensics.watching.peak import SECOND, Counts, Peak, PeakKind, without_copies

__all__ = ["Peak", "PeakKind", "Rates"]

WINDOW_NS = 10 * SECOND

STRIDE, STEPS = 4, 5
BLOCK = STRIDE * (STEPS + 1)
"""So many messages of one sender within ``WINDOW_NS`` are looked at closely."""

MAX_SENDERS = 4096
"""Senders whose searches and UDNs are remembered."""
MAX_SUBJECTS = 2048
"""Subjects of each kind that are counted."""
MAX_TAILS = 512
"""Senders, and receivers, of whom the last messages are kept from one batch to the next."""

MAX_SPORTS = 256
"""Ports of searches remembered of one sender."""

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

_time, _message = itemgetter(3), itemgetter(1)
_sport_and_time = itemgetter(5, 3)
_nts_usn = attrgetter("nts", "usn")

_Subject = tuple[PeakKind, bytes, str | None]


class Rates:
    """The densest window of each kind and subject."""

    def __init__(self) -> None:
        self._counts: dict[_Subject, Counts] = {}
        self._senders, self._receivers = _Tails(), _Tails()
        self._searched: dict[bytes, dict[int, int]] = {}
        self._searching: list[tuple[bytes, list[Sighting]]] = []
        self._udns: dict[bytes, set[str]] = {}
        self._pending: dict[_Subject, list[Sighting]] = defaultdict(list)
        self._subjects: Counter[PeakKind] = Counter()
        self.left_out = 0
        """Subjects beyond those counted."""

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
        self._senders.clear()
        self._receivers.clear()

    def take(
        self,
        found: Sequence[Sighting],
        by_sender: Mapping[bytes, list[Sighting]],
        place: Place,
    ) -> None:
        """Take the messages of a batch of frames, all of them and by sender.

        To be called after ``saw_searches`` and ``saw_distinct`` got theirs.
        """
        if None in map(_time, found):
            found = [sighting for sighting in found if sighting.time_ns is not None]
            groups: dict[bytes, list[Sighting]] = defaultdict(list)
            for sighting in found:
                groups[sighting.source].append(sighting)
            by_sender = groups
        for source, sent in by_sender.items():
            dense = self._senders.dense(source, sent)
            if dense is not None:
                self._look(dense, place)
        for subject, pending in self._pending.items():
            self._add(subject, pending, place)
        self._pending.clear()
        responses = [sighting for sighting in found if sighting[1].kind == "response"]
        if responses:
            self._take_responses(responses, by_sender, place)
        for source, sent in self._searching:
            self._remember_searches(source, sent)
        self._searching.clear()

    def saw_searches(self, source: bytes, sent: list[Sighting], *, unicast: bool) -> None:
        """Take equal searches of one sender; unicast ones can be made in another's name."""
        if None in map(_time, sent):
            return
        if unicast:
            self._pending["reflection", source, None] += sent
        self._searching.append((source, sent))

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
        self,
        responses: list[Sighting],
        by_sender: Mapping[bytes, list[Sighting]],
        place: Place,
    ) -> None:
        by_destination: dict[bytes, list[Sighting]] = defaultdict(list)
        for sighting in responses:
            by_destination[sighting[6]].append(sighting)
        for destination, sent in by_destination.items():
            asked = self._counts.get(("reflection", destination, None))
            if asked is not None:
                asked.add_responses(sent, place.base)
            dense = self._receivers.dense(destination, sent)
            if dense is None:
                continue
            searches = self._searches_of(destination, by_sender.get(destination, ()))
            found = [one for one in dense if not _is_asked_for(one, searches)]
            if found:
                self._add(("response-in", destination, None), without_copies(found), place)

    def _searches_of(self, searcher: bytes, sent: Iterable[Sighting]) -> Mapping[int, list[int]]:
        """When a host searched, by the port it searched from."""
        times: dict[int, list[int]] = defaultdict(list)
        for sport, time_ns in self._searched.get(searcher, {}).items():
            times[sport].append(time_ns)
        for sighting in sent:
            if sighting[1].kind == "search":
                times[sighting.sport].append(sighting.time_ns or 0)
        return times

    def _remember_searches(self, source: bytes, sent: Sequence[Sighting]) -> None:
        ports = self._searched.get(source)
        if ports is None:
            if len(self._searched) >= MAX_SENDERS:
                del self._searched[next(iter(self._searched))]
            ports = self._searched[source] = {}
        elif len(ports) > MAX_SPORTS:
            ports.clear()
        ports.update(map(_sport_and_time, sent))

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


class _Tails:
    """What each sent last in the frames before: a dense stretch can begin in it."""

    def __init__(self) -> None:
        self._last: dict[bytes, tuple[list[Sighting], bool]] = {}

    def dense(self, address: bytes, sent: list[Sighting]) -> list[Sighting] | None:
        """What is to be counted closely: None, or all that was sent and has not been counted."""
        last = self._last
        tail, counted = last.pop(address, _NO_TAIL)
        every = tail + sent
        dense = len(every) >= BLOCK and _is_dense(every)
        if len(last) >= MAX_TAILS:
            del last[next(iter(last))]
        last[address] = every[-BLOCK:], dense
        if not dense:
            return None
        return sent if counted else every

    def clear(self) -> None:
        """Forget all: frames are numbered differently from here on."""
        self._last.clear()


_NO_TAIL: tuple[list[Sighting], bool] = ([], False)


def _is_dense(sent: list[Sighting]) -> bool:
    """Whether there may be ``BLOCK`` messages within a window: surely if there are more."""
    times = list(map(_time, sent[::STRIDE]))
    return any(map(le, map(sub, times[STEPS:], times), repeat(WINDOW_NS)))
