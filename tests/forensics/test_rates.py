"""Peaks of discovery: found in time, counted without copies, explained by searches."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.forensics.judging import Piece, datagram, facts_of
from tests.forensics.packets import (
    START,
    Sent,
    alive,
    byebye,
    pcapng_without_times,
    response,
    search,
)
from upnpscapy.capture import source
from upnpscapy.forensics.watching import watch
from upnpscapy.forensics.watching.peak import Peak, PeakKind

HOST, VICTIM = "192.168.1.10", "203.0.113.7"


def peaks(kind: PeakKind, *pieces: Piece) -> list[Peak]:
    return facts_of(pieces).rates.of_kind(kind)


def searches(count: int, seconds: float, start: float = 0, src: str = HOST) -> list[Sent]:
    return [
        Sent(search(f"urn:x:device:{n % 7}:1"), start + n * seconds / count, src, 50000 + n)
        for n in range(count)
    ]


def answers(count: int, seconds: float, senders: int, dport: int = 80) -> list[Sent]:
    return [
        Sent(response(), n * seconds / count, f"198.51.100.{n % senders + 1}", 1900 + n % 2, HOST,
             dport, ttl=60)
        for n in range(count)
    ]  # fmt: skip


def test_the_densest_window() -> None:
    (peak,) = peaks("search", searches(40, 40), searches(70, 9, start=100), searches(40, 40, 200))
    assert (peak.source, peak.count, peak.window_seconds) == (HOST, 70, 10)
    assert peak.link_source == "02:00:00:00:00:01"
    assert (peak.first_ns - START * 10**9) / 1e9 == 100
    assert 8 < (peak.last_ns - peak.first_ns) / 1e9 < 10
    assert peak.frames.first == 41
    assert peak.frames.count == 70
    assert peak.evidence("x").source == HOST


@given(st.integers(24, 90), st.floats(0.1, 9.5), st.integers(0, 60))
@settings(deadline=None, max_examples=25)
def test_a_burst_is_found_wherever_it_lies(count: int, seconds: float, before: int) -> None:
    quiet = searches(before, before * 3 + 1)
    (peak,) = peaks("search", quiet, searches(count, seconds, start=1000)) if count > 24 else [None]
    if peak is not None:
        assert peak.count == count


def test_a_quiet_sender_has_no_peak() -> None:
    assert (
        facts_of([searches(300, 300), [Sent(alive(), n * 5) for n in range(100)]]).rates.peaks == []
    )


def test_kinds_and_senders_are_counted_apart() -> None:
    pieces = [
        *(Sent(alive(f"urn:x:{n % 30}"), n * 0.1, "10.0.0.1") for n in range(40)),
        *(Sent(byebye(f"urn:x:{n % 30}"), n * 0.1, "10.0.0.1") for n in range(30)),
        *searches(20, 5, src="10.0.0.1"),
        *searches(30, 5, src="10.0.0.2"),
    ]
    found = {(peak.kind, peak.source): peak.count for peak in facts_of(pieces).rates.peaks}
    assert found == {("notify", "10.0.0.1"): 70, ("search", "10.0.0.2"): 30}


def test_one_announcement_again_and_again() -> None:
    (peak,) = peaks("same-notify", [Sent(alive(max_age=1000 + n), n * 0.3) for n in range(32)])
    assert peak.count == 32
    assert peak.detail is not None
    assert peak.detail.startswith("ssdp:alive uuid:2fac1234")


def test_new_devices_of_one_link_address() -> None:
    sent = [
        Sent(alive(udn=f"uuid:{n}"), n, f"10.0.0.{n + 1}", mac="02:00:00:00:00:66")
        for n in range(55)
    ]
    (peak,) = peaks("new-udn", sent, sent)
    assert (peak.count, peak.window_seconds) == (55, 60)
    assert (
        peaks("new-udn", [one._replace(mac=f"02:00:00:00:01:{n:02}") for n, one in enumerate(sent)])
        == []
    )


@pytest.mark.parametrize("late", [0.0, 0.0002, 0.004])
@pytest.mark.parametrize("change", [{}, {"vlan": 7}, {"mac": "02:00:00:00:00:77"}, {"ttl": 3}])
def test_copies_count_once(late: float, change: dict[str, object]) -> None:
    pieces = [
        copy
        for one in searches(60, 9)
        for copy in (one, one._replace(at=one.at + late)._replace(**change))  # type: ignore[arg-type]
    ]
    (peak,) = peaks("search", pieces)
    assert peak.count == 60


def test_a_flood_of_equal_messages_is_no_copy() -> None:
    pieces = [Sent(search(), n * 0.001, HOST, 50000) for n in range(1000)]
    (peak,) = peaks("search", pieces)
    assert peak.count >= 500


def test_unsolicited_responses() -> None:
    (peak,) = peaks("response-in", answers(100, 9, senders=20))
    assert (peak.source, peak.destination, peak.subject) == (None, HOST, HOST)
    assert (peak.count, len(peak.sources), peak.ephemeral) == (100, 20, 50)
    assert peak.bytes_in == 100 * len(response())
    assert sum(peak.sources.values()) == 100


@pytest.mark.parametrize(
    ("sport", "at", "asked"),
    [(80, -1, True), (80, -20, True), (80, -50, False), (81, -1, False), (80, 30, False)],
)
def test_a_search_from_that_port_explains_responses(sport: int, at: int, asked: bool) -> None:
    question = Sent(search(), at, HOST, sport)
    pieces = sorted([question, *answers(100, 9, senders=20)], key=lambda one: one.at)
    assert bool(peaks("response-in", pieces)) is not asked


def test_a_search_for_something_else_explains_them_too() -> None:
    question = Sent(search("urn:x:device:other:1"), -1, HOST, 80)
    assert peaks("response-in", [question], answers(100, 9, senders=20)) == []


def test_a_few_in_each_batch_of_frames_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(source, "CHUNK", 2048)
    monkeypatch.setattr(watch, "MAX_WEIGHT", 1)
    (peak,) = peaks("response-in", answers(100, 9, senders=20))
    assert peak.count == 100


def test_reflection_counts_both_ways() -> None:
    device = "192.168.1.1"
    ask = [datagram(search("ssdp:all"), VICTIM, 80, device, 1900, at=n) for n in range(20)]
    told = [
        datagram(response(), device, 1900, VICTIM, 80, at=n + 0.1 + part / 100)
        for n in range(20)
        for part in range(5)
    ]
    in_time = sorted([*ask, *told], key=lambda one: one.at)
    (peak,) = peaks("reflection", in_time)
    assert (peak.source, peak.destination, peak.count, peak.responses) == (VICTIM, device, 20, 100)
    assert peak.bytes_in == 20 * len(search("ssdp:all"))
    assert peak.bytes_out == 100 * len(response())
    assert len(peak.response_frames) == 100


def test_without_times_there_is_no_rate() -> None:
    import io

    from upnpscapy.forensics.rules import RULES
    from upnpscapy.forensics.run import Input, Run

    data = pcapng_without_times(searches(500, 1))
    run = Run([Input("a", io.BytesIO(data))], facts=True, rules=RULES)
    assert sum(1 for _ in run.messages()) == 500
    assert run.facts[0].rates.peaks == []
    assert run.rule_failures == []


def test_time_may_run_backwards() -> None:
    pieces = searches(60, 9)
    (peak,) = peaks("search", pieces[::-1])
    assert peak.count == 60
    assert peak.first_ns <= peak.last_ns
