"""Substitutes: as long as what they stand for, of its class, never itself; and odd captures."""

from __future__ import annotations

from contextlib import suppress
from ipaddress import ip_address
from pathlib import Path
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.capture.conversation import Conversation
from tests.capture.corpus import CAPTURES
from tests.capture.links import DIRECT, THROUGH_SCAPY, Link
from tests.capture.packets import ALIVE, ethernet, fragments, small, udp
from tests.capture.pcap_writer import pcap
from tests.capture.tcp_frame import tcp_frame
from tests.forensics.extracting import packets
from upnpscapy.errors import CaptureError
from upnpscapy.forensics.anonymize.addresses import Addresses
from upnpscapy.forensics.anonymize.bodies import datagram_text, stream_text
from upnpscapy.forensics.anonymize.segments import Direction
from upnpscapy.forensics.anonymize.share import anonymize_frames
from upnpscapy.forensics.anonymize.words import Substitutes
from upnpscapy.protocol.address_class import address_class

KEY = bytes(32)
KEPT = {"loopback", "multicast", "unspecified"}

addresses4 = st.one_of(
    st.ip_addresses(v=4),
    *(st.ip_addresses(network=text) for text in ("10.0.0.0/8", "192.168.0.0/16", "172.16.0.0/12")),
    *(st.ip_addresses(network=text) for text in ("100.64.0.0/10", "192.0.2.0/24", "8.8.8.0/24")),
)
addresses6 = st.one_of(
    st.ip_addresses(v=6),
    *(st.ip_addresses(network=text) for text in ("2000::/3", "fe80::/10", "fd00::/8", "ff02::/16")),
    *(st.ip_addresses(network=text) for text in ("2001:db8::/32", "2a02:1:2:3::/112", "::/96")),
)


def shape(text: str) -> list[int]:
    """Characters of each part of an address."""
    return [len(part) for part in text.replace(".", ":").split(":")]


@given(
    st.lists(addresses4 | addresses6, min_size=1, max_size=10, unique=True), st.binary(min_size=8)
)
@settings(deadline=None, max_examples=40)
def test_addresses_of_the_same_class_and_length_and_never_one_that_was_seen(
    given_: list[object], key: bytes
) -> None:
    seen = {ip_address(str(one)).packed for one in given_}
    new = Addresses(key[:64], seen)
    for packed in seen:
        found, text = new.ip(packed), str(ip_address(packed))
        other = str(ip_address(found))
        if not text.startswith("::ffff:"):
            assert shape(other) == shape(text)
        assert address_class(other) == address_class(text)
        kept = address_class(text) in KEPT or packed[0] in (0, 255) or len(set(packed[1:])) == 1
        if found == packed and len(packed) == 4:
            assert kept or packed[0] >= 224 or packed[3] in (0, 255)
        if len(packed) == 16 and address_class(text) in ("public", "private", "link-local"):
            assert found not in seen or not any(packed[8:])
    assert len({new.ip(packed) for packed in seen}) == len(seen)


def test_neighbours_stay_neighbours() -> None:
    texts = (
        "192.168.77.1",
        "192.168.77.254",
        "192.168.78.1",
        "203.0.9.1",
        "203.0.9.2",
        "203.7.1.1",
    )
    new = Addresses(KEY, {ip_address(text).packed for text in texts})
    a, b, c, d, e, f = (new.ip(ip_address(text).packed) for text in texts)
    assert a[:3] == b[:3] != c[:3]
    assert d[:3] == e[:3]
    assert d[:1] == f[:1]
    assert d[:2] != f[:2]
    six = [new.ip(ip_address(f"2a02:8106:3c::{host}").packed) for host in ("1f", "2e")]
    assert six[0][:8] == six[1][:8]


@pytest.mark.parametrize(
    "text", ["239.255.255.250", "255.255.255.255", "127.0.0.1", "0.0.0.0", "ff02::c", "::1", "::"]
)
def test_addresses_of_nobody_are_kept(text: str) -> None:
    packed = ip_address(text).packed
    assert Addresses(KEY, {packed}).ip(packed) == packed


def test_link_addresses_keep_maker_and_kind_together() -> None:
    new = Addresses(KEY)
    one, two, other, local = (
        new.link(bytes.fromhex(text))
        for text in ("001a2b000001", "001a2b000002", "001a2c000001", "021a2b000001")
    )
    assert one[:3] == two[:3] != other[:3]
    assert one[3:] != two[3:]
    assert [found[0] & 3 for found in (one, two, other, local)] == [0, 0, 0, 2]
    for kept in ("ffffffffffff", "01005e7ffffa", "000000000000"):
        assert new.link(bytes.fromhex(kept)).hex() == kept


SUBSTITUTES = Substitutes(KEY, Addresses(KEY))


@given(st.binary(max_size=300))
@settings(deadline=None, max_examples=150)
def test_text_is_as_long_whatever_it_is(data: bytes) -> None:
    assert len(SUBSTITUTES.text(data)) == len(data)
    assert len(datagram_text(data, SUBSTITUTES)) == len(data)
    for head in (b"", b"HTTP/1.1 200 OK\r\nTRANSFER-ENCODING: chunked\r\n\r\n"):
        assert len(stream_text(head + data, SUBSTITUTES)) == len(head + data)


KEPT_TEXTS = (
    b"HTTP/1.1 200 OK",
    b"M-SEARCH * HTTP/1.1\r\nMX: 3\r\n",
    b"CACHE-CONTROL: max-age=1800",
    b"TIMEOUT: Second-300",
    b"SERVER: Linux/3.2.40 UPnP/1.1 MiniUPnPd/2.3.1",
    b"ST: urn:schemas-upnp-org:device:InternetGatewayDevice:2",
    b"<NewExternalPort>8080</NewExternalPort>",
    b"DATE: Fri, 20 Nov 2026 17:29:05 GMT",
    b'<?xml version="1.0" encoding="utf-8"?>',
)
REPLACED = (
    (b"/server/12345678", b"12345678"),
    (b"http://user:4711@", b"4711"),
    (b"://192.0.2.1:1234567", b"1234567"),
    (b"urn:x:device:y:12345678", b"12345678"),
    (b"<serialNumber>17</serialNumber>", b">17<"),
    (b"max-age=123456789012345", b"123456789012345"),
    (b"Linux/1234567890123", b"1234567890123"),
    (b"caf\xc3\xa9", b"\xc3\xa9"),
    (b"1.2.3", b"1.2.3"),
)


@pytest.mark.parametrize("text", KEPT_TEXTS)
def test_what_is_kept(text: bytes) -> None:
    assert SUBSTITUTES.text(text) == text


@pytest.mark.parametrize(("text", "part"), REPLACED)
def test_what_is_replaced(text: bytes, part: bytes) -> None:
    assert part in text
    assert part not in SUBSTITUTES.text(text)


def test_one_value_has_one_substitute_in_whatever_case() -> None:
    text = SUBSTITUTES.text(b"Zacharias ZACHARIAS zacharias")
    one, two, three = text.split()
    assert one.lower() == two.lower() == three.lower()
    assert two.isupper()
    assert one.istitle()


def test_bytes_sent_again_differently_become_zeros() -> None:
    direction = Direction(0)
    direction.pieces = [(0, b"abcd"), (2, b"XYef"), (9, b"late")]
    direction.settle()
    assert [(start, data) for start, data, _ in direction.runs] == [(0, b"abcdef"), (9, b"late")]
    direction.substitute(bytes.upper)
    assert direction.payload(1, b"bcd") == b"BCD"
    assert direction.payload(2, b"XYef") == bytes(4)
    assert direction.payload(9, b"late") == b"LATE"
    assert direction.payload(5, b"fgh") == direction.payload(-3, b"zzz") == bytes(3)


def test_what_follows_a_loss_is_zeroed_until_a_message_begins(tmp_path: Path) -> None:
    ends = ip_address("192.0.2.10").packed, ip_address("192.0.2.17").packed
    talk = Conversation(addresses=ends).open()
    head = b"NOTIFY /secretpath HTTP/1.1\r\nHOST: 192.0.2.17:49152\r\nNT: upnp:event\r\n"
    talk.send(
        0, head + b"NTS: upnp:propchange\r\nSID: uuid:x\r\nCONTENT-LENGTH: 999\r\n\r\n<e>"
    ).send(0, b"lost" * 20)
    talk.send(0, b"Zacharias <b>")
    segments = [one for one in talk.segments if not one.payload.startswith(b"lost")]
    path, out = tmp_path / "a.pcap", tmp_path / "o.pcapng"
    path.write_bytes(pcap([tcp_frame(one, bytes(12)) for one in segments]))
    anonymize_frames(path, out)
    *_, before, after = [packet.data[54:] for packet in packets(out)]
    assert before.startswith(b"NOTIFY /")
    assert before.endswith(b"<" + before[-2:-1] + b">")
    assert after == bytes(len(after)) != b""


@pytest.mark.parametrize("link", [*DIRECT, *THROUGH_SCAPY], ids=lambda link: link.name)
def test_any_link_layer_is_rewritten_or_left_out(link: Link, tmp_path: Path) -> None:
    path, out = tmp_path / "a.pcap", tmp_path / "o.pcapng"
    path.write_bytes(pcap([link.frame], link_type=link.link_type))
    result = anonymize_frames(path, out)
    assert result.frames + result.left_out == 1
    uuid = ALIVE[ALIVE.index(b"USN: ") + 5 :][:20]
    assert uuid in link.frame
    assert uuid not in out.read_bytes()
    if result.frames:
        (packet,) = packets(out)
        assert len(packet.data) == len(link.frame)


def test_fragments_are_zeroed_behind_their_header(tmp_path: Path) -> None:
    path, out = tmp_path / "a.pcap", tmp_path / "o.pcapng"
    path.write_bytes(pcap([ethernet(part) for part in fragments(udp(id=7), 96)]))
    anonymize_frames(path, out)
    assert [packet.data[34:] for packet in packets(out)] == [
        bytes(len(packet.data) - 34) for packet in packets(out)
    ]
    assert len(packets(out)) > 2


@pytest.mark.parametrize("seed", range(12))
def test_bytes_gone_wrong_anywhere_raise_nothing_else(seed: int, tmp_path: Path) -> None:
    random = Random(seed)
    name = random.choice(["igd2-session.pcap", "discovery.pcapng", "cooked.pcap", "ipv6.pcap"])
    data = bytearray(CAPTURES[name].read_bytes()[:60_000])
    for _ in range(random.choice([3, 60, 600])):
        data[random.randrange(24, len(data))] = random.randrange(256)
    path, out = tmp_path / "a", tmp_path / "o"
    path.write_bytes(data)
    with suppress(CaptureError):
        anonymize_frames(path, out)
    if out.exists():
        assert b"192.168.77." not in out.read_bytes()


def test_cut_and_unreadable_files(tmp_path: Path) -> None:
    cut, none, out = (tmp_path / name for name in ("cut.pcap", "none.pcap", "o.pcapng"))
    cut.write_bytes(pcap([ethernet(), small(1), ethernet()])[:-1])
    none.write_bytes(b"nothing")
    with pytest.raises(CaptureError) as raised:
        anonymize_frames([none, cut], out)
    assert [row.extracted for row in raised.value.partial.captures] == [1]
    assert len(packets(out)) == 1


NO_TEXT = {
    "packed": (b"CONTENT-ENCODING: gzip\r\n", b"<root>packed as it says</root>"),
    "picture": (b"CONTENT-TYPE: image/png\r\n", b"\x89PNG Zacharias"),
    "UTF-16": (b"", "<root>Zacharias</root>".encode("utf-16")),
    "binary that begins like XML": (b"", b"<root>\0Zacharias"),
}


@pytest.mark.parametrize("name", NO_TEXT)
def test_content_that_is_no_text_becomes_zeros(name: str) -> None:
    header, body = NO_TEXT[name]
    head = b"HTTP/1.1 200 OK\r\n%sCONTENT-LENGTH: %d\r\n\r\n" % (header, len(body))
    next_one = b"HTTP/1.1 204 No Content\r\n\r\n"
    found = stream_text(head + body + next_one, SUBSTITUTES)
    assert found[len(head) : len(head) + len(body)] == bytes(len(body))
    assert found.endswith(b"\r\n\r\n")
    assert found[len(head) + len(body) :].startswith(b"HTTP/1.1 204 No ")
