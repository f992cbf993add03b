"""Exchanges that go from one process to another: nothing of them is lost or changed."""

import pickle
from dataclasses import fields
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.capture.conversation import Conversation, exchanges, exchanges_of_file, get
from tests.capture.test_streams_tshark import ANSWER
from upnpscapy.capture.exchange import Exchange
from upnpscapy.capture.exchange_record import from_record, to_record
from upnpscapy.capture.http_message import HttpMessage
from upnpscapy.capture.segments import Segment
from upnpscapy.protocol.frames import Frames

PCAPS = Path(__file__).parents[2] / "pcaps"
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"4\r\nbody\r\n0\r\nX-Trailer: one\r\nX-Trailer: two\r\n\r\n"
)
ODD = (
    b"\r\nNOTIFY  /e HTTP/1.1\r\nHOST : a\r\nNT: upnp:event\r\n folded\r\n\tagain\r\n"
    b"NT: twice\n: nameless\r\nno colon\r\nContent-Length: 3\r\n\r\nabc"
)


def parts(message: HttpMessage | None) -> list[object]:
    """All that a message is, in values that compare."""
    if message is None:
        return []
    found = []
    for field in fields(message):
        value = getattr(message, field.name)
        if isinstance(value, Frames):
            value = list(value), value.count, value.last
        found.append((field.name, type(value), value))
    return [*found, bytes(message.message)]


def everything(exchange: Exchange) -> list[object]:
    """All that an exchange is."""
    rest = [getattr(exchange, f.name) for f in fields(exchange) if f.name[:3] != "req"]
    rest = [value for value in rest if not isinstance(value, HttpMessage)]
    return [*rest, parts(exchange.request), parts(exchange.response)]


def again(exchange: Exchange) -> Exchange:
    return from_record(pickle.loads(pickle.dumps(to_record(exchange))))


@pytest.mark.parametrize("path", sorted(PCAPS.glob("*.pcap*")), ids=lambda path: path.name)
def test_exchanges_of_captures_stay_what_they_are(path: Path) -> None:
    for exchange in exchanges_of_file(path)[0]:
        assert everything(again(exchange)) == everything(exchange)


def with_loss() -> list[Segment]:
    talk = Conversation().open().ask(get(), ANSWER, size=50).close()
    del talk.segments[7]
    return talk.segments


def with_conflict() -> list[Segment]:
    talk = Conversation().open().ask(get(), ANSWER)
    last = talk.segments[-2]
    return [*talk.segments, last._replace(payload=bytes(len(last.payload)))]


STRANGE = {
    "trailers": Conversation().open().ask(get(), CHUNKED).close().segments,
    "loss": with_loss(),
    "conflict": with_conflict(),
    "deviations": Conversation().open().ask(ODD, ANSWER).close().segments,
    "surplus": Conversation().open().ask(get(), ANSWER + b"more").close().segments,
    "interim": Conversation().open().ask(get(), b"HTTP/1.1 100 Go on\r\n\r\n" + ANSWER).segments,
    "request alone": Conversation().open().send(0, get()).segments,
    "response alone": Conversation().open().send(1, ANSWER).segments,
}


@pytest.mark.parametrize("name", STRANGE)
def test_what_deviates_stays_what_it_is(name: str) -> None:
    found = exchanges(STRANGE[name])
    assert found
    for exchange in found:
        assert everything(again(exchange)) == everything(exchange)


@given(st.binary(max_size=80), st.binary(max_size=40))
def test_any_head_stays_what_it_is(head: bytes, answer: bytes) -> None:
    asked = b"POST /c HTTP/1.1\r\n" + head + b"\r\n\r\n"
    told = b"HTTP/1.1 200 OK\r\n" + answer + b"\r\n\r\n"
    for exchange in exchanges(Conversation().open().ask(asked, told).close().segments):
        assert everything(again(exchange)) == everything(exchange)


@given(st.lists(st.integers(1, 2**40), max_size=600))
def test_frames_stay_what_they_are(numbers: list[int]) -> None:
    frames = Frames()
    for number in numbers:
        frames.add(number)
    same = Frames.from_state(pickle.loads(pickle.dumps(frames.state())))
    assert (list(same), same.count, same.last) == (list(frames), frames.count, frames.last)
    assert (same.first, same.highest, same.left_out) == (
        frames.first,
        frames.highest,
        frames.left_out,
    )
