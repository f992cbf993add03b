"""What one run of a command costs: seconds, processor time and peak memory."""

import subprocess
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[2]
"""Commands run here, so that `-m tests.bench…` and the package are found."""
LAUNCH = Path(__file__).with_name("launch.py")


class Run(NamedTuple):
    """The cost of one run, and what it said."""

    wall: float
    """Seconds from start to end."""
    cpu: float
    """Seconds of processor time, user and system."""
    peak_kib: int
    """The resident set of the process, or of the largest it started (Linux counts it in KiB)."""
    status: int
    """Exit status, negative for a signal."""
    output: str
    error: str


def run(command: list[str], keep_output: bool = True) -> Run:
    """Run a command to its end and return its cost; without `keep_output` stdout is /dev/null."""
    with tempfile.TemporaryDirectory(prefix="upnpscapy-run-") as scratch:
        cost = Path(scratch, "cost")
        out = Path(scratch, "out") if keep_output else Path("/dev/null")
        err = Path(scratch, "err")
        with out.open("wb") as stdout, err.open("wb") as stderr:
            launcher = [sys.executable, "-I", "-S", str(LAUNCH), str(cost)]
            subprocess.run(
                launcher + command,
                stdin=subprocess.DEVNULL,
                stdout=stdout,
                stderr=stderr,
                cwd=ROOT,
                check=True,
            )
        wall, cpu, peak, status = cost.read_text().split()
        output = out.read_text(errors="replace") if keep_output else ""
        return Run(
            float(wall), float(cpu), int(peak), int(status), output, err.read_text(errors="replace")
        )


def warm(path: Path) -> None:
    """Read a file once, so that every tool finds it in the page cache."""
    with path.open("rb") as file:
        while file.read(1 << 22):
            pass
