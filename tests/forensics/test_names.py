"""DNS answers: read when asked, whatever the bytes."""

from __future__ import annotations

from struct import pack

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.forensics.judging import datagram, dns_answer, facts_of
from tests.forensics.packets import START
from upnpscapy.forensics.place import Place
from upnpscapy.forensics.watching.dns_answers import read_addresses
from upnpscapy.forensics.watching.names import MAX_ASKED, MAX_RESPONSES, Names

PLACE = Place("a.pcap", 0, ("a.pcap",))


def labels(name: str) -> bytes:
    return b"".join(bytes([len(part)]) + part.encode() for part in name.split(".")) + b"\0"


def test_a_name_that_becomes_local() -> None:
    found = facts_of(
        [
            dns_answer("Evil.example", "203.0.113.7", ttl=1, at=1),
            dns_answer("other.example", "192.168.1.1", at=2),
            dns_answer("evil.EXAMPLE", "192.168.1.1", ttl=0, at=3),
            dns_answer("evil.example", "203.0.113.7", ttl=9, at=4),
            dns_answer("evil.example", "2001:db8::1", at=5),
        ]
    ).names
    answers = found.of("EVIL.example.")
    assert [(one.address, one.ttl, one.frame) for one in answers] == [
        ("203.0.113.7", 1, 1),
        ("192.168.1.1", 0, 3),
        ("2001:db8::1", 60, 5),
    ]
    assert (answers[0].time_ns, answers[0].source) == ((START + 1) * 10**9, "192.168.1.1")
    assert found.of("nothing.example") == []


def test_aliases_and_mdns() -> None:
    alias = labels("real.example")
    response = (
        pack(">HHHHHH", 1, 0x8180, 1, 2, 0, 0) + labels("www.example") + pack(">HH", 1, 1)
        + pack(">HHHIH", 0xC00C, 5, 1, 9, len(alias)) + alias
        + alias + pack(">HHIH", 1, 1, 9, 4) + bytes((10, 0, 0, 5))
    )  # fmt: skip
    mdns = pack(">HHHHHH", 0, 0x8400, 0, 1, 0, 0) + labels("tv.local")
    mdns += pack(">HHIH", 1, 0x8001, 120, 4) + bytes((10, 0, 0, 6))
    names = facts_of(
        [
            datagram(response, "192.168.1.1", 53, "192.168.1.10", 40000),
            datagram(mdns, "10.0.0.6", 5353, "224.0.0.251", 5353),
        ]
    ).names
    assert [one.address for one in names.of("www.example")] == ["10.0.0.5"]
    assert [one.address for one in names.of("real.example")] == ["10.0.0.5"]
    assert [one.address for one in names.of("tv.local")] == ["10.0.0.6"]


def test_questions_and_answers_to_other_ports_are_none() -> None:
    answer = dns_answer("a.example", "10.0.0.1")
    question = answer._replace(payload=answer.payload[:2] + b"\x01\0" + answer.payload[4:])
    elsewhere = answer._replace(sport=5000)
    assert facts_of([question, elsewhere]).names.of("a.example") == []


def test_busy_names_keep_what_turns_local() -> None:
    names = Names()
    for number in range(500):
        payload = dns_answer("cdn.example", f"203.0.{number // 250}.{number % 250 + 1}").payload
        names.saw_response(payload, number, 0, b"\1\1\1\1", PLACE)
    before = len(names.of("cdn.example"))
    assert before < MAX_RESPONSES
    names.saw_response(dns_answer("cdn.example", "192.168.1.1").payload, 501, 0, b"\1\1\1\1", PLACE)
    assert [one.address for one in names.of("cdn.example")][before:] == ["192.168.1.1"]


@pytest.mark.parametrize("campus", [False, True])
def test_names_with_a_local_address(campus: bool) -> None:
    pieces = [
        dns_answer("web.example", "203.0.113.9"),
        dns_answer("nas.example", "192.168.1.9"),
        dns_answer("v6.example", "fd00::9"),
        dns_answer("both.example", "203.0.113.9"),
        dns_answer("both.example", "10.0.0.9"),
    ]
    facts = facts_of(pieces, ["203.0.113.0/24"] if campus else [])
    assert facts.surroundings.is_private is not campus
    local = {"nas.example", "v6.example", "both.example"}
    assert facts.names.local(facts.surroundings) == local | ({"web.example"} if campus else set())


def test_memory_is_bounded() -> None:
    names = Names()
    for number in range(40_000):
        payload = dns_answer(f"n{number}.example", "203.0.113.1").payload
        names.saw_response(payload, number, 0, b"\1\1\1\1", PLACE)
    assert names.left_out >= 40_000 - 16_384
    assert names.of("n1.example")


GOOD = dns_answer("loop.example", "10.0.0.1").payload


@settings(deadline=None, max_examples=300)
@given(
    st.one_of(st.binary(max_size=300), st.binary(max_size=60).map(lambda tail: GOOD[:30] + tail))
)
def test_any_bytes_are_read(data: bytes) -> None:
    asked, records = read_addresses(data)
    assert len(records) <= 128
    assert asked is None or len(asked) < 1200


def test_names_that_point_at_themselves_end() -> None:
    payload = pack(">HHHHHH", 1, 0x8180, 1, 1, 0, 0) + b"\xc0\x0c" * 20
    assert read_addresses(payload) == (None, [])


def test_many_names_are_asked_for() -> None:
    """The first are looked for in the bytes, then all are read: the answers are the same."""
    names = facts_of(
        [dns_answer(f"Host{number}.example", f"10.0.0.{number}") for number in range(2 * MAX_ASKED)]
    ).names
    for number in range(2 * MAX_ASKED):
        assert [one.address for one in names.of(f"hosT{number}.example.")] == [f"10.0.0.{number}"]
    assert [one.address for one in names.of("host0.example")] == ["10.0.0.0"]
    assert names.of("example") == []
