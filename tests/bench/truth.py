"""What is in a generated capture, counted as each frame is written.

The counts follow the contract of the tables: a message is a UDP datagram that is SSDP by content
on any port, or anything on UDP port 1900; a reply belongs to the latest compatible M-SEARCH from
its target within 30 s, and is late after MX + 1 s; a device is a UDN with its sender's link
address.
"""

from collections import Counter, defaultdict
from typing import Any, NamedTuple

KINDS = ("search", "alive", "byebye", "update", "response", "other")


class Fact(NamedTuple):
    """What one SSDP datagram adds to the truth."""

    kind: str
    """One of `KINDS`."""
    mac: bytes
    """The sender's link address."""
    udn: str = ""
    """With its `uuid:` as sent; empty where the message names no device."""
    match: str = ""
    """Of a response: `timely`, `late` or `orphan` (no search asked for it)."""
    v6: bool = False
    dated: bool = False
    """The message has a DATE header."""


class Frame(NamedTuple):
    """One frame to be written; `fact` is None for all that is not SSDP."""

    time_us: int
    data: bytes
    fact: Fact | None


class Truth:
    """Counts facts; `as_dict()` is what the sidecar file says of the capture."""

    def __init__(self) -> None:
        self.frames = 0
        self._kinds: Counter[str] = Counter(dict.fromkeys(KINDS, 0))
        self._matches: Counter[str] = Counter()
        self._v6 = 0
        self._dated = 0
        self._devices: defaultdict[bytes, set[str]] = defaultdict(set)

    def add(self, frame: Frame) -> None:
        """Count one frame that is written."""
        self.frames += 1
        fact = frame.fact
        if fact is None:
            return
        self._kinds[fact.kind] += 1
        self._v6 += fact.v6
        if fact.udn:
            self._devices[fact.mac].add(fact.udn)
        if fact.match:
            self._matches[fact.match] += 1
            self._dated += fact.dated

    def as_dict(self) -> dict[str, Any]:
        """Return the counts, and every UDN by link address, ready for JSON."""
        return {
            "frames": self.frames,
            "messages": self._kinds.total(),
            "kinds": dict(self._kinds),
            "searches": self._kinds["search"],
            "replies": self._matches["timely"],
            "late_replies": self._matches["late"],
            "orphan_replies": self._matches["orphan"],
            "dated_replies": self._dated,
            "ipv6_messages": self._v6,
            "devices": sum(map(len, self._devices.values())),
            "udns": {mac.hex(":"): sorted(udns) for mac, udns in sorted(self._devices.items())},
        }
