"""Events put in the order of their SEQ, with a bounded wait for what is missing (UDA 2.0, 4.3.2).

SEQ is 0 in the first event of a subscription, 1 in the next, and after 4294967295 again 1.
Pure: who uses it says what time it is.
"""

from __future__ import annotations

from collections import deque
from typing import Generic, NamedTuple, TypeVar

__all__ = ["MAX_HELD", "MAX_SEQ", "EventOrder", "Ready", "following"]

MAX_SEQ = 2**32 - 1

MAX_HELD = 64
"""Events that wait for an earlier one."""

MAX_RECENT = 256
"""Events by which another one is known as a copy."""

T = TypeVar("T")


class Ready(NamedTuple, Generic[T]):
    """An event whose turn it is."""

    item: T
    missed: int = 0
    """Events right before it that did not come in time."""
    late: bool = False
    """Its turn was earlier, or its number was used before, or is none."""


def following(seq: int) -> int:
    """The number after a number."""
    return 1 if seq == MAX_SEQ else seq + 1


class EventOrder(Generic[T]):
    """The events of one subscription; in as they come, out in order."""

    def __init__(self, wait_seconds: float) -> None:
        self.expected = 0
        """The number of the next event."""
        self.duplicates = 0
        """Copies that were left out."""
        self._wait_seconds = wait_seconds
        self._held: dict[int, tuple[float, T]] = {}
        self._recent: deque[tuple[int, int]] = deque(maxlen=MAX_RECENT)

    @property
    def due(self) -> float | None:
        """When an event has waited long enough; None if none waits."""
        return min((since for since, _ in self._held.values()), default=None)

    def take(self, seq: int | None, body: bytes, item: T, now: float) -> list[Ready[T]]:
        """An event that came, and which ones are ready by that; ``body`` tells copies."""
        if seq is None:
            return [Ready(item, late=True)]
        key = seq, hash(body)
        if key in self._recent:
            self.duplicates += 1
            return []
        self._recent.append(key)
        ahead = self._ahead(seq)
        if ahead == 0:
            self.expected = following(seq)
            return [Ready(item), *self._next()]
        if ahead is None or seq in self._held:
            return [Ready(item, late=True)]
        self._held[seq] = now + self._wait_seconds, item
        return self._skip() if len(self._held) > MAX_HELD else []

    def overdue(self, now: float) -> list[Ready[T]]:
        """What is ready because the wait for an earlier one is over."""
        ready: list[Ready[T]] = []
        while (due := self.due) is not None and due <= now:
            ready += self._skip()
        return ready

    def rest(self) -> list[Ready[T]]:
        """All that still waits, at the end."""
        ready: list[Ready[T]] = []
        while self._held:
            ready += self._skip()
        return ready

    def _ahead(self, seq: int) -> int | None:
        """How many numbers after the expected one; None for one whose turn was before."""
        if self.expected == 0:
            return seq
        distance = (seq - self.expected) % MAX_SEQ if seq else MAX_SEQ
        return distance if distance < MAX_SEQ // 2 else None

    def _next(self) -> list[Ready[T]]:
        ready: list[Ready[T]] = []
        while self.expected in self._held:
            ready.append(Ready(self._held.pop(self.expected)[1]))
            self.expected = following(self.expected)
        return ready

    def _skip(self) -> list[Ready[T]]:
        """Go on with the next event that is there."""
        missed, seq = min((self._ahead(seq) or 0, seq) for seq in self._held)
        _, item = self._held.pop(seq)
        self.expected = following(seq)
        return [Ready(item, missed), *self._next()]
