"""Fixtures of the tests on loopback."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest


@pytest.fixture
def nothing_is_left() -> Iterator[None]:
    """No thread of ours goes on after the test."""
    yield
    left = [one.name for one in threading.enumerate() if one.name.startswith("upnp")]
    assert left == []
