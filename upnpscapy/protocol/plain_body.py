"""Bodies of the commonest form, read without a parser: nearly all calls, results and events.

That form is what the standard shows: an envelope around one element of flat arguments, or a
property set; no attributes but the usual ones, no comments, CDATA or character references.
What is taken here ``xml`` takes as it is and reads to the same names and values;
what deviates in any point is left to it. A parser makes an object of every element on its way,
which takes several times as long.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from upnpscapy.protocol.memory import Memory
from upnpscapy.protocol.property_set import NAMESPACE
from upnpscapy.protocol.soap_build import ENCODING, ENVELOPE
from upnpscapy.protocol.xml_body import Pairs

__all__ = ["PlainElement", "plain_element", "plain_properties"]

MAX_BYTES = 1 << 20
MAX_PAIRS = 1000
"""Bounds below those of ``xml``, so that it never refuses what is taken here."""

MAX_REFERENCES = 40
"""A parser is faster with more: what a media server lists is full of them."""

MAX_REMEMBERED = 512
"""Bytes of a body that is remembered: a call, or a short answer."""

_CHARACTERS = bytes((9, 10, 13, *range(32, 256)))
"""Bytes of the text of an XML document; those above 127 are decoded as UTF-8."""

_NO_CHARACTER = b"\xef\xbf"
"""So U+FFFE and U+FFFF begin, which XML cannot have; few others do."""

_OTHER_REFERENCE = re.compile(r"&(?!(?:lt|gt|quot|apos|amp);)")
_REFERENCES = (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&apos;", "'"), ("&amp;", "&"))

_BLANK = r"[ \t\r\n]*+"
_NAME = r"[A-Za-z_][A-Za-z0-9_.-]*+"
_PREFIX = rf"(?!(?i:xml)){_NAME}"
_START = rf"""(?:<\?xml version=["']1\.0["'](?: encoding=(?i:"utf-8"|'utf-8'))? ?\?>)?+{_BLANK}"""
_SPACE = rf'xmlns:\1="{re.escape(ENVELOPE)}"'
_STYLE = rf'\1:encodingStyle="{re.escape(ENCODING)}"'
_AND = r"[ \t\r\n]++"
_OPENING = re.compile(
    rf"{_START}<({_PREFIX}):Envelope{_AND}(?:{_SPACE}{_AND}{_STYLE}|{_STYLE}{_AND}{_SPACE}){_BLANK}>"
    rf"{_BLANK}<\1:Body>{_BLANK}"
    rf"<(?:({_PREFIX}):)?+({_NAME}){_AND}xmlns(?(2):\2)=\"([!#-%'-;=?-~]++)\"{_BLANK}(/?+)>"
)
"""The envelope's prefix, the element's prefix, name and namespace, and whether it ends at once."""

_ARGUMENTS = re.compile(rf"{_BLANK}(?:<({_NAME})>[^<]*+</\1>{_BLANK})*+")
_END = re.compile(rf"</(?:({_PREFIX}):)?+({_NAME})>{_BLANK}")
_CLOSING = re.compile(rf"</({_PREFIX}):Body>{_BLANK}</\1:Envelope>{_BLANK}\Z")
_PROPERTY_SET = re.compile(
    rf'{_START}<({_PREFIX}):propertyset{_AND}xmlns:\1="{re.escape(NAMESPACE)}"{_BLANK}>{_BLANK}'
    rf"(?:<\1:property>{_BLANK}<({_NAME})>[^<]*+</\2>{_BLANK}</\1:property>{_BLANK})*+"
    rf"</\1:propertyset>{_BLANK}\Z"
)
_PAIR = re.compile(rf"<({_NAME})>([^<]*+)<")

_FAULTS = ("fault", "upnperror")


class PlainElement(NamedTuple):
    """The one element in an envelope's body."""

    prefix: str
    """Empty without one."""
    namespace: str
    name: str
    pairs: Pairs
    """The arguments, of which no two have the same name."""


def plain_element(body: bytes) -> PlainElement | None:
    """What a call or a result says; None if it is to be parsed, as every fault is."""
    return _ELEMENTS[body]


def plain_properties(body: bytes) -> Pairs | None:
    """The variables of a property set; None if it is to be parsed."""
    text = _text(body)
    if text is None or _PROPERTY_SET.match(text) is None:
        return None
    return _pairs(text, 0, len(text))


def _read_element(body: bytes) -> PlainElement | None:
    text = _text(body)
    opening = None if text is None else _OPENING.match(text)
    if text is None or opening is None:
        return None
    envelope, prefix, name, namespace, ended = opening.groups()
    start = opening.end()
    if name.lower() in _FAULTS:
        return None
    end = at = start
    if not ended:
        arguments = _ARGUMENTS.match(text, start)
        end = at = start if arguments is None else arguments.end()
        last = _END.match(text, end)
        if last is None or last.groups() != (prefix, name):
            return None
        at = last.end()
    closing = _CLOSING.match(text, at)
    if closing is None or closing[1] != envelope:
        return None
    pairs = _pairs(text, start, end)
    if pairs is None or len(dict(pairs)) != len(pairs):
        return None
    return PlainElement(prefix or "", namespace, name, pairs)


_ELEMENTS = Memory(_read_element, len, limit=MAX_REMEMBERED, entries=1024)
"""A control point that asks every minute asks the same."""


def _text(body: bytes) -> str | None:
    """The characters of a body, if those that a parser may stumble upon are not among them."""
    if len(body) > MAX_BYTES or body.count(b"&") > MAX_REFERENCES:
        return None
    if body.translate(None, _CHARACTERS) or _NO_CHARACTER in body:
        return None
    try:
        text = body.decode()
    except UnicodeDecodeError:
        return None
    if "]]>" in text or ("&" in text and _OTHER_REFERENCE.search(text)):
        return None
    return text


def _pairs(text: str, start: int, end: int) -> Pairs | None:
    """The elements that hold text alone."""
    found = _PAIR.findall(text, start, end)
    if len(found) > MAX_PAIRS:
        return None
    for place, (name, value) in enumerate(found):
        if "\r" in value:
            return None  # a parser makes one line feed of both
        if "&" in value:
            for reference, character in _REFERENCES:
                value = value.replace(reference, character)
            found[place] = name, value
    return tuple(found)
