"""Gateways that others stumble over, each from its packets to the cells of every table."""

from __future__ import annotations

from pathlib import Path

from tests.forensics.gateways import (
    ADD_SCPD,
    GATEWAY,
    GATEWAY_XML,
    HOST,
    RIGHT,
    TYPES,
    UDN,
    WANIP,
    Wire,
    call,
    cells,
    device,
    done,
    envelope,
    fault,
    get,
    ok,
    post,
    reply,
    root,
    service,
)

PPP = "urn:schemas-upnp-org:service:WANPPPConnection:1"


# Mercury MR808: HTTP on TCP port 1900, blanks in tags and behind URLs, an empty URLBase.

MERCURY = root(
    device(
        "X",
        service("WANIPConn1", "/ipc"),
        more="<presentationURL>http://192.168.1.1:80       </presentationURL>",
    ).replace("<friendlyName>", "<friendlyName            >"),
    "<URLBase></URLBase>",
)
ASKED = post("/ipc", "GetExternalIPAddress", envelope(call("GetExternalIPAddress")))
TOLD = done("GetExternalIPAddress", ("NewExternalIPAddress", "100.64.7.9"))


def test_http_on_port_1900_and_blanks_in_tags_and_urls(tmp_path: Path) -> None:
    wire = Wire().announce("http://192.168.1.1:1900/igd.xml")
    wire.talk((get("/igd.xml", "192.168.1.1:1900"), ok(MERCURY)), (ASKED, TOLD), port=1900)
    page = reply("<html>", fields="Content-Type: text/html\r\nContent-Length: 6\r\n")
    case = wire.talk((get("/", GATEWAY), page), (get("/b", GATEWAY), page), port=80).read(tmp_path)
    assert [(row.kind, row.frame) for row in case.messages] == [("alive", 1)]
    assert cells(case, "devices", "udn friendly_name addresses locations described") == [
        (UDN, "X", [GATEWAY], ["http://192.168.1.1:1900/igd.xml"], True)
    ]
    assert cells(case, "services", "udn service_id control_url scpd_url event_sub_url") == [
        (
            UDN,
            "urn:upnp-org:serviceId:WANIPConn1",
            "http://192.168.1.1:1900/ipc",
            "http://192.168.1.1:1900/WANIPConn1.xml",
            "http://192.168.1.1:1900/evt/WANIPConn1",
        )
    ]
    assert cells(case, "exchanges", "server_port target status role defects") == [
        (1900, "/igd.xml", 200, "description", []),
        (1900, "/ipc", 200, "control", []),
        (80, "/", 200, "presentation", []),
        (80, "/b", 200, "other", []),
    ]
    assert cells(case, "calls", "control_url action result defects") == [
        (
            "http://192.168.1.1:1900/ipc",
            "GetExternalIPAddress",
            [["NewExternalIPAddress", "100.64.7.9"]],
            [],
        )
    ]
    assert case.calls[0].service is case.services[0]
    assert cells(case, "external_addresses", "gateway address address_class") == [
        (GATEWAY, "100.64.7.9", "cgnat")
    ]
    description = case.documents[0].description
    assert description is not None
    assert description.root.presentation_url == "http://192.168.1.1:80"
    assert description.url_base_raw == ""
    assert [(one.name, one.found) for one in description.defects] == [
        ("blanks-in-value", "presentationURL")
    ]


# NTT ADSL Modem-SV3: eight services of one type, told apart by the query alone.

MODEM = root(
    device(
        "SV3", *(service(f"WANPPPConn{at}", f"/UD/?{at}", "WANPPPConnection") for at in range(8))
    )
)


def entry(at: int) -> bytes:
    body = call("GetGenericPortMappingEntry", ("NewPortMappingIndex", str(at)), kind=PPP)
    return post("/UD/?6", "GetGenericPortMappingEntry", envelope(body), PPP)


LISTED = (
    ("NewRemoteHost", ""),
    ("NewExternalPort", "5060"),
    ("NewProtocol", "UDP"),
    ("NewInternalPort", "5062"),
    ("NewInternalClient", HOST),
    ("NewEnabled", "1"),
    ("NewPortMappingDescription", "電話 ☎ Haustür"),
    ("NewLeaseDuration", "0"),
)
ADDED = (*LISTED[:3], *LISTED[3:7], ("NewLeaseDuration", "600"))


def test_eight_services_by_query_and_a_list_that_ends(tmp_path: Path) -> None:
    first = done("GetGenericPortMappingEntry", *LISTED, kind=PPP)
    add = post("/UD/?3", "AddPortMapping", envelope(call("AddPortMapping", *ADDED, kind=PPP)), PPP)
    wire = Wire().announce("http://192.168.1.1:5000/").talk((get("/"), ok(MODEM)))
    wire.talk((entry(0), first), (entry(1), fault(713, "SpecifiedArrayIndexInvalid")))
    case = wire.talk((add, done("AddPortMapping", kind=PPP))).read(tmp_path)
    assert cells(case, "services", "control_url service_type service_id described") == [
        (f"http://192.168.1.1:5000/UD/?{at}", PPP, f"urn:upnp-org:serviceId:WANPPPConn{at}", False)
        for at in range(8)
    ]
    assert [one.service and one.service.service_id for one in case.calls] == [
        "urn:upnp-org:serviceId:WANPPPConn6",
        "urn:upnp-org:serviceId:WANPPPConn6",
        "urn:upnp-org:serviceId:WANPPPConn3",
    ]
    assert cells(case, "calls", "control_url result status error_code error_description") == [
        ("http://192.168.1.1:5000/UD/?6", [list(pair) for pair in LISTED], 200, None, None),
        ("http://192.168.1.1:5000/UD/?6", [], 500, 713, "SpecifiedArrayIndexInvalid"),
        ("http://192.168.1.1:5000/UD/?3", [], 200, None, None),
    ]
    assert not any(one.defects for one in case.calls)
    columns = "control_url external_port internal_client internal_port description lease_seconds"
    assert cells(case, "mappings", f"{columns} state opened_frame closed_frame") == [
        (
            *("http://192.168.1.1:5000/UD/?6", 5060, HOST, 5062, "電話 ☎ Haustür", 0),
            *("observed", None, None),
        ),
        (
            *("http://192.168.1.1:5000/UD/?3", 5060, HOST, 5062, "電話 ☎ Haustür", 600),
            *("open", case.calls[2].response_frame, None),
        ),
    ]


# Argument order is significant: the wrong one is answered 402.

WRONG = (*RIGHT[2:], *RIGHT[:2])


def test_wrong_argument_order_is_refused_and_named_by_an_scpd_that_comes_later(
    tmp_path: Path,
) -> None:
    wrong = post("/ctl", "AddPortMapping", envelope(call("AddPortMapping", *WRONG)))
    right = post("/ctl", "AddPortMapping", envelope(call("AddPortMapping", *RIGHT)))
    wire = Wire().announce("http://192.168.1.1:5000/d.xml").talk((get("/d.xml"), ok(GATEWAY_XML)))
    wire.talk((wrong, fault(402, "Invalid Args")), (right, done("AddPortMapping")))
    case = wire.talk((get("/WANIPConn1.xml"), ok(ADD_SCPD))).read(tmp_path)
    assert cells(case, "exchanges", "target status role") == [
        ("/d.xml", 200, "description"),
        ("/ctl", 500, "control"),
        ("/ctl", 200, "control"),
        ("/WANIPConn1.xml", 200, "scpd"),
    ]
    assert cells(case, "calls", "arguments error_code defects") == [
        ([list(pair) for pair in WRONG], 402, ["argument-order"]),
        ([list(pair) for pair in RIGHT], None, []),
    ]
    refused, granted = case.calls
    assert (refused.error_name, refused.typed_result) == ("Invalid Args", None)
    typed = granted.typed_arguments
    assert typed is not None
    values = [one.value for one in typed.arguments]
    assert values == ["", 8080, "TCP", 80, HOST, True, "web", 3600]
    columns = "state error_code external_port internal_port requested_by opened_frame"
    assert cells(case, "mappings", columns) == [
        ("refused", 402, 8080, 80, HOST, None),
        ("open", None, 8080, 80, HOST, granted.response_frame),
    ]
    assert cells(case, "services", "service_id described") == [
        ("urn:upnp-org:serviceId:WANIPConn1", True)
    ]


# A chunked description in segments of 97 bytes.


def chunked(body: str, size: int) -> bytes:
    data = body.encode()
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    coded = b"".join(b"%x;x=y\r\n%s\r\n" % (len(piece), piece) for piece in pieces)
    fields = "Content-Type: text/xml\r\nTransfer-Encoding: chunked\r\n"
    return reply(coded + b"0\r\nX-Trailer: 1\r\n\r\n", fields=fields)


def test_chunked_description_in_segments_of_97_bytes(tmp_path: Path) -> None:
    inner = device(
        "WAN", service("WANIPConn1", "/ctl"), udn="uuid:22222222-0000-4000-8000-000000000002"
    )
    text = root(device("Brücke", inside=inner))
    wire = Wire().announce("http://192.168.1.1:5000/d.xml")
    case = wire.talk((get("/d.xml"), chunked(text, 61)), size=97).read(tmp_path)
    (exchange,) = case.exchanges
    assert (exchange.role, exchange.status, exchange.column("defects")) == ("description", 200, [])
    response = exchange.exchange.response
    assert response is not None
    assert response.body == text.encode()
    assert len(response.frames) > len(text) // 97
    assert response.trailers.get(b"x-trailer") == b"1"
    assert cells(case, "devices", "udn parent_udn friendly_name described") == [
        (UDN, None, "Brücke", True),
        ("uuid:22222222-0000-4000-8000-000000000002", UDN, "WAN", True),
    ]
    assert cells(case, "services", "udn control_url") == [
        ("uuid:22222222-0000-4000-8000-000000000002", "http://192.168.1.1:5000/ctl")
    ]
    (document,) = case.documents
    assert (document.kind, document.complete, document.error) == ("description", True, None)
    assert list(document.frames) == [exchange.exchange.frame, exchange.exchange.response_frame]


# BitComet and Microsoft: a type at every argument, and prefixes of all kinds.


def typed_by_microsoft(name: str, value: str, kind: str) -> str:
    xmlns = 'xmlns:dt="urn:schemas-microsoft-com:datatypes"'
    return f'<{name} {xmlns} dt:dt="{kind}">{value}</{name}>'


def test_typed_arguments_and_other_prefixes(tmp_path: Path) -> None:
    inside = "".join(
        typed_by_microsoft(name, value, kind)
        for (name, value), kind in zip(RIGHT, TYPES, strict=True)
    )
    body = envelope(f'<m:AddPortMapping xmlns:m="{WANIP}">{inside}</m:AddPortMapping>', "SOAP-ENV")
    answer = envelope(
        f'<m:AddPortMappingResponse xmlns:m="{WANIP}"></m:AddPortMappingResponse>', "SOAP-ENV"
    )
    wire = Wire().talk((get("/d.xml"), ok(GATEWAY_XML)), (get("/WANIPConn1.xml"), ok(ADD_SCPD)))
    case = wire.talk((post("/ctl", "AddPortMapping", body), ok(answer))).read(tmp_path)
    (found,) = case.calls
    assert found.call is not None
    assert (found.call.types, found.call.prefix) == (tuple(TYPES), "m")
    assert cells(case, "calls", "action service_type arguments result status defects") == [
        ("AddPortMapping", WANIP, [list(pair) for pair in RIGHT], [], 200, [])
    ]
    columns = "state protocol external_port internal_client enabled lease_seconds description"
    assert cells(case, "mappings", columns) == [("open", "TCP", 8080, HOST, True, 3600, "web")]
    assert cells(case, "devices", "udn addresses described state") == [
        (UDN, [GATEWAY], True, "unknown")
    ]
