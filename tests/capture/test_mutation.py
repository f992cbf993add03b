"""On frames with wrong bytes, cut or padded, Scapy finds the datagrams that the bulk reader finds.

Where the two disagree on purpose is said in ``DISAGREEMENTS``.
"""

from collections.abc import Callable

import pytest
from hypothesis import event, example, given, settings
from hypothesis import strategies as st
from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.l2 import Loopback
from scapy.packet import Packet

from tests.capture.dissection import Found, dissect, found_by_scapy, found_by_us
from tests.capture.links import DIRECT, THROUGH_SCAPY, Link
from tests.capture.pcap_writer import pcap
from tests.capture.reading import datagrams, read

LINKS = DIRECT + THROUGH_SCAPY

UNKNOWN_TO_SCAPY = {
    # The tag from before 802.1ad.
    "QinQ of old",
    # The numbers of IPv6 on systems other than the one that Scapy runs on.
    *(f"null, {order}, family {family}" for order in "<>" for family in (24, 28, 30)),
    "loop, IPv6",
    # OpenBSD's number of raw IP.
    "raw 14, IPv4",
    # PPP without address and control bytes, or with a compressed protocol.
    *(f"PPP 50, {head}" for head in ("0021", "0057", "21", "57")),
}
"""Links whose frames the bulk reader reads and Scapy does not."""

KNOWN = {
    link.name: (link.link_type, link.frame) for link in LINKS if link.name not in UNKNOWN_TO_SCAPY
}
HEADERS = 80
"""Bytes of a frame that are changed; what follows is text in all of them."""


def both(link_type: int, frame: bytes) -> tuple[list[Found], list[Found], Packet | None]:
    capture = pcap([frame], link_type=link_type)
    (framed,) = read(capture).frames
    return found_by_us(datagrams(capture)), found_by_scapy([framed]), dissect(framed)


@pytest.mark.parametrize("link", LINKS, ids=lambda link: link.name)
def test_links_that_scapy_does_not_know(link: Link) -> None:
    ours, scapys, _ = both(link.link_type, link.frame)
    assert len(ours) == 1
    assert (scapys == []) == (link.name in UNKNOWN_TO_SCAPY)


def has_a_wrong_ip_version(packet: Packet, _: bytes) -> bool:
    """Scapy does not look at the version; for the bulk reader it is no packet then.

    Of a packet that Scapy takes for the other version, the bulk reader goes by the version.
    """
    layers = [layer for layer in packet.iterpayloads() if type(layer) in (IP, IPv6)]
    return any(layer.version != (4 if type(layer) is IP else 6) for layer in layers)


def has_a_udp_length_below_eight(packet: Packet, _: bytes) -> bool:
    """Scapy counts a length of 3 from the end of what is there; the bulk reader takes it all."""
    return any(layer.len < 8 for layer in packet.iterpayloads() if type(layer) is UDP)


def is_a_fragment_of_a_tunnel(packet: Packet, _: bytes) -> bool:
    """Scapy waits for the rest; the bulk reader looks at what is in the first fragment."""
    layers = [layer for layer in packet.iterpayloads() if type(layer) in (IP, IPv6)]
    return any(type(layer) is IP and layer.flags.MF for layer in layers[:-1])


def has_an_old_vlan_tag(_: Packet, frame: bytes) -> bool:
    """The tag from before 802.1ad, which Scapy does not know."""
    return b"\x91\x00" in frame[:HEADERS]


def has_a_bsd_address_family(packet: Packet, _: bytes) -> bool:
    """IPv6 is 24 on OpenBSD and NetBSD, which Scapy does not know."""
    return isinstance(packet, Loopback) and packet.type in (24, 24 << 24)


DISAGREEMENTS: list[Callable[[Packet, bytes], bool]] = [
    has_a_wrong_ip_version,
    has_a_udp_length_below_eight,
    is_a_fragment_of_a_tunnel,
    has_an_old_vlan_tag,
    has_a_bsd_address_family,
]

EDITS = st.lists(st.tuples(st.integers(0, HEADERS - 1), st.integers(0, 255)), max_size=3)


@settings(max_examples=600, deadline=None)
@given(
    st.sampled_from(sorted(KNOWN)),
    EDITS,
    st.none() | st.integers(0, 400),
    st.sampled_from([0, 0, 1, 7, 30]),
)
@example("Ethernet", [(14, 0x65)], None, 0)
@example("Ethernet", [(38, 0), (39, 3)], None, 0)
@example("null, family 10", [(0, 0)], None, 0)
@example("GRE", [(20, 0x20)], None, 0)
@example("IPv6 in IPv4", [(21, 0xFF)], None, 0)
@example("802.1Q", [(12, 0x91)], None, 0)
@example("null, family 10", [(0, 24)], None, 0)
def test_bulk_reader_equals_scapy(
    name: str, edits: list[tuple[int, int]], cut: int | None, padding: int
) -> None:
    link_type, original = KNOWN[name]
    frame = bytearray(original)
    for place, byte in edits:
        if place < len(frame):
            frame[place] = byte
    changed = bytes(frame[:cut]) + bytes(padding)
    ours, scapys, packet = both(link_type, changed)
    if ours != scapys:
        assert packet is not None
        reasons = [test.__name__ for test in DISAGREEMENTS if test(packet, changed)]
        assert reasons, (ours, scapys)
        event(reasons[0])


@pytest.mark.parametrize(
    ("name", "edits", "reason"),
    [
        ("Ethernet", [(14, 0x65)], has_a_wrong_ip_version),
        ("null, family 10", [(0, 0)], has_a_wrong_ip_version),
        ("Ethernet", [(38, 0), (39, 3)], has_a_udp_length_below_eight),
        ("GRE", [(20, 0x20)], is_a_fragment_of_a_tunnel),
        ("802.1Q", [(12, 0x91)], has_an_old_vlan_tag),
        ("null, family 10", [(0, 24)], has_a_bsd_address_family),
    ],
)
def test_disagreement_is_still_there(
    name: str, edits: list[tuple[int, int]], reason: Callable[[Packet, bytes], bool]
) -> None:
    link_type, original = KNOWN[name]
    frame = bytearray(original)
    for place, byte in edits:
        frame[place] = byte
    ours, scapys, packet = both(link_type, bytes(frame))
    assert packet is not None
    assert ours != scapys
    assert [test for test in DISAGREEMENTS if test(packet, bytes(frame))] == [reason]
