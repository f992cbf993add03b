"""Times, durations, counts and frames in words."""

from __future__ import annotations

import pytest

from upnpscapy.report.words import counted, cut, duration, frame_words, frames_filter, moment


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.0098, "9.8 ms"),
        (12.61, "12.6 s"),
        (59.99, "60 s"),
        (60, "1 min"),
        (3600, "1 h"),
        (5400, "1 h 30 min"),
        (86_400, "1 day"),
        (604_800, "7 days"),
        (90_061, "1 day 1 h"),
        (125, "2 min 5 s"),
    ],
)
def test_duration(seconds: float, words: str) -> None:
    assert duration(seconds) == words


def test_moment_is_what_html_allows() -> None:
    found = moment(1_700_000_000_123_456_789)
    assert found == ("2023-11-14T22:13:20.123Z", "2023-11-14 22:13:20.123")
    assert moment(None) is moment(10**30) is None


def test_counts_and_cuts() -> None:
    assert [counted(n, "device") for n in (0, 1, 1500)] == [
        "0 devices",
        "1 device",
        "1,500 devices",
    ]
    assert cut("x" * 301) == "x" * 300 + "… (301 characters)"
    assert cut("x" * 300) == "x" * 300


def test_frames() -> None:
    assert frame_words([1, "b:2"]) == "1, b:2"
    assert frame_words(range(1, 31)) == "1, 2, 3, 4, 5, 6, 7, 8, 9, 10 … 30 (30 in all)"
    assert frame_words(range(1, 31), 999).endswith("30 (999 in all)")
    assert frames_filter([1, "b:2", 3]) == "frame.number in {1, 3}"
    assert frames_filter(["b:2"]) is None
