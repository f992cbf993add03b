"""The rules' facts over whole passes: fed only when asked, right in joined files, any link type."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator
from pathlib import Path
from struct import pack

import pytest

from tests.forensics.controlling import ADD, ADDED
from tests.forensics.judging import Timed, arp, capture, dns_answer, facts_of, http, judged, probe
from tests.forensics.packets import Sent, alive, pcap
from upnpscapy import analyze
from upnpscapy.capture import attempts
from upnpscapy.forensics.rules import RULES, Claim, Evidence, rule
from upnpscapy.forensics.rules.floods import notify_flood
from upnpscapy.forensics.rules.locations import location_scheme
from upnpscapy.forensics.watching import watch
from upnpscapy.forensics.watching.facts import Facts

BAD = "intent:x"


def bad(at: float = 0, src: str = "192.168.1.66") -> Sent:
    return Sent(alive(LOCATION=BAD), at, src)


@rule("each-call", "INFO", "Each call")
def each_call(facts: Facts) -> Iterator[Claim]:
    for call in facts.calls:
        evidence = Evidence.of("the call", call.place, call.frames, call.time_ns, call.client)
        yield Claim(call.server, f"{call.action} was called.", "accepted", (evidence,))


@rule("fails", "INFO", "Fails")
def fails(facts: Facts) -> Iterator[Claim]:
    yield from ()
    raise LookupError("no luck")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "a.pcap"
    path.write_bytes(capture([bad(), http(ADD, ADDED, at=1)]))
    return path


def test_analyze_judges_by_itself(file: Path) -> None:
    case = analyze(file)
    assert [row.rule.id for row in case.findings if row.severity == "HIGH"] == ["location-scheme"]
    assert case.rule_failures == []
    (facts,) = case.facts
    assert facts.start_ns == bad().time_ns
    assert facts.end_ns is not None
    assert facts.calls == list(case.calls)
    assert facts.devices == list(case.devices)


@pytest.mark.parametrize("options", [{"rules": ()}, {"http": False}])
def test_without_rules_nothing_is_gathered(
    options: dict[str, object], file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(watch, "Watch")
    case = analyze(file, **options)  # type: ignore[arg-type]
    assert (list(case.findings), case.facts) == ([], [])
    with pytest.raises(ValueError, match="without rules"):
        case.judge(each_call)
    assert sum(1 for _ in case.messages) == 1


def test_a_rule_of_one_s_own(file: Path) -> None:
    case = analyze(file, rules=[*RULES, each_call])
    assert "each-call" in {row.rule.id for row in case.findings}
    later = analyze(file).judge(each_call)
    assert [(row.subject, list(row.frames)) for row in later] == [("192.168.1.1", [5, 7])]
    assert next(later.to_dicts())["rule"] == "each-call"


def test_a_rule_that_fails_is_told(file: Path) -> None:
    case = analyze(file, rules=[fails, each_call])
    assert [row.rule for row in case.findings] == [each_call]
    (failure,) = case.rule_failures
    assert str(failure).startswith("rule fails failed: LookupError: no luck (test_watch.py:")
    with pytest.raises(LookupError):
        case.judge(fails)


def test_networks_that_are_none(file: Path) -> None:
    with pytest.raises(ValueError, match="300"):
        analyze(file, local_networks=["300.0.0.0/8"])


def test_independent_files_are_judged_apart(tmp_path: Path) -> None:
    paths = []
    for name in "ab":
        paths.append(tmp_path / f"{name}.pcap")
        paths[-1].write_bytes(pcap([bad()]))
    case = analyze([str(path) for path in paths], rules=[location_scheme])
    assert [(row.capture, list(row.frames)) for row in case.findings] == [
        (str(paths[0]), [1]),
        (str(paths[1]), [1]),
    ]


def test_evidence_of_a_joined_capture_names_the_file(tmp_path: Path) -> None:
    first, second = tmp_path / "first.pcap", tmp_path / "second.pcap"
    first.write_bytes(capture([arp("10.0.0.9"), bad(1)]))
    second.write_bytes(
        capture(
            [bad(10), bad(11, "192.168.1.67"), *(Sent(alive(), 12 + n / 50) for n in range(400))]
        )
    )
    case = analyze([second, first], join=True, rules=[location_scheme, notify_flood])
    one, two, flood = case.findings
    assert list(one.frames) == [2, f"{second}:1"]
    assert (one.capture, one.filter) == (str(first), "frame.number in {2}")
    assert (two.capture, list(two.frames)) == (str(second), [2])
    assert flood.capture == str(second)
    assert next(iter(flood.frames)) == 3


def tagged(frame: bytes) -> bytes:
    return frame[:12] + b"\x81\0\0\x07" + frame[12:]


def cooked(frame: bytes) -> bytes:
    return pack(">HHH", 0, 1, 6) + frame[6:12] + b"\0\0" + frame[12:]


@pytest.mark.parametrize(("wrap", "link_type"), [(None, 1), (tagged, 1), (cooked, 113)])
def test_every_encapsulation_tells_the_same(wrap: object, link_type: int, tmp_path: Path) -> None:
    pieces: list[Sent | Timed] = [
        bad(),
        arp("203.0.113.7", at=1),
        *probe("192.168.1.10", "192.168.1.1", 80, at=2),
        dns_answer("a.example", "192.168.1.9", at=3),
    ]
    frames = [
        Timed(piece.at, wrap(piece.frame) if callable(wrap) else piece.frame) for piece in pieces
    ]
    data = bytearray(capture(frames))
    data[20] = link_type
    path = tmp_path / "a.pcap"
    path.write_bytes(data)
    (facts,) = analyze(path).facts
    assert [one.sighting.ssdp.location for one in facts.messages] == [BAD]
    assert facts.surroundings.is_local("203.0.113.7")
    assert [one.frames for one in facts.connections.to("192.168.1.1")] == [(3, 4)]
    assert [one.frame for one in facts.names.of("a.example")] == [8]


def test_the_same_message_twice_is_one_finding() -> None:
    pieces = [bad(), bad(0.001)._replace(mac="02:00:00:00:00:77"), bad(0.002)._replace(vlan=7)]
    run = judged(pieces, [location_scheme])
    (finding,) = run.findings
    assert finding.numbers[0] == 1


def test_what_was_left_out_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "MAX_ATTEMPTS", 1)
    pieces = [probe("192.168.1.10", "192.168.1.1", port) for port in (80, 81, 82)]
    run = judged(pieces, [location_scheme])
    assert run.captures[0].limits == ["2 attempts to connect kept from the rules"]
    assert len(facts_of(pieces).connections) == 1


def test_nothing_of_the_watch_waits_for_the_cyclic_collector(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left: list[weakref.ref[watch.Watch]] = []
    plain = watch.Watch.close

    def close(self: watch.Watch) -> None:
        left.append(weakref.ref(self))
        plain(self)

    monkeypatch.setattr(watch.Watch, "close", close)
    gc.disable()
    try:
        case = analyze(file)
        assert [one() for one in left] == [None]
    finally:
        gc.enable()
    assert len(case.findings) > 0


def test_what_rules_have_in_common_is_worked_out_once() -> None:
    facts, asked = facts_of([Sent(alive())]), []

    def count(given: Facts) -> int:
        asked.append(given)
        return len(given.messages)

    assert (facts.once(count), facts.once(count), asked) == (1, 1, [facts])
