"""The four pictures of every capture that comes with the project."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from pathlib import Path

import pytest

from tests.pictures.drawn import (
    DRAW,
    PCAPS,
    all_pictures,
    boxes,
    frames_named,
    gathered,
    hints,
    parsed,
    texts,
)
from upnpscapy.forensics.case import Case
from upnpscapy.pictures import Moments, Picture
from upnpscapy.pictures.lanes import lanes_of

FILES = sorted(
    [
        *PCAPS.glob("*.pcap*"),
        *(path for path in PCAPS.glob("attacks/*.pcapng") if "twin" not in path.stem),
    ]
)


@lru_cache(4)
def read(path: Path) -> tuple[Case, Moments, dict[str, Picture]]:
    case, moments = gathered(path)
    return case, moments, {name: draw(case, moments) for name, draw in DRAW.items()}


def name_of(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_each_is_plain_svg_of_the_size_it_says(path: Path) -> None:
    for picture in read(path)[2].values():
        root = parsed(picture)
        assert root.get("viewBox") == f"0 0 {picture.width} {picture.height}"
        assert root.get("role") == "img"
        assert [child.text for child in root][:2] == [picture.title, picture.description]
        assert len(picture.svg) < 150_000


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_texts_stay_inside_and_apart(path: Path) -> None:
    for picture in read(path)[2].values():
        found = sorted(boxes(picture))
        for place, box in enumerate(found):
            assert box.left >= 0, box
            assert box.right <= picture.width, box
            assert box.bottom <= picture.height, box
            for other in found[place + 1 :]:
                if other.left >= box.right:
                    break
                assert not box.meets(other), (picture.title, box, other)


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_every_frame_named_is_in_the_capture(path: Path) -> None:
    case, _, pictures = read(path)
    (capture,) = case.captures
    for picture in pictures.values():
        assert all(1 <= frame <= capture.frames for frame in frames_named(picture))


@pytest.mark.parametrize("path", FILES, ids=name_of)
def test_counts_are_those_of_the_tables(path: Path) -> None:
    case, moments, _ = read(path)
    counted: Counter[str] = Counter()
    for lane in lanes_of(case, moments, 14):
        counted.update(lane.counts)
    roles = Counter(row.role for row in case.exchanges)
    documents = sum(roles[role] for role in ("description", "scpd", "icon", "presentation"))
    multicast = sum(row.exchange is None for row in case.events)
    expected = {kind: count for kind, count in case.kinds.items() if kind != "other"}
    expected |= {
        "document": documents,
        "control": roles["control"],
        "subscribe": roles["subscribe"],
        "event": roles["event"] + multicast,
        "other": roles["other"] + case.kinds["other"],
        "refusal": sum((row.status or 0) >= 400 for row in case.exchanges),
    }
    assert counted == Counter(expected)


@pytest.mark.parametrize("path", [path for path in FILES if path.parent == PCAPS], ids=name_of)
def test_read_again_it_is_the_same(path: Path) -> None:
    case, moments, pictures = read(path)
    again = all_pictures(case, Moments.of(case))
    assert [picture.svg for picture in again] == [picture.svg for picture in pictures.values()]
    assert Moments.of(case).conversations == moments.conversations


def test_the_whole_story_is_told() -> None:
    _, _, pictures = read(PCAPS / "whole-story.pcap")
    shown = texts(pictures["timeline"])
    assert {"Debian router", "192.168.77.1 · device", "192.168.77.10", "control point"} <= {*shown}
    assert "26 alive" in " ".join(pictures["timeline"].description.split())
    steps = texts(pictures["ladder"])
    assert "M-SEARCH upnp:rootdevice to 239.255.255.250" in steps
    assert "GET /rootDesc.xml" in steps
    assert any(step.startswith("NOTIFY SEQ 0: ") for step in steps)
    assert any(step.startswith("AddPortMapping ExternalPort=8443") for step in steps)
    lives = texts(pictures["mapping_lives"])
    assert "TCP 8443 → 192.168.77.10:8443" in lives
    assert "opened in frame 313, renewed 1 time, deleted in frame 616" in lives
    assert "refused in frame 414: 718 ConflictInMappingEntry" in lives
    assert "refused in frame 448: 606 Action not authorized" in lives
    assert "26 alive, first in frame 1" in hints(pictures["talkers"])
