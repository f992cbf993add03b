"""What rules want to know besides the tables, gathered while a capture is read.

Nothing here judges: each kind of fact has its file, and this one feeds them.
Messages are handed on by the batch and equal ones together, as there can be a million of them.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from operator import itemgetter
from typing import TYPE_CHECKING

from upnpscapy.capture.attempts import Sender, Tried
from upnpscapy.capture.datagrams import Take
from upnpscapy.capture.ip import Packet
from upnpscapy.capture.link import Network as LinkNetwork
from upnpscapy.capture.sighting import Sighting
from upnpscapy.forensics.exchange_row import ExchangeRow
from upnpscapy.forensics.inventory import Device, Inventory
from upnpscapy.forensics.place import Place
from upnpscapy.forensics.watching.connections import Connections
from upnpscapy.forensics.watching.facts import Facts
from upnpscapy.forensics.watching.message_walk import MessageWalk
from upnpscapy.forensics.watching.names import Names
from upnpscapy.forensics.watching.network_packets import (
    read_arp,
    read_dhcp,
    read_neighbour_discovery,
)
from upnpscapy.forensics.watching.rates import Rates
from upnpscapy.forensics.watching.seen_messages import SeenMessages
from upnpscapy.forensics.watching.surroundings import Network, Surroundings
from upnpscapy.forensics.watching.suspects import Suspects

if TYPE_CHECKING:
    from upnpscapy.forensics.conversations import Conversations

__all__ = ["Watch"]

ICMPV6 = 58
DNS, MDNS, DHCP_SERVER = 53, 5353, 67

MAX_WEIGHT = 2 << 20
"""Bytes of messages and exchanges that wait to be taken together."""
OVERHEAD = 1024
"""Bytes that each of them takes besides its content, about."""

_payload: Callable[[Sighting], bytes] = itemgetter(11)


class Watch:
    """Sees all of one capture that can matter to a rule; ``facts`` when it is over."""

    def __init__(self, inventory: Inventory, local_networks: Iterable[Network] = ()) -> None:
        self.surroundings = Surroundings(local_networks)
        self.messages = SeenMessages()
        self.rates = Rates()
        self.suspects = Suspects()
        self.connections = Connections()
        self.names = Names()
        told = inventory, self.messages, self.rates, self.surroundings, self.suspects
        self.walk = MessageWalk(*told)
        self._place = Place("", 0, ("",))
        self._waiting: list[list[Sighting] | ExchangeRow] = []
        self._weight = 0
        """Bytes of what waits, about."""
        self._unasked: list[Sighting] = []
        """Responses among what waits whose receivers had not searched."""

    @property
    def kinds(self) -> Counter[str]:
        """Discovery messages by kind; complete after ``close``."""
        return self.walk.kinds

    @property
    def ports(self) -> dict[int, Take]:
        """Who takes datagrams from a port; nobody wants to know what is asked."""
        return {DNS: self._take_names, MDNS: self._take_names, DHCP_SERVER: self._take_dhcp}

    def begin(self, place: Place) -> None:
        """Name the file that comes next."""
        self._catch_up()
        self._place = place
        self.rates.begin()
        self.walk.begin(place)

    def take_senders(self, found: Iterable[Sender]) -> None:
        """Take those who try to connect, or answer it."""
        for source, link in found:
            self.surroundings.saw_sender(source, link)

    def take_tried(self, tried: Tried) -> None:
        """Take the connections that were tried in the whole capture."""
        self.connections = Connections(tried, self._place.names)

    def take_unasked(self, response: Sighting) -> None:
        """Take a response whose receiver had not searched, before ``take`` gets it too."""
        self._unasked.append(response)

    def take(self, found: list[Sighting]) -> None:
        """Take the messages in the frames, before the exchanges that are complete with them."""
        if found:
            self._waiting.append(list(found))
            self._weight += OVERHEAD * len(found)
            if self._weight < MAX_WEIGHT:
                self._weight += sum(map(len, map(_payload, found)))
            if self._weight >= MAX_WEIGHT:
                self._catch_up()

    def take_exchange(self, row: ExchangeRow) -> None:
        """Take an HTTP exchange as it is complete."""
        self._waiting.append(row)
        request, response = row.exchange.request, row.exchange.response
        self._weight += OVERHEAD + (0 if request is None else len(request.body))
        self._weight += 0 if response is None else len(response.body)
        if self._weight >= MAX_WEIGHT:
            self._catch_up()

    def close(self) -> None:
        """Take what still waits; the devices know all of the messages after it."""
        self._catch_up()
        self.walk.close()

    def arp(self, frame: int, time_ns: int | None, body: bytes) -> None:
        """Take an ARP packet."""
        read_arp(body, self.surroundings)

    def packet(
        self, frame: int, time_ns: int | None, data: bytes, packet: Packet, network: LinkNetwork
    ) -> None:
        """Take an IP packet that came the general road and is not UDP."""
        start = packet.start
        if packet.protocol == ICMPV6:
            told = packet.source, packet.ttl, network.link_source
            read_neighbour_discovery(data, start, packet.end, *told, self.surroundings)

    def facts(
        self,
        place: Place,
        start_ns: int | None,
        end_ns: int | None,
        devices: list[Device],
        talk: Conversations,
    ) -> Facts:
        """The facts of the capture, which has been read."""
        return Facts(
            place,
            start_ns,
            end_ns,
            devices=devices,
            documents=talk.descriptions.documents,
            services=talk.descriptions.services,
            calls=talk.control.calls,
            mappings=talk.mappings,
            external_addresses=talk.external_addresses,
            subscriptions=talk.control.subscriptions,
            events=talk.control.events,
            messages=self.messages,
            rates=self.rates,
            suspects=self.suspects,
            surroundings=self.surroundings,
            connections=self.connections,
            names=self.names,
        )

    def limits(self) -> list[str]:
        """What the bounds left out, in words."""
        counts = (
            (self.messages.left_out, "messages kept from the rules, too many distinct ones"),
            (self.rates.left_out, "senders not counted for the rules"),
            (self.suspects.left_out, "exchanges kept from the rules, too many like them"),
            (self.connections.left_out, "attempts to connect kept from the rules"),
            (self.names.left_out, "DNS responses kept from the rules"),
        )
        return [f"{count} {words}" for count, words in counts if count]

    def _catch_up(self) -> None:
        """Take what waits, in order.

        Messages are few among what else is in a capture: between two of them all that deals with
        them would drop out of the processor's caches.
        """
        for item in self._waiting:
            if isinstance(item, list):
                self.walk.take(item)
            else:
                self.suspects.take(item)
        self.walk.end_batch()
        if self._unasked:
            self.rates.take_unasked(self._unasked, self._place)
            self._unasked.clear()
        self._waiting.clear()
        self._weight = 0

    def _take_names(
        self,
        frame: int,
        time_ns: int | None,
        source: bytes,
        sport: int,
        destination: bytes,
        dport: int,
        link: bytes | None,
        vlans: tuple[int, ...],
        ttl: int | None,
        payload: bytes,
        truncated: bool,
    ) -> None:
        number = self._place.base + frame
        self.names.saw_response(payload, number, time_ns, source, self._place)

    def _take_dhcp(
        self,
        frame: int,
        time_ns: int | None,
        source: bytes,
        sport: int,
        destination: bytes,
        dport: int,
        link: bytes | None,
        vlans: tuple[int, ...],
        ttl: int | None,
        payload: bytes,
        truncated: bool,
    ) -> None:
        read_dhcp(payload, self.surroundings)
