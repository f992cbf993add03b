"""Which gateway is taken, and what is said where none is."""

from __future__ import annotations

import pickle
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from upnpscapy import GatewayError, Http, NetworkError, RefusedError, TransportError, find_igd
from upnpscapy.live import default_gateway
from upnpscapy.live.default_gateway import DefaultGateway, default_gateways
from upnpscapy.live.igd_candidate import Candidate, Standing
from upnpscapy.live.igd_search import MAX_LOCATIONS_OF_ONE, TARGETS

from .igd_gateway import FIREWALL, IP1, IP2, PPP, FakeGateway, replies
from .responder import Responder
from .server import Server, http


def found_by_search(*gateways: Any, **options: Any) -> Any:
    """What is taken when these answer a search, in this order."""
    locations = [one if isinstance(one, str) else one.location for one in gateways]
    with Responder(replies(locations)) as responder:
        return find_igd(host=responder.host, http=Http(timeout_seconds=60), **options)


def test_gateway_at_a_location_is_taken() -> None:
    with FakeGateway() as fake:
        igd = fake.igd()
        assert (igd.gateway, igd.own_address) == ("127.0.0.1", "127.0.0.1")
        assert igd.connection.control_url == f"{fake.url}/ctl/0"
        assert igd.found_status is not None
        assert igd.found_status.external_address == "44.128.0.2"
        assert fake.paths == ["/root.xml", "/ctl/0", "/ctl/0"]


def test_search_stops_at_the_answer() -> None:
    with FakeGateway() as fake, Responder(replies([fake.location])) as responder:
        start = time.monotonic()
        igd = find_igd(host=responder.host, timeout=60)
        took = time.monotonic() - start
        assert fake.paths.count("/root.xml") == 1
    assert igd.location == fake.location
    assert took < 30


@pytest.mark.parametrize("target", TARGETS)
def test_gateway_that_answers_one_target_only_is_found(target: str) -> None:
    with FakeGateway() as fake:
        answer = replies([fake.location])

        def choosy(request: bytes, count: int) -> list[tuple[bytes, bool]]:
            return answer(request, count) if f"ST: {target}\r\n".encode() in request else []

        with Responder(choosy) as responder:
            assert find_igd(host=responder.host, timeout=60).location == fake.location


def test_search_is_repeated_as_datagrams_get_lost() -> None:
    with Responder(lambda *_: ()) as responder:
        with pytest.raises(GatewayError):
            find_igd(host=responder.host, timeout=3)
        asked = [data for data, _ in responder.asked]
    assert len(asked) == 1 + 3 * len(TARGETS)


ORDERS = [
    ((PPP, IP1, IP2), 2),
    ((PPP, IP1), 1),
    ((IP2, PPP), 0),
    ((FIREWALL, PPP), 1),
    (("urn:schemas-upnp-org:service:WANIPConnection:3", IP1), 0),
    (("urn:schemas-upnp-org:service:wanipconnection:1",), 0),
    ((PPP,) * 12, 0),
]


@pytest.mark.parametrize(("services", "number"), ORDERS)
def test_wanip2_goes_before_wanip1_before_ppp(services: tuple[str, ...], number: int) -> None:
    with FakeGateway(*services) as fake:
        assert fake.igd().connection.control_url.endswith(f"/ctl/{number}")


def test_service_that_is_connected_goes_before_a_better_one_that_is_not() -> None:
    down = ("Disconnected", "")
    with FakeGateway(IP2, IP1, PPP, of_service={0: down, 1: down}) as fake:
        igd = fake.igd()
        assert igd.connection.title == "WANPPPConnection:1"
        assert igd.status().connected


def test_service_with_a_public_address_goes_before_one_with_a_private_one() -> None:
    with FakeGateway(PPP, PPP, of_service={0: ("Connected", "10.0.0.1")}) as fake:
        assert fake.igd().connection.control_url.endswith("/ctl/1")


USABLE = [("Connected", "44.128.0.2"), ("Up", "44.128.0.2"), (" connected ", "44.128.0.2 ")]


@pytest.mark.parametrize(("status", "address"), USABLE)
def test_gateway_that_is_connected_is_taken(status: str, address: str) -> None:
    with FakeGateway(status=status, address=address) as fake:
        assert fake.igd().gateway == "127.0.0.1"


def test_gateway_that_tells_no_status_but_a_public_address_is_taken() -> None:
    with FakeGateway(status=None) as fake:
        igd = fake.igd()
        assert igd.found_status is not None
        assert igd.found_status.connection_status is None
        assert "GetStatusInfo: error 401" in igd.found_status.problems[0]


UNUSABLE = [
    ("Disconnected", "", "not-connected", "its WAN is not connected: Disconnected"),
    ("Connecting", "44.128.0.2", "not-connected", "not connected: Connecting"),
    ("\u202eDown", "44.128.0.2", "not-connected", "not connected"),
    (None, "10.0.0.1", "not-connected", "not connected: nothing"),
    ("Connected", "192.168.1.2", "not-public", "private: another NAT is in front of it"),
    ("Connected", "100.64.3.1", "not-public", "of a carrier-grade NAT"),
    ("Connected", "0.0.0.0", "not-public", "no address yet"),
    ("Connected", "", "not-public", "no address"),
    ("Connected", "garbage\u202e", "not-public", "no address"),
    ("Connected", "192.0.2.7", "not-public", "not public (documentation)"),
    ("Connected", None, "not-public", "does not say its WAN address"),
]


@pytest.mark.parametrize(("status", "address", "kind", "words"), UNUSABLE)
def test_gateway_that_nothing_outside_can_reach_is_an_error_unless_the_caller_insists(
    status: str | None, address: str | None, kind: str, words: str
) -> None:
    with FakeGateway(status=status, address=address) as fake:
        with pytest.raises(GatewayError, match=r"the gateway 127\.0\.0\.1 is of no use") as caught:
            fake.igd()
        igd = fake.igd(any_wan=True)
    error = caught.value
    assert (error.kind, igd.gateway) == (kind, "127.0.0.1")
    assert words in str(error)
    assert str(error).isprintable()
    assert len(error.found) == 1
    copy = pickle.loads(pickle.dumps(error))
    assert (copy.kind, copy.found, str(copy)) == (error.kind, error.found, str(error))


def test_nobody_answers() -> None:
    with Responder(lambda *_: ()) as responder, pytest.raises(GatewayError) as caught:
        find_igd(host=responder.host, timeout=0.2)
    assert caught.value.kind == "none"
    assert caught.value.found == ()


def test_what_answers_is_no_gateway() -> None:
    with FakeGateway("urn:x:service:Printer:1", device_type="Printer:1") as fake:
        with pytest.raises(GatewayError, match="Printer:1, without WANIPConnection") as caught:
            found_by_search(fake, timeout=2)
        assert caught.value.kind == "not-igd"


def test_what_is_no_description_is_said() -> None:
    with Server(http("status=ok")) as server:
        with pytest.raises(GatewayError, match="no gateway answered properly") as caught:
            found_by_search(f"{server.url}/x", timeout=2)
        assert caught.value.kind == "none"


def test_location_errors_are_those_of_describe() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(TransportError):
        find_igd(f"http://127.0.0.1:{port}/root.xml")
    with pytest.raises(RefusedError):
        find_igd("http://203.0.113.7/root.xml")
    with pytest.raises(NetworkError):
        find_igd(interfaces="no-such-interface")


def test_good_gateway_is_found_behind_bad_ones() -> None:
    with (
        FakeGateway("urn:x:service:Printer:1") as printer,
        FakeGateway(status="Disconnected") as down,
        FakeGateway(address="10.0.0.1") as private,
        FakeGateway() as good,
    ):
        igd = found_by_search(printer, down, private, good, timeout=60)
        assert igd.location == good.location
        private_one = found_by_search(printer, down, private, timeout=60, any_wan=True)
        assert private_one.location == private.location


def test_device_that_says_nothing_holds_nobody_up() -> None:
    with FakeGateway() as silent, FakeGateway() as good:
        silent.silent = True
        start = time.monotonic()
        igd = found_by_search(silent, good, timeout=60)
        assert igd.location == good.location
        assert time.monotonic() - start < 30
        silent.stopped.set()


def test_reply_that_names_another_host_is_not_followed() -> None:
    with FakeGateway() as fake:
        elsewhere = fake.location.replace("127.0.0.1", "127.0.0.2")
        with pytest.raises(GatewayError, match="off the host of the device") as caught:
            found_by_search(elsewhere, timeout=2)
        assert caught.value.kind == "none"
        assert fake.paths == []
        with pytest.raises(GatewayError, match="not on the local network"):
            found_by_search("http://203.0.113.9/x.xml", timeout=2)


def test_one_that_names_many_locations_is_bounded() -> None:
    with Server(http("", "404 Not Found")) as server:
        with pytest.raises(GatewayError) as caught:
            found_by_search(*(f"{server.url}/{n}" for n in range(40)), timeout=2)
        assert len(caught.value.found) == len(server.requests) == MAX_LOCATIONS_OF_ONE


def test_default_gateway_goes_first_among_equals_and_what_is_usable_before_it() -> None:
    def one(standing: Standing, *, is_default: bool) -> Candidate:
        return Candidate("http://x/", standing, "", is_default)

    ranked = [
        one("public", is_default=True),
        one("public", is_default=False),
        one("not-public", is_default=True),
        one("not-connected", is_default=True),
        one("not-igd", is_default=True),
        one("unknown", is_default=True),
    ]
    mixed = [ranked[place] for place in (3, 0, 5, 1, 4, 2)]
    assert sorted(mixed, key=lambda one: one.rank) == ranked


def test_default_gateways_are_read_from_the_routing_tables(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ipv4, ipv6 = tmp_path / "route", tmp_path / "ipv6_route"
    ipv4.write_text(
        "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
        "wlan0\t00000000\t0100A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0\n"
        "eth0\t00000000\t014DA8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n"
        "tun0\t00000000\t00000000\t0001\t0\t0\t50\t00000000\t0\t0\t0\n"
        "eth0\t004DA8C0\t00000000\t0001\t0\t0\t0\t00FFFFFF\t0\t0\t0\n"
    )
    none = "0" * 32
    router = "fe80" + "0" * 24 + "0001"
    ipv6.write_text(
        f"{none} 00 {none} 00 {router} 00000400 00000001 00000000 00000003     eth0\n"
        f"{none} 00 {none} 00 {none} ffffffff 00000001 00000000 00200200       lo\n"
    )
    monkeypatch.setattr(default_gateway, "_IPV4", ipv4)
    monkeypatch.setattr(default_gateway, "_IPV6", ipv6)
    monkeypatch.setattr("sys.byteorder", "little")
    assert default_gateways() == [
        DefaultGateway("192.168.77.1", "eth0", 100),
        DefaultGateway("192.168.0.1", "wlan0", 600),
    ]
    (found,) = default_gateways(ipv6=True)
    assert (found.address, found.host) == ("fe80::1", "fe80::1%eth0")
    (tmp_path / "other").write_text("Iface\neth0 0 zzz\n")
    for name in ("none", "other"):
        monkeypatch.setattr(default_gateway, "_IPV4", tmp_path / name)
        assert default_gateways() == []
