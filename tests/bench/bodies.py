"""What control points and devices say over HTTP: documents, calls, answers, events."""

import random
from collections.abc import Iterable
from html import escape

UPNP = "urn:schemas-upnp-org:"
GATEWAY, SERVER = UPNP + "device:InternetGatewayDevice:1", UPNP + "device:MediaServer:1"
WAN, DIRECTORY = UPNP + "service:WANIPConnection:1", UPNP + "service:ContentDirectory:1"
SOFTWARE = "Microsoft-Windows/10.0 UPnP/1.0 UPnP-Device-Host/1.0"
WORDS = "amber basalt cobalt dahlia ember fennel garnet hazel indigo jasper kelp lilac".split()

_XML = '<?xml version="1.0"?>\r\n'
_SOAP = (
    'xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" '
    's:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"'
)
_DIDL = (
    '<DIDL-Lite xmlns="urn:schemas-upnp-org:metadata-1-0/DIDL-Lite/" '
    'xmlns:dc="http://purl.org/dc/elements/1.1/" '
    'xmlns:upnp="urn:schemas-upnp-org:metadata-1-0/upnp/">'
)

Pairs = Iterable[tuple[str, object]]


def request(
    method: str, path: str, host: str, lines: tuple[str, ...] = (), body: bytes = b""
) -> bytes:
    """Return a request with its body."""
    length = (f"CONTENT-LENGTH: {len(body)}",) if body else ()
    head = (f"{method} {path} HTTP/1.1", f"HOST: {host}", *lines, *length, "", "")
    return "\r\n".join(head).encode() + body


def response(
    body: bytes = b"", status: str = "200 OK", kind: str = "", lines: tuple[str, ...] = ()
) -> bytes:
    """Return a response with its body."""
    content = (f'CONTENT-TYPE: {kind or "text/xml"}; charset="utf-8"',) if body else ()
    head = (f"HTTP/1.1 {status}", f"SERVER: {SOFTWARE}", "EXT:", *content, *lines)
    return "\r\n".join((*head, f"CONTENT-LENGTH: {len(body)}", "", "")).encode() + body


def call(service: str, action: str, arguments: Pairs) -> bytes:
    """Return the body of a call, or of its answer."""
    inside = "".join(f"<{name}>{escape(str(value))}</{name}>" for name, value in arguments)
    return (
        f'{_XML}<s:Envelope {_SOAP}><s:Body><u:{action} xmlns:u="{service}">{inside}'
        f"</u:{action}></s:Body></s:Envelope>\r\n"
    ).encode()


def fault(code: int, description: str) -> bytes:
    """Return the body of a refusal."""
    return (
        f"{_XML}<s:Envelope {_SOAP}><s:Body><s:Fault><faultcode>s:Client</faultcode>"
        "<faultstring>UPnPError</faultstring><detail>"
        f'<UPnPError xmlns="urn:schemas-upnp-org:control-1-0"><errorCode>{code}</errorCode>'
        f"<errorDescription>{description}</errorDescription></UPnPError>"
        "</detail></s:Fault></s:Body></s:Envelope>\r\n"
    ).encode()


def properties(values: Pairs) -> bytes:
    """Return the body of an event."""
    inside = "".join(
        f"<e:property><{name}>{escape(str(value))}</{name}></e:property>" for name, value in values
    )
    space = 'xmlns:e="urn:schemas-upnp-org:event-1-0"'
    return f"{_XML}<e:propertyset {space}>{inside}</e:propertyset>\r\n".encode()


def description(udn: str, name: str, device: str, service: str) -> bytes:
    """Return a description of one device with one service."""
    kind = service.rpartition(":")[0].rpartition(":")[2]
    return (
        f'{_XML}<root xmlns="urn:schemas-upnp-org:device-1-0">'
        "<specVersion><major>1</major><minor>0</minor></specVersion>"
        f"<device><deviceType>{device}</deviceType><friendlyName>{name}</friendlyName>"
        "<manufacturer>Lintel</manufacturer><modelName>Quoin</modelName>"
        f"<serialNumber>{udn[-12:]}</serialNumber><UDN>{udn}</UDN><serviceList><service>"
        f"<serviceType>{service}</serviceType><serviceId>urn:upnp-org:serviceId:{kind}</serviceId>"
        "<SCPDURL>/scpd.xml</SCPDURL><controlURL>/control</controlURL>"
        "<eventSubURL>/event</eventSubURL></service></serviceList></device></root>\r\n"
    ).encode()


def scpd(udn: str) -> bytes:
    """Return an SCPD of a usual length; its variables differ from device to device."""
    actions = "".join(
        f"<action><name>X_Get{word}</name><argumentList><argument><name>New{word}</name>"
        f"<direction>out</direction><relatedStateVariable>{word}{udn[-4:]}</relatedStateVariable>"
        "</argument></argumentList></action>"
        for word in WORDS
    )
    variables = "".join(
        f'<stateVariable sendEvents="no"><name>{word}{udn[-4:]}</name><dataType>string</dataType>'
        "</stateVariable>"
        for word in WORDS
    )
    return (
        f'{_XML}<scpd xmlns="urn:schemas-upnp-org:service-1-0">'
        "<specVersion><major>1</major><minor>0</minor></specVersion>"
        f"<actionList>{actions}</actionList><serviceStateTable>{variables}</serviceStateTable>"
        "</scpd>\r\n"
    ).encode()


def listing(rng: random.Random, count: int, host: str) -> str:
    """Return what a media server answers to Browse: no two are the same."""
    items = "".join(
        f'<item id="{number}" parentID="{number >> 8}" restricted="1"><dc:title>'
        f"{rng.choice(WORDS)} {rng.choice(WORDS)} {number:x}</dc:title>"
        f"<dc:creator>{rng.choice(WORDS)} &amp; {rng.choice(WORDS)}</dc:creator>"
        "<upnp:class>object.item.audioItem.musicTrack</upnp:class>"
        f'<res protocolInfo="http-get:*:audio/mpeg:*" size="{number * 3}">'
        f"http://{host}/media/{number:08x}.mp3</res></item>"
        for number in (rng.getrandbits(32) for _ in range(count))
    )
    return f"{_DIDL}{items}</DIDL-Lite>"


def page(rng: random.Random, paragraphs: int) -> bytes:
    """Return a page of a device's own site."""
    lines = "".join(
        f"<p>{' '.join(rng.choices(WORDS, k=60))} {rng.getrandbits(64):x}</p>\r\n"
        for _ in range(paragraphs)
    )
    return f"<!DOCTYPE html><html><head><title>Quoin</title></head>{lines}</html>".encode()
