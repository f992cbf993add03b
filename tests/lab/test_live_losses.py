"""A burst while nobody reads: it waits, and of what does not fit it is said how much was lost."""

from __future__ import annotations

import itertools
import os
import re
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from . import live
from .live import listening, written
from .network import Network
from .programs import Program

COMMANDS = {
    "messages": ("messages", "--interface", "eth0"),
    "listen": ("listen", "--ipv4"),
    "listen --scapy": ("listen", "--ipv4", "--scapy"),
}
LOST = re.compile(r"^upnpscapy: (\d+) (?:frames|datagrams) were lost, they came too fast$", re.M)

SOME = 500
"""Announcements that fit: more than a network of devices answers at once."""

TOO_MANY = 30_000
"""More than any of the buffers holds: 8 MiB, of which a small frame takes 768 bytes at least."""

# Sends announcements by multicast: how many, and of which device.
SEND = """
import socket, sys
message = (
    b"NOTIFY * HTTP/1.1\\r\\nHOST: 239.255.255.250:1900\\r\\nNT: upnp:rootdevice\\r\\n"
    b"NTS: ssdp:alive\\r\\nUSN: %s::upnp:rootdevice\\r\\n\\r\\n" % sys.argv[2].encode()
)
with socket.socket(type=socket.SOCK_DGRAM) as sender:
    for _ in range(int(sys.argv[1])):
        sender.sendto(message, ("239.255.255.250", 1900))
"""


@pytest.fixture(scope="module")
def quiet(lab_available: None) -> Iterator[Network]:
    """A network where no daemon says anything."""
    with Network() as network:
        yield network


def send(network: Network, count: int, udn: str) -> None:
    network.other.run(sys.executable, "-c", SEND, str(count), udn)


@contextmanager
def held(program: Program) -> Iterator[None]:
    """A program that does not get the processor."""
    os.kill(program.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(program.pid, signal.SIGCONT)


def read_all(network: Network, program: Program) -> int:
    """Returns when a program has read what waited: how many datagrams were sent to learn that.

    What comes after a burst is read after it, and the first of it may be lost too.
    """
    for sent in itertools.count(1):
        send(network, 1, f"uuid:last-{sent}")
        deadline = time.monotonic() + 2
        while time.monotonic() < deadline:
            if any(row["udn"] == f"uuid:last-{sent}" for row in written(program)[-sent:]):
                return sent
            time.sleep(0.05)
        assert sent < 30, program.log_tail()
    raise AssertionError


@pytest.mark.parametrize("sent", [SOME, TOO_MANY])
@pytest.mark.parametrize("words", COMMANDS.values(), ids=COMMANDS)
def test_a_burst_is_all_there_or_said_to_be_lost(
    words: tuple[str, ...], sent: int, quiet: Network
) -> None:
    with listening(quiet.client, *words) as program:
        with held(program):
            send(quiet, sent, "uuid:burst")
        sent += read_all(quiet, program)
        program.stop(signal.SIGINT)
    said = LOST.search(program.output())
    lost = int(said[1]) if said else 0
    assert len(written(program)) + lost == sent
    assert (lost > 0) == (sent > TOO_MANY)
    assert program.status == 130


def test_what_was_lost_of_an_interface_is_known_when_it_is_closed(quiet: Network) -> None:
    said = live.script(quiet.client, TINY)
    assert said["taken"] + said["lost"] == said["sent"] == 300
    assert said["lost"] == said["lost_after"] > 0


# Sniffs with very little room while nobody reads: `Sniffer` reads in a thread, this does not.
TINY = """
import json, socket
from select import select
from upnpscapy.live import sniffing_sockets
from upnpscapy.live.sniffing_sockets import SniffingSockets
sniffing_sockets.BUFFER = 0
sockets = SniffingSockets(["eth0"], "udp")
with socket.socket(type=socket.SOCK_DGRAM) as sender:
    for number in range(300):
        sender.sendto(b"x" * 100, ("239.255.255.250", 1900))
(sniffing,) = sockets.names
taken = 0
while select([sniffing], [], [], 0)[0]:
    taken += bool(sniffing.recv_raw()[1])
lost = sockets.dropped
sockets.close()
sockets.close()
print(json.dumps({"sent": 300, "taken": taken, "lost": lost, "lost_after": sockets.dropped}))
"""
