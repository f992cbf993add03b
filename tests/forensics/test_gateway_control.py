"""Calls and answers as real gateways and control points send them, from packets to tables."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.forensics.gateways import (
    ADD_SCPD,
    GATEWAY_XML,
    HOST,
    RIGHT,
    WANIP,
    Wire,
    call,
    cells,
    done,
    envelope,
    fault,
    get,
    ok,
    post,
    reply,
    scpd,
)
from upnpscapy.forensics.controlling.call_row import CallRow

BODY = GATEWAY_XML.encode()

# Name → (the request, the response), and the columns they give.


def add(**fields: str) -> bytes:
    return post("/ctl", "AddPortMapping", envelope(call("AddPortMapping", *RIGHT)), **fields)


def status_call(response: bytes) -> tuple[bytes, bytes]:
    return post("/ctl", "GetStatusInfo", envelope(call("GetStatusInfo"))), response


PLAIN = add()
DONE = done("AddPortMapping").partition(b"\r\n\r\n")[2]
REFUSED = fault(718, "ConflictInMappingEntry")

CONTROL: dict[str, tuple[bytes, bytes | None, str, int | None, list[str]]] = {
    "fault with status 200": (PLAIN, fault(718, "x", "200 OK"), "refused", 718, ["fault-status"]),
    "capitalised fault": (
        PLAIN,
        REFUSED.replace(b"faultcode", b"faultCode").replace(b"errorCode", b"ErrorCode"),
        "refused",
        718,
        ["element-case"],
    ),
    "a code of its own": (PLAIN, fault(899, "Nope"), "refused", 899, []),
    "SOAPAction without quotes": (
        PLAIN.replace(f'"{WANIP}#AddPortMapping"'.encode(), f"{WANIP}#AddPortMapping".encode()),
        done("AddPortMapping"),
        "open",
        None,
        ["soapaction-unquoted"],
    ),
    "header names in any case": (
        PLAIN.replace(b"SOAPAction", b"sOaPaCtIoN").replace(b"Content-Length", b"content-length"),
        done("AddPortMapping"),
        "open",
        None,
        [],
    ),
    "M-POST": (
        add(
            start="M-POST",
            more='MAN: "http://schemas.xmlsoap.org/soap/envelope/"; ns=01\r\n',
        ).replace(b"SOAPAction", b"01-SOAPAction"),
        done("AddPortMapping"),
        "open",
        None,
        [],
    ),
    "a POST without Content-Length": (
        b"\r\n".join(line for line in PLAIN.split(b"\r\n") if not line.startswith(b"Content-Len")),
        fault(402, "Invalid Args"),
        "refused",
        402,
        ["no-content-length", "bytes-after-body"],
    ),
    "a line end behind the body": (PLAIN + b"\r\n", done("AddPortMapping"), "open", None, []),
    "newlines between tags": (
        post(
            "/ctl",
            "AddPortMapping",
            re.sub(r"(/\w+>)<", r"\1\r\n <", envelope(call("AddPortMapping", *RIGHT))),
        ),
        reply("", "HTTP/1.1 500 Internal Server Error"),
        "refused",
        None,
        ["missing-body"],
    ),
    "a chunked result": (
        PLAIN,
        reply(
            b"9\r\n%s\r\n%x\r\n%s\r\n0\r\n\r\n" % (DONE[:9], len(DONE) - 9, DONE[9:]),
            fields='Content-Type: text/xml; charset="utf-8"\r\nTransfer-Encoding: chunked\r\n',
        ),
        "open",
        None,
        [],
    ),
    "a page to log in, with status 200": (
        PLAIN,
        reply("<html><body>Password?</body></html>", fields="Content-Type: text/html\r\n"),
        "requested",
        None,
        ["content-type-value", "not-an-envelope"],
    ),
    "status 200 and nothing else": (
        PLAIN,
        reply("", fields="Content-Length: 0\r\n"),
        "requested",
        None,
        ["missing-body"],
    ),
    "HTTP/1.0 until the connection closes": (
        PLAIN,
        b'HTTP/1.0 200 OK\r\nContent-Type: text/xml; charset="utf-8"\r\n\r\n' + DONE,
        "open",
        None,
        [],
    ),
    "no charset": (
        PLAIN.replace(b'; charset="utf-8"', b""),
        done("AddPortMapping").replace(b'; charset="utf-8"', b"; charset=UTF-8"),
        "open",
        None,
        [],
    ),
}


@pytest.mark.parametrize("name", CONTROL)
def test_call_is_read_and_tells_of_the_mapping(name: str, tmp_path: Path) -> None:
    request, response, state, code, defects = CONTROL[name]
    case = Wire().talk((request, response), size=600).read(tmp_path)
    assert cells(case, "exchanges", "role") == [("control",)]
    assert cells(case, "calls", "action service_type arguments error_code defects") == [
        ("AddPortMapping", WANIP, [list(pair) for pair in RIGHT], code, defects)
    ]
    assert cells(case, "mappings", "state error_code external_port internal_client") == [
        (state, code, 8080, HOST)
    ]


@pytest.mark.parametrize(
    "code", [401, 402, 501, 606, 713, 714, 716, 718, 724, 725, 726, 727, 728, 729, 905]
)
def test_every_refusal_keeps_its_number_and_text(code: int, tmp_path: Path) -> None:
    case = Wire().talk((PLAIN, fault(code, f"text {code}"))).read(tmp_path)
    assert cells(case, "calls", "status error_code error_description result") == [
        (500, code, f"text {code}", [])
    ]
    assert cells(case, "mappings", "state error_code opened_frame") == [("refused", code, None)]


def test_unknown_action_is_answered_by_a_reset(tmp_path: Path) -> None:
    request = post("/ctl", "Reboot", envelope(call("Reboot")))
    case = Wire().talk((request, None), reset=True).read(tmp_path)
    assert cells(case, "calls", "action response_frame result status error_code") == [
        ("Reboot", None, None, None, None)
    ]
    (exchange,) = case.exchanges
    assert exchange.exchange.ended == "rst"


STATUS = (("NewConnectionStatus", "out", "string"), ("NewUptime", "out", "ui4"))
STATUS_SCPD = scpd("GetStatusInfo", STATUS).replace(
    "<dataType>string</dataType>",
    "<dataType>string</dataType><allowedValueList><allowedValue>Connected</allowedValue>"
    "</allowedValueList>",
)


def one_result(tmp_path: Path, *values: tuple[str, str]) -> CallRow:
    wire = Wire().talk((get("/d.xml"), ok(BODY)), (get("/WANIPConn1.xml"), ok(STATUS_SCPD)))
    case = wire.talk(status_call(done("GetStatusInfo", *values))).read(tmp_path)
    (found,) = case.calls
    return found


@pytest.mark.parametrize(
    ("values", "defects"),
    [
        ((("NewConnectionStatus", "Connected"), ("NewUptime", "7")), []),
        ((("NewConnectionStatus", "Up"), ("NewUptime", "7")), ["result-not-in-list"]),
        ((("NewUptime", "7"), ("NewConnectionStatus", "Connected")), ["result-order"]),
        ((("NewConnectionStatus", "Connected"), ("NewUptime", "")), ["result-empty-value"]),
        (
            (("NewConnectionStatus", "Connected"), ("NewUptimes", "7")),
            ["result-missing", "result-unknown"],
        ),
        (
            (("NewConnectionStatus", "Connected"), ("NewUptime", "NOT_IMPLEMENTED")),
            ["result-not-implemented"],
        ),
    ],
)
def test_what_a_device_answers_against_its_own_scpd(
    values: tuple[tuple[str, str], ...], defects: list[str], tmp_path: Path
) -> None:
    found = one_result(tmp_path, *values)
    assert (found.result, found.defects) == (values, defects)


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("", "invalid"),
        ("0.0.0.0", "unspecified"),
        ("(null)", "invalid"),
        ("10.0.0.7", "private"),
        ("100.64.0.1", "cgnat"),
        ("8.8.4.4", "public"),
    ],
)
def test_external_addresses_of_all_kinds(address: str, kind: str, tmp_path: Path) -> None:
    asked = post("/ctl", "GetExternalIPAddress", envelope(call("GetExternalIPAddress")))
    told = done("GetExternalIPAddress", ("NewExternalIPAddress", address))
    case = Wire().talk((asked, told)).read(tmp_path)
    assert cells(case, "external_addresses", "address address_class") == [(address, kind)]


def test_the_scpd_of_add_port_mapping_types_all_of_it(tmp_path: Path) -> None:
    wire = Wire().talk((get("/d.xml"), ok(BODY)), (get("/WANIPConn1.xml"), ok(ADD_SCPD)))
    odd = tuple((name, "65536" if name == "NewExternalPort" else text) for name, text in RIGHT)
    request = post("/ctl", "AddPortMapping", envelope(call("AddPortMapping", *odd[:-1])))
    case = wire.talk((request, fault(402, "Invalid Args"))).read(tmp_path)
    assert case.calls[0].defects == ["argument-missing", "argument-beyond-type"]
