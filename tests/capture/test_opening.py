"""The short ways through a connection: they find what the long one finds, and skip no more."""

from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.capture.conversation import Conversation, get, response
from upnpscapy.capture import lane
from upnpscapy.capture.connection import Connection, Tally
from upnpscapy.capture.exchanges import ExchangeReader
from upnpscapy.capture.http_message import HttpMessage
from upnpscapy.capture.opening import MAX_SILENT, Opening
from upnpscapy.capture.ordering import MASK, Stream
from upnpscapy.capture.segments import ACK, FIN, PSH, RST, SYN, Segment

TLS = b"\x16\x03\x01\x00\x05hello"


def read(segments: list[Segment]) -> ExchangeReader:
    reader = ExchangeReader()
    for segment in segments:
        reader.take(*segment)
    reader.close()
    return reader


def told(reader: ExchangeReader) -> list[object]:
    """All there is to know of what was found."""
    messages = [part for exchange in reader.found for part in (exchange.request, exchange.response)]
    return [
        *((*exchange.defects, exchange.ended) for exchange in reader.found),
        *(message and _values(message) for message in messages),
        (reader.budget.left, reader.bytes_unframed, sorted(reader.foreign)),
        (reader.streams.connections, reader.streams.foreign_connections),
        vars(reader.streams.tally),
    ]


def _values(message: HttpMessage) -> list[object]:
    named = {field.name: getattr(message, field.name) for field in fields(message)}
    return [*(named | {"frames": list(message.frames)}).values()]


TALKS: tuple[tuple[bytes, bytes], ...] = (
    (get(), response()),
    (get(method="POST", body=b"x" * 40), response(b"y" * 50)),
    (get(), response(extra="Transfer-Encoding: chunked\r\n", body=b"3\r\nabc\r\n0\r\n\r\n")),
    (TLS, TLS * 4),
    (b"\r\n" + get(), response()),
    (b"GEX", b"\x00\x01"),
)


@settings(max_examples=150, deadline=None)
@given(st.data(), st.sampled_from([7, 40, 1460]), st.sampled_from([ACK, ACK | PSH]))
def test_short_ways_find_what_the_long_one_finds(
    data: st.DataObject, size: int, flags: int
) -> None:
    talk = Conversation().open()
    for asked, answered in data.draw(st.lists(st.sampled_from(TALKS), max_size=3)):
        talk.send(0, asked, flags, size=size).send(1).send(1, answered, flags, size=size).send(0)
    talk.close()
    segments = [*talk.segments]
    for _ in range(data.draw(st.integers(0, 4))):
        at = data.draw(st.integers(0, len(segments) - 1))
        what = data.draw(st.sampled_from(["lose", "swap", "double", "change"]))
        if what == "lose" and len(segments) > 1:
            del segments[at]
        elif what == "swap":
            segments.insert(max(0, at - data.draw(st.integers(1, 4))), segments.pop(at))
        elif what == "double":
            segments.insert(at + data.draw(st.integers(0, 4)), segments[at])
        else:
            changed = data.draw(st.sampled_from([ACK, SYN, FIN | ACK, RST, RST | ACK]))
            segments[at] = segments[at]._replace(flags=changed)
    short = told(read(segments))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lane, "_PLAIN", frozenset())
        patch.setattr(Opening, "keep", lambda *_: False)
        assert short == told(read(segments))


def test_first_bytes_that_are_not_http_make_no_consumer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ExchangeReader, "_refuse", lambda *_: pytest.fail("asked too early"))
    reader = read(Conversation().open().segments)
    assert (reader.streams.connections, reader.streams.foreign_connections) == (1, 0)
    monkeypatch.undo()
    reader = ExchangeReader()
    reader.streams._open = lambda _: pytest.fail("a consumer was made")
    for segment in Conversation().open().send(0, TLS).send(1, TLS).segments:
        reader.take(*segment)
    assert len(reader.foreign) == 2
    assert reader.bytes_unframed == len(TLS)
    assert reader.streams.foreign_segments == 1


@pytest.mark.parametrize(
    ("lost", "first"),
    [(0, TLS), (1, TLS), (None, b"\r\n" + TLS), (None, b"GE"), (None, get())],
)
def test_what_is_not_certain_takes_the_long_way(lost: int | None, first: bytes) -> None:
    segments = Conversation().open().send(0, first).segments
    if lost is not None:
        del segments[lost]
    reader = ExchangeReader()
    made = []
    begin = reader.streams._open
    reader.streams._open = lambda ends: made.append(ends) or begin(ends)  # type: ignore[func-returns-value]
    for segment in segments:
        reader.take(*segment)
    assert len(made) == 1


def test_handshake_is_kept_within_bounds() -> None:
    opening = Opening((b"ab", b"ba"))
    assert opening.keep(0, 1, 1, 1000, 0, SYN)
    kept = [opening.keep(0, number, 1, 1001, 7, ACK) for number in range(2 * MAX_SILENT)]
    assert kept.count(True) == MAX_SILENT - 1


def state(connection: Connection) -> list[object]:
    """All that a connection knows, but for what it belongs to."""
    own = [getattr(connection, name) for name in ("segments", "last_ns", "over", "doubtful")]
    own += [connection._began_ns, connection._reset, connection._counted]
    names = set(Stream.__slots__) - {"history"}
    return own + [getattr(stream, name) for stream in connection.streams for name in sorted(names)]


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_what_a_handshake_leads_to(data: st.DataObject) -> None:
    first, second = data.draw(st.tuples(*[st.sampled_from([0, 7, 2**32 - 1])] * 2))
    times = st.sampled_from([None, 1, 10**9, 5 * 10**9])
    segments = [(0, first, 0, SYN), (1, second, (first + 1) & MASK, SYN | ACK)]
    ends = (first + 1) & MASK, (second + 1) & MASK
    for side in data.draw(st.lists(st.integers(0, 1), max_size=4)):
        segments.append((side, ends[side], ends[1 - side], ACK))
    opening = Opening((b"ab", b"ba"))
    for number, (side, seq, ack, flags) in enumerate(segments):
        assert opening.keep(side, number, data.draw(times), seq, ack, flags)
    assert opening.complete
    long, short = (Connection(Deaf(), (b"ab", b"ba"), Tally()) for _ in range(2))
    for side, frame, time_ns, seq, ack, flags in opening.segments:
        long.take(side, frame, time_ns, seq, ack, flags, b"", 0)
    short.establish(opening.segments)
    assert state(short) == state(long)
    assert vars(short._tally) == vars(long._tally)


class Deaf:
    """A consumer that gets nothing: a handshake has nothing to say."""

    foreign = proven = False

    def data(self, side: int, data: object) -> None:
        raise AssertionError

    gap = conflict = end = data
