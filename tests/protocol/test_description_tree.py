"""A description is a tree that one can walk, look at and complete by name."""

from __future__ import annotations

import copy
import pickle

import pytest

from tests.protocol.descriptions import GATEWAY, LOCATION
from upnpscapy.protocol.description import parse_description
from upnpscapy.protocol.xml import parse_xml


def test_devices_are_flat_and_know_their_parent() -> None:
    description = parse_description(GATEWAY, LOCATION)
    assert [
        (device.friendly_name, (device.parent_udn or "")[-1:]) for device in description.devices
    ] == [
        ("Gate & way", ""),
        ("WAN", "1"),
        ("Connection", "2"),
    ]
    assert [service.short_id for service in description.services] == ["L3Forwarding1", "WANIPConn1"]
    assert [device.udn for device, _ in description.root.walk_services()] == [
        "uuid:00000000-0000-0000-0000-000000000001",
        "uuid:00000000-0000-0000-0000-000000000003",
    ]


def test_tree_is_walked_by_name() -> None:
    description = parse_description(GATEWAY, LOCATION)
    service = description.root.WANIPConn1
    assert service.control_url == "http://192.0.2.1:5000/gw/desc.xml?6"
    assert description.WANIPConn1 is service
    assert description.WANDevice.WANConnectionDevice.WANIPConn1 is service
    assert {"WANIPConn1", "L3Forwarding1", "WANDevice", "friendly_name"} <= set(
        dir(description.root)
    )
    assert {"WANIPConn1", "WANConnectionDevice", "devices"} <= set(dir(description))
    for name in ("Nothing", "_private", "__wrapped__"):
        with pytest.raises(AttributeError):
            getattr(description.root, name)


@pytest.mark.parametrize(
    "name",
    [
        "WANIPConn1",
        "urn:upnp-org:serviceId:WANIPConn1",
        "urn:schemas-upnp-org:service:WANIPConnection:1",
        "WANIPConnection:1",
        "wanipconnection",
    ],
)
def test_service_is_found_by_any_of_its_names(name: str) -> None:
    description = parse_description(GATEWAY, LOCATION)
    assert description.find_service(name) is description.root.WANIPConn1
    assert description.find_service("WANPPPConnection") is None


def test_device_is_found_by_any_of_its_names() -> None:
    description = parse_description(GATEWAY)
    assert description.find_device("WANDevice") is description.devices[1]
    assert description.find_device(description.devices[2].udn or "") is description.devices[2]
    assert description.find_device("LANDevice") is None


def test_equal_names_are_numbered() -> None:
    twice = GATEWAY.replace(b"serviceId:WANIPConn1", b"serviceId:L3Forwarding1")
    root = parse_description(twice).root
    assert root.L3Forwarding1.service_type.endswith("Layer3Forwarding:1")
    assert root.L3Forwarding1_2.service_type.endswith("WANIPConnection:1")


def test_values_can_be_copied_and_kept() -> None:
    description = parse_description(GATEWAY, LOCATION)
    assert pickle.loads(pickle.dumps(description)) == description == copy.deepcopy(description)
    assert len({description, copy.copy(description)}) == 1
    assert parse_description(parse_xml(GATEWAY), LOCATION) == description


def test_tree_is_shown() -> None:
    description = parse_description(GATEWAY, LOCATION)
    assert str(description).splitlines() == [
        "Gate & way  urn:schemas-upnp-org:device:InternetGatewayDevice:1"
        "  uuid:00000000-0000-0000-0000-000000000001",
        "├── L3Forwarding1  urn:schemas-upnp-org:service:Layer3Forwarding:1",
        "└── WAN  urn:schemas-upnp-org:device:WANDevice:1"
        "  uuid:00000000-0000-0000-0000-000000000002",
        "    └── Connection  urn:schemas-upnp-org:device:WANConnectionDevice:1"
        "  uuid:00000000-0000-0000-0000-000000000003",
        "        └── WANIPConn1  urn:schemas-upnp-org:service:WANIPConnection:1",
    ]
    assert repr(description) == "<Description 'Gate & way' devices=3>"
    assert repr(description.WANDevice) == "<Device 'WAN' urn:schemas-upnp-org:device:WANDevice:1>"
    assert str(description.WANDevice).count("\n") == 2


def test_nothing_a_device_says_acts_on_a_terminal() -> None:
    data = GATEWAY.replace(b"Gate &amp; way", "a\x9b2J\u202eb\nc".encode() + b"d" * 999)
    text = str(parse_description(data)).splitlines()[0]
    assert text.startswith("a\\x9b2J\\u202eb\\ncd")
    assert text.isprintable()
    assert len(text) < 400
