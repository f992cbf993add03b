"""One discovery message as a capture holds it: the message, its envelope, its frame and time.

The attributes are the columns of the table ``messages``.
"""

from __future__ import annotations

from typing import NamedTuple

from upnpscapy.capture.datagrams import Envelope
from upnpscapy.protocol.httpu import text
from upnpscapy.protocol.ssdp import PORT, SsdpMessage

__all__ = ["MESSAGE_COLUMNS", "Sighting"]

MESSAGE_COLUMNS = tuple(
    "capture frame time src sport dst dport link_src vlan ttl kind start_line st nt nts usn udn "
    "location server user_agent host man mx_seconds max_age_seconds boot_id next_boot_id "
    "config_id search_port secure_location headers defects truncated".split()
)

_OF_ENVELOPE = ("src", "sport", "dst", "dport", "link_src", "ttl")
_OF_MESSAGE = tuple(
    "kind start_line st nt nts usn udn location server user_agent host man mx_seconds "
    "max_age_seconds boot_id next_boot_id config_id search_port secure_location".split()
)


class Sighting(NamedTuple):
    """A row of ``messages``."""

    capture: str
    """The file's name as given."""
    frame: int
    time_ns: int | None
    envelope: Envelope
    ssdp: SsdpMessage
    truncated: bool
    """Not all of the datagram was captured; deviations a cut can cause are not named then."""

    @property
    def kind(self) -> str:
        """``search alive byebye update response other``."""
        return self.ssdp.kind

    @property
    def vlan(self) -> int | None:
        """The innermost VLAN id; the whole stack is ``envelope.vlans``."""
        vlans = self.envelope.vlans
        return vlans[-1] if vlans else None

    @property
    def headers(self) -> list[list[str]]:
        """Names and values as sent, in wire order."""
        return [list(pair) for pair in self.ssdp.message.headers.pairs()]

    @property
    def defects(self) -> list[str]:
        """Names of the deviations, each once, those of the envelope last."""
        names = [defect.name for defect in self.ssdp.defects]
        if self.ssdp.kind == "response" and self.envelope.sport != PORT:
            names.append("reply-port")
        return list(dict.fromkeys(names))

    @property
    def sender(self) -> str:
        """What tells senders apart: the link address, or the IP address where there is none."""
        return self.envelope.link_src or self.envelope.src

    def __bytes__(self) -> bytes:
        return bytes(self.ssdp.message)

    def __str__(self) -> str:
        envelope = self.envelope
        first = text(self.ssdp.message.start.stripped)
        return f"{self.frame} {envelope.src} → {envelope.dst} {self.kind} {first}"

    def column(self, name: str) -> object:
        """The value of a column of ``MESSAGE_COLUMNS``."""
        if name in _OF_ENVELOPE:
            return getattr(self.envelope, name)
        if name in _OF_MESSAGE:
            return getattr(self.ssdp, name)
        return getattr(self, name)
