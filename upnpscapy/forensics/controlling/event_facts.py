"""What an event says, whether it came over TCP to one subscriber or by multicast to anyone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from upnpscapy.display import Columns
from upnpscapy.forensics.controlling.typed_call import TypedArguments, judge_types, typed_properties
from upnpscapy.forensics.controlling.whole_body import WholeBody
from upnpscapy.forensics.described.service_row import ServiceRow
from upnpscapy.protocol.gena import Change, Event
from upnpscapy.protocol.property_set import read_last_change
from upnpscapy.protocol.xml_body import Pairs, pairs_found

__all__ = ["EVENT_COLUMNS", "EventFacts"]

EVENT_COLUMNS = Columns(
    "capture frame time publisher subscriber sid seq properties",
    numbers="frame seq",
    lists="properties",
)


class EventFacts:
    """A row without its envelope.

    Of a body that is not all in the capture, only what is whole is there.
    """

    complete: bool
    """Whether the body is there completely."""
    event: Event
    defects: list[str]
    """Names of the deviations, of HTTP, of the event and from the SCPD, each once."""
    service: ServiceRow | None
    """The described service it is of; known when the whole capture has been read."""

    def _read(self, event: Event, body: WholeBody, defects: Iterable[str] = ()) -> None:
        """Take the message; ``defects`` are the names of those that its transport has."""
        self.complete = body.defect is None
        if not self.complete:
            pairs = pairs_found(body.data)
            event = replace(event, properties=pairs, changes=_changes(pairs))
        self.event = event
        self.defects = list(dict.fromkeys([*defects, *body.judge(event.defects)]))
        self.service = None

    @property
    def sid(self) -> str | None:
        """As sent; a multicast event has none."""
        return self.event.sid

    @property
    def seq(self) -> int | None:
        """The event key: 0 for the first event of a subscription."""
        return self.event.seq

    @property
    def properties(self) -> list[list[str]]:
        """[variable, value] in wire order, as sent."""
        return [list(pair) for pair in self.event.properties]

    @property
    def changes(self) -> tuple[Change, ...]:
        """What LastChange among the variables says, in order."""
        return self.event.changes

    @property
    def typed_properties(self) -> TypedArguments | None:
        """The variables as the captured SCPD types them; None if there is none."""
        scpd = None if self.service is None else self.service.scpd_document
        if scpd is None or scpd.scpd is None:
            return None
        return typed_properties(self.event.properties, scpd.variables)

    def join(self, service: ServiceRow | None) -> None:
        """Take the service it is of, and name what disagrees with its SCPD."""
        self.service = service
        typed = self.typed_properties
        if typed is None or service is None or service.scpd_document is None:
            return
        complete = self.complete and service.scpd_document.complete
        names = judge_types("property", typed, complete=complete)
        self.defects = list(dict.fromkeys([*self.defects, *names]))


def _changes(pairs: Pairs) -> tuple[Change, ...]:
    found: list[Change] = []
    for name, value in pairs:
        if name == "LastChange" and value.strip():
            found.extend(read_last_change(value) or ())
    return tuple(found)
