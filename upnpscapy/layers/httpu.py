"""HTTP over UDP as a Scapy packet: a start line, header fields and a body in one datagram.

A dissected message keeps its bytes; its fields are read when one is first asked for.
Changing a field changes that line only: order, duplicates, spelling, blanks and line ends of
all other lines stay as they were sent.
"""

from __future__ import annotations

import re
from typing import Any, ClassVar

from scapy.fields import AnyField
from scapy.layers.inet import UDP
from scapy.packet import Packet
from scapy.volatile import VolatileValue

from upnpscapy.layers.fields import (
    BlankLineField,
    BytesField,
    HeaderListField,
    LineEndField,
    OptionalField,
    StartLineField,
    as_bytes,
    printable,
)
from upnpscapy.layers.wire import HeaderNames, read, rewrite, values
from upnpscapy.protocol.defect import Defect
from upnpscapy.protocol.httpu import Message, text

__all__ = ["HTTPU"]


class HTTPU(Packet):
    r"""Any HTTP message in a datagram.

    Well-formed or not is a matter of values::

        HTTPU(start_line="M-SEARCH * HTTP/1.1", headers=[("HOST", "192.0.2.1:32412")])
        HTTPU(start_line="m-search *", headers=["no colon", ("ST", "a"), ("ST", "b")])
        HTTPU(line_end="\n")                  every line ends in LF
        HTTPU(blank="")                       no empty line after the header fields
        HTTPU(prologue="\r\n", body="\0\0")   bytes before the start line and after the blank one
        HTTPU(b"any bytes at all")            what was sniffed, to look at or to change

    ``headers`` holds (name, value) pairs and, for lines without a name, bytes;
    it can be changed in place.
    None for a field leaves it out; ``del packet.FIELD`` returns it to its default.
    """

    name = "HTTPU"
    match_subclass = True
    header_names: ClassVar[HeaderNames] = {}
    """Header names that have a field of their own."""

    fields_desc: ClassVar[list[AnyField]] = [
        OptionalField(BytesField("prologue", b"")),
        StartLineField("start_line", b"NOTIFY * HTTP/1.1"),
        HeaderListField("headers", []),
        OptionalField(LineEndField("line_end", b"\r\n")),
        BlankLineField("blank", None),
        OptionalField(BytesField("body", b"")),
    ]
    __slots__ = ["_origin", "_values"]
    _origin: Message | None
    """The message as it was dissected, which changes are applied to."""
    _values: dict[str, Any] | None
    """What Scapy keeps in ``fields``; None while a dissected message is unread."""

    def __init__(self, *args: Any, **fields: Any) -> None:
        object.__setattr__(self, "_origin", None)
        super().__init__(*args, **fields)

    @property
    def message(self) -> Message:
        """The message as it would be sent, read by ``protocol.httpu``."""
        # Not build(), which adds the padding of the frame.
        return read(self.do_build())

    @property
    def defects(self) -> tuple[Defect, ...]:
        """Every deviation from HTTP's syntax, by name."""
        return self.message.defects

    # Scapy keeps field values in the slot ``fields`` and reaches for it everywhere;
    # as a property it lets a dissected message stay unread until then.
    @property
    def fields(self) -> dict[str, Any]:
        """Field values that are set or were dissected."""
        return self._read() if self._values is None else self._values

    @fields.setter
    def fields(self, fields: dict[str, Any]) -> None:
        object.__setattr__(self, "_values", fields)

    def _read(self) -> dict[str, Any]:
        assert self._origin is not None
        found = values(self._origin, self.header_names)
        for name, _ in self.header_names.values():
            if self.default_fields[name] is not None:
                found.setdefault(name, None)
        self._values = found
        if self.raw_packet_cache is not None:
            self.raw_packet_cache_fields = {"headers": found["headers"][:]}
        return found

    def getfieldval(self, attr: str) -> Any:
        """A field's value as Scapy keeps it."""
        value = super().getfieldval(attr)
        if attr == "headers" and value == []:
            # Every packet has an empty list of its own, which would hide what fuzz() draws.
            default = self.default_fields[attr]
            return default if isinstance(default, VolatileValue) else value
        return value

    def do_dissect(self, s: bytes) -> bytes:
        """Keep the message; nothing is left for a payload."""
        self._origin = read(s)
        self._values = None
        self.raw_packet_cache = s
        self.raw_packet_cache_fields = {}
        self.explicit = 1
        return b""

    def self_build(self) -> bytes:
        """The message: as it was dissected, with what was changed, or from its fields."""
        if self._origin is None:
            return super().self_build()
        if self.raw_packet_cache is not None:
            kept = self.raw_packet_cache_fields
            if not kept or kept["headers"] == self.getfieldval("headers"):
                return self.raw_packet_cache
            self.raw_packet_cache = None
        new = {field.name: getattr(self, field.name) for field in self.fields_desc}
        return rewrite(self._origin, self.header_names, new)

    def copy(self) -> Any:
        """A deep copy, which is as byte-exact as the original."""
        clone = super().copy()
        clone._origin = self._origin
        return clone

    def clone_with(self, payload: Any = None, **kargs: Any) -> Any:
        """A copy with the given field values; Scapy builds from one."""
        clone = super().clone_with(payload, **kargs)
        clone._origin = self._origin
        return clone

    def __reduce__(self) -> tuple[Any, ...]:
        reduced = super().__reduce__()
        if isinstance(reduced[2], dict):
            # The bytes say it all; slots restored on top of them would contradict them.
            reduced[2].pop("extra_slots", None)
        return reduced

    def command(self) -> str:
        """Python text that makes the same bytes again.

        Field by field where that is enough, else from the bytes.
        """
        if self._origin is not None:
            written = self.self_build()
            if self.__class__(**self.fields).self_build() != written:
                payload = self.payload.command()
                return f"{self.__class__.__name__}({written!r})" + (payload and f"/{payload}")
        return super().command()

    def _command(self, json: bool = False) -> list[tuple[str, Any]]:
        if not json:
            return super()._command()
        return [(field.name, _as_json(getattr(self, field.name))) for field in self.fields_desc]

    def sprintf(self, fmt: str, relax: int = 1) -> str:
        """Scapy's ``sprintf``, in which a base class names its subclasses too: ``%SSDP.ST%``."""
        own = self.__class__.__name__
        bases = {cls.__name__ for cls in self.__class__.__mro__ if issubclass(cls, HTTPU)}
        fmt = _LAYER_NAME.sub(lambda match: own if match[0] in bases else match[0], fmt)
        return super().sprintf(fmt, relax)

    def mysummary(self) -> Any:
        """One line: what kind of message it is and what it is about."""
        return f"{self.name} {printable(self.message.start.stripped)}", [UDP]

    def answers(self, other: Packet) -> int:
        """Whether this is a response and the other message a request."""
        is_response = self.message.start.status is not None
        return int(is_response and read(other.do_build()).start.method is not None)


def _as_json(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return [_as_json(part) for part in value]
    return None if value is None else text(as_bytes(value))


_LAYER_NAME = re.compile(r"(?<=[%,])\w+(?=(?::\d+)?\.)")
