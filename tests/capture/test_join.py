"""Several captures: independent, or one that was rotated."""

from pathlib import Path

import pytest

import upnpscapy
from tests.capture.packets import (
    ALIVE,
    RESPONSE,
    SEARCH,
    SEARCHER,
    ethernet,
    fragments,
    small,
    udp,
)
from tests.capture.pcap_writer import pcap
from tests.capture.pcapng_writer import LITTLE
from upnpscapy.errors import CaptureError
from upnpscapy.forensics.case import Case

SECOND = 1_000_000_000
START = 1_700_000_000 * SECOND

ASKED = ethernet(udp(SEARCH, src=SEARCHER, sport=50_000))
REPLY = ethernet(udp(RESPONSE, src="192.0.2.17", dst=SEARCHER, sport=1900, dport=50_000))
PARTS = [ethernet(part) for part in fragments(udp(id=7), 160)]


@pytest.fixture
def rotated(tmp_path: Path) -> list[Path]:
    """A search and its first reply; two more replies, of which one is late; a byebye."""
    byebye = ethernet(udp(ALIVE.replace(b":alive", b":byebye")))
    files = {
        "one.pcap": [(0, small(1)), (1, ASKED), (2, REPLY), (2, PARTS[0])],
        "two.pcapng": [(2, REPLY), (3, PARTS[1]), (9, REPLY)],
        "three.pcap": [(10, byebye)],
    }
    paths = []
    for name, shots in files.items():
        path = tmp_path / name
        timed = [(START + seconds * SECOND, frame) for seconds, frame in shots]
        if name.endswith("pcapng"):
            blocks = [LITTLE.enhanced(frame, time_ns // 1000) for time_ns, frame in timed]
            path.write_bytes(LITTLE.section() + LITTLE.interface() + b"".join(blocks))
        else:
            path.write_bytes(pcap(timed))
        paths.append(path)
    return paths


def check_joined(case: Case, paths: list[Path]) -> None:
    one, two, three = (str(path) for path in paths)
    assert [(row.capture, row.frame, row.kind) for row in case.messages] == [
        (one, 2, "search"),
        (one, 3, "response"),
        (two, 1, "response"),
        (two, 2, "alive"),
        (two, 3, "response"),
        (three, 1, "byebye"),
    ]
    (search,) = case.searches
    assert (search.frame, list(search.replies)) == (2, [3, f"{two}:1"])
    assert list(search.late_replies) == [f"{two}:3"]
    (device,) = case.devices
    assert device.column("state") == "byebye"
    assert device.column("frames") is not None


def test_searches_fragments_and_devices_go_on(rotated: list[Path]) -> None:
    check_joined(upnpscapy.analyze(rotated, join=True), rotated)


def test_order_on_the_command_line_does_not_matter(rotated: list[Path]) -> None:
    for order in (rotated[::-1], [rotated[1], rotated[2], rotated[0]]):
        check_joined(upnpscapy.analyze(order, join=True), rotated)


def test_files_that_are_not_joined_know_nothing_of_each_other(rotated: list[Path]) -> None:
    case = upnpscapy.analyze(rotated)
    one, two, three = (str(path) for path in rotated)
    assert [(row.capture, row.frame, row.kind) for row in case.messages] == [
        (one, 2, "search"),
        (one, 3, "response"),
        (two, 1, "response"),
        (two, 3, "response"),
        (three, 1, "byebye"),
    ]
    (search,) = case.searches
    assert (list(search.replies), list(search.late_replies)) == ([3], [])
    assert len(case.devices) == 3
    assert [row.capture for row in case.captures] == [one, two, three]


def test_frames_are_looked_up_by_file_and_number(rotated: list[Path]) -> None:
    case = upnpscapy.analyze(rotated, join=True)
    assert bytes(case.packet(str(rotated[0]), 2)) == ASKED
    assert bytes(case.packet(str(rotated[1]), 3)) == REPLY
    with pytest.raises(KeyError):
        case.packet(2)
    with pytest.raises(IndexError):
        case.packet(str(rotated[2]), 2)


@pytest.mark.parametrize("join", [False, True])
def test_file_that_cannot_be_read_does_not_stop_the_others(rotated: list[Path], join: bool) -> None:
    bad = rotated[0].with_name("bad.pcap")
    bad.write_bytes(b"GIF89a" * 9)
    gone = rotated[0].with_name("gone.pcap")
    with pytest.raises(CaptureError) as raised:
        upnpscapy.analyze([bad, rotated[0], gone, rotated[1]], join=join)
    case = raised.value.partial
    assert {error.path for error in case.errors} == {str(bad), str(gone)}
    assert [row.capture for row in case.captures] == [str(path) for path in rotated[:2]]


def test_cut_file_of_a_rotated_capture_is_read_to_the_cut(rotated: list[Path]) -> None:
    rotated[0].write_bytes(rotated[0].read_bytes()[:-10])
    case = upnpscapy.analyze(rotated, join=True)
    first, second, third = case.captures
    assert (first.incomplete, second.incomplete, third.incomplete) == (True, False, False)
    assert len(case.messages) == 5  # the fragment that was cut is missing
