"""Descriptions and SCPDs of simulated devices say what the specifications say, without defects."""

from __future__ import annotations

from typing import Any

import pytest

from upnpscapy import SimulatedGateway, SimulatedRenderer, simulate
from upnpscapy.protocol.description import parse_description
from upnpscapy.protocol.scpd import parse_scpd
from upnpscapy.simulated.device import SimulatedDevice
from upnpscapy.simulated.service_table import ServiceTable

from .wire import control

DEVICES = [SimulatedGateway(1), SimulatedGateway(2), SimulatedRenderer()]
SERVICES = [service.table for device in DEVICES for service in device.services]
OPTIONAL = {
    "GetListOfPortMappings",
    "AddAnyPortMapping",
    "DeletePortMappingRange",
}


@pytest.mark.parametrize("device", DEVICES, ids=lambda one: one.root.device_type)
def test_a_description_has_no_defects(device: SimulatedDevice) -> None:
    description = parse_description(device.description, "http://192.0.2.1/")
    assert (description.defects, description.repairs) == ((), ())
    assert description.config_id == device.config_id
    assert description.root.udn == device.udn
    assert len({device.udn_of(node) for node in device.root.walk()}) == len([*device.root.walk()])


@pytest.mark.parametrize("table", SERVICES, ids=lambda one: one.service_type)
def test_a_service_description_has_no_defects(table: ServiceTable) -> None:
    scpd = parse_scpd(table.xml)
    assert (scpd.defects, scpd.repairs) == ((), ())
    assert scpd.actions
    assert all(one.variable for action in scpd.actions for one in action.arguments)


def test_what_is_served_is_what_is_described(gateway: Any) -> None:
    assert gateway.description.defects == ()
    assert [service.short_id for service in gateway.services] == [
        *("L3Forwarding1", "WANCommonIFC1", "WANIPConn1", "WANIPv6Firewall1"),
    ]
    names = [action.name for action in gateway.WANIPConn1.scpd.actions]
    assert len(names) == 21
    assert set(names) >= OPTIONAL
    lease = gateway.WANIPConn1.scpd.variables.PortMappingLeaseDuration
    assert str(lease) == "PortMappingLeaseDuration: ui4 (0…604800)"


def test_version_1_has_nothing_of_version_2() -> None:
    with SimulatedGateway(1).start(multicast=False, search_port=0) as simulated:
        device = control(simulated.location)
        assert device.description.root.device_type.endswith(":InternetGatewayDevice:1")
        assert [one.short_id for one in device.services] == [
            *("L3Forwarding1", "WANCommonIFC1", "WANIPConn1"),
        ]
        names = {action.name for action in device.WANIPConn1.scpd.actions}
        assert len(names) == 18
        assert names & OPTIONAL == set()


def test_devices_of_other_places_are_other_devices() -> None:
    device = SimulatedGateway()
    device.attach(lambda: "http://192.0.2.1/", "192.0.2.1")
    assert device.udn != SimulatedGateway().udn
    assert SimulatedGateway().udn == SimulatedGateway().udn
    with pytest.raises(RuntimeError, match="already"):
        simulate(device, multicast=False, search_port=0)


@pytest.mark.parametrize(
    ("variables", "actions"), [("Name", "Get() A"), ("A string", "Get A"), ("A string {x", "")]
)
def test_a_table_with_a_mistake_is_refused(variables: str, actions: str) -> None:
    with pytest.raises(ValueError, match=r"not an? "):
        ServiceTable("urn:x:service:A:1", "urn:x:serviceId:A", variables, actions or "Get()").xml  # noqa: B018
