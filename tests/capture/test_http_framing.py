"""One direction framed: recognition, gaps, bounds, and anything at all."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upnpscapy.capture import kept_body
from upnpscapy.capture.http_framing import Budget, Framer, looks_like_http
from upnpscapy.capture.http_message import HttpMessage
from upnpscapy.capture.ordering import Data, Gap

HEAD = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
REQUEST = b"GET /1 HTTP/1.1\r\n\r\n"


class Direction:
    """A framer with the offsets and frame numbers that a stream would give it."""

    def __init__(self, method: bytes | None = b"GET", budget: Budget | None = None) -> None:
        self.found: list[HttpMessage] = []
        self.budget = budget or Budget()
        self.framer = Framer(lambda _: (True, method), self.found.append, self.budget)
        self.offset = self.frame = 0

    def feed(self, *parts: bytes | int, end: str | None = None) -> list[HttpMessage]:
        """Bytes are data, numbers are gaps."""
        for part in parts:
            self.frame += 1
            if isinstance(part, int):
                self.framer.gap(Gap(self.offset, part))
                self.offset += part
            else:
                self.framer.feed(Data(self.offset, part, self.frame, self.frame, None, True))
                self.offset += len(part)
        if end:
            self.framer.end(end)
        return self.found


@pytest.mark.parametrize(
    ("data", "verdict"),
    [
        (b"", None),
        (b"G", None),
        (b"GET", None),
        (b"GET /", True),
        (b"HTTP/1.", True),
        (b"HTTP/2", False),
        (b"UNSUBSCRIBE", None),
        (b"UNSUBSCRIBE ", True),
        (b"get /", False),
        (b"\x16\x03\x01", False),
        (b"SSH-2.0", False),
    ],
)
def test_recognition(data: bytes, verdict: bool | None) -> None:
    assert looks_like_http(data) is verdict


@pytest.mark.parametrize("parts", [(b"\x16\x03\x01",), (b"G", b"ARBAGE"), (b"\r\n" * 40 + b"GET",)])
def test_alien(parts: tuple[bytes, ...]) -> None:
    direction = Direction()
    direction.feed(*parts)
    assert direction.framer.alien
    assert direction.framer.dead


GAPS: dict[str, tuple[tuple[bytes | int, ...], list[tuple[bytes, int, str]]]] = {
    "in a body": ((HEAD + b"abc", 4, b"hij", HEAD + b"0123456789"),
                  [(b"abchij", 4, "length"), (b"0123456789", 0, "length")]),
    "to the end of a body": ((HEAD + b"abc", 7, HEAD + b"0123456789"),
                             [(b"abc", 7, "length"), (b"0123456789", 0, "length")]),
    "beyond a body": ((HEAD + b"abc", 50, b"xyz", HEAD + b"0123456789"),
                      [(b"abc", 7, "length"), (b"0123456789", 0, "length")]),
    "in a head": ((HEAD[:20], 7, HEAD[27:] + b"0123456789", HEAD + b"0123456789"),
                  [(b"", 7, "cut"), (b"0123456789", 0, "length")]),
    "in a start line": ((HEAD[:9], 7, HEAD[16:] + b"0123456789", HEAD + b"0123456789"),
                        [(b"0123456789", 0, "length")]),
    "in a chunk": ((CHUNKED + b"A\r\nabc", 4, b"hij\r\n0\r\n\r\n", HEAD + b"0123456789"),
                   [(b"abchij", 4, "chunked"), (b"0123456789", 0, "length")]),
    "to the end of a chunk": ((CHUNKED + b"A\r\nabc", 7, b"\r\n0\r\n\r\n"),
                              [(b"abc", 7, "chunked")]),
    "beyond a chunk": ((CHUNKED + b"A\r\nabc", 9, b"\r\n0\r\n\r\n", HEAD + b"0123456789"),
                       [(b"abc", 9, "cut"), (b"0123456789", 0, "length")]),
    "between": ((HEAD + b"0123456789", 9, b"xyz", HEAD + b"0123456789"),
                [(b"0123456789", 0, "length"), (b"0123456789", 0, "length")]),
}  # fmt: skip


@pytest.mark.parametrize("name", GAPS)
def test_gaps(name: str) -> None:
    parts, expected = GAPS[name]
    found = Direction().feed(*parts, end="fin")
    assert [(m.body, m.bytes_missing, m.ended) for m in found] == expected
    for message in found:
        assert sum(gap.length for gap in message.gaps) <= message.bytes_missing


def test_gap_stands_where_it_is() -> None:
    (message,) = Direction().feed(HEAD + b"abc", 4, b"hij")
    assert message.gaps == [Gap(3, 4)]
    assert message.content() == (b"abc", False)


@pytest.mark.parametrize("kind", ["fin", "rst", "capture"])
def test_end_of_a_body_until_close(kind: str) -> None:
    (message,) = Direction().feed(b"HTTP/1.1 200 OK\r\n\r\nab", 3, b"cd", end=kind)
    assert (message.body, message.bytes_missing) == (b"abcd", 3)
    assert message.ended == ("cut" if kind == "capture" else "close")
    assert message.defects == (["reset"] if kind == "rst" else [])


def test_no_request_known_and_no_body() -> None:
    """The HEAD it answers was not captured."""
    first, second = Direction(method=None).feed(HEAD, HEAD + b"0123456789")
    assert (first.body, first.ended) == (b"", "cut")
    assert (second.body, second.ended) == (b"0123456789", "length")


def test_frames_and_times() -> None:
    one, two = Direction().feed(HEAD + b"01234", b"56789" + HEAD, b"01234", b"56789")
    assert (list(one.frames), one.time_ns, one.end_time_ns) == ([1, 2], 1, 2)
    assert (list(two.frames), two.time_ns, two.end_time_ns) == ([2, 3, 4], 2, 4)


def test_endless_head() -> None:
    direction = Direction()
    found = direction.feed(b"GET / HTTP/1.1\r\n", *[b"A: b\r\n" * 100] * 200, REQUEST)
    assert [message.defects[-1:] for message in found] == [["head-too-long"], []]
    assert direction.budget.left == 128 << 20


def test_endless_chunk_size_and_trailers() -> None:
    (message,) = Direction().feed(CHUNKED, *[b"0" * 1000] * 10, end="fin")
    assert message.defects == ["chunk-line-too-long"]
    (message,) = Direction().feed(CHUNKED + b"0\r\n", *[b"A: b\r\n" * 100] * 100, end="fin")
    assert message.defects == ["trailers-too-long"]


def test_bodies_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept_body, "MAX_BODY", 100)
    (message,) = Direction().feed(b"HTTP/1.1 200 OK\r\n\r\n", *[b"x" * 30] * 50, end="fin")
    assert (len(message.body), message.body_size) == (100, 1500)
    assert not message.content().complete


def test_all_bodies_together_are_bounded() -> None:
    budget = Budget(1000)
    directions = [Direction(budget=budget) for _ in range(5)]
    for direction in directions:
        direction.feed(b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 400)
    assert budget.left == 0
    found = [message for direction in directions for message in direction.feed(end="fin")]
    assert sum(len(message.body) for message in found) <= 1000
    assert [message.body_size for message in found[:2]] == [400, 400]
    assert budget.left == 1000


def test_nothing_is_looked_for_for_ever() -> None:
    direction = Direction()
    direction.feed(REQUEST, *[b"x" * 1000] * 100)
    assert direction.framer.dead
    assert direction.framer.bytes_unframed > 60_000


WORDS = st.sampled_from(
    [HEAD, CHUNKED, REQUEST, b"\r\n", b"0\r\n\r\n", b"3\r\nabc\r\n", b"\n", b"HTTP/1.", b"POST "]
)


@given(
    st.lists(WORDS | st.binary(max_size=30) | st.integers(1, 50), max_size=30),
    st.sampled_from(["fin", "rst", "capture"]),
    st.sampled_from([None, b"GET", b"HEAD"]),
)
def test_anything_is_read(parts: list[bytes | int], kind: str, method: bytes | None) -> None:
    direction = Direction(method)
    found = direction.feed(*parts, end=kind)
    assert direction.budget.left == 128 << 20
    sent = b"".join(part for part in parts if isinstance(part, bytes))
    assert sum(len(bytes(m.message)) + len(m.body) + len(m.surplus) for m in found) <= len(sent)
    for message in found:
        message.content()
