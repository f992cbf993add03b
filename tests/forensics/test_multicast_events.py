"""Events to the multicast group of UDA 2.0, 4.3.3: rows of ``events``, and no discovery."""

from __future__ import annotations

import json
from io import BytesIO
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.forensics.gateways import GATEWAY, UDN, Wire, device, get, ok, root, scpd, service
from tests.forensics.packets import Sent, pcap
from upnpscapy import analyze
from upnpscapy.forensics.controlling import control
from upnpscapy.forensics.controlling.event_facts import EVENT_COLUMNS
from upnpscapy.forensics.defect_catalogues import CATALOGUES

GROUP = "239.255.255.246"


def event(
    value: str = "7", host: str = f"{GROUP}:7900", seq: int = 4, name: str = "NoAlarms"
) -> bytes:
    body = (
        '<e:propertyset xmlns:e="urn:schemas-upnp-org:event-1-0">'
        f"<e:property><{name}>{value}</{name}></e:property></e:propertyset>"
    )
    return (
        f"NOTIFY * HTTP/1.1\r\nHOST: {host}\r\n"
        'CONTENT-TYPE: text/xml; charset="utf-8"\r\n'
        f"USN: {UDN}::urn:schemas-upnp-org:service:WANIPConnection:1\r\n"
        "SVCID: urn:upnp-org:serviceId:WANIPConn1\r\nNT: upnp:event\r\nNTS: upnp:propchange\r\n"
        f"SEQ: {seq}\r\nLVL: upnp:/info\r\nBOOTID.UPNP.ORG: 9\r\n"
        f"CONTENT-LENGTH: {len(body)}\r\n\r\n{body}"
    ).encode()


def test_a_multicast_event_is_an_event_and_no_message(tmp_path: Path) -> None:
    case = Wire().announce("http://a/").send(event(), (GROUP, 7900)).read(tmp_path)
    assert [row.frame for row in case.messages] == [1]
    (row,) = case.events.to_dicts()
    assert row == {
        "capture": str(tmp_path / "gateway.pcap"),
        "frame": 2,
        "time": "1970-01-01T00:00:00.002000000Z",
        "publisher": GATEWAY,
        "subscriber": GROUP,
        "sid": None,
        "seq": 4,
        "properties": [["NoAlarms", "7"]],
    }
    json.dumps(row)
    (found,) = case.events
    assert (found.event.kind, found.event.level, found.event.boot_id) == (
        "multicast",
        "upnp:/info",
        9,
    )
    assert (found.defects, found.complete, found.status, found.exchange) == ([], True, None, None)
    assert found.frames == [2]
    assert found.filter == f"ip.src == {GATEWAY} && udp.dstport == 7900"
    assert found.involves(GATEWAY)
    assert found.involves(GROUP)


def test_it_is_typed_by_the_scpd_of_its_device(tmp_path: Path) -> None:
    variable = "<stateVariable><name>NoAlarms</name><dataType>ui1</dataType></stateVariable>"
    description = root(device("X", service("WANIPConn1", "/ctl")))
    wire = Wire().send(event("300"), (GROUP, 7900)).talk((get("/d.xml"), ok(description)))
    case = wire.talk((get("/WANIPConn1.xml"), ok(scpd("A", (), variable)))).read(tmp_path)
    (found,) = case.events
    typed = found.typed_properties
    assert typed is not None
    assert typed.arguments == (("NoAlarms", 300, "beyond-type"),)
    assert found.defects == ["property-beyond-type"]
    assert found.service is case.services[0]


def read(tmp_path: Path, *sent: Sent) -> list[tuple[object, ...]]:
    path = tmp_path / "a.pcap"
    path.write_bytes(pcap(sent))
    return [(row.publisher, row.subscriber, row.seq) for row in analyze(path).events]


def test_events_over_ipv6(tmp_path: Path) -> None:
    payload = event(host="[ff02::130]:7900")
    sent = Sent(payload, src="fe80::1", sport=50000, dst="ff02::130", dport=7900)
    assert read(tmp_path, sent) == [("fe80::1", "ff02::130", 4)]


@pytest.mark.parametrize(
    ("payload", "events"),
    [
        (event(), 1),
        (event().replace(b"upnp:propchange", b"UPNP:PropChange"), 1),
        (event()[:-30], 1),
        (event().replace(b"upnp:propchange", b"ssdp:alive"), 0),
        (b"NOTIFY * HTTP/1.1\r\n\r\n", 0),
        (b"M-SEARCH * HTTP/1.1\r\nNTS: upnp:propchange\r\n\r\n", 0),
        (b"\0" * 40, 0),
    ],
)
def test_what_counts_is_the_content(payload: bytes, events: int, tmp_path: Path) -> None:
    assert len(read(tmp_path, Sent(payload, dst=GROUP, dport=7900))) == events


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(event())), st.binary(max_size=9))
def test_any_damage_can_be_read(at: int, damage: bytes) -> None:
    payload = event()[:at] + damage + event()[at + len(damage) :]
    for row in analyze(BytesIO(pcap([Sent(payload, dst=GROUP, dport=7900)]))).events:
        json.dumps([row.column(name) for name in EVENT_COLUMNS])
        assert CATALOGUES["events"].keys() >= set(row.defects)


def test_to_the_port_of_discovery_it_is_an_event_and_a_datagram_there(tmp_path: Path) -> None:
    payload = event(host="239.255.255.250:1900")
    case = Wire().send(payload).read(tmp_path)
    assert [row.kind for row in case.messages] == ["other"]
    assert [(row.subscriber, row.defects) for row in case.events] == [
        ("239.255.255.250", ["event-host"])
    ]


def test_truncated_event_says_so(tmp_path: Path) -> None:
    frame = Sent(event(), dst=GROUP, dport=7900).frame
    whole = pcap([Sent(event(), dst=GROUP, dport=7900)])
    cut = len(frame) - 25
    head = whole[:32] + cut.to_bytes(4, "little") + len(frame).to_bytes(4, "little")
    (tmp_path / "a.pcap").write_bytes(head + frame[:cut])
    (found,) = analyze(tmp_path / "a.pcap").events
    assert (found.complete, found.defects) == (False, ["bytes-missing"])


def test_frames_of_joined_files(tmp_path: Path) -> None:
    for number in (1, 2):
        sent = Sent(event(seq=number), at=number, dst=GROUP, dport=7900)
        (tmp_path / f"{number}.pcap").write_bytes(pcap([sent]))
    paths = [tmp_path / "2.pcap", tmp_path / "1.pcap"]
    rows = list(analyze(paths, join=True).events.to_dicts())
    assert [(row["capture"], row["frame"], row["seq"]) for row in rows] == [
        (str(tmp_path / "1.pcap"), 1, 1),
        (str(tmp_path / "2.pcap"), 1, 2),
    ]


def test_beside_events_of_subscribers_they_are_in_frame_order(tmp_path: Path) -> None:
    sent = [Sent(event(seq=number), number, dst=GROUP, dport=7900) for number in (3, 1, 2)]
    assert [seq for _, _, seq in read(tmp_path, *sent)] == [3, 1, 2]


def test_too_many_are_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "MAX_EVENTS", 1)
    path = tmp_path / "a.pcap"
    path.write_bytes(pcap([Sent(event(seq=at), at, dst=GROUP, dport=7900) for at in range(3)]))
    case = analyze(path)
    assert len(case.events) == 1
    assert case.captures[0].limits == ["2 calls, subscriptions and events beyond those kept"]


def test_without_http_there_are_none(tmp_path: Path) -> None:
    path = tmp_path / "a.pcap"
    path.write_bytes(pcap([Sent(event(), dst=GROUP, dport=7900)]))
    assert len(analyze(path, http=False).events) == 0
