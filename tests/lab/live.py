"""Programs of this project on a host of the lab, which itself knows nothing of it."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from .host import Host
from .programs import Program

__all__ = ["command", "rows", "script", "start"]

COMMAND = ("-c", "import sys; sys.argv[0] = 'upnpscapy'; from upnpscapy.cli import main; main()")


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


def script(host: Host, program: str, path: Path | None = None) -> Any:
    """What a Python program run on a host prints last, read as JSON; ``path`` is its argument."""
    words = [sys.executable, "-c", program, *([str(path)] if path else [])]
    return json.loads(host.run(*words).splitlines()[-1])
