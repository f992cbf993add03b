"""Runs every tool on a capture, in turn and several times over, and takes the medians."""

import statistics
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from .captures import Capture
from .measure import run, warm
from .tools import OURS, TOOLS, Reading, Tool

NOT_INSTALLED = "not installed"


class Row(NamedTuple):
    """One tool on one capture; medians over the rounds, the peak being the largest."""

    capture: str
    tool: str
    wall: float | None
    cpu: float | None
    peak_kib: int | None
    ratio: float | None
    """Wall time over ours: above 1 is slower than upnpscapy."""
    seen: int | None
    note: str
    failure: str


def compare(
    capture: Capture,
    rounds: int,
    tools: Iterable[Tool] | None = None,
    progress: Callable[[str], None] = lambda text: None,
) -> list[Row]:
    """Return a row for each tool; the rounds are interleaved, so that a slow minute hits all."""
    tools = TOOLS[capture.name] if tools is None else tuple(tools)
    readings: dict[str, list[Reading]] = {tool.name: [] for tool in tools}
    warm(capture.path)
    for turn in range(rounds):
        for tool in tools:
            if tool.installed():
                progress(f"{capture.name}: {tool.name}, round {turn + 1} of {rounds}")
                cost = run(tool.command(capture.path), tool.keep_output)
                readings[tool.name].append(tool.read(cost, capture))
    ours = [reading.wall for reading in readings.get(OURS.name, []) if not reading.failure]
    base = statistics.median(ours) if ours else None
    return [_row(capture, tool, readings[tool.name], base) for tool in tools]


def _row(capture: Capture, tool: Tool, readings: list[Reading], base: float | None) -> Row:
    if not readings:
        return Row(capture.name, tool.name, None, None, None, None, None, NOT_INSTALLED, "")
    wall = statistics.median(reading.wall for reading in readings)
    return Row(
        capture.name,
        tool.name,
        wall,
        statistics.median(reading.cpu for reading in readings),
        max(reading.peak_kib for reading in readings),
        wall / base if base else None,
        readings[-1].seen,
        tool.note,
        next((reading.failure for reading in readings if reading.failure), ""),
    )


def growth(rows: Iterable[Row]) -> dict[str, Any] | None:
    """Return our peak memory on `long` over that on `ssdp`, which has a tenth of the frames.

    None where either was not measured, or was not right.
    """
    ours = [row for row in rows if row.tool == OURS.name and not row.failure]
    peaks = {row.capture: row.peak_kib for row in ours if row.peak_kib}
    if not {"ssdp", "long"} <= peaks.keys():
        return None
    ratio = peaks["long"] / peaks["ssdp"]
    return {"ssdp_kib": peaks["ssdp"], "long_kib": peaks["long"], "ratio": ratio}
