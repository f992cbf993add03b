"""Which search a response belongs to: cases by hand, and a slow reference for all others."""

from __future__ import annotations

import re
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from upnpscapy.protocol import pairing
from upnpscapy.protocol.pairing import SearchBook

SECOND = 1_000_000_000
IGD1, IGD2 = (f"urn:schemas-upnp-org:device:InternetGatewayDevice:{n}" for n in (1, 2))
UUID = "uuid:2fac1234-31f8-11b4-a222-08002b34c003"


class Asked(NamedTuple):
    """A search, sent ``at`` seconds."""

    at: float
    st: str | None = "ssdp:all"
    mx: int | None = 2
    port: int = 50000
    address: str = "192.0.2.10"


class Answered(NamedTuple):
    """A response; ``to`` is the index of its search, None if it answers none."""

    at: float
    to: int | None
    late: bool = False
    st: str | None = IGD1
    port: int = 50000
    address: str = "192.0.2.10"


CASES: dict[str, list[Asked | Answered]] = {
    "in time": [Asked(0), Answered(0.5, 0)],
    "unsolicited": [Answered(0.5, None)],
    "before any search": [Answered(0, None), Asked(2)],
    "sent again: the latest is answered": [Asked(0), Asked(1), Answered(1.1, 1)],
    "sent again: between the two": [Asked(0), Answered(0.9, 0), Asked(1)],
    "at MX and a second": [Asked(0, mx=2), Answered(3, 0)],
    "after MX and a second": [Asked(0, mx=2), Answered(3.000000001, 0, late=True)],
    "MX 0": [Asked(0, mx=0), Answered(1, 0), Answered(1.1, 0, late=True)],
    "MX unknown is never late": [Asked(0, mx=None), Answered(29, 0)],
    "MX beyond the window": [Asked(0, mx=10**17), Answered(30, 0), Answered(30.1, None)],
    "at 30 seconds": [Asked(0), Answered(30, 0, late=True)],
    "after 30 seconds": [Asked(0), Answered(30.000000001, None)],
    "a second search is answered, the first too old": [Asked(0), Asked(25), Answered(31, 1, True)],
    "several targets from one port": [
        *(Asked(0, IGD1), Asked(0.1, UUID), Asked(0.2, "upnp:rootdevice")),
        *(Answered(0.3, 0), Answered(0.4, 1, st=UUID), Answered(0.5, 2, st="upnp:rootdevice")),
    ],
    "another target": [Asked(0, "upnp:rootdevice"), Answered(1, None)],
    "a later search for all": [Asked(0, IGD1), Asked(1), Answered(1.5, 1)],
    "an earlier search for all": [Asked(0), Asked(1, IGD1), Answered(1.5, 1)],
    "a search for all behind another target": [Asked(0), Asked(1, UUID), Answered(1.5, 0)],
    "at the same moment, for all later": [
        *(Asked(0, IGD1), Asked(0), Asked(0, UUID)),
        Answered(0, 1),
    ],
    "other version": [Asked(0, IGD1), Answered(1, 0, st=IGD2)],
    "older version": [Asked(0, IGD2), Answered(1, 0, st=IGD1)],
    "version is no version in a UUID": [Asked(0, "uuid:a:1"), Answered(1, None, st="uuid:a:2")],
    "case of ST": [Asked(0, IGD1.upper()), Answered(1, 0)],
    "case of ssdp:all": [Asked(0, "SSDP:ALL"), Answered(1, 0)],
    "case of a UUID": [Asked(0, UUID.upper()), Answered(1, 0, st=UUID)],
    "blanks around ST": [Asked(0, f" {IGD1} "), Answered(1, 0)],
    "response without ST": [Asked(0, IGD1), Asked(1, UUID), Answered(2, 1, st=None)],
    "both without ST": [Asked(0, None), Answered(1, 0, st=None)],
    "search without ST": [Asked(0, None), Answered(1, None)],
    "other port": [Asked(0), Answered(1, None, port=50001)],
    "other address": [Asked(0), Answered(1, None, address="192.0.2.11")],
    "a moment before its search": [Asked(1), Answered(0, 0)],
    "long before its search": [Asked(1.1), Answered(0, None)],
}


def nanoseconds(at: float) -> int:
    return round(at * SECOND)


def play(events: list[Asked | Answered]) -> list[tuple[list[int], list[int]]]:
    """The replies and the late ones of each search; a reply's frame is its index."""
    book = SearchBook()
    searches = []
    for frame, event in enumerate(events):
        if isinstance(event, Asked):
            time_ns = nanoseconds(event.at)
            searches.append(
                book.open(event.address, event.port, event.st, event.mx, time_ns, frame)
            )
        else:
            book.answer(event.address, event.port, event.st, nanoseconds(event.at), frame)
    return [(list(search.replies), list(search.late_replies)) for search in searches]


@pytest.mark.parametrize("events", CASES.values(), ids=CASES)
def test_response_belongs_to_the_latest_compatible_search(events: list[Asked | Answered]) -> None:
    expected: list[tuple[list[int], list[int]]] = []
    for event in events:
        if isinstance(event, Asked):
            expected.append(([], []))
    for frame, event in enumerate(events):
        if isinstance(event, Answered) and event.to is not None:
            expected[event.to][event.late].append(frame)
    assert play(events) == expected


def test_without_times_the_latest_search_is_answered() -> None:
    book = SearchBook()
    first = book.open("192.0.2.10", 50000, "ssdp:all", 2, None, None)
    second = book.open("192.0.2.10", 50000, "ssdp:all", 2, None, None)
    assert book.answer("192.0.2.10", 50000, IGD1, None, 7) is second
    assert (list(first.replies), list(second.replies)) == ([], [7])


def test_searches_expire_in_order_when_no_response_can_belong_to_them() -> None:
    book = SearchBook()
    for at in range(5):
        book.open("192.0.2.10", 50000, "ssdp:all", 2, at * SECOND, at)
    assert [search.opened for search in book.expired(31 * SECOND)] == []
    assert [search.opened for search in book.expired(33 * SECOND)] == [0, 1]
    assert [search.opened for search in book.expired(None)] == [2, 3, 4]
    assert [search.opened for search in book.expired(None)] == []
    assert book.closed_early == 0


def test_pending_searches_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairing, "MAX_PENDING", 100)
    book = SearchBook()
    closed = []
    for number in range(1000):
        book.open(f"192.0.2.{number % 250}", number, "ssdp:all", 2, number, number)
        closed += [search.opened for search in book.expired(number)]
        assert len(book._open) <= 100
        assert len(book._latest) <= 200
    assert book.closed_early == 900
    assert closed == list(range(900))
    assert book.answer("192.0.2.0", 0, IGD1, 1000, 1) is None
    assert book.answer("192.0.2.249", 999, IGD1, 1000, 1) is not None


targets = st.sampled_from(
    [None, "ssdp:all", "SSDP:all", IGD1, IGD2, IGD1.lower(), UUID, UUID.upper(), "upnp:rootdevice"]
)
ports = st.sampled_from([1900, 50000])
addresses = st.sampled_from(["192.0.2.10", "fe80::1"])
steps = st.integers(0, 3 * SECOND) | st.integers(0, 40 * SECOND)
disorder = st.integers(0, SECOND // 2)
waits = st.none() | st.integers(0, 40)
moves = st.lists(
    st.tuples(st.booleans(), steps, disorder, addresses, ports, targets, waits), max_size=60
)


class Slow(NamedTuple):
    """A search in the reference."""

    time_ns: int
    address: str
    port: int
    st: str | None
    mx: int | None
    replies: list[int]
    late_replies: list[int]

    def fits(self, target: str | None) -> bool:
        if target is None:
            return True
        if self.st is None:
            return False
        mine, its = self.st.lower(), target.lower()
        if mine.startswith("urn:"):
            mine, its = re.sub(r":\d+$", "", mine), re.sub(r":\d+$", "", its)
        return mine in ("ssdp:all", its)


@given(moves)
def test_book_agrees_with_a_search_through_everything(
    moves: list[tuple[bool, int, int, str, int, str | None, int | None]],
) -> None:
    book = SearchBook()
    fast, slow, closed = [], [], []
    clock = 1000 * SECOND
    for frame, (is_search, step, before, address, port, target, mx) in enumerate(moves):
        clock += step
        now = clock - before
        closed += list(book.expired(now))
        if is_search:
            fast.append(book.open(address, port, target, mx, now, frame))
            slow.append(Slow(now, address, port, target, mx, [], []))
            continue
        found = book.answer(address, port, target, now, frame)
        there = [one for one in slow if (one.address, one.port) == (address, port)]
        searched = bool(there) and -SECOND <= now - there[-1].time_ns <= 30 * SECOND
        assert book.searched(address, port, now) is searched
        latest = next((one for one in reversed(there) if one.fits(target)), None)
        if latest is None or not -SECOND <= now - latest.time_ns <= 30 * SECOND:
            assert found is None
            continue
        late = latest.mx is not None and now - latest.time_ns > (latest.mx + 1) * SECOND
        (latest.late_replies if late else latest.replies).append(frame)
        assert found is not None
        assert found.time_ns == latest.time_ns
    assert [(list(one.replies), list(one.late_replies)) for one in fast] == [
        (one.replies, one.late_replies) for one in slow
    ]
    assert closed + list(book.expired(None)) == fast
