"""What an HTTP exchange was for: by its own content, else by the descriptions before it.

The method tells of GENA, the action of control, the document of descriptions.
An icon or a presentation is one because a description names its URL, and so is a document that
did not come, or is none. What counts is what has been captured when the exchange is complete:
rows are handed on at once, so what was fetched before the description that names it is ``other``.
"""

from __future__ import annotations

import re

from upnpscapy.capture.exchanges import Exchange
from upnpscapy.capture.http_message import HttpMessage
from upnpscapy.forensics.described.linked_urls import LinkedUrls
from upnpscapy.forensics.exchange_row import Role

__all__ = ["role_of"]

_ACTION = re.compile(rb"(?:[0-9]{2}-)?soapaction\Z")
_ENVELOPE = b"Envelope", re.compile(rb"<(?:[\w.-]+:)?Envelope[\s>]")
_ROOT = (
    b"root",
    re.compile(rb"<(?:[\w.-]+:)?root[\s>].{0,4096}?<(?:[\w.-]+:)?device[\s>]", re.DOTALL),
)
_SERVICE = b"scpd", re.compile(rb"<(?:[\w.-]+:)?scpd[\s>]")
"""A word that a document must have, which is soon seen, and the form it must have it in."""

_HEAD = 8192
"""Bytes of a document in which its first elements are expected."""


def role_of(exchange: Exchange, linked: LinkedUrls) -> Role:
    """One of ``description scpd icon control subscribe event presentation other``."""
    request, response = exchange.request, exchange.response
    if request is not None:
        method = (request.message.start.method or b"").upper()
        if method in (b"SUBSCRIBE", b"UNSUBSCRIBE"):
            return "subscribe"
        if method == b"NOTIFY":
            return "event"
        for header in request.message.headers:
            if header.key.endswith(b"soapaction") and _ACTION.match(header.key):
                return "control"
        if method in (b"POST", b"M-POST") and _holds(request.body[:_HEAD], _ENVELOPE):
            return "control"
        if method not in (b"GET", b"HEAD"):
            return "other"
    role = "other" if response is None else _role_of_document(response)
    return linked.role(exchange) if role == "other" and request is not None else role


def _role_of_document(response: HttpMessage) -> Role:
    head = response.content().data[:_HEAD]
    if _holds(head, _ROOT):
        return "description"
    if _holds(head, _SERVICE):
        return "scpd"
    return "control" if _holds(head, _ENVELOPE) else "other"


def _holds(head: bytes, form: tuple[bytes, re.Pattern[bytes]]) -> bool:
    word, pattern = form
    return word in head and pattern.search(head) is not None
