"""Pinholes: all actions of WANIPv6FirewallControl."""

from __future__ import annotations

from typing import Any

import pytest

from upnpscapy import ActionFault, ArgumentError, GatewayError, ResponseError
from upnpscapy.live import igd_pinhole
from upnpscapy.live.igd_pinhole import Firewall, FirewallStatus
from upnpscapy.live.interfaces import Interface

from .igd_gateway import FIREWALL, IP2, FakeGateway, RefusalError

REMOTE = "2001:db8:99::1"


def firewall(fake: FakeGateway) -> Firewall:
    # It is reached by IPv4 here; its own WAN is not asked.
    return fake.igd(ipv6=True).pinholes


def test_life_of_a_pinhole() -> None:
    with FakeGateway(IP2, FIREWALL, status="Disconnected") as fake:
        wall = firewall(fake)
        pinhole = wall.add("udp", 8080, REMOTE, 99, internal_client="2001:db8::5", lease_seconds=60)
        assert fake.called("AddPinhole") == [
            {
                "RemoteHost": REMOTE,
                "RemotePort": "99",
                "InternalClient": "2001:db8::5",
                "InternalPort": "8080",
                "Protocol": "17",
                "LeaseTime": "60",
            }
        ]
        assert (pinhole.kind, pinhole.unique_id, pinhole.protocol) == ("pinhole", "1", "UDP")
        assert (pinhole.remote_host, pinhole.remote_port) == (REMOTE, 99)
        assert str(pinhole) == f"pinhole 1  UDP [{REMOTE}]:99 → [2001:db8::5]:8080, for 60 s"
        longer = wall.update(pinhole, 600)
        assert (longer.lease_seconds, longer.remote_port) == (600, 99)
        assert fake.pinholes["1"]["LeaseTime"] == "600"
        assert wall.update("1", 700).lease_seconds == 700
        assert wall.packets(longer) == 12
        assert wall.delete(1)
        assert fake.pinholes == {}
        assert not wall.delete(pinhole)
        with pytest.raises(ActionFault, match="704"):
            wall.packets("1")


def refuse(code: int) -> Any:
    def refused(_: dict[str, str]) -> None:
        raise RefusalError(code)

    return refused


WORKING = [
    (lambda _: [("IsWorking", "1")], True),
    (lambda _: [("IsWorking", "no")], False),
    (refuse(709), None),
    (lambda _: [("IsWorking", "perhaps")], None),
]


@pytest.mark.parametrize(("does", "working"), WORKING)
def test_check_tells_whether_it_works_or_that_nobody_knows(does: Any, working: bool | None) -> None:
    with FakeGateway(FIREWALL, does={"CheckPinholeWorking": does}) as fake:
        assert firewall(fake).check("3") is working


def test_status_and_timeout() -> None:
    with FakeGateway(FIREWALL) as fake:
        wall = firewall(fake)
        assert wall.status() == FirewallStatus(enabled=True, inbound_pinhole_allowed=False)
        assert wall.outbound_timeout("TCP", 80, REMOTE) == 30
        fake.does["GetOutboundPinholeTimeout"] = lambda _: [("OutboundPinholeTimeout", "soon")]
        with pytest.raises(ResponseError, match="no number: 'soon'"):
            wall.outbound_timeout("TCP")
        fake.does["AddPinhole"] = lambda _: []
        with pytest.raises(ResponseError, match="without UniqueID"):
            wall.add("TCP", 80)


def test_refusal_names_the_address_that_asked() -> None:
    with FakeGateway(FIREWALL) as fake:
        fake.refusals["AddPinhole"] = [606]
        with pytest.raises(ActionFault) as caught:
            firewall(fake).add("TCP", 80)
    assert caught.value.__notes__ == ["the request came from 127.0.0.1"]


PROTOCOLS = [("TCP", "6"), ("udp", "17"), ("UDPLITE", "136"), ("*", "65535"), (41, "41")]


@pytest.mark.parametrize(("protocol", "number"), PROTOCOLS)
def test_protocols_have_numbers(protocol: str | int, number: str) -> None:
    with FakeGateway(FIREWALL) as fake:
        firewall(fake).add(protocol, 80)
        assert fake.called("AddPinhole")[0]["Protocol"] == number


WRONG: list[tuple[tuple[Any, ...], int, str]] = [
    (("HTTP", 80), 60, "Protocol"),
    (("256", 80), 60, "Protocol"),
    (("TCP", 65536), 60, "InternalPort"),
    (("TCP", 80, "", -1), 60, "RemotePort"),
    (("TCP", 80), 0, "LeaseTime"),
    (("TCP", 80), 86401, "LeaseTime"),
]


@pytest.mark.parametrize(("given", "lease", "argument"), WRONG)
def test_what_no_firewall_can_be_asked_is_not_sent(
    given: tuple[Any, ...], lease: int, argument: str
) -> None:
    with FakeGateway(FIREWALL) as fake:
        with pytest.raises(ArgumentError) as caught:
            firewall(fake).add(*given, lease_seconds=lease)
        assert fake.calls == []
    assert caught.value.argument == argument


def test_gateway_without_a_firewall_is_none_for_pinholes() -> None:
    with FakeGateway() as fake:
        with pytest.raises(GatewayError, match="without WANIPv6FirewallControl") as caught:
            fake.igd(ipv6=True)
        assert caught.value.kind == "not-igd"
        with pytest.raises(GatewayError, match="has no WANIPv6FirewallControl"):
            _ = fake.igd().pinholes


def test_pinhole_leads_to_an_address_that_the_internet_can_reach(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    known = [
        Interface("eth1", 3, (), ("fe80::9", "2001:db8:1::9")),
        Interface("eth0", 2, ("192.0.2.1",), ("fe80::10", "2001:db8::10")),
    ]
    monkeypatch.setattr(igd_pinhole, "interfaces", lambda: known)
    with FakeGateway(FIREWALL) as fake:
        wall = firewall(fake)
        wall.service.own_address = "fe80::10"
        assert wall.client_address == "2001:db8::10"
        wall.service.own_address = "2001:db8::77"
        assert wall.client_address == "2001:db8::77"
