"""Captured descriptions: what is kept, which devices they belong to, and their services."""

from __future__ import annotations

import zlib
from pathlib import Path

import pytest

from tests.forensics.descriptions import (
    SCPD,
    by_udn,
    device_xml,
    fetch,
    file_facts,
    inventory_of,
    read,
    root_xml,
    service_xml,
)
from tests.forensics.packets import UDN, Sent, alive
from upnpscapy.forensics.described import descriptions, service_index
from upnpscapy.forensics.described import join as description_join
from upnpscapy.forensics.described.captured_document import CapturedDocument
from upnpscapy.forensics.inventory import Inventory

INNER = "uuid:00000000-0000-0000-0000-000000000002"
LAMP = root_xml(device_xml(UDN, services=service_xml()))
NESTED = root_xml(device_xml(UDN, devices=device_xml(INNER, "Bulb", service_xml())))
ROUTER = "uuid:11111111-2222-4333-8444-00000000000"


def count_reads(monkeypatch: pytest.MonkeyPatch) -> list[CapturedDocument]:
    reads = []
    real = CapturedDocument.read

    def counted(document: CapturedDocument) -> None:
        reads.append(document)
        real(document)

    monkeypatch.setattr(CapturedDocument, "read", counted)
    return reads


def test_router_of_a_capture_has_its_embedded_devices_and_services() -> None:
    found, inventory = file_facts("igd2-session.pcap")
    devices = by_udn(inventory)
    assert {udn: one.column("friendly_name") for udn, one in devices.items()} == {
        f"{ROUTER}1": "Debian router",
        f"{ROUTER}2": "WANDevice",
        f"{ROUTER}3": "WANConnectionDevice",
    }
    assert [one.column("parent_udn") for one in devices.values()] == [
        None,
        f"{ROUTER}2",
        f"{ROUTER}1",
    ]
    assert all(one.column("described") for one in devices.values())
    assert [(one.udn, one.control_url) for one in found.services] == [
        (f"{ROUTER}1", "http://192.168.77.1:5000/ctl/L3F"),
        (f"{ROUTER}1", "http://192.168.77.1:5000/ctl/DP"),
        (f"{ROUTER}2", "http://192.168.77.1:5000/ctl/CmnIfCfg"),
        (f"{ROUTER}3", "http://192.168.77.1:5000/ctl/IPConn"),
        (f"{ROUTER}3", "http://192.168.77.1:5000/ctl/IP6FCtl"),
    ]
    assert not any(one.described for one in found.services), "upnpc asks for no SCPD"
    (document,) = found.documents
    assert document.fetches == 6
    assert list(document.frames)[:4] == [42, 44, 162, 164]


def test_media_server_of_a_capture_is_described_with_its_scpds() -> None:
    found, inventory = file_facts("media-server.pcap")
    (server,) = inventory.devices
    assert server.column("friendly_name") == "Lab media server"
    assert [one.service_id.rpartition(":")[2] for one in found.services if one.service_id] == [
        "ContentDirectory",
        "ConnectionManager",
        "X_MS_MediaReceiverRegistrar",
    ]
    assert all(one.described for one in found.services)
    scpd = found.scpd_for("http://192.168.77.2:8200/ctl/ContentDir")
    assert scpd is not None
    assert scpd.action("Browse") is not None
    assert [document.kind for document in found.documents] == ["description"] + ["scpd"] * 3


def test_device_without_description_stays_undescribed() -> None:
    _, inventory = file_facts("vlan.pcap")
    undescribed = [one.udn for one in inventory.devices if not one.column("described")]
    assert undescribed == ["uuid:11111111-2222-4333-8444-0000000000a1"]


def test_announced_type_stands_and_the_described_one_is_kept() -> None:
    _, inventory = file_facts("igd1-session.pcap")
    router = inventory.devices[0]
    assert router.device_type == "urn:schemas-upnp-org:device:InternetGatewayDevice:2"
    assert router.description is not None
    assert router.description.device_type == "urn:schemas-upnp-org:device:InternetGatewayDevice:1"


def test_same_bytes_again_are_one_document_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    reads = count_reads(monkeypatch)
    found = read([one for start in (1, 50, 90) for one in fetch(LAMP, start=start)])
    (document,) = found.documents
    assert (document.fetches, len(reads)) == (3, 1)
    assert list(document.frames) == [4, 6, 53, 55, 93, 95]
    assert document.url == "http://192.0.2.1:5000/root.xml"
    assert document.first_time == "1970-01-01T00:00:00.004000000Z"


def test_embedded_device_that_nobody_announced_is_a_row_of_the_same_sender(tmp_path: Path) -> None:
    inventory = inventory_of(tmp_path, [Sent(alive())])
    read(fetch(NESTED), inventory)
    announced, embedded = inventory.devices
    inventory.close(10**19)
    assert (announced.udn, announced.column("parent_udn")) == (UDN, None)
    assert (embedded.udn, embedded.column("parent_udn")) == (INNER, UDN)
    assert embedded.link_addresses == announced.link_addresses
    assert embedded.addresses == ["192.0.2.1"]
    assert embedded.state == "unknown"
    assert list(embedded.frames) == [103, 105]
    assert list(announced.frames) == [1], "only what announced it"
    assert embedded.column("device_type") == "urn:schemas-upnp-org:device:Lamp:1"
    assert embedded.column("first_time") == embedded.column("last_time") is not None


def test_described_without_any_announcement_is_a_row_of_the_server() -> None:
    inventory = Inventory()
    read(fetch(NESTED), inventory)
    assert [one.udn for one in inventory.devices] == [UDN, INNER]
    assert [one.addresses for one in inventory.devices] == [["192.0.2.1"]] * 2
    assert [one.link_addresses for one in inventory.devices] == [[], []]
    assert inventory.devices[0].involves("192.0.2.1")


def test_udn_is_compared_without_case_and_prefix(tmp_path: Path) -> None:
    inventory = inventory_of(tmp_path, [Sent(alive())])
    read(fetch(root_xml(device_xml(UDN.removeprefix("uuid:").upper()))), inventory)
    (device,) = inventory.devices
    assert device.described


def test_description_of_another_address_is_another_sender(tmp_path: Path) -> None:
    inventory = inventory_of(tmp_path, [Sent(alive())])
    read(fetch(root_xml(device_xml(UDN, "Rogue")), server="192.0.2.66"), inventory)
    device, rogue = inventory.devices
    assert not device.described
    assert (rogue.udn, rogue.addresses, rogue.column("friendly_name")) == (
        UDN,
        ["192.0.2.66"],
        "Rogue",
    )


def test_host_header_cannot_name_another_address(tmp_path: Path) -> None:
    inventory = inventory_of(tmp_path, [Sent(alive())])
    found = read(fetch(LAMP, server="192.0.2.66", host="192.0.2.1:5000"), inventory)
    assert found.documents[0].url == "http://192.0.2.66:5000/root.xml"
    assert not inventory.devices[0].described


def test_location_joins_what_an_address_does_not(tmp_path: Path) -> None:
    location = "http://[2001:DB8:0::1]:5000/root.xml"
    inventory = inventory_of(tmp_path, [Sent(alive(LOCATION=location))])
    found = read(fetch(LAMP, server="2001:db8::1"), inventory)
    (device,) = inventory.devices
    assert device.described
    assert found.services[0].control_url == "http://[2001:db8::1]:5000/ctl"


def test_one_device_that_misnames_itself_has_the_description(tmp_path: Path) -> None:
    inventory = inventory_of(tmp_path, [Sent(alive(udn="uuid:announced"))])
    read(fetch(LAMP), inventory)
    (device,) = inventory.devices
    assert device.udn == "uuid:announced"
    assert device.description is not None
    assert device.description.udn == UDN


def test_second_fetch_with_other_content_is_a_change(tmp_path: Path) -> None:
    inventory = inventory_of(tmp_path, [Sent(alive())])
    other = root_xml(device_xml(UDN, "Lantern", service_xml(control="/evil")))
    found = read([*fetch(LAMP), *fetch(other, start=200)], inventory)
    (device,) = inventory.devices
    assert device.column("friendly_name") == "Lantern"
    assert device.changes == (
        ("friendly_name", "Lamp", "Lantern"),
        ("Dimming control_url", "http://192.0.2.1:5000/ctl", "http://192.0.2.1:5000/evil"),
    )
    assert [document.fetches for document in device.documents] == [1, 1]
    assert [one.control_url for one in found.services] == ["http://192.0.2.1:5000/evil"]
    assert found.service_for("http://192.0.2.1:5000/ctl") is not None, "calls before are typed"


def test_device_that_vanishes_from_a_description_keeps_what_was_said(tmp_path: Path) -> None:
    inventory = inventory_of(tmp_path, [Sent(alive())])
    read([*fetch(NESTED), *fetch(LAMP, start=200)], inventory)
    device, inner = inventory.devices
    assert inner.column("friendly_name") == "Bulb"
    assert ("udn", INNER, None) in inner.changes
    assert ("Dimming service_type", None, "urn:schemas-upnp-org:service:Dimming:1") in (
        device.changes
    )


def test_changes_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(descriptions, "MAX_CHANGES", 3)
    inventory = inventory_of(tmp_path, [Sent(alive())])
    versions = [root_xml(device_xml(UDN, f"Lamp {number}")) for number in range(9)]
    got = [one for at, body in enumerate(versions) for one in fetch(body, start=100 * at + 1)]
    read(got, inventory)
    (device,) = inventory.devices
    assert len(device.changes) == 3
    assert device.column("friendly_name") == "Lamp 8"


@pytest.mark.parametrize(
    "body",
    [
        LAMP[:-250],
        b'<!DOCTYPE r [<!ENTITY a "b">]>' + LAMP.partition(b"?>")[2],
        b"<root><device>\0<" + b"<" * 99,
        LAMP.replace(b"<friendlyName>", b"<friendlyName>&#0;\xff"),
    ],
)
def test_broken_description_is_a_fact(tmp_path: Path, body: bytes) -> None:
    inventory = inventory_of(tmp_path, [Sent(alive())])
    found = read([*fetch(LAMP), *fetch(body, start=300)], inventory)
    _, broken = found.documents
    assert broken.error or broken.repairs
    assert inventory.devices[0].described


def test_broken_document_does_not_replace_a_readable_one(tmp_path: Path) -> None:
    inventory = inventory_of(tmp_path, [Sent(alive())])
    found = read([*fetch(LAMP), *fetch(b"<root><device>" + b"<a>" * 99, start=300)], inventory)
    assert found.documents[1].error is not None
    assert "http://192.0.2.1:5000/root.xml" in found.documents[1].error
    assert inventory.devices[0].column("friendly_name") == "Lamp"
    assert inventory.devices[0].changes == ()


def test_packed_description_is_unpacked() -> None:
    packed = zlib.compress(LAMP)
    extra = f"Content-Encoding: deflate\r\nContent-Length: {len(packed)}\r\n"
    (document,) = read(fetch(packed, extra=extra)).documents
    assert document.data == LAMP


def test_answers_that_are_no_success_are_passed_over() -> None:
    assert read(fetch(LAMP, status="404 Not Found")).documents == []
    assert read(fetch(b"<html/>")).documents == []


def test_response_without_request_is_joined_by_its_address(tmp_path: Path) -> None:
    (exchange,) = fetch(LAMP)
    exchange.request = None
    inventory = inventory_of(tmp_path, [Sent(alive())])
    found = read([exchange], inventory)
    assert inventory.devices[0].described
    assert found.documents[0].url == "http://192.0.2.1:5000/root.xml", "the device's LOCATION"
    assert found.services[0].control_url == "http://192.0.2.1:5000/ctl"
    alone = read([exchange])
    assert alone.documents[0].url is None
    assert alone.services[0].column("control_url") is None


def test_equal_scpds_of_many_devices_are_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    reads = count_reads(monkeypatch)
    got = [one for n in range(1, 9) for one in fetch(SCPD, "/s.xml", server=f"192.0.2.{n}")]
    found = read(got)
    assert (len(found.documents), len(reads)) == (8, 1)
    assert all(document.readable for document in found.documents)


def test_bounds_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(descriptions, "MAX_DOCUMENTS", 1)
    monkeypatch.setattr(service_index, "MAX_SERVICES", 0)
    monkeypatch.setattr(description_join, "MAX_JOINS", 0)
    inventory = inventory_of(tmp_path, [Sent(alive())])
    found = read([*fetch(LAMP), *fetch(NESTED, "/2.xml", start=200)], inventory)
    assert found.limits == [
        "1 descriptions fetched beyond those kept",
        "1 services beyond those kept",
        "1 descriptions not joined to devices",
    ]


def test_flood_of_documents_stays_in_the_budget(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(descriptions, "BYTES", 100_000)
    got = [one for n in range(40) for one in fetch(LAMP, f"/{n}.xml", start=100 * n + 1)]
    got += fetch(LAMP, "/" + "x" * 4000, start=9000)
    found = read(got)
    assert 5 < len(found.documents) < 40
    assert found.left_out == 41 - len(found.documents)
    assert found.budget.left >= 0
