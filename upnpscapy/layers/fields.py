"""Scapy fields for the parts of an HTTP message: start line, header fields, the rest.

A value is bytes; text is encoded as UTF-8, a number becomes its decimal digits, None leaves the
part out.
``RawVal`` stands for the whole line, name and line end included.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from scapy.fields import ConditionalField, Field, RawVal
from scapy.packet import Packet
from scapy.volatile import VolatileValue

from upnpscapy.layers.garbage import GarbageBytes, GarbageHeaders
from upnpscapy.protocol.httpu import Header, text

__all__ = [
    "BlankLineField",
    "BytesField",
    "DefaultHost",
    "HeaderField",
    "HeaderListField",
    "HostField",
    "LineEndField",
    "OptionalField",
    "StartLineField",
    "as_bytes",
    "as_item",
    "header_line",
    "item_line",
    "printable",
]

Item = tuple[bytes, bytes] | bytes
"""A header field as (name, value), or a line that has no name."""


def as_bytes(value: Any) -> bytes:
    """A value as it goes on the wire; numbers as decimal digits, random values drawn."""
    if isinstance(value, bytes):
        return bytes(value)
    if isinstance(value, VolatileValue):
        return as_bytes(value._fix())
    if isinstance(value, str):
        return value.encode("utf-8", "surrogateescape")
    if isinstance(value, bytearray | memoryview | RawVal):
        return bytes(value)
    return str(value).encode()


def as_item(value: Any) -> Item:
    """A header field as (name, value), or a line without a name as bytes."""
    if isinstance(value, Header):
        return (value.name, value.value) if value.name else value.line.rstrip(b"\r\n")
    if isinstance(value, tuple | list) and len(value) == 2:
        return as_bytes(value[0]), as_bytes(value[1])
    return as_bytes(value)


def header_line(name: bytes, value: bytes, end: bytes) -> bytes:
    """A header field as it is written: ``NAME: value``, or ``NAME:`` when the value is empty."""
    return name + (b": " if value else b":") + value + end


def item_line(item: Any, end: bytes) -> bytes:
    """An item of ``headers`` as its line; a bare line that has its own line end keeps it."""
    known = as_item(item)
    if isinstance(known, tuple):
        return header_line(*known, end)
    return known if known.endswith((b"\r", b"\n")) else known + end


def printable(value: bytes) -> str:
    """Wire bytes as text that is safe on a terminal; control characters become escapes."""
    return "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode()
        for char in text(value)
    )


class BytesField(Field[Any, bytes]):
    """Bytes that stand for themselves."""

    def any2i(self, pkt: Packet | None, x: Any) -> Any:
        """The value as bytes; lists, ranges and random values stay, for Scapy to expand."""
        if x is None or isinstance(x, tuple | VolatileValue | DefaultHost):
            return x
        if isinstance(x, list):
            return [self.any2i(pkt, value) for value in x]
        return as_bytes(x)

    def i2m(self, pkt: Packet | None, x: Any) -> bytes:
        """The value's bytes; none for None."""
        return b"" if x is None else as_bytes(x)

    def i2len(self, pkt: Packet, x: Any) -> int:
        """The number of bytes of the value."""
        return len(self.i2m(pkt, x))

    def i2repr(self, pkt: Packet | None, x: Any) -> str:
        """The value as printable text, without quotes."""
        value = self.i2h(pkt, x)
        if isinstance(value, bytes):
            return printable(value) or "''"
        return repr(value)

    def addfield(self, pkt: Packet, s: bytes, val: Any) -> bytes:
        """What is written so far, and the value."""
        return s + self.i2m(pkt, val)

    def getfield(self, pkt: Packet, s: bytes) -> tuple[bytes, Any]:
        """All that is left; messages are read as a whole, not field by field."""
        return b"", s

    def randval(self) -> Any:
        """The default half of the time, else garbage that resembles it."""
        return GarbageBytes(self.name, as_bytes(self.default))


class StartLineField(BytesField):
    """The first line, without its line end; None leaves it out."""

    def addfield(self, pkt: Packet, s: bytes, val: Any) -> bytes:
        """What is written so far, and the line."""
        return s if val is None else s + self.i2m(pkt, val) + _line_end(pkt)


class HeaderField(BytesField):
    """A header field by its name in the standard, ``BOOTID_UPNP_ORG`` for BOOTID.UPNP.ORG.

    None leaves the field out, ``b""`` writes it empty.
    """

    __slots__ = ["wire_name"]
    wire_name: bytes

    def __init__(self, name: str, default: Any) -> None:
        Field.__init__(self, name, default)
        stem, dotted, _ = name.partition("_UPNP_ORG")
        self.wire_name = (f"{stem}.UPNP.ORG" if dotted else name.replace("_", "-")).encode()

    def addfield(self, pkt: Packet, s: bytes, val: Any) -> bytes:
        """What is written so far, and the field's line."""
        if val is None:
            return s
        return s + header_line(self.wire_name, self.i2m(pkt, val), _line_end(pkt))


class DefaultHost(bytes):
    """The HOST of a message that was not given one: it follows the destination below."""

    __slots__ = ()


class HostField(HeaderField):
    """HOST, which follows the address the message is sent to until it is set."""

    def i2h(self, pkt: Any, x: Any) -> Any:
        """HOST as it will be written."""
        if isinstance(x, DefaultHost):
            return pkt.default_host() if pkt is not None else bytes(x)
        return x

    def i2m(self, pkt: Packet | None, x: Any) -> bytes:
        """HOST as it is written."""
        return super().i2m(pkt, self.i2h(pkt, x))


class HeaderListField(BytesField):
    """Header fields that have no field of their own, in wire order.

    An item is a (name, value) pair, or bytes: a line that is written as it stands.
    A mapping or a ``protocol.httpu.Headers`` is taken as well.
    """

    islist = 1

    def any2i(self, pkt: Packet | None, x: Any) -> Any:
        """A list of pairs and lines."""
        if isinstance(x, VolatileValue):
            return x
        if x is None:
            return []
        if isinstance(x, Mapping):
            x = x.items()
        if isinstance(x, str | bytes) or not isinstance(x, Iterable):
            x = [x]
        return [item if _is_random(item) else as_item(item) for item in x]

    def i2m(self, pkt: Packet | None, x: Any) -> bytes:
        """The lines of all items."""
        if isinstance(x, VolatileValue):
            x = x._fix()
        end = _line_end(pkt)
        return b"".join([item_line(item, end) for item in x or ()])

    def i2repr(self, pkt: Packet | None, x: Any) -> str:
        """The lines as printable text, in one row."""
        if isinstance(x, VolatileValue):
            return repr(x)
        return "[" + ", ".join(printable(item_line(item, b"")) for item in x or ()) + "]"

    def randval(self) -> Any:
        """Some odd header fields, or none."""
        return GarbageHeaders()


class LineEndField(BytesField):
    r"""What ends the lines that are written: ``\r\n``, or something broken."""

    def addfield(self, pkt: Packet, s: bytes, val: Any) -> bytes:
        """What is written so far; the lines end themselves."""
        return s


class BlankLineField(BytesField):
    """The empty line after the header fields: as other lines end by default, ``b""`` for none."""

    def i2h(self, pkt: Packet | None, x: Any) -> Any:
        """The line as it will be written."""
        return _line_end(pkt) if x is None else x

    def i2m(self, pkt: Packet | None, x: Any) -> bytes:
        """The line as it is written."""
        return super().i2m(pkt, self.i2h(pkt, x))


class OptionalField(ConditionalField):
    """A field that ``show()`` leaves out while it has its default; read and built it always is."""

    def __init__(self, fld: BytesField) -> None:
        super().__init__(fld, lambda pkt: bool(pkt.getfieldval(fld.name) != fld.default))

    def copy(self) -> Any:
        """The field itself: a class that gives it a default of its own always shows it."""
        return self.fld.copy()

    def i2h(self, pkt: Packet | None, val: Any) -> Any:
        """The field's value, shown or not."""
        return self.fld.i2h(pkt, val)

    def addfield(self, pkt: Packet, s: bytes, val: Any) -> bytes:
        """What is written so far, and the field, shown or not."""
        return self.fld.addfield(pkt, s, val)


def _is_random(item: Any) -> bool:
    return isinstance(item, tuple | list) and any(isinstance(x, VolatileValue) for x in item)


def _line_end(pkt: Packet | None) -> bytes:
    return b"\r\n" if pkt is None else as_bytes(pkt.getfieldval("line_end"))
