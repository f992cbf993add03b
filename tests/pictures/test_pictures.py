"""What each picture says of made cases: the empty, the many, the several, the timeless."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import FrozenInstanceError
from datetime import UTC, datetime
from html import unescape
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.forensics.asking import asked, told
from tests.forensics.packets import (
    CLIENT,
    DEVICE,
    Sent,
    alive,
    byebye,
    pcapng_without_times,
    response,
    search,
    write,
)
from tests.pictures.drawn import DRAW, PCAPS, all_pictures, boxes, gathered, hints, parsed, texts
from upnpscapy import analyze
from upnpscapy.pictures import (
    Moments,
    interactive_mappings,
    interactive_timeline,
    ladder,
    mapping_lives,
    talkers,
    timeline,
)
from upnpscapy.pictures.clock import Clock, moment, span
from upnpscapy.pictures.ladder import MAX_ARROWS
from upnpscapy.pictures.mapping_lives import MAX_ROWS, chosen
from upnpscapy.pictures.steps import MAX_STEPS
from upnpscapy.pictures.svg import SMALL
from upnpscapy.pictures.words import text_width

STORY = PCAPS / "whole-story.pcap"


@pytest.mark.parametrize("name", DRAW)
def test_an_empty_case_is_a_small_picture(name: str, tmp_path: Path) -> None:
    case, moments = gathered(write(tmp_path / "empty.pcap", []))
    picture = DRAW[name](case, moments)
    assert picture.height < 120
    assert any(text.startswith("No ") for text in texts(picture))


@pytest.mark.parametrize("name", DRAW)
def test_it_needs_no_moments(name: str) -> None:
    case, moments = gathered(PCAPS / "events.pcap")
    alone = {
        "timeline": timeline,
        "ladder": ladder,
        "mapping_lives": mapping_lives,
        "talkers": talkers,
    }
    assert alone[name](case).svg == DRAW[name](case, moments).svg


def test_a_picture_is_a_value_that_saves_and_shows_itself(tmp_path: Path) -> None:
    picture = mapping_lives(analyze(STORY))
    picture.save(tmp_path / "lives.svg")
    assert (tmp_path / "lives.svg").read_text(encoding="utf-8") == picture.svg
    with pytest.raises(FrozenInstanceError):
        picture.title = "other"  # type: ignore[misc]  # which is what is tested
    shown = picture._repr_html_()
    assert picture.svg in unescape(shown)
    assert shown.startswith('<iframe sandbox="allow-same-origin" ')
    assert len(repr(picture)) < 2000


def test_messages_without_times_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "timeless.pcapng"
    path.write_bytes(pcapng_without_times([Sent(alive()), Sent(search(), src=CLIENT)]))
    case, moments = gathered(path)
    picture = timeline(case, moments=moments)
    assert picture.remarks == ("2 messages without a time: counted, not drawn.",)
    assert {"alive", "search"} <= {*texts(picture)}
    assert hints(picture) == []
    for other in all_pictures(case, moments):
        parsed(other)


YEAR = 365 * 86_400


def test_a_wrong_clock_does_not_stretch_the_time(tmp_path: Path) -> None:
    steady = [Sent(alive(), at) for at in range(0, 600, 10)]
    wrong = [Sent(alive(), at) for at in (-20 * YEAR, 50 * YEAR, 50 * YEAR + 61)]
    shown = []
    for name, sent in (("steady.pcap", steady), ("wrong.pcap", [*steady, *wrong])):
        case, moments = gathered(write(tmp_path / name, sent))
        picture = timeline(case, moments=moments)
        shown.append([hint for hint in hints(picture) if "alive" in hint])
    assert shown[0] == shown[1]
    assert len(shown[0]) == 30
    before, after = picture.remarks
    date = datetime.fromtimestamp(steady[0].time_ns // 10**9 - 20 * YEAR, UTC)
    assert before == (
        f"1 message long before all others, at {date:%Y-%m-%d %H:%M:%S} UTC: "
        "counted, not drawn (frame 61)."
    )
    assert after.startswith("2 messages long after all others, from 20")
    assert after.endswith(": counted, not drawn (frames 62, 63).")
    assert "63" in texts(picture)


@pytest.mark.parametrize("last", [29, 31])
def test_what_is_not_far_is_drawn(tmp_path: Path, last: int) -> None:
    sent = [Sent(alive(), at) for at in (0, 1, 2, 3, last * 86_400)]
    case, moments = gathered(write(tmp_path / "idle.pcap", sent))
    assert len(timeline(case, moments=moments).remarks) == (last > 30)


def test_captures_of_other_months_are_drawn(tmp_path: Path) -> None:
    files = [
        write(tmp_path / name, [Sent(alive(), at) for at in range(start, start + count)])
        for name, start, count in (("june.pcap", 0, 40), ("august.pcap", 61 * 86_400, 4))
    ]
    case, moments = gathered(files)
    (remark,) = timeline(case, moments=moments).remarks
    assert remark.startswith("Hosts of several captures")


def test_several_captures_are_named() -> None:
    files = [str(PCAPS / name) for name in ("igd1-session.pcap", "events.pcap")]
    case, moments = gathered(files)
    found = [hint for hint in hints(timeline(case, moments=moments)) if "frame" in hint]
    assert found
    assert all("-session.pcap:" in hint or "events.pcap:" in hint for hint in found)
    for picture in all_pictures(case, moments):
        shown = boxes(picture)
        assert all(
            not box.meets(other) for place, box in enumerate(shown) for other in shown[place + 1 :]
        )


def test_many_hosts_share_the_last_lane(tmp_path: Path) -> None:
    sent = [Sent(alive(), number, src=f"10.0.0.{number + 1}") for number in range(30)]
    case, moments = gathered(write(tmp_path / "many.pcap", sent))
    shown = texts(timeline(case, moments=moments))
    assert "17 other hosts" in shown
    assert (shown.count("10.0.0.1"), shown.count("17"), shown.count("10.0.0.30")) == (1, 1, 0)


def test_more_messages_make_a_larger_mark(tmp_path: Path) -> None:
    sent = [Sent(alive(), 0), *(Sent(byebye(), 9) for _ in range(100))]
    case, moments = gathered(write(tmp_path / "sizes.pcap", sent))
    picture = timeline(case, moments=moments)
    assert hints(picture) == [
        "alive: frame 1 · 22:13:20.000 UTC",
        "100 byebye: frames 2, 3, 4 … 101 · 22:13:29.000 UTC",
    ]


# The ladder.


def test_a_conversation_is_chosen_by_its_ends() -> None:
    case, moments = gathered(STORY)
    assert moments.conversations[0] == ("192.168.77.10", "192.168.77.1")
    by_server = ladder(case, server="192.168.77.2", moments=moments)
    assert "Lab media server (192.168.77.2)" in by_server.description
    both = ladder(case, "192.168.77.11", "192.168.77.1", moments=moments)
    assert both.description.startswith("Between 192.168.77.11 and Debian router")
    udn = next(one.udn for one in case.devices if one.column("friendly_name") == "Lab media server")
    assert ladder(case, udn=udn.upper(), moments=moments).svg == by_server.svg


def test_a_conversation_that_is_not_there_is_said_to_be_none() -> None:
    case, moments = gathered(STORY)
    picture = ladder(case, "192.0.2.99", udn="uuid:x", moments=moments)
    assert "No conversation of 192.0.2.99 and uuid:x." in texts(picture)


def test_a_long_conversation_is_cut_with_a_word(tmp_path: Path) -> None:
    sent = []
    for number in range(100):
        st = f"urn:x:device:Lamp{number}:1"
        sent.append(Sent(search(st), number, src=CLIENT, sport=5000))
        sent.append(Sent(response(st), number + 0.1, dst=CLIENT, dport=5000))
    case, moments = gathered(write(tmp_path / "long.pcap", sent))
    picture = ladder(case, moments=moments)
    shown = [text for text in texts(picture) if text.startswith(("M-SEARCH ", "answer: "))]
    assert len(shown) == MAX_ARROWS
    assert picture.remarks == (f"At least {2 * MAX_STEPS - MAX_ARROWS + 36} steps left out.",)
    assert len(picture.svg) < 60_000


# Mappings.


def test_what_is_open_comes_before_what_was_refused(tmp_path: Path) -> None:
    sent = []
    for number in range(100):
        result = 0 if number >= 90 else 2
        sent += [
            asked(number, port=1000 + number),
            told(number + 0.5, port=1000 + number, outer=2000 + number, result=result),
        ]
    case = analyze(write(tmp_path / "many.pcap", sent))
    rows, left_out = chosen(case)
    assert (len(rows), left_out) == (MAX_ROWS, 60)
    assert [row.state for row in rows].count("open") == 10
    picture = mapping_lives(case)
    assert picture.remarks == ("60 mappings left out.",)


def test_a_lease_is_told_with_its_renewals(tmp_path: Path) -> None:
    sent = [asked(0), told(0.5), asked(1800), told(1800.5), Sent(alive(), 2000)]
    case = analyze(write(tmp_path / "renewed.pcap", sent))
    shown = texts(mapping_lives(case))
    assert "natpmp TCP 2222 → 192.168.1.10:22" in shown
    assert "opened in frame 2, renewed 1 time, lease until 23:43:20" in shown
    assert "renewed" in shown


def test_a_lease_beyond_midnight_is_told_with_its_date(tmp_path: Path) -> None:
    sent = [asked(0, lease=86_400), told(0.5, lease=86_400)]
    case = analyze(write(tmp_path / "long.pcap", sent))
    assert "opened in frame 2, lease until 2023-11-15 22:13:20" in texts(mapping_lives(case))


def test_an_expired_one_needs_no_frame(tmp_path: Path) -> None:
    sent = [asked(0, lease=60), told(0.5, lease=60), Sent(alive(), 500)]
    case = analyze(write(tmp_path / "expired.pcap", sent))
    assert "opened in frame 2, expired 22:14:20" in texts(mapping_lives(case))


# Talkers.


def test_pairs_that_have_no_room_are_summed_up(tmp_path: Path) -> None:
    sent = [
        Sent(response(), number, src=f"10.0.{number}.1", dst=CLIENT, dport=5000)
        for number in range(60)
    ]
    case, moments = gathered(write(tmp_path / "many.pcap", sent))
    picture = talkers(case, moments=moments)
    assert picture.remarks == ("21 more pairs left out, with 21 answer.",)
    assert sum("device" in text for text in texts(picture)) - 1 == 39


def test_announcements_go_to_a_group(tmp_path: Path) -> None:
    sent = [Sent(alive()), Sent(search(), src=CLIENT), Sent(response(), dst=CLIENT, dport=1900)]
    case, moments = gathered(write(tmp_path / "three.pcap", sent))
    shown = texts(talkers(case, moments=moments))
    assert shown.count("239.255.255.250") == 1
    assert {CLIENT, DEVICE, "group", "device", "control point"} <= {*shown}


def test_who_searches_and_announces_stands_on_both_sides(tmp_path: Path) -> None:
    sent = [Sent(alive()), Sent(search()), Sent(search())]
    case, moments = gathered(write(tmp_path / "both.pcap", sent))
    picture = talkers(case, moments=moments)
    assert texts(picture).count(DEVICE) == 2
    assert "2 search, first in frame 2" in hints(picture)
    assert "1 alive, first in frame 1" in hints(picture)


# Time.


@given(st.integers(0, 2**62), st.integers(0, 2**60))
def test_a_scale_has_few_marks_in_order(first_ns: int, length: int) -> None:
    clock = Clock([first_ns, first_ns + length], 100, 900)
    ticks = list(clock.ticks())
    assert len(ticks) <= 9
    assert [x for x, _ in ticks] == sorted(x for x, _ in ticks)
    assert all(text_width(label, SMALL) < 150 for _, label in ticks)
    assert 100 <= clock.x(first_ns) <= clock.x(first_ns + length) <= 900


def test_times_are_told_in_utc() -> None:
    assert moment(1_700_000_000_123_456_789) == "22:13:20.123"
    assert moment(1_700_000_000_123_456_789, 0) == "22:13:20"
    assert moment(None) == ""
    assert (
        span(1_700_000_000_000_000_000, 1_700_000_001_000_000_000)
        == "22:13:20.000 to 22:13:21.000 UTC"
    )
    assert span(None, None) == ""


# With plotly.


def test_interactive_ones_hold_every_mark() -> None:
    pytest.importorskip("plotly")
    case, moments = gathered(STORY)
    figure = interactive_timeline(case, moments=moments)
    words = [text for trace in figure.data for text in trace.text]
    assert "Debian router (192.168.77.1)<br>13 alive, frames 18, 19, 20 … 30<br>" in "".join(words)
    lives = interactive_mappings(case)
    told = [text for trace in lives.data for text in trace.text if text is not None]
    assert any("opened in frame 313, renewed 1 time, deleted in frame 616" in text for text in told)


def test_a_figure_is_shown_without_plotly_s_scripts() -> None:
    plotly = pytest.importorskip("plotly")
    figure = interactive_timeline(*gathered(STORY)[:1])
    before = plotly.io.renderers.default
    plotly.io.renderers.default = "plotly_mimetype"
    try:
        bundle = figure._repr_mimebundle_()
    finally:
        plotly.io.renderers.default = before
    assert [*bundle] == ["application/vnd.plotly.v1+json"]
    assert len(str(bundle)) < 200_000


def test_pictures_need_no_plotly() -> None:
    code = (
        "import sys, upnpscapy\nfrom upnpscapy.pictures import timeline\n"
        f"timeline(upnpscapy.analyze({str(STORY)!r}))\nassert 'plotly' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_same_case_makes_the_same_picture() -> None:
    code = (
        "import hashlib, upnpscapy\nfrom upnpscapy.pictures import *\n"
        f"case = upnpscapy.analyze({str(STORY)!r})\n"
        "text = ''.join(draw(case).svg for draw in (timeline, ladder, mapping_lives, talkers))\n"
        "print(hashlib.sha256(text.encode()).hexdigest())"
    )
    made = {
        subprocess.run(
            [sys.executable, "-c", code],
            check=True,
            capture_output=True,
            env={"PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(made) == 1


def test_moments_of_a_case_know_the_conversations() -> None:
    assert Moments.of(analyze(PCAPS / "discovery.pcapng")).conversations == [
        ("192.168.77.10", "192.168.77.2"),
        ("192.168.77.10", "192.168.77.1"),
    ]
