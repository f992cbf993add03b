"""PCP messages, UDP port 5351: bytes to values and back (RFC 6887).

NAT-PMP's successor, for IPv4 and IPv6: mappings, and outbound ones (PEER).
With the option THIRD_PARTY a host asks for another one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address
from struct import Struct
from typing import NamedTuple

from upnpscapy.protocol.port_control_defect import PortControlDefect

__all__ = [
    "OPCODES",
    "OPTIONS",
    "RESULTS",
    "Pcp",
    "PcpFilter",
    "PcpOption",
    "build_pcp_map_request",
    "build_pcp_map_response",
    "parse_pcp",
]

VERSION = 2
MAX_LENGTH = 1100
"""Bytes of a message (7)."""

MAX_OPTIONS = 64
"""Read of one message; 1100 bytes hold more of them only if they are empty."""

OPCODES: dict[int, str] = {0: "ANNOUNCE", 1: "MAP", 2: "PEER"}

OPTIONS: dict[int, str] = {1: "THIRD_PARTY", 2: "PREFER_FAILURE", 3: "FILTER"}
"""Option code → name (13)."""

RESULTS: dict[int, str] = {
    0: "SUCCESS",
    1: "UNSUPP_VERSION",
    2: "NOT_AUTHORIZED",
    3: "MALFORMED_REQUEST",
    4: "UNSUPP_OPCODE",
    5: "UNSUPP_OPTION",
    6: "MALFORMED_OPTION",
    7: "NETWORK_FAILURE",
    8: "NO_RESOURCES",
    9: "UNSUPP_PROTOCOL",
    10: "USER_EX_QUOTA",
    11: "CANNOT_PROVIDE_EXTERNAL",
    12: "ADDRESS_MISMATCH",
    13: "EXCESSIVE_REMOTE_PEERS",
}
"""Result code → name (7.4)."""

_OPTION_SIZES = {1: 16, 2: 0, 3: 20}
_REPEATABLE = frozenset((3,))

_HEAD = 24
_request_head = Struct(">BBHI16s")
_response_head = Struct(">BBBBII12s")
_map = Struct(">12sB3sHH16s")
_peer = Struct(">H2s16s")


class PcpOption(NamedTuple):
    """An option as sent."""

    code: int
    data: bytes

    @property
    def name(self) -> str | None:
        """The specification's name of it."""
        return OPTIONS.get(self.code)


class PcpFilter(NamedTuple):
    """Who may use a mapping (13.3)."""

    prefix_length: int
    remote_port: int
    remote_address: str


@dataclass(frozen=True, slots=True)
class Pcp:
    """One message; what its kind does not have is None."""

    data: bytes
    """As sent."""
    version: int
    opcode: int
    is_response: bool
    result_code: int | None = None
    lifetime_seconds: int | None = None
    """0 in a request asks to delete; in a refusal how long it will stay refused."""
    epoch_seconds: int | None = None
    client_address: str | None = None
    """Where the client says it is, in a request."""
    nonce: bytes | None = None
    protocol_number: int | None = None
    """IANA's; 0 is all protocols."""
    internal_port: int | None = None
    external_port: int | None = None
    """As suggested in a request, as assigned in a response."""
    external_address: str | None = None
    remote_port: int | None = None
    remote_address: str | None = None
    """The peer of PEER."""
    options: tuple[PcpOption, ...] = ()
    defects: tuple[PortControlDefect, ...] = field(default=())

    @property
    def operation(self) -> str | None:
        """``ANNOUNCE MAP PEER``."""
        return OPCODES.get(self.opcode)

    @property
    def protocol(self) -> str | None:
        """``TCP``, ``UDP``, else the number as text."""
        number = self.protocol_number
        return None if number is None else {6: "TCP", 17: "UDP"}.get(number, str(number))

    @property
    def result_name(self) -> str | None:
        """The specification's name of the result."""
        return None if self.result_code is None else RESULTS.get(self.result_code)

    @property
    def ok(self) -> bool:
        """Whether it is a response that says success."""
        return self.result_code == 0

    @property
    def third_party(self) -> str | None:
        """Address of the host it is asked for, if that is not the sender (13.1)."""
        data = self._option(1)
        return _address(data) if data is not None and len(data) == 16 else None

    @property
    def filters(self) -> tuple[PcpFilter, ...]:
        """Who may use the mapping; anyone if there is none."""
        return tuple(
            PcpFilter(data[1], int.from_bytes(data[2:4], "big"), _address(data[4:20]))
            for code, data in self.options
            if code == 3 and len(data) == 20
        )

    def _option(self, code: int) -> bytes | None:
        return next((option.data for option in self.options if option.code == code), None)

    def __bytes__(self) -> bytes:
        return self.data


def parse_pcp(data: bytes) -> Pcp | None:
    """Read a datagram; None if it is not of PCP's version or has no opcode. Never raises.

    A response of another version than 2 says what its sender speaks (9); it is read as far as
    the result code.
    """
    if len(data) < 2 or data[0] == 0:
        return None
    version, opcode, is_response = data[0], data[1] & 0x7F, bool(data[1] & 0x80)
    defects = list(_of_form(data))
    if version != VERSION:
        defects.insert(0, PortControlDefect("unknown-version", 0))
        result = data[3] if is_response and len(data) >= 4 else None
        return Pcp(data, version, opcode, is_response, result, defects=tuple(defects))
    if len(data) < _HEAD:
        result = data[3] if is_response and len(data) >= 4 else None
        defects.append(PortControlDefect("too-short", len(data)))
        return Pcp(data, version, opcode, is_response, result, defects=tuple(defects))
    values: dict[str, object] = {}
    if is_response:
        _, _, reserved, result, lifetime, epoch, rest = _response_head.unpack_from(data)
        values = {"result_code": result, "lifetime_seconds": lifetime, "epoch_seconds": epoch}
        if result not in RESULTS:
            defects.append(PortControlDefect("unknown-result", 3))
        if reserved or any(rest):
            defects.append(PortControlDefect("reserved-not-zero", 2))
    else:
        _, _, reserved, lifetime, client = _request_head.unpack_from(data)
        values = {"lifetime_seconds": lifetime, "client_address": _address(client)}
        if reserved:
            defects.append(PortControlDefect("reserved-not-zero", 2))
    end = _read_operation(data, opcode, values, defects)
    options = _read_options(data, end, defects) if end is not None else ()
    return Pcp(
        data,
        version,
        opcode,
        is_response,
        options=options,
        defects=tuple(defects),
        **values,  # type: ignore[arg-type]  # by the names of the fields
    )


def build_pcp_map_request(
    client_address: str,
    protocol_number: int,
    internal_port: int,
    *,
    nonce: bytes,
    external_port: int = 0,
    external_address: str = "::ffff:0.0.0.0",
    lifetime_seconds: int = 7200,
    options: tuple[PcpOption, ...] = (),
) -> bytes:
    """Ask for a mapping (11.1); ``nonce`` is 12 bytes."""
    head = _request_head.pack(VERSION, 1, 0, lifetime_seconds, _packed(client_address))
    body = _map.pack(
        nonce, protocol_number, b"", internal_port, external_port, _packed(external_address)
    )
    return head + body + _build_options(options)


def build_pcp_map_response(
    protocol_number: int,
    internal_port: int,
    external_port: int,
    external_address: str,
    *,
    nonce: bytes,
    lifetime_seconds: int,
    result_code: int = 0,
    epoch_seconds: int = 0,
    options: tuple[PcpOption, ...] = (),
) -> bytes:
    """Answer a request for a mapping (11.1)."""
    head = _response_head.pack(VERSION, 0x81, 0, result_code, lifetime_seconds, epoch_seconds, b"")
    body = _map.pack(
        nonce, protocol_number, b"", internal_port, external_port, _packed(external_address)
    )
    return head + body + _build_options(options)


def _of_form(data: bytes) -> tuple[PortControlDefect, ...]:
    found = []
    if len(data) % 4:
        found.append(PortControlDefect("length-not-of-four", len(data)))
    if len(data) > MAX_LENGTH:
        found.append(PortControlDefect("too-long", MAX_LENGTH))
    return tuple(found)


def _read_operation(
    data: bytes, opcode: int, values: dict[str, object], defects: list[PortControlDefect]
) -> int | None:
    """Read what the opcode asks for; where the options begin, None if that is not known."""
    if opcode == 0:
        return _HEAD
    if opcode not in OPCODES:
        defects.append(PortControlDefect("unknown-opcode", 1))
        return None
    end = _HEAD + _map.size + (_peer.size if opcode == 2 else 0)
    if len(data) < end:
        if len(data) > _HEAD or not values.get("result_code"):
            # A refusal of what could not be read ends with its head (8.2).
            defects.append(PortControlDefect("too-short", len(data)))
        return None
    nonce, number, reserved, internal, external, address = _map.unpack_from(data, _HEAD)
    values |= {
        "nonce": nonce,
        "protocol_number": number,
        "internal_port": internal,
        "external_port": external,
        "external_address": _address(address),
    }
    if any(reserved):
        defects.append(PortControlDefect("reserved-not-zero", _HEAD + 13))
    if opcode == 2:
        port, unused, peer = _peer.unpack_from(data, _HEAD + _map.size)
        values |= {"remote_port": port, "remote_address": _address(peer)}
        if any(unused):
            defects.append(PortControlDefect("reserved-not-zero", _HEAD + _map.size + 2))
    return end


def _read_options(data: bytes, at: int, defects: list[PortControlDefect]) -> tuple[PcpOption, ...]:
    options: list[PcpOption] = []
    seen: set[int] = set()
    while at < len(data) and len(options) < MAX_OPTIONS:
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if at + 4 + length > len(data):
            defects.append(PortControlDefect("option-cut", at))
            break
        code = data[at]
        options.append(PcpOption(code, data[at + 4 : at + 4 + length]))
        if _OPTION_SIZES.get(code, length) != length:
            defects.append(PortControlDefect("option-length", at))
        if code in seen and code in OPTIONS and code not in _REPEATABLE:
            defects.append(PortControlDefect("duplicate-option", at))
        seen.add(code)
        at += 4 + (length + 3) // 4 * 4
    else:
        if at < len(data):
            defects.append(PortControlDefect("trailing-bytes", at))
    return tuple(options)


def _build_options(options: tuple[PcpOption, ...]) -> bytes:
    parts = []
    for code, data in options:
        padding = bytes(-len(data) % 4)
        parts.append(bytes((code, 0)) + len(data).to_bytes(2, "big") + data + padding)
    return b"".join(parts)


def _address(packed: bytes) -> str:
    """An address as text; an IPv4 one is mapped into IPv6 on the wire (5)."""
    address = IPv6Address(packed)
    return str(address if address.ipv4_mapped is None else address.ipv4_mapped)


def _packed(text: str) -> bytes:
    address = ip_address(text)
    if address.version == 4:
        return bytes(10) + b"\xff\xff" + address.packed
    return address.packed
