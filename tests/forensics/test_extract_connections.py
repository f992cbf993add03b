"""Connections are extracted whole, and no others: reuse, endpoints, fragments, selections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from ipaddress import ip_address
from pathlib import Path
from struct import pack

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.capture.conversation import Conversation, get, response
from tests.capture.packets import small
from tests.forensics.descriptions import device_xml, root_xml, service_xml
from tests.forensics.extracting import (
    ALIVE_FRAME,
    START_NS,
    capture,
    frame,
    frames_of,
    packets,
    tcp,
)
from tests.forensics.packets import Sent, alive
from upnpscapy.capture.segments import ACK, RST, SYN, Segment
from upnpscapy.forensics.extract import connections, pick, readers
from upnpscapy.forensics.extract.connections import Connections, connection_key
from upnpscapy.forensics.extract.frames import extract_frames
from upnpscapy.forensics.extract.marks import FrameMarks
from upnpscapy.forensics.selection import Selection

TLS = b"\x16\x03\x01\x02\0\1\0\1\xfc\x03\x03" + bytes(200)
DESCRIPTION = root_xml(device_xml("uuid:lamp", services=service_xml()))
SUBSCRIBE = b"SUBSCRIBE /ev HTTP/1.1\r\nHOST: 192.0.2.17:49152\r\nCALLBACK: <http://a/>\r\n\r\n"


def described(**more: object) -> Conversation:
    """A fetch of a description, with all that goes with a connection."""
    talk = Conversation(**more).open()  # type: ignore[arg-type]
    talk.send(0, get()).send(1)
    talk.segments.append(talk.segments[-2])  # sent again
    talk.send(1, response(DESCRIPTION), size=500).send(0).send(0).close()
    return talk.send(0, flags=RST | ACK)


def web(ports: tuple[int, int] = (40001, 8080), **more: object) -> Conversation:
    """A page that has nothing to do with UPnP."""
    talk = Conversation(ports=ports, **more).open()  # type: ignore[arg-type]
    return talk.ask(get("/index.html"), response(b"<html></html>")).close()


def foreign(
    ports: tuple[int, int] = (40000, 49152), isns: tuple[int, int] = (9, 9)
) -> Conversation:
    talk = Conversation(isns=isns, ports=ports).open()
    return talk.send(0, TLS).send(1, TLS).send(0).close()


def numbers(*parts: tuple[list[Segment], bool]) -> tuple[list[Segment], list[int]]:
    """The segments of all parts, and the numbers of the frames of those that belong."""
    shots: list[Segment] = []
    belong: list[int] = []
    for segments, belongs in parts:
        if belongs:
            belong += range(len(shots) + 1, len(shots) + len(segments) + 1)
        shots += segments
    return shots, belong


FAR = (9_000_000, 70_000_000)
"""Sequence numbers that no living connection of the others has."""

CASES = {
    "alone": ((described(), True),),
    "among others": ((web(), False), (described(), True), (foreign((1, 2)), False)),
    "foreign before on its ports": ((foreign(), False), (described(isns=FAR), True)),
    "foreign after on its ports": ((described(), True), (foreign(isns=FAR), False)),
    "between two foreign ones": (
        (foreign(), False),
        (described(isns=FAR), True),
        (foreign(isns=(400_000_000, 300_000_000)), False),
    ),
    "twice, a page between": (
        (described(), True),
        (web((40000, 49152), isns=FAR), False),
        (described(isns=(400_000_000, 300_000_000)), True),
    ),
    "begun before the capture": ((Conversation().ask(get(), response(DESCRIPTION)), True),),
    "only the response": (
        (Conversation().send(0).send(1, response(DESCRIPTION)).send(0), True),
    ),
    "events": (
        (Conversation(ports=(5, 6)).open().ask(SUBSCRIBE, response()).close(), True),
    ),
    "an icon that nobody names": (
        (web((5, 6)), False),
        (Conversation(ports=(7, 8)).open().ask(get("/i.png"), response()).close(), False),
    ),
}  # fmt: skip


@pytest.mark.parametrize("vlan", [None, 20])
@pytest.mark.parametrize("name", CASES)
def test_connection_is_whole_and_reuse_of_its_ports_is_another(
    name: str, vlan: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The endpoints of descriptions aside: what each connection carried decides.
    monkeypatch.setattr(connections, "MAX_ENDPOINTS", 0)
    shots, belong = numbers(*[(talk.segments, belongs) for talk, belongs in CASES[name]])
    path = capture(tmp_path / "a.pcap", [frame(tcp(shot), vlan) for shot in shots])
    assert frames_of(path, tmp_path / "o.pcapng") == belong


def test_what_goes_to_a_location_belongs_whatever_it_is(tmp_path: Path) -> None:
    device = Conversation().addresses[1]
    stranger = ip_address("198.51.100.7").packed
    scan = Conversation(ports=(50000, 49152)).send(0, flags=SYN).put(1, 0, b"", RST | ACK)
    # The device's own port as that of a client: what it asks elsewhere is not meant.
    outward = Conversation(ports=(49152, 443), addresses=(device, stranger)).open().send(0, TLS)
    # Not seen to begin: the port alone tells.
    midway = Conversation(ports=(50002, 49152)).send(0, TLS).send(1, TLS)
    shots, belong = numbers(
        (foreign((50001, 49152)).segments, True),
        (foreign((50001, 49153)).segments, False),
        (scan.segments, True),
        (outward.segments, False),
        (midway.segments, True),
    )
    path = capture(tmp_path / "a.pcap", [*shots, ALIVE_FRAME])
    assert frames_of(path, tmp_path / "o.pcapng") == [*belong, len(shots) + 1]


URLS = {
    "LOCATION": ("http://192.0.2.17:49152/", True),
    "of TLS": ("https://192.0.2.17:49152/", True),
    "IPv6": ("http://[fe80::1%25eth0]:49152/", False),
    "other port": ("http://192.0.2.17/", False),
    "name": ("http://lamp.local:49152/", False),
    "other scheme": ("ftp://192.0.2.17:49152/", False),
    "no port": ("http://192.0.2.17:99999/", False),
    "nothing": ("", False),
    "bad": ("http://[192.0.2.17:49152", False),
}


@pytest.mark.parametrize("name", URLS)
def test_location_of_any_kind(name: str, tmp_path: Path) -> None:
    url, belongs = URLS[name]
    shots = foreign().segments
    path = capture(tmp_path / "a.pcap", [*shots, Sent(alive(LOCATION=url)).frame])
    everything = list(range(1, len(shots) + 2))
    assert frames_of(path, tmp_path / "o.pcapng") == (everything if belongs else everything[-1:])


def test_secure_location(tmp_path: Path) -> None:
    shots = foreign().segments
    secure: dict[str, str | None] = {"SECURELOCATION.UPNP.ORG": "https://192.0.2.17:49152/d"}
    path = capture(tmp_path / "a.pcap", [*shots, Sent(alive(more=secure)).frame])
    assert len(frames_of(path, tmp_path / "o.pcapng")) == len(shots) + 1


@pytest.mark.parametrize(
    "url",
    [
        "<presentationURL>http://192.0.2.17:7777/p</presentationURL>",
        "<presentationURL>http://lamp.local:7777/p</presentationURL>",
        "<iconList><icon><url>http://192.0.2.17:7777/p</url></icon></iconList>",
        service_xml(control="http://192.0.2.17:7777/c"),
        service_xml(scpd="http://192.0.2.17:7777/c"),
    ],
)
def test_what_goes_to_a_url_of_a_description_belongs(url: str, tmp_path: Path) -> None:
    place = "</serviceList>" if "<service>" in url else "<serviceList>"
    body = root_xml(device_xml("uuid:lamp").replace(place, url + place))
    ask = get().replace(b"192.0.2.17", b"lamp.local")
    talk = Conversation().open().ask(ask, response(body)).close()
    shots, belong = numbers(
        (foreign((50001, 7777)).segments, True),
        (foreign((50002, 7778)).segments, False),
        (talk.segments, True),
    )
    path = capture(tmp_path / "a.pcap", shots)
    assert frames_of(path, tmp_path / "o.pcapng") == belong


def _pieces(segment: Segment, size: int = 0) -> list[bytes]:
    """The packet of a segment as fragments, four unless their size is given."""
    packet = tcp(segment)
    head, payload = packet[:20], packet[20:]
    size = size or (len(payload) // 32 + 1) * 8
    found = []
    for at in range(0, len(payload), size):
        piece, more = payload[at : at + size], at + size < len(payload)
        place = pack(">HHH", 20 + len(piece), 77, at // 8 | (0x2000 if more else 0))
        found.append(frame(head[:2] + place + head[8:] + piece))
    return found


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 2, 1, 0], [1, 0, 3, 2], [1, 2, 3, 0]])
@pytest.mark.parametrize("named", [False, True])
def test_fragments_of_its_segments_in_any_order(
    order: list[int], named: bool, tmp_path: Path
) -> None:
    """``named``: the endpoint alone tells that they belong."""
    body = b"<html>" * 150 if named else DESCRIPTION
    segments = Conversation().open().ask(get(), response(body)).segments
    place = next(index for index, one in enumerate(segments) if one.payload.startswith(b"HTTP"))
    pieces = _pieces(segments[place])
    assert len(pieces) == 4
    other = _pieces(web().segments[5]._replace(source=b"\1\2\3\4", payload=bytes(900)))
    assert len(other) == 4
    shots: list[Segment | bytes] = [*segments[:place]]
    for index in order:
        shots += [pieces[index], other[index]]
    count = len(shots)
    belong = [*range(1, place + 1), *range(place + 1, count + 1, 2)]
    shots += [*segments[place + 1 :], *([ALIVE_FRAME] if named else [])]
    belong += range(count + 1, len(shots) + 1)
    path = capture(tmp_path / "a.pcap", shots)
    assert frames_of(path, tmp_path / "o.pcapng") == belong


def test_fragment_of_a_segment_that_is_never_whole(tmp_path: Path) -> None:
    segments = described().segments
    place = next(index for index, one in enumerate(segments) if len(one.payload) == 500)
    pieces = _pieces(segments[place])
    shots: list[Segment | bytes] = [*segments[:place], *pieces[:-1], *segments[place:]]
    path = capture(tmp_path / "a.pcap", shots)
    assert frames_of(path, tmp_path / "o.pcapng") == list(range(1, len(shots) + 1))


def test_joined_connection_goes_on_in_the_next_file(tmp_path: Path) -> None:
    segments = described().segments
    one = capture(tmp_path / "a.pcap", [small(1), *segments[:4]])
    rest = [frame(tcp(segment)) for segment in segments[4:]]
    two = capture(tmp_path / "b.pcap", [*rest, small(2)])
    data = two.read_bytes()
    two.write_bytes(data[:24] + later(data[24:]))
    out = tmp_path / "o.pcapng"
    extract_frames([two, one], out, join=True)
    assert [packet.origin for packet in packets(out)] == [
        *[(str(one), number) for number in range(2, 6)],
        *[(str(two), number) for number in range(1, len(rest) + 1)],
    ]


def later(records: bytes) -> bytes:
    """Records a second later."""
    found, at = b"", 0
    while at < len(records):
        seconds, size = (int.from_bytes(records[at + i : at + i + 4], "little") for i in (0, 8))
        found += pack("<I", seconds + 1) + records[at + 4 : at + 16 + size]
        at += 16 + size
    return found


@pytest.fixture
def two_devices(tmp_path: Path) -> tuple[Path, dict[str, list[int]]]:
    """Two devices announce themselves and are asked, one of them later; a page of the first."""
    other = ip_address("192.0.2.18").packed
    client = Conversation().addresses[0]
    second = Conversation(addresses=(client, other)).open().ask(get(), response(
        root_xml(device_xml("uuid:fan"))
    )).close()  # fmt: skip
    event = b"NOTIFY /cb HTTP/1.1\r\nHOST: 192.0.2.10:7000\r\nNT: upnp:event\r\n\r\n"
    told = Conversation(ports=(3333, 7000), addresses=(other, client)).open()
    told.ask(event, response()).close()
    shots: list[Segment | bytes] = []
    parts: dict[str, list[int]] = {}
    told_of: dict[str, Sequence[Segment | bytes]] = {
        "lamp alive": [ALIVE_FRAME],
        "lamp": described().segments,
        "page": web((41000, 49152)).segments,
        "fan alive": [Sent(alive(udn="uuid:fan", LOCATION="http://192.0.2.18:49152/")).frame],
        "fan": second.segments,
        "event": told.segments,
    }
    for name, segments in told_of.items():
        parts[name] = list(range(len(shots) + 1, len(shots) + len(segments) + 1))
        shots += segments
    return capture(tmp_path / "a.pcap", shots), parts


def _time(number: int) -> int:
    return START_NS + (number - 1) * 1_000_000


SELECTIONS = {
    "all": (Selection(), "lamp alive,lamp,page,fan alive,fan,event"),
    "one host": (Selection(host="192.0.2.18"), "fan,event"),
    "both hosts": (Selection(host="192.0.2.10"), "lamp,page,fan,event"),
    "no host": (Selection(host="192.0.2.99"), ""),
    "UDN": (Selection(udn="uuid:lamp"), "lamp alive,lamp,page"),
    "other UDN": (Selection(udn="FAN"), "fan alive,fan,event"),
    "UDN and host": (Selection(udn="uuid:fan", host="192.0.2.17"), ""),
    "no UDN": (Selection(udn="uuid:none"), ""),
}


@pytest.mark.parametrize("name", SELECTIONS)
def test_selection(
    name: str, two_devices: tuple[Path, dict[str, list[int]]], tmp_path: Path
) -> None:
    path, parts = two_devices
    chosen, expected = SELECTIONS[name]
    belong = [number for part in expected.split(",") if part for number in parts[part]]
    found = frames_of(path, tmp_path / "o.pcapng", selection=chosen)
    # The announcements in this capture are sent by other addresses than they name.
    alive_too = {*parts["lamp alive"], *parts["fan alive"]} if chosen.host else set()
    assert [number for number in found if number not in alive_too] == belong


def test_selection_by_time_takes_connections_whole(
    two_devices: tuple[Path, dict[str, list[int]]], tmp_path: Path
) -> None:
    path, parts = two_devices
    (last,) = parts["fan alive"]
    asked = parts["fan"][3]  # behind the handshake
    chosen = Selection(since_ns=_time(last), until_ns=_time(asked))
    found = frames_of(path, tmp_path / "o.pcapng", selection=chosen)
    assert found == [last, *parts["fan"]]
    before = replace(chosen, until_ns=_time(asked) - 1)
    assert frames_of(path, tmp_path / "p.pcapng", selection=before) == [last]


def test_no_more_is_kept_than_the_bounds_allow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "MAX_SPANS", 1)
    monkeypatch.setattr(connections, "MAX_ENDPOINTS", 0)
    monkeypatch.setattr(connections, "MAX_STARTS", 4)
    monkeypatch.setattr(pick, "MAX_VERDICTS", 4)
    monkeypatch.setattr(pick, "MAX_SHARED", 1)
    monkeypatch.setattr(readers, "MAX_EARLY", 0)
    first, second = described(), described(ports=(40009, 49152))
    strangers = [foreign((number, 9)).segments for number in range(20)]
    shots, belong = numbers(
        *[(segments, False) for segments in strangers],
        (first.segments, True),
        *[(segments, False) for segments in strangers],
        (second.segments, False),
    )
    path = capture(tmp_path / "a.pcap", [*shots, *reversed(_pieces(web().segments[5], 16))])
    result = extract_frames(path, tmp_path / "o.pcapng")
    assert [packet.origin[1] for packet in packets(tmp_path / "o.pcapng")] == belong
    words = " ".join(result.captures[0].limits)
    assert "1 connections beyond" in words
    assert "URLs beyond" in words
    assert "fragments of segments left out" in words


@given(
    st.sets(st.integers(1, 300_000), max_size=60), st.integers(1, 300_000), st.integers(0, 70_000)
)
def test_marks_are_a_set(numbers: set[int], first: int, size: int) -> None:
    base = 3 << 40
    marks = FrameMarks()
    for number in numbers:
        marks.add(base + number)
    found = list(marks.within(base + first, base + first + size))
    assert found == [base + n for n in sorted(numbers) if first <= n <= first + size]


def test_frames_between_two_ports_belong_from_begin_to_begin() -> None:
    key = connection_key(b"\1\2\3\4", 5, b"\1\2\3\3", 6)
    assert key == connection_key(b"\1\2\3\3", 6, b"\1\2\3\4", 5)
    connections = Connections()
    connections.carried(key, 7, b"server", b"", sure=True)
    for start in (10, 20, 30, 40):
        connections.begin(key, start)
    for number in (44, 22, 23):
        connections.carried(key, number, b"server", b"", sure=True)
    connections.begin(key, 50)
    assert len(connections.spans[key]) == 3
    found = [number for number in range(60) if connections.includes(key, number)]
    assert found == [*range(10), *range(20, 30), *range(40, 50)]
