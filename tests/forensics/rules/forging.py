"""Discovery and descriptions of hosts that are what they say, and of such that are not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tests.capture.conversation import response as answer
from tests.forensics.descriptions import device_xml, root_xml
from tests.forensics.judging import Piece, Timed, findings_of, http, mac_of
from tests.forensics.packets import GROUP, UDN, Sent, alive, byebye, message
from upnpscapy.forensics.finding import Finding
from upnpscapy.forensics.rules.rule import Rule

__all__ = [
    "CLIENT",
    "DEVICE",
    "IGD",
    "OUTSIDE",
    "ROGUE",
    "announced",
    "fetched",
    "left",
    "of_rule",
    "one",
    "replied",
    "ssdp",
]

CLIENT, DEVICE, ROGUE = "192.168.1.10", "192.168.1.1", "192.168.1.66"
OUTSIDE = "198.51.100.7"
IGD = "urn:schemas-upnp-org:device:InternetGatewayDevice:1"


def ssdp(
    payload: bytes,
    src: str,
    dst: str = GROUP,
    *,
    at: float = 0,
    sport: int = 1900,
    dport: int = 1900,
    ttl: int = 4,
    mac: str | None = None,
) -> Sent:
    """A datagram from the link address that follows from ``src``, unless one is given."""
    return Sent(payload, at, src, sport, dst, dport, mac or mac_of(src).hex(":"), None, ttl)


def announced(
    src: str = DEVICE,
    nt: str = "upnp:rootdevice",
    udn: str = UDN,
    *,
    location: str | None = None,
    at: float = 0,
    mac: str | None = None,
    more: dict[str, str | None] | None = None,
) -> Sent:
    """An alive, with a LOCATION at its sender unless another is given."""
    url = f"http://{src}:5000/root.xml" if location is None else location
    return ssdp(alive(nt, udn, more=more, LOCATION=url), src, at=at, mac=mac)


def left(
    src: str = DEVICE,
    nt: str = "upnp:rootdevice",
    udn: str = UDN,
    *,
    at: float = 0,
    mac: str | None = None,
) -> Sent:
    """A byebye."""
    return ssdp(byebye(nt, udn), src, at=at, mac=mac)


def replied(
    st: str = "upnp:rootdevice",
    src: str = DEVICE,
    dst: str = CLIENT,
    *,
    udn: str = UDN,
    location: str | None = None,
    at: float = 0,
    sport: int = 1900,
    dport: int = 50000,
    mac: str | None = None,
    more: Mapping[str, str | None] | None = None,
) -> Sent:
    """A response."""
    url = f"http://{src}:5000/root.xml" if location is None else location
    headers: dict[str, str | None] = {
        "CACHE-CONTROL": "max-age=1800",
        "EXT": "",
        "LOCATION": url,
        "SERVER": "Linux/6.1 UPnP/1.0 Lamp/2.3",
        "ST": st,
        "USN": udn if st.startswith("uuid:") else f"{udn}::{st}",
    }
    payload = message("HTTP/1.1 200 OK", headers | dict(more or {}))
    return ssdp(payload, src, dst, at=at, sport=sport, dport=dport, mac=mac)


def fetched(
    body: bytes | None = None,
    *,
    server: str = DEVICE,
    client: str = CLIENT,
    port: int = 5000,
    target: str = "/root.xml",
    at: float = 1,
    sport: int = 40000,
    extra: str | None = None,
) -> list[Timed]:
    """A description that a client gets; a lamp's, if no body is given."""
    content = root_xml(device_xml(UDN)) if body is None else body
    head = f"GET {target} HTTP/1.1\r\nHost: {server}:{port}\r\n\r\n".encode()
    got = answer(content, extra=extra)
    return http(head, got, at=at, client=client, server=server, port=port, sport=sport)


def of_rule(
    rule: str, pieces: Iterable[Piece], rules: Iterable[Rule], networks: Iterable[str] = ()
) -> list[Finding]:
    """The findings of one rule of some."""
    return [found for found in findings_of(pieces, rules, networks) if found.rule.id == rule]


def one(
    rule: str, pieces: Iterable[Piece], rules: Iterable[Rule], networks: Iterable[str] = ()
) -> Finding:
    """The only finding of a rule."""
    (found,) = of_rule(rule, pieces, rules, networks)
    return found
