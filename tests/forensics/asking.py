"""NAT-PMP and PCP between a client and its router, as datagrams of a capture."""

from __future__ import annotations

from typing import Any

from tests.forensics.judging import Piece, datagram, judged
from tests.forensics.packets import Sent
from upnpscapy.forensics.mappings.row import MappingRow
from upnpscapy.forensics.run import Run
from upnpscapy.protocol.natpmp import (
    build_natpmp_map_request,
    build_natpmp_map_response,
)
from upnpscapy.protocol.pcp import (
    PcpOption,
    build_pcp_map_request,
    build_pcp_map_response,
)

CLIENT, OTHER, ROUTER = "192.168.1.10", "192.168.1.20", "192.168.1.1"
NONCE = bytes(range(12))


def to_router(payload: bytes, at: float = 0, client: str = CLIENT, sport: int = 40000) -> Sent:
    return datagram(payload, client, sport, ROUTER, 5351, at=at)


def from_router(payload: bytes, at: float = 0, client: str = CLIENT, dport: int = 40000) -> Sent:
    return datagram(payload, ROUTER, 5351, client, dport, at=at)


def asked(at: float = 0, port: int = 22, outer: int = 0, lease: int = 3600, **more: Any) -> Sent:
    return to_router(build_natpmp_map_request("TCP", port, outer, lease), at, **more)


def told(
    at: float = 0.5, port: int = 22, outer: int = 2222, lease: int = 3600, result: int = 0,
    **more: Any,
) -> Sent:  # fmt: skip
    payload = build_natpmp_map_response("TCP", port, outer, lease, result_code=result)
    return from_router(payload, at, **more)


def third_party(address: str) -> PcpOption:
    return PcpOption(1, bytes(10) + b"\xff\xff" + bytes(map(int, address.split("."))))


def pcp_asked(
    at: float = 0, port: int = 22, protocol: int = 6, lease: int = 3600, nonce: bytes = NONCE,
    options: tuple[PcpOption, ...] = (), **more: Any,
) -> Sent:  # fmt: skip
    payload = build_pcp_map_request(
        CLIENT, protocol, port, nonce=nonce, lifetime_seconds=lease, options=options
    )
    return to_router(payload, at, **more)


def pcp_told(
    at: float = 0.5, port: int = 22, protocol: int = 6, lease: int = 3600, nonce: bytes = NONCE,
    result: int = 0, outer: int = 2222, options: tuple[PcpOption, ...] = (), **more: Any,
) -> Sent:  # fmt: skip
    payload = build_pcp_map_response(
        protocol, port, outer, "203.0.113.9", nonce=nonce, lifetime_seconds=lease,
        result_code=result, options=options,
    )  # fmt: skip
    return from_router(payload, at, **more)


def read(*pieces: Piece) -> Run:
    return judged(pieces, [])


def lives(*pieces: Piece) -> list[str]:
    """Each mapping in a line: state, opened and closed frame, all frames."""
    return [_line(row) for row in read(*pieces).mappings]


def _line(row: MappingRow) -> str:
    opened, closed = ("-" if one is None else one for one in (row.opened_in, row.closed_in))
    return f"{row.state} {opened} {closed} {list(row.frames)}"
