"""The next start line behind a loss: wherever it stands, however it is cut."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.capture.conversation import Conversation, exchanges, get, response
from upnpscapy.capture.http_search import MAX_LINE, StartSearch
from upnpscapy.capture.ordering import Data

LINES = (b"POST /ctl HTTP/1.1\r\n", b"HTTP/1.1 200 OK\r\n", b"NOTIFY /e HTTP/1.0\n")
BEFORE = (
    *(
        b"",
        b"</s:Envelope>",
        b"P",
        b"HTTP/1.",
        b"GET GET ",
        b"<a>GET it</a>",
        b"\r\n",
        b"WIDGET x\r\n",
        b"\0\xff" * 9,
    ),
    *(b"POST /no HTTP/2\r\n", b"HTTP/1.1 2000\r\n", b"GET " + b"x" * MAX_LINE),
)


def search(pieces: Sequence[bytes]) -> tuple[int, bytes] | None:
    """Where a start line was found, and what was handed on of the stream from there on."""
    searched, offset = StartSearch(), 0
    for number, piece in enumerate(pieces):
        data = Data(offset, piece, number, None, None, False)
        found = searched.take(data, 0)
        if found is not None:
            at, held = found
            first = held[0].offset if held else offset + at
            return first, b"".join([*(one.data for one in held), piece[at:]])
        offset += len(piece)
    return None


@settings(max_examples=400, deadline=None)
@given(st.sampled_from(BEFORE), st.sampled_from(LINES), st.lists(st.integers(0, 5000), max_size=40))
def test_a_start_line_is_found_behind_anything(before: bytes, line: bytes, at: list[int]) -> None:
    stream = before + line
    cuts = sorted({0, len(stream), *(one % len(stream) for one in at)})
    pieces = [stream[a:b] for a, b in pairwise(cuts)]
    assert search(pieces) == (len(before), line)


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=300), st.integers(1, 300))
def test_nothing_is_found_where_nothing_is(data: bytes, size: int) -> None:
    assume(b"HTTP/1." not in data)
    assert search([data[at : at + size] for at in range(0, len(data), size)]) is None


def test_what_is_kept_is_bounded() -> None:
    searched = StartSearch()
    for offset in range(3 * MAX_LINE):
        word = b"GET "[offset : offset + 1] or b"x"
        assert searched.take(Data(offset, word, 1, None, None, False), 0) is None
        assert len(searched._kept) <= MAX_LINE
    assert len(searched._kept) < 20


@pytest.mark.parametrize("size", [1, 7, 30, 1000])
def test_a_request_in_the_midst_of_a_segment_is_picked_up(size: int) -> None:
    asked = get("/one", "POST", b"<a/>" * 20) + get("/two", "POST", b"<b/>" * 20) + get("/three")
    talk = Conversation().open().send(0, asked[:60]).send(0, asked[60:], size=size).send(1)
    talk.send(1, response(b"1") + response(b"2") + response(b"3"))
    segments = [one for one in talk.segments if one.payload[:4] != b"POST" or one.seq != 1001]
    found = exchanges(segments)
    assert [one.target for one in found if one.request] == [b"/two", b"/three"]
    assert [one.response.body for one in found if one.response] == [b"1", b"2", b"3"]
    # Which response is lost cannot be told, nor that none is.
    assert [one.uncertain for one in found if one.request] == [True, True]


def test_a_message_ends_where_it_ends_and_not_where_its_segment_does() -> None:
    talk = Conversation().open().send(0, get("/1") + get("/2")).send(1)
    first, second = exchanges(talk.send(1, response(b"1") + response(b"22")).segments)
    for part, other in zip(first.parts, second.parts, strict=True):
        assert part.end_offset == other.offset == len(bytes(part.message)) + len(part.body)
