"""What is discovery, by content and by the pending search; and what only looks like it."""

import pytest
from scapy.layers.dns import DNS, DNSQR
from scapy.layers.inet import ICMP, IP
from scapy.packet import Packet

from tests.capture.packets import ALIVE, GROUP, RESPONSE, SEARCH, SEARCHER, ethernet, udp
from tests.capture.pcap_writer import pcap
from tests.capture.reading import sightings
from upnpscapy.capture.sighting import Sighting

SECOND = 1_000_000_000
DEVICE = "192.0.2.17"

BARE_RESPONSE = b"HTTP/1.1 200 OK\r\nLOCATION: http://192.0.2.17/d.xml\r\n\r\n"
"""A reply without ST and USN: its content alone does not say SSDP."""


def messages(*packets: Packet | tuple[int, Packet]) -> list[Sighting]:
    shots = [(0, packet) if isinstance(packet, Packet) else packet for packet in packets]
    return sightings(pcap([(time_ns, ethernet(packet)) for time_ns, packet in shots]))


def kinds(*packets: Packet | tuple[int, Packet]) -> list[str]:
    return [message.kind for message in messages(*packets)]


def search(port: int = 50_000, payload: bytes = SEARCH) -> Packet:
    return udp(payload, src=SEARCHER, sport=port)


def reply(payload: bytes, to: int = 50_000, port: int = 37_565, dst: str = SEARCHER) -> Packet:
    return udp(payload, src=DEVICE, sport=port, dst=dst, dport=to)


@pytest.mark.parametrize("ports", [(1900, 1900), (50_000, 1900), (1900, 50_000), (40_000, 50_000)])
@pytest.mark.parametrize(
    ("payload", "kind"),
    [
        (SEARCH, "search"),
        (ALIVE, "alive"),
        (ALIVE.replace(b":alive", b":byebye"), "byebye"),
        (ALIVE.replace(b":alive", b":update"), "update"),
        (RESPONSE, "response"),
    ],
)
def test_messages_are_known_by_content_on_any_port(
    payload: bytes, kind: str, ports: tuple[int, int]
) -> None:
    assert kinds(udp(payload, sport=ports[0], dport=ports[1])) == [kind]


@pytest.mark.parametrize(
    "start",
    [b"\r\n", b"\0\0", b" ", b"\xef\xbb\xbf", b"\xef\xbb\xbf\r\n"],
    ids=["line end", "NULs", "blank", "byte order mark", "both"],
)
def test_what_stands_before_the_start_line_hides_nothing(start: bytes) -> None:
    assert kinds(udp(start + SEARCH, sport=40_000, dport=50_000)) == ["search"]


@pytest.mark.parametrize(
    "payload",
    [SEARCH.lower(), ALIVE.lower(), RESPONSE.lower(), RESPONSE.replace(b"HTTP", b"SSDP")],
    ids=["search", "notify", "http", "ssdp"],
)
def test_case_of_the_start_line_hides_nothing(payload: bytes) -> None:
    assert len(messages(udp(payload, sport=40_000, dport=50_000))) == 1


@pytest.mark.parametrize("port", [32_412, 32_414])
def test_plex_gdm_is_not_ssdp(port: int) -> None:
    for payload in (b"M-SEARCH * HTTP/1.0\r\n\r\n", b"M-SEARCH * HTTP/1.1\r\n\r\n"):
        asked = udp(payload, src=SEARCHER, dst="255.255.255.255", sport=50_000, dport=port)
        answer = (
            b"HTTP/1.0 200 OK\r\nContent-Type: plex/media-server\r\nName: Lamp\r\n"
            b"Port: 32400\r\nResource-Identifier: 1234\r\n\r\n"
        )
        answered = udp(answer, src=DEVICE, dst="192.0.2.99", sport=port, dport=50_000)
        assert messages(asked, answered) == []


def test_other_protocols_that_look_alike_are_not_ssdp() -> None:
    probe = b'<?xml version="1.0"?><Envelope><Body><Probe/></Body></Envelope>'
    query = bytes(DNS(rd=1, qd=DNSQR(qname="_services._dns-sd._udp.local")))
    web = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    assert (
        messages(
            udp(probe, sport=50_000, dport=3702),
            udp(query, sport=5353, dport=5353),
            udp(query, sport=50_000, dport=53),
            udp(web, sport=8080, dport=50_000),
            udp(b"NOTIFY sip:lamp@192.0.2.17 SIP/2.0\r\n\r\n", sport=5060, dport=5060),
            udp(b"NOTIFY * HTTP/1.1\r\nNT: upnp:event\r\n\r\n", sport=50_000, dport=7900),
        )
        == []
    )


@pytest.mark.parametrize(
    "payload",
    [
        b'<?xml version="1.0"?><Envelope><Body><Probe/></Body></Envelope>',
        bytes(DNS(rd=1, qd=DNSQR(qname="lamp.example"))),
        b"",
        b"\0",
        b"\xff" * 40,
        b"GET / HTTP/1.1\r\n\r\n",
    ],
    ids=["XML", "DNS", "nothing", "NUL", "noise", "GET"],
)
@pytest.mark.parametrize("ports", [(1900, 50_000), (50_000, 1900)], ids=["from", "to"])
def test_anything_on_the_port_is_listed_as_other(payload: bytes, ports: tuple[int, int]) -> None:
    assert kinds(udp(payload, sport=ports[0], dport=ports[1])) == ["other"]


def test_reply_without_names_belongs_to_a_pending_search() -> None:
    found = messages(search(), reply(BARE_RESPONSE))
    assert [(message.kind, message.frame) for message in found] == [("search", 1), ("response", 2)]
    assert "reply-port" in found[1].defects


@pytest.mark.parametrize(
    "packets",
    [
        [reply(BARE_RESPONSE)],
        [search(50_001), reply(BARE_RESPONSE)],
        [search(), reply(BARE_RESPONSE, dst="192.0.2.99")],
        [reply(BARE_RESPONSE), search()],
        [search(), (31 * SECOND, reply(BARE_RESPONSE))],
    ],
    ids=["none", "another port", "another host", "before it", "too late"],
)
def test_reply_without_names_and_search_is_not_listed(
    packets: list[Packet | tuple[int, Packet]],
) -> None:
    assert "response" not in kinds(*packets)


def test_reply_with_names_needs_no_search() -> None:
    assert kinds(reply(RESPONSE)) == ["response"]


def test_icmp_error_that_quotes_a_reply_is_none() -> None:
    error = IP(src=SEARCHER, dst=DEVICE) / ICMP(type=3, code=3) / reply(RESPONSE)
    assert kinds(search(), error) == ["search"]


def test_stray_words_in_a_payload_do_not_count() -> None:
    text = b"the words M-SEARCH * HTTP/1.1 and NOTIFY in the middle of something"
    assert messages(udp(text, sport=40_000, dport=50_000)) == []


def test_group_address_alone_does_not_count() -> None:
    assert messages(udp(b"hello", dst=GROUP, sport=40_000, dport=50_000)) == []


def test_equal_payloads_are_one_object() -> None:
    found = messages(*(udp(payload) for payload in (ALIVE, SEARCH, ALIVE, SEARCH, ALIVE)))
    for repeats in (found[::2], found[1::2]):
        assert len({id(one.payload) for one in repeats}) == 1
        assert len({id(one.ssdp) for one in repeats}) == 1
