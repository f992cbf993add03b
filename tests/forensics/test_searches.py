"""Searches of whole captures: what is listed, with which frames, and when it is."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.forensics.packets import (
    CLIENT,
    DEVICE,
    GROUP,
    GROUP6,
    Sent,
    alive,
    message,
    pcap,
    pcapng_without_times,
    response,
    search,
    write,
)
from upnpscapy import analyze
from upnpscapy.forensics.case import Case
from upnpscapy.forensics.run import Input, Run


def asked(at: float, payload: bytes | None = None, **more: Any) -> Sent:
    sent = Sent(search() if payload is None else payload, at, CLIENT, 50000)
    return sent._replace(**more)


def answered(at: float, payload: bytes | None = None, **more: Any) -> Sent:
    sent = Sent(response() if payload is None else payload, at, DEVICE, 1900, CLIENT, 50000)
    return sent._replace(**more)


def replies(case: Case) -> list[tuple[int, list[object], list[object]]]:
    rows = case.searches.to_dicts()
    return [(row["frame"], row["replies"], row["late_replies"]) for row in rows]


def test_replies_and_late_replies_are_apart(tmp_path: Path) -> None:
    sent = [asked(0), answered(1), answered(2.9), answered(3.1), answered(30.1)]
    case = analyze(write(tmp_path / "a.pcap", sent))
    assert replies(case) == [(1, [2, 3], [4])]
    assert (case.search_count, case.answered_count) == (1, 1)
    assert case.kinds == {"search": 1, "response": 4}


def test_unicast_search_without_mx_is_to_be_answered_within_a_second(tmp_path: Path) -> None:
    unicast = search(mx=None)
    sent = [asked(0, unicast, dst=DEVICE), answered(0.9), answered(1.1)]
    assert replies(analyze(write(tmp_path / "a.pcap", sent))) == [(1, [2], [3])]


@pytest.mark.parametrize("group", [GROUP, "255.255.255.255"])
def test_multicast_search_without_mx_has_no_late_replies(tmp_path: Path, group: str) -> None:
    sent = [asked(0, search(mx=None), dst=group), answered(0.9), answered(29)]
    assert replies(analyze(write(tmp_path / "a.pcap", sent))) == [(1, [2, 3], [])]


def test_over_ipv6(tmp_path: Path) -> None:
    sent = [
        asked(0, src="fe80::10", dst=GROUP6),
        answered(1, src="fe80::1", dst="fe80::10"),
        answered(1, src="fe80::1", dst="fe80::11"),
    ]
    assert replies(analyze(write(tmp_path / "a.pcap", sent))) == [(1, [2], [])]


def test_reply_from_an_ephemeral_port_belongs_to_the_search(tmp_path: Path) -> None:
    sent = [asked(0), answered(1, sport=37565)]
    case = analyze(write(tmp_path / "a.pcap", sent))
    assert replies(case) == [(1, [2], [])]
    assert case.messages[1].column("defects") == ["reply-port"]


def test_reply_without_st_and_usn_is_known_by_the_pending_search(tmp_path: Path) -> None:
    bare = message("HTTP/1.1 200 OK", {"LOCATION": "http://192.0.2.1/"})
    sent = [
        answered(0, bare, sport=37565),
        asked(1),
        answered(2, bare, sport=37565),
        answered(40, bare, sport=37565),
    ]
    case = analyze(write(tmp_path / "a.pcap", sent))
    assert [row.frame for row in case.messages] == [2, 3]
    assert replies(case) == [(2, [3], [])]


def test_unsolicited_response_is_a_message_of_no_search(tmp_path: Path) -> None:
    case = analyze(write(tmp_path / "a.pcap", [answered(0), asked(1)]))
    assert replies(case) == [(2, [], [])]
    assert case.kinds == {"response": 1, "search": 1}


def test_every_message_of_kind_search_is_a_row(tmp_path: Path) -> None:
    sent = [
        asked(0),
        asked(1, search(st=None)),
        asked(2, search(st="")),
        asked(3, search(st=None, MAN=None)),
        asked(4, message("M-SEARCH * HTTP/1.1", {})),
        asked(5, message("M-SEARCH * HTTP/1.1", {}), dport=32412),
    ]
    case = analyze(write(tmp_path / "a.pcap", sent))
    frames = [row.frame for row in case.messages if row.kind == "search"]
    assert frames == [1, 2, 3, 4, 5], "Plex GDM on 32412 is no SSDP"
    assert [row.frame for row in case.searches] == frames


def test_without_times_searches_stay_open(tmp_path: Path) -> None:
    path = tmp_path / "a.pcapng"
    sent = [asked(0), asked(0, src="192.0.2.11"), answered(0), answered(0, dst="192.0.2.11")]
    path.write_bytes(pcapng_without_times(sent))
    case = analyze(path)
    assert replies(case) == [(1, [3], []), (2, [4], [])]
    assert [row["time"] for row in case.searches.to_dicts()] == [None, None]
    assert [device.state for device in case.devices] == ["unknown"]


class Pieces(io.BytesIO):
    """A pipe into which one datagram is written at a time."""

    def __init__(self, sent: list[Sent], watch: Callable[[], None]) -> None:
        super().__init__()
        self.watch = watch
        self.pieces = [pcap(sent[:1]), *[pcap([one])[24:] for one in sent[1:]]]

    def read1(self, size: int | None = -1, /) -> bytes:
        self.watch()
        return self.pieces.pop(0) if self.pieces else b""


def test_search_is_handed_on_when_its_time_is_over() -> None:
    found: list[int] = []
    seen: list[list[int]] = []
    sent = [asked(0), Sent(alive(), 10), Sent(alive(), 40), Sent(alive(), 41)]
    pipe = Pieces(sent, lambda: seen.append(list(found)))
    run = Run([Input("-", pipe)], on_search=lambda row: found.append(row.frame))
    assert len(list(run.messages())) == 4
    # Before each piece, and before the end.
    assert seen[:5] == [[], [], [], [1], [1]]


def test_searches_come_in_the_order_they_were_sent(tmp_path: Path) -> None:
    sent = [asked(at, src=f"192.0.2.{20 + at % 7}") for at in range(0, 200, 3)]
    case = analyze(write(tmp_path / "a.pcap", sent))
    assert [row.frame for row in case.searches] == list(range(1, len(sent) + 1))


def test_files_are_independent_unless_joined(tmp_path: Path) -> None:
    one = write(tmp_path / "one.pcap", [asked(0)])
    two = write(tmp_path / "two.pcap", [answered(1), asked(2), answered(3)])
    apart = analyze([two, one])
    assert [row["capture"] for row in apart.searches.to_dicts()] == [two, one]
    assert replies(apart) == [(2, [3], []), (1, [], [])]
    joined = analyze([two, one], join=True)
    assert [row["capture"] for row in joined.searches.to_dicts()] == [one, two]
    assert replies(joined) == [(1, [f"{two}:1"], []), (2, [3], [])]


def test_rows_are_read_anew_each_time(tmp_path: Path) -> None:
    path = tmp_path / "a.pcap"
    path.write_bytes(pcap([asked(0), answered(1)]))
    case = analyze(path)
    assert replies(case) == replies(case) == [(1, [2], [])]
    assert [row.frame for row in case.messages] == [row.frame for row in case.messages] == [1, 2]
