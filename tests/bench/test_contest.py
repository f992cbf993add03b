"""The benchmark measures the process it starts, and does not let work undone pass."""

import json
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from . import ours
from .captures import Capture
from .contest import NOT_INSTALLED, Row, compare, growth
from .measure import Run, run
from .tools import OURS, Reading, Tool

TRUTH = {
    "frames": 3,
    "messages": 2,
    "kinds": {"search": 1, "response": 1, "other": 0},
    "searches": 1,
    "replies": 1,
    "late_replies": 0,
    "devices": 1,
}


@pytest.fixture
def capture(tmp_path: Path) -> Capture:
    path = tmp_path / "tiny.pcap"
    path.write_bytes(b"nothing")
    return Capture("tiny", path, TRUTH)


def test_a_run_has_time_memory_and_output() -> None:
    code = "x = bytearray(64 << 20); print(len(x))"
    cost = run([sys.executable, "-c", code])
    assert cost.status == 0
    assert cost.output == f"{64 << 20}\n"
    assert 64 << 10 < cost.peak_kib < 128 << 10
    assert cost.cpu > 0
    assert 0 < cost.wall < 60


def test_the_memory_of_the_benchmark_is_not_the_childs() -> None:
    ballast = bytearray(256 << 20)
    assert run([sys.executable, "-I", "-c", "pass"]).peak_kib < len(ballast) >> 12


def test_a_failing_run_says_why() -> None:
    cost = run([sys.executable, "-c", "raise SystemExit('broken')"])
    assert (cost.status, cost.error) == (1, "broken\n")


def test_a_tool_that_is_missing_is_no_failure(capture: Capture) -> None:
    tool = Tool("absent", "no-such-program", lambda path: [], OURS.read)
    (row,) = compare(capture, 1, [tool])
    assert (row.wall, row.note, row.failure) == (None, NOT_INSTALLED, "")


def test_rounds_are_interleaved_and_the_ratio_is_to_ours(capture: Capture) -> None:
    order: list[str] = []

    def tool(name: str, wall: float) -> Tool:
        def read(cost: Run, of: Capture) -> Reading:
            order.append(name)
            return Reading(wall, wall, 1, None, "")

        return Tool(name, Path(sys.executable).name, lambda path: [sys.executable, "-V"], read)

    rows = compare(capture, 2, [tool(OURS.name, 2.0), tool("other", 5.0)])
    assert order == [OURS.name, "other"] * 2
    assert [row.ratio for row in rows] == [1.0, 2.5]


@pytest.mark.parametrize("key", ["frames", "searches", "replies", "late_replies", "devices"])
def test_a_wrong_count_of_ours_fails(capture: Capture, key: str) -> None:
    said = json.dumps(TRUTH | {key: 7})
    reading = OURS.read(Run(1.0, 1.0, 1, 0, said, ""), capture)
    assert reading.failure == f"{key}: 7, truth: {TRUTH[key]}"
    assert OURS.read(Run(1.0, 1.0, 1, 0, json.dumps(TRUTH), ""), capture).failure == ""


def test_ours_counts_the_rows_of_one_pass(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def analyze(path: str, on_message: Any, on_search: Any, http: bool) -> Any:
        assert not http
        on_message(SimpleNamespace(kind="search"))
        on_message(SimpleNamespace(kind="response"))
        replies, late = SimpleNamespace(count=1), SimpleNamespace(count=0)
        on_search(SimpleNamespace(search=SimpleNamespace(replies=replies, late_replies=late)))
        return SimpleNamespace(
            captures=[SimpleNamespace(frames=3)],
            devices=["uuid:a"],
            kinds={"search": 1, "response": 1},
        )

    monkeypatch.setattr("upnpscapy.analyze", analyze, raising=False)
    ours.main("tiny.pcap", "discovery")
    said = json.loads(capsys.readouterr().out)
    assert said == TRUTH | {"kinds": {"search": 1, "response": 1}}


def test_growth_is_told_where_both_sizes_were_measured() -> None:
    def row(capture: str, peak: int, failure: str = "") -> Row:
        return Row(capture, OURS.name, 1.0, 1.0, peak, 1.0, None, "", failure)

    assert growth([row("ssdp", 100)]) is None
    assert growth([row("ssdp", 100), row("long", 105, "devices: 1, truth: 2")]) is None
    assert growth([row("ssdp", 100), row("long", 105)]) == {
        "ssdp_kib": 100,
        "long_kib": 105,
        "ratio": 1.05,
    }
