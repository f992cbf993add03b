"""Times, durations, counts and frames as a report says them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from itertools import islice
from typing import NamedTuple, TypeVar

from upnpscapy.display import iso_utc

__all__ = ["Moment", "counted", "cut", "duration", "frame_words", "frames_filter", "moment"]

Frame = TypeVar("Frame")

SECOND = 1_000_000_000

LONGEST = 300
"""Characters shown of a value from the wire, unless a place says otherwise."""

MAX_FRAMES = 12
"""Frames named before a list is abridged."""

MAX_FILTER_FRAMES = 64
"""Frames a filter names; Wireshark refuses very long ones."""

_UNITS = (("day", 86_400), ("h", 3_600), ("min", 60))


class Moment(NamedTuple):
    """A time for ``<time>``: in milliseconds, which is what HTML allows."""

    machine: str
    shown: str


def moment(time_ns: int | None) -> Moment | None:
    """A time in UTC, None if it is not known."""
    text = iso_utc(time_ns)
    if text is None:
        return None
    head, _, fraction = text.removesuffix("Z").partition(".")
    return Moment(f"{head}.{fraction[:3]}Z", f"{head.replace('T', ' ')}.{fraction[:3]}")


def duration(seconds: float) -> str:
    """``9.8 ms``, ``12.6 s``, ``1 h 30 min``, ``7 days``: two units at most."""
    if seconds < 1:
        return f"{seconds * 1000:.3g} ms"
    if seconds < 60:
        return f"{seconds:.3g} s"
    left = round(seconds)
    parts = []
    for name, size in _UNITS:
        count, left = divmod(left, size)
        if count:
            parts.append(counted(count, name) if name == "day" else f"{count} {name}")
    if left and len(parts) < 2:
        parts.append(f"{left} s")
    return " ".join(parts[:2])


def counted(count: int, noun: str, several: str | None = None) -> str:
    """``1 device``, ``1,500 devices``."""
    return f"{count:,} {noun if count == 1 else several or noun + 's'}"


def cut(text: str, most: int = LONGEST) -> str:
    """Text with an end; of a longer one how long it is."""
    return text if len(text) <= most else f"{text[:most]}… ({len(text):,} characters)"


def frame_words(
    frames: Iterable[Frame], count: int | None = None, *, show: Callable[[Frame], object] = str
) -> str:
    """``6, 7, 8 … 503 (21 in all)``; ``count`` says how many there are where not all are given.

    ``show`` says how one is written.
    """
    known = list(frames)
    total = max(len(known), count or 0)
    if total <= MAX_FRAMES:
        return ", ".join([str(show(one)) for one in known])
    first = ", ".join([str(show(one)) for one in known[: MAX_FRAMES - 2]])
    return f"{first} … {show(known[-1])} ({total:,} in all)"


def frames_filter(frames: Sequence[int | str] | Iterable[int | str]) -> str | None:
    """A Wireshark display filter for frames, those in the row's own file."""
    own = list(islice((one for one in frames if isinstance(one, int)), MAX_FILTER_FRAMES))
    return f"frame.number in {{{', '.join(map(str, own))}}}" if own else None
