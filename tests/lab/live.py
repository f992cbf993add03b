"""Programs of this project on a host of the lab, which itself knows nothing of it."""

from __future__ import annotations

import functools
import json
import re
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from .host import Host
from .programs import Program

__all__ = ["command", "found", "listening", "rows", "script", "start", "written"]

COMMAND = ("-c", "import sys; sys.argv[0] = 'upnpscapy'; from upnpscapy.cli import main; main()")

LAST_GROUPS = {True: "255.255.255.255:1900", False: "[ff0e::c]:1900"}
"""Where ``listen`` listens when it listens everywhere, with ``--ipv4`` and without."""

ROOM = re.compile(r"skmem:\(r\d+,rb(\d+),")
SNIFFING_ROOM = 1 << 20
"""Scapy throws away what comes while it prepares a socket, which gets its room at the end."""


def command(*words: str) -> list[str]:
    """The words that run ``upnpscapy``."""
    return [sys.executable, *COMMAND, *words]


def rows(host: Host, *words: str, check: bool = True) -> list[dict[str, Any]]:
    """What ``upnpscapy words…`` writes on a host as JSON Lines; remarks are left out."""
    said = host.run(*command(*words, "-T", "jsonl"), check=check)
    return [json.loads(line) for line in said.splitlines() if line.startswith("{")]


def start(host: Host, *words: str) -> Program:
    """``upnpscapy words…`` running on a host, as JSON Lines."""
    return host.start(*command(*words, "-T", "jsonl"))


def found(
    host: Host, enough: Callable[[list[dict[str, Any]]], bool], *words: str
) -> list[dict[str, Any]]:
    """What ``upnpscapy search words…`` writes until it is enough, within a minute."""
    with start(host, "search", *words, "--timeout", "60") as program:
        program.wait_until(lambda: enough(written(program)), "it has found enough")
        program.stop(signal.SIGINT)
    return written(program)


@contextmanager
def listening(host: Host, *words: str) -> Iterator[Program]:
    """``upnpscapy words…`` on a host; it hears everything when the context is entered."""
    with start(host, *words) as program:
        hears = functools.partial(_listens, host, program, LAST_GROUPS["--ipv4" in words])
        if "--scapy" in words or "messages" in words:
            hears = functools.partial(_sniffs, host, program)
        program.wait_until(hears, "it hears")
        yield program


def written(program: Program) -> list[dict[str, Any]]:
    """The rows that a program wrote so far."""
    *lines, _ = program.output().split("\n")
    return [json.loads(line) for line in lines if line.startswith("{")]


def _listens(host: Host, program: Program, place: str) -> bool:
    return any(place in line for line in _sockets(host, program, "-u"))


def _sniffs(host: Host, program: Program) -> bool:
    rooms = [int(room) for line in _sockets(host, program, "-0") for room in ROOM.findall(line)]
    return any(room >= SNIFFING_ROOM for room in rooms)


def _sockets(host: Host, program: Program, kind: str) -> list[str]:
    """A program's sockets of a kind, as ``ss`` calls it, with their memory."""
    lines = host.run("ss", "-anpmOH", kind).splitlines()
    return [line for line in lines if f"pid={program.pid}," in line]


def script(host: Host, program: str, path: Path | None = None) -> Any:
    """What a Python program run on a host prints last, read as JSON; ``path`` is its argument."""
    words = [sys.executable, "-c", program, *([str(path)] if path else [])]
    return json.loads(host.run(*words).splitlines()[-1])
