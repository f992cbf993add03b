"""Memory on a flood: it does not grow with the capture, and what is left out is said."""

from __future__ import annotations

import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.forensics.packets import GROUP, Sent, alive, message, response, search, write
from upnpscapy import analyze
from upnpscapy.forensics import inventory
from upnpscapy.forensics.search_row import SearchRow
from upnpscapy.protocol import pairing

MEBI = 1 << 20

FEW = """
from upnpscapy.forensics import inventory
from upnpscapy.protocol import pairing
inventory.MAX_DEVICES = pairing.MAX_PENDING = 500
"""
"""Bounds that a small flood exceeds."""

MEASURE = """
import sys
import upnpscapy
case = upnpscapy.analyze(sys.argv[1])
assert len(case.devices) <= 500
# Not ru_maxrss: it begins with that of the parent.
status = open("/proc/self/status").read()
print(int(status.partition("VmHWM:")[2].split()[0]) * 1024)
"""


def flood(count: int) -> Iterator[Sent]:
    """Searches, announcements, responses and other messages, no two alike, of no two senders."""
    chance = random.Random(1)
    for number in range(count):
        name = f"{chance.getrandbits(64):016x}"
        source = f"10.{chance.randrange(256)}.{chance.randrange(256)}.{chance.randrange(256)}"
        mac = ":".join(name[at : at + 2] for at in range(0, 12, 2))
        port = chance.randrange(1, 65536)
        kinds = (
            (search(f"urn:x:device:{name}:1"), GROUP, 1900),
            (alive(udn=f"uuid:{name}", LOCATION=f"http://{name}/"), GROUP, 1900),
            (response(udn=f"uuid:{name}"), "10.0.0.1", port),
            (message("NOTIFY * HTTP/1.1", {f"X-{name}": name}), GROUP, 1900),
        )
        payload, destination, to = kinds[number % 4]
        yield Sent(payload, number / 1000, source, port, destination, to, mac)


def peak_bytes(path: str, bounds: str = "") -> int:
    program = bounds + MEASURE
    run = subprocess.run([sys.executable, "-c", program, path], capture_output=True, check=True)
    return int(run.stdout)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc to ask for memory")
def test_memory_does_not_grow_with_the_flood(tmp_path: Path) -> None:
    # Both are beyond every bound there is, that of remembered payloads (2 x 6,000) among them.
    short = peak_bytes(write(tmp_path / "short.pcap", flood(24_000)), FEW)
    long = peak_bytes(write(tmp_path / "long.pcap", flood(48_000)), FEW)
    assert long - short < 4 * MEBI
    assert long < 200 * MEBI


def long_values(count: int) -> Iterator[Sent]:
    """Searches and announcements of 40 kB, no two with the same names."""
    for number in range(count):
        name = f"{number:06d}" + "x" * 20_000
        payload = search(f"urn:x:device:{name}:1")
        if number % 2:
            payload = alive(udn=f"uuid:{name}", LOCATION="http://192.0.2.1/", SERVER=name)
        yield Sent(payload, number / 1000, "192.0.2.1", 50000 + number % 1000)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="no /proc to ask for memory")
def test_memory_does_not_grow_with_long_values(tmp_path: Path) -> None:
    path = write(tmp_path / "long.pcap", long_values(4000))
    assert peak_bytes(path) < 200 * MEBI
    (row,) = analyze(path).captures
    assert [limit.partition(" ")[2] for limit in row.limits] == [
        "searches closed early, too many at a time",
        "messages of devices beyond those kept",
        "long values of devices not kept",
        "messages kept from the rules, too many distinct ones",
    ]


def test_limits_say_what_was_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inventory, "MAX_DEVICES", 100)
    monkeypatch.setattr(pairing, "MAX_PENDING", 100)
    found: list[SearchRow] = []
    case = analyze(write(tmp_path / "a.pcap", flood(2000)), on_search=found.append)
    (row,) = case.captures
    assert len(case.devices) == 100
    assert case.kinds == {"search": 500, "alive": 500, "response": 500, "other": 500}
    assert len(found) == case.search_count == 500, "closed early, not lost"
    assert row.limits == [
        "400 searches closed early, too many at a time",
        "900 messages of devices beyond those kept",
    ]
    assert row.incomplete is False, "the file was read to its end"


def test_searches_stream_while_they_are_read(tmp_path: Path) -> None:
    sent = [Sent(search(), at, "192.0.2.10", 50000) for at in range(0, 4000, 40)]
    case = analyze(write(tmp_path / "a.pcap", sent))
    rows = iter(case.searches)
    assert next(rows).frame == 1
    assert len(list(rows)) == 99
