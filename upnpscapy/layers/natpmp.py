"""NAT-PMP as Scapy packets: one class a kind of message, with fields as RFC 6886 names them.

``NATPMP(data)`` becomes the class of the kind; ``NATPMP in packet`` takes any.
What is too short for its kind is a ``NATPMP`` with the rest below it.
"""

from __future__ import annotations

from typing import Any, ClassVar

from scapy.config import conf
from scapy.fields import ByteEnumField, ByteField, IntField, IPField, ShortEnumField, ShortField
from scapy.packet import Packet

from upnpscapy.layers.port_control import PortControl
from upnpscapy.protocol.natpmp import ADDRESS, MAP_TCP, MAP_UDP, RESPONSE, RESULTS, parse_natpmp
from upnpscapy.protocol.natpmp import NatPmp as NatPmpMessage

__all__ = [
    "NATPMP",
    "NATPMPAddressRequest",
    "NATPMPAddressResponse",
    "NATPMPMapRequest",
    "NATPMPMapResponse",
    "NATPMPRefusal",
]

EXAMPLE_PORT = 8080
EXAMPLE_ADDRESS = "192.0.2.1"
LIFETIME = 7200
"""Seconds, as recommended (3.3)."""

OPCODES = {
    ADDRESS: "external address request",
    MAP_UDP: "map UDP request",
    MAP_TCP: "map TCP request",
    RESPONSE | ADDRESS: "external address response",
    RESPONSE | MAP_UDP: "map UDP response",
    RESPONSE | MAP_TCP: "map TCP response",
}
_UNSUPPORTED_VERSION = 1


class NATPMP(PortControl):
    """A message of any kind; as a class of its own, two bytes that say which."""

    name = "NAT-PMP"
    fields_desc: ClassVar[list[Any]] = [
        ByteField("version", 0),
        ByteEnumField("opcode", 0, OPCODES),
    ]

    @property
    def message(self) -> NatPmpMessage | None:
        """The message as it would be sent, as typed values; None if it is not of version 0."""
        return parse_natpmp(self.do_build())


class NATPMPAddressRequest(NATPMP):
    """A host asks for the router's external address (3.2)."""

    name = "NAT-PMP address request"


class NATPMPMapRequest(NATPMP):
    """A host asks for a mapping to itself; with a lifetime of 0 for its end (3.3, 3.4)."""

    name = "NAT-PMP map request"
    fields_desc: ClassVar[list[Any]] = [
        ByteField("version", 0),
        ByteEnumField("opcode", MAP_TCP, OPCODES),
        ShortField("reserved", 0),
        ShortField("internal_port", EXAMPLE_PORT),
        ShortField("suggested_external_port", 0),
        IntField("requested_lifetime", LIFETIME),
    ]


class NATPMPRefusal(NATPMP):
    """The head of a response, which is all of some refusals (3.5)."""

    name = "NAT-PMP refusal"
    fields_desc: ClassVar[list[Any]] = [
        ByteField("version", 0),
        ByteEnumField("opcode", RESPONSE | MAP_TCP, OPCODES),
        ShortEnumField("result_code", _UNSUPPORTED_VERSION, RESULTS),
        IntField("seconds_since_epoch", 0),
    ]

    def answers(self, other: Packet) -> int:
        """Whether the other message is what this refuses; a version may be refused by another."""
        if not isinstance(other, PortControl):
            return 0
        if self.result_code == _UNSUPPORTED_VERSION and not isinstance(other, NATPMP):
            return 1
        return int(isinstance(other, NATPMP) and self.opcode == other.opcode | RESPONSE)


class NATPMPAddressResponse(NATPMP):
    """The router's external address, as an answer or as an announcement (3.2)."""

    name = "NAT-PMP address response"
    fields_desc: ClassVar[list[Any]] = [
        ByteField("version", 0),
        ByteEnumField("opcode", RESPONSE | ADDRESS, OPCODES),
        ShortEnumField("result_code", 0, RESULTS),
        IntField("seconds_since_epoch", 0),
        IPField("external_address", EXAMPLE_ADDRESS),
    ]

    def answers(self, other: Packet) -> int:
        """Whether the other message asks for the address."""
        return int(isinstance(other, NATPMPAddressRequest) and other.opcode == ADDRESS)


class NATPMPMapResponse(NATPMP):
    """The answer to a request for a mapping (3.3)."""

    name = "NAT-PMP map response"
    fields_desc: ClassVar[list[Any]] = [
        ByteField("version", 0),
        ByteEnumField("opcode", RESPONSE | MAP_TCP, OPCODES),
        ShortEnumField("result_code", 0, RESULTS),
        IntField("seconds_since_epoch", 0),
        ShortField("internal_port", EXAMPLE_PORT),
        ShortField("mapped_external_port", EXAMPLE_PORT),
        IntField("lifetime", LIFETIME),
    ]

    def answers(self, other: Packet) -> int:
        """Whether the other message asks for this internal port by this protocol."""
        return int(
            isinstance(other, NATPMPMapRequest)
            and self.opcode == other.opcode | RESPONSE
            and self.internal_port == other.internal_port
        )


_KINDS: dict[int, type[NATPMP]] = {
    ADDRESS: NATPMPAddressRequest,
    MAP_UDP: NATPMPMapRequest,
    MAP_TCP: NATPMPMapRequest,
    RESPONSE | ADDRESS: NATPMPAddressResponse,
    RESPONSE | MAP_UDP: NATPMPMapResponse,
    RESPONSE | MAP_TCP: NATPMPMapResponse,
}

_SIZES: dict[type[NATPMP], int] = {
    NATPMPAddressRequest: 2,
    NATPMPMapRequest: 12,
    NATPMPAddressResponse: 12,
    NATPMPMapResponse: 16,
}
_HEAD = 8


def _class_of(data: bytes) -> type[Packet]:
    message = parse_natpmp(data)
    if message is None:
        raw: type[Packet] = conf.raw_layer
        return raw
    kind = _KINDS.get(data[1], NATPMP)
    if len(data) >= _SIZES.get(kind, 2):
        return kind
    return NATPMPRefusal if message.result_code and len(data) >= _HEAD else NATPMP


PortControl.by_version[0] = _class_of
