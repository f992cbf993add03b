"""The options of PCP as Scapy packets, and its addresses as fields (RFC 6887, 7.3 and 13)."""

from __future__ import annotations

from ipaddress import IPv4Address
from typing import Any, ClassVar

from scapy.fields import (
    ByteEnumField,
    ByteField,
    Field,
    FieldLenField,
    IP6Field,
    ShortField,
    StrLenField,
)
from scapy.layers.inet import IP
from scapy.layers.inet6 import IPv6
from scapy.packet import Packet

from upnpscapy.protocol.pcp import MAX_OPTIONS, OPTIONS

__all__ = [
    "AddressField",
    "PCPFilter",
    "PCPOption",
    "PCPPreferFailure",
    "PCPThirdParty",
    "next_option",
]

ANY_IPV4, ANY_IPV6 = "::ffff:0.0.0.0", "::"
EXAMPLE_HOST = "::ffff:192.0.2.20"
THIRD_PARTY, PREFER_FAILURE, FILTER = 1, 2, 3

_HEAD = 4


def _mapped(text: str) -> str:
    try:
        return f"::ffff:{IPv4Address(text)}"
    except ValueError:
        return text


class AddressField(IP6Field):
    """An address of 16 bytes; ``"192.0.2.1"`` is mapped into IPv6, as PCP writes it (5).

    None is the address of the IP layer below: its source, or with ``wildcard`` any of its family.
    """

    __slots__ = ("wildcard",)

    def __init__(self, name: str, default: str | None, *, wildcard: bool = False) -> None:
        super().__init__(name, default)
        self.wildcard = wildcard

    def any2i(self, pkt: Packet | None, x: Any) -> Any:
        """Take an address, an IPv4 one mapped."""
        return super().any2i(pkt, _mapped(x) if isinstance(x, str) else x)

    def i2m(self, pkt: Packet | None, x: Any) -> bytes:
        """Write an address."""
        written: bytes = super().i2m(pkt, self._below(pkt) if x is None else x)
        return written

    def i2h(self, pkt: Packet | None, x: Any) -> str:
        """The address that will be written."""
        return self._below(pkt) if x is None else str(x)

    def i2repr(self, pkt: Packet | None, x: Any) -> str:
        """The address that will be written."""
        return self.i2h(pkt, x)

    def _below(self, pkt: Packet | None) -> str:
        lower = pkt.underlayer if pkt is not None else None
        while lower is not None and not isinstance(lower, IP | IPv6):
            lower = lower.underlayer
        if self.wildcard:
            return ANY_IPV6 if isinstance(lower, IPv6) else ANY_IPV4
        source = getattr(lower, "src", None)
        return _mapped(source) if isinstance(source, str) else ANY_IPV4


class _PaddingField(StrLenField):
    """Zeros up to a multiple of four bytes, or whatever was sent there."""

    def __init__(self) -> None:
        super().__init__("padding", b"", length_from=lambda pkt: -pkt.length % 4)
        self.default = None

    def i2m(self, pkt: Packet | None, x: Any) -> bytes:
        """Write the padding."""
        if x is not None:
            return bytes(super().i2m(pkt, x))
        return bytes(-len(pkt.getfieldval("data")) % 4) if pkt is not None else b""


_CODE = ByteEnumField("code", 0, OPTIONS)
_RESERVED = ByteField("reserved", 0)


class PCPOption(Packet):
    """Any option; one with a class of its own is this one if its length is not what it must be.

    ``length`` is that of the data alone; what fills it up to a multiple of four is ``padding``.
    """

    name = "PCP option"
    match_subclass = True
    fields_desc: ClassVar[list[Any]] = [
        _CODE,
        _RESERVED,
        FieldLenField("length", None, length_of="data"),
        StrLenField("data", b"", length_from=lambda pkt: pkt.length),
        _PaddingField(),
    ]

    def extract_padding(self, s: bytes) -> tuple[bytes, bytes]:
        """What follows is the next option."""
        return b"", s


def _head(code: int, length: int) -> list[Field[Any, Any]]:
    return [
        ByteEnumField("code", code, OPTIONS),
        ByteField("reserved", 0),
        ShortField("length", length),
    ]


class PCPThirdParty(PCPOption):
    """The host that is asked for, instead of the sender (13.1)."""

    name = "PCP THIRD_PARTY"
    fields_desc: ClassVar[list[Any]] = [
        *_head(THIRD_PARTY, 16),
        AddressField("internal_address", EXAMPLE_HOST),
    ]


class PCPPreferFailure(PCPOption):
    """Rather none than another external port (13.2)."""

    name = "PCP PREFER_FAILURE"
    fields_desc: ClassVar[list[Any]] = _head(PREFER_FAILURE, 0)


class PCPFilter(PCPOption):
    """Who may use the mapping; a prefix of 0 bits ends the filters there are (13.3)."""

    name = "PCP FILTER"
    fields_desc: ClassVar[list[Any]] = [
        *_head(FILTER, 20),
        ByteField("filter_reserved", 0),
        ByteField("prefix_length", 128),
        ShortField("remote_peer_port", 0),
        AddressField("remote_peer_address", EXAMPLE_HOST),
    ]


_OPTIONS: dict[tuple[int, int], type[PCPOption]] = {
    (THIRD_PARTY, 16): PCPThirdParty,
    (PREFER_FAILURE, 0): PCPPreferFailure,
    (FILTER, 20): PCPFilter,
}


def next_option(
    pkt: Packet, options: list[Any], last: Packet | None, rest: bytes
) -> type[PCPOption] | None:
    """The class of the next option; None if what is left cannot be one."""
    before = len(options) + (last is not None)  # the last is not among them yet
    if len(rest) < _HEAD or before >= MAX_OPTIONS:
        return None
    length = int.from_bytes(rest[2:4], "big")
    if _HEAD + length > len(rest):
        return None
    return _OPTIONS.get((rest[0], length), PCPOption)
