"""``analyze`` and ``Case``: streams, packets, what could not be read, notebooks."""

from __future__ import annotations

import gc
import gzip
import io
import tempfile
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import scapy.all  # noqa: F401  # as in any session that shows packets
from scapy.layers.inet import UDP
from scapy.layers.l2 import Ether

import upnpscapy
from tests.forensics.packets import CLIENT, DEVICE, Sent, alive, pcap, response, search, write
from upnpscapy import CaptureError, analyze
from upnpscapy.capture.sighting import Sighting
from upnpscapy.forensics.run import Run
from upnpscapy.layers import SSDP

PCAPS = Path(__file__).parents[2] / "pcaps"
STORY = [
    Sent(search(), 0, CLIENT, 50000),
    Sent(response(), 1, DEVICE, 1900, CLIENT, 50000),
    Sent(alive(), 2),
]


@pytest.fixture
def spools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where copies of streams are made, and nothing else."""
    path = tmp_path / "spools"
    path.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(path))
    return path


def test_case_says_what_it_is(tmp_path: Path) -> None:
    path = write(tmp_path / "a.pcap", STORY)
    case = analyze(path)
    assert repr(case) == f"<Case {path}: 3 messages, 1 searches, 1 devices, 1 findings>"
    assert "1 alive, 1 response, 1 search" in case._repr_html_()
    assert "1 alive, 1 response, 1 search" in str(case)


@pytest.mark.parametrize("path", sorted(PCAPS.glob("*.pcap*")), ids=lambda path: path.name)
def test_packet_of_every_row_has_its_payload(path: Path) -> None:
    case = analyze(path)
    rows = list(case.messages)
    for row in [rows[0], rows[len(rows) // 2], rows[-1]]:
        packet = case.packet(row.frame)
        assert bytes(packet[UDP].payload) == bytes(row)
        assert isinstance(packet[UDP].payload, SSDP)
        assert int(packet.time * 10**9) == row.time_ns
    for device in case.devices:
        assert UDP in case.packet(next(number for number in device.frames))


def test_packet_of_several_captures_wants_a_name(tmp_path: Path) -> None:
    one, two = write(tmp_path / "a.pcap", STORY), write(tmp_path / "b.pcap", STORY[2:])
    case = analyze([one, two])
    assert bytes(case.packet(two, 1)) == bytes(case.packet(one, 3)) == STORY[2].frame
    assert isinstance(case.packet(one, 3), Ether)
    with pytest.raises(KeyError, match="several captures"):
        case.packet(1)
    with pytest.raises(KeyError, match="other"):
        case.packet("other.pcap", 1)
    with pytest.raises(IndexError, match="has no frame 2"):
        case.packet(two, 2)


@pytest.mark.parametrize("place", [(0,), (-1,), ("a.pcap",), (), (1, 2, 3), ("a.pcap", "1")])
def test_packet_of_no_frame_is_an_index_error(tmp_path: Path, place: tuple[Any, ...]) -> None:
    case = analyze(write(tmp_path / "a.pcap", STORY))
    with pytest.raises(IndexError):
        case.packet(*place)


def test_packet_takes_a_number_of_a_data_frame(tmp_path: Path) -> None:
    pytest.importorskip("pandas", reason="DataFrames need pandas")
    case = analyze(write(tmp_path / "a.pcap", STORY))
    frame = case.messages.to_dataframe()["frame"]
    assert bytes(case.packet(frame.iloc[1])) == STORY[1].frame
    place = case.messages.to_dataframe()[["capture", "frame"]].iloc[2]
    assert bytes(case.packet(*place)) == STORY[2].frame


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_stream_can_be_read_again(pack: Any, spools: Path) -> None:
    case = analyze(io.BytesIO(pack(pcap(STORY))))
    assert [row.capture for row in case.captures] == ["-"]
    assert [row.frame for row in case.messages] == [row.frame for row in case.messages] == [1, 2, 3]
    assert [list(row.replies) for row in case.searches] == [[2]]
    assert bytes(case.packet(3)) == bytes(case.packet("-", 3)) == STORY[2].frame
    assert len(list(spools.iterdir())) == 1
    del case
    gc.collect()
    assert list(spools.iterdir()) == []


def test_open_file_is_called_by_its_name(tmp_path: Path) -> None:
    path = write(tmp_path / "a.pcap", STORY)
    with Path(path).open("rb") as file:
        case = analyze([file, path])
    assert [row.capture for row in case.captures] == [path, path]
    assert len(case.messages) == 6


def test_standard_input_can_be_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(pcap(STORY))))
    case = analyze("-")
    assert len(case.messages) == len(case.messages) == 3
    assert bytes(case.packet(1)) == STORY[0].frame


def test_no_copy_stays_when_a_callback_fails(spools: Path) -> None:

    def fail(_: object) -> None:
        raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        analyze(io.BytesIO(pcap(STORY)), on_message=fail)
    assert list(spools.iterdir()) == []


def test_streams_cannot_be_joined(tmp_path: Path) -> None:
    path = write(tmp_path / "a.pcap", STORY)
    with pytest.raises(ValueError, match="only files can be joined"):
        analyze([path, io.BytesIO(pcap(STORY))], join=True)
    assert len(analyze(io.BytesIO(pcap(STORY)), join=True).messages) == 3


def test_callbacks_get_the_rows(tmp_path: Path) -> None:
    messages: list[int] = []
    together: list[int] = []
    searches: list[int] = []
    path = write(tmp_path / "a.pcap", STORY)
    stored: list[tuple[str, int]] = []
    analyze(
        path,
        on_message=lambda row: messages.append(row.frame),
        on_messages=lambda rows: together.extend(row.frame for row in rows),
        on_search=lambda row: searches.append(row.frame),
        progress=lambda name, bytes_: stored.append((name, bytes_)),
    )
    assert (messages, together, searches) == ([1, 2, 3], [1, 2, 3], [1])
    assert stored[-1] == (path, Path(path).stat().st_size)


def test_a_case_does_not_keep_who_took_its_rows(tmp_path: Path) -> None:
    class Taker:
        def take(self, *_: object) -> None:
            pass

    taker = Taker()
    known = weakref.ref(taker)
    case = analyze(
        write(tmp_path / "a.pcap", STORY),
        on_message=taker.take,
        on_messages=taker.take,
        on_search=taker.take,
        on_exchange=taker.take,
        progress=taker.take,
    )
    del taker
    assert known() is None
    assert len(case.messages) == 3


def test_error_holds_what_was_read(tmp_path: Path) -> None:
    good = write(tmp_path / "good.pcap", STORY)
    none = str(tmp_path / "none.pcap")
    damaged = tmp_path / "damaged.pcap"
    damaged.write_bytes(pcap(STORY) + b"\xff" * 64)
    with pytest.raises(CaptureError) as caught:
        analyze([none, good, damaged])
    error = caught.value
    assert (error.path, error.frame) == (none, None)
    case = error.partial
    assert isinstance(case, upnpscapy.Case)
    assert [one.path for one in case.errors] == [none, str(damaged)]
    assert case.errors[1].frame == 4
    assert [(row.capture, row.frame) for row in case.messages] == [
        (name, frame) for name in (good, str(damaged)) for frame in (1, 2, 3)
    ]
    assert bytes(case.packet(str(damaged), 3)) == STORY[2].frame
    rows = {row["capture"]: row for row in case.captures.to_dicts()}
    assert rows[good]["incomplete"] is False
    assert rows[str(damaged)]["incomplete"] is True
    assert rows[str(damaged)]["limits"] != []


def test_file_that_is_gone_is_an_error_and_not_an_empty_table(tmp_path: Path) -> None:
    path = write(tmp_path / "a.pcap", STORY)
    case = analyze(path)
    Path(path).unlink()
    with pytest.raises(CaptureError):
        list(case.messages)
    with pytest.raises(CaptureError):
        list(case.searches)
    assert len(case.devices) == 1


def test_list_of_a_table_reads_the_file_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = analyze(write(tmp_path / "a.pcap", STORY))
    readings: list[object] = []
    read = Run.messages

    def counted(run: Run) -> Iterator[Sighting]:
        readings.append(run)
        return read(run)

    monkeypatch.setattr(Run, "messages", counted)
    assert (len(case.messages), len(case.searches), readings) == (3, 1, [])
    assert len(list(case.messages)) == 3
    assert len(list(case.searches)) == 1
    assert len(readings) == 2


def test_cut_capture_does_not_raise(tmp_path: Path) -> None:
    path = tmp_path / "a.pcap"
    path.write_bytes(pcap(STORY)[:-10])
    (row,) = analyze(path).captures.to_dicts()
    assert (row["frames"], row["incomplete"]) == (2, True)
    assert row["bytes_left"] > 0
    assert "cut in frame 3" in row["limits"][0]


def test_chosen_frames_have_their_bytes(tmp_path: Path) -> None:
    path = write(tmp_path / "a.pcap", [Sent(search(), at) for at in range(9)])
    case = analyze(path)
    frames = list(case.frames(path, [7, 2, 99]))
    assert [frame.number for frame in frames] == [2, 7]
    assert {frame.data for frame in frames} == {Sent(search()).frame}
    with pytest.raises(KeyError):
        case.frames("b.pcap", [1])
