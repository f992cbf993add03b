"""Captures of peculiar gateways, made by hand: discovery, TCP with handshakes, whatever HTTP."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_address
from pathlib import Path
from struct import pack
from typing import Any

from tests.capture.conversation import Conversation
from tests.capture.pcap_writer import pcap
from tests.forensics.packets import Sent, alive
from upnpscapy import Case, analyze
from upnpscapy.capture.segments import Segment

__all__ = [
    "ADD_SCPD",
    "GATEWAY",
    "GATEWAY_XML",
    "HOST",
    "RIGHT",
    "TYPES",
    "UDN",
    "WANIP",
    "Wire",
    "call",
    "cells",
    "device",
    "done",
    "envelope",
    "fault",
    "get",
    "ok",
    "post",
    "reply",
    "root",
    "scpd",
    "service",
]

GATEWAY, HOST = "192.168.1.1", "192.168.1.10"
UDN = "uuid:2fac1234-31f8-11b4-a222-08002b34c003"
WANIP = "urn:schemas-upnp-org:service:WANIPConnection:1"
MILLISECOND = 1_000_000
MACS = {GATEWAY: "020000000001", HOST: "02000000000a"}


class Wire:
    """A capture that grows: each call adds frames, a millisecond apart."""

    def __init__(self) -> None:
        self.frames: list[bytes] = []
        self._connections = 0

    def announce(self, location: str, udn: str = UDN) -> Wire:
        """An announcement of the gateway."""
        return self.send(alive(udn=udn, LOCATION=location))

    def send(self, payload: bytes, to: tuple[str, int] = ("239.255.255.250", 1900)) -> Wire:
        """A datagram of the gateway."""
        sent = Sent(payload, src=GATEWAY, sport=49152, dst=to[0], dport=to[1])
        self.frames.append(sent.frame)
        return self

    def talk(
        self,
        *pairs: tuple[bytes, bytes | None],
        port: int = 5000,
        size: int = 1460,
        ends: tuple[str, str] = (HOST, GATEWAY),
        reset: bool = False,
    ) -> Wire:
        """A connection: requests with their responses in segments of a size."""
        self._connections += 1
        conversation = Conversation(
            ports=(40000 + self._connections, port),
            addresses=(ip_address(ends[0]).packed, ip_address(ends[1]).packed),
        ).open()
        for request, response in pairs:
            conversation.send(0, request, size=size).send(1)
            if response is not None:
                conversation.send(1, response, size=size).send(0)
        if reset:
            conversation.send(1, flags=4 | 16)
        else:
            conversation.close()
        self.frames += map(_frame, conversation.segments)
        return self

    def read(self, tmp_path: Path) -> Case:
        """What a pass makes of it."""
        path = tmp_path / "gateway.pcap"
        times = ((number * MILLISECOND, frame) for number, frame in enumerate(self.frames, 1))
        path.write_bytes(pcap(times, nanoseconds=True))
        return analyze(path)


def _frame(segment: Segment) -> bytes:
    """An Ethernet frame with a segment; the checksums are zero."""
    ports = segment.sport, segment.dport
    tcp = pack(">HHIIBBHHH", *ports, segment.seq, segment.ack, 0x50, segment.flags, 65535, 0, 0)
    total = 20 + len(tcp) + len(segment.payload)
    ip = pack(">BBHHHBBH", 0x45, 0, total, 0, 0, 64, 6, 0) + segment.source + segment.destination
    ends = (str(ip_address(address)) for address in (segment.destination, segment.source))
    link = b"".join(bytes.fromhex(MACS[end]) for end in ends)
    return link + b"\x08\x00" + ip + tcp + segment.payload


def cells(case: Case, table: str, names: str) -> list[tuple[Any, ...]]:
    """These columns of each row of a table."""
    return [tuple(row[name] for name in names.split()) for row in getattr(case, table).to_dicts()]


# HTTP.


def get(target: str, host: str = f"{GATEWAY}:5000", more: str = "") -> bytes:
    return f"GET {target} HTTP/1.1\r\nHost: {host}\r\n{more}\r\n".encode()


def reply(body: bytes | str, status: str = "HTTP/1.1 200 OK", fields: str | None = None) -> bytes:
    """A response; ``fields`` in place of its Content-Length and type."""
    data = body.encode() if isinstance(body, str) else body
    usual = f'Content-Type: text/xml; charset="utf-8"\r\nContent-Length: {len(data)}\r\n'
    return f"{status}\r\n{usual if fields is None else fields}\r\n".encode() + data


def ok(body: bytes | str) -> bytes:
    return reply(body)


# Description.


def service(name: str, control: str, kind: str = "WANIPConnection", scpd_url: str = "") -> str:
    return (
        f"<service><serviceType>urn:schemas-upnp-org:service:{kind}:1</serviceType>"
        f"<serviceId>urn:upnp-org:serviceId:{name}</serviceId>"
        f"<SCPDURL>{scpd_url or f'/{name}.xml'}</SCPDURL><controlURL>{control}</controlURL>"
        f"<eventSubURL>/evt/{name}</eventSubURL></service>"
    )


def device(
    name: str, *services: str, udn: str = UDN, inside: str = "", more: str = "", kind: str = "IGD"
) -> str:
    return (
        f"<device><deviceType>urn:schemas-upnp-org:device:{kind}:1</deviceType>"
        f"<friendlyName>{name}</friendlyName><manufacturer>M</manufacturer>"
        f"<modelName>M</modelName><UDN>{udn}</UDN>{more}"
        + (f"<serviceList>{''.join(services)}</serviceList>" if services else "")
        + (f"<deviceList>{inside}</deviceList>" if inside else "")
        + "</device>"
    )


def root(content: str, before: str = "") -> str:
    return (
        '<?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0"><specVersion>'
        f"<major>1</major><minor>0</minor></specVersion>{before}{content}</root>"
    )


def scpd(action: str, arguments: Iterable[tuple[str, str, str]], variables: str = "") -> str:
    """An SCPD of one action; an argument is name, direction and data type."""
    given = list(arguments)
    listed = "".join(
        f"<argument><name>{name}</name><direction>{way}</direction>"
        f"<relatedStateVariable>V{name}</relatedStateVariable></argument>"
        for name, way, _ in given
    )
    table = "".join(
        f"<stateVariable><name>V{name}</name><dataType>{kind}</dataType></stateVariable>"
        for name, _, kind in given
    )
    return (
        '<scpd xmlns="urn:schemas-upnp-org:service-1-0"><specVersion><major>1</major>'
        f"<minor>0</minor></specVersion><actionList><action><name>{action}</name>"
        f"<argumentList>{listed}</argumentList></action></actionList>"
        f"<serviceStateTable>{table}{variables}</serviceStateTable></scpd>"
    )


# Control.


def envelope(inside: str, prefix: str = "s") -> str:
    return (
        f'<?xml version="1.0"?><{prefix}:Envelope '
        f'xmlns:{prefix}="http://schemas.xmlsoap.org/soap/envelope/" '
        f'{prefix}:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">'
        f"<{prefix}:Body>{inside}</{prefix}:Body></{prefix}:Envelope>"
    )


def call(action: str, *values: tuple[str, str], kind: str = WANIP, prefix: str = "u") -> str:
    inside = "".join(f"<{name}>{value}</{name}>" for name, value in values)
    return f'<{prefix}:{action} xmlns:{prefix}="{kind}">{inside}</{prefix}:{action}>'


def post(
    target: str, action: str, body: str, kind: str = WANIP, more: str = "", start: str = "POST"
) -> bytes:
    """The call of an action; ``more`` are further header lines."""
    data = body.encode()
    return (
        f"{start} {target} HTTP/1.1\r\nHost: {GATEWAY}:5000\r\n"
        f'Content-Type: text/xml; charset="utf-8"\r\nContent-Length: {len(data)}\r\n'
        f'SOAPAction: "{kind}#{action}"\r\n{more}\r\n'
    ).encode() + data


def done(action: str, *values: tuple[str, str], kind: str = WANIP) -> bytes:
    return reply(envelope(call(f"{action}Response", *values, kind=kind)))


def fault(code: int, text: str, status: str = "500 Internal Server Error") -> bytes:
    return reply(
        envelope(
            "<s:Fault><faultcode>s:Client</faultcode><faultstring>UPnPError</faultstring><detail>"
            f'<UPnPError xmlns="urn:schemas-upnp-org:control-1-0"><errorCode>{code}</errorCode>'
            f"<errorDescription>{text}</errorDescription></UPnPError></detail></s:Fault>"
        ),
        f"HTTP/1.1 {status}",
    )


# Port mappings: what a call takes, and a gateway that says so.

RIGHT = (
    *(("NewRemoteHost", ""), ("NewExternalPort", "8080"), ("NewProtocol", "TCP")),
    *(("NewInternalPort", "80"), ("NewInternalClient", HOST), ("NewEnabled", "1")),
    *(("NewPortMappingDescription", "web"), ("NewLeaseDuration", "3600")),
)
TYPES = "string ui2 string ui2 string boolean string ui4".split()
ADD_SCPD = scpd(
    "AddPortMapping", ((name, "in", kind) for (name, _), kind in zip(RIGHT, TYPES, strict=True))
)
GATEWAY_XML = root(device("Order", service("WANIPConn1", "/ctl")))
