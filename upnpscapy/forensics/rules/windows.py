"""The densest stretch of time of things that have one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterable
from typing import TypeVar

__all__ = ["densest"]

T = TypeVar("T")


def densest(
    items: Iterable[T],
    seconds: float,
    time_of: Callable[[T], int | None],
    kind_of: Callable[[T], Hashable] = id,
) -> list[T]:
    """Those of the window of that length with the most distinct kinds; without time none.

    Clocks that were set back do no harm: the items are put in the order of their times.
    """
    timed = [(time, item) for item in items if (time := time_of(item)) is not None]
    timed.sort(key=lambda pair: pair[0])
    span = round(seconds * 1_000_000_000)
    kinds: Counter[Hashable] = Counter()
    best = (0, 0, 0)
    start = 0
    for end, (time, item) in enumerate(timed):
        kinds[kind_of(item)] += 1
        while time - timed[start][0] > span:
            kind = kind_of(timed[start][1])
            kinds[kind] -= 1
            if not kinds[kind]:
                del kinds[kind]
            start += 1
        if len(kinds) > best[0]:
            best = (len(kinds), start, end + 1)
    return [item for _, item in timed[best[1] : best[2]]]
