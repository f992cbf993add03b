"""Time in a picture: from nanoseconds to pixels, with a scale in UTC."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from upnpscapy.display import iso_utc

__all__ = ["Clock", "moment", "span", "until"]

SECOND = 1_000_000_000
_DAY = 86_400 * SECOND
_STEPS = [
    *(factor * 10**power for power in range(9) for factor in (1, 2, 5)),
    *(factor * SECOND for factor in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800)),
    *(hours * 3600 * SECOND for hours in (1, 2, 3, 6, 12)),
    *(factor * 10**power * _DAY for power in range(6) for factor in (1, 2, 5)),
]
"""Between two marks of a scale."""


class Clock:
    """A span of time on a stretch of a line."""

    def __init__(self, times_ns: Iterable[int], left: float, right: float) -> None:
        times = [*times_ns] or [0]
        self.first_ns, self.last_ns = min(times), max(times)
        room = max((self.last_ns - self.first_ns) // 50, 1000)
        self.start_ns, self.end_ns = self.first_ns - room, self.last_ns + room
        self.left, self.right = left, right

    def x(self, time_ns: int) -> float:
        """Where a time is; what is outside of the span is at its end."""
        share = (time_ns - self.start_ns) / (self.end_ns - self.start_ns)
        return self.left + (self.right - self.left) * min(max(share, 0.0), 1.0)

    def length_ns(self, pixels: float) -> float:
        """The time that is so wide."""
        return (self.end_ns - self.start_ns) * pixels / (self.right - self.left)

    def ticks(self, pixels: float = 95) -> Iterator[tuple[float, str]]:
        """Marks of a scale that are at least so far apart, with their words."""
        least = self.length_ns(pixels)
        step = next((step for step in _STEPS if step >= least), None)
        if step is None:
            return
        time_ns = -(-self.start_ns // step) * step
        while time_ns <= self.end_ns:
            words = _words(time_ns, step)
            if words is not None:
                yield self.x(time_ns), words
            time_ns += step

    @property
    def day(self) -> str:
        """The date that it begins on."""
        return (iso_utc(self.first_ns) or "")[:10]


def moment(time_ns: int | None, decimals: int = 3) -> str:
    """``17:29:05.489``: the time of the day in UTC; empty if it is not known."""
    text = iso_utc(time_ns)
    return "" if text is None else text[11 : 20 + decimals].rstrip(".")


def until(time_ns: int | None, since_ns: int | None) -> str:
    """``17:39:57``, with the date where that is another than at a time before."""
    text, since = iso_utc(time_ns), iso_utc(since_ns)
    if text is None:
        return ""
    if since is not None and text[:10] != since[:10]:
        return f"{text[:10]} {text[11:19]}"
    return text[11:19]


def span(first_ns: int | None, last_ns: int | None) -> str:
    """``17:29:05.489 UTC``, or from then to when."""
    first, last = moment(first_ns), moment(last_ns)
    if not first:
        return ""
    return f"{first} UTC" if last in (first, "") else f"{first} to {last} UTC"


def _words(time_ns: int, step_ns: int) -> str | None:
    text = iso_utc(time_ns)
    if text is None:
        return None
    if step_ns >= _DAY:
        return text[:10]
    if time_ns % _DAY == 0:
        return text[:10]
    if step_ns >= 60 * SECOND:
        return text[11:16]
    if step_ns >= SECOND:
        return text[11:19]
    return text[11:29].rstrip("0").rstrip(".")
