"""HTTP exchanges that a rule may want to see: those with a mark, within a budget."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from upnpscapy.forensics.exchange_row import ExchangeRow
from upnpscapy.forensics.watching.exchange_marks import MARKS, ExchangeMarks

__all__ = ["MARKS", "Suspects"]

BYTES = 64 << 20
"""Of the heads and bodies of all that are kept."""

MAX_PER_MARK = 1024
"""Exchanges kept for one mark, and of those from one client to one server a quarter."""

OVERHEAD = 4096
"""Bytes that an exchange takes besides its messages, about."""


class Suspects:
    """Rows of exchanges in the order they were complete; ``marks`` tells why one is kept."""

    def __init__(self) -> None:
        self.rows: list[ExchangeRow] = []
        self.left_out = 0
        """Exchanges with a mark that were not kept for want of room."""
        self._marks: dict[ExchangeRow, frozenset[str]] = {}
        self._marker = ExchangeMarks()
        self._counts: Counter[str] = Counter()
        self._of_ends: Counter[tuple[str, bytes, bytes]] = Counter()
        self._left = dict.fromkeys(MARKS, BYTES // len(MARKS))

    def __iter__(self) -> Iterator[ExchangeRow]:
        return iter(self.rows)

    def __len__(self) -> int:
        return len(self.rows)

    def marks(self, row: ExchangeRow) -> frozenset[str]:
        """Why a row is here; some of ``MARKS``."""
        return self._marks.get(row, frozenset())

    def marked(self, *marks: str) -> Iterator[ExchangeRow]:
        """Rows with any of some marks, in order."""
        wanted = frozenset(marks)
        return (row for row in self.rows if self._marks[row] & wanted)

    @property
    def servers(self) -> set[str]:
        """The addresses of servers that spoke UPnP, or that discovery named."""
        return self._marker.servers

    def saw_location(self, url: str) -> None:
        """Take a LOCATION; what is asked of its server from now on is of UPnP."""
        self._marker.saw_location(url)

    def take(self, row: ExchangeRow) -> None:
        """Take an exchange; most have no mark."""
        marks = self._marker.of(row)
        if not marks:
            return
        exchange = row.exchange
        ends = exchange.client_address, exchange.server_address
        size = OVERHEAD + sum(
            len(part.body) + 2 * len(bytes(part.message)) for part in exchange.parts
        )
        # One mark with room is enough: a flood of one kind does not push out another.
        for mark in sorted(marks):
            key = (mark, *ends)
            if (
                self._counts[mark] < MAX_PER_MARK
                and self._of_ends[key] < MAX_PER_MARK // 4
                and size <= self._left[mark]
            ):
                self._counts[mark] += 1
                self._of_ends[key] += 1
                self._left[mark] -= size
                self._marks[row] = frozenset(marks)
                self.rows.append(row)
                return
        self.left_out += 1
