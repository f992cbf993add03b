"""Rules find ten attacks in ordinary traffic, in their frames, and nothing that was not planted."""

from pathlib import Path

import pytest

from upnpscapy.forensics.finding import SEVERITIES

from .captures import FRAMES, make
from .planted import MEDIUM, PLANTED, mistakes

SMALL = 20_000


def test_ten_attacks_are_found_and_nothing_else(tmp_path: Path) -> None:
    capture = make("planted", tmp_path, SMALL / FRAMES["planted"])
    planted = capture.truth["planted"]
    assert capture.truth["frames"] == SMALL
    assert len({one["rule"] for one in planted}) == len(PLANTED) == 10
    assert all(SEVERITIES.index(one["severity"]) >= MEDIUM for one in planted)
    assert all(one["frames"] == sorted(set(one["frames"])) for one in planted)
    assert mistakes(str(capture.path), planted) == []
    other = planted[0] | {"frames": [frame + 1 for frame in planted[0]["frames"]]}
    told = mistakes(str(capture.path), [other, *planted[1:]])
    assert [one.partition(":")[0] for one in told] == ["not planted", "not found"]


@pytest.mark.parametrize("name", ["mixed", "http", "ssdp"])
def test_nothing_is_found_where_nothing_was_planted(name: str, tmp_path: Path) -> None:
    capture = make(name, tmp_path, SMALL / FRAMES[name])
    assert mistakes(str(capture.path), []) == []
