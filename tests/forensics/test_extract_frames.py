"""An extract is the UPnP of its sources: the same bytes, and all tables again from it alone."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

import pytest
from scapy.layers.inet import UDP
from scapy.layers.inet6 import IPv6ExtHdrFragment

import upnpscapy
from tests.capture.compressed import COMPRESS
from tests.capture.corpus import CAPTURES
from tests.capture.links import DIRECT, THROUGH_SCAPY, Link
from tests.capture.packets import ALIVE, ethernet, fragments, small, udp, udp6
from tests.capture.pcap_writer import pcap
from tests.capture.pcapng_writer import BIG, LITTLE, Blocks
from tests.capture.reading import read
from tests.capture.tshark import needs_tshark, tshark
from tests.forensics.extracting import frames_of, packets
from upnpscapy.errors import CaptureError
from upnpscapy.forensics.case import Case
from upnpscapy.forensics.extract.frames import extract_frames

TABLES = (
    "messages searches devices services exchanges calls mappings external_addresses "
    "subscriptions events"
).split()
FRAMES = frozenset(
    "frame response_frame replies late_replies frames opened_frame closed_frame".split()
)


def analyzed(path: Path) -> Case:
    try:
        return upnpscapy.analyze(path)
    except CaptureError as error:
        case: Case = error.partial
        return case


def rows(case: Case, name: str, original: Callable[[int], int]) -> list[dict[str, Any]]:
    """A table's rows without the capture's name, frames as ``original`` gives them."""

    def plain(column: str, value: Any) -> Any:
        if column not in FRAMES or value is None:
            return value
        return original(value) if isinstance(value, int) else [original(one) for one in value]

    return [
        {column: plain(column, value) for column, value in row.items() if column != "capture"}
        for row in getattr(case, name).to_dicts()
    ]


@pytest.mark.parametrize("path", CAPTURES.values(), ids=CAPTURES)
def test_extract_has_the_same_bytes_and_tells_the_same(path: Path, tmp_path: Path) -> None:
    out = tmp_path / "upnp.pcapng"
    try:
        extract_frames(path, out)
    except CaptureError as error:
        if not error.partial.written:
            return
    there, here = {packet.number: packet for packet in packets(path)}, packets(out)
    for packet in here:
        name, number = packet.origin
        assert name == str(path)
        assert packet[1:4] == there[number][1:4]
    source, extract = analyzed(path), analyzed(out)
    numbers = [packet.origin[1] for packet in here]
    assert numbers == sorted(set(numbers))
    for name in TABLES:
        expected = rows(source, name, lambda number: number)
        if name == "exchanges":  # a page that is none of UPnP's is not taken along
            wanted = [row["frame"] or row["response_frame"] for row in expected]
            expected = [
                row
                for row, frame in zip(expected, wanted, strict=True)
                if row["role"] != "other" or frame in set(numbers)
            ]
        assert rows(extract, name, lambda number: numbers[number - 1]) == expected, name


@needs_tshark
@pytest.mark.parametrize("name", ["discovery.pcapng", "igd2-session.pcap"])
def test_tshark_shows_the_comments_and_the_same_bytes(name: str, tmp_path: Path) -> None:
    path, out = CAPTURES[name], tmp_path / "upnp.pcapng"
    extract_frames(path, out)
    fields = ("-T", "fields", "-e", "frame.comment", "-e", "frame.time_epoch", "-e", "frame.len")
    lines = [line.split("\t") for line in tshark(out, *fields).splitlines()]
    assert lines
    prefix = f"upnpscapy: {path} frame "
    assert all(comment.startswith(prefix) for comment, _, _ in lines)
    numbers = [int(comment.removeprefix(prefix)) for comment, _, _ in lines]
    all_lines = [line.split("\t") for line in tshark(path, *fields).splitlines()]
    assert [line[1:] for line in lines] == [all_lines[number - 1][1:] for number in numbers]
    dump, all_dumps = (tshark(one, "-x").split("\n\n") for one in (out, path))
    assert dump[:-1] == [all_dumps[number - 1] for number in numbers]


def test_section_names_its_sources_and_their_digests(tmp_path: Path) -> None:
    sources = [tmp_path / "a\x1b.pcap", tmp_path / "b.pcap"]
    for number, path in enumerate(sources):
        path.write_bytes(pcap([ethernet(), small(number)]))
    out = tmp_path / "upnp.pcapng"
    result = extract_frames(list(sources), out)
    written = out.read_bytes()
    for path in sources:
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        name = str(path).replace("\x1b", "\\x1b")
        assert written.count(f"SHA-256 {digest} of {name}".encode()) == 1
    assert b"\x1b" not in written
    assert [(row.frames, row.messages, row.extracted) for row in result.captures] == [(2, 1, 1)] * 2


@pytest.mark.parametrize("link", [*DIRECT, *THROUGH_SCAPY], ids=lambda link: link.name)
def test_discovery_in_any_link_layer_or_tunnel(link: Link, tmp_path: Path) -> None:
    path = tmp_path / "a.pcap"
    path.write_bytes(pcap([link.frame, small(1), link.frame], link_type=link.link_type))
    assert frames_of(path, tmp_path / "o.pcapng") == [1, 3]
    assert {packet.link_type for packet in packets(tmp_path / "o.pcapng")} == {link.link_type}


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 0, 1], [1, 2, 0]])
@pytest.mark.parametrize("make", [udp, udp6])
def test_all_fragments_of_a_message_and_no_others(
    make: Any, order: list[int], tmp_path: Path
) -> None:
    def parts(packet: Any, number: int) -> list[bytes]:
        if make is udp:
            packet.id = number
        else:
            ports = packet[UDP]
            packet.remove_payload()
            packet /= IPv6ExtHdrFragment(id=number) / ports
        return [ethernet(part) for part in fragments(packet, 96)]

    message, other = parts(make(), 7), parts(make(b"x" * len(ALIVE), sport=9, dport=9), 8)
    assert len(message) == len(other) == 3
    shots = [frame for place in order for frame in (other[place], message[place])]
    path = tmp_path / "a.pcap"
    path.write_bytes(pcap([*shots, message[0]]))
    assert frames_of(path, tmp_path / "o.pcapng") == [2, 4, 6]


@pytest.mark.parametrize("name", COMPRESS)
def test_compressed_capture(name: str, tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(COMPRESS[name](pcap([small(1), ethernet(), small(2), ethernet()])))
    assert frames_of(path, tmp_path / "o.pcapng") == [2, 4]


def test_open_file_is_copied_and_the_copy_is_gone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tempfile

    spool = tmp_path / "spool"
    spool.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(spool))
    path = tmp_path / "a.pcap"
    path.write_bytes(pcap([small(1), ethernet()]))
    with path.open("rb") as file:
        extract_frames(file, tmp_path / "o.pcapng")
    assert [packet.data for packet in packets(tmp_path / "o.pcapng")] == [ethernet()]
    assert list(spool.iterdir()) == []


@pytest.mark.parametrize("blocks", [LITTLE, BIG], ids=["little", "big"])
def test_comments_and_missing_times_of_a_pcapng_file_are_kept(
    blocks: Blocks, tmp_path: Path
) -> None:
    remark = (
        blocks.option(2, bytes(4)) + blocks.option(1, b"an evil \x1b eye") + blocks.option(0, b"")
    )
    two = blocks.option(1, b"one") + blocks.option(1, b"\xfftwo")
    path = tmp_path / "a.pcapng"
    path.write_bytes(
        blocks.section()
        + blocks.interface(resolution=9, snaplen=400)
        + blocks.enhanced(ethernet(), 123_456_789_012, options=remark)
        + blocks.enhanced(small(1), 5)
        + blocks.simple(ethernet())
        + blocks.journal()
        + blocks.enhanced(ethernet(), 7, options=two)
        + blocks.packet(ethernet(), 8)
    )
    assert len(ethernet()) < 400
    out = tmp_path / "o.pcapng"
    extract_frames(path, out)
    found = packets(out)
    ours = [f"upnpscapy: {path} frame {number}".encode() for number in (1, 3, 5, 6)]
    assert [packet.comments for packet in found] == [
        [ours[0], b"an evil \x1b eye"],
        [],
        [ours[2], b"one", b"\xfftwo"],
        [ours[3]],
    ]
    assert [packet.record.time_ns for packet in found] == [123_456_789_012, None, 7, 8]
    assert ours[1] in out.read_bytes()


def test_frames_of_damaged_and_cut_files_up_to_the_damage(tmp_path: Path) -> None:
    good = pcap([ethernet(), small(1), ethernet()])
    cut, damaged, none = (tmp_path / name for name in ("cut.pcap", "damaged.pcap", "none.pcap"))
    cut.write_bytes(good[:-1])
    damaged.write_bytes(good + b"\xff" * 40)
    none.write_bytes(b"nothing")
    out = tmp_path / "o.pcapng"
    with pytest.raises(CaptureError, match="damaged: a frame of 4294967295 bytes") as raised:
        extract_frames([cut, damaged, none, tmp_path / "missing"], out)
    result = raised.value.partial
    assert [packet.origin for packet in packets(out)] == [
        (str(cut), 1),
        (str(damaged), 1),
        (str(damaged), 3),
    ]
    assert [row.extracted for row in result.captures] == [1, 2]
    assert [Path(error.path).name for error in result.errors] == [
        "damaged.pcap",
        "none.pcap",
        "missing",
    ]
    assert "cut in frame 3" in result.captures[0].limits[0]


def test_joined_files_are_one_capture(tmp_path: Path) -> None:
    first, *others = [ethernet(part) for part in fragments(udp(id=7), 96)]
    early, late = tmp_path / "z.pcap", tmp_path / "a.pcap"
    early.write_bytes(pcap([(1_000_000, small(1)), (2_000_000, first)]))
    late.write_bytes(pcap([(3_000_000, part) for part in others] + [(4_000_000, small(2))]))
    out = tmp_path / "o.pcapng"
    assert frames_of([late, early], out) == []
    extract_frames([late, early], out, join=True, force=True)
    assert [packet.origin for packet in packets(out)] == [
        (str(early), 2),
        (str(late), 1),
        (str(late), 2),
    ]


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
        extract_frames(path, out)
    there = {frame.number: frame for frame in read(bytes(data)).frames}
    for packet in packets(out) if out.exists() else ():
        assert packet[1:4] == there[packet.origin[1]][1:4]
