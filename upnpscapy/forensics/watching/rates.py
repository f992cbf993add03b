"""Where many discovery messages came in a short time, found without going through each.

Only senders with a dense stretch are looked at closely: ``BLOCK`` messages within a window.
Who takes the messages one by one tells which these are.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Sequence, Set
from operator import attrgetter, itemgetter

from upnpscapy.capture.ip import is_group
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
MAX_UDNS = 4096
"""UDNs of a link address that are told from new ones."""

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
        self._responses: list[Sighting] = []
        self._senders: dict[bytes, _Stride] = {}
        self._receivers: dict[bytes, _Stride] = {}
        self._sent, self._unasked = _Lately(_source), _Lately(_destination)

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
        self._sent, self._unasked = _Lately(_source), _Lately(_destination)

    def sender(self, address: bytes) -> _Stride:
        """What the caller is to tell of each message of a sender that has a time."""
        return _stride_of(address, self._senders)

    def alike(self, sighting: Sighting) -> list[Sighting] | None:
        """Where messages of its kind are to be listed, if they have a time; None if nowhere."""
        if sighting.ssdp.kind == "response":
            return self._responses
        if sighting.ssdp.kind == "search" and not is_group(sighting.destination):
            return self._unicast
        return None

    def take(self, found: Sequence[Sighting], place: Place, *, timed: bool) -> None:
        """Take the messages of a batch of frames, which ``dense`` and ``alike`` tell of.

        ``timed`` if all have a time.
        """
        for sighting in self._unicast:
            self._pending["reflection", sighting[4], None].append(sighting)
        for _, sent in self._sent.take(found, self.dense, timed=timed):
            self._look(sent, place)
        for subject, pending in self._pending.items():
            self._add(subject, pending, place)
        self._pending.clear()
        if self._responses and self._subjects["reflection"]:
            self._add_responses(self._responses, place)
        for done in (self._unicast, self._responses, self.dense):
            done.clear()

    def take_unasked(self, found: Sequence[Sighting], place: Place) -> None:
        """Take the responses in a batch of frames whose receivers had not searched."""
        timed = [sighting for sighting in found if sighting.time_ns is not None]
        dense, receivers = set(), self._receivers
        for sighting in timed:
            receiver = _stride_of(sighting.destination, receivers)
            if receiver.passes(sighting.time_ns or 0):
                dense.add(sighting.destination)
        for destination, sent in self._unasked.take(timed, dense, timed=True):
            self._add(("response-in", destination, None), without_copies(sent), place)

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


class _Lately:
    """What was sent in the last batches, by one of its ends: a dense stretch can begin in it."""

    def __init__(self, end: Callable[[Sighting], bytes]) -> None:
        self._end = end
        self._batches: deque[tuple[int, list[Sighting]]] = deque()
        """With their sizes."""
        self._size = 0
        self._dense: set[bytes] = set()
        """Ends with a dense stretch in the batch before: it can go on."""
        self._counted: dict[bytes, int] = {}
        """The last frame of each end that was given."""

    def take(
        self, sent: Sequence[Sighting], dense: Set[bytes], *, timed: bool
    ) -> list[tuple[bytes, list[Sighting]]]:
        """What was sent of, or to, the ends that are ``dense``, by end.

        It lies behind what came shortly before and was not yet given. ``timed`` if all have a time.
        """
        ends = dense | self._dense
        found = self._behind_tails(sent, ends) if ends else []
        self._dense = set(dense)
        if sent:
            self._keep(sent, timed=timed)
        return found

    def _behind_tails(
        self, sent: Sequence[Sighting], ends: Set[bytes]
    ) -> list[tuple[bytes, list[Sighting]]]:
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
        for of, every in found.items():
            counted[of] = every[-1].frame
        return sorted(found.items(), key=lambda item: item[1][-1].frame)

    def _keep(self, sent: Sequence[Sighting], *, timed: bool) -> None:
        """Keep what has been looked at, for as long as a window."""
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


class _Stride:
    """When someone sent, or got, every eighth message: enough to tell what may be dense."""

    __slots__ = ("_before", "_last", "left")

    def __init__(self) -> None:
        self.left = STRIDE
        """Messages until the next that counts; the caller counts down."""
        self._before = self._last = -2 * WINDOW_NS

    def passes(self, time_ns: int) -> bool:
        """Count a message; whether there was a look, and what it saw is dense."""
        self.left -= 1
        return not self.left and self.is_dense(time_ns)

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
