"""Action calls, results and faults to send (UDA 2.0, 3.2).

Each builder returns header fields as (name, value) pairs and the body.
Bodies are minimal and exact: arguments in the order given, nothing between the tags, since some
devices answer a line end there with status 500, and another order with error 402.
What XML or HTTP cannot carry raises ``MessageError``.
HOST and the request line belong to the transport.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from upnpscapy.errors import MessageError
from upnpscapy.protocol.xml_build import attribute_text, element_name, element_text

__all__ = [
    "CONTENT_TYPE",
    "CONTROL",
    "ENCODING",
    "ENVELOPE",
    "Arguments",
    "Fields",
    "build_call",
    "build_fault",
    "build_mpost_headers",
    "build_result",
]

ENVELOPE = "http://schemas.xmlsoap.org/soap/envelope/"
ENCODING = "http://schemas.xmlsoap.org/soap/encoding/"
CONTROL = "urn:schemas-upnp-org:control-1-0"
"""The namespace of UPnPError."""
CONTENT_TYPE = 'text/xml; charset="utf-8"'

Arguments = Iterable[tuple[str, str]]
"""(name, value) in the order of the service's description."""
Fields = list[tuple[str, str]]
"""(name, value) of header fields."""

_SERVICE_TYPE = re.compile(r"[!$-;=?-Z_a-z~]+\Z")
"""A URI but for # and quotes, which would end it in SOAPACTION."""


def build_call(service_type: str, action: str, arguments: Arguments = ()) -> tuple[Fields, bytes]:
    """Header fields and body of a POST that calls an action (UDA 2.0, 3.2.1)."""
    body = _action(service_type, action, arguments)
    return [*_entity(body), ("SOAPACTION", f'"{service_type}#{action}"')], body


def build_mpost_headers(
    service_type: str, action: str, body: bytes, *, namespace: int = 1
) -> Fields:
    """Header fields of the same call as M-POST, after a 405 to POST (UDA 1.0, 3.2.1; RFC 2774).

    ``namespace`` is the number that prefixes SOAPACTION, from 1 to 99.
    """
    if not 1 <= namespace <= 99:
        raise MessageError(f"a header prefix is a number from 1 to 99, not {namespace}")
    _check_service_type(service_type)
    return [
        *_entity(body),
        ("MAN", f'"{ENVELOPE}"; ns={namespace:02}'),
        (f"{namespace:02}-SOAPACTION", f'"{service_type}#{element_name(action)}"'),
    ]


def build_result(service_type: str, action: str, arguments: Arguments = ()) -> tuple[Fields, bytes]:
    """Header fields and body of the answer to a call, with status 200 (UDA 2.0, 3.2.2)."""
    body = _action(service_type, f"{action}Response", arguments)
    return [*_entity(body), ("EXT", "")], body


def build_fault(error_code: int, error_description: str = "") -> tuple[Fields, bytes]:
    """Header fields and body of a refusal, with status 500 (UDA 2.0, 3.2.5)."""
    if error_code < 0:
        raise MessageError(f"an error code is not negative: {error_code}")
    body = _envelope(
        "<s:Fault><faultcode>s:Client</faultcode><faultstring>UPnPError</faultstring>"
        f'<detail><UPnPError xmlns="{CONTROL}"><errorCode>{error_code}</errorCode>'
        f"<errorDescription>{element_text(error_description)}</errorDescription>"
        "</UPnPError></detail></s:Fault>"
    )
    return [*_entity(body), ("EXT", "")], body


def _action(service_type: str, name: str, arguments: Arguments) -> bytes:
    _check_service_type(service_type)
    tag = f"u:{element_name(name)}"
    inside = "".join(
        f"<{element_name(argument)}>{element_text(value)}</{argument}>"
        for argument, value in arguments
    )
    return _envelope(f'<{tag} xmlns:u="{attribute_text(service_type)}">{inside}</{tag}>')


def _envelope(content: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="utf-8"?>'
        f'<s:Envelope xmlns:s="{ENVELOPE}" s:encodingStyle="{ENCODING}">'
        f"<s:Body>{content}</s:Body></s:Envelope>"
    ).encode()


def _entity(body: bytes) -> Fields:
    return [("CONTENT-TYPE", CONTENT_TYPE), ("CONTENT-LENGTH", str(len(body)))]


def _check_service_type(service_type: str) -> None:
    if not _SERVICE_TYPE.match(service_type):
        raise MessageError(f"not a service type: {service_type!r}")
