"""Requests and responses paired: every way a connection can be captured."""

import gzip
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.capture.conversation import Conversation, exchanges, get, outcome, response
from upnpscapy.capture.exchanges import ExchangeReader
from upnpscapy.capture.segments import ACK, RST, Segment

CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


def one(request: bytes, answer: bytes, *, close: bool = True) -> tuple[object, ...]:
    conversation = Conversation().open().ask(request, answer)
    if close:
        conversation.close()
    (found,) = outcome(exchanges(conversation.segments))
    return found


def test_envelope() -> None:
    conversation = Conversation().open().ask(get(), response(b"x" * 3000)).close()
    (found,) = exchanges(conversation.segments)
    assert (found.client, found.client_port) == ("192.0.2.10", 40000)
    assert (found.server, found.server_port) == ("192.0.2.17", 49152)
    assert (found.frame, found.response_frame) == (4, 6)
    assert found.frames == [4, 6, 7, 8]
    assert found.time_ns == 4_000_000
    assert found.response_time_ns == 6_000_000
    assert found.response is not None
    assert found.response.end_time_ns == 8_000_000
    assert found.filter == (
        "ip.addr == 192.0.2.10 && ip.addr == 192.0.2.17 && tcp.port == 40000 && tcp.port == 49152"
    )


def test_ipv6() -> None:
    ends = bytes.fromhex("fe80" + "0" * 26 + "0a"), bytes.fromhex("fe80" + "0" * 26 + "11")
    conversation = Conversation(addresses=ends).open().ask(get(), response())
    (found,) = exchanges(conversation.segments)
    assert found.client == "fe80::a"
    assert found.filter.startswith("ipv6.addr == fe80::a && ipv6.addr == fe80::11 && ")


@pytest.mark.parametrize("ports", [(40000, 80), (1, 2), (443, 22), (49152, 49152)])
def test_any_port(ports: tuple[int, int]) -> None:
    conversation = Conversation(ports=ports).open().ask(get(), response())
    assert len(exchanges(conversation.segments)) == 1


METHODS = ("GET HEAD POST M-POST SUBSCRIBE UNSUBSCRIBE NOTIFY OPTIONS PUT DELETE M-SEARCH").split()


@pytest.mark.parametrize("method", METHODS)
def test_methods(method: str) -> None:
    body = b"" if method == "HEAD" else b"<b/>"
    answer = response(body, extra="Content-Length: 4\r\n")
    conversation = Conversation().open()
    conversation.ask(get(method=method, body=b"q"), answer).ask(get("/2"), response(b"2"))
    found = exchanges(conversation.segments)
    assert [exchange.method for exchange in found] == [method.encode(), b"GET"]
    assert [exchange.response and exchange.response.body for exchange in found] == [body, b"2"]
    assert not any(exchange.defects for exchange in found)


BODIES = {
    "length": (response(b"<a/>"), b"<a/>", "length", []),
    "empty": (response(b""), b"", "none", []),
    "chunked": (CHUNKED + b"3\r\n<a/\r\n1;x=y\r\n>\r\n0\r\n\r\n", b"<a/>", "chunked", []),
    "trailers": (CHUNKED + b"4\r\n<a/>\r\n0\r\nA: b\r\n\r\n", b"<a/>", "chunked", []),
    "bare LF chunks": (CHUNKED + b"4\n<a/>\n0\n\n", b"<a/>", "chunked", []),
    "until close": (response(b"<a/>", extra=""), b"<a/>", "close", []),
    "HTTP/1.0": (b"HTTP/1.0 200 OK\r\n\r\n<a/>", b"<a/>", "close", []),
    "204": (response(b"", "204 No Content", extra=""), b"", "none", []),
    "304": (response(b"", "304 Not Modified", "Content-Length: 9\r\n"), b"", "none", []),
    "length too large": (
        *(response(b"<a/>", extra="Content-Length: 9\r\n"), b"<a/>", "cut"),
        ["content-length-too-large"],
    ),
    "length too small": (
        *(response(b"<a/>", extra="Content-Length: 3\r\n"), b"<a/", "length"),
        ["bytes-after-body"],
    ),
    "bad length": (
        *(response(b"<a/>", extra="Content-Length: four\r\n"), b"<a/>", "close"),
        ["bad-content-length"],
    ),
    "negative length": (
        *(response(b"<a/>", extra="Content-Length: -4\r\n"), b"<a/>", "close"),
        ["bad-content-length"],
    ),
    "two lengths": (
        *(response(b"<a/>", extra="Content-Length: 4\r\nContent-Length: 5\r\n"), b"<a/>"),
        *("length", ["duplicate-header", "content-lengths-differ"]),
    ),
    "length and chunked": (
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"4\r\n<a/>\r\n0\r\n\r\n",
        *(b"<a/>", "chunked", ["length-and-chunked"]),
    ),
    "bad chunk size": (CHUNKED + b"zz\r\n<a/>\r\n", b"", "cut", ["bad-chunk-size"]),
    "chunk of 31 bits": (CHUNKED + b"7fffffff\r\n<a/>", b"<a/>", "cut", ["no-last-chunk"]),
    "chunk of 32 bits": (
        *(CHUNKED + b"80000000\r\n<a/>", b"<a/>", "cut"),
        ["chunk-too-large", "no-last-chunk"],
    ),
    "no last chunk": (CHUNKED + b"4\r\n<a/>\r\n", b"<a/>", "cut", ["no-last-chunk"]),
    "no line end": (
        *(CHUNKED + b"4\r\n<a/>0\r\n\r\n", b"<a/>", "chunked"),
        ["chunk-without-line-end"],
    ),
}


@pytest.mark.parametrize("name", BODIES)
def test_bodies(name: str) -> None:
    answer, body, ended, defects = BODIES[name]
    found = one(get(), answer)
    assert found[3:8] == (int(answer[9:12]), body, ended, 0, tuple(defects))


def test_trailers() -> None:
    answer, *_ = BODIES["trailers"]
    (found,) = exchanges(Conversation().open().ask(get(), answer).segments)
    assert found.response is not None
    assert list(found.response.trailers.pairs()) == [("A", "b")]


def test_surplus_of_a_length_too_small_is_kept() -> None:
    answer = response(b"<a></a>", extra="Content-Length: 3\r\nConnection: close\r\n")
    (found,) = exchanges(Conversation().open().ask(get(), answer, size=5).close().segments)
    assert found.response is not None
    assert (found.response.body, found.response.surplus) == (b"<a>", b"</a>")
    assert found.response.surplus_size == 4


def test_post_without_length() -> None:
    request = b"POST /c HTTP/1.1\r\nHost: x\r\n\r\n<e/>"
    conversation = Conversation().open().ask(request, response(status="402 No"))
    conversation.ask(get(), response())
    first, second = exchanges(conversation.segments)
    assert first.request is not None
    assert (first.request.surplus, first.status) == (b"<e/>", 402)
    assert first.defects == ["no-content-length", "bytes-after-body"]
    assert (second.method, second.status) == (b"GET", 200)


def test_continue() -> None:
    request = get(method="POST", body=b"<e/>", extra="Expect: 100-continue\r\n")
    conversation = Conversation().open()
    conversation.ask(request[:-4], b"HTTP/1.1 100 Continue\r\n\r\n")
    conversation.ask(request[-4:], response())
    (found,) = exchanges(conversation.segments)
    assert (found.interim, found.status) == ([100], 200)
    assert found.request is not None
    assert found.request.body == b"<e/>"


def test_upgrade_is_the_end() -> None:
    conversation = Conversation().open()
    conversation.ask(get(), b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\n\r\n").ask(b"\1\2", b"\3")
    reader = ExchangeReader()
    for segment in conversation.segments:
        reader.take(*segment)
    assert [exchange.status for exchange in reader.found] == [101]
    assert len(reader.foreign) == 2


def test_keep_alive_and_pipelining() -> None:
    conversation = Conversation().open()
    conversation.ask(get("/1"), response(b"1")).ask(get("/2"), response(b"2"))
    conversation.ask(
        get("/3") + get("/4", "HEAD") + get("/5"),
        b"".join((response(b"3"), response(b"", extra="Content-Length: 7\r\n"), response(b"5"))),
    )
    found = exchanges(conversation.segments)
    assert [exchange.target for exchange in found] == [b"/1", b"/2", b"/3", b"/4", b"/5"]
    bodies = [exchange.response and exchange.response.body for exchange in found]
    assert bodies == [b"1", b"2", b"3", b"", b"5"]


def test_response_before_the_request_is_complete() -> None:
    conversation = Conversation().open()
    request = get(method="POST", body=b"x" * 100)
    conversation.ask(request[:-50], response(status="413 Too Large")).send(0, request[-50:])
    (found,) = exchanges(conversation.segments)
    assert found.status == 413
    assert found.request is not None
    assert len(found.request.body) == 100


@pytest.mark.parametrize("side", [0, 1])
def test_one_direction_only(side: int) -> None:
    conversation = Conversation().open()
    for number in range(3):
        conversation.ask(get(f"/{number}"), response(b"%d" % number))
    sender = conversation.addresses[side]
    found = exchanges(s for s in conversation.segments if s.source == sender)
    assert [exchange.client for exchange in found] == ["192.0.2.10"] * 3
    if side == 0:
        assert [exchange.target for exchange in found] == [b"/0", b"/1", b"/2"]
        assert all(exchange.response is None for exchange in found)
    else:
        assert [e.response and e.response.body for e in found] == [b"0", b"1", b"2"]
        assert all(exchange.request is None for exchange in found)


def test_mid_stream_start() -> None:
    conversation = Conversation().open()
    for number in range(3):
        conversation.ask(get(f"/{number}"), response(b"x" * 4000))
    segments = conversation.segments
    # From the second segment of the first response on.
    found = exchanges(segments[6:])
    assert [exchange.target for exchange in found] == [b"/1", b"/2"]
    assert all(exchange.status == 200 and not exchange.bytes_missing for exchange in found)


def test_end_in_the_middle() -> None:
    conversation = Conversation().open().ask(get(), response(b"x" * 4000))
    (found,) = exchanges(conversation.segments[:7])
    assert found.response is not None
    assert found.response.ended == "cut"
    assert set(found.response.body) == {ord("x")}
    (found,) = exchanges(conversation.segments[:4])
    assert (found.method, found.response, found.ended) == (b"GET", None, "capture")


def test_reset() -> None:
    conversation = Conversation().open().send(0, get()).send(1, flags=RST | ACK)
    (found,) = exchanges(conversation.segments)
    assert (found.response, found.ended) == (None, "rst")
    conversation = Conversation().open().send(0, get())
    conversation.send(1, response(b"x" * 10, extra="Content-Length: 20\r\n")).send(0, flags=RST)
    (found,) = exchanges(conversation.segments)
    assert found.defects == ["reset"]


def test_port_reuse() -> None:
    first = Conversation().open().ask(get("/1"), response(b"1")).close()
    start = len(first.segments) + 1
    second = Conversation((1 << 30, 2 << 30), start=start).open().ask(get("/2"), response(b"2"))
    found = exchanges(first.segments + second.segments)
    assert [exchange.target for exchange in found] == [b"/1", b"/2"]
    # The end of the first was not captured, and it was asked again.
    first = Conversation().open().ask(get("/1"), response(b"1")).send(0, get("/3"))
    found = exchanges(first.segments + second.segments)
    assert [(e.target, e.ended) for e in found] == [(b"/1", None), (b"/3", "reuse"), (b"/2", None)]


def test_stragglers_are_no_new_connection() -> None:
    conversation = Conversation().open().ask(get(), response()).close()
    segments = conversation.segments
    assert len(exchanges([*segments, *segments[3:]])) == 1
    assert len(exchanges([*segments, *segments])) == 1


def test_found_as_soon_as_it_is_complete() -> None:
    reader = ExchangeReader()
    conversation = Conversation().open().send(0, get()).send(1, response())
    for segment in conversation.segments:
        assert not reader.found
        reader.take(*segment)
    assert len(reader.found) == 1


def test_lost_response_does_not_shift_the_pairs() -> None:
    conversation = Conversation().open()
    for number in range(4):
        conversation.ask(get(f"/{number}"), response(b"%d" % number))
    lost = response(b"1")
    segments = [s for s in conversation.segments if s.payload != lost]
    found = sorted(exchanges(segments), key=lambda exchange: exchange.frame or 0)
    assert [e.target for e in found] == [b"/0", b"/1", b"/2", b"/3"]
    assert [e.response and e.response.body for e in found] == [b"0", None, b"2", b"3"]
    assert found[1].defects == ["response-lost"]


def test_lost_request_does_not_shift_the_pairs() -> None:
    conversation = Conversation().open()
    for number in range(4):
        conversation.ask(get(f"/{number}"), response(b"%d" % number))
    segments = [s for s in conversation.segments if s.payload != get("/1")]
    pairs = [(e.target, e.response and e.response.body) for e in exchanges(segments)]
    assert sorted(pairs, key=lambda pair: pair[1] or b"") == [
        *((b"/0", b"0"), (None, b"1"), (b"/2", b"2"), (b"/3", b"3"))
    ]


@pytest.mark.parametrize(
    ("coding", "packed"),
    [
        ("gzip", gzip.compress(b"<a/>" * 99, mtime=0)),
        ("deflate", zlib.compress(b"<a/>" * 99)),
        ("deflate", zlib.compress(b"<a/>" * 99)[2:-4]),
        ("identity", b"<a/>" * 99),
    ],
)
def test_content_coding(coding: str, packed: bytes) -> None:
    extra = f"Content-Length: {len(packed)}\r\nContent-Encoding: {coding}\r\n"
    (found,) = exchanges(Conversation().open().ask(get(), response(packed, extra=extra)).segments)
    assert found.response is not None
    assert found.response.content() == (b"<a/>" * 99, True)
    assert found.response.content(10)[1] is False
    half = response(packed[: len(packed) // 2], extra=extra)
    (found,) = exchanges(Conversation().open().ask(get(), half).segments)
    assert found.response is not None
    data, complete = found.response.content()
    assert (b"<a/>" * 99).startswith(data)
    assert not complete


def test_bomb() -> None:
    packed = gzip.compress(bytes(50 << 20))
    extra = f"Content-Length: {len(packed)}\r\nContent-Encoding: gzip\r\n"
    (found,) = exchanges(Conversation().open().ask(get(), response(packed, extra=extra)).segments)
    assert found.response is not None
    data, complete = found.response.content()
    assert len(data) == 4 << 20
    assert not complete


def test_long_body_is_counted_not_kept() -> None:
    size = 6 << 20
    answer = response(b"m" * size, extra=f"Content-Length: {size}\r\nContent-Type: video/x\r\n")
    conversation = Conversation().open().ask(get(), answer).ask(get("/2"), response())
    first, second = exchanges(conversation.segments)
    assert first.response is not None
    assert (len(first.response.body), first.response.body_size) == (64 << 10, size)
    assert first.response.complete
    assert second.status == 200


def test_first_arrival_wins_and_the_loser_is_recorded() -> None:
    conversation = Conversation().open().send(0, get())
    at = conversation.next[1]
    answer = response(b"<true/>")
    conversation.send(1, answer[:-4]).put(1, at + len(answer) - 7, b"<ev")
    conversation.send(1, answer[-4:]).close()
    (found,) = exchanges(conversation.segments)
    assert found.response is not None
    assert found.response.body == b"<true/>"
    (conflict,) = found.response.conflicts
    assert (conflict.kept, conflict.lost, conflict.frame) == (b"tr", b"ev", 6)
    assert found.defects == ["conflicting-bytes"]


@pytest.mark.parametrize("start", [0, 3])
def test_tls_is_foreign(start: int) -> None:
    conversation = Conversation(ports=(40000, 443)).open()
    for _ in range(100):
        conversation.send(0, b"\x16\x03\1" + b"x" * 1000).send(1, b"\x16\x03\3" + b"y" * 1000)
    reader = ExchangeReader()
    for segment in conversation.segments[start:]:
        reader.take(*segment)
    assert len(reader.foreign) == 2
    assert reader.streams.foreign_connections == 1
    # With its start it is known at once; without, the middle of a message is possible.
    assert reader.streams.foreign_segments > (190 if start == 0 else 50)
    reader.close()
    assert not reader.found


def test_notify_to_a_callback_is_an_exchange_the_other_way() -> None:
    control = Conversation().open().ask(get("/evt", "SUBSCRIBE"), response(b""))
    event = Conversation((1, 2), (50000, 8058), control.addresses[::-1], start=100).open()
    event.ask(get("/cb", "NOTIFY", b"<e/>"), response(b""))
    first, second = exchanges(control.segments + event.segments)
    assert (first.method, first.client, first.server) == (b"SUBSCRIBE", "192.0.2.10", "192.0.2.17")
    assert (second.method, second.client, second.server) == (b"NOTIFY", "192.0.2.17", "192.0.2.10")


# Whatever the cut, the order and the copies.

SESSION = (
    (get("/1"), response(b"<one/>")),
    (get("/2", "HEAD"), response(b"", extra="Content-Length: 99\r\n")),
    (get("/3", "POST", b"<env/>"), CHUNKED + b"4\r\n<a/>\r\n3\r\nxyz\r\n0\r\nT: 1\r\n\r\n"),
    (get("/4", "POST", b"z" * 30), b"HTTP/1.1 100 Continue\r\n\r\n" + response(b"four" * 9)),
    (get("/5") + get("/6"), response(b"5") + response(b"6", "404 Not Found")),
    (get("/7"), response(b"until the end", extra="Connection: close\r\n")),
)
EXPECTED = outcome(
    exchanges(
        [s for c in [Conversation().open()] for q, a in SESSION for s in [c.ask(q, a)]][-1]
        .close()
        .segments
    )
)


def session(size: int, isns: tuple[int, int] = (7, 9)) -> list[Segment]:
    conversation = Conversation(isns).open()
    for request, answer in SESSION:
        conversation.ask(request, answer, size=size)
    return conversation.close().segments


def test_session_is_what_was_said() -> None:
    assert [(found[1], found[3]) for found in EXPECTED] == [
        *((b"/1", 200), (b"/2", 200), (b"/3", 200), (b"/4", 200)),
        *((b"/5", 200), (b"/6", 404), (b"/7", 200)),
    ]
    assert EXPECTED[2][4] == b"<a/>xyz"
    assert EXPECTED[6][4:6] == (b"until the end", "close")
    assert not any(found[7] for found in EXPECTED)


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 16, 64, 1460])
@pytest.mark.parametrize("isns", [(7, 9), (2**32 - 1, 2**32 - 2), (2**32 - 200, 2**31 - 100)])
def test_any_cut_and_wrap(size: int, isns: tuple[int, int]) -> None:
    assert outcome(exchanges(session(size, isns))) == EXPECTED


@settings(max_examples=300, deadline=None)
@given(st.data(), st.integers(1, 90), st.sampled_from([7, 2**32 - 60, 2**31 - 30]))
def test_any_order_and_copies(data: st.DataObject, size: int, isn: int) -> None:
    segments = session(size, (isn, isn + 5))
    handshake, rest = segments[:3], segments[3:]
    numbers = st.integers(0, 20)
    order = data.draw(st.lists(numbers, min_size=len(rest), max_size=len(rest)))
    copies = data.draw(st.lists(st.integers(0, len(rest) - 1), max_size=10))
    moved = sorted(range(len(rest)), key=lambda index: index + order[index])
    for index in copies:
        moved.insert(moved.index(index) + order[index] % 5, index)
    assert outcome(exchanges(handshake + [rest[index] for index in moved])) == EXPECTED


@settings(max_examples=300, deadline=None)
@given(st.data(), st.integers(8, 90))
def test_any_loss_is_a_gap(data: st.DataObject, size: int) -> None:
    segments = session(size)
    lost = data.draw(st.sets(st.integers(0, len(segments) - 1), max_size=6))
    found = exchanges(s for index, s in enumerate(segments) if index not in lost)
    sent = b"".join(s.payload for s in segments)
    whole = {(row[1], row[2]) for row in EXPECTED}
    for exchange in found:
        for message in (exchange.request, exchange.response):
            if message is None:
                continue
            assert b"\0" not in message.body
            if not message.bytes_missing and message.complete and message is exchange.request:
                assert (exchange.target, message.body) in whole
            head = bytes(message.message)
            assert head in sent
        # A pair is a pair of the session, or it says what is missing.
        if exchange.request and exchange.response and exchange.request.complete:
            (expected,) = [row for row in EXPECTED if row[1] == exchange.target]
            if exchange.response.complete and not exchange.uncertain:
                assert exchange.response.body == expected[4]


def test_request_lost_behind_one_that_was_answered_leaves_doubt() -> None:
    """The end of /4 and all of /5 are one loss, of which the answer to /4 has a part only."""
    found = exchanges(s for place, s in enumerate(session(32)) if place not in {23, 25, 32})
    assert [one.target for one in found if one.uncertain] == [b"/6"]


def test_request_whose_last_byte_is_lost_has_no_other_answer() -> None:
    """A byte that is acknowledged and was not seen may as well be a FIN: nothing waits for it."""
    talk = Conversation().open().ask(get("/a"), response(b"a"))
    request = get("/b")
    talk.send(0, request[:-1]).send(0, request[-1:])
    lost = talk.segments.pop()
    assert lost.payload == b"\n"
    talk.send(1).send(1, response(b"b" * 900), size=5).send(0)
    talk.ask(get("/c"), response(b"c")).close()
    assert {
        (one.target, one.response and one.response.body[:1], one.uncertain)
        for one in exchanges(talk.segments)
    } == {
        (b"/a", b"a", False),
        (None, b"b", False),
        (b"/b", None, True),
        (b"/c", b"c", True),
    }


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.tuples(
            *(st.integers(0, 1), st.integers(0, 2**32 - 1) | st.integers(0, 90)),
            *(st.integers(0, 2**32 - 1) | st.integers(0, 90), st.integers(0, 31)),
            st.binary(max_size=20) | st.sampled_from([get(), response(), CHUNKED, b"\r\n"]),
            st.integers(0, 30) | st.integers(0, 2**16),
        ),
        max_size=60,
    )
)
def test_anything_is_read(
    segments: list[tuple[int, int, int, int, bytes, int]],
) -> None:
    reader = ExchangeReader()
    conversation = Conversation()
    ends = list(zip(conversation.addresses, conversation.ports, strict=True))
    for number, (side, seq, ack, flags, payload, missing) in enumerate(segments, 1):
        between = *ends[side], *ends[1 - side]
        reader.take(number, number * 10**8, *between, seq, ack, flags, payload, missing)
    reader.pass_time(10**12)
    reader.close()
    assert reader.budget.left == 128 << 20
    assert reader.streams.tally.waiting_bytes == 0
