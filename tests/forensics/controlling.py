"""Control and eventing between a control point and a device, as exchanges and their facts."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from tests.capture.conversation import CLIENT, SERVER, Conversation, exchanges, exchanges_of_file
from upnpscapy.capture.exchanges import Exchange
from upnpscapy.capture.segments import Segment
from upnpscapy.forensics.controlling.control import ControlFacts
from upnpscapy.forensics.exchange_row import ExchangeRow
from upnpscapy.forensics.place import Place

WANIP = "urn:schemas-upnp-org:service:WANIPConnection:1"
XML = 'Content-Type: text/xml; charset="utf-8"\r\n'
SECOND = 1_000_000_000

_ENVELOPE = (
    '<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" '
    's:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><s:Body>{}</s:Body></s:Envelope>'
)


def envelope(element: str, values: Iterable[tuple[str, str]], service: str = WANIP) -> bytes:
    inside = "".join(f"<{name}>{value}</{name}>" for name, value in values)
    return _ENVELOPE.format(f'<u:{element} xmlns:u="{service}">{inside}</u:{element}>').encode()


def fault(code: int, description: str) -> bytes:
    return _ENVELOPE.format(
        "<s:Fault><faultcode>s:Client</faultcode><faultstring>UPnPError</faultstring><detail>"
        '<UPnPError xmlns="urn:schemas-upnp-org:control-1-0">'
        f"<errorCode>{code}</errorCode><errorDescription>{description}</errorDescription>"
        "</UPnPError></detail></s:Fault>"
    ).encode()


def sent(start: str, body: bytes = b"", fields: str = "") -> bytes:
    return f"{start}\r\n{fields}Content-Length: {len(body)}\r\n\r\n".encode() + body


def post(action: str, *values: tuple[str, str], target: str = "/ctl", more: str = "") -> bytes:
    fields = f'Host: 192.0.2.17\r\nSOAPACTION: "{WANIP}#{action}"\r\n{XML}{more}'
    return sent(f"POST {target} HTTP/1.1", envelope(action, values), fields)


def done(action: str, *values: tuple[str, str]) -> bytes:
    return sent("HTTP/1.1 200 OK", envelope(f"{action}Response", values), XML)


def refused(code: int, description: str) -> bytes:
    return sent("HTTP/1.1 500 Internal Server Error", fault(code, description), XML)


MAPPING = (
    ("NewRemoteHost", ""),
    ("NewExternalPort", "8080"),
    ("NewProtocol", "TCP"),
    ("NewInternalClient", "192.0.2.100"),
)
ADD = post("AddPortMapping", *MAPPING)
ADDED = done("AddPortMapping")


def talk(
    request: bytes, answer: bytes | None, *, start: int = 1, port: int = 40000
) -> list[Segment]:
    """A connection of the control point to the device."""
    conversation = Conversation(ports=(port, 49152), start=start).open()
    if answer is None:
        conversation.send(0, request)
    else:
        conversation.ask(request, answer)
    return conversation.close().segments


def notify(request: bytes, *, start: int = 1, port: int = 30000) -> list[Segment]:
    """A connection of the device to the control point, which accepts the event."""
    ends = {"addresses": (SERVER, CLIENT), "ports": (port, 5000)}
    conversation = Conversation(start=start, **ends).open()  # type: ignore[arg-type]
    return conversation.ask(request, sent("HTTP/1.1 200 OK")).close().segments


def facts_of(
    found: Iterable[Exchange], end_ns: int | None = None, name: str = "a.pcap"
) -> ControlFacts:
    facts = ControlFacts()
    for exchange in found:
        facts.take(ExchangeRow(exchange, Place(name, 0, (name,)), "other"))
    facts.close(end_ns)
    return facts


def facts(segments: Iterable[Segment], end_ns: int | None = None) -> ControlFacts:
    """What is told by segments, taken in the order of their frames."""
    return facts_of(exchanges(sorted(segments, key=lambda segment: segment.frame)), end_ns)


def facts_of_file(path: Path) -> ControlFacts:
    return facts_of(exchanges_of_file(path)[0], name=path.name)
