"""Descriptions as real gateways send them, from their packets to devices and services."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.forensics.gateways import (
    GATEWAY,
    GATEWAY_XML,
    UDN,
    Wire,
    cells,
    device,
    get,
    ok,
    reply,
    root,
    service,
)

LOCATION = "http://192.168.1.1:5000/d.xml"

# Name → (what the response is, the friendly name, where actions are called).

BODY = GATEWAY_XML.encode()
CTL = "http://192.168.1.1:5000/ctl"
OF_IT = ("Order", CTL)


def latin(text: str, charset: str) -> bytes:
    return ok(text.encode(charset))


def based(base: str, control: str = "/ctl") -> bytes:
    return ok(root(device("Order", service("W", control)), f"<URLBase>{base}</URLBase>"))


DESCRIPTIONS: dict[str, tuple[bytes, str, str | None]] = {
    "as it should be": (ok(BODY), "Order", CTL),
    "an HTTP header in the body": (ok(b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n" + BODY), "Order", CTL),
    "blank lines before": (ok(b"\r\n\r\n" + BODY), "Order", CTL),
    "byte order mark": (ok(b"\xef\xbb\xbf" + BODY), "Order", CTL),
    "NULs and garbage behind": (ok(BODY + b"\0\0\n<garbage"), "Order", CTL),
    "two declarations": (ok(b'<?xml version="1.0"?>' + BODY), "Order", CTL),
    "an undeclared prefix": (ok(BODY.replace(b"<UDN>", b"<dlna:X>1</dlna:X><UDN>")), "Order", CTL),
    "no namespace": (ok(BODY.replace(b' xmlns="urn:schemas-upnp-org:device-1-0"', b"")), *OF_IT),
    "a blank in the namespace": (ok(BODY.replace(b'xmlns="', b'xmlns=" ')), *OF_IT),
    "a namespace of its own": (ok(BODY.replace(b"schemas-upnp-org:device-1", b"B:d-1")), *OF_IT),
    "a bare ampersand": (ok(BODY.replace(b"Order", b"A & B")), "A & B", CTL),
    "a control character": (ok(BODY.replace(b"Order", b"A\x02B")), "A\\x02B", CTL),
    "undeclared latin-1": (latin(GATEWAY_XML.replace("Order", "Küche"), "latin-1"), "Küche", CTL),
    "gb2312": (
        latin(
            GATEWAY_XML.replace('"1.0"?', '"1.0" encoding="gb2312"?').replace("Order", "路由器"),
            "gb2312",
        ),
        "路由器",
        CTL,
    ),
    "said to be utf-16, is not": (
        ok(BODY.replace(b'"1.0"?', b'"1.0" encoding="utf-16"?')),
        "Order",
        CTL,
    ),
    "URLBase without the port, absolute URLs": (
        based("http://192.168.1.1", "http://192.168.1.1:5000/ctl"),
        "Order",
        CTL,
    ),
    "URLBase that is no URL": (based("www.netgear.com"), "Order", CTL),
    "unencoded spaces": (based("", "/a b"), "Order", "http://192.168.1.1:5000/a%20b"),
    "no serviceList": (ok(root(device("Order"))), "Order", None),
    "HTTP/1.0 until the connection closes": (
        reply(BODY, "HTTP/1.0 200 OK", "Content-Type: text/xml\r\n"),
        "Order",
        CTL,
    ),
    "bare line feeds in the header": (
        b"HTTP/1.1 200 OK\nContent-Length: %d\n\n%s" % (len(BODY), BODY),
        "Order",
        CTL,
    ),
    "no type at all": (reply(BODY, fields=f"Content-Length: {len(BODY)}\r\n"), "Order", CTL),
}


@pytest.mark.parametrize("name", DESCRIPTIONS)
def test_description_is_read_and_joined(name: str, tmp_path: Path) -> None:
    response, friendly_name, control_url = DESCRIPTIONS[name]
    case = Wire().announce(LOCATION).talk((get("/d.xml"), response)).read(tmp_path)
    assert cells(case, "exchanges", "role status bytes_missing") == [("description", 200, 0)]
    assert cells(case, "devices", "udn friendly_name described") == [(UDN, friendly_name, True)]
    urls = [row["control_url"] for row in case.services.to_dicts()]
    assert urls == ([] if control_url is None else [control_url])
    (document,) = case.documents
    assert document.error is None


def test_a_page_in_place_of_a_description_describes_nothing(tmp_path: Path) -> None:
    case = Wire().announce(LOCATION).talk((get("/d.xml"), ok("status=ok"))).read(tmp_path)
    assert cells(case, "exchanges", "role") == [("other",)]
    assert cells(case, "devices", "udn described") == [(UDN, False)]


def test_wps_beside_the_gateway_is_a_device_of_its_own(tmp_path: Path) -> None:
    wps = "uuid:33333333-0000-4000-8000-000000000003"
    wfa = device("WPS", service("WFA1", "/wps", "WFAWLANConfig"), udn=wps, kind="WFADevice")
    wire = Wire().announce(LOCATION).announce("http://192.168.1.1:49152/wps.xml", wps)
    wire.talk((get("/wps.xml", f"{GATEWAY}:49152"), ok(root(wfa))), port=49152)
    case = wire.talk((get("/d.xml"), ok(BODY))).read(tmp_path)
    assert cells(case, "devices", "udn friendly_name") == [(UDN, "Order"), (wps, "WPS")]
    assert cells(case, "services", "udn control_url") == [
        (wps, "http://192.168.1.1:49152/wps"),
        (UDN, CTL),
    ]


def test_the_user_agent_changes_what_one_sees(tmp_path: Path) -> None:
    """To programs of Microsoft miniupnpd shows itself as IGD:1."""
    microsoft = get("/d.xml", more="User-Agent: Microsoft-Windows/10.0 UPnP/1.0\r\n")
    second = BODY.replace(b"device:IGD:1", b"device:IGD:2")
    wire = Wire().announce(LOCATION)
    wire.talk((get("/d.xml"), ok(second)), (microsoft, ok(BODY)), (get("/d.xml"), ok(second)))
    case = wire.read(tmp_path)
    (found,) = case.devices
    one, two = (f"urn:schemas-upnp-org:device:IGD:{version}" for version in (1, 2))
    assert found.changes == (("device_type", two, one), ("device_type", one, two))
    assert (found.column("device_type"), len(found.documents)) == (two, 2)
    assert [document.fetches for document in case.documents] == [2, 1]
