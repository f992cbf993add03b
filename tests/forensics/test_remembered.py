"""What is remembered of values from the wire is bounded in bytes, not in entries alone."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable

import pytest

from tests.forensics.packets import alive
from upnpscapy.capture.datagrams import Datagram
from upnpscapy.capture.sighting import Sighting
from upnpscapy.forensics.extract import connections
from upnpscapy.forensics.rules.discovery import url_end_of
from upnpscapy.forensics.rules.requests import local_name
from upnpscapy.forensics.url_place import url_place
from upnpscapy.forensics.watching.message_marks import marks_of
from upnpscapy.protocol.ssdp import parse_ssdp

SIZE, COUNT = 20_000, 1000
"""Of characters, and values; the library's ``urlsplit`` remembers some hundreds of any length."""


def marks_of_location(url: str) -> object:
    payload = alive(LOCATION=url)
    sent = Datagram(1, 0, bytes(4), 1900, bytes(4), 1900, None, (), 4, payload, False)
    return marks_of(Sighting("a", parse_ssdp(payload), *sent))


@pytest.mark.parametrize(
    "read",
    [
        marks_of_location,
        url_end_of,
        url_place,
        local_name,
        connections._ENDPOINTS.__getitem__,
    ],
    ids=["marks", "url_end_of", "url_place", "local_name", "endpoint"],
)
@pytest.mark.parametrize("place", ["host", "path"])
def test_long_values_are_not_kept(read: Callable[[str], object], place: str) -> None:
    def url(number: int) -> str:
        long = f"{number}" + "x" * SIZE
        return f"http://{long}/" if place == "host" else f"http://192.0.2.1/{long}"

    read(url(-1))
    tracemalloc.start()
    try:
        for number in range(COUNT):
            read(url(number))
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < SIZE * COUNT / 2


def test_what_is_short_is_read_once() -> None:
    assert url_end_of("http://192.0.2.1:80/") is url_end_of("http://192.0.2.1:80/")
