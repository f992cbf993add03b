"""Multicast events as they are read; that they are heard is shown in the lab."""

from __future__ import annotations

from upnpscapy.capture.datagrams import Datagram
from upnpscapy.live.device import describe
from upnpscapy.live.interfaces import Interface
from upnpscapy.live.multicast_events import EventsRun, listen_events
from upnpscapy.live.transport import Seen
from upnpscapy.protocol.gena_build import build_event, build_multicast_event

from .publisher import Publisher

DEVICE, GROUP = bytes((192, 0, 2, 1)), bytes((239, 255, 255, 246))


def seen(payload: bytes) -> Seen:
    return Seen("eth0", Datagram(3, 5, DEVICE, 50_000, GROUP, 7900, None, (), 2, payload, False))


def event(usn: str, service_id: str = "urn:upnp-org:serviceId:AVTransport") -> bytes:
    pairs = [("Number", "7"), ("Flag", "1")]
    return bytes(build_multicast_event(usn, service_id, 4, pairs, boot_id=1))


def test_events_of_known_devices_are_typed() -> None:
    with Publisher() as device:
        run: EventsRun = listen_events(describe(f"{device.url}/d.xml"), interfaces="127.0.0.1")
        known = run._read(seen(event("uuid:p::urn:schemas-upnp-org:service:AVTransport:1")))
        other = run._read(seen(event("uuid:x::urn:schemas-upnp-org:service:AVTransport:1")))
    assert known is not None
    assert other is not None
    assert known.properties == {"Number": 7, "Flag": True}
    assert other.properties == {"Number": "7", "Flag": "1"}
    assert (known.service is None, other.service is None) == (False, True)
    assert (known.publisher, known.subscriber) == ("192.0.2.1", "239.255.255.246")
    assert (known.capture, known.frame, known.time_ns, known.seq) == ("eth0", 3, 5, 4)
    assert known.defects == ()
    assert known.event.level == "upnp:/general"
    assert "Number" in str(other)


def test_other_datagrams_are_none() -> None:
    run = listen_events(interfaces="127.0.0.1")
    unicast = bytes(build_event("/x", "192.0.2.2:80", "uuid:1", 0, []))
    assert run._read(seen(unicast)) is None
    assert run._read(seen(b"NOTIFY * HTTP/1.1\r\nNTS: ssdp:alive\r\n\r\n")) is None
    assert run._read(seen(bytes(range(256)))) is None
    assert run._plan.listen_port == 7900
    assert all(isinstance(interface, Interface) for interface, _ in run._plan.listen)
