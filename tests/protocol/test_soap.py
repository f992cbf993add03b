from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.protocol.control import WANIP, Case, check, message
from tests.protocol.control_calls import CALLS
from tests.protocol.control_results import RESULTS
from upnpscapy.errors import MessageError
from upnpscapy.protocol.control_defect import CATALOGUE
from upnpscapy.protocol.httpu import Message, parse, text
from upnpscapy.protocol.soap import Call, Fault, Result, parse_call, parse_result
from upnpscapy.protocol.soap_build import (
    Fields,
    build_call,
    build_fault,
    build_mpost_headers,
    build_result,
)

XML_TEXT = st.text(
    st.one_of(
        st.sampled_from("\t\n\r &<>\"']ü\u2028\U0001f4a1"),
        st.characters(exclude_categories=("Cc", "Cs"), exclude_characters="\ufffe\uffff"),
    ),
    max_size=40,
)
NAMES = st.text("ABCabc_019.-", min_size=1, max_size=8).filter(lambda name: name[0] in "ABCabc_")
ARGUMENTS = st.lists(st.tuples(NAMES, XML_TEXT), max_size=6)
BODIES = [parse(case.data) for case in (*CALLS, *RESULTS)]


def ids(cases: tuple[Case, ...]) -> list[object]:
    return [pytest.param(case, id=case.name) for case in cases]


def wire(start: str, fields: Fields, body: bytes) -> Message:
    lines = "".join(f"{name}: {value}\r\n" for name, value in fields)
    return parse(f"{start}\r\n{lines}\r\n".encode() + body)


class TestCases:
    @pytest.mark.parametrize("case", ids(CALLS))
    def test_call(self, case: Case) -> None:
        call = parse_call(parse(case.data))
        assert call is not None
        check(case, call, call.defects)
        assert len(call.types) == len(call.arguments)

    @pytest.mark.parametrize("case", ids(CALLS))
    def test_head_and_body_apart(self, case: Case) -> None:
        whole = parse(case.data)
        head = parse(case.data[: len(case.data) - len(whole.body)])
        assert parse_call(head, whole.body) == parse_call(whole)

    @pytest.mark.parametrize("case", ids(RESULTS))
    def test_result(self, case: Case) -> None:
        call = parse_call(parse(case.call)) if case.call else None
        result = parse_result(parse(case.data), call=call)
        if fault := case.expected.get("fault"):
            case = case._replace(expected={**case.expected, "fault": Fault(*fault)})
        check(case, result, result.defects)
        assert len(result.types) == len(result.arguments)
        assert result.body == parse(case.data).body

    @pytest.mark.parametrize(
        "data",
        [
            message("GET /desc.xml HTTP/1.1"),
            message("POST /form HTTP/1.1", body="name=value"),
            message("POST /rpc HTTP/1.1", body="<methodCall/>"),
            message("POST /a HTTP/1.1", body="<list><Envelope/></list>"),
            RESULTS[0].data,
            b"",
        ],
    )
    def test_not_a_call(self, data: bytes) -> None:
        assert parse_call(parse(data)) is None


class TestAnyBytes:
    @given(st.sampled_from(BODIES), st.binary(max_size=60), st.integers(0, 600))
    def test_reading_never_raises(self, whole: Message, junk: bytes, at: int) -> None:
        body = whole.body[:at] + junk + whole.body[at + len(junk) :]
        call, result = parse_call(whole, body), parse_result(whole, body)
        for value in (call, result):
            if value is not None:
                assert value.body == body
                assert {defect.name for defect in value.defects} <= CATALOGUE.keys()
                assert len(value.types) == len(value.arguments)

    @given(st.binary(max_size=200))
    def test_nor_of_anything(self, data: bytes) -> None:
        parse_call(parse(data))
        assert parse_result(parse(data)).ok is False
        parse_call(parse(b"POST / HTTP/1.1\r\nSOAPACTION: " + data))

    def test_many_arguments_of_one_fault_are_one_deviation(self) -> None:
        arguments = "<u:A/>" * 5000
        body = f'<u:Set xmlns:u="urn:a:service:b:1">{arguments}</u:Set>'
        call = parse_call(message_of(body))
        assert call is not None
        assert len(call.arguments) == 5000
        assert len(call.defects) < 9

    def test_large_answers_are_read(self) -> None:
        value = "x" * (3 << 20)
        fields, body = build_result("urn:a:service:b:1", "Browse", [("Result", value)])
        assert parse_result(wire("HTTP/1.1 200 OK", fields, body)).arguments[0][1] == value


def message_of(body: str) -> Message:
    return parse(message("POST / HTTP/1.1", 'SOAPACTION: "urn:a:service:b:1#Set"', body=body))


class TestBuilding:
    def test_call_is_exact(self) -> None:
        fields, body = build_call(WANIP, "DeletePortMapping", [("NewRemoteHost", ""), ("A", "<")])
        assert body == (
            b'<?xml version="1.0" encoding="utf-8"?>'
            b'<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"'
            b' s:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><s:Body>'
            b'<u:DeletePortMapping xmlns:u="urn:schemas-upnp-org:service:WANIPConnection:1">'
            b"<NewRemoteHost></NewRemoteHost><A>&lt;</A></u:DeletePortMapping>"
            b"</s:Body></s:Envelope>"
        )
        assert fields == [
            ("CONTENT-TYPE", 'text/xml; charset="utf-8"'),
            ("CONTENT-LENGTH", str(len(body))),
            ("SOAPACTION", f'"{WANIP}#DeletePortMapping"'),
        ]

    @given(NAMES, ARGUMENTS)
    def test_call_comes_back(self, action: str, arguments: list[tuple[str, str]]) -> None:
        fields, body = build_call(WANIP, action, arguments)
        call = parse_call(wire("POST /ctl HTTP/1.1", fields, body))
        self.check(call, action, arguments)
        mpost = parse_call(
            wire("M-POST /ctl HTTP/1.1", build_mpost_headers(WANIP, action, body), body)
        )
        self.check(mpost, action, arguments)

    @given(NAMES, ARGUMENTS)
    def test_result_comes_back(self, action: str, arguments: list[tuple[str, str]]) -> None:
        fields, body = build_result(WANIP, action, arguments)
        result = parse_result(wire("HTTP/1.1 200 OK", fields, body))
        assert result.ok
        self.check(result, action, arguments)

    def check(
        self, value: Call | Result | None, action: str, arguments: list[tuple[str, str]]
    ) -> None:
        assert value is not None
        assert (value.service_type, value.action) == (WANIP, action)
        assert value.arguments == tuple(arguments)
        repeated = len(dict(arguments)) != len(arguments)
        assert {defect.name for defect in value.defects} == (
            {"duplicate-argument"} if repeated else set()
        )

    @given(st.integers(0, 999_999_999), XML_TEXT)
    def test_fault_comes_back(self, code: int, description: str) -> None:
        fields, body = build_fault(code, description)
        result = parse_result(wire("HTTP/1.1 500 Internal Server Error", fields, body))
        assert result.fault == Fault("s:Client", "UPnPError", code, description.strip())
        assert result.defects == ()

    @pytest.mark.parametrize("value", ["\0", "\x1b", "a\x08", "\ud800", "\ufffe", "\x0b"])
    def test_what_xml_cannot_carry(self, value: str) -> None:
        with pytest.raises(MessageError, match="XML cannot carry"):
            build_call(WANIP, "Set", [("A", value)])
        with pytest.raises(MessageError, match="XML cannot carry"):
            build_fault(501, value)

    @pytest.mark.parametrize("name", ["", "a b", "1a", "u:a", "a>", "-a", "ä", "a\n"])
    def test_names_no_element_has(self, name: str) -> None:
        with pytest.raises(MessageError, match="not a name"):
            build_call(WANIP, "Set", [(name, "")])
        with pytest.raises(MessageError, match="not a name"):
            build_mpost_headers(WANIP, name, b"")

    @pytest.mark.parametrize("kind", ["", "urn:a b", 'urn:"a', "urn:a#b", "urn:a\r\nX: y", "ü"])
    def test_service_types_no_header_has(self, kind: str) -> None:
        with pytest.raises(MessageError, match="not a service type"):
            build_call(kind, "Set")
        with pytest.raises(MessageError, match="not a service type"):
            build_mpost_headers(kind, "Set", b"")

    @pytest.mark.parametrize("number", [0, 100, -1])
    def test_mpost_prefixes_have_two_digits(self, number: int) -> None:
        with pytest.raises(MessageError):
            build_mpost_headers(WANIP, "Set", b"", namespace=number)

    def test_error_codes_are_not_negative(self) -> None:
        with pytest.raises(MessageError):
            build_fault(-1)

    def test_headers_can_be_sent(self) -> None:
        fields, body = build_call(WANIP, "Set")
        assert text(wire("POST / HTTP/1.1", fields, body).headers.get("soapaction") or b"") == (
            f'"{WANIP}#Set"'
        )
