"""PCP as Scapy packets: one class a kind of message, with fields as RFC 6887 names them.

``PCP(data)`` becomes the class of the kind; ``PCP in packet`` takes any.
What is too short for its kind, or of an unknown opcode, is a ``PCP`` with the rest below it.
"""

from __future__ import annotations

from typing import Any, ClassVar

from scapy.config import conf
from scapy.fields import (
    BitEnumField,
    BitField,
    ByteEnumField,
    ByteField,
    Field,
    IntField,
    PacketListField,
    ShortField,
    X3BytesField,
    XStrFixedLenField,
)
from scapy.packet import Packet

from upnpscapy.layers.pcp_options import AddressField, next_option
from upnpscapy.layers.port_control import PortControl
from upnpscapy.protocol.pcp import OPCODES, RESULTS, VERSION, parse_pcp
from upnpscapy.protocol.pcp import Pcp as PcpMessage

__all__ = [
    "PCP",
    "PCPAnnounceRequest",
    "PCPAnnounceResponse",
    "PCPMapRequest",
    "PCPMapResponse",
    "PCPPeerRequest",
    "PCPPeerResponse",
    "PCPRefusal",
]

EXAMPLE_PORT = 8080
EXAMPLE_ADDRESS = "192.0.2.1"
LIFETIME = 7200
ANNOUNCE, MAP, PEER = 0, 1, 2
_UNSUPP_VERSION, _UNSUPP_OPCODE = 1, 4
_PROTOCOLS = {0: "all", 6: "TCP", 17: "UDP"}

_Fields = list[Field[Any, Any] | Any]


def _start(response: int, opcode: int) -> _Fields:
    return [
        ByteField("version", VERSION),
        BitField("R", response, 1),
        BitEnumField("opcode", opcode, 7, OPCODES),
    ]


def _request(opcode: int, lifetime: int = LIFETIME) -> _Fields:
    return [
        *_start(0, opcode),
        ShortField("reserved", 0),
        IntField("requested_lifetime", lifetime),
        AddressField("client_address", None),
    ]


def _response(opcode: int, result: int = 0, lifetime: int = LIFETIME) -> _Fields:
    return [
        *_start(1, opcode),
        ByteField("reserved", 0),
        ByteEnumField("result_code", result, RESULTS),
        IntField("lifetime", lifetime),
        IntField("epoch_time", 0),
        XStrFixedLenField("reserved_96", bytes(12), 12),
    ]


def _map(word: str, port: int, address: str | None) -> _Fields:
    return [
        XStrFixedLenField("mapping_nonce", bytes(12), 12),
        ByteEnumField("protocol", 6, _PROTOCOLS),
        X3BytesField("map_reserved", 0),
        ShortField("internal_port", EXAMPLE_PORT),
        ShortField(f"{word}_external_port", port),
        AddressField(f"{word}_external_address", address, wildcard=True),
    ]


def _peer() -> _Fields:
    return [
        ShortField("remote_peer_port", EXAMPLE_PORT),
        ShortField("peer_reserved", 0),
        AddressField("remote_peer_address", "192.0.2.30"),
    ]


def _options() -> _Fields:
    return [PacketListField("options", [], next_cls_cb=next_option)]


class PCP(PortControl):
    """A message of any kind; as a class of its own, two bytes that say which."""

    name = "PCP"
    fields_desc: ClassVar[_Fields] = _start(0, ANNOUNCE)

    @property
    def message(self) -> PcpMessage | None:
        """The message as it would be sent, as typed values; None if it has no opcode."""
        return parse_pcp(self.do_build())

    def _answers_kind(self, other: Packet, *names: str) -> int:
        """Whether the other message asks for what this one names too."""
        return int(
            isinstance(other, PCP)
            and not other.R
            and self.opcode == other.opcode
            and all(
                name in other.default_fields and self.getfieldval(name) == other.getfieldval(name)
                for name in names
            )
        )


class PCPAnnounceRequest(PCP):
    """A host asks whether the server has lost its state (14.1)."""

    name = "PCP ANNOUNCE request"
    fields_desc: ClassVar[_Fields] = [*_request(ANNOUNCE, 0), *_options()]


class PCPAnnounceResponse(PCP):
    """The answer to it, or a server's announcement that it has (14.1)."""

    name = "PCP ANNOUNCE response"
    fields_desc: ClassVar[_Fields] = [*_response(ANNOUNCE, 0, 0), *_options()]

    def answers(self, other: Packet) -> int:
        """Whether the other message is such a question."""
        return self._answers_kind(other)


class PCPMapRequest(PCP):
    """A host asks for a mapping; with a lifetime of 0 for its end (11.1)."""

    name = "PCP MAP request"
    fields_desc: ClassVar[_Fields] = [*_request(MAP), *_map("suggested", 0, None), *_options()]


class PCPMapResponse(PCP):
    """The answer to it (11.1)."""

    name = "PCP MAP response"
    fields_desc: ClassVar[_Fields] = [
        *_response(MAP),
        *_map("assigned", EXAMPLE_PORT, EXAMPLE_ADDRESS),
        *_options(),
    ]

    def answers(self, other: Packet) -> int:
        """Whether the other message asks for this mapping."""
        return self._answers_kind(other, "mapping_nonce", "protocol", "internal_port")


class PCPPeerRequest(PCP):
    """A host asks for an outbound mapping to one peer (12.1)."""

    name = "PCP PEER request"
    fields_desc: ClassVar[_Fields] = [
        *_request(PEER),
        *_map("suggested", 0, None),
        *_peer(),
        *_options(),
    ]


class PCPPeerResponse(PCP):
    """The answer to it (12.1)."""

    name = "PCP PEER response"
    fields_desc: ClassVar[_Fields] = [
        *_response(PEER),
        *_map("assigned", EXAMPLE_PORT, EXAMPLE_ADDRESS),
        *_peer(),
        *_options(),
    ]

    def answers(self, other: Packet) -> int:
        """Whether the other message asks for this mapping to this peer."""
        names = "mapping_nonce", "protocol", "internal_port"
        return self._answers_kind(other, *names, "remote_peer_port", "remote_peer_address")


class PCPRefusal(PCP):
    """The head of a response: all of it if the request could not be read (8.2)."""

    name = "PCP refusal"
    fields_desc: ClassVar[_Fields] = _response(MAP, _UNSUPP_OPCODE)

    def answers(self, other: Packet) -> int:
        """Whether the other message is what this refuses; a version may be refused by another."""
        if self.result_code == _UNSUPP_VERSION and isinstance(other, PortControl):
            return 1
        return self._answers_kind(other)


_KINDS: dict[int, tuple[type[PCP], int]] = {
    0x00: (PCPAnnounceRequest, 24),
    0x01: (PCPMapRequest, 60),
    0x02: (PCPPeerRequest, 80),
    0x80: (PCPAnnounceResponse, 24),
    0x81: (PCPMapResponse, 60),
    0x82: (PCPPeerResponse, 80),
}
"""R and opcode → the class, and how long it is without options."""

_HEAD = 24
_RESPONSE = 0x80


def _class_of(data: bytes) -> type[Packet]:
    raw: type[Packet] = conf.raw_layer
    if len(data) < 2:
        return raw
    kind, size = _KINDS.get(data[1], (PCP, len(data) + 1))
    if len(data) >= size:
        return kind
    return PCPRefusal if data[1] & _RESPONSE and data[3:4] > b"\0" and len(data) >= _HEAD else PCP


PortControl.by_version[VERSION] = _class_of
