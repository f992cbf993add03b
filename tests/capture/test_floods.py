"""Fragments by the million that never complete: bounded in memory, linear in time."""

from random import Random
from time import process_time

import pytest

from tests.capture.packets import ALIVE, ethernet, fragments, piece, udp
from tests.capture.pcap_writer import pcap
from tests.capture.reading import datagrams
from upnpscapy.capture import fragments as module
from upnpscapy.capture.fragments import MAX_BYTES, MAX_WAITING, PIECE, Reassembler
from upnpscapy.capture.ip import Fragment, Packet


def ip_packet(offset: int, more: bool, number: int = 7) -> Packet:
    fragment = Fragment(number, offset, more)
    return Packet(b"\xc0\0\2\1", b"\xef\xff\xff\xfa", 4, 17, 0, 0, False, fragment)


def test_flood_of_fragments_that_never_complete_stays_in_bounds() -> None:
    """A reflection victim sees them by the million: neither time nor memory grows with them."""
    reassembler = Reassembler()
    source = 0
    times = []
    for _ in range(4):
        begun = process_time()
        for _ in range(50_000):
            source += 1
            packet = ip_packet(0, True, source & 0xFFFF)._replace(source=source.to_bytes(4, "big"))
            assert reassembler.add(packet, bytes(1480), source * 1000) is None
        times.append(process_time() - begun)
        assert len(reassembler._waiting) <= MAX_WAITING
        assert reassembler._bytes <= MAX_BYTES
    assert times[-1] < 8 * min(times) + 0.2
    assert reassembler.dropped == 200_000 - len(reassembler._waiting)


@pytest.mark.parametrize("size", [8, 1480])
def test_flood_of_one_datagram_stays_in_bounds(size: int) -> None:
    reassembler = Reassembler()
    random = Random(1)
    for _ in range(50_000):
        offset = 8 * random.randrange(1, 8000)
        assert reassembler.add(ip_packet(offset, True), bytes(size), 0) is None
    assert reassembler._bytes <= 65_535 + module.MAX_PIECES * PIECE


def test_flood_of_small_pieces_counts_what_they_take(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 1 << 16)
    reassembler = Reassembler()
    for number in range(10_000):
        reassembler.add(ip_packet(16 * (number // 100), True, number % 100), bytes(8), 0)
    pieces = sum(len(waiting.pieces) for waiting in reassembler._waiting.values())
    assert pieces * (PIECE + 8) <= 1 << 16
    assert reassembler.dropped


def test_flood_between_does_not_lose_the_datagrams_that_complete() -> None:
    frames: list[bytes] = []
    noise = [
        ethernet(piece(udp(src=f"198.51.100.{number % 250}", id=number), bytes(8), 8, True))
        for number in range(300)
    ]
    for number, part in enumerate(fragments(udp(id=7), 80)):
        frames += [*noise[number * 50 : number * 50 + 50], ethernet(part)]
    assert [found.payload for found in datagrams(pcap(frames))] == [ALIVE]
