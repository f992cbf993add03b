"""Frames to TCP segments, each with its envelope; what is known to be foreign is passed over.

Plain Ethernet with IPv4 or IPv6 is read in place, anything else step by step.
Addresses and ports of a direction lie next to each other on the wire:
these bytes are its key, and one look-up tells whether a segment can matter at all.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from struct import Struct, error
from typing import NamedTuple, Protocol

from upnpscapy.capture.batch import Batch
from upnpscapy.capture.fragments import Reassembler
from upnpscapy.capture.ip import EXTENSIONS, read_network, skip_extensions
from upnpscapy.capture.link import ETHERNET, PLAIN_IPV4, PLAIN_IPV6, READERS
from upnpscapy.capture.passing import HEAD_SIZE, SYN, TCP

__all__ = [
    "ACK",
    "FIN",
    "PSH",
    "RST",
    "SYN",
    "Segment",
    "SegmentReader",
    "ShortWay",
    "Syn",
    "TakeSegment",
]

FIN, RST, PSH, ACK = 0x01, 0x04, 0x08, 0x10
"""Flags of RFC 9293, 3.1; ``SYN`` is one more."""

FLAGS_4, FLAGS_6 = 47, 67
"""Where TCP's flags are in a plain Ethernet frame of IPv4, and of IPv6."""

_SYNS = frozenset(bytes([flags]) for flags in range(256) if flags & SYN) | {b""}
"""A byte of flags with SYN, or none: the buffer ends before it."""

_plain_ipv4 = Struct(">12x3sxHxxHxB2x12sIIBB").unpack_from
"""Of an Ethernet frame: ``PLAIN_IPV4``, total length, fragment, protocol, the direction's key,
and the TCP header from sequence number to flags."""
_plain_ipv6 = Struct(">H").unpack_from
_tcp = Struct(">HHIIBB").unpack_from


Syn = tuple[int, int | None, bytes, int, bytes | None]
"""Frame, time, ends, flags, and the link address of the sender, of a segment with SYN.

The ends are as in the packet: addresses of source and destination, then their ports.
"""


class Segment(NamedTuple):
    """A TCP segment and the envelope it came in."""

    frame: int
    """The frame that completed it, if its packet was fragmented."""
    time_ns: int | None
    source: bytes
    """The sender's address as packed on the wire."""
    sport: int
    destination: bytes
    dport: int
    seq: int
    ack: int
    flags: int
    payload: bytes
    missing: int
    """Bytes of payload that the headers promise and the capture does not hold."""


TakeSegment = Callable[[int, int | None, bytes, int, bytes, int, int, int, int, bytes, int], None]
"""Takes the fields of a ``Segment``, in their order."""


class ShortWay(Protocol):
    """Who takes the segments of one direction when they are in order."""

    def take(
        self, frame: int, time_ns: int | None, seq: int, ack: int, flags: int, payload: bytes
    ) -> bool:
        """Take a segment of which nothing is missing; False if it must go the usual way."""


class SegmentReader:
    """Batches of frames to TCP segments that can matter.

    A direction whose key (source, destination and both ports, as on the wire) is in ``foreign``
    is passed over, except for a SYN, which can begin something new.
    One whose key is in ``lanes`` is tried there before ``take``.
    """

    def __init__(
        self,
        foreign: Container[bytes] = (),
        lanes: Mapping[bytes, ShortWay] | None = None,
        syns: list[Syn] | None = None,
    ) -> None:
        self.foreign = foreign
        self.syns = syns
        """Gets them, if it is given."""
        self.lanes = {} if lanes is None else lanes
        self.passed_over = 0
        """Segments of foreign connections that were not looked at."""
        self.reassembler = Reassembler()
        self._base = 0

    def begin(self, base: int = 0) -> None:
        """Start a file: ``base`` is added to frame numbers, to tell joined files apart."""
        self._base = base

    def read(self, batches: Iterable[Batch]) -> Iterator[Segment]:
        """All segments with a payload, or with SYN, FIN, RST or ACK: that is all of them."""
        for batch in batches:
            found: list[Segment] = []
            self.read_batch(batch, lambda *fields, keep=found.append: keep(Segment(*fields)))
            yield from found

    def read_batch(self, batch: Batch, take: TakeSegment) -> None:
        """Hand on the segments of one batch: ``take`` gets the fields of each ``Segment``."""
        self.read_frames(batch, range(len(batch.starts)), take)

    def read_frames(self, batch: Batch, positions: Iterable[int], take: TakeSegment) -> None:
        """The same of some frames, given by their positions in ``batch.starts``."""
        starts, first = batch.starts, batch.first_frame + self._base
        if batch.link_type != ETHERNET:
            for position in positions:
                self._read_any(batch, first + position, starts[position], take)
            return
        data, describe = batch.data, batch.describe
        foreign, lane_of, syns = self.foreign, self.lanes.get, self.syns
        last = len(data) - HEAD_SIZE
        for position in positions:
            at = starts[position]
            if at > last:
                self._read_other(batch, first + position, at, take)
                continue
            kind, total, part, protocol, key, seq, ack, size, flags = _plain_ipv4(data, at)
            if protocol != TCP or kind != PLAIN_IPV4 or part & 0x3FFF:
                self._read_other(batch, first + position, at, take)
                continue
            if key in foreign and not flags & SYN:
                self.passed_over += 1
                continue
            time_ns, captured, _ = describe(data, at)
            if flags & SYN and syns is not None and captured > FLAGS_4:
                syns.append((first + position, time_ns, key, flags, data[at + 6 : at + 12]))
            begin, end = at + 34 + (size >> 4) * 4, at + captured
            # A total length of 0 is what segmentation offload leaves in captured frames.
            promised = at + 14 + total if total >= 40 else end
            if size < 0x50 or begin > promised or at + 54 > end:
                continue
            if promised < end:
                end = promised
            payload = data[begin:end] if begin < end else b""
            missing = promised - (begin if begin > end else end)
            if not missing:
                lane = lane_of(key)
                if lane is not None and lane.take(
                    first + position, time_ns, seq, ack, flags, payload
                ):
                    continue
            # fmt: off
            take(
                first + position, time_ns, key[:4], key[8] << 8 | key[9], key[4:8],
                key[10] << 8 | key[11], seq, ack, flags, payload, missing,
            )
            # fmt: on

    def _read_other(self, batch: Batch, frame: int, at: int, take: TakeSegment) -> None:
        """A frame that is not plain Ethernet, IPv4, TCP, or is near the end of its buffer."""
        data = batch.data
        kind = data[at + 12 : at + 15]
        if kind == PLAIN_IPV4:
            protocol = data[at + 23 : at + 24]
            if protocol == b"\x11":
                return  # UDP
            foreign = protocol == b"\x06" and data[at + 26 : at + 38] in self.foreign
            if foreign and data[at + FLAGS_4 : at + FLAGS_4 + 1] not in _SYNS:
                self.passed_over += 1
                return
        elif kind == PLAIN_IPV6:
            protocol = data[at + 20 : at + 21]
            if protocol == b"\x11":
                return
            if protocol == b"\x06":
                foreign = data[at + 22 : at + 58] in self.foreign
                if foreign and data[at + FLAGS_6 : at + FLAGS_6 + 1] not in _SYNS:
                    self.passed_over += 1
                    return
                if self._read_plain_ipv6(batch, frame, at, take):
                    return
        elif kind[:2] == b"\x08\x06":
            return  # ARP
        self._read_any(batch, frame, at, take)

    def _read_plain_ipv6(self, batch: Batch, frame: int, at: int, take: TakeSegment) -> bool:
        data = batch.data
        try:
            (length,) = _plain_ipv6(data, at + 18)
        except error:
            return False
        time_ns, captured, _ = batch.describe(data, at)
        if self.syns is not None and captured > FLAGS_6 and data[at + FLAGS_6] & SYN:
            ends, link = data[at + 22 : at + 58], data[at + 6 : at + 12]
            self.syns.append((frame, time_ns, ends, data[at + FLAGS_6], link))
        promised = at + 54 + length if length else at + captured
        source, destination = data[at + 22 : at + 38], data[at + 38 : at + 54]
        end = min(promised, at + captured)
        _hand_on(data, at + 54, end, promised, frame, time_ns, source, destination, take)
        return True

    def _read_any(self, batch: Batch, frame: int, at: int, take: TakeSegment) -> None:
        """The general road: any link type with a reader, VLANs, options, fragments."""
        data = batch.data
        reader = READERS.get(batch.link_type)
        if reader is None:
            return
        time_ns, captured, original = batch.describe(data, at)
        network = reader(data, at, at + captured)
        if network is None:
            return
        packet = read_network(data, network.ethertype, network.offset, at + captured)
        if packet is None:
            return
        protocol, start, end = packet.protocol, packet.start, packet.end
        # What a snap length cut off is known from the frame's length on the wire.
        promised = end + (original - captured if packet.truncated else 0)
        if packet.fragment is not None:
            if protocol != TCP and protocol not in EXTENSIONS:
                return
            whole = self.reassembler.add(packet, data[start:end], time_ns, network.vlans)
            if whole is None:
                return
            data, start, end, promised = whole, 0, len(whole), len(whole)
            protocol, start = skip_extensions(data, protocol, start, end)
        elif self.syns is not None and protocol == TCP and _has_syn(data, start, end):
            ends = packet.source + packet.destination + data[start : start + 4]
            self.syns.append((frame, time_ns, ends, data[start + 13], network.link_source))
        if protocol == TCP:
            addresses = packet.source, packet.destination
            _hand_on(data, start, end, promised, frame, time_ns, *addresses, take)


def _has_syn(data: bytes, start: int, end: int) -> bool:
    """Whether the flags of the segment between them are there, and SYN is one."""
    return end - start > 13 and data[start + 13] & SYN != 0


def _hand_on(
    data: bytes,
    start: int,
    end: int,
    promised: int,
    frame: int,
    time_ns: int | None,
    source: bytes,
    destination: bytes,
    take: TakeSegment,
) -> None:
    """Hand on the segment between ``start`` and ``end``, if its header is whole."""
    if end - start < 20:
        return
    sport, dport, seq, ack, size, flags = _tcp(data, start)
    size = (size >> 4) * 4
    if size < 20 or start + size > promised:
        return
    begin = start + size
    payload = data[begin:end] if begin < end else b""
    missing = promised - max(begin, end)
    # fmt: off
    take(frame, time_ns, source, sport, destination, dport, seq, ack, flags, payload, missing)
    # fmt: on
