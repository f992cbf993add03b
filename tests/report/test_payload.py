"""Payloads put together as TCP meant them, in whatever order their frames are given."""

from __future__ import annotations

import random

from hypothesis import given
from hypothesis import strategies as st

from tests.capture.conversation import Conversation
from tests.forensics.extracting import frame, tcp
from tests.forensics.packets import Sent, search
from upnpscapy.capture.batch import Frame, Record
from upnpscapy.capture.link import ETHERNET
from upnpscapy.report.payload import assemble, payload_of


def framed(number: int, data: bytes, link_type: int = ETHERNET) -> Frame:
    return Frame(number, Record(0, len(data), len(data)), link_type, data)


@given(
    st.binary(min_size=1, max_size=300),
    st.integers(1, 50),
    st.randoms(use_true_random=False),
    st.sampled_from([1000, 2**32 - 100]),
)
def test_segments_in_any_order_are_one_message(
    data: bytes, size: int, order: random.Random, isn: int
) -> None:
    talk = Conversation(isns=(isn, 5000)).open()
    first = len(talk.segments)
    talk.send(0, data, size=size)
    segments = talk.segments[first:] + talk.segments[first:][:1]
    order.shuffle(segments)
    payloads = [payload_of(framed(n, frame(tcp(one)))) for n, one in enumerate(segments)]
    (whole,) = assemble(payloads)
    assert whole.data == data
    assert sum(part.size for part in whole.parts) == len(data)
    for part in whole.parts:
        piece = part.payload.data[part.start : part.start + part.size]
        assert piece == data[part.at : part.at + part.size]


def test_directions_and_datagrams_are_apart() -> None:
    talk = Conversation().open().ask(b"question", b"answer")
    found = [payload_of(framed(n, frame(tcp(one)))) for n, one in enumerate(talk.segments, 1)]
    found += [payload_of(framed(99, Sent(search()).frame)), payload_of(framed(98, b"\0" * 20, 147))]
    assert [whole.data for whole in assemble(found)] == [
        b"question",
        b"answer",
        search(),
        b"\0" * 20,
    ]


@given(st.binary(max_size=120), st.sampled_from([0, 1, 101, 113, 147]))
def test_any_bytes_have_a_payload(data: bytes, link_type: int) -> None:
    found = payload_of(framed(1, data, link_type))
    assert 0 <= found.start <= len(data)
    assemble([found])
