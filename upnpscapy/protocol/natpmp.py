"""NAT-PMP messages, UDP port 5351: bytes to values and back (RFC 6886).

The sibling of port mapping by UPnP: a host asks its router for its external address,
or for a mapping to itself. Nothing in it can name another host.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv4Address
from struct import Struct
from typing import Literal

from upnpscapy.protocol.port_control_defect import PortControlDefect

__all__ = [
    "ANNOUNCE_PORT",
    "PORT",
    "RESULTS",
    "NatPmp",
    "build_natpmp_address_request",
    "build_natpmp_address_response",
    "build_natpmp_map_request",
    "build_natpmp_map_response",
    "parse_natpmp",
]

PORT = 5351
"""The router's; PCP has it too."""
ANNOUNCE_PORT = 5350
"""Hosts', where a router announces a changed address to 224.0.0.1 (3.2.1)."""

RESULTS: dict[int, str] = {
    0: "SUCCESS",
    1: "UNSUPPORTED_VERSION",
    2: "NOT_AUTHORIZED",
    3: "NETWORK_FAILURE",
    4: "OUT_OF_RESOURCES",
    5: "UNSUPPORTED_OPCODE",
}
"""Result code → name (3.5)."""

RESPONSE = 0x80
ADDRESS, MAP_UDP, MAP_TCP = 0, 1, 2
"""Opcodes."""

Protocol = Literal["UDP", "TCP"]

_PROTOCOLS: dict[int, Protocol] = {MAP_UDP: "UDP", MAP_TCP: "TCP"}
_OPCODES: dict[Protocol, int] = {"UDP": MAP_UDP, "TCP": MAP_TCP}

_request = Struct(">BBHHHI")
_address = Struct(">BBHI4s")
_map = Struct(">BBHIHHI")


@dataclass(frozen=True, slots=True)
class NatPmp:
    """One message; what its kind does not have is None."""

    data: bytes
    """As sent."""
    opcode: int
    """Without the bit that marks a response."""
    is_response: bool
    result_code: int | None = None
    epoch_seconds: int | None = None
    """Since the router's table was last reset (3.6)."""
    external_address: str | None = None
    internal_port: int | None = None
    external_port: int | None = None
    """As suggested in a request, as mapped in a response."""
    lifetime_seconds: int | None = None
    """0 asks to delete, with port 0 all of the host's mappings of a protocol (3.4)."""
    defects: tuple[PortControlDefect, ...] = field(default=())

    @property
    def protocol(self) -> Protocol | None:
        """``UDP`` or ``TCP`` of a mapping."""
        return _PROTOCOLS.get(self.opcode)

    @property
    def result_name(self) -> str | None:
        """The specification's name of the result."""
        return None if self.result_code is None else RESULTS.get(self.result_code)

    @property
    def ok(self) -> bool:
        """Whether it is a response that says success."""
        return self.result_code == 0

    def __bytes__(self) -> bytes:
        return self.data


def parse_natpmp(data: bytes) -> NatPmp | None:
    """Read a datagram; None if it is not of version 0 or has no opcode. Never raises."""
    if len(data) < 2 or data[0] != 0:
        return None
    opcode, is_response = data[1] & ~RESPONSE, bool(data[1] & RESPONSE)
    if opcode not in (ADDRESS, MAP_UDP, MAP_TCP):
        result = int.from_bytes(data[2:4], "big") if is_response and len(data) >= 4 else None
        defects = (PortControlDefect("unknown-opcode", 1),)
        return NatPmp(data, opcode, is_response, result, defects=defects)
    if is_response:
        return _response(data, opcode)
    return _asked(data, opcode)


def build_natpmp_address_request() -> bytes:
    """Ask for the external address (3.2)."""
    return bytes((0, ADDRESS))


def build_natpmp_address_response(
    external_address: str, *, result_code: int = 0, epoch_seconds: int = 0
) -> bytes:
    """Tell the external address."""
    packed = IPv4Address(external_address).packed
    return _address.pack(0, RESPONSE | ADDRESS, result_code, epoch_seconds, packed)


def build_natpmp_map_request(
    protocol: Protocol, internal_port: int, external_port: int = 0, lifetime_seconds: int = 7200
) -> bytes:
    """Ask for a mapping to the sender; with a lifetime of 0 for its end (3.3, 3.4)."""
    opcode = _OPCODES[protocol]
    return _request.pack(0, opcode, 0, internal_port, external_port, lifetime_seconds)


def build_natpmp_map_response(
    protocol: Protocol,
    internal_port: int,
    external_port: int,
    lifetime_seconds: int,
    *,
    result_code: int = 0,
    epoch_seconds: int = 0,
) -> bytes:
    """Answer a request for a mapping."""
    head = 0, RESPONSE | _OPCODES[protocol], result_code, epoch_seconds
    return _map.pack(*head, internal_port, external_port, lifetime_seconds)


def _asked(data: bytes, opcode: int) -> NatPmp:
    if opcode == ADDRESS:
        return NatPmp(data, opcode, False, defects=_rest(data, 2))
    if len(data) < _request.size:
        return NatPmp(data, opcode, False, defects=(PortControlDefect("too-short", len(data)),))
    _, _, reserved, internal, external, lifetime = _request.unpack_from(data)
    defects = _rest(data, _request.size)
    if reserved:
        defects = (PortControlDefect("reserved-not-zero", 2), *defects)
    return NatPmp(
        data,
        opcode,
        False,
        internal_port=internal,
        external_port=external,
        lifetime_seconds=lifetime,
        defects=defects,
    )


def _response(data: bytes, opcode: int) -> NatPmp:
    short = (PortControlDefect("too-short", len(data)),)
    result = int.from_bytes(data[2:4], "big") if len(data) >= 4 else None
    epoch = int.from_bytes(data[4:8], "big") if len(data) >= 8 else None
    unknown: tuple[PortControlDefect, ...] = ()
    if result is not None and result not in RESULTS:
        unknown = (PortControlDefect("unknown-result", 2),)
    form = _address if opcode == ADDRESS else _map
    if len(data) < form.size:
        # A refusal may end with its head (3.5).
        defects = unknown if result and len(data) == 8 else (*unknown, *short)
        return NatPmp(data, opcode, True, result, epoch, defects=defects)
    defects = (*unknown, *_rest(data, form.size))
    if opcode == ADDRESS:
        address = str(IPv4Address(data[8:12]))
        return NatPmp(data, opcode, True, result, epoch, address, defects=defects)
    internal, external, lifetime = _map.unpack_from(data)[4:]
    return NatPmp(
        data, opcode, True, result, epoch, None, internal, external, lifetime, defects=defects
    )


def _rest(data: bytes, end: int) -> tuple[PortControlDefect, ...]:
    return (PortControlDefect("trailing-bytes", end),) if len(data) > end else ()
