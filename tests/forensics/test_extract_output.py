"""Nothing is written over an input, over what is there, in part, or outside of its directory."""

from __future__ import annotations

import errno
import os
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from tests.capture.packets import ethernet, small
from tests.capture.pcap_writer import pcap
from tests.forensics.extracting import frames_of
from upnpscapy.capture.pcapng_write import PcapngWriter
from upnpscapy.capture.source import SourceLike, size_of
from upnpscapy.errors import CaptureError, OutputError
from upnpscapy.forensics.anonymize.share import anonymize_frames
from upnpscapy.forensics.extract import frames as module
from upnpscapy.forensics.extract import inputs
from upnpscapy.forensics.extract.evidence import extract_findings
from upnpscapy.forensics.extract.frames import extract_frames
from upnpscapy.forensics.extract.output import Directory, new_file

STORY = Path(__file__).parents[2] / "pcaps" / "whole-story.pcap"
CAPTURE = pcap([ethernet(), small(1)])


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "a.pcap"
    path.write_bytes(CAPTURE)
    return path


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("name", ["itself", "hard link", "symbolic link", "other path"])
def test_input_is_never_written_over(name: str, force: bool, source: Path) -> None:
    out = source.with_name("out.pcapng")
    if name == "hard link":
        out.hardlink_to(source)
    elif name == "symbolic link":
        out.symlink_to(source.name)
    else:
        out = source if name == "itself" else source.parent / "." / "x" / ".." / source.name
        (source.parent / "x").mkdir()
    with pytest.raises(OutputError, match="is an input"):
        extract_frames(source, out, force=force)
    with source.open("rb") as file, pytest.raises(OutputError, match="is an input"):
        extract_frames(file, out, force=force)
    assert source.read_bytes() == CAPTURE


def test_what_is_there_is_kept_unless_forced(source: Path) -> None:
    out = source.with_name("out.pcapng")
    out.write_bytes(b"evidence")
    with pytest.raises(OutputError, match="is there already"):
        extract_frames(source, out)
    assert out.read_bytes() == b"evidence"
    assert frames_of(source, out, force=True) == [1]


def test_link_that_leads_nowhere_is_there(source: Path) -> None:
    out, target = source.with_name("out.pcapng"), source.with_name("target")
    out.symlink_to(target)
    with pytest.raises(OutputError, match="is there already"):
        extract_frames(source, out)
    assert frames_of(source, out, force=True) == [1]
    assert not target.exists()
    assert not out.is_symlink()


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (".", "is there, and no file"),
        ("pipe", "is there, and no file"),
        ("none/out.pcapng", "no such directory"),
        ("a.pcap/out.pcapng", "Not a directory"),
        ("x" * 300, "name too long"),
        ("nul\0", "null byte"),
    ],
)
def test_place_that_cannot_be_written(name: str, reason: str, force: bool, source: Path) -> None:
    os.mkfifo(source.parent / "pipe")
    with pytest.raises(OutputError, match=f"(?i){reason}"):
        extract_frames(source, source.parent / name, force=force)
    assert sorted(path.name for path in source.parent.iterdir()) == ["a.pcap", "pipe"]


def test_name_taken_meanwhile_is_not_written_over(tmp_path: Path) -> None:
    path = tmp_path / "out"
    with pytest.raises(OutputError, match="File exists"), new_file(path):
        path.write_bytes(b"other")
    assert path.read_bytes() == b"other"
    assert [one.name for one in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("taken", [False, True])
def test_file_system_without_links(
    taken: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(Path, "hardlink_to", refuse)
    path = tmp_path / "out"
    if taken:
        with pytest.raises(OutputError, match="is there already"), new_file(path):
            path.write_bytes(b"other")
    else:
        with new_file(path) as file:
            file.write(b"new")
    assert path.read_bytes() == (b"other" if taken else b"new")
    assert [one.name for one in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("there", [False, True])
@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), OutputError),
        (KeyboardInterrupt(), KeyboardInterrupt),
        (RuntimeError("a fault"), RuntimeError),
    ],
    ids=["disk full", "interrupted", "fault"],
)
def test_nothing_in_part_is_left_behind(
    failure: BaseException,
    expected: type[BaseException],
    there: bool,
    source: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    out = source.with_name("out.pcapng")
    if there:
        out.write_bytes(b"evidence")

    def fail(*_: Any) -> None:
        raise failure

    monkeypatch.setattr(PcapngWriter, "write", fail)
    with pytest.raises(expected):
        extract_frames(source, out, force=there)
    names = sorted(path.name for path in source.parent.iterdir())
    assert names == ["a.pcap", *(["out.pcapng"] if there else [])]
    assert not there or out.read_bytes() == b"evidence"


def test_input_that_changes_between_the_readings(
    source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = module._copy

    def change(*arguments: Any) -> None:
        source.write_bytes(pcap([small(2), ethernet()]))
        copy(*arguments)

    monkeypatch.setattr(module, "_copy", change)
    with pytest.raises(CaptureError, match="changed while it was read"):
        extract_frames(source, source.with_name("out.pcapng"))
    assert [path.name for path in source.parent.iterdir()] == ["a.pcap"]


@pytest.mark.parametrize(
    "extract", [extract_frames, extract_findings, partial(anonymize_frames, key=b"12345678")]
)
def test_of_an_input_that_grows_is_taken_what_was_there(
    extract: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source, data = tmp_path / "a.pcap", STORY.read_bytes()
    source.write_bytes(data)
    extract(source, tmp_path / "before.pcapng")

    def grow(path: SourceLike) -> int | None:
        size = size_of(path)
        with source.open("ab") as file:
            file.write(data[24:])
        return size

    monkeypatch.setattr(inputs, "size_of", grow)
    result = extract(source, tmp_path / "after.pcapng")
    assert result.captures[0].limits[-1].endswith(f"all this is of its first {len(data)} bytes")
    written = (tmp_path / "before.pcapng").read_bytes()
    assert (tmp_path / "after.pcapng").read_bytes() == written
    assert len(written) > 10_000


def test_nothing_is_written_if_nothing_could_be_read(tmp_path: Path) -> None:
    bad = tmp_path / "bad"
    bad.write_bytes(b"no capture")
    with pytest.raises(CaptureError) as raised:
        extract_frames([bad, tmp_path / "missing"], tmp_path / "out.pcapng")
    assert len(raised.value.partial.errors) == 2
    assert raised.value.partial.limits == ["nothing was written"]
    assert [path.name for path in tmp_path.iterdir()] == ["bad"]


def test_capture_without_upnp_makes_an_empty_one(tmp_path: Path) -> None:
    (tmp_path / "a.pcap").write_bytes(pcap([small(1)]))
    assert frames_of(tmp_path / "a.pcap", tmp_path / "out.pcapng") == []
    result = extract_frames(tmp_path / "a.pcap", tmp_path / "out.pcapng", force=True)
    assert result.limits == ["no frame belongs to UPnP: the file has none"]


@pytest.mark.parametrize("with_numbers", [True, False])
def test_directory_is_new_or_empty_and_stays_the_one_it_was(
    with_numbers: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not with_numbers:
        monkeypatch.setattr(os, "supports_dir_fd", frozenset())
    full, link = tmp_path / "full", tmp_path / "link"
    full.mkdir()
    (full / ".hidden").touch()
    link.symlink_to("nowhere")
    file = tmp_path / "file"
    file.touch()
    for path in (full, link, file, tmp_path / "none" / "new", tmp_path / "nul\0"):
        with pytest.raises(OutputError):
            Directory(path)
    directory = Directory(tmp_path / "new")
    directory.write("one", b"1")
    (tmp_path / "new" / "two").symlink_to(tmp_path / "outside")
    for name in ("one", "two"):
        with pytest.raises(OutputError, match="File exists"):
            directory.write(name, b"2")
    assert not (tmp_path / "outside").exists()
    (tmp_path / "new").rename(tmp_path / "moved")
    if with_numbers:
        directory.write("three", b"3")
        assert (tmp_path / "moved" / "three").read_bytes() == b"3"
    directory.close()
    directory.close()
    assert (tmp_path / "moved" / "one").read_bytes() == b"1"
