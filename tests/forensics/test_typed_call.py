"""Arguments of calls and results as the SCPD types them."""

from __future__ import annotations

from tests.capture.conversation import exchanges_of_file
from tests.forensics.descriptions import PCAPS, SCPD, file_facts
from upnpscapy.forensics.typed_call import typed_arguments, typed_result
from upnpscapy.protocol.httpu import parse
from upnpscapy.protocol.scpd import parse_scpd
from upnpscapy.protocol.soap import Call, Result, parse_call, parse_result

SERVICE = "urn:schemas-upnp-org:service:Dimming:1"
SET = parse_scpd(SCPD)


def envelope(element: str, arguments: str) -> bytes:
    return (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        f'<u:{element} xmlns:u="{SERVICE}">{arguments}</u:{element}></s:Body></s:Envelope>'
    ).encode()


def call(arguments: str, action: str = "Set") -> Call:
    head = f'POST /ctl HTTP/1.1\r\nSOAPACTION: "{SERVICE}#{action}"\r\n\r\n'.encode()
    found = parse_call(parse(head + envelope(action, arguments)))
    assert found is not None
    return found


def result(arguments: str) -> Result:
    return parse_result(parse(b"HTTP/1.1 200 OK\r\n\r\n" + envelope("SetResponse", arguments)))


def test_arguments_are_typed_in_wire_order() -> None:
    typed = typed_arguments(call("<Level>7</Level><On>1</On>"), SET)
    assert typed is not None
    assert typed.arguments == (("Level", 7, None), ("On", True, None))
    assert typed.in_order
    assert typed.missing == ()


def test_other_order_is_told() -> None:
    typed = typed_arguments(call("<On>0</On><Level>7</Level>"), SET)
    assert typed is not None
    assert typed.arguments == (("On", False, None), ("Level", 7, None))
    assert not typed.in_order


def test_defects_are_told_beside_their_argument() -> None:
    typed = typed_arguments(call("<level>999</level><Was>1</Was>"), SET)
    assert typed is not None
    assert [(one.name, one.defect) for one in typed.arguments] == [
        ("level", "beyond-type"),
        ("Was", "unknown-argument"),
    ]
    assert not typed.in_order
    assert typed.missing == ("On",)


def test_argument_without_variable_has_no_type() -> None:
    scpd = parse_scpd(SCPD.replace(b"<name>Switch</name>", b"<name>Other</name>"))
    typed = typed_arguments(call("<Level>7</Level><On>1</On>"), scpd)
    assert typed is not None
    assert typed.arguments[1] == ("On", None, "unknown-variable")


def test_without_scpd_or_action_nothing_is_typed() -> None:
    assert typed_arguments(call("<Level>7</Level>"), None) is None
    assert typed_arguments(call("<Level>7</Level>", "Get"), SET) is None


def test_result_is_typed_by_the_outputs() -> None:
    typed = typed_result(result("<Was>3</Was>"), SET)
    assert typed is not None
    assert typed.arguments == (("Was", 3, None),)
    assert typed.in_order


def test_browse_of_a_capture_is_typed() -> None:
    found, _ = file_facts("media-server.pcap")
    exchanges, _ = exchanges_of_file(PCAPS / "media-server.pcap")
    browses = []
    for exchange in exchanges:
        request = exchange.request
        sent = request and parse_call(request.message, request.body)
        if sent and sent.action == "Browse":
            scpd = found.scpd_for("http://192.168.77.2:8200/ctl/ContentDir", sent.service_type)
            typed = typed_arguments(sent, scpd)
            assert typed is not None
            assert typed.in_order
            browses.append({one.name: one.value for one in typed.arguments})
    assert len(browses) == 3
    assert all(one["StartingIndex"] == 0 for one in browses)
    assert {one["BrowseFlag"] for one in browses} == {"BrowseDirectChildren"}
