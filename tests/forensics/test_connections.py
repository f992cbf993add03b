"""Attempts to connect: what was tried, what was answered, within bounds."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.forensics.judging import Timed, capture, facts_of, http, probe
from tests.forensics.packets import START
from upnpscapy.capture import attempts
from upnpscapy.capture.attempts import AttemptReader
from upnpscapy.capture.segments import SYN
from upnpscapy.forensics.rules import RULES
from upnpscapy.forensics.run import Input, Run
from upnpscapy.forensics.watching.connections import Connections

SECOND = 1_000_000_000


def test_who_tried_what_and_got_an_answer() -> None:
    found = facts_of(
        [
            probe("192.168.1.10", "192.168.1.1", 80, at=1),
            probe("192.168.1.11", "192.168.1.1", 81, at=2, answered=False),
            probe("fe80::1", "fe80::2", 80, at=3),
            http(b"GET / HTTP/1.1\r\n\r\n", b"HTTP/1.1 204 x\r\n\r\n", at=4),
        ]
    ).connections
    first, second, last = found.to("192.168.1.1")
    assert (first.source, first.sport, first.dport) == ("192.168.1.10", 50000, 80)
    assert (first.frames, first.answered, first.time_ns) == ((1, 2), True, (START + 1) * SECOND)
    assert (second.frames, second.answered) == ((6,), False)
    assert (last.frame, last.dport) == (12, 5000)
    assert found.to("192.168.1.1", 81) == [second]
    assert found.to("192.168.1.1", source="192.168.1.10", after_ns=(START + 2) * SECOND) == [last]
    assert found.by("192.168.1.11") == [second]
    assert [one.frames for one in found.to("fe80::2")] == [(7, 8)]
    assert found.to("192.168.1.99") == []


def test_other_encapsulations() -> None:
    tagged = [
        Timed(piece.at, piece.frame[:12] + b"\x81\0\0\x07" + piece.frame[12:])
        for piece in probe("192.168.1.10", "192.168.1.1", 80)
    ]
    assert [one.frames for one in facts_of(tagged).connections.to("192.168.1.1")] == [(1, 2)]


def test_a_repeated_syn_is_one_attempt_and_a_new_connection_another() -> None:
    syn, *_ = probe("192.168.1.10", "192.168.1.1", 80, answered=False)
    again = facts_of([syn, syn._replace(at=1), syn._replace(at=100)]).connections
    assert [one.frame for one in again.to("192.168.1.1")] == [1, 3]
    whole = probe("192.168.1.10", "192.168.1.1", 80)
    reused = facts_of([whole, [piece._replace(at=piece.at + 1) for piece in whole]]).connections
    assert [one.frames for one in reused.to("192.168.1.1")] == [(1, 2), (6, 7)]


def test_frames_of_joined_files(tmp_path: Path) -> None:
    inputs = []
    for number, port in enumerate((80, 81)):
        file = tmp_path / f"{port}.pcap"
        file.write_bytes(capture(probe("192.168.1.10", "192.168.1.1", port, at=number)))
        inputs.append(Input(file.name, file))
    run = Run(inputs, join=True, facts=True, rules=RULES)
    for _ in run.messages():
        pass
    (facts,) = run.facts
    first, second = facts.connections.to("192.168.1.1")
    assert [facts.place.show(frame) for frame in first.frames] == [1, 2]
    assert [facts.place.show(frame) for frame in second.frames] == ["81.pcap:1", "81.pcap:2"]
    assert second.place.capture == "81.pcap"


@pytest.mark.parametrize(
    ("bound", "ends", "kept"),
    [
        ("MAX_TO_A_PORT", [(n % 250 + 1, 80) for n in range(40)], 10),
        ("MAX_OF_A_PAIR", [(1, port) for port in range(40)], 10),
        ("MAX_ATTEMPTS", [(n + 1, n) for n in range(40)], 10),
    ],
)
def test_bounds(
    bound: str, ends: list[tuple[int, int]], kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, bound, 10)
    reader = AttemptReader()
    for number, (host, port) in enumerate(ends):
        packed = bytes((10, 0, 0, host)) + b"\x0a\0\1\1" + number.to_bytes(2) + port.to_bytes(2)
        reader.syns.append((number, 0, packed, SYN, None))
    reader.finish()
    found = Connections(reader.tried)
    assert (len(found), found.left_out) == (kept, 40 - kept)
    assert len(found.to("10.0.1.1")) == kept


def test_senders_are_told_once_and_by_what_link(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "MAX_WAITING", 1)
    monkeypatch.setattr(attempts, "MAX_SENDERS", 3)
    reader = AttemptReader()
    one, other, six = bytes((10, 0, 0, 1)), bytes((10, 0, 0, 2)), bytes(15) + b"\1"
    ends = [(one, other), (one, other), (other, one), (six, six), (bytes((10, 0, 0, 3)), one)]
    told = []
    for number, (source, destination) in enumerate(ends):
        packed = source + destination + number.to_bytes(4)
        reader.syns.append((number, None, packed, SYN, b"\2" * 6))
        told.append(reader.senders())
    link = b"\2" * 6
    assert told == [[(one, link)], [], [(other, link)], [(six, link)], []]
