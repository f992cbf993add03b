"""A description is a tree that one can walk, look at and complete by name."""

from __future__ import annotations

import copy
import json
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
        "Gate & way  InternetGatewayDevice:1  uuid:00000000-0000-0000-0000-000000000001",
        "│   location          http://192.0.2.1:5000/gw/desc.xml",
        "│   spec_version      1.0",
        "│   config_id         7",
        "│   manufacturer      Maker  http://maker.example/",
        "│   model             G 1",
        "│   serial_number     42",
        "│   upc               0",
        "│   presentation_url  http://192.0.2.1:5000/",
        "│   icon              image/png  48 x 32 x 24  http://192.0.2.1:5000/gw/icon.png",
        "│   dlna:X_DLNADOC    DMS-1.50",
        "├── L3Forwarding1  Layer3Forwarding:1",
        "│       control_url    http://192.0.2.1:5000/gw/ctl",
        "│       event_sub_url  none: it sends no events",
        "│       scpd_url       http://192.0.2.1:5000/l3f.xml",
        "└── WAN  WANDevice:1  uuid:00000000-0000-0000-0000-000000000002",
        "    └── Connection  WANConnectionDevice:1  uuid:00000000-0000-0000-0000-000000000003",
        "        └── WANIPConn1  WANIPConnection:1",
        "                control_url    http://192.0.2.1:5000/gw/desc.xml?6",
        "                event_sub_url  http://192.0.2.9/evt",
        "                scpd_url       http://192.0.2.1:5000/ip.xml",
    ]
    assert repr(description) == "<Description 'Gate & way' devices=3>"
    assert repr(description.WANDevice) == "<Device 'WAN' urn:schemas-upnp-org:device:WANDevice:1>"
    assert str(description.WANDevice).splitlines()[0] == (
        "WAN  WANDevice:1  uuid:00000000-0000-0000-0000-000000000002"
    )
    assert str(description.WANIPConn1).splitlines()[:2] == [
        "WANIPConn1  WANIPConnection:1",
        "    control_url    http://192.0.2.1:5000/gw/desc.xml?6",
    ]
    html = description._repr_html_()
    assert "Gate &amp; way" in html
    assert html.count("<details") == 5


def test_what_is_missing_and_what_leads_nowhere_is_said() -> None:
    bare = parse_description(b"<root><device><serviceList><service/></serviceList></device></root>")
    lines = str(bare).splitlines()
    assert lines[:2] == ["device without a name", "└── service without a name"]
    assert {line.partition(":")[0] for line in lines[2:]} == {"defect"}
    assert len(lines) == len(bare.defects) + 2
    relative = str(parse_description(GATEWAY))
    assert "control_url    ctl (relative to what is not known)" in relative
    vendor = GATEWAY.replace(
        b"urn:schemas-upnp-org:device:WANDevice", b"urn:Maker:device:WANDevice"
    )
    assert "WAN  urn:Maker:device:WANDevice:1" in str(parse_description(vendor))


def test_repairs_and_deviations_end_the_tree() -> None:
    description = parse_description(b"\n" + GATEWAY.replace(b"Gate &amp;", b"Gate &"), LOCATION)
    assert [line.partition(" ")[0] for line in str(description).splitlines()[-2:]] == [
        "repaired:"
    ] * 2
    assert "repaired: bare-ampersand" in description._repr_html_()


def test_nothing_a_device_says_acts_on_a_terminal() -> None:
    data = GATEWAY.replace(b"Gate &amp; way", "a\x9b2J\u202eb\nc".encode() + b"d" * 9999)
    text = str(parse_description(data)).splitlines()[0]
    assert text.startswith("a\\x9b2J\\u202eb\\x0acd")
    assert text.isprintable()
    assert "… (10007 characters)" in text
    assert len(text) < 1200


def test_ten_thousand_services_end() -> None:
    service = b"<service><serviceId>a:S</serviceId></service>"
    data = GATEWAY.replace(b"<serviceList>", b"<serviceList>" + service * 10_000, 1)
    description = parse_description(data)
    text = str(description)
    assert len(description.services) == 10_002
    assert len(text.splitlines()) < 400
    assert "└── … 9746 more" in text
    assert len(description._repr_html_()) < 100_000


def test_values_for_json() -> None:
    description = parse_description(GATEWAY, LOCATION)
    told = json.loads(json.dumps(description.to_dict()))
    assert told["location"] == LOCATION
    assert told["spec_version"] == [1, 0]
    root = told["root"]
    assert root["friendly_name"] == "Gate & way"
    assert root["extensions"] == [["dlna:X_DLNADOC", "DMS-1.50"]]
    (inner,) = root["devices"][0]["devices"]
    assert inner["parent_udn"] == "uuid:00000000-0000-0000-0000-000000000002"
    assert inner["services"][0]["control_url_raw"] == "?6"
    broken = parse_description(b"<root><device>&x;</device></root>").to_dict()
    assert broken["repairs"][0]["name"] == "undefined-entity"
    assert broken["repairs"][0]["meaning"]
    assert {"name", "found", "clause", "meaning"} == set(broken["defects"][0])
