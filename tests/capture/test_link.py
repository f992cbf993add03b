"""Link layers and tunnels down to the datagram: addresses, VLANs, and no ICMP errors."""

from pathlib import Path

import pytest
from scapy.config import conf
from scapy.layers.inet import ICMP, IP
from scapy.layers.inet6 import ICMPv6DestUnreach, IPv6

from tests.capture.links import DIRECT, THROUGH_SCAPY, Link, gre
from tests.capture.packets import ALIVE, fragments, udp, udp6
from tests.capture.pcap_writer import pcap
from tests.capture.pcapng_writer import LITTLE
from tests.capture.reading import datagrams, sightings
from tests.capture.tshark import needs_tshark, rows
from upnpscapy.capture import datagrams as module
from upnpscapy.capture.link import READERS, link_type_name

LINKS = DIRECT + THROUGH_SCAPY
ALL = pytest.mark.parametrize("link", LINKS, ids=lambda link: link.name)
ADDRESSES = {4: ("192.0.2.17", "239.255.255.250"), 6: ("fe80::11", "ff02::c")}


@ALL
def test_datagram_is_found_with_its_envelope(link: Link) -> None:
    (found,) = datagrams(pcap([link.frame], link_type=link.link_type))
    assert (found.src, found.dst) == ADDRESSES[link.version]
    assert (found.sport, found.dport, found.ttl) == (1900, 1900, 4)
    assert (found.link_src, found.vlans) == (link.link_src, link.vlans)
    assert (found.payload, found.truncated) == (ALIVE, False)


@pytest.mark.parametrize("link", DIRECT, ids=lambda link: link.name)
def test_common_link_layers_do_without_scapy(link: Link, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "find_ip", lambda *_: pytest.fail("asked"))
    assert len(datagrams(pcap([link.frame], link_type=link.link_type))) == 1


@ALL
def test_frame_may_end_anywhere(link: Link) -> None:
    """Cut in a header it holds nothing, cut in the payload a truncated datagram."""
    frame = link.frame
    sizes = range(0, len(frame) - 1, 1 if link in DIRECT else 11)
    beside = b"\x55" * 400  # bytes behind a frame in the file are not its own
    pieces = [piece for size in sizes for piece in (frame[:size], beside)]
    found = datagrams(pcap(pieces, link_type=link.link_type))
    assert len(found) > len(sizes) // 3
    for datagram in found:
        assert datagram.frame % 2 == 1
        assert datagram.truncated
        assert ALIVE.startswith(datagram.payload)


@ALL
def test_icmp_error_that_quotes_discovery_is_none(link: Link) -> None:
    error = {
        4: IP(src="192.0.2.1", dst="192.0.2.17") / ICMP(type=3, code=3) / udp(),
        6: IPv6(src="fe80::1", dst="fe80::11") / ICMPv6DestUnreach(code=4) / udp6(),
    }[link.version]
    frame = link.wrap(error)
    assert ALIVE in frame
    assert datagrams(pcap([frame], link_type=link.link_type)) == []


def one_capture() -> bytes:
    """A capture with an interface for each link."""
    interfaces = [LITTLE.interface(link.link_type) for link in LINKS]
    frames = [LITTLE.enhanced(link.frame, interface=place) for place, link in enumerate(LINKS)]
    return LITTLE.section() + b"".join(interfaces + frames)


def test_links_may_be_mixed() -> None:
    found = datagrams(one_capture())
    assert [datagram.frame for datagram in found] == list(range(1, len(LINKS) + 1))


@needs_tshark
def test_tshark_finds_the_same(tmp_path: Path) -> None:
    capture = one_capture()
    path = tmp_path / "links.pcapng"
    path.write_bytes(capture)
    theirs = {}
    fields = ("frame.number", "ip.src", "ipv6.src", "vlan.id", "ieee8021ad.id")
    for row in rows(path, "ssdp", *fields):
        number = int(row["frame.number"][0])
        source = row["ipv6.src" if LINKS[number - 1].version == 6 else "ip.src"][-1]
        vlans = row.get("vlan.id") or row.get("ieee8021ad.id") or []
        theirs[number] = source, [int(vlan) for vlan in vlans][-1:]
    ours = {
        sighting.frame: (sighting.src, [sighting.vlan] * (sighting.vlan is not None))
        for sighting in sightings(capture)
    }
    missed = [LINKS[number - 1].name for number in ours if number not in theirs]
    assert missed == [link.name for link in LINKS if not link.tshark]
    assert {number: ours[number] for number in theirs} == theirs


def test_unknown_link_type_holds_nothing() -> None:
    assert datagrams(pcap([bytes(udp()), b"", b"\x45"], link_type=9999)) == []
    assert link_type_name(9999) == "9999"


def test_address_with_five_colons_is_no_link_address() -> None:
    tunnel = IP(src="198.51.100.1", dst="198.51.100.2")
    packet = tunnel / udp6(src="2001:db8:7::ab:cd")
    (found,) = datagrams(pcap([bytes(packet)], link_type=101))
    assert (found.src, found.link_src) == ("2001:db8:7::ab:cd", None)


@pytest.mark.parametrize("link_type", sorted({*conf.l2types.num2layer, *READERS}))
def test_no_bytes_make_a_link_layer_raise(link_type: int) -> None:
    """Scapy's outermost layer raises for a frame that is too short."""
    frames = [b"HTTP/" + bytes(size) for size in range(0, 70, 3)]
    frames += [b"\xff" * size + b"NOTIFY" for size in range(0, 40, 3)]
    for datagram in datagrams(pcap(frames, link_type=link_type)):
        assert datagram.dport != 1900


def test_fragments_in_a_tunnel_are_put_together() -> None:
    parts = fragments(udp(id=7), 80)
    assert len(parts) > 3
    (found,) = datagrams(pcap([gre(part) for part in parts]))
    assert (found.frame, found.payload) == (len(parts), ALIVE)
