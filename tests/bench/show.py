"""The benchmark's results as tables on a terminal, and the facts of the machine."""

import os
import platform
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from .captures import Capture
from .contest import Row
from .startup import Start

GROWTH_LIMIT = 1.10
"""Ten times the frames of the same hosts may cost this much memory, not more."""


def machine() -> str:
    """Return one line on what the figures were measured with."""
    model = platform.processor() or platform.machine()
    for line in _cpuinfo():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    version = platform.python_version()
    return f"{model}, {os.cpu_count()} cores, Python {version}, {platform.system()}"


def show_capture(console: Console, capture: Capture, rows: list[Row]) -> None:
    """Print one capture's table."""
    truth = capture.truth
    title = (
        f"{capture.name}: {truth['frames']:,} frames, {truth['bytes'] / 1e6:,.0f} MB, "
        f"{truth['messages']:,} SSDP messages, {truth['devices']:,} devices"
    )
    if said := truth.get("http"):
        title += f", {sum(said['exchanges'].values()):,} exchanges, {said['calls']:,} calls"
    table = Table(title=title, title_justify="left")
    for name in ("tool", "seconds", "CPU s", "peak MiB", "x ours", "MB/s", "seen"):
        table.add_column(name, justify="left" if name == "tool" else "right", no_wrap=True)
    for row in rows:
        if row.failure:
            table.add_row(row.tool, Text("failed", "bold red"))
            continue
        rate = truth["bytes"] / 1e6 / row.wall if row.wall else None
        table.add_row(
            row.tool,
            _number(row.wall, ".2f"),
            _number(row.cpu, ".2f"),
            _number(row.peak_kib and row.peak_kib / 1024, ".0f"),
            _number(row.ratio, ".2f"),
            _number(rate, ",.0f"),
            _number(row.seen, ",d"),
        )
    console.print(table)
    for row in rows:
        if row.failure:
            console.print(Text(f"  {row.tool} failed: {row.failure}", "bold red"))
        else:
            console.print(Text(f"  {row.tool}: {row.note}", "dim"))


def show_findings(console: Console, capture: Capture, mistakes: list[str]) -> None:
    """Print whether what rules found in a capture is what was planted in it."""
    planted = len(capture.truth.get("planted", []))
    verdict = "all found" if planted else "none found"
    words = f"{capture.name}, {capture.truth['frames']:,} frames: {planted} attacks planted, "
    console.print(Text(words + (f"{len(mistakes)} mistakes" if mistakes else verdict)))
    for mistake in mistakes:
        console.print(Text(f"  {mistake}", "bold red"))


def show_starts(console: Console, starts: list[Start]) -> None:
    """Print the start-up times with their goals."""
    table = Table(title="start-up, interpreter included", title_justify="left")
    for name in ("command", "seconds", "peak MiB", "goal", ""):
        table.add_column(name, justify="left" if name in ("command", "") else "right")
    for start in starts:
        verdict = start.failure
        if start.seconds is None:
            verdict = "not installed"
        elif start.goal is not None and not verdict:
            verdict = "met" if start.seconds < start.goal else "missed"
        table.add_row(
            start.name,
            _number(start.seconds, ".3f"),
            _number(start.peak_kib / 1024 if start.seconds else None, ".0f"),
            _number(start.goal, ".1f"),
            verdict,
        )
    console.print(table)


def show_growth(console: Console, growth: dict[str, Any]) -> None:
    """Print how our peak memory grows with ten times the frames."""
    console.print(
        f"peak memory: {growth['ssdp_kib'] / 1024:.1f} MiB on ssdp, "
        f"{growth['long_kib'] / 1024:.1f} MiB on long, ratio {growth['ratio']:.3f} "
        f"(goal: at most {GROWTH_LIMIT:.2f})"
    )


def _number(value: float | None, form: str) -> str:
    return "-" if value is None else format(value, form)


def _cpuinfo() -> list[str]:
    path = Path("/proc/cpuinfo")
    return path.read_text().splitlines() if path.exists() else []
