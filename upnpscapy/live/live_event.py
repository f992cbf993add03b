"""An event as it came: typed by the service's description, with LastChange unpacked."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

from upnpscapy.capture.http_message import HttpMessage
from upnpscapy.display import iso_utc, printable
from upnpscapy.protocol.gena import Event
from upnpscapy.protocol.httpu import Message
from upnpscapy.protocol.scpd_tree import Scpd
from upnpscapy.tree import Node, Shown, Tree

if TYPE_CHECKING:
    from upnpscapy.live.service import LiveService

__all__ = ["LiveEvent", "TypedChange"]


class TypedChange(NamedTuple):
    """One variable of one virtual instance that LastChange says has changed."""

    instance_id: str
    """As sent, "0" in nearly every device."""
    name: str
    value: Any
    """By the service's description; None where the text is no value of the type."""
    channel: str | None
    """Of RenderingControl's Volume, Mute and Loudness: ``Master``, ``LF``, …"""
    text: str
    """The value as sent."""


class LiveEvent(Shown):
    """One event of one subscription; a row of ``events``."""

    def __init__(
        self,
        event: Event,
        message: HttpMessage,
        place: tuple[str, int, int],
        ends: tuple[str, str],
        event_sub_url: str,
        service: LiveService | None,
        scpd: Scpd | None,
    ) -> None:
        self.event = event
        """What the message says, untyped."""
        self.http_message = message
        self.capture, self.frame, self.time_ns = place
        """The recording and the frame there, else the interface and a running number; when the
        first byte came, in ns since 1970."""
        self.publisher, self.subscriber = ends
        """Address of the device, which connects, and of this host."""
        self.event_sub_url = event_sub_url
        """What was subscribed to."""
        self.service = service
        """None where a URL alone was subscribed to."""
        self.scpd = scpd
        """What types it; None if that is not known."""
        self.missed = 0
        """Events right before it that did not come in time."""
        self.late = False
        """Whether it came after its turn, or has a number that was used before, or none."""

    @property
    def sid(self) -> str | None:
        """As sent."""
        return self.event.sid

    @property
    def seq(self) -> int | None:
        """The event key: 0 in the first event of a subscription."""
        return self.event.seq

    @property
    def time(self) -> str | None:
        """``time_ns`` as ISO 8601 in UTC."""
        return iso_utc(self.time_ns)

    @property
    def message(self) -> Message:
        """Start line and headers as sent."""
        return self.http_message.message

    @property
    def body(self) -> bytes:
        """Without chunks and content coding."""
        return self.event.body

    @property
    def raw(self) -> tuple[tuple[str, str], ...]:
        """(variable, text) as sent, in that order."""
        return self.event.properties

    @cached_property
    def properties(self) -> Mapping[str, Any]:
        """Variable → typed value, in the order that came.

        What the description does not know is there as text; what is not of its type is None,
        and its text is in ``raw``.
        """
        values: dict[str, Any] = {}
        for name, text in self.raw:
            values.setdefault(name, self._typed(name, text)[0])
        return MappingProxyType(values)

    @cached_property
    def changes(self) -> tuple[TypedChange, ...]:
        """What LastChange among the variables says, in order."""
        return tuple(
            TypedChange(
                one.instance_id,
                one.name,
                self._typed(one.name, one.value)[0],
                one.channel,
                one.value,
            )
            for one in self.event.changes
        )

    @cached_property
    def defects(self) -> tuple[str, ...]:
        """What deviates, in words: of the message, and of its values."""
        found = [*self.http_message.defects, *map(str, self.event.defects)]
        for name, text in self.raw:
            _, defect = self._typed(name, text)
            if defect:
                found.append(f"{name}: {defect}: {text[:100]!r}")
        return tuple(dict.fromkeys(map(printable, found)))

    def column(self, name: str) -> object:
        """The value of a column of the table ``events``."""
        if name == "properties":
            return [list(pair) for pair in self.raw]
        return getattr(self, name)

    def _typed(self, name: str, text: str) -> tuple[Any, str | None]:
        if self.scpd is None:
            return text, None
        variable = self.scpd.variable(name)
        if variable is None:
            return text, "no such variable in the description of the service"
        value = variable.parse_value(text)
        return value.value, value.defect

    def _summary(self) -> str:
        pairs = ", ".join(f"{printable(name)}={value!r}" for name, value in self.properties.items())
        return f"LiveEvent {self.seq} {pairs}".rstrip()

    def tree(self) -> Tree:
        """The values, the changes, and what deviates."""
        name = printable(self.service.short_id) if self.service else self.event_sub_url
        fields = tuple(
            (name, "" if value is None else str(value)) for name, value in self.properties.items()
        )
        changes = tuple(
            Node(" ".join(filter(None, (one.name, one.channel))), one.text) for one in self.changes
        )
        remarks = [f"defect: {defect}" for defect in self.defects]
        if self.missed:
            remarks.insert(0, f"events missed before it: {self.missed}")
        return Tree((Node(f"{name} {self.seq}", fields=fields, children=changes),), tuple(remarks))
