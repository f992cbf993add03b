"""A simulated device as control points see it, and its bytes."""

from __future__ import annotations

import socket
from typing import Any

from upnpscapy import describe
from upnpscapy.protocol.httpu import Message, parse
from upnpscapy.simulated.network import SimulatedNetwork

__all__ = ["ask", "control", "send", "server"]


def control(location: str, **options: Any) -> Any:
    """What ``describe`` gives; its services are names that no type knows."""
    return describe(location, **options)


def server(network: SimulatedNetwork) -> tuple[str, int]:
    """Where it listens."""
    host, _, port = network.locations[0].split("/")[2].partition(":")
    return host, int(port)


def send(network: SimulatedNetwork, *pieces: bytes, close: bool = True) -> bytes:
    """All that comes back until the other side closes."""
    with socket.create_connection(server(network), timeout=60) as sock:
        for piece in pieces:
            sock.sendall(piece)
        if close:
            sock.shutdown(socket.SHUT_WR)
        answer = b""
        while piece := sock.recv(65536):
            answer += piece
    return answer


def ask(network: SimulatedNetwork, request: bytes) -> Message:
    """The answer to one request."""
    return parse(send(network, request))
