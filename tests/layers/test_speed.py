"""Dissecting SSDP costs little over leaving it as bytes."""

import timeit

from scapy.layers.inet import IP, UDP
from scapy.layers.l2 import Ether
from scapy.packet import Raw

from tests.layers.messages import ALIVE

FRAMES = 200
REPEATS = 15
LIMIT = 1.5
"""Times the time of ``Ether/IP/UDP/Raw``; 1.2 is usual."""


def frames(port: int) -> list[bytes]:
    """Announcements of as many devices, of which no two are equal."""
    return [
        bytes(
            Ether(src="02:00:00:00:00:01", dst="01:00:5e:7f:ff:fa")
            / IP(src="192.0.2.1", dst="239.255.255.250")
            / UDP(sport=port, dport=port)
            / Raw(ALIVE.replace(b"00aa", b"%04d" % number))
        )
        for number in range(FRAMES)
    ]


def seconds(data: list[bytes]) -> float:
    return timeit.timeit(lambda: [Ether(frame) for frame in data], number=1)


def test_dissecting_costs_little() -> None:
    ssdp, raw = frames(1900), frames(40000)
    ratios = []
    for _ in range(REPEATS):
        ratios.append(seconds(ssdp) / seconds(raw))
    assert min(ratios) < LIMIT
