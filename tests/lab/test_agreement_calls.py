"""Calls of a recording are those that the control points printed and the daemons logged."""

from collections.abc import Sequence
from xml.etree import ElementTree

import pytest

from upnpscapy import Case
from upnpscapy.forensics.controlling.call_row import CallRow

from . import logged, logged_media
from .printed import Sentence, json_calls, refusals, upnpc_sentences
from .story import Story, Told

ENTRY = (
    "NewProtocol NewExternalPort NewInternalClient NewInternalPort NewDescription"
    " NewRemoteHost NewLeaseTime"
).split()
"""An entry of a listing in the order in which upnpc prints it."""


def calls_of(told: Told, cases: Sequence[Case]) -> list[CallRow]:
    """The calls that one run of a control point made."""
    return [
        call
        for case in cases
        for call in case.calls
        if call.client == told.address
        and call.time_ns is not None
        and told.began_ns <= call.time_ns <= told.ended_ns
    ]


def values_of(call: CallRow) -> dict[str, str]:
    return {**dict(call.result or ()), **dict(call.arguments)}


def listed(calls: Sequence[CallRow]) -> list[list[str]]:
    """The entries of GetListOfPortMappings as upnpc prints them: of each listing the last first."""
    found = []
    for call in calls:
        assert call.action == "GetListOfPortMappings"
        root = ElementTree.fromstring(call.result_argument("NewPortListing") or "")
        for entry in reversed(root):
            texts = {child.tag.partition("}")[2]: child.text or "" for child in entry}
            found.append([texts[name] for name in ENTRY])
    return found


def test_router_logged_every_call_and_its_refusal_and_no_other(story: Story, case: Case) -> None:
    assert [
        (
            call.client,
            call.exchange.client_port,
            (call.exchange.target or b"").decode(),
            call.call.service_type or "",
            call.action,
            call.error_code,
            call.error_description,
        )
        for call in case.calls
        if call.call is not None
    ] == [entry[:-1] for entry in logged.calls(story.router_log)]


def test_router_logged_the_same_arguments_and_results(story: Story, case: Case) -> None:
    entries = logged.calls(story.router_log)
    compared = set()
    for call, entry in zip(case.calls, entries, strict=True):
        values = values_of(call)
        for name, value in entry.values.items():
            if (call.action, name, values.get(name)) == ("AddPortMapping", "NewLeaseDuration", "0"):
                assert int(value) == logged.PERMANENT
            else:
                assert values.get(name, "(null)") == value, (call, name)
        if entry.values:
            compared.add(call.action)
        elif call.action in logged.ARGUMENTS:
            assert not call.ok, call
    assert compared == set(logged.ARGUMENTS)


def test_upnpc_said_of_every_call_what_we_say(story: Story, case: Case) -> None:
    for told in story.told:
        if told.words[0] != "upnpc":
            continue
        calls = calls_of(told, [case])
        sentences = upnpc_sentences(told.text)
        if "-L" in told.words:
            assert listed(calls) == [list(one.values.values())[1:] for one in sentences]
            continue
        for sentence in sentences:
            check_sentence(sentence, calls, any_port="-n" in told.words)
        assert calls == [], told.words


def check_sentence(sentence: Sentence, calls: list[CallRow], *, any_port: bool) -> None:
    """Take the call of a sentence out of the calls, and compare."""
    action = sentence.action
    if action == "AddPortMapping" and any_port:
        action = "AddAnyPortMapping"
    call = next(call for call in calls if call.action == action)
    calls.remove(call)
    values = values_of(call)
    assert {name: values[name] for name in sentence.values} == sentence.values
    assert call.error_code == sentence.error_code
    assert call.ok == (sentence.error_code is None)
    if sentence.error_name is not None:
        assert call.error_description == sentence.error_name


def test_upnp_client_printed_every_call_as_it_is(
    story: Story, case: Case, media_case: Case
) -> None:
    refused = 0
    for told in story.told:
        if told.words[0] != "upnp-client":
            continue
        (call,) = calls_of(told, [case, media_case])
        arguments, result = call.column("arguments"), call.column("result")
        if call.ok:
            assert json_calls(told.text) == [(call.service_type, call.action, arguments, result)]
            assert not refusals(told.text)
        else:
            refused += 1
            told_so = (call.action, call.status, call.error_code, call.error_description)
            assert refusals(told.text) == [told_so]
            sent = [word.split("=", 1) for word in told.words if "=" in word]
            assert sorted(arguments) == sorted(sent)  # type: ignore[call-overload]
    assert refused == 2


def test_every_call_is_of_a_control_point_that_ran(
    story: Story, case: Case, media_case: Case
) -> None:
    found = [call for told in story.told for call in calls_of(told, [case, media_case])]
    assert found == [*case.calls, *media_case.calls]


def test_media_server_logged_every_call_with_its_whole_result(
    story: Story, media_case: Case
) -> None:
    entries = logged_media.calls(story.media_log)
    assert [
        (
            call.client,
            call.exchange.client_port,
            (call.exchange.target or b"").decode(),
            call.service_type,
            call.action,
            call.status,
            call.error_code,
            call.column("result"),
        )
        for call in media_case.calls
    ] == entries
    assert len(entries) == 3


@pytest.mark.parametrize("missing", ["-s", "-l", "-L", "-a", "-n", "-r", "-N", "-d", "-A", "-U"])
def test_story_has_every_kind_of_call(story: Story, missing: str) -> None:
    assert any(missing in told.words for told in story.told)
