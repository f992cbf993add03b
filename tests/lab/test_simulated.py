"""Simulated devices are found and used by the control points of others."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import NamedTuple

import pytest

from . import live
from .host import Host
from .network import Network
from .printed import json_events
from .programs import Program, wait_until


class Simulated(NamedTuple):
    """Devices on one host, and the host that uses them."""

    program: Program
    client: Host
    gateway: str
    renderer: str


@pytest.fixture(scope="module")
def simulated(lab_available: None) -> Iterator[Simulated]:
    """In a network without a router."""
    with Network() as network:
        host = network.other
        words = live.command("simulate", "--address", host.interface, "--verbose")
        with host.start(*words) as program:
            program.wait_until(lambda: "searches are" in program.output(), "the devices")
            gateway, renderer = re.findall(r"^http://\S+", program.output(), re.MULTILINE)
            yield Simulated(program, network.client, gateway, renderer)


def test_upnpc_finds_the_gateway_and_maps_a_port(simulated: Simulated) -> None:
    client = simulated.client
    status = client.run("upnpc", "-s")
    assert f"desc: {simulated.gateway}" in status
    assert "Found valid IGD" in status
    assert "Status : Connected" in status
    assert "ExternalIPAddress = 44.128.0.2" in status
    at = ("upnpc", "-u", simulated.gateway)
    added = client.run(*at, "-a", client.ipv4, "8000", "8080", "TCP", "600")
    assert f"8080 TCP is redirected to internal {client.ipv4}:8000 (duration=" in added
    assert re.search(rf"0 TCP +8080->{client.ipv4}:8000 +'libminiupnpc'", client.run(*at, "-l"))
    assert "UPNP_DeletePortMapping() returned : 0" in client.run(*at, "-d", "8080", "TCP")
    assert "8080->" not in client.run(*at, "-l")
    foreign = client.run(*at, "-a", "192.168.77.2", "8000", "8080", "TCP", check=False)
    assert "606" in foreign


def test_gssdp_discover_lists_both(simulated: Simulated) -> None:
    interface = simulated.client.interface
    said = simulated.client.run("gssdp-discover", "-i", interface, "--timeout=4")
    places = set(re.findall(r"Location: (\S+)", said))
    assert places == {simulated.gateway, simulated.renderer}
    usns = set(re.findall(r"USN: +(\S+)", said))
    assert len(usns) == 17
    assert sum(usn.endswith("::upnp:rootdevice") for usn in usns) == 2


def test_gssdp_discover_hears_byebye(simulated: Simulated) -> None:
    client = simulated.client
    words = ("gssdp-discover", "-i", client.interface, "--message-type=unavailable")
    with client.start(*words) as watcher:
        wait_until(lambda: client.listens("udp", 1900), "the watcher")
        client.run(
            *live.command("simulate", "renderer", "--address", client.ipv4, "--seconds", "1")
        )
        watcher.wait_until(lambda: watcher.output().count("USN:") >= 6, "byebyes")


def test_upnp_client_calls_and_subscribes(simulated: Simulated) -> None:
    client = simulated.client

    def call(*words: str) -> dict[str, object]:
        said = client.run("upnp-client", "call-action", simulated.renderer, *words)
        return dict(json.loads(said.splitlines()[-1]))

    volume = ("InstanceID=0", "Channel=Master")
    with client.start("upnp-client", "subscribe", simulated.renderer, "*") as subscriber:
        subscriber.wait_until(lambda: len(json_events(subscriber.output())) >= 3, "first events")
        call("RC/SetVolume", *volume, "DesiredVolume=17")
        subscriber.wait_until(lambda: len(json_events(subscriber.output())) >= 4, "an event")
        events = json_events(subscriber.output())
    assert call("RC/GetVolume", *volume)["out_parameters"] == {"CurrentVolume": 17}
    assert "17" in str(events[-1])


def test_our_own_commands_find_it(simulated: Simulated) -> None:
    client = simulated.client
    rows = live.rows(client, "search", "upnp:rootdevice", "--mx", "1", "--ipv4", "--timeout", "5")
    assert {row["location"] for row in rows} == {simulated.gateway, simulated.renderer}
    status = client.run(*live.command("igd", "status"))
    assert "44.128.0.2" in status
