"""Frames looked up again by way of the index equal those of one reading from the start."""

from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest

from tests.capture.compressed import COMPRESS
from tests.capture.packets import small
from tests.capture.pcap_writer import pcap
from tests.capture.pcapng_writer import BIG, LITTLE, Blocks
from upnpscapy.capture import reader, source
from upnpscapy.capture.batch import Batch
from upnpscapy.capture.reader import CaptureReader, Mark, read_chosen_frames, read_frames
from upnpscapy.capture.source import Source, SourceLike
from upnpscapy.errors import CaptureError

FRAMES = [small(number) for number in range(400)]


def sections() -> bytes:
    """Three sections: interfaces described on the way, numbered blocks, all kinds of packets."""
    parts = []
    for place, blocks in enumerate((LITTLE, BIG, LITTLE)):
        parts += [blocks.section(), blocks.interface(1 + place)]
        for number in range(40):
            if number % 7 == 3:
                parts.append(blocks.interface(101, resolution=9))
            if number % 11 == 5:
                parts.append(blocks.journal())
            interface = number // 7
            parts.append(blocks.enhanced(small(number), number, interface=interface))
            parts.append(blocks.simple(small(number)))
            parts.append(blocks.packet(small(number), number, interface=interface // 2))
    return b"".join(parts)


CAPTURES = {
    "pcap": pcap([(number * 1000, frame) for number, frame in enumerate(FRAMES)]),
    "pcapng": sections(),
    "pcap+gzip": COMPRESS["gzip"](pcap(FRAMES)),
}

BATCHES = reader._batches_from


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "CHUNK", 64)
    monkeypatch.setattr(reader, "CHUNK", 64)


@pytest.fixture(params=CAPTURES)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "capture"
    path.write_bytes(CAPTURES[request.param])
    return path


def marks_of(path: Path) -> list[Mark]:
    with Source(path) as opened:
        found = CaptureReader(opened)
        for _ in found.batches():
            pass
    return found.marks


def test_every_frame_is_found_by_the_index(path: Path) -> None:
    marks = marks_of(path)
    assert len(marks) > 5
    frames = list(read_frames(path))
    assert len({frame.number for frame in frames}) == len(frames)
    for place, frame in enumerate(frames):
        if place % 9 == 0 or place > len(frames) - 9:
            assert list(read_frames(path, marks, frame.number)) == frames[place:]
        assert next(read_frames(path, marks, frame.number)) == frame


@pytest.mark.parametrize("blocks", [None, LITTLE, BIG])
def test_the_index_has_a_place_near_every_frame(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, blocks: Blocks | None
) -> None:
    for module in (source, reader):
        monkeypatch.setattr(module, "CHUNK", 4096)
    path = tmp_path / "capture"
    if blocks is None:
        path.write_bytes(CAPTURES["pcap"])
    else:
        packets = [blocks.enhanced(frame, 1) for frame in FRAMES]
        path.write_bytes(b"".join([blocks.section(), blocks.interface(), *packets]))
    marks = marks_of(path)
    offsets = [mark.offset for mark in marks] + [path.stat().st_size]
    assert max(after - before for before, after in pairwise(offsets)) < 4096 / 4 + 200
    for mark in marks[:: max(1, len(marks) // 9)]:
        at = mark.frames + 1
        assert next(read_frames(path, [mark], at), None) == next(read_frames(path, None, at), None)


def test_looking_up_leaves_the_index_as_it_is(path: Path) -> None:
    marks = marks_of(path)
    before = [(mark, mark.state and mark.state.restored().interfaces) for mark in marks]
    last = list(read_frames(path))[-1]
    for _ in range(3):
        assert list(read_frames(path, marks, last.number)) == [last]
    assert [(mark, mark.state and mark.state.restored().interfaces) for mark in marks] == before


def test_behind_the_last_frame_there_is_none(path: Path) -> None:
    marks = marks_of(path)
    last = list(read_frames(path))[-1].number
    assert list(read_frames(path, marks, last + 1)) == []


def test_number_of_a_block_without_a_frame_gives_the_next_one(tmp_path: Path) -> None:
    path = tmp_path / "capture"
    parts = [LITTLE.section(), LITTLE.interface(), LITTLE.journal(), LITTLE.enhanced(b"x")]
    path.write_bytes(b"".join(parts))
    assert next(read_frames(path, None, 1)).number == 2


def test_file_that_has_gone_since_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "capture"
    path.write_bytes(CAPTURES["pcap"])
    marks = marks_of(path)
    path.unlink()
    for at in (1, 300):
        with pytest.raises(CaptureError) as raised:
            list(read_frames(path, marks, at))
        assert raised.value.path == str(path)


@pytest.mark.parametrize("indexed", [True, False])
def test_chosen_frames_are_found_with_and_without_an_index(path: Path, indexed: bool) -> None:
    marks = marks_of(path) if indexed else None
    frames = {frame.number: frame for frame in read_frames(path)}
    last = max(frames)
    for numbers in ([], [1], [last], [last, 1, last], range(1, last + 9, 7), range(1, last + 9)):
        wanted = [frames[number] for number in sorted(set(numbers)) if number in frames]
        assert list(read_chosen_frames(path, numbers, marks)) == wanted
    assert list(read_chosen_frames(path, [0, last + 1], marks)) == []


def test_chosen_frames_are_sought_and_not_walked_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "capture"
    path.write_bytes(CAPTURES["pcap"])
    marks = marks_of(path)
    begun: list[Mark | None] = []

    def noted(source: SourceLike, mark: Mark | None) -> Iterator[Batch]:
        begun.append(mark)
        return BATCHES(source, mark)

    monkeypatch.setattr(reader, "_batches_from", noted)
    last = list(read_frames(path))[-1].number
    begun.clear()
    assert [frame.number for frame in read_chosen_frames(path, [1, 2, last], marks)] == [1, 2, last]
    assert begun == [marks[0], marks[-1]]


def test_chosen_frames_of_a_stream(path: Path) -> None:
    with path.open("rb") as stream:
        numbers = [frame.number for frame in read_chosen_frames(stream, [1, 3], marks_of(path))]
    assert numbers == [number for number in numbers if number in (1, 3)] != []


def test_index_is_bounded(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reader, "_MAX_MARKS", 4)
    marks = marks_of(path)
    assert len(marks) <= 4
    for frame in read_frames(path):
        assert next(read_frames(path, marks, frame.number)) == frame
