"""The flow that a frame is of: addresses, ports and protocol, read when a frame is evidence.

Rules name frames, not flows; the frames are looked up once findings are known.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from contextlib import suppress
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import NamedTuple

from upnpscapy.capture.batch import Batch
from upnpscapy.capture.ip import UDP, read_network, skip_extensions
from upnpscapy.capture.link import READERS
from upnpscapy.capture.reader import CaptureReader
from upnpscapy.capture.source import Source, SourceLike
from upnpscapy.errors import CaptureError

__all__ = ["TRANSPORTS", "Flow", "community_id", "read_flows"]

TCP = 6

TRANSPORTS = {TCP: "tcp", UDP: "udp"}
"""Protocols with ports that are read, and what they are called."""


class Flow(NamedTuple):
    """From where to where a frame went."""

    time_ns: int | None
    protocol: int
    """Of IP: a key of ``TRANSPORTS``."""
    source: IPv4Address | IPv6Address
    sport: int
    destination: IPv4Address | IPv6Address
    dport: int
    link_source: bytes | None
    """None where the link layer has no such address."""
    vlan: int | None
    """The outermost VLAN id."""


def read_flows(source: SourceLike, numbers: Collection[int]) -> dict[int, Flow]:
    """The flows of frames of a file, by number.

    Without those that are neither TCP nor UDP, are inside a tunnel, or a fragment behind the
    first; and without those that cannot be read.
    """
    found: dict[int, Flow] = {}
    if not numbers:
        return found
    left = deque(sorted(numbers))
    with suppress(CaptureError), Source(source) as opened:
        for batch in CaptureReader(opened).batches():
            for place in batch.take_places(left):
                flow = _flow(batch, place)
                if flow is not None:
                    found[batch.first_frame + place] = flow
            if not left:
                break
    return found


@lru_cache(4096)
def community_id(
    protocol: int,
    source: IPv4Address | IPv6Address,
    sport: int,
    destination: IPv4Address | IPv6Address,
    dport: int,
) -> str:
    """The Community ID, version 1 and seed 0, as Zeek and Suricata compute it by default."""
    from communityid import CommunityID, FlowTuple

    found: str = CommunityID().calc(FlowTuple(protocol, source, destination, sport, dport))
    return found


def _flow(batch: Batch, place: int) -> Flow | None:
    reader, start = READERS.get(batch.link_type), batch.starts[place]
    time_ns, captured, _ = batch.describe(batch.data, start)
    end = start + captured
    network = None if reader is None else reader(batch.data, start, end)
    if network is None:
        return None
    packet = read_network(batch.data, network.ethertype, network.offset, end)
    if packet is None or (packet.fragment is not None and packet.fragment.offset):
        return None
    protocol, at = packet.protocol, packet.start
    if packet.fragment is not None:
        protocol, at = skip_extensions(batch.data, protocol, at, packet.end)
    if protocol not in TRANSPORTS or packet.end - at < 4:
        return None
    return Flow(
        time_ns,
        protocol,
        ip_address(packet.source),
        int.from_bytes(batch.data[at : at + 2]),
        ip_address(packet.destination),
        int.from_bytes(batch.data[at + 2 : at + 4]),
        network.link_source,
        next(iter(network.vlans), None),
    )
