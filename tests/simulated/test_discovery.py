"""Simulated devices are found, in the versions that are asked for."""

from __future__ import annotations

import random
import socket
import time
from typing import Any

import pytest

from upnpscapy import NetworkError, SimulatedGateway, parse_ssdp, search, simulate
from upnpscapy.protocol.ssdp import SsdpMessage
from upnpscapy.protocol.ssdp_build import build_search, build_unicast_search
from upnpscapy.simulated.network import SimulatedNetwork

from .wire import control

IGD = "urn:schemas-upnp-org:device:InternetGatewayDevice"
LAST = "urn:schemas-upnp-org:device:WANDevice:1"
"""What an IGD:2 answers to, but does not announce."""

IP = "urn:schemas-upnp-org:service:WANIPConnection"


def answers(network: SimulatedNetwork, payload: bytes) -> list[SsdpMessage]:
    """What comes before the answer to another search, as answers come in order."""
    address, _, port = network.search_at.partition(":")
    last = bytes(build_unicast_search("h", LAST))
    replies = []
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(60)
        for one in (payload, last):
            sock.sendto(one, (address, int(port)))
        while (reply := parse_ssdp(sock.recv(4096))).st != LAST:
            replies.append(reply)
    return replies


def found(network: SimulatedNetwork, st: str) -> list[tuple[str, str]]:
    """ST and USN of each answer."""
    port = int(network.search_at.partition(":")[2])
    replies = answers(network, bytes(build_unicast_search("h", st)))
    for reply in replies:
        assert {defect.name for defect in reply.defects} <= {"location-loopback"}
        assert (reply.boot_id is None, reply.config_id is None) == (False, False)
        assert reply.search_port == (None if port == 1900 else port)
    return [(reply.st or "", reply.usn or "") for reply in replies]


def test_search_finds_them(network: SimulatedNetwork) -> None:
    with search("upnp:rootdevice", unicast=network.search_at, timeout=60) as run:
        replies = [next(run), next(run)]
    assert [reply.location for reply in replies] == network.locations
    assert [reply.udn for reply in replies] == [device.udn for device in network.devices]


def test_all_are_as_many_as_the_standard_says(network: SimulatedNetwork) -> None:
    everything = found(network, "ssdp:all")
    assert len(everything) == len(set(everything)) == (3 + 2 * 2 + 4) + (3 + 3)
    assert all(usn in (st, f"{usn.partition('::')[0]}::{st}") for st, usn in everything)


@pytest.mark.parametrize(
    ("st", "number"),
    [
        (f"{IGD}:1", 1),
        (f"{IGD}:2", 1),
        (f"{IGD}:3", 0),
        (f"{IGD}:0", 0),
        (f"{IGD}:", 0),
        (IGD, 0),
        (f"{IP}:1", 1),
        (f"{IP}:99999999999999999999", 0),
        ("urn:schemas-upnp-org:device:Basic:1", 0),
        ("uuid:nobody", 0),
    ],
)
def test_types_are_found_in_the_version_asked_for(
    network: SimulatedNetwork, st: str, number: int
) -> None:
    replies = found(network, st)
    assert len(replies) == number
    assert all(one == st and usn.endswith(f"::{st}") for one, usn in replies)


def test_an_id_finds_its_device(network: SimulatedNetwork) -> None:
    udn = network.gateway.udn
    assert found(network, udn) == [(udn, udn)]


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"\xff" * 9000,
        b"M-SEARCH * HTTP/1.1\r\nST: ssdp:all\r\n\r\n",
        b'M-SEARCH * HTTP/1.1\r\nMAN: "ssdp:discover"\r\n\r\n',
        b'M-SEARCH * HTTP/1.1\r\nMAN: "ssdp:discover"\r\nST: urn:\x1b[31m:1\r\n\r\n',
        b"NOTIFY * HTTP/1.1\r\nNTS: ssdp:alive\r\nNT: ssdp:all\r\n\r\n",
    ],
)
def test_what_is_no_search_gets_no_answer(network: SimulatedNetwork, payload: bytes) -> None:
    assert answers(network, payload) == []


@pytest.mark.parametrize(("delay", "most"), [(0.2, 0.2), (5.0, 1)])
def test_answers_are_delayed_within_mx(
    delay: float, most: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    bounds = []

    def uniform(*of: float) -> float:
        bounds.append(of)
        return random.random() * of[1]

    monkeypatch.setattr(random, "uniform", uniform)
    with simulate(
        SimulatedGateway(), multicast=False, search_port=0, delay_seconds=delay
    ) as network:
        address, _, port = network.search_at.partition(":")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.settimeout(60)
            begun = time.monotonic()
            sock.sendto(bytes(build_search("ssdp:all", 1)), (address, int(port)))
            times = []
            for _ in range(11):
                sock.recv(4096)
                times.append(time.monotonic() - begun)
    assert bounds == [(0, most)] * 11
    assert times[-1] > 0.02
    assert times[-1] - times[0] > 0.01


def test_a_callback_that_fails_harms_nobody() -> None:
    def fail(line: str) -> None:
        lines.append(line)
        raise ValueError(line)

    lines: list[str] = []
    with simulate(SimulatedGateway(), multicast=False, search_port=0, on_request=fail) as network:
        assert [len(found(network, "upnp:rootdevice")) for _ in range(2)] == [1, 1]
        assert control(network.gateway.location).WANIPConn1.GetExternalIPAddress().value
    assert lines[0] == "127.0.0.1 M-SEARCH upnp:rootdevice: 1 answers"
    assert lines[-1] == "127.0.0.1 WANIPConn1 GetExternalIPAddress()"


def test_two_networks_are_beside_each_other(network: SimulatedNetwork) -> None:
    with simulate(SimulatedGateway(1), multicast=False, search_port=0) as other:
        assert other.search_at != network.search_at
        assert len(found(other, f"{IGD}:2")) == 0
        assert len(found(network, f"{IGD}:2")) == 1
        assert len(found(other, f"{IGD}:1")) == 1


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"address": "192.0.2.1"}, "192.0.2.1"),
        ({"address": "nowhere0"}, "nowhere0"),
        ({"address": "::1"}, "IPv4"),
        ({"port": 99999}, "99999"),
        ({"search_port": 99999}, "searches"),
        ({"search_port": 4711}, "49152"),
    ],
)
def test_what_cannot_be_is_said(options: dict[str, Any], told: str) -> None:
    gateway = SimulatedGateway()
    with pytest.raises(NetworkError, match=told):
        simulate(gateway, multicast=False, **{"search_port": 0, **options})
    assert not gateway.is_attached


def test_a_device_comes_and_goes() -> None:
    gateway = SimulatedGateway()
    for _ in range(2):
        with gateway.start(multicast=False, search_port=0):
            place = gateway.location.split("/")[2].split(":")
            socket.create_connection((place[0], int(place[1])), 1).close()
        assert not gateway.is_attached
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((place[0], int(place[1])), 1)
