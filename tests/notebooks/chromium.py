"""A page in headless Chromium: what it says on the console, and what it asks the network for."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

__all__ = ["CHROMIUM", "Visit", "visit"]

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")

SECONDS = 60

QUIET = (
    *"--headless --no-sandbox --disable-gpu --disable-quic --disable-sync --no-pings".split(),
    *"--no-first-run --disable-default-apps --disable-extensions --dump-dom".split(),
    *"--disable-background-networking --disable-component-update".split(),
    "--enable-logging=stderr",
    "--host-resolver-rules=MAP * ~NOTFOUND",
)
"""Chromium on its own asks for nothing that it can do without, and finds no host."""

_CONSOLE = re.compile(r":CONSOLE[^\]]*\] (.*)")


class Visit(NamedTuple):
    """What came of opening a page."""

    dom: str
    console: list[str]
    """Lines, of whatever level."""
    requests: set[str]
    """URLs that the page asked for, but for files and what is in it."""


def visit(page: Path) -> Visit:
    """Open a page in a browser that knows nothing."""
    assert CHROMIUM is not None
    with tempfile.TemporaryDirectory() as profile:
        log = Path(profile, "net.json")
        options = (f"--user-data-dir={profile}", f"--log-net-log={log}")
        run = subprocess.run(
            [CHROMIUM, *QUIET, *options, page.as_uri()],
            capture_output=True,
            check=True,
            timeout=SECONDS,
        )
        requests = _requests(json.loads(log.read_text(encoding="utf-8")))
    said = run.stderr.decode(errors="replace")
    return Visit(run.stdout.decode(), _CONSOLE.findall(said), requests)


def _requests(log: Any) -> set[str]:
    """Those with an origin: what Chromium asks for by itself has none."""
    found = set()
    for event in log["events"]:
        asked = event.get("params", {})
        if "url" in asked and asked.get("initiator", "not an origin") != "not an origin":
            found.add(str(asked["url"]))
    return found
