"""tshark, the oracle for frame numbers, fields and what is discovery."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

__all__ = ["needs_tshark", "needs_tshark_4_0", "rows", "tshark"]

_PROGRAM = shutil.which("tshark")


def _version() -> str:
    if _PROGRAM is None:
        return ""
    command = [_PROGRAM, "--version"]
    return subprocess.run(command, capture_output=True, check=True, text=True).stdout


needs_tshark = pytest.mark.skipif(_PROGRAM is None, reason="tshark is not installed")
needs_tshark_4_0 = pytest.mark.skipif(
    "Wireshark) 4.0." not in _version(), reason="tshark 4.0, of which it was seen, is not installed"
)


def tshark(path: Path, *arguments: str) -> str:
    """What tshark prints of a capture; it is not asked to like the whole of it."""
    assert _PROGRAM is not None
    command = [_PROGRAM, "-n", "-r", str(path), *arguments]
    done = subprocess.run(command, capture_output=True, check=False, timeout=120)
    return done.stdout.decode(errors="replace")


def rows(path: Path, display_filter: str, *fields: str) -> list[dict[str, list[str]]]:
    """The fields of the frames that a display filter shows, each with all its occurrences."""
    asked = [word for field in fields for word in ("-e", field)]
    text = tshark(path, "-Y", display_filter, "-T", "json", *asked)
    found: list[dict[str, Any]] = json.loads(text or "[]")
    return [frame["_source"]["layers"] for frame in found]
