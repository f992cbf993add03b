"""Connections whose segments come in any order: a capture point can show them so."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.capture.conversation import Conversation, exchanges, get, outcome, response
from tests.capture.test_streams import recorded
from upnpscapy.capture.connection import GRACE_NS, GRACE_SEGMENTS
from upnpscapy.capture.exchanges import ExchangeReader
from upnpscapy.capture.segments import ACK, FIN, RST, SYN, Segment

ASK, ANSWER = get(), response(b"<root/>" * 9)


def connection() -> list[Segment]:
    """Handshake, a request and a response in several segments, and the end."""
    return Conversation((2**32 - 60, 2**31 - 40)).open().ask(ASK, ANSWER, size=40).close().segments


WHOLE = connection()
EXPECTED = outcome(exchanges(WHOLE))


@settings(max_examples=300, deadline=None)
@given(st.permutations([one for one in WHOLE if one.payload or one.flags & (SYN | FIN)]))
def test_any_order_at_all_is_the_same_connection(order: list[Segment]) -> None:
    assert outcome(exchanges(order)) == EXPECTED


@settings(max_examples=300, deadline=None)
@given(st.permutations([one for one in WHOLE if not one.flags & SYN and one.payload]))
def test_any_order_without_handshake_is_the_same_connection(order: list[Segment]) -> None:
    assert outcome(exchanges(order)) == EXPECTED


@settings(max_examples=200, deadline=None)
@given(st.permutations(WHOLE))
def test_nothing_follows_an_end(order: list[Segment]) -> None:
    """The recorder would say so. Mere acknowledgements in front belong to no connection yet."""
    for found in recorded(order):
        assert sorted(found.text, key=len) == [ASK, ANSWER]
        assert not found.gaps


def test_a_response_waits_for_its_request_though_the_handshake_comes_last() -> None:
    *handshake, ask, answer = Conversation().open().send(0, b"ask").send(1, b"answer").segments
    for order in (
        [answer, ask, *handshake],
        [answer, *handshake, ask],
        [answer, *handshake[1:], ask],
    ):
        (found,) = recorded(order)
        assert [data.data for _, data in found.pieces] == [b"ask", b"answer"]


def test_bytes_in_flight_behind_a_reset_are_bytes() -> None:
    talk = Conversation().open().send(0, b"A").send(0, flags=RST | ACK).send(1, b"XYZ")
    (found,) = recorded(talk.segments)
    assert found.text == [b"A", b"XYZ"]
    assert found.ended == ["rst", "rst"]


def test_a_reset_before_what_precedes_it_ends_the_connection_all_the_same() -> None:
    segments = Conversation().open().send(0, b"AB").send(1, b"XY").send(0, flags=RST).segments
    (found,) = recorded([*segments[:3], segments[-1], segments[4], segments[3]])
    assert found.text == [b"AB", b"XY"]
    assert found.ended == ["rst", "rst"]


def test_a_reset_takes_effect_when_nothing_can_come_before_it() -> None:
    talk = Conversation().open().send(0, b"A").send(0, flags=RST | ACK)
    for _ in range(GRACE_SEGMENTS):
        talk.send(1)
    (found,) = recorded(talk.segments, close=False)
    assert found.ended == ["rst", "rst"]


def test_an_end_with_a_response_that_closes_may_come_first() -> None:
    answer = response(b"until the end", extra="")
    talk = Conversation().open().ask(get(), answer).close()
    end = next(one for one in talk.segments if one.flags & FIN)
    (found,) = exchanges([end, *(one for one in talk.segments if one is not end)])
    assert found.response is not None
    assert (found.response.ended, found.response.body) == ("close", b"until the end")


@pytest.mark.parametrize("flags", [ACK, FIN | ACK])
def test_bytes_before_a_syn_are_of_another_connection(flags: int) -> None:
    before = Conversation((1000, 5000)).send(0, b"old", flags).segments
    after = Conversation((90_000, 8000)).open().send(0, b"new").segments
    assert [found.text[0] for found in recorded(before + after)] == [b"old", b"new"]


def test_segments_64_places_from_their_own_are_in_time() -> None:
    """The byte that much too late, its acknowledgement that much too early."""
    talk = Conversation().open()
    for _ in range(63):
        talk.send(1)
    talk.send(0, b"AB")
    for _ in range(63):
        talk.send(1)
    segments = talk.segments
    late, early = segments[66], segments[67]
    assert (late.payload, early.ack) == (b"AB", late.seq + 2)
    rest = [one for one in segments[3:] if one not in (late, early)]
    (found,) = recorded([*segments[:3], rest[0], early, *rest[1:], late])
    assert found.text[0] == b"AB"
    assert not found.gaps


def test_a_byte_later_than_a_second_is_lost() -> None:
    talk = Conversation().open().send(0, b"AB").send(0, b"CD").send(1).send(0, b"E").send(1)
    segments = talk.segments
    lost = segments.pop(3)
    late = GRACE_NS + 10**9
    segments[5:] = [one._replace(time_ns=(one.time_ns or 0) + late) for one in segments[5:]]
    (found,) = recorded([*segments, lost._replace(time_ns=2 * late)])
    assert found.text[0] == b"..CDE"


def test_exchanges_are_handed_on_in_the_order_of_their_last_frames() -> None:
    """The first is held: its handshake is not there, and could still come."""
    held = Conversation(ports=(1001, 80)).ask(ASK, ANSWER).segments
    after = Conversation(ports=(1002, 80), start=100).open().ask(ASK, ANSWER).close().segments
    handed: list[int] = []
    reader = ExchangeReader(lambda exchange: handed.append(exchange.client_port))
    for segment in held + after:
        reader.take(*segment)
    assert [exchange.client_port for exchange in reader.found] == [1002]
    reader.pass_time(after[-1].time_ns)
    assert handed == []
    reader.close()
    assert handed == [1001, 1002]
