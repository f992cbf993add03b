"""What a TCP connection is handed to: the bytes of both directions, in order, until it ends."""

from __future__ import annotations

from typing import Literal, NamedTuple, Protocol

from upnpscapy.capture.ordering import Conflict, Data, Gap

__all__ = ["Consumer", "Ends", "Kind"]

Kind = Literal["fin", "rst", "reuse", "idle", "evicted", "capture"]
"""How a direction ended; the last four are not in the connection itself."""


class Ends(NamedTuple):
    """Addresses as packed on the wire, and ports; side 0 sent the first segment seen."""

    source: bytes
    sport: int
    destination: bytes
    dport: int


class Consumer(Protocol):
    """What becomes of one connection; ``side`` is the sending end, 0 or 1."""

    foreign: bool
    """Set by the consumer: it wants no more."""
    proven: bool
    """Set by the consumer: it is worth more than one of which nothing is known yet."""

    def data(self, side: int, data: Data) -> None:
        """The next bytes."""

    def gap(self, side: int, gap: Gap) -> None:
        """The next bytes are lost."""

    def conflict(self, side: int, conflict: Conflict) -> None:
        """Bytes, of the past or of the future, that were sent differently again."""

    def end(self, side: int, kind: Kind) -> None:
        """Nothing more follows in this direction; comes once for each."""
