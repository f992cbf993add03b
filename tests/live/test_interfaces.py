"""Interfaces, addresses and the ways between them; nothing is sent."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from tests.live.carrier import ETH0, ETH1
from upnpscapy.errors import NetworkError
from upnpscapy.live.interfaces import (
    Interface,
    address_facing,
    choose,
    interfaces,
    packed,
    resolve,
)
from upnpscapy.live.routes import Route, host_routes

LOOPBACK = Interface("lo", 1, ("127.0.0.1",), ("::1",))
KNOWN = [LOOPBACK, ETH0, ETH1]


def test_this_host_has_a_loopback_interface() -> None:
    (loopback,) = [one for one in interfaces() if "127.0.0.1" in one.ipv4]
    assert loopback.is_loopback
    assert socket.if_nametoindex(loopback.name) == loopback.index
    assert loopback not in choose()


@pytest.mark.skipif(sys.platform != "linux", reason="reads what Linux says of its interfaces")
def test_those_that_do_multicast_are_chosen() -> None:
    def does_multicast(name: str) -> bool:
        flags = int(Path(f"/sys/class/net/{name}/flags").read_text(), 16)
        return flags & 0x1009 == 0x1001  # up, multicast, not loopback

    assert choose() == [one for one in interfaces() if does_multicast(one.name)]


CHOICES: dict[str, tuple[str | list[str], list[Interface]]] = {
    "name": ("eth1", [ETH1]),
    "names": (["eth1", "lo"], [ETH1, LOOPBACK]),
    "twice": (["eth0", "eth0"], [ETH0]),
    "IPv4": ("198.51.100.11", [Interface("eth1", 3, ("198.51.100.11",), ())]),
    "IPv6": ("2001:0DB8::10", [Interface("eth0", 2, (), ("2001:db8::10",))]),
    "scope": ("[fe80::10%eth0]", [Interface("eth0", 2, (), ("fe80::10",))]),
    "scope by number": ("fe80::10%2", [Interface("eth0", 2, (), ("fe80::10",))]),
    "two addresses": (
        ["192.0.2.10", "fe80::10"],
        [Interface("eth0", 2, ("192.0.2.10",), ("fe80::10",))],
    ),
}


@pytest.mark.parametrize(("names", "expected"), CHOICES.values(), ids=CHOICES)
def test_chosen_by_name_or_address(names: str | list[str], expected: list[Interface]) -> None:
    assert choose(names, known=KNOWN) == expected


@pytest.mark.parametrize("name", ["eth2", "192.0.2.11", "fe80::10%eth1", "", "192.0.2.10/24"])
def test_one_that_is_not_there_is_named(name: str) -> None:
    with pytest.raises(NetworkError, match="there are lo, eth0, eth1"):
        choose(name, known=KNOWN)


PLACES: dict[str, tuple[object, ...]] = {
    "192.0.2.1": ("192.0.2.1", 7),
    "2001:DB8::1": ("2001:db8::1", 7, 0, 0),
    "[2001:db8::1]": ("2001:db8::1", 7, 0, 0),
    "fe80::1%1": ("fe80::1", 7, 0, 1),
    "localhost": ("127.0.0.1", 7),
}


@pytest.mark.parametrize(("host", "place"), PLACES.items())
def test_hosts_as_sockets_take_them(host: str, place: tuple[object, ...]) -> None:
    assert resolve(host, 7) == place
    if host != "localhost":
        assert packed(host.strip("[]")) == packed(str(place[0]))


def test_address_facing_a_host() -> None:
    assert address_facing("127.0.0.1") == "127.0.0.1"
    with pytest.raises(NetworkError, match=r"no way to 192\.0\.2\.1: "):
        address_facing("192.0.2.1", source="203.0.113.77")


HOSTS: dict[str, tuple[str, int]] = {
    "127.0.0.1": ("127.0.0.1", 1900),
    "127.0.0.1:50000": ("127.0.0.1", 50000),
    "localhost:50000": ("127.0.0.1", 50000),
    "::1": ("::1", 1900),
    "[::1]": ("::1", 1900),
    "[::1]:50000": ("::1", 50000),
}


@pytest.mark.parametrize(("host", "place"), HOSTS.items())
def test_routes_to_one_host(host: str, place: tuple[str, int]) -> None:
    if ":" in place[0] and not any("::1" in one.ipv6 for one in interfaces()):
        pytest.skip("this host has no IPv6")
    (route,) = host_routes(host)
    assert (route.destination, route.port) == place
    assert route.source == place[0]
    assert route.interface.is_loopback
    assert route.is_unicast


def test_routes_by_chosen_interfaces() -> None:
    def sources(host: str) -> list[str]:
        return [route.source for route in host_routes(host, [ETH0, ETH1])]

    assert sources("192.0.2.1") == ["192.0.2.10", "198.51.100.10", "198.51.100.11"]
    assert sources("2001:db8::1") == ["fe80::10", "2001:db8::10"]
    assert sources("fe80::1%2") == ["fe80::10", "2001:db8::10"]
    with pytest.raises(NetworkError, match="no chosen interface has an address"):
        host_routes("2001:db8::1", [ETH1])


SCOPES = {("fe80::10", "fe80::1"): 2, ("fe80::10", "ff02::c"): 2, ("2001:db8::10", "ff05::c"): 2}


def test_scope_ids() -> None:
    for (source, destination), scope in SCOPES.items():
        assert Route(ETH0, source, destination).scope_id == scope
    assert Route(ETH0, "2001:db8::10", "2001:db8::1").scope_id == 0
    assert Route(ETH0, "192.0.2.10", "192.0.2.1").scope_id == 0
