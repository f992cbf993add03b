"""The mappings and pinholes that a simulated gateway keeps, and when each one ends."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

__all__ = ["Clock", "Leased", "Mapping", "Pinhole", "Table"]

Clock = Callable[[], float]
"""Seconds since whenever; never goes back."""

MAX_ENTRIES = 256
"""Of one table."""


@dataclass(slots=True)
class Leased:
    """Something that ends by itself, unless its lease is 0."""

    lease_seconds: int
    ends: float | None = field(default=None, repr=False)
    """By the table's clock."""


@dataclass(slots=True)
class Mapping(Leased):
    """A port mapping (WANIPConnection:2, 2.4)."""

    remote_host: str = ""
    external_port: int = 0
    protocol: str = "TCP"
    internal_port: int = 0
    internal_client: str = ""
    enabled: bool = True
    description: str = ""

    def __str__(self) -> str:
        there = f"{self.internal_client}:{self.internal_port}"
        return f"{self.protocol} {self.external_port} → {there}"


@dataclass(slots=True)
class Pinhole(Leased):
    """A pinhole in the firewall (WANIPv6FirewallControl:1, 2.4)."""

    remote_host: str = ""
    remote_port: int = 0
    internal_client: str = ""
    internal_port: int = 0
    protocol: int = 6
    opened_by: str = ""


_Key = TypeVar("_Key")
_Entry = TypeVar("_Entry", bound=Leased)


class Table(Generic[_Key, _Entry]):
    """Entries by key in the order they were made; what is over is not there any more."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._entries: dict[_Key, _Entry] = {}

    def __len__(self) -> int:
        return len(self.entries)

    @property
    def entries(self) -> dict[_Key, _Entry]:
        """Those that are there now."""
        now = self._clock()
        over = [key for key, one in self._entries.items() if one.ends is not None]
        for key in over:
            ends = self._entries[key].ends
            if ends is not None and ends <= now:
                del self._entries[key]
        return self._entries

    @property
    def is_full(self) -> bool:
        """Whether there is no room for one more."""
        return len(self) >= MAX_ENTRIES

    def put(self, key: _Key, entry: _Entry) -> None:
        """Keep an entry from now on for its lease; one of the same key is replaced."""
        seconds = entry.lease_seconds
        entry.ends = self._clock() + seconds if seconds else None
        self.entries[key] = entry

    def left(self, entry: Leased) -> int:
        """Seconds that an entry has, 0 if it has no end."""
        return 0 if entry.ends is None else max(1, math.ceil(entry.ends - self._clock()))
