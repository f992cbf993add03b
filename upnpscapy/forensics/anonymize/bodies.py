"""The text of streams and datagrams, with substitutes: as long as it was, and framed as it was.

What is not known to be text of HTTP or XML becomes zeros: other protocols, pictures, UTF-16,
content that is packed, and what follows a loss until a message begins.
"""

from __future__ import annotations

import re

from upnpscapy.forensics.anonymize.vocabulary import SECRET_HEADERS
from upnpscapy.forensics.anonymize.words import Substitutes

__all__ = ["datagram_text", "stream_text"]

_START = re.compile(
    rb"(?:[A-Z][A-Z-]{1,19} [!-~]{1,8192} HTTP/1\.[01]|HTTP/1\.[01] [0-9]{3}[ -~]{0,200}) *\r?\n"
)
_DATAGRAM = re.compile(rb"(?:M-SEARCH|NOTIFY|HTTP/1\.[01]) ", re.IGNORECASE)
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_HEADER = re.compile(rb"^([^\r\n:]{1,200}):([^\r\n]*)", re.MULTILINE)
_LENGTH = re.compile(rb"\s*([0-9]{1,12})\s*\Z")
_CHUNK = re.compile(rb"([0-9A-Fa-f]{1,8})\r\n")
_BLANK = re.compile(rb"(?:\r\n){1,4}")
BOM = b"\xef\xbb\xbf"


def datagram_text(data: bytes, substitutes: Substitutes) -> bytes:
    """A discovery message or an event with substitutes; zeros for anything else."""
    text = data.rstrip(b"\0")
    if not _DATAGRAM.match(text) or b"\0" in text:
        return bytes(len(data))
    return _head_text(text, substitutes) + bytes(len(data) - len(text))


def stream_text(data: bytes, substitutes: Substitutes) -> bytes:
    """One direction of a connection with substitutes, from a message's begin on."""
    out, at = bytearray(len(data)), 0
    while at < len(data):
        blank = _BLANK.match(data, at)
        if blank is not None:
            out[at : blank.end()] = blank[0]
            at = blank.end()
        if _START.match(data, at) is None:
            break
        found = _HEAD_END.search(data, at)
        end = len(data) if found is None else found.end()
        head = data[at:end]
        out[at:end] = _head_text(head, substitutes)
        spans, at, framing = _body(data, end, head)
        for start, stop in framing:
            out[start:stop] = data[start:stop]
        body = b"".join([data[start:stop] for start, stop in spans])
        if _is_text(body, head):
            new = _body_text(body, substitutes)
            for start, stop in spans:
                out[start:stop], new = new[: stop - start], new[stop - start :]
    return bytes(out)


_Spans = list[tuple[int, int]]


def _body(data: bytes, at: int, head: bytes) -> tuple[_Spans, int, _Spans]:
    """Where a body lies, where the next message begins, and what of chunks is kept (RFC 9112)."""
    headers = {name.strip().lower(): value for name, value in _HEADER.findall(head)}
    if b"chunked" in headers.get(b"transfer-encoding", b"").lower():
        return _chunks(data, at)
    length = _LENGTH.match(headers.get(b"content-length", b""))
    if length is not None:
        end = min(len(data), at + int(length[1]))
        if _START.match(data, at) is not None:  # the answer to HEAD
            end = at
    elif head.startswith(b"HTTP/1.") and _START.match(data, at) is None:
        end = len(data)
    else:
        end = at
    return [(at, end)], end, []


def _chunks(data: bytes, at: int) -> tuple[_Spans, int, _Spans]:
    spans: _Spans = []
    framing: _Spans = []
    while (line := _CHUNK.match(data, at)) is not None:
        size, start = int(line[1], 16), line.end()
        end = min(start + size, len(data))
        framing.append((at, start))
        spans.append((start, end))
        at = end
        if data[at : at + 2] != b"\r\n":
            return spans, len(data), framing
        framing.append((at, at + 2))
        at += 2
        if not size:
            return spans, at, framing
    return spans, len(data), framing  # no chunk that is known, or trailers: zeros


def _head_text(head: bytes, substitutes: Substitutes) -> bytes:
    """A head with substitutes; values of headers that are secrets become zeros."""
    new = bytearray(substitutes.text(head))
    for match in _HEADER.finditer(head):
        if match[1].strip().lower().decode("latin-1") in SECRET_HEADERS:
            new[match.start(2) : match.end(2)] = re.sub(rb"[^ ]", b"0", match[2])
    return bytes(new)


def _is_text(body: bytes, head: bytes) -> bool:
    if re.search(rb"^content-encoding\s*:", head, re.IGNORECASE | re.MULTILINE):
        return False
    return body.removeprefix(BOM).lstrip(b" \r\n\t").startswith(b"<") and b"\0" not in body


def _body_text(body: bytes, substitutes: Substitutes) -> bytes:
    rest = body.removeprefix(BOM)
    return body[: len(body) - len(rest)] + substitutes.text(rest)
