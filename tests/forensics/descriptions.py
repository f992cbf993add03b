"""Exchanges of descriptions made to measure, and what a pass makes of them and of a capture."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address
from pathlib import Path

from tests.capture.conversation import (
    Conversation,
    exchanges,
    exchanges_of_file,
    response,
)
from tests.forensics.packets import Sent, pcap
from upnpscapy.capture.datagrams import DatagramReader
from upnpscapy.capture.discovery import DiscoveryReader
from upnpscapy.capture.exchanges import Exchange
from upnpscapy.capture.reader import CaptureReader
from upnpscapy.capture.source import Source
from upnpscapy.forensics.described.descriptions import Descriptions
from upnpscapy.forensics.exchange_row import ExchangeRow
from upnpscapy.forensics.inventory import Device, Inventory
from upnpscapy.forensics.place import Place
from upnpscapy.forensics.roles import role_of

__all__ = [
    "PCAPS",
    "SCPD",
    "by_udn",
    "device_xml",
    "fetch",
    "file_facts",
    "inventory_of",
    "read",
    "root_xml",
    "service_xml",
]

PCAPS = Path(__file__).parents[2] / "pcaps"
SERVER, CLIENT = "192.0.2.1", "192.0.2.10"

SCPD = b"""<scpd xmlns="urn:schemas-upnp-org:service-1-0">
<specVersion><major>1</major><minor>0</minor></specVersion><actionList><action><name>Set</name>
<argumentList><argument><name>Level</name><direction>in</direction>
<relatedStateVariable>Level</relatedStateVariable></argument><argument><name>On</name>
<direction>in</direction><relatedStateVariable>Switch</relatedStateVariable></argument>
<argument><name>Was</name><direction>out</direction>
<relatedStateVariable>Level</relatedStateVariable></argument></argumentList></action></actionList>
<serviceStateTable><stateVariable><name>Level</name><dataType>ui1</dataType></stateVariable>
<stateVariable><name>Switch</name><dataType>boolean</dataType></stateVariable>
</serviceStateTable></scpd>"""


def service_xml(name: str = "Dimming", control: str = "/ctl", scpd: str = "/scpd.xml") -> str:
    return (
        f"<service><serviceType>urn:schemas-upnp-org:service:{name}:1</serviceType>"
        f"<serviceId>urn:upnp-org:serviceId:{name}</serviceId><SCPDURL>{scpd}</SCPDURL>"
        f"<controlURL>{control}</controlURL><eventSubURL></eventSubURL></service>"
    )


def device_xml(udn: str, name: str = "Lamp", services: str = "", devices: str = "") -> str:
    return (
        "<device><deviceType>urn:schemas-upnp-org:device:Lamp:1</deviceType>"
        f"<friendlyName>{name}</friendlyName><manufacturer>Maker</manufacturer>"
        f"<modelName>M</modelName><modelNumber>1</modelNumber><serialNumber>7</serialNumber>"
        f"<UDN>{udn}</UDN><serviceList>{services}</serviceList>"
        f"<deviceList>{devices}</deviceList></device>"
    )


def root_xml(device: str) -> bytes:
    return (
        '<?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0">'
        f"<specVersion><major>1</major><minor>0</minor></specVersion>{device}</root>"
    ).encode()


def fetch(
    body: bytes,
    target: str = "/root.xml",
    *,
    server: str = SERVER,
    port: int = 5000,
    host: str | None = None,
    start: int = 100,
    status: str = "200 OK",
    extra: str | None = None,
) -> list[Exchange]:
    """A GET and its response in a connection that begins at a frame."""
    address = f"[{server}]" if ":" in server else server
    name = f"{address}:{port}" if host is None else host
    request = f"GET {target} HTTP/1.1\r\nHost: {name}\r\n\r\n".encode()
    packed = ip_address("2001:db8::10" if ":" in server else CLIENT).packed
    conversation = Conversation(
        ports=(40000, port), addresses=(packed, ip_address(server).packed), start=start
    )
    answer = response(body, status, extra)
    return exchanges(conversation.open().ask(request, answer).close().segments)


def inventory_of(tmp_path: Path, sent: Iterable[Sent]) -> Inventory:
    """The devices that announcements tell of, as a pass has them before its end."""
    path = tmp_path / "a.pcap"
    path.write_bytes(pcap(sent))
    return _inventory(path)


def read(found: Iterable[Exchange], inventory: Inventory | None = None) -> Descriptions:
    """What the exchanges of a file of that name tell, joined to devices."""
    descriptions = Descriptions()
    place = Place("a.pcap", 0, ("a.pcap",))
    for exchange in found:
        descriptions.take(ExchangeRow(exchange, place, role_of(exchange, descriptions.linked)))
    descriptions.close(Inventory() if inventory is None else inventory)
    return descriptions


def file_facts(name: str) -> tuple[Descriptions, Inventory]:
    """What a capture of ``pcaps/`` tells."""
    inventory = _inventory(PCAPS / name)
    found, _ = exchanges_of_file(PCAPS / name)
    return read(found, inventory), inventory


def by_udn(inventory: Inventory) -> dict[str, Device]:
    return {device.udn: device for device in inventory.devices}


def _inventory(path: Path) -> Inventory:
    inventory, datagrams = Inventory(), DatagramReader()
    discovery = DiscoveryReader(lambda search: None)
    discovery.begin("a.pcap", 0)
    inventory.begin(Place("a.pcap", 0, ("a.pcap",)))
    with Source(path) as opened:
        for batch in CaptureReader(opened).batches():
            datagrams.read_batch(batch, discovery.take)
    inventory.take(discovery.found)
    return inventory
