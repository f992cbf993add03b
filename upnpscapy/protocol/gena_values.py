"""What the value of one field of eventing says: each reader adds its deviations to a list."""

from __future__ import annotations

import re
from typing import NamedTuple

from upnpscapy.protocol.control_defect import ControlDefect

__all__ = [
    "LEVEL",
    "Timeout",
    "judge_fixed",
    "judge_sid",
    "read_callbacks",
    "read_number",
    "read_timeout",
]

LEVEL = re.compile(
    r"upnp:/(?:emergency|fault|warning|info|debug|general)\Z|[^\s:/.]+\.[^\s:/]*:/\S+"
)
"""A level of the standard, or ``domain.name:/level`` of a vendor (UDA 2.0, 4.3.3)."""

_CALLBACK = re.compile(r"<([^<>]*)>")
_BRACKETED = re.compile(r"\s*(?:<\s*https?://[^<>\s]+\s*>\s*)+\Z", re.IGNORECASE)
_BARE = re.compile(r"https?://[^<>\s]+", re.IGNORECASE)
_SECONDS = re.compile(r"Second-([0-9]{1,12})\Z", re.IGNORECASE)
_BARE_SECONDS = re.compile(r"(?:Seconds?\s*[-=:]?\s*)?([0-9]{1,12})\Z", re.IGNORECASE)
_INFINITE = re.compile(r"(?:Second-)?infinite\Z", re.IGNORECASE)
_CLOCK = re.compile(r"(?:Second-)?([0-9]{1,6}):([0-5]?[0-9]):([0-5]?[0-9])\Z", re.IGNORECASE)
_NUMBER = re.compile(r"(?:0|[1-9][0-9]{0,18})\Z")
_ODD_NUMBER = re.compile(r"\+?[0-9]{1,19}\Z")
_SID = re.compile(r"uuid:\S+\Z")


class Timeout(NamedTuple):
    """How long a subscription lasts unless it is renewed."""

    sent: str
    """TIMEOUT as sent."""
    seconds: int | None
    """None if it is infinite or cannot be read."""
    infinite: bool = False


def read_timeout(
    value: str | None, defects: list[ControlDefect], *, required: bool
) -> Timeout | None:
    """TIMEOUT: ``Second-1800``; ``Second-infinite`` was right in UDA 1.0.

    ``Second-0:30:00`` is read as the half hour it means.
    """
    if value is None:
        if required:
            defects.append(ControlDefect("missing-timeout"))
        return None
    if match := _SECONDS.match(value):
        return Timeout(value, int(match.group(1)))
    if _INFINITE.match(value):
        defects.append(ControlDefect("timeout-infinite", value))
        return Timeout(value, None, infinite=True)
    if match := _CLOCK.match(value):
        hours, minutes, seconds = map(int, match.groups())
        defects.append(ControlDefect("timeout-clock", value))
        return Timeout(value, hours * 3600 + minutes * 60 + seconds)
    defects.append(ControlDefect("timeout-value", value))
    match = _BARE_SECONDS.match(value)
    return Timeout(value, int(match.group(1)) if match else None)


def read_callbacks(
    value: str | None, defects: list[ControlDefect], *, required: bool
) -> tuple[str, ...]:
    """The URLs of CALLBACK: ``<http://192.0.2.7:5000/a><http://192.0.2.7:5001/b>``.

    Without brackets a URL counts too, and so does one that is cut: Roku takes 100 characters.
    """
    if value is None:
        if required:
            defects.append(ControlDefect("missing-callback"))
        return ()
    urls = [url.strip() for url in _CALLBACK.findall(value)]
    rest = _CALLBACK.sub(" ", value)
    if "<" in rest:
        defects.append(ControlDefect("callback-cut", value))
    elif not _BRACKETED.match(value):
        defects.append(ControlDefect("callback-value", value))
    return tuple(filter(None, (*urls, *_BARE.findall(rest))))


def read_number(
    name: str, value: str | None, limit: int, defects: list[ControlDefect]
) -> int | None:
    """A decimal number from 0 to a limit, under the name its deviations have."""
    if value is None:
        defects.append(ControlDefect(f"missing-{name}"))
        return None
    number = int(value) if _ODD_NUMBER.match(value) else None
    if not _NUMBER.match(value) or number is None or number > limit:
        defects.append(ControlDefect(f"{name}-value", value))
    return number


def judge_fixed(name: str, value: str | None, expected: str, defects: list[ControlDefect]) -> None:
    """A field that can have one value only."""
    if value is None:
        defects.append(ControlDefect(f"missing-{name}"))
    elif value != expected:
        defects.append(ControlDefect(f"{name}-value", value))


def judge_sid(value: str | None, defects: list[ControlDefect]) -> None:
    """SID: ``uuid:`` and what the device likes after it."""
    if value is None:
        defects.append(ControlDefect("missing-sid"))
    elif not _SID.match(value):
        defects.append(ControlDefect("sid-value", value))
