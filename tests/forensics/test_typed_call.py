"""Arguments of calls and results as the SCPD types them."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.capture.conversation import Conversation, exchanges
from tests.forensics.controlling import fault
from tests.forensics.descriptions import PCAPS, SCPD
from tests.forensics.gateways import ADD_SCPD, GATEWAY_XML, RIGHT, done, get, ok, post
from tests.forensics.gateways import call as call_of
from tests.forensics.gateways import envelope as envelope_of
from upnpscapy import analyze
from upnpscapy.forensics.controlling.by_name import ByName
from upnpscapy.forensics.controlling.control import ControlFacts
from upnpscapy.forensics.controlling.typed_call import (
    judge_types,
    typed_arguments,
    typed_properties,
    typed_result,
)
from upnpscapy.forensics.controlling.typed_defect import CATALOGUE, PARTS
from upnpscapy.forensics.defect_catalogues import CATALOGUES
from upnpscapy.forensics.described.descriptions import Descriptions
from upnpscapy.forensics.exchange_row import ExchangeRow
from upnpscapy.forensics.inventory import Inventory
from upnpscapy.forensics.place import Place
from upnpscapy.forensics.roles import role_of
from upnpscapy.protocol.control_defect import CATALOGUE as CONTROL
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


SET_LEVEL = SET.action("Set")


def names(arguments: str, *, complete: bool = True) -> list[str]:
    typed = typed_arguments(call(arguments), SET_LEVEL)
    assert typed is not None
    return list(judge_types("argument", typed, complete=complete))


def test_arguments_are_typed_in_wire_order() -> None:
    typed = typed_arguments(call("<Level>7</Level><On>1</On>"), SET_LEVEL)
    assert typed == ((("Level", 7, None), ("On", True, None)), True, ())


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ("<Level>7</Level><On>1</On>", []),
        ("<level>7</level><ON>1</ON>", []),
        ("<On>0</On><Level>7</Level>", ["argument-order"]),
        ("<Level>7</Level>", ["argument-missing"]),
        ("<On>1</On><Other/><Level>7</Level>", ["argument-order", "argument-unknown"]),
        ("<Level>7</Level><Other/><On>1</On>", ["argument-unknown"]),
        ("<Level>999</Level><On>yes</On>", ["argument-beyond-type", "argument-boolean-word"]),
        ("<Level/><On>on</On>", ["argument-empty-value", "argument-not-of-type"]),
        ("<Level>7</Level><On>1</On><Was>1</Was>", ["argument-unknown"]),
    ],
)
def test_what_disagrees_with_the_scpd_is_named(arguments: str, expected: list[str]) -> None:
    assert names(arguments) == expected
    assert set(expected) <= CATALOGUE.keys()


def test_of_an_incomplete_call_nothing_is_missing_or_unknown() -> None:
    assert names("<Was>1</Was>", complete=False) == []
    assert names("<On>0</On><Level>999</Level>", complete=False) == [
        "argument-order",
        "argument-beyond-type",
    ]


def test_missing_arguments_are_told_by_name() -> None:
    typed = typed_arguments(call("<level>999</level><Was>1</Was>"), SET_LEVEL)
    assert typed is not None
    assert typed.missing == ("On",)
    assert [one.defect for one in typed.arguments] == ["beyond-type", "unknown"]


def test_argument_without_variable_has_no_type_and_that_is_not_its_fault() -> None:
    scpd = parse_scpd(SCPD.replace(b"<name>Switch</name>", b"<name>Other</name>"))
    typed = typed_arguments(call("<Level>7</Level><On>1</On>"), scpd.action("Set"))
    assert typed is not None
    assert typed.arguments[1] == ("On", None, "no-type")
    assert not list(judge_types("argument", typed, complete=True))


def test_without_an_action_nothing_is_typed() -> None:
    assert typed_arguments(call("<Level>7</Level>"), None) is None
    refusal = parse_result(parse(b"HTTP/1.1 500 x\r\n\r\n" + fault(501, "x")))
    assert typed_result(refusal, SET_LEVEL) is None


def test_an_action_of_thousands_of_arguments_is_none() -> None:
    argument = b"<argument><name>A%d</name><direction>in</direction></argument>"
    many = SCPD.replace(b"</argumentList>", b"".join(argument % at for at in range(300)) + b"</a>")
    action = parse_scpd(many.replace(b"</a>", b"</argumentList>")).action("Set")
    assert typed_arguments(call("<Level>7</Level>"), action) is None


def test_result_is_typed_by_the_outputs() -> None:
    typed = typed_result(result("<Was>3</Was>"), SET_LEVEL)
    assert typed is not None
    assert typed.arguments == (("Was", 3, None),)
    assert list(judge_types("result", typed, complete=True)) == []


def test_properties_have_no_order_and_need_not_be_there() -> None:
    variables = ByName(SET.variables)
    typed = typed_properties((("switch", "1"), ("Level", "x"), ("Else", "")), variables)
    assert [tuple(one) for one in typed.arguments] == [
        ("switch", True, None),
        ("Level", None, "not-of-type"),
        ("Else", None, "unknown"),
    ]
    assert list(judge_types("property", typed, complete=True)) == [
        "property-not-of-type",
        "property-unknown",
    ]


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_name_has_a_clause_and_a_meaning(name: str) -> None:
    clause, meaning = CATALOGUE[name]
    assert clause.startswith("UDA 2.0, ")
    assert name.partition("-")[0] in PARTS
    assert meaning.startswith(("an argument ", "an argument,", "a variable "))
    assert name not in CONTROL


DESCRIPTION, TYPES_OF_IT = ok(GATEWAY_XML), ok(ADD_SCPD)
ADDS = post("/ctl", "AddPortMapping", envelope_of(call_of("AddPortMapping", *RIGHT)))


def damaged(data: bytes, at: float, damage: bytes) -> bytes:
    """A message with other bytes somewhere in its body."""
    start = data.index(b"\r\n\r\n") + 4
    place = start + int(at * (len(data) - start))
    return (data[:place] + damage + data[place + len(damage) :])[: len(data)]


@settings(max_examples=150, deadline=None)
@given(st.floats(0, 1), st.floats(0, 1), st.binary(min_size=1, max_size=9))
def test_any_damage_can_be_typed(first: float, second: float, damage: bytes) -> None:
    conversation = Conversation().open().ask(get("/d.xml"), DESCRIPTION)
    conversation.ask(get("/WANIPConn1.xml"), damaged(TYPES_OF_IT, first, damage))
    conversation.ask(damaged(ADDS, second, damage), done("AddPortMapping"))
    facts, found = ControlFacts(), Descriptions()
    for exchange in exchanges(conversation.close().segments):
        row = ExchangeRow(exchange, Place("a", 0, ("a",)), role_of(exchange, found.linked))
        found.take(row)
        facts.take(row)
    facts.close(None)
    found.close(Inventory())
    facts.join(found)
    for call_row in facts.calls:
        assert CATALOGUES["calls"].keys() >= set(call_row.defects)
        typed = call_row.typed_arguments
        assert typed is None or len(typed.arguments) == len(call_row.arguments)


def test_calls_of_a_capture_are_typed_and_agree_with_their_scpd() -> None:
    case = analyze(PCAPS / "media-server.pcap")
    browses = [one for one in case.calls if one.action == "Browse"]
    for one in browses:
        asked, answered = one.typed_arguments, one.typed_result
        assert asked is not None
        assert answered is not None
        assert dict(asked.arguments[2:3][0]._asdict())["value"] == "*"
        values = {argument.name: argument.value for argument in asked.arguments}
        assert (values["StartingIndex"], values["BrowseFlag"]) == (0, "BrowseDirectChildren")
        assert isinstance(answered.arguments[1].value, int)
        assert not CATALOGUE.keys() & one.defects
    assert len(browses) == 3


def test_events_of_a_capture_are_typed_and_agree_with_their_scpd() -> None:
    events = list(analyze(PCAPS / "events.pcap").events)
    typed = [one.typed_properties for one in events]
    assert len(typed) == 5
    assert all(typed)
    assert not any(CATALOGUE.keys() & one.defects for one in events)
    numbers = [
        argument.value
        for one in typed
        if one is not None
        for argument in one.arguments
        if argument.name == "PortMappingNumberOfEntries"
    ]
    assert numbers == [0, 1, 0]
