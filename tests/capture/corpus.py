"""Whole captures: those of ``pcaps/``, and those below ``UPNPSCAPY_CAPTURES`` if it is set.

The variable names a directory with recordings of others, which are not part of the project.
What is below ``pcaps/attacks`` is written by hand and tested by ``tests/test_corpus.py``.
"""

import os
from functools import cache
from pathlib import Path

from tests.capture.reading import Reading, read

__all__ = ["CAPTURES", "PCAPS", "frames"]

PCAPS = Path(__file__).parents[2] / "pcaps"

_ENDINGS = frozenset((".pcap", ".pcapng", ".cap", ".gz", ".zst", ".xz"))


def _find() -> dict[str, Path]:
    found = {path.name: path for path in _captures(PCAPS, "*")}
    below = os.environ.get("UPNPSCAPY_CAPTURES")
    if below:
        root = Path(below)
        found |= {str(path.relative_to(root)): path for path in _captures(root, "**/*")}
    return found


def _captures(root: Path, pattern: str) -> list[Path]:
    return sorted(path for path in root.glob(pattern) if path.suffix in _ENDINGS)


CAPTURES = _find()
"""By name, relative to the directory they were found in."""


@cache
def frames(path: Path) -> Reading:
    """The frames of a capture, read once for all tests."""
    with path.open("rb") as file:
        return read(file)
