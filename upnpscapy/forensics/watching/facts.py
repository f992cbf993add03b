"""The facts of one capture that rules judge: everything that was counted, dated and joined."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from upnpscapy.capture.exchanges import Exchange
from upnpscapy.forensics.controlling.call_row import CallRow
from upnpscapy.forensics.controlling.multicast_event_row import AnyEventRow
from upnpscapy.forensics.controlling.subscription_row import SubscriptionRow
from upnpscapy.forensics.described.captured_document import CapturedDocument
from upnpscapy.forensics.described.service_row import ServiceRow
from upnpscapy.forensics.inventory import Device
from upnpscapy.forensics.mappings.port_control_address_row import AnyExternalAddressRow
from upnpscapy.forensics.mappings.row import MappingRow
from upnpscapy.forensics.place import Place
from upnpscapy.forensics.watching.connections import Connections
from upnpscapy.forensics.watching.names import Names
from upnpscapy.forensics.watching.rates import Rates
from upnpscapy.forensics.watching.seen_messages import SeenMessages
from upnpscapy.forensics.watching.surroundings import Surroundings
from upnpscapy.forensics.watching.suspects import Suspects

__all__ = ["Facts"]

T = TypeVar("T")


@dataclass(eq=False, slots=True)
class Facts:
    """Of one file, or of files joined to one capture; complete, and not to be changed.

    Frame numbers are those inside (see ``place``), as ``Evidence`` wants them.
    Rows and documents are those of the tables, in frame order; all is bounded.
    """

    place: Place
    """Of the first file; ``Seen``, ``Peak``, ``Attempt`` and rows know their own."""
    start_ns: int | None = None
    """Time of the capture's first frame."""
    end_ns: int | None = None
    """Time of its last frame."""
    devices: list[Device] = field(default_factory=list)
    documents: list[CapturedDocument] = field(default_factory=list)
    services: list[ServiceRow] = field(default_factory=list)
    calls: list[CallRow] = field(default_factory=list)
    mappings: list[MappingRow] = field(default_factory=list)
    external_addresses: list[AnyExternalAddressRow] = field(default_factory=list)
    subscriptions: list[SubscriptionRow] = field(default_factory=list)
    events: list[AnyEventRow] = field(default_factory=list)
    messages: SeenMessages = field(default_factory=SeenMessages)
    """Distinct discovery messages, with the frames of their repeats."""
    rates: Rates = field(default_factory=Rates)
    """Where many messages came in a short time."""
    suspects: Suspects = field(default_factory=Suspects)
    """HTTP exchanges that bear a mark; iterating gives rows."""
    surroundings: Surroundings = field(default_factory=Surroundings)
    """What is local, on the link, and a router."""
    connections: Connections = field(default_factory=Connections)
    """TCP connections that were tried."""
    names: Names = field(default_factory=Names)
    """What names were resolved to."""
    _worked_out: dict[Callable[[Facts], object], Any] = field(
        default_factory=dict, init=False, repr=False
    )
    _calls: dict[int, CallRow] | None = field(default=None, init=False, repr=False)
    _called: dict[str, list[int]] | None = field(default=None, init=False, repr=False)
    """Action, in lower case → places in ``calls``."""

    def once(self, work_out: Callable[[Facts], T]) -> T:
        """What a function says of these facts; it is asked once, however many rules want it.

        It is known by its identity: a lambda would be another one each time.
        """
        if work_out not in self._worked_out:
            self._worked_out[work_out] = work_out(self)
        found: T = self._worked_out[work_out]
        return found

    def call_of(self, exchange: Exchange) -> CallRow | None:
        """The call of the table that an exchange is, None if it is none or had no room."""
        if self._calls is None:
            self._calls = {id(row.exchange): row for row in self.calls}
        return self._calls.get(id(exchange))

    def called(self, is_wanted: Callable[[str], bool]) -> Iterator[CallRow]:
        """Rows of ``calls``, in order, of the actions whose names in lower case are wanted."""
        if self._called is None:
            self._called = defaultdict(list)
            for place, row in enumerate(self.calls):
                self._called[(row.action or "").lower()].append(place)
        wanted = [places for action, places in self._called.items() if is_wanted(action)]
        return map(self.calls.__getitem__, sorted(place for places in wanted for place in places))
