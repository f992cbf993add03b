"""One discovery message as a capture holds it: the message, its envelope, its frame and time.

The attributes are the columns of the table ``messages``.
"""

from __future__ import annotations

from typing import NamedTuple

from upnpscapy.capture.datagrams import Datagram
from upnpscapy.display import iso_utc
from upnpscapy.protocol.ssdp import PORT, SsdpMessage

__all__ = ["MESSAGE_COLUMNS", "Sighting"]

MESSAGE_COLUMNS = tuple(
    "capture frame time src sport dst dport link_src vlan ttl kind start_line st nt nts usn udn "
    "location server user_agent host man mx_seconds max_age_seconds boot_id next_boot_id "
    "config_id search_port secure_location headers defects truncated".split()
)

_OF_DATAGRAM = ("frame", "src", "sport", "dst", "dport", "link_src", "ttl", "truncated")
_OF_MESSAGE = tuple(
    "kind start_line st nt nts usn udn location server user_agent host man mx_seconds "
    "target max_age_seconds boot_id next_boot_id config_id search_port secure_location".split()
)


class Sighting(NamedTuple):
    """A row of ``messages``."""

    capture: str
    """The file's name as given."""
    datagram: Datagram
    ssdp: SsdpMessage

    @property
    def frame(self) -> int:
        """The frame that completed the message, counted from 1 as Wireshark does."""
        return self.datagram.frame

    @property
    def time_ns(self) -> int | None:
        """Nanoseconds since 1970 UTC; None where the capture has no time."""
        return self.datagram.time_ns

    @property
    def time(self) -> str | None:
        """``time_ns`` as ISO 8601 in UTC."""
        return iso_utc(self.datagram.time_ns)

    @property
    def kind(self) -> str:
        """``search alive byebye update response other``."""
        return self.ssdp.kind

    @property
    def vlan(self) -> int | None:
        """The innermost VLAN id; the whole stack is ``datagram.vlans``."""
        vlans = self.datagram.vlans
        return vlans[-1] if vlans else None

    @property
    def headers(self) -> list[list[str]]:
        """Names and values as sent, in wire order."""
        return [list(pair) for pair in self.ssdp.message.headers.pairs()]

    @property
    def defects(self) -> list[str]:
        """Names of the deviations, each once, those of the envelope last."""
        names = [defect.name for defect in self.ssdp.defects]
        if self.ssdp.kind == "response" and self.datagram.sport != PORT:
            names.append("reply-port")
        return list(dict.fromkeys(names))

    def __bytes__(self) -> bytes:
        return self.datagram.payload

    def involves(self, host: str) -> bool:
        """Whether an IP or link address sent or received it."""
        return host in (self.datagram.src, self.datagram.dst, self.datagram.link_src)

    def column(self, name: str) -> object:
        """The value of a column of ``MESSAGE_COLUMNS``."""
        if name in _OF_DATAGRAM:
            return getattr(self.datagram, name)
        if name in _OF_MESSAGE:
            return getattr(self.ssdp, name)
        return getattr(self, name)
