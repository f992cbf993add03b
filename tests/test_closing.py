"""Whatever is closed at its end is closed on every way out."""

import pytest

from upnpscapy.closing import Closing


class Door(Closing):
    def __init__(self, said: list[str]) -> None:
        self.said = said

    def close(self) -> None:
        self.said.append("closed")


def test_it_is_given_and_closed_at_the_end() -> None:
    said: list[str] = []
    with (door := Door(said)) as given:
        assert given is door
        said.append("inside")
    assert said == ["inside", "closed"]


def test_it_is_closed_behind_an_error_that_goes_on() -> None:
    said: list[str] = []
    with pytest.raises(ZeroDivisionError), Door(said):
        raise ZeroDivisionError
    assert said == ["closed"]
