"""The bytes of every stream are those that tshark follows, and what differs is known by name."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from functools import cache
from pathlib import Path

import pytest

from tests.capture.conversation import MILLISECOND, Conversation, get, response
from tests.capture.corpus import CAPTURES
from tests.capture.follow import End, Followed, Lines, followed, ours, theirs
from tests.capture.pcap_writer import pcap
from tests.capture.tcp_frame import tcp_frame
from tests.capture.tshark import needs_tshark
from upnpscapy.capture.segments import ACK, FIN, RST, SYN, Segment

LOSS_NOT_SHOWN = "loss not shown"
"""Bytes are lost, and no later acknowledgement says that they arrived: by then the other side had
closed, or the capture ends. tshark follows the stream up to the loss and shows neither that
there is one nor what was captured behind it; the reader gives the gap, and the bytes."""

DIFFERENT = {
    "nfstream__nfstream__pcaps__skype.pcap": dict.fromkeys(
        (
            *(0, 7, 8, 10, 12, 15, 17, 19, 21, 23, 24, 29, 30, 34, 36, 39, 42, 48, 49, 50, 52),
            *(53, 54, 56, 62, 64, 65, 66, 71, 72, 87),
        ),
        LOSS_NOT_SHOWN,
    ),
    "zeek__zeek__Traces__raw_packets.pcap": {1: LOSS_NOT_SHOWN},
}
"""capture → tshark's number of the stream → the difference."""


@needs_tshark
@pytest.mark.parametrize("name", CAPTURES)
def test_every_stream_has_the_bytes_that_tshark_follows(name: str) -> None:
    path = CAPTURES[name]
    assert differences(theirs(path), ours(path)) == DIFFERENT.get(name, {})


def differences(shown: dict[int, Followed], read: Iterable[Followed]) -> dict[int, str]:
    """What differs, by tshark's number; connections of the same ends come in the same order."""
    left: dict[frozenset[End], list[Followed]] = defaultdict(list)
    for stream in read:
        left[stream.pair].append(stream)
    found: dict[int, str] = {}
    for number, stream in sorted(shown.items()):
        assert left[stream.pair], f"stream {number} is not read at all: {stream.ends}"
        same = left[stream.pair].pop(0)
        sent = dict(zip(same.ends, same.sent, strict=True))
        names = {
            difference(lines, sent[end])
            for end, lines in zip(stream.ends, stream.sent, strict=True)
            if lines != sent[end]
        }
        if names:
            (found[number],) = names
    assert not any(left.values()), "streams that tshark does not have"
    return found


def difference(shown: Lines, read: Lines) -> str:
    """The name of a difference."""
    rest = read[len(shown) :]
    if read[: len(shown)] == shown and rest and isinstance(rest[0], int):
        return LOSS_NOT_SHOWN
    return f"{shown!r} is {read!r}"


# What recorded sessions do not have; one connection each.

ASK, ANSWER = get("/" + "a" * 60), response(b"<b/>" * 40)


def conversation(number: int) -> Conversation:
    return Conversation((2**32 - 30, 2**32 - 50), ports=(40000 + number, 80), start=number * 100)


def exchange(number: int) -> list[Segment]:
    """Three segments of a handshake, three of a request, an acknowledgement, and so on."""
    return conversation(number).open().ask(ASK, ANSWER, size=50).close().segments


def without(segments: list[Segment], *places: int) -> list[Segment]:
    return [segment for place, segment in enumerate(segments) if place not in places]


def swapped(segments: list[Segment], one: int, other: int) -> list[Segment]:
    segments[one], segments[other] = segments[other], segments[one]
    return segments


def probed(number: int) -> list[Segment]:
    """A keep-alive probe with a byte that means nothing (RFC 1122, 4.2.3.6)."""
    talk = conversation(number).open().ask(ASK, ANSWER)
    return talk.put(0, talk.next[0] - 1, b"\0").send(1).ask(ASK, ANSWER).segments


def overlapping(number: int) -> list[Segment]:
    talk = conversation(number).open().send(0, ASK[:50]).send(0, ASK[50:70])
    talk.put(0, talk.next[0] - 40, ASK[30:90])
    talk.next[0] += 20
    return talk.send(0, ASK[90:]).send(1).segments


def shortened(number: int) -> list[Segment]:
    """As a snap length leaves it."""
    segments = exchange(number)
    for place in (4, 8):
        payload = segments[place].payload
        segments[place] = segments[place]._replace(payload=payload[:20], missing=len(payload) - 20)
    return segments


def used_again(number: int) -> list[Segment]:
    first = exchange(number)
    again = Conversation((7, 9), ports=(40000 + number, 80), start=number * 100 + len(first))
    return first + again.open().ask(get("/again"), ANSWER).close().segments


def reset(number: int) -> list[Segment]:
    talk = conversation(number).open().ask(ASK, ANSWER).send(0, flags=RST | ACK)
    return talk.send(1, b"in flight").segments


MADE: dict[str, tuple[list[Segment], str | None]] = {
    "numbers wrap": (exchange(1), None),
    "data in another order": (swapped(exchange(2), 3, 5), None),
    "data behind its acknowledgement": (swapped(exchange(3), 8, 9), None),
    "retransmitted": ([*exchange(4)[:9], exchange(4)[4], *exchange(4)[9:]], None),
    "retransmitted with what precedes and follows": (overlapping(5), None),
    "a keep-alive probe": (probed(6), None),
    "lost and acknowledged": (without(exchange(7), 4), None),
    "the first bytes lost and acknowledged": (without(exchange(8), 3), None),
    "lost and not acknowledged": (without(exchange(9), 8)[:10], LOSS_NOT_SHOWN),
    "cut by a snap length": (shortened(10), None),
    "begun before the capture": (exchange(11)[3:], None),
    "begun in the midst of a message": (exchange(12)[4:], None),
    "ports used again": (used_again(13), None),
    "bytes behind a reset": (reset(14), None),
    "data in the SYN": (
        conversation(15).send(0, b"early", SYN).send(1, flags=SYN | ACK).send(0, ASK).segments,
        None,
    ),
    "data with FIN": (conversation(16).open().send(0, ASK, FIN | ACK).send(1).segments, None),
}
"""A connection, and in what tshark shows it differently."""


@cache
def made(directory: Path) -> tuple[dict[int, Followed], list[Followed]]:
    """What tshark follows of all of them, and what is read."""
    segments = [segment for segments, _ in MADE.values() for segment in segments]
    path = directory / "made.pcap"
    path.write_bytes(
        pcap((place * MILLISECOND, tcp_frame(segment)) for place, segment in enumerate(segments))
    )
    assert ours(path) == followed(segments)
    return theirs(path), ours(path)


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict[int, Followed], list[Followed]]:
    return made(tmp_path_factory.mktemp("made"))


@needs_tshark
@pytest.mark.parametrize("name", MADE)
def test_what_recordings_do_not_have(
    name: str, both: tuple[dict[int, Followed], list[Followed]]
) -> None:
    segments, expected = MADE[name]
    port = max(segments[0].sport, segments[0].dport)
    shown = {
        number: stream for number, stream in both[0].items() if ("192.0.2.10", port) in stream.pair
    }
    read = [stream for stream in both[1] if ("192.0.2.10", port) in stream.pair]
    assert len(read) == (2 if name == "ports used again" else 1)
    assert set(differences(shown, read).values()) == ({expected} if expected else set())
