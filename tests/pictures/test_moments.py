"""What a pass leaves: the same in whatever order the tables come, and never much."""

from __future__ import annotations

import io
import tracemalloc
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.forensics.packets import CLIENT, Sent, alive, pcap, response, search, write
from tests.pictures.drawn import PCAPS, all_pictures, gathered, parsed
from upnpscapy import analyze
from upnpscapy.pictures import Moments
from upnpscapy.pictures.steps import MAX_STEPS
from upnpscapy.pictures.tracks import ANYONE, MAX_CELLS, MAX_HOSTS, MAX_STREAMS, Tracks


def left(moments: Moments) -> list[Any]:
    """All of it, to compare."""
    found: list[Any] = [moments.searches]
    for tracks in (moments.discovery, moments.http):
        streams = {key: (one.count, one.first) for key, one in tracks.streams.items()}
        cells = [tracks.cells(host) for host in [*tracks.hosts, ANYONE]]
        found += [tracks.hosts, streams, cells, tracks.untimed, tracks.width_ns]
    for dialogues in (moments.answers, moments.exchanges):
        found.append({pair: (one.counts, one.steps) for pair, one in dialogues.found.items()})
    return found


def packed(number: int) -> bytes:
    return (0x0A000000 + number).to_bytes(4, "big")


@pytest.mark.parametrize("name", ["whole-story.pcap", "events.pcap", "ipv6.pcap"])
def test_a_pass_leaves_what_the_tables_do(name: str) -> None:
    case, moments = gathered(PCAPS / name)
    assert left(Moments.of(case)) == left(moments)


def test_joined_captures_leave_it_too() -> None:
    moments = Moments()
    files = [str(PCAPS / name) for name in ("igd1-session.pcap", "events.pcap")]
    case = analyze(
        files,
        join=True,
        on_message=moments.saw,
        on_search=moments.saw_search,
        on_exchange=moments.saw_exchange,
    )
    assert left(Moments.of(case)) == left(moments)


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.sampled_from(["alive", "byebye"]), st.integers(0, 2**62)),
        max_size=200,
    )
)
def test_nothing_is_lost_or_moved_as_cells_grow(said: list[tuple[int, str, int]]) -> None:
    tracks = Tracks()
    for frame, (host, kind, time_ns) in enumerate(said, 1):
        tracks.take(packed(host), packed(9), kind, "a", frame, time_ns)
    for host in {host for host, _, _ in said}:
        for kind, cells in tracks.cells(packed(host)).items():
            times = sorted(time for one, other, time in said if (one, other) == (host, kind))
            assert sum(cell.count for cell in cells) == len(times)
            assert (cells[0].first_ns, max(cell.last_ns for cell in cells)) == (times[0], times[-1])


def test_a_long_capture_has_coarse_cells() -> None:
    tracks = Tracks()
    for frame in range(20_000):
        tracks.take(packed(1), packed(2), "alive", "a", frame, frame * 10**9)
    (cells,) = tracks.cells(packed(1)).values()
    assert MAX_CELLS / 4 <= len(cells) <= MAX_CELLS
    assert sum(cell.count for cell in cells) == 20_000
    assert cells[0].frames[0] == ("a", 0)
    assert cells[-1].last == ("a", 19_999)


def test_a_cell_names_its_frames_in_the_order_of_time() -> None:
    tracks = Tracks()
    for frame, time_ns in ((5, 50), (9, 10), (7, 40), (8, 20)):
        tracks.take(packed(1), packed(2), "control", "a", frame, time_ns)
    ((cell,),) = tracks.cells(packed(1)).values()
    assert cell.frames == [("a", 9), ("a", 8), ("a", 7)]
    assert cell.last == ("a", 5)
    assert (cell.first_ns, cell.last_ns) == (10, 50)


@pytest.mark.parametrize("hosts", [3, 3 * MAX_HOSTS])
def test_messages_leave_the_same_one_by_one_and_many_at_a_time(hosts: int) -> None:
    sent = [
        Sent(alive(), at / 7, src=f"10.0.{at % hosts // 250}.{at % hosts % 250}")
        for at in range(900)
    ]
    sightings = list(analyze(io.BytesIO(pcap(sent)), rules=()).messages)
    one_by_one, together = Moments(), Moments()
    for sighting in sightings:
        one_by_one.saw(sighting)
    together.saw_all(sightings)
    assert left(one_by_one) == left(together)


def test_hosts_beyond_the_bound_are_counted_together() -> None:
    tracks = Tracks()
    for number in range(5000):
        tracks.take(packed(number), packed(9), "alive", "a", number, number)
    assert len(tracks.hosts) <= MAX_HOSTS + 1
    assert len(tracks.streams) <= MAX_STREAMS + MAX_HOSTS + 2
    assert sum(stream.count for stream in tracks.streams.values()) == 5000


def test_receivers_beyond_the_bound_are_counted_together() -> None:
    tracks = Tracks()
    for number in range(3 * MAX_STREAMS):
        tracks.take(packed(1), packed(number), "response", "a", number, number)
    assert len(tracks.streams) <= MAX_STREAMS + 1
    assert sum(stream.count for stream in tracks.streams.values()) == 3 * MAX_STREAMS


def flood(count: int) -> list[Sent]:
    """From everywhere to everyone, over a day."""
    sent = []
    for number in range(count):
        at, host = number * 86_400 / count, f"10.{number % 250}.{number // 250 % 250}.7"
        sent.append(Sent(alive(udn=f"uuid:{number}"), at, src=host))
        sent.append(Sent(search(), at, src=CLIENT, sport=5000))
        sent.append(Sent(response(), at + 0.01, src=host, dst=CLIENT, dport=5000))
    return sent


def test_a_flood_leaves_little_and_small_pictures(tmp_path: Path) -> None:
    case = analyze(write(tmp_path / "flood.pcap", flood(4000)), rules=())
    tracemalloc.start()
    moments = Moments.of(case)
    kept = sum(stat.size for stat in tracemalloc.take_snapshot().statistics("filename"))
    tracemalloc.stop()
    assert kept < 12 << 20
    for picture in all_pictures(case, moments):
        parsed(picture)
        assert len(picture.svg) < 150_000
    assert sum(len(one.steps) for one in moments.answers.found.values()) <= 8192


def test_a_conversation_keeps_the_first_steps_of_each_kind(tmp_path: Path) -> None:
    sent = [Sent(response(), number, dst=CLIENT, dport=5000) for number in range(300)]
    _, moments = gathered(write(tmp_path / "answers.pcap", sent))
    (dialogue,) = moments.answers.found.values()
    assert dialogue.counts == {"response": 300}
    assert len(dialogue.steps) == MAX_STEPS
