"""What a subscription has to say besides its events."""

from __future__ import annotations

from typing import NamedTuple

from upnpscapy.display import printable

__all__ = ["Notice"]


class Notice(NamedTuple):
    """Something that happened to a subscription."""

    time_ns: int
    kind: str
    """Of events ``silent lost late``; of the subscription ``renewed not-renewed expired
    resubscribed not-unsubscribed``; ``refused``, of one among several; ``problem``."""
    text: str
    event_sub_url: str | None = None

    def __str__(self) -> str:
        where = f"{self.event_sub_url}: " if self.event_sub_url else ""
        return printable(f"{where}{self.kind}: {self.text}")
