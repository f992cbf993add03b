"""Fixtures that give a test the lab network.

A test that uses one gets the marker `lab`. It is skipped where the lab cannot run, and fails
there instead if UPNPSCAPY_REQUIRE_LAB=1.
"""

from collections.abc import Iterator

import pytest

from upnpscapy import Case, analyze

from . import requirements
from .daemons import minidlna, miniupnpd
from .network import Network
from .story import Story, play


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks the tests that need the lab."""
    for item in items:
        if isinstance(item, pytest.Function) and "lab_available" in item.fixturenames:
            item.add_marker("lab")


@pytest.fixture(scope="session")
def lab_available() -> None:
    """The test runs only where the lab can; the reason is given where it cannot."""
    reason = requirements.missing()
    if reason and requirements.required():
        pytest.fail(f"{requirements.REQUIRE_VARIABLE} is set, but {reason}", pytrace=False)
    elif reason:
        pytest.skip(reason)


@pytest.fixture(scope="session")
def lab(lab_available: None) -> Iterator[Network]:
    """A network whose router is an IGD:2 and whose media host is a MediaServer.

    It is shared by the session: a test removes the mappings it makes.
    """
    with Network() as network, miniupnpd(network.router), minidlna(network.media):
        yield network


@pytest.fixture(scope="session", params=[1, 2], ids=lambda igd: f"IGD:{igd}")
def story(
    lab_available: None, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Story:
    """A long session with a router of each version and a media server; see `story`."""
    return play(tmp_path_factory.mktemp("story"), request.param)


@pytest.fixture(scope="session")
def case(story: Story) -> Case:
    """What upnpscapy reads in the router's frames of the story."""
    return analyze(story.router_capture)


@pytest.fixture(scope="session")
def media_case(story: Story) -> Case:
    """What upnpscapy reads in the media server's frames of the story."""
    return analyze(story.media_capture)
