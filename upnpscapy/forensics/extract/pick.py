"""The second pass of an extraction: the frames of a batch that belong, as the first pass found.

A frame of TCP is told by the bytes of addresses and ports, which most frames need one look-up for.
Of a fragmented packet the first fragment has the ports, the others follow it.
"""

from __future__ import annotations

from collections import OrderedDict
from itertools import islice
from struct import Struct
from typing import NamedTuple

from upnpscapy.capture.batch import Batch
from upnpscapy.capture.ip import Packet, read_network, skip_extensions
from upnpscapy.capture.link import ETHERNET, READERS
from upnpscapy.capture.segments import ACK, SYN
from upnpscapy.forensics.extract.connections import Span, connection_key
from upnpscapy.forensics.extract.find import Finder

__all__ = ["Picker"]

TCP = 6

MAX_VERDICTS = 1 << 15
"""Directions of which it is remembered whether they can belong."""

MAX_SHARED = 1 << 15
"""Connections of which it is remembered which end was asked."""

MAX_FRAGMENTED = 4096
"""Packets whose first fragment was seen and that can go on."""

_IPV4, _IPV6 = b"\x08\x00\x45", b"\x86\xdd\x60"
_WHOLE = frozenset((b"\0\0", b"\x40\0"))
"""Flags and offset of what is no fragment."""

_ports = Struct(">HH").unpack_from

_FragmentKey = tuple[bytes, bytes, int, tuple[int, ...]]


class _Direction(NamedTuple):
    source: bytes
    sport: int
    destination: bytes
    dport: int


class _Verdict:
    """What goes between two ports, in both directions, and what of it belongs."""

    __slots__ = ("at", "ends", "server", "spans")

    def __init__(self, spans: list[Span], ends: tuple[bytes, ...]) -> None:
        self.spans = spans
        self.ends = ends
        """Those of both endpoints that are known ones."""
        self.server: bytes | None = None
        """The endpoint that was asked, once a SYN told."""
        self.at = 0

    def includes(self, number: int, source: bytes, destination: bytes, flags: int) -> bool:
        """Whether a segment belongs; numbers ascend."""
        if flags & SYN:
            self.server = source if flags & ACK else destination
        if self.ends and (self.server is None or self.server in self.ends):
            return True
        spans = self.spans
        while self.at < len(spans):
            span = spans[self.at]
            if span.end is None or number < span.end:
                return span.start <= number
            self.at += 1
        return False


class Picker:
    """Chooses the frames of the batches of one capture."""

    def __init__(self, found: Finder) -> None:
        self._marks = found.marks
        self._spans = found.connections.spans
        self._known = found.endpoints.known if found.whole_endpoints else set()
        self._verdicts: dict[bytes, _Verdict | None] = {}
        """By addresses and ports of a direction as on the wire."""
        self._shared: dict[bytes, _Verdict] = {}
        """By ``connection_key``: those of them that can belong."""
        self._fragmented: OrderedDict[_FragmentKey, _Direction] = OrderedDict()

    def pick(self, batch: Batch, base: int) -> list[int]:
        """The places in ``batch.starts`` of the frames that belong, in order.

        ``base`` is added to frame numbers, to tell the files of a joined capture apart.
        """
        first = base + batch.first_frame
        chosen = [
            number - first for number in self._marks.within(first, first + len(batch.starts) - 1)
        ]
        if self._spans or self._known:
            marked = set(chosen)
            more = [place for place in self._pick_segments(batch, base) if place not in marked]
            if more:
                chosen = sorted(chosen + more)
        return chosen

    def _pick_segments(self, batch: Batch, base: int) -> list[int]:
        first = base + batch.first_frame
        if batch.link_type != ETHERNET:
            return [
                place
                for place, at in enumerate(batch.starts)
                if self._belongs(batch, at, first + place)
            ]
        chosen: list[int] = []
        data, verdicts = batch.data, self._verdicts
        for place, at in enumerate(batch.starts):
            kind = data[at + 12 : at + 15]
            if kind == _IPV4:
                protocol = data[at + 23 : at + 24]
                if protocol == b"\x11":
                    continue  # UDP
                if protocol == b"\x06" and data[at + 20 : at + 22] in _WHOLE:
                    key = data[at + 26 : at + 38]
                    if key in verdicts:
                        if verdicts[key] is None:
                            continue
                    elif self._verdict(key, 4) is None:
                        continue
            elif kind == _IPV6:
                protocol = data[at + 20 : at + 21]
                if protocol == b"\x11":
                    continue
                if protocol == b"\x06":
                    key = data[at + 22 : at + 58]
                    if key in verdicts:
                        if verdicts[key] is None:
                            continue
                    elif self._verdict(key, 16) is None:
                        continue
            if self._belongs(batch, at, first + place):
                chosen.append(place)
        return chosen

    def _verdict(self, key: bytes, size: int) -> _Verdict | None:
        """What is known of a direction; ``size`` is that of an address."""
        verdicts = self._verdicts
        if key not in verdicts:
            if len(verdicts) >= MAX_VERDICTS:
                for old in list(islice(verdicts, MAX_VERDICTS // 2)):
                    del verdicts[old]
            verdicts[key] = self._judge(key, size)
        return verdicts[key]

    def _judge(self, key: bytes, size: int) -> _Verdict | None:
        if len(key) != 2 * size + 4:
            return None
        source, destination, ports = key[:size], key[size:-4], key[-4:]
        ends = source + ports[:2], destination + ports[2:]
        known = tuple(end for end in ends if end in self._known)
        sport, dport = _ports(ports)
        both = connection_key(source, sport, destination, dport)
        spans = self._spans.get(both, [])
        if not spans and not known:
            return None
        shared = self._shared
        if len(shared) >= MAX_SHARED:
            for old in list(islice(shared, MAX_SHARED // 2)):
                del shared[old]
        return shared.setdefault(both, _Verdict(spans, known))

    def _belongs(self, batch: Batch, at: int, number: int) -> bool:
        """The general road: any link type with a reader, VLANs, options, fragments."""
        reader = READERS.get(batch.link_type)
        if reader is None:
            return False
        data = batch.data
        _, captured, _ = batch.describe(data, at)
        network = reader(data, at, at + captured)
        if network is None:
            return False
        packet = read_network(data, network.ethertype, network.offset, at + captured)
        if packet is None:
            return False
        direction, flags = self._direction(data, packet, network.vlans)
        if direction is None:
            return False
        source, sport, destination, dport = direction
        ports = sport.to_bytes(2, "big"), dport.to_bytes(2, "big")
        key = source + destination + ports[0] + ports[1]
        verdict = self._verdict(key, len(source))
        if verdict is None:
            return False
        return verdict.includes(number, source + ports[0], destination + ports[1], flags)

    def _direction(
        self, data: bytes, packet: Packet, vlans: tuple[int, ...]
    ) -> tuple[_Direction | None, int]:
        """Where a segment, or a fragment of one, comes from and goes to, and its flags."""
        protocol, start, end, fragment = packet.protocol, packet.start, packet.end, packet.fragment
        ends = packet.source, packet.destination
        if fragment is not None:
            key = (*ends, fragment.identification, vlans)
            if fragment.offset:
                return self._fragmented.get(key), 0
            protocol, start = skip_extensions(data, protocol, start, end)
        if protocol != TCP or end - start < 4:
            return None, 0
        sport, dport = (
            int.from_bytes(data[start : start + 2]),
            int.from_bytes(data[start + 2 : start + 4]),
        )
        direction = _Direction(ends[0], sport, ends[1], dport)
        if fragment is not None:
            self._fragmented.pop(key, None)
            self._fragmented[key] = direction
            if len(self._fragmented) > MAX_FRAGMENTED:
                self._fragmented.popitem(last=False)
        return direction, data[start + 13] if end - start > 13 else 0
