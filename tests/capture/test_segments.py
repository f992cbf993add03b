"""Frames to segments: the same as Scapy reads, on every road."""

from pathlib import Path

import pytest
from scapy.layers.inet import IP, TCP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Dot1Q, Ether
from scapy.packet import Packet, Raw
from scapy.utils import rdpcap

from tests.capture.corpus import CAPTURES
from upnpscapy.capture.batch import Batch
from upnpscapy.capture.datagrams import DatagramReader, address_text
from upnpscapy.capture.reader import CaptureReader
from upnpscapy.capture.segments import SYN, Segment, SegmentReader, Syn
from upnpscapy.capture.source import Source

Row = tuple[int, int, int, int, int, int, bytes]


def ours(path: Path) -> list[Row]:
    with Source(path) as opened:
        return [
            (s.frame, s.sport, s.dport, s.seq, s.ack, s.flags, s.payload)
            for s in SegmentReader().read(CaptureReader(opened).batches())
        ]


def read(name: str) -> list[Segment]:
    with Source(CAPTURES[name]) as opened:
        return list(SegmentReader().read(CaptureReader(opened).batches()))


class Taken:
    """What the readers hand on, each kind in its order."""

    def __init__(self) -> None:
        self.datagrams: list[tuple[object, ...]] = []
        self.segments: list[tuple[object, ...]] = []

    def datagram(self, *fields: object) -> None:
        self.datagrams.append(fields)

    def segment(self, *fields: object) -> None:
        self.segments.append(fields)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Taken) and vars(self) == vars(other)


def scapys(path: Path) -> list[Row]:
    found: list[Row] = []
    for number, packet in enumerate(rdpcap(str(path)), 1):
        if TCP not in packet:
            continue
        tcp, ip = packet[TCP], packet[IP] if IP in packet else packet[IPv6]
        size = ip.len - ip.ihl * 4 if IP in packet and ip.len else ip.plen if IPv6 in packet else 0
        payload = bytes(tcp.original)[tcp.dataofs * 4 : size or None]
        row = number, tcp.sport, tcp.dport, tcp.seq, tcp.ack, int(tcp.flags) & 0xFF, payload
        found.append(row)
    return found


@pytest.mark.parametrize("name", CAPTURES)
def test_same_as_scapy(name: str) -> None:
    assert ours(CAPTURES[name]) == scapys(CAPTURES[name])


def batch(*frames: bytes, lost: int = 0) -> Batch:
    sizes: dict[int, int] = {}
    data = b""
    for frame in frames:
        sizes[len(data)] = len(frame)
        data += frame
    starts = list(sizes)
    return Batch(data, starts, 1, 1, lambda _, at: (7, sizes[at], sizes[at] + lost))


LINK = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
TCP_PART = TCP(sport=5, dport=80, seq=9, ack=8, flags="PA", options=[("NOP", None)] * 4)
PACKETS: dict[str, Packet] = {
    "IPv4": LINK / IP(src="192.0.2.1", dst="192.0.2.2") / TCP_PART / Raw(b"abc"),
    "padding": LINK / IP() / TCP_PART / Raw(b"abc"),
    "IPv6": LINK / IPv6(src="fe80::1", dst="fe80::2") / TCP_PART / Raw(b"abc"),
    "VLAN": LINK / Dot1Q(vlan=5) / IP() / TCP_PART / Raw(b"abc"),
    "options": LINK / IP(options=[b"\x01"] * 4) / TCP_PART / Raw(b"abc"),
}


@pytest.mark.parametrize("name", PACKETS)
def test_roads(name: str) -> None:
    frame = bytes(PACKETS[name]) + (b"\0" * 9 if name == "padding" else b"")
    (segment,) = SegmentReader().read([batch(frame)])
    assert segment[6:] == (9, 8, 0x18, b"abc", 0)
    assert (segment.sport, segment.dport, segment.time_ns) == (5, 80, 7)


@pytest.mark.parametrize("name", PACKETS)
def test_any_cut(name: str) -> None:
    frame = bytes(PACKETS[name])
    for size in range(len(frame)):
        cut = batch(frame[:size], lost=len(frame) - size)
        for segment in SegmentReader().read([cut]):
            assert b"abc".startswith(segment.payload)
            if name != "padding":
                assert len(segment.payload) + segment.missing == 3


@pytest.mark.parametrize("name", ["IPv4", "IPv6"])
def test_foreign_is_passed_over_except_for_syn(name: str) -> None:
    packet = PACKETS[name].copy()
    (segment,) = SegmentReader().read([batch(bytes(packet))])
    key = segment.source + segment.destination + bytes((0, 5, 0, 80))
    reader = SegmentReader({key})
    assert not list(reader.read([batch(bytes(packet), bytes(packet), b"\0" * 99)]))
    assert reader.passed_over == 2
    assert not list(reader.read([batch(bytes(packet))]))  # at the end of the buffer too
    packet[TCP].flags = "S"
    assert len(list(reader.read([batch(bytes(packet), b"\0" * 99)]))) == 1


@pytest.mark.parametrize("name", CAPTURES)
def test_frames_are_gone_through_once(name: str) -> None:
    """What the reader of datagrams sets apart has all segments, but for those of foreign keys."""
    keys = {segment[2] + segment[4] + bytes((*divmod(segment[3], 256), *divmod(segment[5], 256)))
            for segment in read(name)}  # fmt: skip
    for foreign in (set[bytes](), set(sorted(keys)[::2])):
        both, apart = Taken(), Taken()
        one, other = SegmentReader(foreign), SegmentReader(foreign)
        whole, parted = DatagramReader(), DatagramReader()
        with Source(CAPTURES[name]) as opened:
            for each in CaptureReader(opened).batches():
                whole.read_batch(each, both.datagram)
                one.read_batch(each, both.segment)
        with Source(CAPTURES[name]) as opened:
            for each in CaptureReader(opened).batches(parted.passing(foreign)):
                rest = parted.sift(each, apart.datagram, foreign)
                other.read_frames(each, rest, apart.segment)
        assert apart == both
        assert other.passed_over <= one.passed_over


@pytest.mark.parametrize("name", PACKETS)
def test_what_is_set_apart_is_not_foreign_or_has_syn(name: str) -> None:
    packet = PACKETS[name].copy()
    (segment,) = SegmentReader().read([batch(bytes(packet))])
    foreign = {segment.source + segment.destination + bytes((0, 5, 0, 80))}
    frames = bytes(packet), b"\0" * 99
    assert 0 in DatagramReader().sift(batch(*frames), print, set())
    plain = name in ("IPv4", "IPv6", "padding")
    assert (0 in DatagramReader().sift(batch(*frames), print, foreign)) is not plain
    packet[TCP].flags = "S"
    assert 0 in DatagramReader().sift(batch(bytes(packet), b"\0" * 99), print, foreign)


def test_base_is_added() -> None:
    reader = SegmentReader()
    reader.begin(1000)
    (segment,) = reader.read([batch(bytes(PACKETS["IPv4"]))])
    assert segment.frame == 1001


@pytest.mark.parametrize("name", sorted(CAPTURES))
def test_handshakes_are_those_that_scapy_sees(name: str) -> None:
    syns: list[Syn] = []
    reader = SegmentReader(syns=syns)
    with Source(CAPTURES[name]) as opened:
        for _ in reader.read(CaptureReader(opened).batches()):
            pass
    expected = [
        (number, packet)
        for number, packet in enumerate(rdpcap(str(CAPTURES[name])), 1)
        if TCP in packet and packet[TCP].flags & SYN
    ]
    assert [one[0] for one in syns] == [number for number, _ in expected]
    for (_, _, ends, flags, link), (_, packet) in zip(syns, expected, strict=True):
        assert flags == int(packet[TCP].flags)
        assert address_text(ends[: len(ends) // 2 - 2]) == packet[IP if IP in packet else IPv6].src
        if isinstance(packet, Ether):
            assert link == bytes.fromhex(packet.src.replace(":", ""))


def test_a_syn_that_is_cut_off_before_its_flags_is_none() -> None:
    link = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
    frame = bytes(link / IP(src="192.0.2.1", dst="192.0.2.2") / TCP(flags="S"))
    for size, count in ((47, 0), (48, 1), (54, 1)):
        syns: list[Syn] = []
        SegmentReader(syns=syns).read_batch(batch(frame[:size]), lambda *_: None)
        assert len(syns) == count
