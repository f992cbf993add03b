"""The HTTP half of a pass: the facts that exchanges tell."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from upnpscapy.capture.datagrams import Take
from upnpscapy.capture.exchanges import Exchange
from upnpscapy.capture.sighting import Sighting
from upnpscapy.forensics.controlling.control import ControlFacts
from upnpscapy.forensics.described.descriptions import Descriptions
from upnpscapy.forensics.exchange_row import ExchangeRow
from upnpscapy.forensics.inventory import Inventory
from upnpscapy.forensics.mappings.ledger import Ledger
from upnpscapy.forensics.mappings.port_control import PortControl
from upnpscapy.forensics.mappings.port_control_address_row import AnyExternalAddressRow
from upnpscapy.forensics.mappings.row import MappingRow
from upnpscapy.forensics.place import Place
from upnpscapy.forensics.roles import role_of
from upnpscapy.protocol.natpmp import PORT as PORT_CONTROL

if TYPE_CHECKING:
    from upnpscapy.forensics.watching.watch import Watch

__all__ = ["Conversations", "OnExchange"]

OnExchange = Callable[[ExchangeRow], None]


class Conversations:
    """Takes the exchanges of one capture as they are complete, and hands them on as rows.

    Descriptions are kept in any case, as roles depend on them; with ``facts`` it gathers calls,
    events and the life of mappings as well.
    """

    def __init__(self, on_exchange: OnExchange, *, facts: bool, watch: Watch | None = None) -> None:
        self._on_exchange = on_exchange
        self._watch = watch
        self._facts = facts
        self.ledger = Ledger()
        self.port_control = PortControl()
        self.control = ControlFacts(self.ledger.take)
        self.descriptions = Descriptions()
        self._place = Place("", 0, ("",))

    def begin(self, place: Place) -> None:
        """Name the file that the next batches come from."""
        self._place = place
        self.port_control.begin(place)

    @property
    def ports(self) -> dict[int, Take]:
        """Who takes datagrams to or from a port."""
        return {PORT_CONTROL: self.port_control.take} if self._facts else {}

    @property
    def mappings(self) -> list[MappingRow]:
        """Of UPnP, NAT-PMP and PCP, in the order of their first frames."""
        rows = self.ledger.mappings + self.port_control.mappings
        return sorted(rows, key=lambda row: row.seen_in.first or 0)

    @property
    def external_addresses(self) -> list[AnyExternalAddressRow]:
        """Of UPnP, NAT-PMP and PCP, in the order of their frames."""
        rows: list[AnyExternalAddressRow] = [*self.control.external_addresses]
        rows += self.port_control.external_addresses
        return sorted(rows, key=lambda row: row.frame or 0)

    def take_event(self, sighting: Sighting) -> None:
        """Take a datagram that is a multicast event."""
        if self._facts:
            self.control.take_datagram(sighting, self._place)

    def close(self, end_ns: int | None) -> None:
        """The capture is over, and all exchanges were taken: the facts are complete after it."""
        self.control.close(end_ns)
        self.ledger.close(end_ns)
        self.port_control.close(end_ns)
        self._watch = None  # not to wait for the cyclic collector, as the reader's callback does

    def join(self, inventory: Inventory) -> None:
        """Bring together what was found: devices, calls and events get their descriptions."""
        self.descriptions.close(inventory)
        self.control.join(self.descriptions)

    def limits(self) -> list[str]:
        """What the bounds left out, in words."""
        counts = (
            (self.control.left_out, "calls, subscriptions and events beyond those kept"),
            (
                self.ledger.left_out + self.port_control.left_out,
                "port mappings beyond those kept",
            ),
        )
        words = [f"{count} {words}" for count, words in counts if count]
        return [*words, *self.descriptions.limits]

    def take(self, exchange: Exchange) -> None:
        """Take an exchange, in the order that they are complete."""
        row = ExchangeRow(exchange, self._place, role_of(exchange, self.descriptions.linked))
        self.descriptions.take(row)  # roles depend on them
        if self._facts:
            self.control.take(row)
        if self._watch is not None:
            self._watch.take_exchange(row)
        self._on_exchange(row)
