"""Text of the same length in which only harmless words and numbers are those that were sent.

Addresses, UUIDs and whole words have substitutes that follow from a key: the same ones at
every place, letters for letters and digits for digits.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv6Address

from upnpscapy.forensics.anonymize.addresses import Addresses, keyed
from upnpscapy.forensics.anonymize.vocabulary import KEPT_NUMBERS, WORDS

__all__ = ["Substitutes", "addresses_in"]

_QUOTED = rb"""\s*=\s*["'](?:1\.[01]|utf-8|us-ascii|iso-8859-15?|windows-125[0-8]|yes|no)["']"""
_DAY, _MONTH = (
    rb"(?:%s)" % b"|".join(names.split())
    for names in (
        b"mon tue wed thu fri sat sun",
        b"jan feb mar apr may jun jul aug sep oct nov dec",
    )
)
_LITERALS = b"|".join(
    (
        rb"<\?xml(?:\s+(?:version|encoding|standalone)" + _QUOTED + rb")+\s*\?>",
        rb"(?<![\w-])M-(?:SEARCH|POST)(?![\w-])",
        rb"(?<![\w-])01-(?:NLS|SOAPACTION)(?![\w-])",
        rb"(?<!\w)ns=01(?!\w)",
        rb"(?<!\w)utf-8(?!\w)",
        rb"(?<![\w-])(?:device|service|control|event|metadata)-1-[0-2](?![\w-])",
        rb"(?<![\w.])schemas\.upnp\.org/upnp/1/0/",
        rb"(?<!\w)" + _DAY + rb",[ ]\d\d[ ]" + _MONTH + rb"[ ]\d{4}[ ]\d\d:\d\d:\d\d[ ]GMT(?!\w)",
    )
)
"""What is kept as a whole."""

_OCTET = rb"(?:25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
_IPV4 = rb"(?<![0-9A-Za-z.])" + _OCTET + rb"(?:\." + _OCTET + rb"){3}(?![0-9A-Za-z]|\.\d)"

_IPV6 = rb"(?<![0-9A-Za-z:.])(?:[0-9A-Fa-f]{0,4}:){2,8}[0-9A-Fa-f]{0,4}(?![0-9A-Za-z:.])"

_TOKEN = re.compile(
    rb"(?P<keep>" + _LITERALS + rb")"
    rb"|(?P<uuid>(?<![0-9a-f])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![0-9a-f]))"
    rb"|(?P<link>(?<![0-9a-f:-])[0-9a-f]{2}(?P<mark>[:-])[0-9a-f]{2}"
    rb"(?:(?P=mark)[0-9a-f]{2}){4}(?![0-9a-f:-]))"
    rb"|(?P<ipv6>" + _IPV6 + rb")"
    rb"|(?P<ipv4>" + _IPV4 + rb")"
    rb"|(?P<escape>%[0-9a-f]{2}|&\#x?[0-9a-f]{1,8};)"
    rb"|(?P<dotted>(?<![0-9a-z\x80-\xff])[0-9]+(?:\.[0-9]+)*(?![0-9a-z\x80-\xff]))"
    rb"|(?P<word>[0-9a-z\x80-\xff]+)",
    re.IGNORECASE | re.VERBOSE,
)

_NUMERIC_HEADERS = (
    rb"content-length|mx|seq|(?:next)?bootid\.upnp\.org|configid\.upnp\.org|searchport\.upnp\.org"
)
_BEFORE_NUMBER = re.compile(
    rb"(?:(?P<status>(?:\A|\n)HTTP/1\.[01][ ])"
    rb"|(?P<header>\n(?:"
    + _NUMERIC_HEADERS
    + rb")[ ]*:[ ]*|max-age[ ]*=[ ]*\"?|\btimeout[ ]*:[ ]*second-)"
    rb"|(?P<version>urn:[^:\s<>\"]{1,80}:(?:device|service):[^:\s<>\"]{1,80}:)"
    rb"|(?P<port>(?::[/][/]|\nhost:[ ]*)[^\s/<>\"?\#@]{1,255}:)"
    rb"|(?P<product>(?:\A|[\s:,;])"
    rb"(?:HTTP|UPnP|Linux|MiniUPnPd|MiniDLNA|POSIX|Windows|UPnP[ ]devices)/))\Z",
    re.IGNORECASE,
)
_LONGEST = {"status": 3, "header": 10, "version": 3, "port": 5, "product": 12}
"""Characters of a number that is kept, by what is before it."""

_ELEMENT = re.compile(rb"<(?:[\w.-]{1,80}:)?([\w.-]{1,80})(?:\s[^<>]{0,200})?>\s*\Z")

_BEHIND_NUMBER = frozenset(bytes([byte]) for byte in b" \r\n\t/<>,;:\"'?#)-") | {b""}
"""What can follow a number that is kept: no ``@``, which would make a port a password."""

RESPONSE = b"Response"

MAX_DIGITS = 10
"""Of the number of an element that is kept."""

_CONTEXT = 320
"""Bytes before a number that are looked at."""

_HARMLESS = frozenset(b" /:?=&,;%<>\"'()[]{}#@!*+-_\r\n\t")
"""Characters that stay what they are when they are escaped."""


class Substitutes:
    """Substitutes for what is in text."""

    def __init__(self, key: bytes, addresses: Addresses) -> None:
        self._key = key
        self._addresses = addresses
        self._word = lru_cache(1 << 16)(self._new_word)

    def text(self, data: bytes) -> bytes:
        """Text with substitutes, as long as it was.

        Control characters but line ends and tabs become spaces.
        """
        plain = re.sub(rb"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", b" ", data)
        return _TOKEN.sub(self._token, plain)

    def _token(self, match: re.Match[bytes]) -> bytes:
        found, kind = match[0], match.lastgroup
        if kind == "mark":
            kind = "link"
        if kind == "keep":
            return found
        if kind == "uuid":
            return self._hex(found, b"uuid")
        if kind == "link":
            packed = bytes.fromhex(re.sub(rb"[:-]", b"", found).decode())
            new = self._addresses.link(packed).hex(found[2:3].decode()).encode()
            return _cased(new, found)
        if kind == "ipv4":
            packed = bytes(map(int, found.split(b".")))
            return b".".join(b"%d" % octet for octet in self._addresses.ip(packed))
        if kind == "ipv6":
            return self._ipv6(found)
        if kind == "escape":
            return _escape(found)
        if kind == "dotted":
            return found if self._is_kept(match) else self._word(found)
        if _is_known(found):
            return found
        if found.endswith(RESPONSE):  # of an action, to be told by its name
            return self._word(found.removesuffix(RESPONSE)) + RESPONSE
        return self._word(found)

    def _ipv6(self, found: bytes) -> bytes:
        packed = _packed(found)
        if packed is None:
            return re.sub(rb"[0-9A-Za-z]+", lambda part: self._word(part[0]), found)
        new = self._addresses.ip(packed)
        groups = [new[at : at + 2].hex() for at in range(0, 16, 2)]
        head, _, tail = found.partition(b"::")
        parts = head.split(b":") if head else []
        ends = tail.split(b":") if tail else []
        texts = [_group(group, part) for group, part in zip(groups, parts, strict=False)]
        last = [
            _group(group, part) for group, part in zip(groups[8 - len(ends) :], ends, strict=True)
        ]
        middle = b"::" if b"::" in found else b""
        return b":".join(texts) + middle + b":".join(last)

    def _hex(self, found: bytes, kind: bytes) -> bytes:
        digits = keyed(self._key, kind, found.lower(), size=len(found))
        return bytes(
            byte if byte == 0x2D else _cased(b"%x" % (digit & 15), bytes([byte]))[0]
            for byte, digit in zip(found, digits, strict=True)
        )

    def _new_word(self, found: bytes) -> bytes:
        digits = keyed(self._key, b"word", found.lower(), size=2 * len(found))
        new = bytearray()
        for place, byte in enumerate(found):
            value = digits[2 * place] << 8 | digits[2 * place + 1]
            if 0x30 <= byte <= 0x39:
                new.append(0x30 + value % 10)
            elif 0x41 <= byte <= 0x5A:
                new.append(0x41 + value % 26)
            elif 0x61 <= byte <= 0x7A:
                new.append(0x61 + value % 26)
            elif byte >= 0x80:
                new.append(0x78)
            else:
                new.append(byte)
        return bytes(new)

    def _is_kept(self, match: re.Match[bytes]) -> bool:
        before = match.string[max(0, match.start() - _CONTEXT) : match.start()]
        behind = match.string[match.end() : match.end() + 1]
        if behind not in _BEHIND_NUMBER:
            return False
        known = _BEFORE_NUMBER.search(before)
        if known is not None:
            kind, number = str(known.lastgroup), match[0]
            return len(number) <= _LONGEST[kind] and (kind == "product" or number.isdigit())
        element = _ELEMENT.search(before)
        return (
            element is not None
            and len(match[0]) <= MAX_DIGITS
            and element[1].decode("latin-1").lower() in KEPT_NUMBERS
        )


_WORD_BYTES = frozenset(word.encode() for word in WORDS)


def addresses_in(data: bytes) -> set[bytes]:
    """The IP addresses that text names, packed."""
    found = {bytes(map(int, text.split(b"."))) for text in re.findall(_IPV4, data)}
    for text in re.findall(_IPV6, data):
        packed = _packed(text)
        if packed is not None:
            found.add(packed)
    return found


def _packed(text: bytes) -> bytes | None:
    """An IPv6 address; None for text that is none."""
    try:
        return IPv6Address(text.decode()).packed
    except ValueError:
        return None


def _is_known(word: bytes) -> bool:
    plain = word.lower()
    return plain in _WORD_BYTES or (
        plain.endswith(b"response") and plain.removesuffix(b"response") in _WORD_BYTES
    )


def _group(new: str, found: bytes) -> bytes:
    return _cased(new.encode()[4 - len(found) :], found)


def _cased(new: bytes, found: bytes) -> bytes:
    """Hexadecimal digits in the case of those that were there."""
    return new.upper() if re.search(rb"[A-F]", found) else new.lower()


def _escape(found: bytes) -> bytes:
    """An escaped character: kept if it is harmless, else another one, as long."""
    if found.startswith(b"%"):
        return found if int(found[1:], 16) in _HARMLESS else b"%58"
    if found[2:3] in b"xX":
        return found[:3] + b"58".rjust(len(found) - 4, b"0")[-(len(found) - 4) :] + b";"
    return b"&#" + b"88".rjust(len(found) - 3, b"0")[-(len(found) - 3) :] + b";"
