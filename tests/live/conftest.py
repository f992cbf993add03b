"""Fixtures of the tests on loopback."""

from __future__ import annotations

import fcntl
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

LOCK = Path(tempfile.gettempdir()) / "upnpscapy-tests-port-1900.lock"


@pytest.fixture
def loopback_to_itself() -> Iterator[None]:
    """Tests that run side by side would hear each other on port 1900: one at a time."""
    with LOCK.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


@pytest.fixture
def nothing_is_left() -> Iterator[None]:
    """No thread of ours goes on after the test."""
    yield
    left = [one.name for one in threading.enumerate() if one.name.startswith("upnp")]
    assert left == []
