"""Calls and answers of which a part is missing or damaged: nothing is invented, nothing raises."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.capture.conversation import Conversation
from tests.forensics.controlling import (
    ADD,
    ADDED,
    MAPPING,
    WANIP,
    XML,
    done,
    envelope,
    facts,
    post,
    refused,
    sent,
    talk,
)
from upnpscapy.forensics.controlling.call_row import CALL_COLUMNS


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(ADD)))
def test_a_cut_call_invents_nothing(at: int) -> None:
    conversation = Conversation().open().send(0, ADD[:at]).close()
    calls = facts(conversation.segments).calls
    for call in calls:
        assert call.arguments == MAPPING[: len(call.arguments)]
        assert (call.action, call.result, call.ok) == ("AddPortMapping", None, False)
        assert call.request_complete == (at == len(ADD))
        assert not call.complete
        assert call.request_complete or "bytes-missing" in call.defects
        assert call.call is None or call.call.arguments == call.arguments


@pytest.mark.parametrize("shape", ["></u:GetStatusInfo>", "/>"])
def test_a_cut_call_without_arguments_has_none(shape: str) -> None:
    whole = post("GetStatusInfo").replace(b"></u:GetStatusInfo>", shape.encode())
    answer = done("GetStatusInfo").replace(b"></u:GetStatusInfoResponse>", b"/>")
    for at in range(whole.index(b"<s:Body>"), len(whole)):
        conversation = Conversation().open().send(0, whole[:at]).close()
        assert [call.arguments for call in facts(conversation.segments).calls] == [()]
    for at in range(answer.index(b"<s:Body>"), len(answer)):
        conversation = Conversation().open().ask(whole, answer[:at])
        assert [call.result for call in facts(conversation.segments).calls] == [()]


BARE = sent("POST /ctl HTTP/1.1", envelope("AddPortMapping", MAPPING), XML)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(BARE)))
def test_a_cut_call_without_soapaction_invents_nothing(at: int) -> None:
    for call in facts(Conversation().open().send(0, BARE[:at]).close().segments).calls:
        assert call.arguments == MAPPING[: len(call.arguments)]
        assert call.action in (None, "AddPortMapping")
        assert call.service_type in (None, WANIP)


UNSIZED = b"\r\n".join(line for line in ADD.split(b"\r\n") if b"Content-Length" not in line)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(UNSIZED)))
def test_a_cut_call_without_a_length_invents_nothing(at: int) -> None:
    """What follows the header fields is its body, as far as anybody can tell."""
    for call in facts(Conversation().open().send(0, UNSIZED[:at]).close().segments).calls:
        assert call.arguments == MAPPING[: len(call.arguments)]
        assert call.request_complete == (at in (len(UNSIZED), UNSIZED.index(b"<?xml")))
        assert at < len(UNSIZED) or call.arguments == MAPPING


RESULT = done("GetStatusInfo", ("NewConnectionStatus", "Connected"), ("NewUptime", "12345"))
REFUSAL = refused(718, "ConflictInMappingEntry")


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(RESULT)))
def test_a_cut_result_invents_nothing(at: int) -> None:
    call = facts(Conversation().open().ask(post("GetStatusInfo"), RESULT[:at]).segments).calls[0]
    whole = (("NewConnectionStatus", "Connected"), ("NewUptime", "12345"))
    assert call.result is None or call.result == whole[: len(call.result)]
    assert call.status in (None, 200)
    assert set(call.defects) <= {"bytes-missing", *call.exchange.defects}


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(REFUSAL)), st.booleans())
def test_a_cut_refusal_is_no_success(at: int, with_200: bool) -> None:
    answer = REFUSAL.replace(b"500 Internal Server Error", b"200 OK") if with_200 else REFUSAL
    (call,) = facts(Conversation().open().ask(ADD, answer[:at]).segments).calls
    assert not call.ok
    assert not call.result
    assert call.error_code in (None, 718)


def test_a_success_is_one_without_its_last_bytes() -> None:
    (call,) = facts(Conversation().open().ask(ADD, ADDED[:-20]).segments).calls
    assert call.ok
    assert not call.response_complete


@settings(max_examples=300, deadline=None)
@given(st.integers(0, len(ADD) - 1), st.binary(min_size=1, max_size=12))
def test_any_damage_can_be_read(at: int, damage: bytes) -> None:
    request, result, refusal = (
        message[:at] + damage + message[at + len(damage) :] for message in (ADD, RESULT, REFUSAL)
    )
    for call in facts([*talk(request, result), *talk(ADD, refusal, start=50, port=40001)]).calls:
        json.dumps([call.column(name) for name in CALL_COLUMNS])


def test_a_gap_ends_what_is_believed() -> None:
    conversation = Conversation().open().send(0, ADD, size=40).send(1, ADDED).close()
    at = ADD.index(b"NewProtocol") // 40
    segments = [*conversation.segments[: 3 + at], *conversation.segments[4 + at :]]
    (call,) = facts(segments).calls
    assert call.arguments == MAPPING[: len(call.arguments)]
    assert len(call.arguments) < 3
    assert "bytes-missing" in call.defects
    assert call.ok
