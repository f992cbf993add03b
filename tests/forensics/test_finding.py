"""Findings as rows: evidence bounded, frames and times joined, choices by host and device."""

from __future__ import annotations

import pytest

from upnpscapy.forensics.finding import FINDING_COLUMNS, Claim, Evidence, Finding
from upnpscapy.forensics.place import FILE_STRIDE, Place
from upnpscapy.forensics.rules.rule import Rule, rule
from upnpscapy.forensics.selection import Selection

FIRST = Place("a.pcap", 0, ("a.pcap", "b.pcap"))
SECOND = Place("b.pcap", 1, ("a.pcap", "b.pcap"))
RULE = Rule("some", "LOW", "Some", "", lambda _: iter(()), "CVE-1", "T1")


def claim(*evidence: Evidence, subject: str = "192.0.2.1", severity: object = None) -> Claim:
    return Claim(subject, "a note", "observed", evidence, severity=severity)  # type: ignore[arg-type]


def seen(
    *frames: int, value: str | None = None, time_ns: int = 5, place: Place = FIRST
) -> Evidence:
    return Evidence.of("it", place, frames, time_ns, "192.0.2.7", "192.0.2.8", value, time_ns + 2)


def test_the_row() -> None:
    row = Finding(RULE, claim(seen(7, 3), seen(3, 4, time_ns=1_000_000_000)))
    columns = {name: row.column(name) for name in FINDING_COLUMNS}
    assert list(columns.pop("frames")) == [3, 4, 7]  # type: ignore[call-overload]
    assert columns == {
        "capture": "a.pcap",
        "rule": "some",
        "severity": "LOW",
        "outcome": "observed",
        "confidence": "high",
        "subject": "192.0.2.1",
        "note": "a note",
        "missing": [],
        "first_time": "1970-01-01T00:00:00.000000005Z",
        "last_time": "1970-01-01T00:00:01.000000002Z",
        "reference": "CVE-1",
        "technique": "T1",
        "filter": "frame.number in {3, 4, 7}",
    }


def test_frames_of_joined_files_name_their_file() -> None:
    row = Finding(RULE, claim(seen(7), seen(FILE_STRIDE + 2, place=SECOND)))
    assert list(row.frames) == [7, "b.pcap:2"]
    assert row.filter == "frame.number in {7}"


def test_values_and_frames_are_bounded() -> None:
    row = Finding(RULE, claim(seen(*range(1, 2000), value="A" * 5000)))
    value = row.evidence[0].value
    assert value is not None
    assert value.endswith("… (5000 characters)")
    assert len(value) < 300
    assert (row.frames.count, len(row.frames)) == (1999, 257)
    assert row.filter is not None
    assert len(row.filter) < 500


@pytest.mark.parametrize("evidence", [(), (seen(),)])
def test_a_claim_without_a_frame_is_refused(evidence: tuple[Evidence, ...]) -> None:
    with pytest.raises(ValueError, match="some claims something without a frame"):
        Finding(RULE, claim(*evidence))


def test_a_claim_has_its_own_severity() -> None:
    assert Finding(RULE, claim(seen(1), severity="CRITICAL")).severity == "CRITICAL"
    with pytest.raises(ValueError, match="a severity that is none: 'BAD'"):
        Finding(RULE, claim(seen(1), severity="BAD"))


@pytest.mark.parametrize(
    ("choice", "chosen"),
    [
        (Selection(host="192.0.2.1"), True),
        (Selection(host="192.0.2.7"), True),
        (Selection(host="192.0.2.8"), True),
        (Selection(host="192.0.2.9"), False),
        (Selection(host="192.0.2"), False),
        (Selection(udn="ABC-1"), True),
        (Selection(udn="uuid:abc-2"), False),
        (Selection(since_ns=7), True),
        (Selection(since_ns=8), False),
        (Selection(until_ns=4), False),
    ],
)
def test_choices(choice: Selection, chosen: bool) -> None:
    row = Finding(RULE, claim(seen(1, value="uuid:abc-1::x"), subject="192.0.2.1:5000 of LAN"))
    assert choice.includes(row) is chosen


@pytest.mark.parametrize(
    ("id", "severity", "reason"),
    [("x", "SEVERE", "'SEVERE' is none of INFO"), ("No Word", "LOW", "an id is of")],
)
def test_a_rule_must_be_well_named(id: str, severity: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        rule(id, severity, "Title")  # type: ignore[arg-type]
