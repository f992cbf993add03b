"""Exchanges with a mark: those, no others, and no flood pushes one out."""

from __future__ import annotations

import pytest

from tests.forensics.controlling import ADD, ADDED, envelope, sent
from tests.forensics.judging import Piece, facts_of, http
from tests.forensics.packets import Sent, alive
from upnpscapy.forensics.watching import exchange_marks
from upnpscapy.forensics.watching import suspects as kept
from upnpscapy.forensics.watching.suspects import MARKS, Suspects

OK = sent("HTTP/1.1 200 OK")
XML = 'Content-Type: text/xml\r\nSOAPACTION: "urn:schemas-upnp-org:service:X:1#Do"\r\n'
DESCRIPTION = b"<root><device><deviceType>x</deviceType></device></root>"


def suspects(*pieces: Piece) -> Suspects:
    return facts_of(pieces).suspects


def marks(request: bytes, answer: bytes | None = OK, **ends: object) -> set[str]:
    found = suspects(http(request, answer, **ends))  # type: ignore[arg-type]
    return set().union(*(found.marks(row) for row in found))


def call(value: str = "1", fields: str = XML, start: str = "POST /ctl HTTP/1.1") -> bytes:
    return sent(start, envelope("Do", [("Arg", value)]), f"Host: 192.168.1.1\r\n{fields}")


def fetch(target: str, fields: str = "") -> bytes:
    return f"GET {target} HTTP/1.1\r\nHost: 192.168.1.1:5000\r\n{fields}\r\n".encode()


DESCRIBED = sent("HTTP/1.1 200 OK", DESCRIPTION)

MARKED = {
    "origin": (call(fields=XML + "Origin: null\r\n"), {"browser"}),
    "referer": (call(fields=XML + "Referer: http://x/\r\n"), {"browser"}),
    "browser": (call(fields=XML + "User-Agent: Mozilla/5.0\r\n"), {"browser"}),
    "a name": (
        call().replace(b"Host: 192.168.1.1", b"Host: evil.example:5000"),
        {"host-name"},
    ),
    "authorization": (call(fields=XML + "Authorization: Basic eDp5\r\n"), {"credentials"}),
    "a password": (call("</Arg><NewPassword>x</NewPassword><Arg>"), {"credentials"}),
    "backtick": (call("`id`"), {"metacharacters"}),
    "semicolon": (call("1;reboot"), {"metacharacters"}),
    "encoded": (call("1&amp;&amp;reboot"), {"metacharacters"}),
    "pipe": (call("1| sh"), {"metacharacters"}),
    "format": (call("%n%n"), {"format"}),
    "long": (call(fields=XML + f"X: {'a' * 600}\r\n"), {"long"}),
    "long target": (fetch("/" + "a" * 600), set()),
    "action": (call(fields='SOAPACTION: "urn:x#`id`"\r\n'), {"action", "metacharacters"}),
    "no action": (call(fields=""), {"action"}),
    "doctype": (call("<!DOCTYPE x>"), {"doctype"}),
    "entity": (call("<!ENTITY x SYSTEM 'y'>"), {"doctype"}),
    "wide": (call('<?xml?><!DOCTYPE x [<!ENTITY a "b">]>' + "\0"), {"doctype"}),
    "subscribe": (b"SUBSCRIBE /e HTTP/1.1\r\nHost: 192.168.1.1\r\n\r\n", {"subscribe"}),
    "hnap": (fetch("/HNAP1/"), {"exploit-path"}),
    "soap.cgi": (fetch("/soap.cgi?service=x"), {"exploit-path"}),
    "dtd": (fetch("/ssdp/data.dtd"), {"exploit-path"}),
    "dial": (sent("POST /apps/YouTube HTTP/1.1", b"", "Host: 192.168.1.1\r\n"), {"dial", "upload"}),
}  # fmt: skip


@pytest.mark.parametrize("name", MARKED)
def test_marks(name: str) -> None:
    request, expected = MARKED[name]
    assert marks(request) == expected


PLAIN = {
    "a call": (ADD.replace(b"192.0.2.17", b"192.168.1.1"), ADDED),
    "a call with entities": (call("&lt;a href=&quot;b&quot;&gt; 1&amp;2 &#39;x"), OK),
    "a description": (fetch("/d.xml"), DESCRIBED),
    "a percent": (call("100% sure, %20x"), OK),
    "an HTML error": (call(), sent("HTTP/1.1 500 x", b"<!DOCTYPE html><html></html>")),
    "the Web": (
        b"GET / HTTP/1.1\r\nHost: example.com\r\nUser-Agent: Mozilla/5.0\r\nReferer: http://x\r\n\r\n",
        OK,
    ),
    "an IPv6 host": (call().replace(b"Host: 192.168.1.1", b"Host: [fe80::1]:80"), OK),
}


@pytest.mark.parametrize("name", PLAIN)
def test_ordinary_exchanges_have_no_mark(name: str) -> None:
    assert marks(*PLAIN[name]) == set()


def test_a_foreign_end() -> None:
    assert marks(call(), OK, client="203.0.113.7") == {"foreign"}
    assert marks(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", OK, server="203.0.113.7", port=80) == set()


def test_what_else_is_asked_of_a_server_of_upnp() -> None:
    upload = sent("PUT /x.html HTTP/1.1", b"x", "Host: 192.168.1.1\r\n")
    assert marks(upload) == set()
    found = suspects(http(fetch("/d.xml"), DESCRIBED), http(upload, OK, at=1, sport=40001))
    assert [found.marks(row) for row in found] == [{"upload"}]


LOGIN = b'<input type="PASSWORD">'
NAMED = Sent(alive(LOCATION="http://192.168.1.1:5000/d.xml"), 0, "192.168.1.1", 1900)


def located(location: str) -> Sent:
    return Sent(alive(LOCATION=location), 0, "192.168.1.1", 1900)


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("http://192.168.1.1:5000/d.xml", [{"credentials"}]),
        ("HTTP://192.168.1.1:5000/", [{"credentials"}]),
        ("http://192.168.1.1/d.xml", []),
        ("http://192.168.1.2:5000/d.xml", []),
        ("http://lamp.lan:5000/d.xml", []),
        ("gopher://192.168.1.1:5000/d.xml", []),
    ],
)
def test_servers_that_discovery_names_are_of_upnp(location: str, expected: list[set[str]]) -> None:
    login = http(fetch("/login"), sent("HTTP/1.1 200 OK", LOGIN), at=1)
    found = suspects(located(location), login)
    assert [found.marks(row) for row in found] == expected


def test_servers_are_told_by_address() -> None:
    assert suspects().servers == set()
    assert suspects(NAMED).servers == {"192.168.1.1"}
    assert suspects(http(fetch("/d.xml"), DESCRIBED)).servers == {"192.168.1.1"}
    assert suspects(http(fetch("/"), OK)).servers == set()


def test_discovery_names_so_many_servers(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange_marks, "MAX_SERVERS", 4)
    names = [located(f"http://192.168.1.{host}:80/d.xml") for host in range(1, 9)]
    assert len(suspects(names).servers) == 4
    targets = [located(f"http://192.168.1.9/{number}") for number in range(9)]
    assert suspects(targets, names).servers == {"192.168.1.9"}


LEAVE = "Access-Control-Request-Headers: content-type, SOAPAction\r\n"
ASKED = {
    "soapaction": (f"OPTIONS /ctl HTTP/1.1\r\n{LEAVE}\r\n", {"preflight"}),
    "subscribe": ("OPTIONS /e HTTP/1.1\r\nAccess-Control-Request-Method: SUBSCRIBE\r\n\r\n",
                  {"preflight"}),
    "another field": ("OPTIONS /ctl HTTP/1.1\r\nAccess-Control-Request-Headers: x\r\n\r\n", set()),
    "no OPTIONS": (f"GET /ctl HTTP/1.1\r\n{LEAVE}\r\n", set()),
    "flash": ("GET /d HTTP/1.1\r\nx-flash-version: 9\r\n\r\n", {"preflight"}),
    "swf": ("GET /d HTTP/1.1\r\nReferer: http://x/a.SWF?b\r\n\r\n", {"preflight"}),
    "a page": ("GET /d HTTP/1.1\r\nReferer: http://x/a.html?b.swf\r\n\r\n", set()),
}  # fmt: skip


@pytest.mark.parametrize("name", ASKED)
def test_leave_asked_of_a_server_that_is_not_known(name: str) -> None:
    request, expected = ASKED[name]
    assert marks(request.encode(), OK) == expected
    assert marks(request.encode(), OK, server="203.0.113.7") == set()


def test_what_gives_an_upload_back_is_marked() -> None:
    put = http(sent("PUT /x HTTP/1.1", b"stored", "Host: 192.168.1.1\r\n"), OK, at=1)
    gets = [
        http(fetch(target), sent("HTTP/1.1 200 OK", body), at=at, sport=40000 + at)
        for at, (target, body) in enumerate([("/x", b"stored"), ("/y", b"stored"), ("/x", b"")], 2)
    ]
    found = suspects(NAMED, put, gets)
    assert [f"{row.method} {row.target}" for row in found.marked("upload")] == ["PUT /x", "GET /x"]
    assert len(found) == 2
    refused = http(
        sent("PUT /x HTTP/1.1", b"stored", "Host: 192.168.1.1\r\n"), sent("HTTP/1.1 403 No"), at=1
    )
    assert [row.method for row in suspects(NAMED, refused, gets)] == ["PUT"]


def test_so_many_uploads_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange_marks, "MAX_UPLOADS", 2)
    puts = [
        http(
            sent(f"PUT /{at} HTTP/1.1", b"stored", "Host: 192.168.1.1\r\n"),
            OK,
            at=at,
            sport=41000 + at,
        )
        for at in (1, 2, 3)
    ]
    gets = [
        http(fetch(f"/{at}"), sent("HTTP/1.1 200 OK", b"stored"), at=10 + at, sport=42000 + at)
        for at in (1, 2, 3)
    ]
    found = suspects(NAMED, puts, gets)
    assert [row.target for row in found if row.method == "GET"] == ["/2", "/3"]


def test_a_flood_with_one_mark_does_not_push_out_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "MAX_PER_MARK", 40)
    flood = [
        http(call(fields=XML + "Origin: null\r\n"), OK, at=n, sport=40000 + n) for n in range(100)
    ]
    last = http(call("`id`", XML + "Origin: null\r\n"), OK, at=200, sport=41000)
    found = suspects(flood, last)
    assert len(found) == 10 + 1
    assert found.left_out == 90
    assert len(list(found.marked("metacharacters"))) == 1
    assert len(list(found.marked("browser", "long"))) == 11


def test_bodies_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "BYTES", 100_000 * len(MARKS))
    big = [http(call("`" + "x" * 40_000), OK, at=n, sport=40000 + n) for n in range(8)]
    found = suspects(big)
    assert len(found) == 2
    assert found.left_out == 6


def test_what_a_mark_says_is_written_down() -> None:
    assert all(MARKS.values())
    assert set().union(*(expected for _, expected in MARKED.values())) <= MARKS.keys()


def test_a_request_without_an_answer_is_looked_at() -> None:
    assert marks(call("`id`"), None) == {"metacharacters"}
