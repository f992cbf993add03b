"""The readers of a pass, which also note what it took to come to a message or a segment.

A datagram or a segment has the number of the frame that completed it: here all frames of its
fragments are known, and where one TCP connection ends and the next begins.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Container, Iterable, Iterator, Mapping

from upnpscapy.capture.batch import Batch
from upnpscapy.capture.datagrams import DatagramReader, Take
from upnpscapy.capture.fragments import Reassembler
from upnpscapy.capture.ip import Packet
from upnpscapy.capture.segments import SYN, SegmentReader, TakeSegment
from upnpscapy.capture.tcp import TakeExchange, TcpReader
from upnpscapy.forensics.extract.connections import Connections, connection_key

__all__ = ["Datagrams", "Tcp"]

MAX_FRAGMENTS = 1 << 17
"""Fragments of incomplete datagrams whose frames are known."""

MAX_EARLY = 1 << 16
"""Fragments of segments that came before the one with the ports."""

NONE = array("Q")

_Key = tuple[bytes, bytes, int, int, tuple[int, ...]]


class _Reassembler(Reassembler):
    """Knows the frames of what it completes: ``frame`` is set before each fragment."""

    def __init__(self) -> None:
        super().__init__()
        self.frame = 0
        self.completed = NONE
        """Frames of what the last fragment completed, but for its own; else none."""
        self.early = 0
        """How many of them came before the first fragment."""
        self._frames: dict[_Key, tuple[array[int], int | None]] = {}
        self._noted = 0

    def add(
        self, packet: Packet, payload: bytes, time_ns: int | None, vlans: tuple[int, ...] = ()
    ) -> bytes | None:
        """As ``Reassembler.add``; ``completed`` and ``early`` tell of a whole."""
        self.completed, self.early = NONE, 0
        whole = super().add(packet, payload, time_ns, vlans)
        fragment = packet.fragment
        assert fragment is not None
        if whole is not None:
            if not fragment.offset:
                self.early = len(self.completed)
            return whole
        self.completed, self.early = NONE, 0  # what was given up meanwhile is of no interest
        key = (packet.source, packet.destination, fragment.identification, packet.protocol, vlans)
        if key in self._waiting and self._noted < MAX_FRAGMENTS:
            frames, early = self._frames.get(key) or (array("Q"), None)
            if early is None and not fragment.offset:
                early = len(frames)
            frames.append(self.frame)
            self._noted += 1
            self._frames[key] = frames, early
        return None

    def _forget(self, key: _Key) -> None:
        super()._forget(key)
        frames, early = self._frames.pop(key, (NONE, None))
        self._noted -= len(frames)
        self.completed, self.early = frames, early or 0


class Datagrams(DatagramReader):
    """Notes the frames of fragmented datagrams."""

    def __init__(self, ports: Mapping[int, Take] | None = None) -> None:
        super().__init__(ports)
        self.reassembler: _Reassembler = _Reassembler()
        self.fragments: dict[int, array[int]] = {}
        """Of the last batch: the completing frame → the numbers of the datagram's others."""
        self.base = 0
        """What is added to the numbers of the others, as a joined file before can have them."""

    def sift(
        self, batch: Batch, take: Take, foreign: Container[bytes] | None = None
    ) -> Iterator[int]:
        """As ``DatagramReader.sift``."""
        self.fragments.clear()
        return super().sift(batch, take, foreign)

    def _read_any(self, batch: Batch, frame: int, start: int, take: Take) -> None:
        reassembler = self.reassembler
        reassembler.frame, reassembler.completed = self.base + frame, NONE
        super()._read_any(batch, frame, start, take)
        if reassembler.completed:
            self.fragments[frame] = reassembler.completed


class _Segments(SegmentReader):
    """Notes the frames of fragments that came before the first of their segment."""

    def __init__(self, foreign: dict[bytes, None]) -> None:
        super().__init__(foreign)
        self.reassembler: _Reassembler = _Reassembler()

    def _read_any(self, batch: Batch, frame: int, at: int, take: TakeSegment) -> None:
        reassembler = self.reassembler
        reassembler.frame, reassembler.completed, reassembler.early = frame, NONE, 0
        super()._read_any(batch, frame, at, take)


class Tcp(TcpReader):
    """Tells ``connections`` of every beginning."""

    def __init__(self, on_exchange: TakeExchange, connections: Connections) -> None:
        super().__init__(on_exchange)
        self.segments: _Segments = _Segments(self.foreign)
        self._connections = connections
        self.early: list[tuple[bytes, bytes, bytes, int]] = []
        """Both ends, the connection's key and the number of each early fragment's frame."""
        self.early_left_out = 0

    def read(self, batch: Batch, positions: Iterable[int]) -> None:
        """As ``TcpReader.read``."""
        self.segments.read_frames(batch, positions, self._watching())

    def _watching(self) -> Callable[..., None]:
        take, streams = self.exchanges.take, self.exchanges.streams
        connections, reassembler = self._connections, self.segments.reassembler
        before = streams.connections

        def watch(
            frame: int,
            time_ns: int | None,
            source: bytes,
            sport: int,
            destination: bytes,
            dport: int,
            seq: int,
            ack: int,
            flags: int,
            payload: bytes,
            missing: int,
        ) -> None:
            nonlocal before
            # fmt: off
            take(
                frame, time_ns, source, sport, destination, dport, seq, ack, flags, payload, missing
            )
            # fmt: on
            if streams.connections != before:
                before = streams.connections
                if flags & SYN:  # one that goes on after a long silence began before
                    connections.begin(connection_key(source, sport, destination, dport), frame)
            if reassembler.early:
                self._note_early(source, sport, destination, dport)

        return watch

    def _note_early(self, source: bytes, sport: int, destination: bytes, dport: int) -> None:
        reassembler = self.segments.reassembler
        frames, count = reassembler.completed, reassembler.early
        reassembler.early = 0
        if len(self.early) + count > MAX_EARLY:
            self.early_left_out += count
            return
        key = connection_key(source, sport, destination, dport)
        ends = source + sport.to_bytes(2, "big"), destination + dport.to_bytes(2, "big")
        self.early += [(*ends, key, frame) for frame in frames[:count]]
