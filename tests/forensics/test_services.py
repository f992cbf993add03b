"""Services of captured descriptions, and how a call finds the one it is for."""

from __future__ import annotations

import pytest

from tests.forensics.descriptions import (
    SCPD,
    device_xml,
    fetch,
    file_facts,
    read,
    root_xml,
    service_xml,
)
from tests.forensics.packets import UDN
from upnpscapy.forensics.described.service_row import SERVICE_COLUMNS

LAMP = root_xml(device_xml(UDN, services=service_xml()))


@pytest.mark.parametrize(
    ("name", "services", "described"),
    [
        ("igd1-session.pcap", 3, 0),
        ("events.pcap", 5, 5),
        ("refused.pcap", 5, 5),
        ("ipv6.pcap", 5, 0),
        ("vlan.pcap", 5, 0),
        ("cooked.pcap", 5, 0),
        ("discovery.pcapng", 3, 0),
    ],
)
def test_services_of_captures(name: str, services: int, described: int) -> None:
    found, _ = file_facts(name)
    assert len(found.services) == services
    assert sum(one.described for one in found.services) == described
    assert found.limits == []
    assert not any(document.error for document in found.documents)


def test_name_in_host_is_kept_for_urls() -> None:
    got = [*fetch(LAMP, host="lamp.lan:5000"), *fetch(SCPD, "/scpd.xml", start=200)]
    (service,) = read(got).services
    assert service.control_url == "http://lamp.lan:5000/ctl"
    assert service.described, "the SCPD was fetched by address, from the same server"
    found = read(got)
    assert found.scpd_for("http://LAMP.lan:5000/ctl") is not None
    assert found.scpd_for("http://192.0.2.1:5000/ctl") is not None
    assert found.scpd_for("http://other.lan:5000/ctl") is None


def test_services_have_the_columns_of_the_contract() -> None:
    found = read([*fetch(LAMP), *fetch(SCPD, "/scpd.xml", start=200)])
    (service,) = found.services
    assert {name: service.column(name) for name in SERVICE_COLUMNS} == {
        "capture": "a.pcap",
        "udn": UDN,
        "service_type": "urn:schemas-upnp-org:service:Dimming:1",
        "service_id": "urn:upnp-org:serviceId:Dimming",
        "scpd_url": "http://192.0.2.1:5000/scpd.xml",
        "control_url": "http://192.0.2.1:5000/ctl",
        "event_sub_url": "",
        "described": True,
    }
    assert (service.scpd_url_raw, service.control_url_raw, service.event_sub_url_raw) == (
        "/scpd.xml",
        "/ctl",
        "",
    )
    assert list(service.frames) == [103, 105, 203, 205]
    assert service.involves("192.0.2.1")
    assert not service.involves("192.0.2.10")


def test_type_decides_between_services_of_one_control_url() -> None:
    two = service_xml("Dimming") + service_xml("Clock", scpd="/clock.xml")
    found = read(
        [*fetch(root_xml(device_xml(UDN, services=two))), *fetch(SCPD, "/clock.xml", start=200)]
    )
    url = "http://192.0.2.1:5000/ctl"
    assert found.service_for(url) is None
    assert found.scpd_for(url, "urn:schemas-upnp-org:service:Clock:2") is not None
    assert found.scpd_for(url, "urn:schemas-upnp-org:service:Dimming:1") is None
    assert found.scpd_for("http://[broken", None) is None


def test_own_description_of_a_server_goes_before_that_of_another() -> None:
    evil = service_xml(control="http://192.0.2.1:5000/ctl", scpd="http://192.0.2.66:5000/scpd.xml")
    got = [
        *fetch(LAMP),
        *fetch(SCPD, "/scpd.xml", start=200),
        *fetch(root_xml(device_xml(UDN, services=evil)), server="192.0.2.66", start=300),
    ]
    service = read(got).service_for("http://192.0.2.1:5000/ctl")
    assert service is not None
    assert service.document.server == "192.0.2.1"


def test_url_of_before_finds_its_service_and_control_urls_elsewhere_are_foreign() -> None:
    there = service_xml(control="http://192.0.2.9:80/ctl")
    found = read(
        [
            *fetch(root_xml(device_xml(UDN, services=there))),
            *fetch(LAMP, start=200),
            *fetch(SCPD, "/scpd.xml", start=300),
        ]
    )
    assert [one.control_url for one in found.services] == ["http://192.0.2.1:5000/ctl"]
    earlier = found.service_for("http://192.0.2.9/ctl")
    assert earlier is not None
    assert earlier.described
    assert earlier.involves("192.0.2.9")
