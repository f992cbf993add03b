"""The first pass of an extraction: which frames of a capture belong to UPnP.

UDP: every frame of a discovery message, a multicast event, NAT-PMP or PCP. TCP: connections
that carried an exchange of UPnP, and those with an endpoint that a LOCATION or a captured
description names, whatever they carried.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from upnpscapy.capture.datagrams import Datagram
from upnpscapy.capture.discovery import DiscoveryReader
from upnpscapy.capture.reader import CaptureReader
from upnpscapy.capture.sighting import Sighting
from upnpscapy.capture.source import Source
from upnpscapy.errors import CaptureError
from upnpscapy.forensics.conversations import Conversations
from upnpscapy.forensics.described.changes import plain_udn
from upnpscapy.forensics.exchange_row import ExchangeRow
from upnpscapy.forensics.extract.connections import (
    Connections,
    Endpoints,
    connection_key,
    endpoint,
)
from upnpscapy.forensics.extract.inputs import File, ProgressOf
from upnpscapy.forensics.extract.marks import FrameMarks
from upnpscapy.forensics.extract.readers import Datagrams, Tcp
from upnpscapy.forensics.place import Place
from upnpscapy.forensics.selection import Selection
from upnpscapy.protocol.natpmp import PORT as PORT_CONTROL
from upnpscapy.protocol.natpmp import parse_natpmp
from upnpscapy.protocol.pcp import parse_pcp

__all__ = ["Finder"]


@dataclass(slots=True)
class _Sent:
    """A datagram as a selection looks at it."""

    datagram: Datagram

    @property
    def time_ns(self) -> int | None:
        return self.datagram.time_ns

    def involves(self, host: str) -> bool:
        one = self.datagram
        return host in (one.src, one.dst, one.link_src)


@dataclass(slots=True)
class Finder:
    """What belongs of one capture, which is one file, or several that are joined."""

    selection: Selection
    marks: FrameMarks = field(default_factory=FrameMarks)
    """Frames of datagrams."""
    connections: Connections = field(default_factory=Connections)
    endpoints: Endpoints = field(default_factory=Endpoints)
    whole_endpoints: bool = True
    """Whether all that goes to an endpoint belongs; with a selection only what was selected."""
    _base: int = 0
    _of_udn: Selection | None = None
    _others: Selection = field(default_factory=Selection)

    def __post_init__(self) -> None:
        """Take the selection apart: an exchange names no UDN, its server's endpoint does."""
        selection = self.selection
        self.whole_endpoints = selection.is_all
        self._of_udn = None if selection.udn is None else Selection(udn=selection.udn)
        self._others = replace(selection, udn=None)

    def read(self, files: list[File], progress: ProgressOf) -> None:
        """Read the files of the capture once; those that fail have their ``error`` set."""
        names = tuple(file.name for file in files)
        events: list[Sighting] = []
        discovery = DiscoveryReader(None, events.append)
        datagrams = Datagrams({PORT_CONTROL: lambda *fields: self._take_datagram(*fields)})
        talk = Conversations(self._take_exchange, facts=False)
        tcp = Tcp(talk.take, self.connections)
        for index, file in enumerate(files):
            place = Place(file.name, index, names)
            file.place = place
            try:
                opened = Source(file.source, name=file.name, spool=file.spool, limit=file.size)
            except CaptureError as error:
                file.error = error
                continue
            discovery.begin(place.capture, place.base)
            datagrams.base = self._base = place.base
            talk.begin(place)
            tcp.begin(place.base)
            with opened:
                reader = CaptureReader(opened, progress(file.name))
                try:
                    for batch in reader.batches():
                        rest = datagrams.sift(batch, discovery.take, tcp.foreign)
                        tcp.read(batch, rest)
                        discovery.pass_time(reader.last_time_ns)
                        tcp.pass_time(reader.last_time_ns)
                        for found in (discovery.found, events):
                            chosen = self._take_messages(found, place.base, datagrams)
                            file.messages += chosen if found is not events else 0
                            found.clear()
                except CaptureError as error:
                    file.error = error
                file.note(reader, opened)
        tcp.finish()
        talk.close(None)
        self._settle(talk, tcp)
        limits = (
            (self.connections.left_out, "connections beyond those that are told apart"),
            (self.endpoints.left_out, "URLs beyond those that are followed"),
            (tcp.early_left_out, "fragments of segments left out, they came before the first"),
            (tcp.counts().evicted, "TCP connections given up, too many at a time"),
            (talk.descriptions.left_out, "descriptions fetched beyond those kept"),
        )
        files[-1].limits += [f"{count} {words}" for count, words in limits if count]

    def _take_messages(self, found: list[Sighting], base: int, datagrams: Datagrams) -> int:
        """Mark the frames of those that are selected, and tell how many they are."""
        everything, mark, fragments = self.selection.is_all, self.marks.add, datagrams.fragments
        count = 0
        for sighting in found:
            if everything or self.selection.includes(sighting):
                count += 1
                mark(base + sighting.frame)
                for number in fragments.get(sighting.frame, ()):
                    mark(number)
            message = sighting.ssdp
            if message.location and (self._of_udn is None or self._of_udn.includes(sighting)):
                self.endpoints.add_location(message.location)
                if message.secure_location:
                    self.endpoints.add_location(message.secure_location)
        return count

    def _take_datagram(self, *fields: Any) -> None:
        """Mark the frame of NAT-PMP or PCP; like an exchange it names no UDN."""
        datagram = Datagram(*fields)
        known = parse_natpmp(datagram.payload) or parse_pcp(datagram.payload)
        if known is None or self._of_udn is not None:
            return
        if self.selection.is_all or self._others.includes(_Sent(datagram)):
            self.marks.add(self._base + datagram.frame)

    def _take_exchange(self, row: ExchangeRow) -> None:
        if not self._others.includes(row):
            return
        sure = row.role != "other" and self._of_udn is None
        if not sure and self.whole_endpoints:
            return  # the endpoint alone decides
        exchange = row.exchange
        client, server = exchange.client_address, exchange.server_address
        ports = exchange.client_port, exchange.server_port
        sender = client if row.role == "event" else b""
        key = connection_key(client, ports[0], server, ports[1])
        frame = exchange.response_frame if exchange.frame is None else exchange.frame
        self.connections.carried(key, frame or 0, endpoint(server, ports[1]), sender, sure=sure)

    def _settle(self, talk: Conversations, tcp: Tcp) -> None:
        """Decide of what could only be decided at the end."""
        wanted = None if self.selection.udn is None else plain_udn(self.selection.udn)
        for document in talk.descriptions.documents:
            devices = document.description.devices if document.description else ()
            if wanted is None or any(plain_udn(device.udn) == wanted for device in devices):
                self.endpoints.add_document(document)
        self.connections.settle(self.endpoints)
        for source, destination, key, number in tcp.early:
            known = self.whole_endpoints and self.endpoints.concern_any((source, destination))
            if known or self.connections.includes(key, number):
                self.marks.add(number)
