"""Every action of a simulated gateway, called as a control point does."""

from __future__ import annotations

from typing import Any

import pytest

from upnpscapy import ActionFault, SimulatedGateway, find_igd, simulate
from upnpscapy.protocol.mapping_listing import read_listing
from upnpscapy.simulated.mapping import MAX_ENTRIES
from upnpscapy.simulated.network import SimulatedNetwork

from .conftest import Clock
from .wire import control

ME = "127.0.0.1"
OTHER = "192.0.2.7"
TERMS = ("NewInternalPort", "NewInternalClient", "NewEnabled")


def add(device: Any, port: int, *, client: str = ME, **more: Any) -> None:
    """A mapping of an external port to the same one inside."""
    terms = {
        "NewRemoteHost": "",
        "NewExternalPort": port,
        "NewProtocol": "TCP",
        "NewInternalPort": port,
        "NewInternalClient": client,
        "NewEnabled": True,
        "NewPortMappingDescription": "it & me <",
        "NewLeaseDuration": 600,
        **more,
    }
    device.WANIPConn1.call("AddPortMapping", terms, check=False)


def refused(device: Any, action: str, *arguments: Any, service: str = "") -> int | None:
    """The error code of a call that is refused."""
    with pytest.raises(ActionFault) as caught:
        device.find_service(service or "WANIPConn1").call(action, *arguments, check=False)
    return caught.value.code


def test_every_action_of_the_connection_does_what_it_should(
    gateway: Any, network: SimulatedNetwork, clock: Clock
) -> None:
    connection, called = gateway.WANIPConn1, set()

    def call(action: str, *arguments: Any) -> dict[str, Any]:
        called.add(action)
        return dict(getattr(connection, action)(*arguments).items())

    clock.now += 5
    assert call("GetStatusInfo") == {
        "NewConnectionStatus": "Connected",
        "NewLastConnectionError": "ERROR_NONE",
        "NewUptime": 5,
    }
    call("SetConnectionType", "IP_Routed")
    assert call("GetConnectionTypeInfo")["NewConnectionType"] == "IP_Routed"
    assert call("GetExternalIPAddress") == {"NewExternalIPAddress": "44.128.0.2"}
    assert call("GetNATRSIPStatus") == {"NewRSIPAvailable": False, "NewNATEnabled": True}
    for name in ("AutoDisconnectTime", "IdleDisconnectTime", "WarnDisconnectDelay"):
        call(f"Set{name}", 70)
        assert call(f"Get{name}") == {f"New{name}": 70}
    call("AddPortMapping", "", 8080, "TCP", 80, ME, True, "it & me <", 600)
    clock.now += 0.5
    terms = call("GetSpecificPortMappingEntry", "", 8080, "TCP")
    assert terms["NewLeaseDuration"] == 600
    clock.now += 1
    entry = call("GetGenericPortMappingEntry", 0)
    assert entry["NewLeaseDuration"] == 599
    assert entry["NewPortMappingDescription"] == "it & me <"
    assert [entry[name] for name in TERMS] == [80, ME, True]
    assert (entry["NewRemoteHost"], entry["NewExternalPort"], entry["NewProtocol"]) == (
        *("", 8080),
        "TCP",
    )
    assert call("AddAnyPortMapping", "", 8080, "UDP", 81, ME, True, "", 0) == {
        "NewReservedPort": 8080
    }
    listing = call("GetListOfPortMappings", 0, 65535, "UDP", True, 0)
    ((found,), complete) = read_listing([("NewPortListing", str(listing["NewPortListing"]))])
    assert complete
    assert (found.external_port, found.internal_port, found.lease_seconds) == (8080, 81, 604_800)
    call("DeletePortMapping", "", 8080, "TCP")
    call("DeletePortMappingRange", 8000, 8999, "UDP", False)
    assert network.gateway.mappings == []
    for end in ("RequestTermination", "ForceTermination"):
        call(end)
        assert call("GetStatusInfo")["NewUptime"] == 0
        assert call("GetExternalIPAddress") == {"NewExternalIPAddress": ""}
        assert refused(gateway, end) == 711
        call("RequestConnection")
    assert called == {action.name for action in connection.scpd.actions}


def test_find_igd_finds_it_good_and_maps_ports(network: SimulatedNetwork) -> None:
    igd = find_igd(network.gateway.location)
    assert igd.status().external_address == "44.128.0.2"
    mapping = igd.add("TCP", 8000, 8080, lease_seconds=600)
    assert mapping.steps == ()
    (kept,) = network.gateway.mappings
    assert str(kept) == "TCP 8080 → 127.0.0.1:8000"
    assert [one.terms.external_port for one in igd.mappings()] == [8080]
    igd.delete("TCP", 8080)
    assert network.gateway.mappings == []
    with igd.hold("UDP", 53, 5300):
        assert len(network.gateway.mappings) == 1
    assert network.gateway.mappings == []


def test_leases_end_by_the_clock(gateway: Any, network: SimulatedNetwork, clock: Clock) -> None:
    add(gateway, 1, NewLeaseDuration=10)
    add(gateway, 2, NewLeaseDuration=20)
    add(gateway, 3, NewLeaseDuration=0)
    clock.now += 9.5
    assert [one.external_port for one in network.gateway.mappings] == [1, 2, 3]
    assert gateway.WANIPConn1.GetGenericPortMappingEntry(0)["NewLeaseDuration"] == 1
    clock.now += 0.5
    assert [one.external_port for one in network.gateway.mappings] == [2, 3]
    add(gateway, 2, NewLeaseDuration=20)
    clock.now += 15
    assert [one.external_port for one in network.gateway.mappings] == [2, 3]
    clock.now += 604_800
    assert network.gateway.mappings == []


def test_a_lease_of_0_is_a_week_in_version_2_and_no_end_in_version_1(clock: Clock) -> None:
    for version, lease in ((1, 0), (2, 604_800)):
        with SimulatedGateway(version, clock=clock).start(
            multicast=False, search_port=0
        ) as simulated:
            device = control(simulated.location)
            add(device, 7, NewLeaseDuration=0)
            entry = device.WANIPConn1.GetGenericPortMappingEntry(0)
            assert entry["NewLeaseDuration"] == lease


REFUSALS = {
    "unknown action": (401, "Frobnicate", {}),
    "missing argument": (402, "DeletePortMapping", {"NewExternalPort": 1}),
    "number": (402, "GetGenericPortMappingEntry", {"NewPortMappingIndex": "many"}),
    "index": (713, "GetGenericPortMappingEntry", {"NewPortMappingIndex": 7}),
    "beyond the type": (601, "GetGenericPortMappingEntry", {"NewPortMappingIndex": 70000}),
    "connection type": (731, "SetConnectionType", {"NewConnectionType": "IP_Bridged"}),
    "type not in the list": (600, "SetConnectionType", {"NewConnectionType": "IP_Odd"}),
}
KEY = {"NewRemoteHost": "", "NewExternalPort": 9, "NewProtocol": "TCP"}
RANGE = {"NewStartPort": 1, "NewEndPort": 99, "NewProtocol": "TCP", "NewManage": True}


@pytest.mark.parametrize(("code", "action", "arguments"), REFUSALS.values(), ids=REFUSALS)
def test_what_is_wrong_is_refused(
    gateway: Any, code: int, action: str, arguments: dict[str, Any]
) -> None:
    assert refused(gateway, action, arguments) == code


@pytest.mark.parametrize(
    ("code", "terms"),
    [
        (600, {"NewProtocol": "SCTP"}),
        (601, {"NewInternalPort": 0}),
        (601, {"NewLeaseDuration": 604_801}),
        (402, {"NewInternalClient": ""}),
        (402, {"NewInternalClient": "localhost"}),
        (402, {"NewRemoteHost": "<script>"}),
        (605, {"NewPortMappingDescription": "x" * 5000}),
        (606, {"NewInternalClient": OTHER}),
        (716, {"NewExternalPort": 0}),
    ],
)
def test_mappings_that_are_refused(
    gateway: Any, network: SimulatedNetwork, code: int, terms: dict[str, Any]
) -> None:
    with pytest.raises(ActionFault) as caught:
        add(gateway, 9, **terms)
    assert caught.value.code == code
    assert network.gateway.mappings == []


def test_what_is_not_there_is_not_found(gateway: Any) -> None:
    assert refused(gateway, "GetSpecificPortMappingEntry", KEY) == 714
    assert refused(gateway, "DeletePortMapping", KEY) == 714
    assert refused(gateway, "DeletePortMappingRange", RANGE) == 730
    listing = {**RANGE, "NewNumberOfPorts": 0}
    assert refused(gateway, "GetListOfPortMappings", listing) == 730
    listing = {**listing, "NewStartPort": 100}
    assert refused(gateway, "GetListOfPortMappings", listing) == 733


def test_a_port_of_another_host_is_a_conflict() -> None:
    with SimulatedGateway(any_client=True).start(multicast=False, search_port=0) as simulated:
        device = control(simulated.location)
        add(device, 9, client=OTHER)
        with pytest.raises(ActionFault) as caught:
            add(device, 9)
        assert caught.value.code == 718
        arguments = (*KEY.values(), 9, ME, True, "", 60)
        result = device.WANIPConn1.AddAnyPortMapping(*arguments)
        assert result["NewReservedPort"] == 49152
        assert [one.external_port for one in simulated.mappings] == [9, 49152]


def test_permanent_leases_only_are_asked_for_anew() -> None:
    with SimulatedGateway(permanent_only=True).start(multicast=False, search_port=0) as simulated:
        device = control(simulated.location)
        with pytest.raises(ActionFault) as caught:
            add(device, 9)
        assert caught.value.code == 725
        igd = find_igd(simulated.location)
        mapping = igd.add("TCP", 9, lease_seconds=60)
        assert [step.code for step in mapping.steps] == [725]
        assert [one.lease_seconds for one in simulated.mappings] == [0]


@pytest.mark.parametrize(("version", "code"), [(1, 501), (2, 728)])
def test_a_table_has_an_end(version: int, code: int) -> None:
    gateway = SimulatedGateway(version, any_client=True)
    for port in range(1, MAX_ENTRIES + 2):
        pairs = [
            ("NewRemoteHost", ""),
            *(("NewExternalPort", str(port)), ("NewProtocol", "TCP"), ("NewInternalPort", "1")),
            *(("NewInternalClient", ME), ("NewEnabled", "1"), ("NewPortMappingDescription", "")),
            ("NewLeaseDuration", "0"),
        ]
        if port <= MAX_ENTRIES:
            gateway.connection.call("AddPortMapping", pairs, ME)
    with pytest.raises(Exception, match=str(code)):
        gateway.connection.call("AddPortMapping", pairs, ME)


def test_pinholes(network: SimulatedNetwork, clock: Clock) -> None:
    device = control(network.gateway.location)
    wall = device.WANIPv6Firewall1
    assert dict(wall.GetFirewallStatus().items()) == {
        "FirewallEnabled": True,
        "InboundPinholeAllowed": True,
    }
    hole = ("", 0, "2001:db8::7", 80, 6)
    assert wall.GetOutboundPinholeTimeout(*hole).value > 0
    first = wall.AddPinhole(*hole, 60)["UniqueID"]
    assert wall.AddPinhole(*hole, 120)["UniqueID"] == first
    assert wall.AddPinhole("", 0, "2001:db8::7", 81, 6, 60)["UniqueID"] != first
    clock.now += 100
    assert list(network.gateway.pinholes) == [first]
    wall.UpdatePinhole(first, 50)
    clock.now += 45
    assert wall.GetPinholePackets(first)["PinholePackets"] == 0
    assert refused(device, "CheckPinholeWorking", {"UniqueID": first}, service=wall.short_id) == 709
    wall.DeletePinhole(first)
    assert network.gateway.pinholes == {}
    assert refused(device, "DeletePinhole", {"UniqueID": first}, service=wall.short_id) == 704


@pytest.mark.parametrize(
    ("code", "change"),
    [
        (402, {"InternalClient": "10.0.0.1"}),
        (601, {"LeaseTime": 0}),
        (705, {"Protocol": 1}),
        (706, {"InternalPort": 0}),
        (707, {"Protocol": 65535}),
    ],
)
def test_pinholes_that_are_refused(gateway: Any, code: int, change: dict[str, Any]) -> None:
    names = "RemoteHost RemotePort InternalClient InternalPort Protocol LeaseTime".split()
    terms = dict(zip(names, ("", 0, "2001:db8::7", 80, 6, 60), strict=True))
    assert refused(gateway, "AddPinhole", {**terms, **change}, service="WANIPv6Firewall1") == code


def test_the_other_services_answer(gateway: Any, network: SimulatedNetwork) -> None:
    default = gateway.L3Forwarding1.GetDefaultConnectionService().value
    udn, _, rest = default.partition(":WANConnectionDevice:2,")
    assert rest == "urn:upnp-org:serviceId:WANIPConn1"
    assert udn in [network.gateway.udn_of(node) for node in network.gateway.root.walk()]
    gateway.L3Forwarding1.SetDefaultConnectionService("x")
    assert gateway.L3Forwarding1.GetDefaultConnectionService().value == "x"
    link = gateway.WANCommonIFC1.GetCommonLinkProperties()
    assert (link["NewWANAccessType"], link["NewPhysicalLinkStatus"]) == ("Ethernet", "Up")
    for kind in ("BytesSent", "BytesReceived", "PacketsSent", "PacketsReceived"):
        assert gateway.WANCommonIFC1.call(f"GetTotal{kind}").value == 0


def test_a_line_that_is_down_has_no_address(network: SimulatedNetwork) -> None:
    network.gateway.disconnect()
    connection = control(network.gateway.location).WANIPConn1
    assert connection.GetStatusInfo()["NewConnectionStatus"] == "Disconnected"
    assert connection.GetExternalIPAddress().value == ""
    network.gateway.connect()
    assert connection.GetExternalIPAddress().value == "44.128.0.2"


def test_one_of_a_kind_on_a_network() -> None:
    with pytest.raises(ValueError, match="one device of a kind"):
        simulate(SimulatedGateway(), SimulatedGateway(seed="b"))
    with pytest.raises(ValueError, match="versions 1 and 2"):
        SimulatedGateway(3)
    with pytest.raises(RuntimeError, match="context manager"):
        _ = SimulatedGateway().location
