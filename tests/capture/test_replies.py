"""The 27 odd replies of real devices, through captures of every form: all are read."""

import pytest

from tests.capture.packets import SEARCH, SEARCHER, ethernet, udp
from tests.capture.pcap_writer import pcap
from tests.capture.pcapng_writer import LITTLE
from tests.capture.reading import sightings
from tests.protocol.quirks import FURTHER, REPLIES, Quirk
from upnpscapy.capture.sighting import Sighting

PORT = 50_000


def frame(quirk: Quirk) -> bytes:
    packet = udp(quirk.data, src="192.0.2.17", dst=SEARCHER, sport=quirk.source_port, dport=PORT)
    return ethernet(packet)


SEARCH_FRAME = ethernet(udp(SEARCH, src=SEARCHER, sport=PORT))
FRAMES = [SEARCH_FRAME, *map(frame, REPLIES)]


def check(found: list[Sighting]) -> None:
    assert [message.frame for message in found] == list(range(1, 29))
    assert [message.kind for message in found] == ["search"] + ["response"] * 27
    for quirk, message in zip(REPLIES, found[1:], strict=True):
        assert message.payload == quirk.data
        assert message.defects == list(dict.fromkeys(quirk.defects + quirk.envelope_defects))
        for name, value in quirk.values.items():
            assert getattr(message.ssdp, name) == value, (quirk.name, name)


def test_all_are_read_from_pcap() -> None:
    check(sightings(pcap(FRAMES)))


def test_all_are_read_from_pcapng() -> None:
    check(sightings(LITTLE.section() + LITTLE.interface() + b"".join(map(LITTLE.simple, FRAMES))))


@pytest.mark.parametrize("quirk", [*REPLIES, *FURTHER], ids=lambda quirk: quirk.name)
def test_each_is_a_response_without_the_search_unless_it_names_nothing(quirk: Quirk) -> None:
    """Number 15 has USN still, and number 16 has ST; either is enough."""
    assert [message.kind for message in sightings(pcap([frame(quirk)]))] == ["response"]


def test_number_27_is_marked_by_its_port() -> None:
    baseline, last = sightings(pcap([frame(REPLIES[0]), frame(REPLIES[26])]))
    assert (REPLIES[26].number, REPLIES[26].data) == (27, REPLIES[0].data)
    assert baseline.defects == []
    assert last.defects == ["reply-port"]
    assert last.sport == 37_565
