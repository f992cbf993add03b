"""Which M-SEARCH a response answers, as a pure function of messages and times.

A response belongs to the latest compatible search from the address and port it goes to,
sent at most 30 s before. It is late if it comes after MX and one second of grace
(UDA 2.0, 1.3.3; a unicast search without MX is to be answered within a second, 1.3.2).
Only the latest search of a kind can be answered, so every step is a few look-ups.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator
from typing import Any

from upnpscapy.protocol.frames import NO_FRAMES, Frames
from upnpscapy.protocol.memory import Memory

__all__ = ["Search", "SearchBook"]

SECOND = 1_000_000_000
WINDOW_NS = 30 * SECOND
GRACE_NS = SECOND
DISORDER_NS = SECOND
"""A response this little earlier than its search is taken: interfaces are not captured in order."""

MAX_PENDING = 16384
"""Searches that wait for responses at a time."""

MAX_PENDING_BYTES = 16 << 20
"""Of the messages of these searches."""

_Place = tuple[str | bytes, int]
"""Address and port."""

_VERSION = re.compile(r":[0-9]+\Z")


class Search:
    """One M-SEARCH and the frames of its responses."""

    __slots__ = (
        "kind",
        "late_after_ns",
        "late_replies",
        "opened",
        "order",
        "place",
        "replies",
        "size",
        "time_ns",
    )

    def __init__(
        self,
        opened: Any,
        size: int,
        order: int,
        time_ns: int,
        mx_seconds: int | None,
        place: _Place,
    ) -> None:
        self.size = size
        self.opened = opened
        """What the caller gave for the search itself."""
        self.order = order
        self.time_ns = time_ns
        grace = WINDOW_NS if mx_seconds is None else mx_seconds * SECOND + GRACE_NS
        self.late_after_ns = time_ns + grace
        """A response after this time is late; none is where MX is unknown."""
        self.place = place
        self.kind: str | None = None
        self.replies: Frames = NO_FRAMES
        self.late_replies: Frames = NO_FRAMES

    def answer(self, time_ns: int, frame: int) -> None:
        """Take note of a response."""
        if time_ns <= self.late_after_ns:
            if self.replies is NO_FRAMES:
                self.replies = Frames()
            self.replies.add(frame)
        else:
            if self.late_replies is NO_FRAMES:
                self.late_replies = Frames()
            self.late_replies.add(frame)


class SearchBook:
    """The searches that still wait for responses."""

    def __init__(self) -> None:
        self._latest: dict[_Place, dict[str | None, Search]] = {}
        """Place → kind of target → the latest search for it; of any kind under None."""
        self._open: deque[Search] = deque()
        self._count = 0
        self._size = 0
        self.closed_early = 0
        """Searches given up before their 30 s because too many were waiting."""

    def open(
        self,
        address: str | bytes,
        port: int,
        st: str | None,
        mx_seconds: int | None,
        time_ns: int | None,
        opened: Any,
        size: int = 0,
    ) -> Search:
        """Take note of a search from that address and port; ``size`` is what it takes in bytes."""
        place = address, port
        self._count += 1
        search = Search(opened, size, self._count, time_ns or 0, mx_seconds, place)
        latest = self._latest.get(place)
        if latest is None:
            latest = self._latest[place] = {}
        latest[None] = search
        if st is not None:
            search.kind = _KINDS[st]
            latest[search.kind] = search
        self._open.append(search)
        self._size += size
        return search

    def answer(
        self, address: str | bytes, port: int, st: str | None, time_ns: int | None, frame: int
    ) -> Search | None:
        """The search that a response to that address and port belongs to; it is noted there.

        A response without ST belongs to the latest search of whatever kind.
        """
        latest = self._latest.get((address, port))
        if latest is None:
            return None
        search = latest.get(None if st is None else _KINDS[st])
        general = latest.get("ssdp:all")
        if search is None or (general is not None and general.order > search.order):
            search = general
        if search is None:
            return None
        now = time_ns or 0
        if not -DISORDER_NS <= now - search.time_ns <= WINDOW_NS:
            return None
        search.answer(now, frame)
        return search

    def searched(self, address: str | bytes, port: int, time_ns: int | None) -> bool:
        """Whether something was searched for from there in the 30 s before that time."""
        latest = self._latest.get((address, port))
        if latest is None:
            return False
        return -DISORDER_NS <= (time_ns or 0) - latest[None].time_ns <= WINDOW_NS

    def expired(self, time_ns: int | None) -> Iterator[Search]:
        """The searches that no response can belong to any more, in the order they were sent.

        None for the time closes all.
        """
        waiting = self._open
        while waiting:
            search = waiting[0]
            if time_ns is not None and time_ns - search.time_ns <= WINDOW_NS + DISORDER_NS:
                if len(waiting) <= MAX_PENDING and self._size <= MAX_PENDING_BYTES:
                    return
                self.closed_early += 1
            waiting.popleft()
            self._size -= search.size
            self._forget(search)
            yield search

    def _forget(self, search: Search) -> None:
        latest = self._latest[search.place]
        if latest[None] is search:
            # All others from there were sent before, so they are gone already.
            del self._latest[search.place]
        elif latest.get(search.kind) is search:
            del latest[search.kind]


def _read_kind(st: str) -> str:
    lowered = st.strip().lower()
    return _VERSION.sub("", lowered) if lowered.startswith("urn:") else lowered


_KINDS = Memory(_read_kind, len, limit=256, entries=4096)
"""ST → what makes two search targets compatible: equal but for case and version."""
