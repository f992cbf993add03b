"""The frames of rows as Scapy packets, and rows by frame."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.capture.compressed import COMPRESS
from tests.capture.packets import small
from tests.capture.pcap_writer import pcap
from tests.cli.command import PCAPS
from tests.forensics.packets import CLIENT, DEVICE, Sent, alive, response, search, write
from upnpscapy import analyze
from upnpscapy.capture import reader, source
from upnpscapy.capture.reader import CaptureReader, Mark, read_chosen_frames, read_frames
from upnpscapy.capture.source import Source
from upnpscapy.forensics import case as case_module
from upnpscapy.forensics.case import Case
from upnpscapy.forensics.row_frames import frames_of_row
from upnpscapy.forensics.rules import RULES
from upnpscapy.forensics.tables import TABLES, rule_table

WHOLE = str(PCAPS / "whole-story.pcap")


@pytest.fixture(scope="module")
def whole() -> Case:
    return analyze(WHOLE)


def packed(packets: Any) -> list[bytes]:
    return [bytes(packet) for packet in packets]


def test_packets_of_every_row_are_its_frames(whole: Case) -> None:
    for name in TABLES:
        for row in list(getattr(whole, name))[:5]:
            numbers = sorted({frame for _, frame in frames_of_row(row)})
            expected = [whole.packet(number) for number in numbers]
            packets = whole.packets(row)
            assert packed(packets) == packed(expected)
            assert [packet.time for packet in packets] == [packet.time for packet in expected]
            assert packets or name == "captures"


def test_rows_have_the_frames_that_they_show(whole: Case) -> None:
    (mapping, *_) = whole.mappings
    assert [frame for _, frame in frames_of_row(mapping)] == list(mapping.frames)
    for finding in whole.findings:
        assert {frame for _, frame in frames_of_row(finding)} == set(finding.frames)
    (asked, *_) = whole.searches
    wanted = {asked.frame, *asked.replies, *asked.late_replies}
    assert {frame for _, frame in frames_of_row(asked)} == wanted


def test_packets_of_several_rows_come_in_order_and_once(whole: Case) -> None:
    call, device = whole.calls[0], whole.devices[0]
    together = whole.packets(call, device, call)
    times = [packet.time for packet in together]
    assert times == sorted(times)
    assert len(together) == len({*frames_of_row(call), *frames_of_row(device)})
    assert len(whole.packets()) == 0


def test_very_many_packets_are_cut_and_the_name_says_so(
    whole: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(case_module, "MAX_PACKETS", 3)
    packets = whole.packets(*whole.messages)
    assert len(packets) == 3
    assert packets.listname == "3 of 84 frames"


def test_packets_of_joined_and_of_several_files(tmp_path: Path) -> None:
    one = write(tmp_path / "1.pcap", [Sent(search(), 0, CLIENT, 50000)])
    two = write(tmp_path / "2.pcap", [Sent(response(), 1, DEVICE, 1900, CLIENT, 50000)])
    joined = analyze([one, two], join=True)
    (asked,) = joined.searches
    assert list(frames_of_row(asked)) == [(one, 1), (two, 1)]
    assert packed(joined.packets(asked)) == packed([joined.packet(one, 1), joined.packet(two, 1)])
    assert len(joined.searches.at(1, two)) == len(joined.searches.at(1, one)) == 1
    apart = analyze([one, two])
    assert len(apart.packets(*apart.messages)) == 2
    assert [row.capture for row in apart.messages.at(1, two)] == [two]
    with pytest.raises(KeyError):
        analyze(one).packets(*apart.messages)


def test_rows_at_a_frame(whole: Case) -> None:
    (call,) = whole.calls.at(309)
    assert call.action == "AddPortMapping"
    assert [row.external_port for row in whole.mappings.at(309)] == [8443]
    assert whole.exchanges.at(313)[0].response_frame == 313
    assert "sensitive-port-mapping" in {row.rule.id for row in whole.findings.at(309)}
    assert not whole.calls.at(10_000)


def test_rows_by_key(whole: Case) -> None:
    for device in whole.devices:
        assert whole.devices[device.udn] is device
    assert whole.services["WANIPConn1"].service_type == (
        "urn:schemas-upnp-org:service:WANIPConnection:2"
    )
    assert whole.captures[WHOLE].frames == 668
    assert rule_table(lambda: RULES)["upnproxy"].severity == "CRITICAL"
    with pytest.raises(KeyError):
        whole.devices["uuid:none"]


FRAMES = [small(number) for number in range(300)]
KINDS = {"pcap": pcap(FRAMES), "gzip": COMPRESS["gzip"](pcap(FRAMES))}


@pytest.fixture(params=KINDS)
def marked(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> tuple[Path, list[Mark]]:
    monkeypatch.setattr(source, "CHUNK", 64)
    monkeypatch.setattr(reader, "CHUNK", 64)
    path = tmp_path / "capture"
    path.write_bytes(KINDS[request.param])
    with Source(path) as opened:
        found = CaptureReader(opened)
        for _ in found.batches():
            pass
    assert len(found.marks) > 5
    return path, found.marks


@settings(
    deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.sets(st.integers(1, 320), max_size=20))
def test_numbered_frames_are_those_of_one_reading(
    marked: tuple[Path, list[Mark]], numbers: set[int]
) -> None:
    path, marks = marked
    expected = [frame for frame in read_frames(path) if frame.number in numbers]
    assert list(read_chosen_frames(path, numbers, marks)) == expected
    assert list(read_chosen_frames(path, numbers)) == expected


def test_what_lies_between_is_not_read(
    marked: tuple[Path, list[Mark]], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, marks = marked
    if path.read_bytes()[:2] == b"\x1f\x8b":
        pytest.skip("a compressed file is read from its start")
    read = 0
    gather = reader._gather

    def count(data: bytes, chunks: Any, wanted: int) -> bytes:
        nonlocal read
        read += 1
        return gather(data, chunks, wanted)

    monkeypatch.setattr(reader, "_gather", count)
    assert len(list(read_chosen_frames(path, [1, 299], marks))) == 2
    assert read < 60


def test_flood_is_bounded(tmp_path: Path) -> None:
    sent = [Sent(alive(), number / 100) for number in range(1000)]
    case = analyze(write(tmp_path / "a.pcap", sent))
    assert len(case.packets(case.devices[0])) == 257
