"""How long it takes until upnpscapy is there: imported, and answering --help."""

import importlib.util
import shutil
import statistics
import sys
from pathlib import Path
from typing import NamedTuple

from .measure import run

ROUNDS = 7


class Start(NamedTuple):
    """One way to start, with its median cost."""

    name: str
    seconds: float | None
    """None where it is not installed."""
    peak_kib: int
    goal: float | None
    """Seconds it may take, interpreter included."""
    failure: str = ""


def measure_starts(rounds: int = ROUNDS) -> list[Start]:
    """Return the medians of the bare interpreter, the import and the command's help."""
    beside = str(Path(sys.executable).parent)
    script = shutil.which("upnpscapy", path=beside) or shutil.which("upnpscapy")
    package = importlib.util.find_spec("upnpscapy") is not None
    ways: list[tuple[str, list[str] | None, float | None]] = [
        ("python -c pass", [sys.executable, "-c", "pass"], None),
        (
            "import upnpscapy",
            [sys.executable, "-c", "import upnpscapy"] if package else None,
            0.1,
        ),
        ("upnpscapy --help", [script, "--help"] if script else None, 0.3),
    ]
    seconds: dict[str, list[float]] = {name: [] for name, _, _ in ways}
    peaks = dict.fromkeys(seconds, 0)
    failures = dict.fromkeys(seconds, "")
    for _ in range(rounds):
        for name, command, _ in ways:
            if command is None:
                continue
            cost = run(command)
            seconds[name].append(cost.wall)
            peaks[name] = max(peaks[name], cost.peak_kib)
            if cost.status:
                failures[name] = f"exit status {cost.status}"
    return [
        Start(
            name,
            statistics.median(seconds[name]) if seconds[name] else None,
            peaks[name],
            goal,
            failures[name],
        )
        for name, _, goal in ways
    ]
