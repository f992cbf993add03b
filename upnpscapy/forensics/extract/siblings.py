"""The other fragments of a datagram, which has the number of the frame that completed it."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterator
from contextlib import suppress

from upnpscapy.capture.batch import Batch
from upnpscapy.capture.fragments import TIMEOUT_NS
from upnpscapy.capture.ip import read_network
from upnpscapy.capture.link import READERS
from upnpscapy.capture.reader import CaptureReader
from upnpscapy.capture.source import Source
from upnpscapy.errors import CaptureError
from upnpscapy.forensics.extract.inputs import File

__all__ = ["MAX_SIBLINGS", "siblings"]

MAX_SIBLINGS = 1 << 16
"""Fragments that are found."""

_Key = tuple[bytes, bytes, int, tuple[int, ...]]


def siblings(files: list[File], numbers: Collection[int]) -> dict[int, int]:
    """Of those numbers that are fragments, the other fragments: number → the number given.

    Numbers are those inside the capture that the files are. A fragment within 30 seconds of
    the one given belongs to it; not those inside tunnels, or of link types that Scapy reads.
    """
    given: dict[_Key, list[tuple[int, int | None]]] = {}
    for key, number, time_ns in _fragments(files, numbers):
        given.setdefault(key, []).append((number, time_ns))
    found: dict[int, int] = {}
    if not given:
        return found
    for key, number, time_ns in _fragments(files, None):
        if key not in given or number in numbers or len(found) >= MAX_SIBLINGS:
            continue
        near = [
            (abs(number - other), other)
            for other, at in given[key]
            if time_ns is None or at is None or abs(time_ns - at) <= TIMEOUT_NS
        ]
        if near:
            found[number] = min(near)[1]
    return found


def _fragments(
    files: list[File], numbers: Collection[int] | None
) -> Iterator[tuple[_Key, int, int | None]]:
    """Of the fragments among some frames, or among all: whose they are, number and time."""
    for file in files:
        base = file.place.base
        own = deque(sorted(number - base for number in numbers or ()))
        with suppress(CaptureError), Source(file.again, limit=file.size) as opened:
            for batch in CaptureReader(opened).batches():
                everything = range(len(batch.starts))
                for place in everything if numbers is None else batch.take_places(own):
                    key, time_ns = _key(batch, place)
                    if key is not None:
                        yield key, base + batch.first_frame + place, time_ns


def _key(batch: Batch, place: int) -> tuple[_Key | None, int | None]:
    reader, start = READERS.get(batch.link_type), batch.starts[place]
    time_ns, captured, _ = batch.describe(batch.data, start)
    end = start + captured
    network = None if reader is None else reader(batch.data, start, end)
    if network is None:
        return None, time_ns
    packet = read_network(batch.data, network.ethertype, network.offset, end)
    if packet is None or packet.fragment is None:
        return None, time_ns
    identification = packet.fragment.identification
    return (packet.source, packet.destination, identification, network.vlans), time_ns
