"""Descriptions that lead elsewhere or are too much, and sloppy ones."""

from __future__ import annotations

import gzip

import pytest

from tests.capture.conversation import response as answer
from tests.forensics.descriptions import device_xml, root_xml, service_xml
from tests.forensics.judging import Piece, arp, dns_answer, http, mac_of, probe
from tests.forensics.packets import UDN
from tests.forensics.rules.forging import DEVICE, OUTSIDE, announced, fetched, of_rule, one
from upnpscapy.forensics.rules.descriptions import RULES

RULE = "description-inconsistent"


def lamp(
    control: str = "/ctl", scpd: str = "/scpd.xml", base: str = "", twice: bool = False
) -> bytes:
    service = service_xml(control=control, scpd=scpd) * (2 if twice else 1)
    body = root_xml(device_xml(UDN, services=service))
    url_base = f"<URLBase>{base}</URLBase>" if base else ""
    return body.replace(b"</specVersion>", b"</specVersion>" + url_base.encode())


@pytest.mark.parametrize(
    ("body", "severity", "words"),
    [
        (lamp(f"http://{OUTSIDE}/ctl"), "MEDIUM", f"controlURL at {OUTSIDE}:80"),
        (lamp("http://192.168.1.99:80/ctl"), "MEDIUM", "controlURL at 192.168.1.99:80"),
        (lamp("gopher://192.168.1.1/ctl"), "MEDIUM", "no URL of HTTP"),
        (lamp(scpd=f"http://{OUTSIDE}/s.xml"), "LOW", "SCPDURL"),
        (lamp(base="http://192.168.1.99:5000/"), "LOW", "URLBase"),
        (lamp(base="http://127.0.0.1:5000/"), "LOW", "URLBase"),
        (lamp(twice=True), "LOW", "serviceId twice"),
        (lamp(), None, ""),
        (lamp(f"http://{DEVICE}:5000/ctl"), None, ""),
        (lamp(f"http://{DEVICE}:80/ctl"), None, ""),
        (lamp(base=f"http://{DEVICE}:80/"), None, ""),
        (lamp("ctl:1/x"), "MEDIUM", "no URL of HTTP"),
    ],
)
def test_urls_of_a_description(body: bytes, severity: str | None, words: str) -> None:
    found = of_rule(RULE, [fetched(body)], RULES)
    assert [one.severity for one in found] == ([severity] if severity else [])
    assert not found or (words in found[0].note and found[0].subject == DEVICE)


def test_who_follows_them() -> None:
    pieces: list[Piece] = [
        fetched(lamp(f"http://{OUTSIDE}/ctl")),
        probe("192.168.1.10", OUTSIDE, 80, at=9),
    ]
    found = one(RULE, pieces, RULES)
    assert (found.outcome, found.missing) == ("effect", [])
    assert one(RULE, pieces[:1], RULES).outcome == "observed"


def test_another_address_or_name_of_the_server_is_no_elsewhere() -> None:
    known = arp("192.168.1.99", mac_of(DEVICE))
    assert of_rule(RULE, [known, fetched(lamp("http://192.168.1.99/ctl"))], RULES) == []
    named = dns_answer("lamp.lan", DEVICE)
    assert of_rule(RULE, [named, fetched(lamp("http://lamp.lan/ctl"))], RULES) == []


LAMP = "urn:schemas-upnp-org:device:Lamp"


@pytest.mark.parametrize(
    ("nt", "udn", "severity"),
    [
        (f"{LAMP}:1", UDN, None),
        (f"{LAMP}:2", UDN, None),
        ("upnp:rootdevice", UDN.upper().replace("UUID", "uuid"), None),
        ("urn:schemas-upnp-org:device:Printer:1", UDN, "INFO"),
        ("upnp:rootdevice", "uuid:another", "LOW"),
    ],
)
def test_discovery_and_description(nt: str, udn: str, severity: str | None) -> None:
    found = of_rule(RULE, [announced(nt=nt, udn=udn), fetched()], RULES)
    assert [one.severity for one in found] == ([severity] if severity else [])


BOMB = "description-bomb"
PACKED = "Content-Encoding: gzip\r\nContent-Length: {}\r\n"


def named(name: str) -> bytes:
    return root_xml(device_xml(UDN, name=name))


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (named("A" * 4097), "4096 characters"),
        (named("A" * 4096), None),
        (named("").replace(b"</root>", b"<" + b"a" * 300 + b"/></root>"), "name of more than 256"),
        (named("").replace(b"</root>", b"<" + b"a" * 200 + b"/></root>"), None),
        (lamp() + b" " * (1 << 20), "bytes"),
        (lamp() + b" " * 100_000, None),
    ],
)
def test_documents_that_are_too_much(body: bytes, words: str | None) -> None:
    found = of_rule(BOMB, [fetched(body)], RULES)
    assert len(found) == bool(words)
    assert not found or (found[0].severity == "MEDIUM" and str(words) in found[0].note)


def test_a_document_that_unpacks_without_end() -> None:
    packed = gzip.compress(lamp() + b" " * (3 << 20))
    found = of_rule(BOMB, [fetched(packed, extra=PACKED.format(len(packed)))], RULES)
    assert [one.subject for one in found[:1]] == [DEVICE]
    packed = gzip.compress(lamp())
    assert of_rule(BOMB, [fetched(packed, extra=PACKED.format(len(packed)))], RULES) == []


CHUNKED = "Transfer-Encoding: chunked\r\n"
LAMP_XML = lamp()
IN_CHUNKS = b"%x\r\n%b\r\n" % (len(LAMP_XML), LAMP_XML)
LENGTHS: dict[str, tuple[str, bytes, str | None, str]] = {
    "negative chunk": (CHUNKED, IN_CHUNKS + b"-1\r\n", "HIGH", "chunk whose size is no number"),
    "chunk of 32 bits": (CHUNKED, b"ffffffff\r\n" + LAMP_XML, "HIGH", "overflows 31 bits"),
    "chunk of 31 bits": (CHUNKED, b"7fffffff\r\n" + LAMP_XML, None, ""),
    "endless size": (CHUNKED, IN_CHUNKS + b"0" * 5000, "MEDIUM", "size line is too long"),
    "chunks": (CHUNKED, IN_CHUNKS + b"0\r\n\r\n", None, ""),
    "negative": ("Content-Length: -1\r\n", LAMP_XML, "HIGH", "Content-Length -1"),
    "32 bits": ("Content-Length: 2147483648\r\n", LAMP_XML, "HIGH", "Length 2147483648"),
    "31 bits": ("Content-Length: 2147483647\r\n", LAMP_XML, None, ""),
    "65 bits": (f"Content-Length: {1 << 64}\r\n", LAMP_XML, "HIGH", f"Length {1 << 64}"),
    "no number": ("Content-Length: many\r\n", LAMP_XML, None, ""),
}


@pytest.mark.parametrize("name", LENGTHS)
def test_lengths_that_a_description_is_said_to_have(name: str) -> None:
    extra, body, severity, words = LENGTHS[name]
    sent = http(b"GET /root.xml HTTP/1.1\r\nHost: a\r\n\r\n", answer(body, extra=extra))
    found = of_rule(BOMB, [sent], RULES)
    assert [one.severity for one in found] == ([severity] if severity else [])
    assert not found or words in found[0].note


def test_length_of_what_discovery_names_counts_though_it_is_no_document() -> None:
    page = answer(b"<html></html>", extra="Content-Length: -1\r\n")
    sent = http(b"GET /root.xml HTTP/1.1\r\nHost: a\r\n\r\n", page, at=1)
    assert of_rule(BOMB, [sent], RULES) == []
    assert one(BOMB, [announced(), sent], RULES).severity == "HIGH"


def test_what_unpacks_without_end_counts_however_late_its_root_is() -> None:
    packed = gzip.compress(b" " * (3 << 20) + lamp())
    sent = fetched(packed, extra=PACKED.format(len(packed)))
    assert of_rule(BOMB, [sent], RULES) == []
    assert one(BOMB, [announced(), sent], RULES).severity == "HIGH"
    assert of_rule(BOMB, [announced(), fetched(packed, target="/film")], RULES) == []


def test_a_film_may_be_long() -> None:
    film = answer(b"film", extra="Content-Type: video/mp4\r\nContent-Length: 9000000000\r\n")
    sent = http(b"GET /film HTTP/1.1\r\nHost: a\r\n\r\n", film, at=2, sport=40002)
    assert of_rule(BOMB, [announced(), fetched(), sent], RULES) == []
