"""Messages whose times are far from all others: of a clock that was wrong, or a damaged capture.

Drawn to scale with them, all else would be a single mark.
"""

from __future__ import annotations

from collections.abc import Iterable
from operator import attrgetter

from upnpscapy.pictures.clock import SECOND
from upnpscapy.pictures.tracks import Cell

__all__ = ["main_span"]

FAR_NS = 30 * 86_400 * SECOND
"""From the others at least; a wrong clock is mostly years off."""

TIMES = 20
"""As far as the others last at least."""

_first_ns = attrgetter("first_ns")


def main_span(cells: Iterable[Cell]) -> tuple[int, int]:
    """From when to when three quarters of the messages are, and all that is not far from them."""
    ordered = sorted(cells, key=_first_ns)
    if not ordered:
        return 0, 0
    start_ns, end_ns = ordered[0].first_ns, max(cell.last_ns for cell in ordered)
    if end_ns - start_ns <= FAR_NS:
        return start_ns, end_ns
    first, last = _shortest(ordered, sum(cell.count for cell in ordered) * 3 / 4)
    start_ns = ordered[first].first_ns
    end_ns = max(cell.last_ns for cell in ordered[first : last + 1])
    near = True
    while near:
        far, near = max(FAR_NS, TIMES * (end_ns - start_ns)), False
        while first and start_ns - ordered[first - 1].first_ns <= far:
            first -= 1
            start_ns, near = ordered[first].first_ns, True
        while last + 1 < len(ordered) and ordered[last + 1].first_ns - end_ns <= far:
            last += 1
            end_ns, near = max(end_ns, ordered[last].last_ns), True
    return start_ns, end_ns


def _shortest(ordered: list[Cell], wanted: float) -> tuple[int, int]:
    """Places of the first and last cell of the shortest time with so many messages."""
    first, count, found = 0, 0, (0, len(ordered) - 1)
    shortest = ordered[-1].first_ns - ordered[0].first_ns
    for last, cell in enumerate(ordered):
        count += cell.count
        while count - ordered[first].count >= wanted:
            count -= ordered[first].count
            first += 1
        length = cell.first_ns - ordered[first].first_ns
        if count >= wanted and length < shortest:
            shortest, found = length, (first, last)
    return found
