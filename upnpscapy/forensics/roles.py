"""What an HTTP exchange was for, by its own content.

The method tells of GENA, the action of control, the document of descriptions;
a page is a presentation only where a description named its URL.
"""

from __future__ import annotations

import re

from upnpscapy.capture.exchanges import Exchange
from upnpscapy.capture.http_message import HttpMessage
from upnpscapy.forensics.exchange_row import Role

__all__ = ["role_of"]

_ACTION = re.compile(rb"(?:[0-9]{2}-)?soapaction\Z")
_ENVELOPE = re.compile(rb"<(?:[\w.-]+:)?Envelope[\s>]")
_ROOT = re.compile(rb"<(?:[\w.-]+:)?root[\s>].{0,4096}?<(?:[\w.-]+:)?device[\s>]", re.DOTALL)
_SERVICE = re.compile(rb"<(?:[\w.-]+:)?scpd[\s>]")

_HEAD = 8192
"""Bytes of a document in which its first elements are expected."""


def role_of(exchange: Exchange) -> Role:
    """One of ``description scpd icon control subscribe event presentation other``."""
    request, response = exchange.request, exchange.response
    if request is not None:
        method = (request.message.start.method or b"").upper()
        if method in (b"SUBSCRIBE", b"UNSUBSCRIBE"):
            return "subscribe"
        if method == b"NOTIFY":
            return "event"
        if any(_ACTION.match(header.key) for header in request.message.headers):
            return "control"
        if method in (b"POST", b"M-POST") and _ENVELOPE.search(request.body, 0, _HEAD):
            return "control"
        if method not in (b"GET", b"HEAD"):
            return "other"
    return "other" if response is None else _role_of_document(response)


def _role_of_document(response: HttpMessage) -> Role:
    if (response.message.headers.get("content-type") or b"").lower().startswith(b"image/"):
        return "icon"
    head = response.content().data[:_HEAD]
    if _ROOT.search(head):
        return "description"
    if _SERVICE.search(head):
        return "scpd"
    return "control" if _ENVELOPE.search(head) else "other"
