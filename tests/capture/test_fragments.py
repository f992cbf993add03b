"""IP fragments put together: any order, duplicates, overlaps, times and bounds."""

from collections.abc import Sequence
from itertools import permutations, zip_longest
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scapy.layers.inet import ICMP, IP, UDP, defragment
from scapy.layers.inet6 import (
    IPv6,
    IPv6ExtHdrDestOpt,
    IPv6ExtHdrFragment,
    IPv6ExtHdrHopByHop,
    defragment6,
)
from scapy.layers.l2 import Dot1Q, Ether
from scapy.packet import Packet, Raw
from scapy.plist import PacketList

from tests.capture.packets import ALIVE, GROUP, SEARCH, ethernet, fragments, piece, udp
from tests.capture.pcap_writer import pcap
from tests.capture.reading import datagrams
from tests.capture.tshark import needs_tshark, rows
from upnpscapy.capture.datagrams import Datagram, DatagramReader
from upnpscapy.capture.fragments import TIMEOUT_NS, Reassembler
from upnpscapy.capture.ip import Fragment
from upnpscapy.capture.ip import Packet as IpPacket

SECOND = 1_000_000_000
PARTS = fragments(udp(id=7), 80)
WHOLE = bytes(udp(id=7)[UDP])


def udp6_fragmented(payload: bytes = ALIVE, number: int = 7) -> Packet:
    """An IPv6 packet with a fragment header and a datagram."""
    head = IPv6(src="fe80::11", dst="ff02::c") / IPv6ExtHdrFragment(id=number)
    return head / UDP(sport=1900, dport=1900) / Raw(payload)


def found_in(parts: Sequence[Packet], reader: DatagramReader | None = None) -> list[Datagram]:
    return datagrams(pcap([ethernet(part) for part in parts]), reader)


def payloads(parts: Sequence[Packet]) -> list[tuple[int, bytes]]:
    return [(datagram.frame, datagram.payload) for datagram in found_in(parts)]


@pytest.mark.parametrize("parts", [PARTS, fragments(udp6_fragmented(), 80)], ids=["IPv4", "IPv6"])
def test_any_order_completes_in_the_last_frame(parts: list[Packet]) -> None:
    assert len(parts) == 4
    for order in permutations(parts):
        assert payloads(list(order)) == [(4, ALIVE)]


def test_envelope_is_that_of_the_completing_fragment() -> None:
    times = [(number * SECOND, ethernet(part)) for number, part in enumerate(PARTS)]
    (found,) = datagrams(pcap(times))
    assert (found.time_ns, found.src, found.dst) == (3 * SECOND, "192.0.2.17", GROUP)
    assert (found.ttl, found.truncated, found.sport, found.dport) == (4, False, 1900, 1900)


def test_duplicates_change_nothing() -> None:
    doubled = [part for part in PARTS for _ in range(2)]
    assert payloads(doubled[:-1]) == [(7, ALIVE)]
    assert payloads(PARTS[:3] * 5 + PARTS[3:]) == [(16, ALIVE)]


def test_missing_fragment_is_no_datagram_and_is_counted() -> None:
    for missing in range(4):
        reader = DatagramReader()
        assert found_in(PARTS[:missing] + PARTS[missing + 1 :], reader) == []
        reader.reassembler.close()
        assert (reader.reassembler.incomplete, reader.reassembler.dropped) == (1, 0)


def test_fragments_of_several_datagrams_may_be_interleaved() -> None:
    packets = [
        udp(ALIVE, id=7),
        udp(SEARCH * 2, id=8),
        udp(ALIVE + b"x", id=7, src="192.0.2.99"),
        udp(ALIVE + b"y", id=7, dst="239.255.255.251"),
    ]
    cut = [fragments(packet, 80) for packet in packets]
    mixed = [part for parts in zip_longest(*cut) for part in parts if part is not None]
    assert sorted(payload for _, payload in payloads(mixed)) == sorted(
        bytes(packet[Raw]) for packet in packets
    )


def test_identification_may_be_used_again() -> None:
    assert payloads(PARTS * 3) == [(4, ALIVE), (8, ALIVE), (12, ALIVE)]


def test_protocols_and_vlans_are_apart() -> None:
    other = [part.copy() for part in PARTS]
    for part in other:
        part.proto = 6
    assert payloads([PARTS[0], *other, *PARTS[1:]]) == [(8, ALIVE)]
    tagged = [
        bytes(Ether(dst="01:00:5e:7f:ff:fa", src="02:00:00:00:00:11") / Dot1Q(vlan=9) / part)
        for part in PARTS
    ]
    plain = [ethernet(part) for part in PARTS]
    assert datagrams(pcap(plain[:2] + tagged[2:])) == []
    (found,) = datagrams(pcap(plain[:2] + tagged))
    assert found.vlans == (9,)


def test_first_byte_to_arrive_at_a_place_stays() -> None:
    whole = bytes(udp(b"a" * 56, id=7)[UDP])
    packet = udp(id=7)
    late = piece(packet, b"\xff" * 32, 16, True)
    cases: list[tuple[list[Any], bytes]] = [
        # An equal place: the first is kept.
        ([(whole[:32], 0, True), (b"\xff" * 32, 0, True), (whole[32:], 32, False)], b"a" * 56),
        # A part before, one behind: of the later piece only what was missing is taken.
        (
            [(whole[:16], 0, True), (whole[32:], 32, False), late],
            b"a" * 8 + b"\xff" * 16 + b"a" * 32,
        ),
        # The later piece begins before what is there.
        (
            [(whole[24:], 24, False), (whole[:8] + b"\xff" * 24, 0, True)],
            b"\xff" * 16 + b"a" * 40,
        ),
        # The later piece covers two, and the gap between them.
        (
            [(whole[8:16], 8, True), (whole[24:], 24, False), (whole[:8] + b"\xff" * 24, 0, True)],
            b"a" * 8 + b"\xff" * 8 + b"a" * 40,
        ),
    ]
    for parts, expected in cases:
        made = [part if isinstance(part, Packet) else piece(packet, *part) for part in parts]
        assert payloads(made) == [(len(made), expected)]


def test_short_duplicate_before_the_whole_piece_does_not_stop_it() -> None:
    parts = [piece(udp(id=7), WHOLE[:8], 0, True), piece(udp(id=7), WHOLE[:160], 0, True)]
    assert payloads([*parts, piece(udp(id=7), WHOLE[160:], 160, False)]) == [(3, ALIVE)]


def test_first_end_that_is_told_stays() -> None:
    end = piece(udp(id=7), WHOLE[160:], 160, False)
    beyond = piece(udp(id=7), b"\xff" * 80, 160 + 240, True)
    other_end = piece(udp(id=7), b"\xff" * 8, 8, False)
    start = piece(udp(id=7), WHOLE[:160], 0, True)
    for parts in ([end, beyond, start], [beyond, end, start], [end, other_end, start]):
        (found,) = found_in(parts)
        assert len(found.payload) == len(ALIVE)
        assert found.payload[-100:] == ALIVE[-100:]


def test_piece_that_reaches_over_the_end_is_cut() -> None:
    parts = [
        piece(udp(id=7), WHOLE[:160], 0, True),
        piece(udp(id=7), WHOLE[160:] + b"\xff" * 80, 160, True),
        piece(udp(id=7), WHOLE[232:], 232, False),
    ]
    assert payloads(parts) == [(3, ALIVE)]


class Model:
    """Bytes put where they belong, one by one: the first to arrive at a place stays."""

    def __init__(self) -> None:
        self.there: dict[int, int] = {}
        self.total: int | None = None

    def add(self, offset: int, payload: bytes, more: bool) -> bytes | None:
        for place, byte in enumerate(payload, offset):
            self.there.setdefault(place, byte)
        if not more and self.total is None:
            self.total = offset + len(payload)
        if self.total is None or any(place not in self.there for place in range(self.total)):
            return None
        return bytes(self.there[place] for place in range(self.total))


def ip_packet(offset: int, more: bool, number: int = 7) -> IpPacket:
    return IpPacket(
        b"\xc0\0\2\1", b"\xef\xff\xff\xfa", 4, 17, 0, 0, False, Fragment(number, offset, more)
    )


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_overlaps_of_any_kind_equal_a_byte_by_byte_model(data: st.DataObject) -> None:
    reassembler, model = Reassembler(), Model()
    for number in range(data.draw(st.integers(1, 24))):
        offset = 8 * data.draw(st.integers(0, 12))
        payload = bytes([number]) * data.draw(st.integers(1, 40))
        more = data.draw(st.integers(0, 5)) > 0
        whole = reassembler.add(ip_packet(offset, more), payload, 0)
        assert whole == model.add(offset, payload, more)
        if whole is not None:
            assert reassembler._bytes == 0
            return


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_sets_in_any_order_equal_scapys(data: st.DataObject) -> None:
    """Of what is well-formed: no overlaps, all fragments there."""
    version = data.draw(st.sampled_from([4, 6]))
    parts: list[Packet] = []
    for number in range(1, data.draw(st.integers(2, 4))):
        payload = ALIVE * data.draw(st.integers(1, 3)) + bytes(number)
        packet = udp(payload, id=number) if version == 4 else udp6_fragmented(payload, number)
        parts += fragments(packet, 8 * data.draw(st.integers(6, 40)))
    order = data.draw(st.permutations(parts))
    ours = {datagram.payload for datagram in found_in(order)}
    assert ours == scapys(order, version)


def scapys(parts: list[Packet], version: int) -> set[bytes]:
    """Payloads that Scapy finds in the fragments; of IPv4 it wants the last one to come last."""
    again = [type(part)(bytes(part)) for part in parts]
    if version == 4:
        again.sort(key=lambda packet: not packet[IP].flags.MF)
        whole = defragment(PacketList(again))  # type: ignore[no-untyped-call]
        return {bytes(packet[UDP].payload) for packet in whole if UDP in packet}
    found = set()
    for number in {packet[IPv6ExtHdrFragment].id for packet in again}:
        same = [packet for packet in again if packet[IPv6ExtHdrFragment].id == number]
        packet = defragment6(same)  # type: ignore[no-untyped-call]
        found.add(bytes(packet[UDP].payload))
    return found


def test_headers_before_and_behind_the_fragment_header_of_ipv6() -> None:
    """Destination options may be part of what is fragmented (RFC 8200, 4.5)."""
    whole = bytes(IPv6ExtHdrDestOpt(nh=17) / Raw(WHOLE))
    head = IPv6(src="fe80::11", dst="ff02::c") / IPv6ExtHdrHopByHop()
    parts = [
        head / IPv6ExtHdrFragment(id=7, nh=60, offset=0, m=1) / Raw(whole[:160]),
        head / IPv6ExtHdrFragment(id=7, nh=60, offset=20, m=0) / Raw(whole[160:]),
    ]
    assert payloads(parts) == [(2, ALIVE)]
    assert payloads(parts[::-1]) == [(2, ALIVE)]


@pytest.mark.parametrize("late", [TIMEOUT_NS, TIMEOUT_NS + SECOND])
def test_fragments_wait_half_a_minute(late: int) -> None:
    shots = [(0, ethernet(PARTS[0])), *[(late, ethernet(part)) for part in PARTS[1:]]]
    reader = DatagramReader()
    found = datagrams(pcap(shots), reader)
    reader.reassembler.close()
    if late > TIMEOUT_NS:
        assert (found, reader.reassembler.incomplete) == ([], 2)
    else:
        assert (len(found), reader.reassembler.incomplete) == (1, 0)


def test_time_that_runs_backwards_expires_nothing() -> None:
    shots = [
        (100 * SECOND - number * 40 * SECOND, ethernet(part))
        for number, part in enumerate(PARTS[:3])
    ]
    assert len(datagrams(pcap([*shots, (0, ethernet(PARTS[3]))]))) == 1


def test_truncated_fragment_is_not_used() -> None:
    frames = [ethernet(part) for part in PARTS]
    assert datagrams(pcap([frames[0][:-1], *frames[1:]])) == []
    assert len(datagrams(pcap([frames[0][:-1], *frames]))) == 1


def test_datagram_above_the_largest_is_refused() -> None:
    """Fragments that reach beyond 64 KiB: the ping of death."""
    parts = [piece(udp(id=7), bytes(80), 65_528, False), piece(udp(id=7), WHOLE[:160], 0, True)]
    assert payloads(parts) == []


def test_largest_datagram_in_the_smallest_pieces() -> None:
    payload = (ALIVE * 250)[: 65_515 - 8]
    head = bytes(udp(id=7, len=65_535) / Raw())[20:28]
    whole = head[:4] + (65_515).to_bytes(2, "big") + head[6:] + payload
    reassembler = Reassembler()
    places = list(range(0, len(whole), 48))
    Random(1).shuffle(places)
    results = [
        reassembler.add(ip_packet(at, at + 48 < len(whole)), whole[at : at + 48], 0)
        for at in places
    ]
    assert [result for result in results if result is not None] == [whole]
    assert results[-1] == whole


def test_icmp_error_with_a_fragment_in_it_is_not_put_together() -> None:
    errors = [IP(src="192.0.2.1", dst="192.0.2.17") / ICMP(type=3) / part for part in PARTS]
    assert payloads(errors) == []


@needs_tshark
def test_frame_is_the_one_that_tshark_names(tmp_path: Path) -> None:
    orders = list(permutations(PARTS))[::5]
    frames = [
        ethernet(part)
        for number, order in enumerate(orders, 1)
        for part in [with_id(part, number) for part in order]
    ]
    path = tmp_path / "a.pcap"
    path.write_bytes(pcap(frames))
    theirs = [int(row["frame.number"][0]) for row in rows(path, "ssdp", "frame.number")]
    assert (
        [found.frame for found in datagrams(pcap(frames))]
        == theirs
        == [4 * number for number in range(1, len(orders) + 1)]
    )


def with_id(part: Packet, number: int) -> Packet:
    other = part.copy()
    other.id = number
    return other
