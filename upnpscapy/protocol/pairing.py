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
from functools import lru_cache
from typing import Any

from upnpscapy.protocol.frames import Frames

__all__ = ["Search", "SearchBook"]

SECOND = 1_000_000_000
WINDOW_NS = 30 * SECOND
GRACE_NS = SECOND
DISORDER_NS = SECOND
"""A response this little earlier than its search is taken: interfaces are not captured in order."""

MAX_PENDING = 16384
"""Searches that wait for responses at a time."""

_VERSION = re.compile(r":[0-9]+\Z")


class Search:
    """One M-SEARCH and the frames of its responses."""

    __slots__ = ("keys", "late_replies", "mx_seconds", "opened", "replies", "time_ns")

    def __init__(
        self,
        opened: Any,
        time_ns: int,
        mx_seconds: int | None,
        keys: tuple[tuple[object, ...], ...],
    ) -> None:
        self.opened = opened
        """What the caller gave for the search itself."""
        self.time_ns = time_ns
        self.mx_seconds = mx_seconds
        """None if it is unknown; then no response is called late."""
        self.keys = keys
        self.replies = Frames()
        self.late_replies = Frames()

    def is_late(self, time_ns: int) -> bool:
        """Whether a response at that time is later than MX and the grace allow."""
        if self.mx_seconds is None:
            return False
        return time_ns - self.time_ns > self.mx_seconds * SECOND + GRACE_NS


class SearchBook:
    """The searches that still wait for responses."""

    def __init__(self) -> None:
        self._latest: dict[tuple[object, ...], Search] = {}
        self._open: deque[Search] = deque()
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
    ) -> Search:
        """Take note of a search from that address and port."""
        keys = ((address, port), (address, port, _kind(st)))
        search = Search(opened, time_ns or 0, mx_seconds, keys)
        for key in keys:
            self._latest[key] = search
        self._open.append(search)
        return search

    def answer(
        self, address: str | bytes, port: int, st: str | None, time_ns: int | None, frame: int
    ) -> Search | None:
        """The search that a response to that address and port belongs to; it is noted there."""
        latest = self._latest
        search: Search | None = latest.get((address, port))
        if search is None:
            return None
        now = time_ns or 0
        if st is not None and search.keys[1][2] not in ("ssdp:all", _kind(st)):
            search = latest.get((address, port, _kind(st)))
            general = latest.get((address, port, "ssdp:all"))
            if search is None or (general is not None and general.time_ns > search.time_ns):
                search = general
        if search is None or not -DISORDER_NS <= now - search.time_ns <= WINDOW_NS:
            return None
        (search.late_replies if search.is_late(now) else search.replies).add(frame)
        return search

    def expired(self, time_ns: int | None) -> Iterator[Search]:
        """The searches that no response can belong to any more, in the order they were sent.

        None for the time closes all.
        """
        waiting = self._open
        while waiting:
            search = waiting[0]
            if time_ns is not None and time_ns - search.time_ns <= WINDOW_NS + DISORDER_NS:
                if len(waiting) <= MAX_PENDING:
                    return
                self.closed_early += 1
            waiting.popleft()
            for key in search.keys:
                if self._latest.get(key) is search:
                    del self._latest[key]
            yield search


@lru_cache(4096)
def _kind(st: str | None) -> str | None:
    """What makes two search targets compatible: equal but for case and version."""
    if st is None:
        return None
    lowered = st.strip().lower()
    return _VERSION.sub("", lowered) if lowered.startswith("urn:") else lowered
