"""Floods of announcements, and bursts that are none."""

from __future__ import annotations

from collections.abc import Iterable

import pytest

from tests.forensics.judging import findings_of
from tests.forensics.packets import Sent, alive, byebye
from upnpscapy.forensics.rules.floods import RULES

SENDER = "192.168.1.66"
TYPES = [f"urn:example-org:service:Lamp{number}:1" for number in range(20)]


def burst(
    count: int, seconds: float, types: int = 20, udns: int = 1, start: float = 0
) -> list[Sent]:
    """Announcements evenly over a time, of so many types and devices in turn."""
    return [
        Sent(
            alive(TYPES[number % types], f"uuid:{number % udns:08}-0"),
            start + number * seconds / count,
            SENDER,
        )
        for number in range(count)
    ]


def words(pieces: Iterable[Sent]) -> str:
    return " ".join(finding.note for finding in findings_of(pieces, RULES))


BENIGN = {
    "the noisiest device known": burst(100, 10),
    "its worst second": burst(70, 1),
    "twenty of the same": burst(20, 10, types=1),
    "a server of many devices": burst(48, 60, types=2, udns=24),
    "a flood of minutes, spread out": burst(600, 60),
    "a switch that mirrors": [
        copy
        for sent in burst(180, 10)
        for copy in (sent, sent._replace(at=sent.at + 0.0001, vlan=7))
    ],
    "a bridge": [
        copy
        for sent in burst(180, 10)
        for copy in (sent, sent._replace(at=sent.at + 0.0004, mac="02:00:00:00:00:77"))
    ],
}
FLOODS = {
    "many": (burst(300, 10), "300 NOTIFY in 10 s"),
    "the same": (burst(30, 9, types=1), "30 times the same in 10 s"),
    "the same in the end": ([*burst(100, 100), *burst(30, 9, 1, start=200)], "30 times the same"),
    "new devices": (burst(60, 50, types=1, udns=60), "60 new devices in 60 s"),
    "byebye counts": (
        [Sent(byebye(TYPES[n % 20]), n * 0.03, SENDER) for n in range(250)],
        "250 NOTIFY in 10 s",
    ),
}


@pytest.mark.parametrize("name", BENIGN)
def test_what_devices_do_is_no_flood(name: str) -> None:
    assert words(BENIGN[name]) == ""


@pytest.mark.parametrize("name", FLOODS)
def test_floods(name: str) -> None:
    pieces, note = FLOODS[name]
    assert note in words(pieces)


def test_the_frames_are_those_of_the_flood() -> None:
    (finding,) = findings_of([*burst(50, 100), *burst(300, 9.8, start=200)], RULES)
    assert (finding.severity, finding.subject) == ("MEDIUM", SENDER)
    shown = list(finding.frames)
    assert shown[0] == 51
    assert set(shown) <= set(range(51, 351))
    assert finding.first_time_ns is not None
    assert finding.last_time_ns is not None
    assert (finding.last_time_ns - finding.first_time_ns) / 1e9 == pytest.approx(9.8, abs=0.2)


def test_a_flood_across_the_file_s_blocks_is_one() -> None:
    """More than a megabyte, so that it comes in several batches of frames."""
    pieces = burst(6000, 9.5)
    (finding,) = findings_of(pieces, RULES)
    assert "6000 NOTIFY in 10 s" in finding.note
