"""Simulated devices that are there for a test, and leave nothing behind.

They do not multicast, and leave port 1900 to the tests that run beside.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from upnpscapy import SimulatedGateway, SimulatedRenderer, describe, simulate
from upnpscapy.simulated.network import SimulatedNetwork

__all__ = ["Clock"]


class Clock:
    """Seconds that pass when a test says so."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture(autouse=True)
def nothing_is_left() -> Iterator[None]:
    """No thread of ours goes on after the test."""
    yield
    assert [one.name for one in threading.enumerate() if one.name.startswith("upnp")] == []


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def network(clock: Clock) -> Iterator[SimulatedNetwork]:
    devices = SimulatedGateway(clock=clock), SimulatedRenderer(clock=clock)
    with simulate(*devices, multicast=False, search_port=0) as network:
        yield network


@pytest.fixture
def gateway(network: SimulatedNetwork) -> Any:
    """The gateway as a control point sees it."""
    return describe(network.gateway.location)


@pytest.fixture
def renderer(network: SimulatedNetwork) -> Any:
    """The renderer as a control point sees it."""
    return describe(network.renderer.location)
