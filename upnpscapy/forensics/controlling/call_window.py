"""Calls in the order of their answers, from calls in the order their connections let go of them.

A response without Content-Length is complete when its connection ends, one behind lost segments
later still: a deletion on another connection can come first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from upnpscapy.forensics.mappings.call import MappingCall, frames_of
from upnpscapy.forensics.place import Place

__all__ = ["CallWindow", "NotedCall"]

MAX_CALLS = 8192
"""Calls held back at most; a busy gateway sees some hundred in an hour."""

MAX_CHARACTERS = 16 << 20
"""Of all calls held back; one listing may have megabytes."""


@dataclass(frozen=True, slots=True)
class NotedCall:
    """What is kept of a call while it waits, which is not its bytes."""

    capture: str
    place: Place
    frame: int | None
    response_frame: int | None
    time_ns: int | None
    response_time_ns: int | None
    client: str
    server: str
    control_url: str | None
    service_type: str | None
    action: str | None
    arguments: Sequence[tuple[str, str]]
    result: Sequence[tuple[str, str]] | None
    status: int | None
    error_code: int | None
    ok: bool
    filter: str
    frames: list[int]

    @property
    def size(self) -> int:
        """Characters in it, about."""
        return sum(len(name) + len(value) for name, value in (*self.arguments, *self._result))

    @property
    def order(self) -> int:
        """The frame of its answer, else of itself."""
        frame = self.frame if self.response_frame is None else self.response_frame
        return frame or 0

    @property
    def _result(self) -> Sequence[tuple[str, str]]:
        return self.result or ()


class CallWindow:
    """Calls held back to be put in order."""

    def __init__(self) -> None:
        self._held: list[NotedCall] = []
        self._characters = 0

    def push(self, call: MappingCall) -> list[NotedCall]:
        """Hold back a call; the first half of all, in order, when there are too many."""
        noted = _noted(call)
        self._held.append(noted)
        self._characters += noted.size
        if len(self._held) < MAX_CALLS and self._characters < MAX_CHARACTERS:
            return []
        return self._release((len(self._held) + 1) // 2)

    def drain(self) -> list[NotedCall]:
        """All that are left, in order."""
        return self._release(len(self._held))

    def _release(self, count: int) -> list[NotedCall]:
        self._held.sort(key=lambda call: call.order)
        ready, self._held = self._held[:count], self._held[count:]
        self._characters -= sum(call.size for call in ready)
        return ready


def _noted(call: MappingCall) -> NotedCall:
    return NotedCall(
        call.capture,
        call.place,
        call.frame,
        call.response_frame,
        call.time_ns,
        call.response_time_ns,
        call.client,
        call.server,
        call.control_url,
        call.service_type,
        call.action,
        call.arguments,
        call.result,
        call.status,
        call.error_code,
        call.ok,
        call.filter,
        frames_of(call),
    )
