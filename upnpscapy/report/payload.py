"""What a frame carries: the payload of its TCP segment or UDP datagram, and where it lies."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from upnpscapy.capture.batch import Frame
from upnpscapy.capture.ip import UDP, read_network, skip_extensions
from upnpscapy.capture.link import READERS

__all__ = ["Part", "Payload", "Whole", "assemble", "payload_of"]

TCP = 6

_WRAP = 1 << 32
"""TCP's sequence numbers begin anew here."""


class Payload(NamedTuple):
    """The payload of one frame: ``data[start:end]``."""

    frame: int | str
    """Its number, as it is to be shown."""
    data: bytes
    """All bytes of the frame."""
    start: int
    end: int
    flow: tuple[object, ...] | None = None
    """Protocol, addresses and ports from sender to receiver; None where it cannot be told."""
    sequence: int | None = None
    """TCP's, of the first byte."""


class Part(NamedTuple):
    """Bytes of a frame that became part of something whole."""

    payload: Payload
    start: int
    """In the frame."""
    at: int
    """In the whole."""
    size: int


class Whole(NamedTuple):
    """Payloads of one direction put together; what is not among the frames is left out."""

    data: bytes
    parts: tuple[Part, ...]


def payload_of(frame: Frame) -> Payload:
    """What is above UDP or TCP; of anything else, fragments too, all that is above the link."""
    data, end = frame.data, len(frame.data)
    reader = READERS.get(frame.link_type)
    network = None if reader is None else reader(data, 0, end)
    if network is None:
        return Payload(frame.number, data, 0, end)
    packet = read_network(data, network.ethertype, network.offset, end)
    if packet is None:
        return Payload(frame.number, data, network.offset, end)
    if packet.fragment is not None and packet.fragment.offset:
        return Payload(frame.number, data, packet.start, packet.end)
    protocol, at, end = packet.protocol, packet.start, packet.end
    if packet.fragment is not None:
        protocol, at = skip_extensions(data, protocol, at, end)
    ends = (protocol, packet.source, packet.destination, data[at : at + 4])
    if protocol == UDP and end - at >= 8:
        return Payload(frame.number, data, at + 8, end, ends)
    if protocol == TCP and end - at >= 20:
        start = min(at + (data[at + 12] >> 4) * 4, end)
        return Payload(frame.number, data, start, end, ends, int.from_bytes(data[at + 4 : at + 8]))
    return Payload(frame.number, data, packet.start, end)


def assemble(payloads: Iterable[Payload]) -> list[Whole]:
    """Payloads put together: segments of a direction in TCP's order, all else one by one.

    What is without a payload is not in it; bytes that came twice are in it once.
    """
    directions: dict[object, list[Payload]] = {}
    for one in payloads:
        if one.start < one.end:
            directions.setdefault(one.frame if one.sequence is None else one.flow, []).append(one)
    return [_whole(found) for found in directions.values()]


def _whole(payloads: list[Payload]) -> Whole:
    first = payloads[0].sequence
    if first is None:
        one = payloads[0]
        return Whole(one.data[one.start : one.end], (Part(one, one.start, 0, one.end - one.start),))
    ordered = sorted(payloads, key=lambda one: _distance(first, one.sequence))
    data = bytearray()
    parts = []
    reached = _distance(first, ordered[0].sequence)
    for one in ordered:
        begin = _distance(first, one.sequence)
        known = max(0, reached - begin)
        start = one.start + known
        if start < one.end:
            parts.append(Part(one, start, len(data), one.end - start))
            data += one.data[start : one.end]
            reached = begin + one.end - one.start
    return Whole(bytes(data), tuple(parts))


def _distance(first: int, sequence: int | None) -> int:
    """How far behind ``first`` a number is; less than nothing before it."""
    return ((sequence or 0) - first + _WRAP // 2) % _WRAP - _WRAP // 2
