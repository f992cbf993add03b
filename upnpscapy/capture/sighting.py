"""One discovery message as a capture holds it: the message, its envelope, its frame and time.

The attributes are the columns of the table ``messages``.
"""

from __future__ import annotations

from typing import NamedTuple

from upnpscapy.capture.datagrams import Datagram, address_text, link_address_text
from upnpscapy.display import Columns, Through, iso_utc, printable
from upnpscapy.protocol.ssdp import KINDS, PORT, SsdpMessage
from upnpscapy.tree import MAX_SUMMARY, Shown, Tree

__all__ = ["MESSAGE_COLUMNS", "Sighting"]

MESSAGE_COLUMNS = Columns(
    "capture frame time src sport dst dport link_src vlan ttl kind start_line st nt nts usn udn "
    "location server user_agent host man mx_seconds max_age_seconds boot_id next_boot_id "
    "config_id search_port secure_location headers defects truncated",
    numbers="frame sport dport vlan ttl mx_seconds max_age_seconds boot_id next_boot_id config_id "
    "search_port",
    truths="truncated",
    lists="headers defects",
    choices={"kind": KINDS},
)

_OF_MESSAGE = frozenset(
    "kind start_line st nt nts usn udn location server user_agent host man mx_seconds "
    "target max_age_seconds boot_id next_boot_id config_id search_port secure_location".split()
)


class _Parts(NamedTuple):
    capture: str
    """The file's name as given."""
    ssdp: SsdpMessage
    frame: int
    time_ns: int | None
    source: bytes
    sport: int
    destination: bytes
    dport: int
    link_source: bytes | None
    vlans: tuple[int, ...]
    ttl: int | None
    payload: bytes
    truncated: bool


class Sighting(Shown, _Parts):
    """A row of ``messages``; from ``frame`` on it is a ``Datagram``."""

    __slots__ = ()

    start_line = Through[str]("ssdp.start_line")
    st = Through[str | None]("ssdp.st")
    nt = Through[str | None]("ssdp.nt")
    nts = Through[str | None]("ssdp.nts")
    usn = Through[str | None]("ssdp.usn")
    udn = Through[str | None]("ssdp.udn")
    location = Through[str | None]("ssdp.location")
    server = Through[str | None]("ssdp.server")
    user_agent = Through[str | None]("ssdp.user_agent")
    host = Through[str | None]("ssdp.host")
    man = Through[str | None]("ssdp.man")
    mx_seconds = Through[int | None]("ssdp.mx_seconds")
    max_age_seconds = Through[int | None]("ssdp.max_age_seconds")
    boot_id = Through[int | None]("ssdp.boot_id")
    next_boot_id = Through[int | None]("ssdp.next_boot_id")
    config_id = Through[int | None]("ssdp.config_id")
    search_port = Through[int | None]("ssdp.search_port")
    secure_location = Through[str | None]("ssdp.secure_location")
    target = Through[str | None]("ssdp.target")

    @property
    def datagram(self) -> Datagram:
        """The datagram without what it means."""
        return Datagram(*self[2:])

    @property
    def src(self) -> str:
        """The sender's address."""
        return address_text(self.source)

    @property
    def dst(self) -> str:
        """The receiver's address."""
        return address_text(self.destination)

    @property
    def link_src(self) -> str | None:
        """The sender's link address, ``aa:bb:cc:dd:ee:ff``."""
        return link_address_text(self.link_source)

    @property
    def time(self) -> str | None:
        """``time_ns`` as ISO 8601 in UTC."""
        return iso_utc(self.time_ns)

    @property
    def kind(self) -> str:
        """``search alive byebye update response other``."""
        return self.ssdp.kind

    @property
    def vlan(self) -> int | None:
        """The innermost VLAN id; the whole stack is ``vlans``."""
        return self.vlans[-1] if self.vlans else None

    @property
    def headers(self) -> list[list[str]]:
        """Names and values as sent, in wire order."""
        return [list(pair) for pair in self.ssdp.message.headers.pairs()]

    @property
    def defects(self) -> list[str]:
        """Names of the deviations, each once, those of the envelope last."""
        message = self.ssdp
        names = [defect.name for defect in message.defects] if message.defects else []
        if message.kind == "response" and self.sport != PORT:
            names.append("reply-port")
        return names if len(names) < 2 else list(dict.fromkeys(names))

    def __bytes__(self) -> bytes:
        return self.payload

    def _summary(self) -> str:
        target = printable((self.target or "")[:MAX_SUMMARY])
        return f"Sighting {self.frame} {self.kind} {self.src} {target}".rstrip()

    def tree(self) -> Tree:
        """The message, with its envelope."""
        from upnpscapy.capture.sighting_view import sighting_tree

        return sighting_tree(self)

    def involves(self, host: str) -> bool:
        """Whether an IP or link address sent or received it."""
        return host in (self.src, self.dst, self.link_src)

    def column(self, name: str) -> object:
        """The value of a column of ``MESSAGE_COLUMNS``."""
        return getattr(self.ssdp if name in _OF_MESSAGE else self, name)
