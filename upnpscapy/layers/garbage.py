"""Random values for ``fuzz()``: wrong in some places more often than wrong everywhere.

Half of the draws are the right value, and most where the kind of the message is decided, so that
a message is usually read far enough for its wrong parts to matter.
Draws come from ``random``, so ``random.seed`` repeats them.
"""

from __future__ import annotations

import random

from scapy.volatile import RandField

__all__ = ["GarbageBytes", "GarbageHeaders"]

LONGEST = 1200
"""Bytes; a message with one such value still fits a datagram without fragments."""

GOOD = 0.5
GOOD_OF_KIND = 0.8
"""The share of draws that are the right value: of any field, of those that decide the kind."""

_DECIDES_KIND = ("start_line", "NTS")

SPECIAL: dict[str, tuple[bytes, ...]] = {
    "start_line": (
        b"M-SEARCH * HTTP/1.0",
        b"m-search * http/1.1",
        b"M-SEARCH  *  HTTP/1.1",
        b"M-SEARCH / HTTP/1.1",
        b"M-SEARCH *",
        b"NOTIFY * HTTP/1.1",
        b"HTTP/1.1 200",
        b"HTTP/1.1 99999999999 OK",
        b"http/1.1 200 ok",
        b"GET /description.xml HTTP/1.1",
        b"",
    ),
    "HOST": (b"", b"0.0.0.0:1900", b"239.255.255.250:0", b"[::1]:1900", b"fe80::1:1900", b":"),
    "MAN": (b"ssdp:discover", b'"ssdp:discover', b'"ssdp:Discover"', b'""', b'"ssdp:all"'),
    "MX": (b"0", b"-1", b"1.5", b"120", b"2147483648", b"9" * 40, b"0x2", b"two", b" 2 "),
    "ST": (b"ssdp:All", b"urn:", b"uuid:", b"urn:schemas-upnp-org:device::", b"::::", b"*"),
    "NT": (b"upnp:Rootdevice", b"urn:", b"uuid:", b"::", b"*"),
    "NTS": (b"ssdp:Alive", b"alive", b"ssdp:byebye", b"ssdp:update", b"ssdp:", b"upnp:propchange"),
    "USN": (b"uuid:", b"uuid:uuid:x", b"UUID:x::y", b"::upnp:rootdevice", b"uuid:x::::::"),
    "LOCATION": (
        b"http://",
        b"/description.xml",
        b"http://[::1/description.xml",
        b"http://127.0.0.1:99999/",
        b"http://user:pass@192.0.2.1:0/",
        b"file:///etc/passwd",
        b"http://192.0.2.1/" + b"a/../" * 60,
    ),
    "CACHE_CONTROL": (
        b"max-age",
        b"max-age=-1",
        b"max-age = 60",
        b"max-age=4294967296",
        b"no-cache",
    ),
    "SERVER": (b"/", b"UPnP/", b"a" * 300, b"Linux/1 UPnP/9.9 x/1", b"(((((((", b"[/red]\x1b[31m"),
    "BOOTID_UPNP_ORG": (b"-1", b"2147483648", b"0x10", b"", b"1e9"),
    "CONFIGID_UPNP_ORG": (b"-1", b"16777216", b"2147483648", b""),
    "NEXTBOOTID_UPNP_ORG": (b"0", b"-1", b"2147483648", b""),
}
"""What implementations are known to stumble over, by field."""

SPLICES = (
    b"\r\n",
    b"\n",
    b"\r\n\r\n",
    b"\r\n ",
    b"\0",
    b":",
    b"%n%s%x",
    b"\x1b[2J",
    b"\xff\xfe",
    b"\t",
)

_ODD_HEADERS: tuple[tuple[bytes, bytes] | bytes, ...] = (
    (b"ST", b"upnp:rootdevice"),
    (b"st", b"ssdp:all"),
    (b"MX", b"3"),
    (b"Content-Length", b"-1"),
    (b"Content-Length", b"65536"),
    (b"Transfer-Encoding", b"chunked"),
    (b"", b"a value without a name"),
    (b"X Y", b"a blank in the name"),
    (b"X-Empty", b""),
    b"a line without a colon",
    b" a continued line",
    b"SERVER : a blank before the colon",
    b"X-Line-Feed: only\n",
    b"X-Long: " + b"A" * LONGEST,
)


class GarbageBytes(RandField[bytes]):
    """The good value more often than not, else one that is special, damaged, long or random."""

    def __init__(self, name: str, good: bytes) -> None:
        self.name = name
        self.good = good

    def _command_args(self) -> str:
        return f"{self.name!r}, {self.good!r}"

    def _fix(self) -> bytes:
        if random.random() < (GOOD_OF_KIND if self.name in _DECIDES_KIND else GOOD):
            return self.good
        special = SPECIAL.get(self.name)
        if special and random.random() < 0.5:
            return random.choice(special)
        return random.choice((_flipped, _spliced, _cut, _stretched, _random))(self.good)


class GarbageHeaders(RandField[list[tuple[bytes, bytes] | bytes]]):
    """No more header fields half of the time, else up to four odd ones."""

    def _fix(self) -> list[tuple[bytes, bytes] | bytes]:
        if random.random() < GOOD:
            return []
        return random.choices(_ODD_HEADERS, k=random.randint(1, 4))


def _flipped(good: bytes) -> bytes:
    if not good:
        return _random(good)
    at = random.randrange(len(good))
    return good[:at] + bytes([good[at] ^ 1 << random.randrange(8)]) + good[at + 1 :]


def _spliced(good: bytes) -> bytes:
    at = random.randint(0, len(good))
    return good[:at] + random.choice(SPLICES) + good[at:]


def _cut(good: bytes) -> bytes:
    return good[: random.randint(0, len(good))]


def _stretched(good: bytes) -> bytes:
    return ((good or b"A") * LONGEST)[: random.randint(1, LONGEST)]


def _random(good: bytes) -> bytes:
    return random.randbytes(random.randint(0, 64))
