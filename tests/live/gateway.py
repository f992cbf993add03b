"""A small gateway on loopback, with arguments of every kind, that misbehaves as it is told."""

from __future__ import annotations

import socket
from typing import Any

from upnpscapy.live.device import LiveService, describe
from upnpscapy.live.http import Http
from upnpscapy.protocol.httpu import parse
from upnpscapy.protocol.soap import parse_call
from upnpscapy.protocol.soap_build import build_fault, build_result

from .server import Answer, Server, http

__all__ = [
    "CONTROL",
    "DESCRIPTION",
    "GOOD",
    "SCPD",
    "SERVICE_TYPE",
    "STATUS",
    "answer_of",
    "connection",
    "fault",
    "gateway",
    "paths",
    "result",
    "sent",
]

SERVICE_TYPE = "urn:schemas-upnp-org:service:WANIPConnection:1"
CONTROL = "/ctl"

_SERVICE = """<service><serviceType>{type}</serviceType>
<serviceId>urn:upnp-org:serviceId:{id}</serviceId>
<SCPDURL>{scpd}</SCPDURL><controlURL>{control}</controlURL><eventSubURL>/evt</eventSubURL></service>"""

DESCRIPTION = """<?xml version="1.0"?>
<root xmlns="urn:schemas-upnp-org:device-1-0"><specVersion><major>1</major><minor>0</minor>
</specVersion><device><deviceType>urn:schemas-upnp-org:device:InternetGatewayDevice:1</deviceType>
<friendlyName>A &lt;b&gt; gateway</friendlyName><UDN>uuid:g</UDN><serviceList>{other}</serviceList>
<deviceList><device><deviceType>urn:schemas-upnp-org:device:WANDevice:1</deviceType>
<friendlyName>WAN</friendlyName><UDN>uuid:w</UDN><serviceList>{service}</serviceList>
</device></deviceList></device></root>"""

SCPD = """<?xml version="1.0"?><scpd xmlns="urn:schemas-upnp-org:service-1-0">
<specVersion><major>1</major><minor>0</minor></specVersion><actionList>
<action><name>Map</name><argumentList>
<argument><name>NewPort</name><direction>in</direction>
<relatedStateVariable>Port</relatedStateVariable></argument>
<argument><name>NewProtocol</name><direction>in</direction>
<relatedStateVariable>Protocol</relatedStateVariable></argument>
<argument><name>NewEnabled</name><direction>in</direction>
<relatedStateVariable>Enabled</relatedStateVariable></argument>
<argument><name>NewDescription</name><direction>in</direction>
<relatedStateVariable>Text</relatedStateVariable></argument>
</argumentList></action>
<action><name>Status</name><argumentList>
<argument><name>NewUptime</name><direction>out</direction>
<relatedStateVariable>Uptime</relatedStateVariable></argument>
<argument><name>NewEnabled</name><direction>out</direction>
<relatedStateVariable>Enabled</relatedStateVariable></argument>
<argument><name>NewText</name><direction>out</direction>
<relatedStateVariable>Text</relatedStateVariable></argument>
</argumentList></action>
<action><name>Odd</name><argumentList>
<argument><name>class</name><direction>in</direction>
<relatedStateVariable>Text</relatedStateVariable></argument>
<argument><name>two-words</name><direction>in</direction>
<relatedStateVariable>Nothing</relatedStateVariable></argument>
</argumentList></action>
<action><name>Ping</name></action>
</actionList><serviceStateTable>
<stateVariable sendEvents="no"><name>Port</name><dataType>ui2</dataType>
<allowedValueRange><minimum>1</minimum><maximum>60000</maximum></allowedValueRange></stateVariable>
<stateVariable sendEvents="no"><name>Protocol</name><dataType>string</dataType>
<allowedValueList><allowedValue>TCP</allowedValue><allowedValue>UDP</allowedValue>
</allowedValueList></stateVariable>
<stateVariable sendEvents="no"><name>Enabled</name><dataType>boolean</dataType></stateVariable>
<stateVariable sendEvents="no"><name>Uptime</name><dataType>ui4</dataType></stateVariable>
<stateVariable sendEvents="no"><name>Text</name><dataType>string</dataType></stateVariable>
</serviceStateTable></scpd>"""


def result(action: str, *arguments: tuple[str, str]) -> bytes:
    """A proper answer to a call."""
    _, body = build_result(SERVICE_TYPE, action, arguments)
    return http(body)


def fault(code: int, text: str = "", status: str = "500 Internal Server Error") -> bytes:
    """A proper refusal, or one with another status."""
    _, body = build_fault(code, text)
    return http(body, status)


def answer_of(
    answers: dict[str, bytes],
    *,
    scpd: bytes | None = None,
    scpd_url: str = "/scpd.xml",
    control_url: str = CONTROL,
) -> Answer:
    """A gateway that answers actions by name; 401 to all others."""
    service = _SERVICE.format(
        type=SERVICE_TYPE, id="WANIPConn1", scpd=scpd_url, control=control_url
    )
    other = _SERVICE.format(
        type="urn:schemas-upnp-org:service:Layer3Forwarding:1",
        id="L3Forwarding1",
        scpd="/none.xml",
        control="/none",
    )
    description = http(DESCRIPTION.format(service=service, other=other))

    def answer(_: Server, connection: socket.socket, request: bytes) -> None:
        message = parse(request)
        path = (message.start.target or b"").decode()
        if path == "/root.xml":
            found = description
        elif path == "/scpd.xml":
            found = scpd or http(SCPD)
        elif call := parse_call(message):
            found = answers.get(call.action or "") or fault(401, "Invalid Action")
        else:
            found = http("", "404 Not Found")
        connection.sendall(found)

    return answer


def gateway(answers: dict[str, bytes] | None = None, **more: str | bytes) -> Server:
    """The server of a gateway; its description is at /root.xml."""
    return Server(answer_of(answers or {}, **more))  # type: ignore[arg-type]


STATUS = result("Status", ("NewUptime", "17"), ("NewEnabled", "1"), ("NewText", " a "))
GOOD = {"NewPort": 80, "NewProtocol": "TCP", "NewEnabled": True, "NewDescription": "x"}


def paths(server: Server) -> list[str]:
    return [request.split(b" ")[1].decode() for request in server.requests]


def sent(server: Server) -> tuple[tuple[str, str], ...]:
    """The arguments of the last call."""
    call = parse_call(parse(server.requests[-1]))
    assert call is not None
    return call.arguments


def connection(server: Server, **options: Any) -> LiveService:
    found = describe(f"{server.url}/root.xml", http=Http(**options)).find_service("WANIPConn1")
    assert found is not None
    return found
