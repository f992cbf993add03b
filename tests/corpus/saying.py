"""What hosts of the corpus say: discovery and descriptions, of hosts that are what they say."""

from __future__ import annotations

from typing import Any

from tests.capture.conversation import response as served
from tests.corpus.wire import Talk, Wire
from tests.forensics.descriptions import device_xml, root_xml, service_xml
from tests.forensics.packets import GROUP, GROUP6, UDN, alive, byebye, response, search
from tests.forensics.rules.traffic import get

__all__ = [
    "CLIENT",
    "IGD",
    "LAMP",
    "OTHER",
    "OUTSIDE",
    "ROGUE",
    "announce",
    "ask",
    "description",
    "fetch",
    "leave",
    "reply",
]

CLIENT, OTHER, LAMP, ROGUE = "192.168.1.10", "192.168.1.30", "192.168.1.20", "192.168.1.66"
OUTSIDE = "198.51.100.7"
IGD = "urn:schemas-upnp-org:device:InternetGatewayDevice:1"


def announce(
    wire: Wire,
    src: str = LAMP,
    nt: str = "upnp:rootdevice",
    udn: str = UDN,
    *,
    location: str | None = None,
    ttl: int = 4,
    mac: bytes | None = None,
    sport: int = 1900,
    more: dict[str, str | None] | None = None,
) -> int:
    """An alive, with a LOCATION at its sender unless another is given."""
    payload = alive(nt, udn, more=more, LOCATION=_place(src) if location is None else location)
    return wire.udp(payload, src, _group(src), ttl=ttl, mac=mac, sport=sport)


def leave(wire: Wire, src: str = LAMP, nt: str = "upnp:rootdevice", udn: str = UDN) -> int:
    """A byebye."""
    return wire.udp(byebye(nt, udn), src, _group(src), ttl=4)


def ask(
    wire: Wire,
    src: str = CLIENT,
    st: str | None = "ssdp:all",
    dst: str = "",
    *,
    sport: int = 50000,
    ttl: int = 2,
    **more: str | None,
) -> int:
    """A search."""
    return wire.udp(search(st, **more), src, dst or _group(src), sport=sport, ttl=ttl)


def reply(
    wire: Wire,
    src: str = LAMP,
    dst: str = CLIENT,
    st: str = "upnp:rootdevice",
    udn: str = UDN,
    *,
    location: str | None = None,
    sport: int = 1900,
    dport: int = 50000,
    **more: str | None,
) -> int:
    """A response."""
    where = _place(src) if location is None else location
    headers: dict[str, Any] = {"LOCATION": where, **more}
    payload = response(st, udn, **headers)
    return wire.udp(payload, src, dst, sport=sport, dport=dport)


def description(udn: str = UDN, name: str = "Lamp", control: str = "/ctl") -> bytes:
    """A lamp's, with one service."""
    return root_xml(device_xml(udn, name, service_xml(control=control)))


def fetch(
    wire: Wire,
    body: bytes | None = None,
    *,
    server: str = LAMP,
    client: str = CLIENT,
    port: int = 5000,
    target: str = "/root.xml",
    extra: str | None = None,
) -> Talk:
    """A description that a client gets."""
    name = f"[{server}]" if ":" in server else server
    request = get(target, host=f"{name}:{port}")
    answer = served(description() if body is None else body, extra=extra)
    return wire.http(request, answer, client=client, server=server, port=port)


def _place(src: str) -> str:
    return f"http://[{src}]:5000/root.xml" if ":" in src else f"http://{src}:5000/root.xml"


def _group(src: str) -> str:
    return GROUP6 if ":" in src else GROUP
