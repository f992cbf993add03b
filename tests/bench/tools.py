"""The readers that are compared: how each is called and what its output says."""

import importlib.util
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from .captures import Capture
from .control import PORT as HTTP_PORT
from .measure import Run
from .walk_scapy import LIMIT

_COMMON = ("frame.number", "frame.time_epoch", "ip.src", "ipv6.src", "ip.dst")
_LINES = ("http.request.line", "http.response.line")
SSDP_FIELDS = (*_COMMON, "udp.srcport", "udp.dstport", *_LINES)
HTTP_FIELDS = (*SSDP_FIELDS, "tcp.srcport", "tcp.dstport")


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


def _module(name: str, *arguments: str) -> Callable[[Path], list[str]]:
    return lambda path: [sys.executable, "-m", f"tests.bench.{name}", str(path), *arguments]


def _tshark(wanted: str, names: tuple[str, ...]) -> Callable[[Path], list[str]]:
    fields = [word for name in names for word in ("-e", name)]
    return lambda path: ["tshark", "-n", "-r", str(path), "-Y", wanted, "-T", "fields", *fields]


def _tcpdump(wanted: str) -> Callable[[Path], list[str]]:
    return lambda path: ["tcpdump", "-r", str(path), "-w", "/dev/null", wanted]


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
    http = truth.get("http", {})
    # Those that only a description tells of are devices too.
    devices = truth["devices"] + http.get("described", 0)
    names = "frames", "messages", "searches", "replies", "late_replies"
    for name, true in [*((name, truth[name]) for name in names), ("devices", devices)]:
        if said.get(name, 0) != true:
            wrong.append(f"{name}: {said.get(name, 0)}, truth: {true}")
    for name, true in http.items():
        if said["http"].get(name) != true:
            wrong.append(f"{name}: {said['http'].get(name)}, truth: {true}")
    return wrong


def _failure(run: Run) -> str:
    if not run.status:
        return ""
    lines = run.error.strip().splitlines() or ["no message"]
    return f"exit status {run.status}: {lines[-1]}"


OURS = Tool("upnpscapy", "module:upnpscapy", _module("ours"), _checked, "whole analysis, checked")
FACTS = Tool(
    "upnpscapy, rules=()",
    "module:upnpscapy",
    _module("ours", "facts"),
    _checked,
    "facts without judgement, checked",
)
DISCOVERY = Tool(
    "upnpscapy, http=False",
    "module:upnpscapy",
    _module("ours", "discovery"),
    _checked,
    "discovery alone, checked",
)
_CAT = Tool("cat", "cat", lambda path: ["cat", str(path)], _plain, "> /dev/null", keep_output=False)


def _others(protocol: str, port: int, wanted: str, fields: tuple[str, ...]) -> tuple[Tool, ...]:
    """Return the readers to compare with, set on what is looked for in a capture."""
    place = (protocol, str(port))
    counted = f"{protocol.upper()} port {port} counted, not parsed"
    stretched = f"extrapolated from the first {LIMIT:,} frames"
    scapy = _module("walk_scapy", *place)
    kept = f"{protocol} port {port}"
    return (
        Tool("tshark", "tshark", _tshark(wanted, fields), _lines, f"-Y '{wanted}' -T fields"),
        Tool("dpkt", "module:dpkt", _module("walk_dpkt", *place), _walked, counted),
        Tool("Scapy PcapReader", "module:scapy", scapy, _extrapolated, stretched),
        Tool("tcpdump", "tcpdump", _tcpdump(kept), _plain, f"'{kept}' -w /dev/null"),
        _CAT,
    )


_OF_DISCOVERY = _others("udp", 1900, "ssdp", SSDP_FIELDS)

TOOLS: dict[str, tuple[Tool, ...]] = {
    "mixed": (OURS, FACTS, DISCOVERY, *_OF_DISCOVERY),
    "http": (OURS, FACTS, *_others("tcp", HTTP_PORT, "http || ssdp", HTTP_FIELDS)),
    "ssdp": (OURS, FACTS, *_OF_DISCOVERY),
    "long": (OURS,),
}
"""capture → who reads it, ourselves first."""
