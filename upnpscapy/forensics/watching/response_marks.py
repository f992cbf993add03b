"""What is peculiar about the response of a server of UPnP: how long it is, and what it has in it.

As ``exchange_marks``: no judgement, and searches for literal bytes before anything else.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from upnpscapy.capture.exchange import Exchange
from upnpscapy.capture.http_message import HttpMessage
from upnpscapy.protocol.memory import Memory

if TYPE_CHECKING:
    from upnpscapy.forensics.exchange_row import Role

__all__ = [
    "HEAD",
    "MAX_LENGTH",
    "MAX_RATIO",
    "MAX_SIZE",
    "has_doctype",
    "look",
    "marks_of_response",
]

HEAD = 64 << 10
"""Bytes of a body that are looked at."""

HEAD_OF_ANSWER = 4096
"""Bytes of an answer to a call, or to an event, that are searched for passwords and keys."""

EXCLAMATIONS = 16
"""Looked at one by one, as nothing is found as fast as a single byte; scripts have very many."""

MAX_SIZE = 1 << 20
"""Bytes of a description; the largest known have 100 KiB."""

MAX_RATIO = 100
"""How much a packed description may grow; XML grows tenfold."""

MAX_LENGTH = (1 << 31) - 1
"""Bytes that a number of 31 bits can count."""

_BAD_LENGTHS = frozenset(
    "bad-content-length content-lengths-differ bad-chunk-size chunk-line-too-long "
    "chunk-too-large".split()
)
_DOCUMENTS = frozenset(("description", "scpd"))
_SHOWN = frozenset(("presentation", "other"))

_DOCTYPE = re.compile(rb"<!(?:DOCTYPE(?!\s+(?i:html))|ENTITY)")
_WIDE_DOCTYPE = (b"<\0!\0D", b"<\0!\0E", b"\0<\0!\0D", b"\0<\0!\0E")
_UNC = re.compile(
    r"\\\\[a-z0-9][\w.-]{0,252}\\[\w$. -]|file:(?://|/{4,5})(?!localhost)[a-z0-9]", re.IGNORECASE
)


def marks_of_response(response: HttpMessage, role: Role, *, located: bool) -> set[str]:
    """Some of ``exchange_marks.MARKS``; ``located`` if discovery named what was asked for."""
    found: set[str] = set()
    encoding = kind = b""
    length = None
    for header in response.message.headers:
        key = header.key
        if key == b"content-encoding":
            encoding = header.value
        elif key == b"content-type":
            kind = header.value.lower()
        elif key == b"content-length":
            length = header.value.strip()
        elif key == b"application-url" and role == "description":
            found.add("dial")
    is_document = role in _DOCUMENTS or located or (role == "other" and b"xml" in kind)
    if (
        not _BAD_LENGTHS.isdisjoint(response.defects)
        or (is_document and response.body_size > MAX_SIZE)
        or (length and len(length) > 9 and _is_absurd(length, is_document or b"text/" in kind))
    ):
        found.add("framing")
    body = response.body
    if encoding:
        limit = max(MAX_SIZE, MAX_RATIO * len(body)) + 1 if is_document else HEAD
        packed, body = body, response.content(limit).data
        if is_document and len(body) > max(MAX_SIZE, MAX_RATIO * len(packed)):
            found.add("framing")
    if role in _DOCUMENTS:
        found |= _PAGES[body[:HEAD]]
    elif role in _SHOWN:
        found |= _marks_of_page(body[:HEAD]) if response.noted is None else response.noted
    else:
        if _has_secret(body[:HEAD_OF_ANSWER]):
            found.add("credentials")
        if has_doctype(body):
            found.add("doctype")
    return found


def look(exchange: Exchange) -> None:
    """Note the marks of a web page that a server of UPnP gives, where it is read.

    Pages are the largest of what is searched, and whether something is one shows by itself.
    """
    response = exchange.response
    if response is None:
        return
    kind = server = b""
    for header in response.message.headers:
        key = header.key
        if key == b"content-type":
            kind = header.value
        elif key == b"server":
            server = header.value
        elif key == b"content-encoding":
            return
    if b"html" in kind and b"UPnP" in server:
        response.noted = _marks_of_page(response.body[:HEAD])


def has_doctype(body: bytes) -> bool:
    """Whether a body has a document type or entities, web pages left out."""
    at = -1
    for _ in range(EXCLAMATIONS):
        at = body.find(b"!", at + 1, HEAD)
        if at < 0:
            break
        if body[at - 1 : at] == b"<" and _DOCTYPE.match(body, at - 1, HEAD):
            return True
    else:
        if _DOCTYPE.search(body, at, HEAD):
            return True
    return _is_wide(body) and any(word in body[:HEAD] for word in _WIDE_DOCTYPE)


def _is_absurd(length: bytes, is_text: bool) -> bool:
    """Whether no text is as long; a film may be."""
    return is_text and length.isdigit() and (len(length) > 18 or int(length) > MAX_LENGTH)


def _is_wide(body: bytes) -> bool:
    """Whether it can be UTF-16."""
    return body.count(0, 0, 64) > 8


def _has_secret(text: bytes) -> bool:
    """Whether passwords, fields for them, or keys are in it."""
    return b"password" in text.lower() or (
        b"Key" in text and (b"SecurityKeys" in text or b"PreSharedKey" in text)
    )


def _marks_of_page(head: bytes) -> frozenset[str]:
    """Passwords and fields for them, document types, and paths of shares in markup."""
    found: set[str] = set()
    lower = head.lower()
    if b"password" in lower:
        found.add("credentials")
    if has_doctype(head):
        found.add("doctype")
    if _is_wide(head):
        from upnpscapy.protocol.xml_encoding import decode  # few pages need it

        content = decode(head, lambda *_: None)[0]
    elif (b"\\" in head and b"\\\\" in head) or (b":" in head and b"file:" in lower):
        content = lower.decode("latin-1")
    else:
        return frozenset(found)
    if "<" in content and _UNC.search(content):
        found.add("unc")
    return frozenset(found)


_PAGES = Memory(_marks_of_page, len, limit=HEAD, entries=128)
"""Beginning of a document → its marks. Who polls gets the same again and again."""
