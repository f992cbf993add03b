"""A row of ``events`` that is no conversation: an event to a multicast group (UDA 2.0, 4.3.3)."""

from __future__ import annotations

from upnpscapy.capture.sighting import Sighting
from upnpscapy.display import printable
from upnpscapy.forensics.controlling.event_facts import EventFacts
from upnpscapy.forensics.controlling.event_row import EventRow
from upnpscapy.forensics.controlling.whole_body import WholeBody
from upnpscapy.forensics.place import Place
from upnpscapy.protocol.gena import Event, parse_gena
from upnpscapy.tree import MAX_SUMMARY, Shown, Tree

__all__ = ["AnyEventRow", "MulticastEventRow", "read_multicast_event"]


class MulticastEventRow(EventFacts, Shown):
    """One multicast event; ``sighting`` is the datagram with its bytes.

    The subscriber is the group it was sent to.
    """

    exchange = None
    subscription = None
    event_sub_url = None
    status = None

    def __init__(self, sighting: Sighting, place: Place, event: Event, body: WholeBody) -> None:
        self.sighting = sighting
        self.place = place
        syntax = (one.name for one in sighting.ssdp.message.defects if one.name != "body")
        self._read(event, body, syntax)

    @property
    def capture(self) -> str:
        """The file it is in."""
        return self.place.capture

    @property
    def frame(self) -> int:
        """Its frame, in the numbers used inside."""
        return self.place.base + self.sighting.frame

    @property
    def frames(self) -> list[int]:
        """The same in a list."""
        return [self.frame]

    @property
    def time_ns(self) -> int | None:
        """When it was sent."""
        return self.sighting.time_ns

    @property
    def time(self) -> str | None:
        """When it was sent, as ISO 8601 in UTC."""
        return self.sighting.time

    @property
    def publisher(self) -> str:
        """Address of the device."""
        return self.sighting.src

    @property
    def subscriber(self) -> str:
        """Address of the group."""
        return self.sighting.dst

    @property
    def filter(self) -> str:
        """A Wireshark display filter that shows it and its like."""
        name = "ip" if len(self.sighting.source) == 4 else "ipv6"
        return f"{name}.src == {self.publisher} && udp.dstport == {self.sighting.dport}"

    def involves(self, host: str) -> bool:
        """Whether an IP or link address sent it, or it went there."""
        return self.sighting.involves(host)

    def column(self, name: str) -> object:
        """The value of a column of ``EVENT_COLUMNS``."""
        return self.sighting.frame if name == "frame" else getattr(self, name)

    def tree(self) -> Tree:
        """The variables in their order, typed, and what LastChange says."""
        from upnpscapy.forensics.views.eventing import event_tree

        return event_tree(self)

    def _summary(self) -> str:
        service = printable((self.event.service_id or "?")[:MAX_SUMMARY])
        return f"MulticastEventRow {self.frame} {service} {self.seq}"


AnyEventRow = EventRow | MulticastEventRow


def read_multicast_event(sighting: Sighting, place: Place) -> MulticastEventRow | None:
    """A datagram as an event, None if it is none."""
    message = sighting.ssdp.message
    event = parse_gena(message)
    if not isinstance(event, Event):
        return None
    body = WholeBody(message.body, "bytes-missing" if sighting.truncated else None)
    return MulticastEventRow(sighting, place, event, body)
