"""Fixtures of the tests on loopback."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Tests that run side by side would hear each other on port 1900: these share a row."""
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.xdist_group("loopback"))


@pytest.fixture
def nothing_is_left() -> Iterator[None]:
    """No thread of ours goes on after the test."""
    yield
    left = [one.name for one in threading.enumerate() if one.name.startswith("upnp")]
    assert left == []
