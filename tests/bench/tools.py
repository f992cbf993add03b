"""The readers that are compared: how each is called and what its output says."""

import importlib.util
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from .captures import Capture
from .measure import Run
from .walk_scapy import LIMIT

TSHARK_FIELDS = (
    "frame.number",
    "frame.time_epoch",
    "ip.src",
    "ipv6.src",
    "udp.srcport",
    "ip.dst",
    "udp.dstport",
    "http.request.line",
    "http.response.line",
)


class Reading(NamedTuple):
    """What one run of a tool comes to for a whole capture."""

    wall: float
    cpu: float
    peak_kib: int
    seen: int | None
    """Rows or datagrams, where the tool says how many."""
    failure: str
    """Why the run does not count; empty where it does."""


class Tool(NamedTuple):
    """One contestant."""

    name: str
    needs: str
    """The program, or the module, that must be installed; `module:` precedes the latter."""
    command: Callable[[Path], list[str]]
    read: Callable[[Run, Capture], Reading]
    note: str = ""
    keep_output: bool = True

    def installed(self) -> bool:
        """Tell whether the tool can be run here."""
        kind, _, name = self.needs.rpartition(":")
        if kind == "module":
            return importlib.util.find_spec(name) is not None
        return shutil.which(name) is not None


def _module(name: str) -> Callable[[Path], list[str]]:
    return lambda path: [sys.executable, "-m", f"tests.bench.{name}", str(path)]


def _tshark(path: Path) -> list[str]:
    fields = [word for field in TSHARK_FIELDS for word in ("-e", field)]
    return ["tshark", "-n", "-r", str(path), "-Y", "ssdp", "-T", "fields", *fields]


def _plain(run: Run, capture: Capture) -> Reading:
    return Reading(run.wall, run.cpu, run.peak_kib, None, _failure(run))


def _lines(run: Run, capture: Capture) -> Reading:
    return _plain(run, capture)._replace(seen=run.output.count("\n"))


def _walked(run: Run, capture: Capture) -> Reading:
    if run.status:
        return _plain(run, capture)
    said = json.loads(run.output)
    failure = ""
    if said["frames"] != capture.truth["frames"]:
        failure = f"read {said['frames']} frames of {capture.truth['frames']}"
    return _plain(run, capture)._replace(seen=said["seen"], failure=failure)


def _extrapolated(run: Run, capture: Capture) -> Reading:
    """Stretch the loop's time from the frames read to all frames; start-up is counted once."""
    if run.status:
        return _plain(run, capture)
    said = json.loads(run.output)
    more = said["loop_seconds"] * (capture.truth["frames"] / said["frames"] - 1)
    return Reading(run.wall + more, run.cpu + more, run.peak_kib, None, "")


def _checked(run: Run, capture: Capture) -> Reading:
    """Compare our counts with the truth: a benchmark of work not done is worth nothing."""
    if run.status:
        return _plain(run, capture)
    said = json.loads(run.output)
    wrong = differences(said, capture.truth)
    return _plain(run, capture)._replace(seen=said["messages"], failure="; ".join(wrong))


def differences(said: dict[str, Any], truth: dict[str, Any]) -> list[str]:
    """Return a line for each count that is not the truth's."""
    kinds = {kind: count for kind, count in said["kinds"].items() if count}
    true_kinds = {kind: count for kind, count in truth["kinds"].items() if count}
    wrong = [] if kinds == true_kinds else [f"kinds: {kinds}, truth: {true_kinds}"]
    for name in ("frames", "messages", "searches", "replies", "late_replies", "devices"):
        if said.get(name, 0) != truth[name]:
            wrong.append(f"{name}: {said.get(name, 0)}, truth: {truth[name]}")
    return wrong


def _failure(run: Run) -> str:
    if not run.status:
        return ""
    lines = run.error.strip().splitlines() or ["no message"]
    return f"exit status {run.status}: {lines[-1]}"


OURS = Tool("upnpscapy", "module:upnpscapy", _module("ours"), _checked, "whole analysis, checked")
TOOLS = (
    OURS,
    Tool("tshark", "tshark", _tshark, _lines, "-Y ssdp -T fields"),
    Tool("dpkt", "module:dpkt", _module("walk_dpkt"), _walked, "UDP port 1900 counted, not parsed"),
    Tool(
        "Scapy PcapReader",
        "module:scapy",
        _module("walk_scapy"),
        _extrapolated,
        f"extrapolated from the first {LIMIT:,} frames",
    ),
    Tool(
        "tcpdump",
        "tcpdump",
        lambda path: ["tcpdump", "-r", str(path), "-w", "/dev/null", "udp port 1900"],
        _plain,
        "'udp port 1900' -w /dev/null",
    ),
    Tool("cat", "cat", lambda path: ["cat", str(path)], _plain, "> /dev/null", keep_output=False),
)
