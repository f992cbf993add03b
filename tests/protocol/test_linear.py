"""Reading takes time proportional to the size, whatever the bytes.

Eight times the bytes may take three times eight times as long; quadratic is 64 times.
"""

from __future__ import annotations

from collections.abc import Callable
from time import process_time
from urllib.parse import clear_cache  # type: ignore[attr-defined]  # not in typeshed

import pytest

from upnpscapy.protocol import http_lines
from upnpscapy.protocol.ssdp import parse_products, parse_ssdp, parse_usn

SMALL, LARGE = 7_500, 60_000
TOLERATED = 3 * LARGE / SMALL

S = b"NOTIFY * HTTP/1.1\r\nNTS: ssdp:alive\r\n"
R = b"HTTP/1.1 200 OK\r\n"


def numbered(line: bytes) -> Callable[[int], bytes]:
    return lambda size: b"".join([line % number for number in range(size // len(line % 0))])


def repeated(piece: bytes, end: bytes = b"") -> Callable[[int], bytes]:
    return lambda size: piece * (size // len(piece)) + end


SHAPES: dict[str, tuple[bytes, Callable[[int], bytes]]] = {
    "colons": (b"", repeated(b":")),
    "CRs": (b"", repeated(b"\r")),
    "NULs": (b"", repeated(b"\0")),
    "blanks": (b"", repeated(b" ")),
    "byte order marks": (b"", repeated(b"\xef\xbb\xbf")),
    "letters": (b"", repeated(b"a")),
    "request with blanks": (b"M-SEARCH", repeated(b" ", b"x y")),
    "target": (b"M-SEARCH ", repeated(b"a", b" x")),
    "version": (b"HTTP/1.1", repeated(b"1", b"x")),
    "version with dots": (b"HTTP/1", repeated(b".1")),
    "status": (b"HTTP/1.1 ", repeated(b"2", b" OK")),
    "folded lines": (S + b"A: 1\r\n", repeated(b" b\r\n")),
    "empty folded lines": (S + b"A: 1\r\n", repeated(b" \r\n")),
    "colon lines": (S, repeated(b":\r\n")),
    "one line of colons": (S, repeated(b":")),
    "CRs after the start": (S, repeated(b"\r")),
    "CR lines": (S, repeated(b"a\r")),
    "NULs after the start": (S, repeated(b"\0")),
    "NUL lines": (S, repeated(b"\0\r\n")),
    "CR CR LF lines": (S, repeated(b"A:\r\r\n")),
    "CR CR": (S, repeated(b"a\r\r")),
    "LF in values": (S, repeated(b"A: 1\n2\r\n")),
    "lines without colon": (S, repeated(b"a\r\n")),
    "one line without colon": (S, repeated(b"a")),
    "20,000 headers": (S, repeated(b"a:\n")),
    "different headers": (S, numbered(b"X-%05d: 1\r\n")),
    "duplicate ST": (R, numbered(b"ST: %05d\r\n")),
    "LOCATION after LOCATION": (R, numbered(b"LOCATION: http://a/%05d\r\n")),
    "blanks before the colon": (S + b"A", repeated(b" ", b": 1")),
    "blanks in a value": (S + b"A: b", repeated(b" ", b"c")),
    "a body of lines": (S + b"\r\n", repeated(b"a: 1\r\n")),
    "LOCATION, brackets": (S + b"LOCATION: http://", repeated(b"[")),
    "LOCATION, colons": (S + b"LOCATION: http://[", repeated(b":", b"]")),
    "LOCATION, digits": (S + b"LOCATION: http://a:", repeated(b"1")),
    "LOCATION, dots": (S + b"LOCATION: http://", repeated(b"1.")),
    "LOCATION, accents": (S + b"LOCATION: http://a", repeated("\u0301\u0316".encode())),
    "HOST, colons": (S + b"HOST: ", repeated(b":")),
    "HOST, accents": (S + b"HOST: a", repeated("\u0301\u0316".encode())),
    "SERVER, parentheses": (S + b"SERVER: ", repeated(b"(")),
    "SERVER, open comments": (S + b"SERVER: ", repeated(b"(a")),
    "SERVER, slashes": (S + b"SERVER: ", repeated(b"a/")),
    "SERVER, blanks": (S + b"SERVER: a/1", repeated(b" ", b"x")),
    "SERVER, versions": (S + b"SERVER: a/1 ", repeated(b"UPnP/1.")),
    "SERVER, product": (S + b"SERVER: a/1 UPnP/1.0 ", repeated(b"a ")),
    "CACHE-CONTROL, names": (S + b"CACHE-CONTROL: ", repeated(b"max-age ")),
    "CACHE-CONTROL, blanks": (S + b"CACHE-CONTROL: max-age=1", repeated(b" ", b"x")),
    "CACHE-CONTROL, zeros": (S + b"CACHE-CONTROL: max-age=", repeated(b"0")),
    "MX": (b"M-SEARCH * HTTP/1.1\r\nMX: ", repeated(b"9")),
    "BOOTID": (S + b"BOOTID.UPNP.ORG: ", repeated(b"9")),
    "USN, prefixes": (S + b"BOOTID.UPNP.ORG: 1\r\nUSN: ", repeated(b"uuid:")),
    "USN, separators": (S + b"NT: a\r\nUSN: uuid:", repeated(b"::")),
    "USN, versions": (R + b"ST: urn:a:1\r\nUSN: uuid:a::urn:", repeated(b":1", b"x")),
    "ST": (R + b"ST: urn:", repeated(b"a:device:")),
    "8-bit": (R + b"ST: ", repeated(b"\xe4")),
}


def seconds(work: Callable[[], object]) -> float:
    """The shortest of several runs, with nothing remembered."""
    times = []
    for _ in range(5):
        http_lines.HEADERS.clear()
        http_lines.STARTS.clear()
        clear_cache()
        start = process_time()
        work()
        times.append(process_time() - start)
    return min(times)


@pytest.mark.parametrize("shape", SHAPES)
def test_reading_is_linear(shape: str) -> None:
    head, tail = SHAPES[shape]
    small, large = head + tail(SMALL), head + tail(LARGE)
    assert LARGE - 32 <= len(large) <= LARGE + 128
    assert (
        seconds(lambda: parse_ssdp(large)) < TOLERATED * seconds(lambda: parse_ssdp(small)) + 1e-3
    )


@pytest.mark.parametrize("piece", ["(", "(a", "a/", " ", "a ", ","])
def test_products_are_linear(piece: str) -> None:
    small, large = piece * SMALL, piece * LARGE
    limit = TOLERATED * seconds(lambda: parse_products(small))
    assert seconds(lambda: parse_products(large)) < limit + 1e-3


def test_usn_is_linear() -> None:
    small, large = "uuid:" * SMALL, "uuid:" * LARGE
    assert seconds(lambda: parse_usn(large)) < TOLERATED * seconds(lambda: parse_usn(small)) + 1e-3
