"""One call of an action: what leaves, and what each answer means."""

from __future__ import annotations

import pickle
import socket

import pytest

from upnpscapy import errors
from upnpscapy.errors import (
    ActionFault,
    ArgumentError,
    CaptureError,
    ControlError,
    DeadlineError,
    DescriptionError,
    MessageError,
    RefusedError,
    ResponseError,
    TransportError,
    UpnpError,
)
from upnpscapy.live.control import call
from upnpscapy.live.http import Http
from upnpscapy.protocol.httpu import parse
from upnpscapy.protocol.soap import parse_call
from upnpscapy.protocol.soap_build import build_result

from .gateway import SERVICE_TYPE, fault, result
from .server import Server, http

FAULT = "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body>{}</s:Body></s:Envelope>"


def test_call_is_a_proper_one() -> None:
    pairs = [("NewB", '2 < 3 & "x"'), ("NewA", ""), ("NewC", "ä€😀")]
    with Server(result("Do")) as server:
        call(f"{server.url}/ctl?x=1", SERVICE_TYPE, "Do", pairs)
        request = server.requests[0]
    message = parse(request)
    sent = parse_call(message)
    assert sent is not None
    assert (sent.defects, sent.service_type, sent.action) == ((), SERVICE_TYPE, "Do")
    assert sent.arguments == tuple(pairs)
    assert request.startswith(b"POST /ctl?x=1 HTTP/1.1\r\n")
    assert message.headers.get(b"content-type") == b'text/xml; charset="utf-8"'
    assert message.headers.get(b"soapaction") == f'"{SERVICE_TYPE}#Do"'.encode()
    assert int(message.headers.get(b"content-length") or 0) == len(message.body)
    assert not message.headers.get(b"transfer-encoding")


def test_mapping_is_sent_in_its_order() -> None:
    with Server(result("Do", ("A", "1"), ("B", ""))) as server:
        found = call(server.url, SERVICE_TYPE, "Do", {"Z": "1", "A": "2"})
        assert server.requests[0].index(b"<Z>1</Z>") < server.requests[0].index(b"<A>2</A>")
    assert found.arguments == (("A", "1"), ("B", ""))
    assert found.defects == ()


def test_405_is_asked_again_by_mpost() -> None:
    def answer(_: Server, connection: socket.socket, request: bytes) -> None:
        is_mpost = request.startswith(b"M-POST ")
        connection.sendall(result("Do", ("A", "1")) if is_mpost else http("", "405 No"))

    with Server(answer) as server:
        assert call(server.url, SERVICE_TYPE, "Do", {"X": "y"}).arguments == (("A", "1"),)
        first, second = map(parse, server.requests)
    again = parse_call(second)
    assert again is not None
    assert again.method == "M-POST"
    assert again.arguments == (("X", "y"),)
    assert again.defects == ()
    assert second.headers.get(b"man") == b'"http://schemas.xmlsoap.org/soap/envelope/"; ns=01'
    assert second.headers.get(b"01-soapaction") == f'"{SERVICE_TYPE}#Do"'.encode()
    assert not second.headers.get(b"soapaction")
    assert first.body == second.body


def test_405_to_both_is_an_error() -> None:
    with Server(http("", "405 Method Not Allowed")) as server:
        with pytest.raises(ResponseError, match="status 405 Method Not Allowed"):
            call(server.url, SERVICE_TYPE, "Do")
        assert len(server.requests) == 2


@pytest.mark.parametrize("status", ["500 Internal Server Error", "200 OK", "403 Forbidden"])
def test_fault_is_one_with_any_status(status: str) -> None:
    with Server(fault(718, "Taken", status)) as server, pytest.raises(ActionFault) as caught:
        call(server.url, SERVICE_TYPE, "AddPortMapping")
    found = caught.value
    assert (found.action, found.code, found.description) == ("AddPortMapping", 718, "Taken")
    assert found.name == "ConflictInMappingEntry"
    assert (found.url, found.status) == (server.url, int(status[:3]))
    assert str(found) == "AddPortMapping: error 718 (ConflictInMappingEntry): Taken"
    assert isinstance(found, ControlError)
    assert isinstance(found, RuntimeError)


ODD_FAULTS = {
    "a code nobody knows": (fault(8999, "what"), 8999, None, "Do: error 8999: what"),
    "a name without a text": (fault(714), 714, "NoSuchEntryInArray", "error 714 "),
    "the text says the name": (fault(501, "action failed"), 501, "Action Failed", "501: action"),
    "no detail": (
        http(FAULT.format("<s:Fault><faultstring>oops</faultstring></s:Fault>"), "500 x"),
        None,
        None,
        "Do: a fault without a number: oops",
    ),
    "capitals": (
        http(
            FAULT.format(
                "<s:Fault><faultCode>s:Client</faultCode><detail><UPnPError>"
                "<ErrorCode>402</ErrorCode></UPnPError></detail></s:Fault>"
            )
        ),
        402,
        "Invalid Args",
        "error 402",
    ),
    "broken XML": (
        http("<a></b><s:Fault><errorCode>606</errorCode></c></s:Fault>", "500 x"),
        606,
        "Action not authorized",
        "error 606",
    ),
}


@pytest.mark.parametrize("name", ODD_FAULTS)
def test_odd_fault_is_read(name: str) -> None:
    data, code, known, shown = ODD_FAULTS[name]
    with Server(data) as server, pytest.raises(ActionFault) as caught:
        call(server.url, SERVICE_TYPE, "Do")
    assert (caught.value.code, caught.value.name) == (code, known)
    assert shown in str(caught.value)


CUT = build_result(SERVICE_TYPE, "Do", [("A", "12345")])[1]
_BOMB = '<!DOCTYPE a [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;&a;">]><a>&b;</a>'

NO_ANSWERS = {
    "HTML": (http("<html><body>Please log in</body></html>"), "status 200 OK, and no result"),
    "text": (http("status=ok"), "status 200 OK, and no result"),
    "nothing": (http(""), "status 200 OK, and no body"),
    "an empty envelope": (http(FAULT.format("")), "and no result"),
    "entities": (http(_BOMB), "and no result"),
    "an error of HTTP": (http("<html/>", "503 Busy"), "status 503 Busy"),
    "a redirect": (http("", "302 Found", "Location: /"), "status 302 Found"),
    "a result cut in a value": (
        http(CUT[: CUT.index(b"345")]),
        "status 200 OK, and a result that ends in the middle",
    ),
    "a result cut between values": (http(CUT[: CUT.index(b"</u:")]), "ends in the middle"),
    "a result cut in its name": (http(CUT[: CUT.index(b"Response")]), "and no result|middle"),
    "a result with an error of HTTP": (
        http(build_result(SERVICE_TYPE, "Do")[1], "500 x"),
        "a result with status 500",
    ),
}


@pytest.mark.parametrize("name", NO_ANSWERS)
def test_no_proper_answer_is_an_error_with_its_bytes(name: str) -> None:
    data, reason = NO_ANSWERS[name]
    with Server(data) as server, pytest.raises(ResponseError, match=reason) as caught:
        call(server.url, SERVICE_TYPE, "Do")
    assert caught.value.data == data.partition(b"\r\n\r\n")[2]
    assert caught.value.status == int(data.split()[1])
    assert isinstance(caught.value, ControlError)


ODD_RESULTS = {
    "another name": (
        http(build_result(SERVICE_TYPE, "Other", [("A", "1")])[1]),
        "response-name",
    ),
    "another service": (
        http(build_result("urn:x:service:y:1", "Do", [("A", "1")])[1]),
        "response-service",
    ),
    "prefixes and types": (
        http(
            FAULT.format(
                f"<m:DoResponse xmlns:m='{SERVICE_TYPE}'><m:A xmlns:dt='urn:x' dt:dt='ui2'>1</m:A>"
                "</m:DoResponse>"
            )
        ),
        "argument-prefix",
    ),
    "the envelope is not closed": (
        http(build_result(SERVICE_TYPE, "Do", [("A", "1")])[1].partition(b"</s:Body>")[0]),
        "xml-repaired",
    ),
    "no Content-Type": (
        b"HTTP/1.1 200 OK\r\n\r\n" + build_result(SERVICE_TYPE, "Do", [("A", "1")])[1],
        "missing-content-type",
    ),
}


@pytest.mark.parametrize("name", ODD_RESULTS)
def test_odd_result_is_read_and_its_deviation_named(name: str) -> None:
    data, defect = ODD_RESULTS[name]
    with Server(data) as server:
        found = call(server.url, SERVICE_TYPE, "Do")
    assert found.arguments == (("A", "1"),)
    assert defect in [one.name for one in found.defects]


def test_large_fault_is_kept_in_part_only() -> None:
    with Server(http(b"x" * 300_000)) as server, pytest.raises(ResponseError) as caught:
        call(server.url, SERVICE_TYPE, "Do")
    assert len(caught.value.data) == errors.MAX_DATA


@pytest.mark.parametrize(
    ("service_type", "action", "arguments"),
    [
        (SERVICE_TYPE, "a b", {}),
        (SERVICE_TYPE, "Do", {"a b": "x"}),
        (SERVICE_TYPE, "Do", {"A": "\0"}),
        ('x"y', "Do", {}),
        ("x\r\ny", "Do", {}),
    ],
)
def test_what_xml_cannot_carry_is_not_sent(
    service_type: str, action: str, arguments: dict[str, str]
) -> None:
    with Server(result("Do")) as server:
        with pytest.raises(MessageError):
            call(server.url, service_type, action, arguments)
        assert server.requests == []


def test_control_url_off_the_device_is_refused_unless_allowed() -> None:
    with Server(result("Do")) as server:
        device = f"http://127.0.0.2:{server.port}/root.xml"
        with pytest.raises(RefusedError, match=r"off the host of the device that names it, 127\."):
            call(server.url, SERVICE_TYPE, "Do", device_url=device)
        assert server.requests == []
        allowing = Http(allow="127.0.0.1")
        assert call(server.url, SERVICE_TYPE, "Do", device_url=device, http=allowing).ok


ERRORS: list[UpnpError] = [
    MessageError("x"),
    CaptureError("cut", "a.pcap", 7),
    DescriptionError("no XML", "http://a/"),
    ArgumentError("missing", "Do", "NewA"),
    ActionFault("Do", 718, "Taken", "Conflict", url="http://a/", service_type="b", status=200),
    ResponseError("odd", "http://a/", b"data", status=500),
    TransportError("reset", "http://a/", b"half"),
    RefusedError("elsewhere", "http://a/"),
    DeadlineError("late", "http://a/"),
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
def test_error_is_the_same_after_pickling(error: UpnpError) -> None:
    if isinstance(error, CaptureError):
        error.partial = lambda: None  # not to be pickled
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is type(error)
    assert str(again) == str(error)
    expected = {**error.__dict__}
    if "partial" in expected:
        expected["partial"] = None
    assert again.__dict__ == expected
