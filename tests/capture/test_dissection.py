"""On every frame of every capture, Scapy finds the datagrams that the bulk reader finds."""

from pathlib import Path

import pytest

from tests.capture.corpus import CAPTURES, frames
from tests.capture.dissection import found_by_scapy, found_by_us
from tests.capture.reading import datagrams


@pytest.mark.parametrize("path", CAPTURES.values(), ids=CAPTURES)
def test_bulk_reader_equals_scapy(path: Path) -> None:
    with path.open("rb") as file:
        ours = found_by_us(datagrams(file))
    assert ours == found_by_scapy(frames(path).frames)
