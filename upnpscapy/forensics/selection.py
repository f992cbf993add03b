"""Which rows a person asked for: by host, device and time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from upnpscapy.protocol.host_text import parse_host

__all__ = ["Selection", "parse_host", "parse_time"]

SECOND = 1_000_000_000

_SECONDS = re.compile(r"([0-9]{1,12})(?:\.([0-9]{0,9})[0-9]*)?\Z")


def parse_time(text: str) -> int:
    """ISO 8601 (UTC unless it says otherwise) or seconds since 1970, as nanoseconds.

    Raises ``ValueError`` for anything else.
    """
    plain = text.strip().replace(",", ".")
    if match := _SECONDS.match(plain):
        return int(match[1]) * SECOND + int((match[2] or "").ljust(9, "0"))
    try:
        moment, nanoseconds = _split_fraction(plain)
    except ValueError as error:
        reason = f"neither ISO 8601 nor seconds since 1970 ({error})"
        raise ValueError(reason) from error
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return int(moment.timestamp()) * SECOND + nanoseconds


@dataclass(frozen=True)
class Selection:
    """A choice of rows; what is None is not asked for."""

    host: str | None = None
    udn: str | None = None
    since_ns: int | None = None
    until_ns: int | None = None

    @property
    def is_all(self) -> bool:
        """Whether nothing is asked for, so that every row is chosen."""
        return self == Selection()

    def includes(self, row: Any) -> bool:
        """Whether a row of ``messages``, ``searches`` or ``devices`` is chosen.

        A device is chosen by time if it was seen at some moment of the span.
        """
        if self.host is not None and not row.involves(self.host):
            return False
        if self.udn is not None and not self._names(row):
            return False
        first = getattr(row, "first_time_ns", None) or getattr(row, "time_ns", None)
        last = getattr(row, "last_time_ns", None) or first
        if self.since_ns is not None and (last is None or last < self.since_ns):
            return False
        return self.until_ns is None or (first is not None and first <= self.until_ns)

    def _names(self, row: Any) -> bool:
        sighting = getattr(row, "sighting", row)
        message = getattr(sighting, "ssdp", sighting)
        if not hasattr(message, "udn"):
            return False
        named = (message.udn, getattr(message, "target", None))
        wanted = _bare(self.udn or "")
        return any(name is not None and _bare(name) == wanted for name in named)


def _bare(udn: str) -> str:
    return udn.strip().lower().removeprefix("uuid:")


def _split_fraction(text: str) -> tuple[datetime, int]:
    """Python's datetime has microseconds only, so the fraction is read apart."""
    head, dot, tail = text.partition(".")
    digits = len(tail) - len(tail.lstrip("0123456789"))
    moment = datetime.fromisoformat(head + tail[digits:])
    return moment, int(tail[:digits][:9].ljust(9, "0")) if dot and digits else 0
