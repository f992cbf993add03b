"""What is peculiar about responses, and what is not."""

from __future__ import annotations

import gzip
import re
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.capture.conversation import Conversation, exchanges, get, response
from tests.forensics.judging import facts_of, http
from tests.forensics.packets import Sent, alive
from upnpscapy.forensics.watching.exchange_marks import MARKS
from upnpscapy.forensics.watching.response_marks import has_doctype, look, marks_of_response

ROOT = b"<root><device><deviceType>x</deviceType></device></root>"
NAMED = Sent(alive(LOCATION="http://192.168.1.1:5000/d.xml"), 0, "192.168.1.1", 1900)
BLANK = ROOT + b" " * (2 << 20)
XML = "Content-Type: text/xml\r\nConnection: close\r\n"
CODED = "Content-Encoding: {}\r\nContent-Length: {}\r\n"


def marks(answer: bytes, target: str = "/x") -> set[str]:
    request = f"GET {target} HTTP/1.1\r\nHost: 192.168.1.1:5000\r\n\r\n"
    found = facts_of([NAMED, http(request.encode(), answer, at=1)]).suspects
    return set().union(*(found.marks(row) for row in found))


def packed(coding: str, data: bytes) -> bytes:
    made = zlib.compress(data) if coding == "deflate" else gzip.compress(data)
    return response(made, extra=CODED.format(coding, len(made)))


def wide(text: str) -> bytes:
    return b"\xff\xfe" + text.encode("utf-16-le")


MARKED = {
    "negative": (response(ROOT, extra="Content-Length: -1\r\n"), {"framing"}),
    "32 bits": (response(ROOT, extra="Content-Length: 2147483648\r\n"), {"framing"}),
    "31 bits": (response(ROOT, extra="Content-Length: 2147483647\r\n"), set()),
    "leading zeros": (response(b"<a/>", extra=f"Content-Length: {4:030}\r\n"), {"framing"}),
    "a page of 32 bits": (
        response(b"<a/>", extra="Content-Type: text/html\r\nContent-Length: 2147483648\r\n"),
        {"framing"},
    ),
    "a film of 32 bits": (
        response(b"<a/>", extra="Content-Type: video/mp4\r\nContent-Length: 2147483648\r\n"),
        set(),
    ),
    "two lengths": (
        response(b"<a/>", extra="Content-Length: 4\r\nContent-Length: 5\r\n"),
        {"framing"},
    ),
    "1 MiB": (response(BLANK), {"framing"}),
    "1 MiB of other XML": (response(b"<a/>" + BLANK[64:], extra=XML), {"framing"}),
    "1 MiB of anything": (response(b"<a/>" + BLANK[64:]), set()),
    "gzip": (packed("gzip", BLANK), {"framing"}),
    "deflate": (packed("deflate", BLANK), {"framing"}),
    "gzip of little": (packed("gzip", ROOT), set()),
    "gzip of anything": (packed("gzip", BLANK[64:]), set()),
    "gzip of a page": (packed("gzip", b'<input type="password">'), {"credentials"}),
    "a page": (response(b"<html>text</html>"), set()),
    "share": (response(rb'<a href="\\host\share">'), {"unc"}),
    "URL of a share": (response(b'<a href="FILE://host/share">'), {"unc"}),
    "slashes": (response(b"<a>file://///host/share"), {"unc"}),
    "wide": (response(wide(r"<root><device>\\host\share</device></root>")), {"unc"}),
    "wide without": (response(wide("<root><device>host</device></root>")), set()),
    "a file": (response(b"<a>file:///C:/x file://localhost/x C:\\x\\y \\\\u0041</a>"), set()),
    "share in an answer of control": (response(rb"<s:Envelope><x>\\host\share</x>"), set()),
    "no markup": (response(rb"\\host\share"), set()),
}


@pytest.mark.parametrize("name", MARKED)
def test_marks_of_responses(name: str) -> None:
    answer, expected = MARKED[name]
    assert marks(answer) == expected
    assert expected <= MARKS.keys()


PAGE = "Content-Type: text/html\r\nServer: Linux UPnP/1.0 a/1\r\nContent-Length: {}\r\n"


@pytest.mark.parametrize(
    "body", [b"<html>text</html>", rb'<a href="\\host\share">', b"<!ENTITY>password: a"]
)
def test_a_page_has_the_marks_that_were_found_where_it_was_read(body: bytes) -> None:
    answer = response(body, extra=PAGE.format(len(body)))
    (exchange,) = exchanges(Conversation().ask(get(), answer).segments)
    page = exchange.response
    assert page is not None
    here = frozenset(marks_of_response(page, "other", located=False))
    look(exchange)
    assert page.noted == here == marks_of_response(page, "other", located=False)
    page.noted = frozenset(("noted",))
    assert marks_of_response(page, "presentation", located=False) == {"noted"}
    assert marks_of_response(page, "description", located=False) == here


@pytest.mark.parametrize(
    "extra",
    [
        "Content-Type: text/xml\r\nServer: UPnP/1.0\r\n",
        "Content-Type: text/html\r\nServer: httpd\r\n",
        "Content-Type: text/html\r\nServer: UPnP/1.0\r\nContent-Encoding: gzip\r\n",
    ],
)
def test_what_is_no_plain_page_of_upnp_is_not_looked_at(extra: str) -> None:
    answer = response(b"password", extra=f"{extra}Content-Length: 8\r\n")
    (exchange,) = exchanges(Conversation().ask(get(), answer).segments)
    look(exchange)
    assert exchange.response is not None
    assert exchange.response.noted is None


def test_what_discovery_names_is_a_document_whatever_it_looks_like() -> None:
    for answer in (packed("gzip", BLANK[64:]), response(b"<a/>" + BLANK[64:])):
        assert marks(answer, "/d.xml") == {"framing"}


PIECES = (b"!", b"<!", b"<!DOCTYPE x", b"<!DOCTYPE html>", b"<!ENTITY", b"<!--x-->", b"text", b"<")


@given(st.lists(st.sampled_from(PIECES), max_size=40).map(b"".join))
def test_document_types_are_found_wherever_they_are(body: bytes) -> None:
    plain = re.search(rb"<!(?:DOCTYPE(?!\s+(?i:html))|ENTITY)", body)
    assert has_doctype(body) == (plain is not None)
