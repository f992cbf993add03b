"""Where a URL leads, in a form to compare, and the URL that a request was for.

The address a capture shows is the server's own; the Host header is what a client chose to write.
So an address in Host never stands against the one that answered, while a name is kept:
relative URLs of the document are relative to it.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import ip_address
from typing import NamedTuple
from urllib.parse import urlsplit

from upnpscapy.capture.datagrams import address_text
from upnpscapy.capture.exchanges import Exchange
from upnpscapy.protocol.http_lines import text
from upnpscapy.protocol.memory import Memory

__all__ = ["UrlPlace", "by_address", "place_of", "url_of", "url_place"]

HTTP_PORT = 80

MAX_REMEMBERED = 512
"""Bytes of a target and a Host, or characters of a host, that are remembered; a control point
asks for the same again."""

_ABSOLUTE = re.compile(r"\A[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")
"""The form of a target that RFC 9112, 3.2.2 has for proxies; who answered is known better."""

_NAME = re.compile(r"([A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,252}))(?::([0-9]{1,5}))?\Z")


class UrlPlace(NamedTuple):
    """What two URLs of one document have in common."""

    host: str
    """An address in its shortest form and without zone, or a name in lower case."""
    port: int
    target: str
    """Path and query, as written; at least ``/``."""


def url_place(url: str | None) -> UrlPlace | None:
    """The place of a URL; None if it is no URL of HTTP."""
    if not url:
        return None
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if not host or parts.scheme != "http":
        return None
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return UrlPlace(_host(host), HTTP_PORT if port is None else port, target)


def by_address(place: UrlPlace | None, named: UrlPlace, where: UrlPlace) -> UrlPlace | None:
    """A place with the address of the server that answered to the name in it.

    ``named`` is the document's URL as it was asked for, ``where`` the place that it came from.
    """
    return place._replace(host=where.host) if place and place.host == named.host else place


def place_of(exchange: Exchange) -> UrlPlace:
    """The server that answered and what it was asked for; the target is "" if that is not known."""
    place = url_place(url_of(exchange))
    target = "" if place is None else place.target
    return UrlPlace(_host(exchange.server), exchange.server_port, target)


def url_of(exchange: Exchange, *, by_name: bool = True) -> str | None:
    """The absolute URL that a request was for; None if the request is missing or has no target.

    With ``by_name`` off the server's address stands, whatever Host says: where the request went.
    """
    request, raw = exchange.request, exchange.target
    if request is None or not raw or raw == b"*":
        return None
    host = (request.message.headers.get(b"host") or b"") if by_name else b""
    known = _url if len(raw) + len(host) <= MAX_REMEMBERED else _url.__wrapped__
    return known(raw, host, exchange.server_address, exchange.server_port)


@lru_cache(4096)
def _url(target: bytes, host: bytes, server: bytes, port: int) -> str:
    path = _ABSOLUTE.sub("", text(target), count=1)
    slash = "" if path.startswith("/") else "/"
    return f"http://{_authority(text(host).strip(), address_text(server), port)}{slash}{path}"


def _authority(host: str, server: str, server_port: int) -> str:
    """Host where it is a name, the server's address and port where it is not."""
    named = _NAME.match(host)
    if named is not None and _ADDRESSES[named[1]] is None:
        port = int(named[2] or HTTP_PORT)
        if port == server_port:
            return host
    place = f"[{server}]" if ":" in server else server
    return place if server_port == HTTP_PORT else f"{place}:{server_port}"


def _host(host: str) -> str:
    return _ADDRESSES[host] or host.lower()


def _address(host: str) -> str | None:
    try:
        return ip_address(host.partition("%")[0]).compressed
    except ValueError:
        return None


_ADDRESSES = Memory(_address, len, limit=MAX_REMEMBERED, entries=4096)
"""Host of a URL → its shortest form; None for a name."""
