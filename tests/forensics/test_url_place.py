"""Where URLs lead, and the URL a request was for."""

from __future__ import annotations

import pytest

from tests.forensics.descriptions import fetch
from upnpscapy.forensics.url_place import UrlPlace, by_address, place_of, url_of, url_place


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("http://192.0.2.1/d.xml", ("192.0.2.1", 80, "/d.xml")),
        ("http://192.0.2.1:80/d.xml#part", ("192.0.2.1", 80, "/d.xml")),
        ("HTTP://Lamp.LAN:5000", ("lamp.lan", 5000, "/")),
        ("http://192.0.2.1:5000/d?x=1", ("192.0.2.1", 5000, "/d?x=1")),
        ("http://[FE80:0::1%25eth0]:80/", ("fe80::1", 80, "/")),
    ],
)
def test_places(url: str, place: tuple[str, int, str]) -> None:
    assert url_place(url) == place


@pytest.mark.parametrize(
    "url", [None, "", "/d.xml", "https://a/", "http://[x/", "http://a:99999/", "http:///d", "urn:a"]
)
def test_what_is_no_url_of_http_has_no_place(url: str | None) -> None:
    assert url_place(url) is None


@pytest.mark.parametrize(
    ("target", "host", "url"),
    [
        ("/d.xml", "192.0.2.1:5000", "http://192.0.2.1:5000/d.xml"),
        ("/d.xml", "192.0.2.9", "http://192.0.2.1:5000/d.xml"),
        ("/d.xml", "lamp.lan:5000", "http://lamp.lan:5000/d.xml"),
        ("/d.xml", "lamp.lan", "http://192.0.2.1:5000/d.xml"),
        ("/d.xml", "a b", "http://192.0.2.1:5000/d.xml"),
        ("/d.xml", "", "http://192.0.2.1:5000/d.xml"),
        ("http://192.0.2.1:5000/d.xml", "192.0.2.1:5000", "http://192.0.2.1:5000/d.xml"),
        ("http://192.0.2.9/d.xml", "192.0.2.9", "http://192.0.2.1:5000/d.xml"),
        ("https://lamp.lan:5000/d.xml", "lamp.lan:5000", "http://lamp.lan:5000/d.xml"),
        ("d.xml", "192.0.2.1:5000", "http://192.0.2.1:5000/d.xml"),
        ("*", "192.0.2.1:5000", None),
    ],
)
def test_url_of_a_request(target: str, host: str, url: str | None) -> None:
    (exchange,) = fetch(b"<a/>", target, host=host)
    assert url_of(exchange) == url
    assert place_of(exchange) == ("192.0.2.1", 5000, "/d.xml" if url else "")


@pytest.mark.parametrize("host", ["lamp.lan:5000", "192.0.2.9", "a b", ""])
@pytest.mark.parametrize("target", ["/ctl?x=http://a/", "http://lamp.lan:5000/ctl?x=http://a/"])
def test_where_a_request_went_is_an_address(target: str, host: str) -> None:
    (exchange,) = fetch(b"<a/>", target, host=host)
    assert url_of(exchange, by_name=False) == "http://192.0.2.1:5000/ctl?x=http://a/"


def test_a_name_in_a_document_leads_to_the_server_it_came_from() -> None:
    named, where = UrlPlace("lamp.lan", 5000, "/d.xml"), UrlPlace("192.0.2.1", 5000, "/d.xml")
    there = url_place("http://LAMP.lan/x")
    assert by_address(there, named, where) == ("192.0.2.1", 80, "/x")
    assert by_address(url_place("http://other.lan/x"), named, where) == ("other.lan", 80, "/x")
    assert by_address(None, named, where) is None


def test_ports_and_addresses_are_written_as_urls_are() -> None:
    (plain,) = fetch(b"<a/>", "/d.xml", port=80, host="")
    assert url_of(plain) == "http://192.0.2.1/d.xml"
    (sixth,) = fetch(b"<a/>", "/d.xml", server="2001:db8::1", host="")
    assert url_of(sixth) == "http://[2001:db8::1]:5000/d.xml"
    sixth.request = None
    assert url_of(sixth) is None
    assert place_of(sixth) == ("2001:db8::1", 5000, "")
