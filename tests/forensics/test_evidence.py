"""The evidence file: the frames that prove findings, no others, unchanged, and the case in it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

import upnpscapy
from tests.capture.corpus import CAPTURES, PCAPS
from tests.capture.packets import ethernet, fragments, small, udp, udp6
from tests.capture.pcap_writer import pcap
from tests.capture.tshark import needs_tshark, tshark
from tests.forensics.extracting import packets
from tests.forensics.judging import capture, http
from tests.forensics.packets import Sent, alive
from upnpscapy.errors import CaptureError, OutputError
from upnpscapy.forensics.extract import evidence_words
from upnpscapy.forensics.extract.evidence import EvidenceExtract, extract_findings
from upnpscapy.forensics.finding import Claim, Evidence, Severity
from upnpscapy.forensics.place import FILE_STRIDE
from upnpscapy.forensics.rules import Rule
from upnpscapy.forensics.selection import Selection
from upnpscapy.forensics.watching.facts import Facts

SESSION = PCAPS / "igd2-session.pcap"


def claiming(
    *numbers: int, name: str = "odd", severity: Severity = "HIGH", value: str | None = None
) -> Rule:
    """A rule that claims one thing of each capture, and proves it by these frames."""

    def judge(facts: Facts) -> Iterator[Claim]:
        one = Evidence.of("a look", facts.place, numbers, source="192.0.2.1", value=value)
        yield Claim("192.0.2.1", f"It is {name}.", "attempted", (one,), missing=("an end",))

    return Rule(name, severity, name, "", judge)


def extracted(path: Path | list[Path], out: Path, **options: Any) -> EvidenceExtract:
    """What ``extract_findings`` did, even if a file could not be read."""
    try:
        return extract_findings(path, out, **options)
    except CaptureError as error:
        partial: EvidenceExtract = error.partial
        return partial


CHOSEN = {
    name: path
    for number, (name, path) in enumerate(CAPTURES.items())
    if path.parent.name != "attacks" or number % 6 == 0
}
"""Of the many short captures of attacks one in six."""


@pytest.mark.parametrize("path", CHOSEN.values(), ids=CHOSEN)
def test_exactly_the_frames_of_the_findings_unchanged(path: Path, tmp_path: Path) -> None:
    out = tmp_path / "evidence.pcapng"
    result = extracted(path, out)
    if not result.written:
        return
    try:
        case = upnpscapy.analyze(path)
    except CaptureError as error:
        case = error.partial
    there, here = {packet.number: packet for packet in packets(path)}, packets(out)
    assert [str(one) for one in result.findings] == [str(one) for one in case.findings]
    wanted = {number for finding in case.findings for number in finding.numbers}
    numbers = [packet.origin[1] for packet in here]
    fragments_too = {number for number in numbers if number not in wanted}
    assert numbers == sorted(set(numbers))
    assert wanted <= set(numbers)
    for packet in here:
        name, number = packet.origin
        assert name == str(path)
        assert packet[1:4] == there[number][1:4]
        remarks = b"\n".join(packet.comments[1:])
        if number in fragments_too:
            assert b"a fragment of what frame" in remarks
        for finding in case.findings:
            if number in finding.numbers:
                assert f" {finding.rule.id}, {finding.outcome}".encode() in remarks
    (row,) = result.captures
    assert (row.extracted, row.findings) == (len(here), len(case.findings))


@needs_tshark
def test_tshark_shows_the_case(tmp_path: Path) -> None:
    out = tmp_path / "evidence.pcapng"
    rules = [claiming(4, 3, 500), claiming(4, name="strange", severity="LOW", value="<x>=1")]
    extract_findings(SESSION, out, rules=rules)
    lines = tshark(out, "-T", "fields", "-E", "separator=|", "-e", "frame.comment").splitlines()
    head = "upnpscapy: HIGH odd, attempted, confidence high, 192.0.2.1: a look. It is odd."
    also = (
        "upnpscapy: LOW strange, attempted, confidence high, 192.0.2.1: a look: <x>=1. "
        "It is strange."
    )
    assert lines == [
        f"upnpscapy: {SESSION} frame 3,{head}",
        f"upnpscapy: {SESSION} frame 4,{head},{also}",
        f"upnpscapy: {SESSION} frame 500,{head}",
    ]
    dump, all_dumps = (tshark(one, "-x").split("\n\n") for one in (out, SESSION))
    assert dump[:-1] == [all_dumps[number - 1] for number in (3, 4, 500)]


def test_section_names_sources_and_findings(tmp_path: Path) -> None:
    out = tmp_path / "evidence.pcapng"
    extract_findings(SESSION, out, rules=[claiming(*range(1, 41)), claiming(2, name="strange")])
    written = out.read_bytes()
    digest = hashlib.sha256(SESSION.read_bytes()).hexdigest()
    frames = ", ".join(map(str, range(1, 33)))
    for text in (
        f"SHA-256 {digest} of {SESSION}",
        f"192.0.2.1: {SESSION} frames {frames} and 8 more. It is odd. Not seen: an end.",
        f"192.0.2.1: {SESSION} frame 2. It is strange. Not seen: an end.",
    ):
        assert written.count(text.encode()) == 1
    assert b"SHA-256" in written[:200]


@pytest.mark.parametrize("order", [[0, 1, 2], [2, 0, 1], [1, 2, 0]])
@pytest.mark.parametrize("make", [udp, udp6])
def test_all_fragments_of_a_datagram(make: Any, order: list[int], tmp_path: Path) -> None:
    from scapy.layers.inet import UDP
    from scapy.layers.inet6 import IPv6ExtHdrFragment

    def parts(packet: Any, number: int) -> list[bytes]:
        if make is udp:
            packet.id = number
        else:
            ports = packet[UDP]
            packet.remove_payload()
            packet /= IPv6ExtHdrFragment(id=number) / ports
        return [ethernet(part) for part in fragments(packet, 96)]

    message, other = parts(make(), 7), parts(make(), 8)
    shots = [frame for place in order for frame in (other[place], message[place])]
    second = 1_000_000_000
    late = [(100 * second, message[0])]  # the same identification again, later
    path, out = tmp_path / "a.pcap", tmp_path / "o.pcapng"
    path.write_bytes(pcap([(second, shot) for shot in shots] + late))
    extract_findings(path, out, rules=[claiming(6)])
    found = packets(out)
    assert [packet.origin[1] for packet in found] == [2, 4, 6]
    fragment = b"a fragment of what frame 6 completes; a look."
    assert [fragment in packet.comments[1] for packet in found] == [True, True, False]


def test_several_and_joined_files(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("late.pcap", "early.pcap")]
    for path, at in zip(paths, (9, 1), strict=True):
        path.write_bytes(capture([Sent(alive(), at), Sent(alive(), at + 1, sport=at)]))
    out = tmp_path / "o.pcapng"
    result = extract_findings(paths, out, rules=[claiming(2)])
    assert [packet.origin for packet in packets(out)] == [(str(path), 2) for path in paths]
    assert [row.findings for row in result.captures] == [1, 1]
    result = extract_findings(
        paths, out, rules=[claiming(1, FILE_STRIDE + 2)], join=True, force=True
    )
    assert [packet.origin for packet in packets(out)] == [(str(paths[1]), 1), (str(paths[0]), 2)]
    assert [(row.capture, row.findings) for row in result.captures] == [
        (str(paths[1]), 1),
        (str(paths[0]), 1),
    ]
    words = f"{paths[1]} frames 1, {paths[0]}:2. It is odd."
    assert words.encode() in out.read_bytes()


def test_a_choice_of_findings(tmp_path: Path) -> None:
    out = tmp_path / "o.pcapng"
    rules = [claiming(3, severity="LOW"), claiming(4, name="strange")]

    def numbers(**options: Any) -> list[int]:
        extract_findings(SESSION, out, rules=rules, force=True, **options)
        return [packet.origin[1] for packet in packets(out)]

    assert numbers() == [3, 4]
    assert numbers(severity="MEDIUM") == [4]
    assert numbers(selection=Selection(host="192.0.2.1")) == [3, 4]
    assert numbers(selection=Selection(host="192.0.2.2")) == []


def test_no_finding_is_a_file_without_frames(tmp_path: Path) -> None:
    out = tmp_path / "o.pcapng"
    result = extract_findings(SESSION, out, rules=[])
    assert result.limits == ["there is no such finding: the file has no frame"]
    assert packets(out) == []


def test_streams_are_read_from_their_copies(tmp_path: Path) -> None:
    out = tmp_path / "o.pcapng"
    files = [BytesIO(pcap([small(number), ethernet()])) for number in (1, 2)]
    result = extract_findings(files, out, rules=[claiming(1)])
    assert [packet.data for packet in packets(out)] == [small(1), small(2)]
    assert [row.extracted for row in result.captures] == [1, 1]


def test_frames_that_are_not_there_are_not_written(tmp_path: Path) -> None:
    out = tmp_path / "o.pcapng"
    extract_findings(SESSION, out, rules=[claiming(0, 3, 505, 1 << 39)])
    assert [packet.origin[1] for packet in packets(out)] == [3]


def test_comments_are_bounded_and_printable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, bound in (("MAX_REMARKS", 3), ("MAX_FINDINGS", 2), ("LONGEST", 100)):
        monkeypatch.setattr(evidence_words, name, bound)
    out = tmp_path / "o.pcapng"
    rules = [claiming(3, name=f"r{number}", value="\x1b\n\u202e" * 50) for number in range(5)]
    extract_findings(SESSION, out, rules=rules)
    (packet,) = packets(out)
    _, *remarks, more = [comment.decode() for comment in packet.comments]
    assert [len(remark) for remark in remarks] == [100] * 3
    assert all(remark.isprintable() and "\\x1b" in remark for remark in remarks)
    assert more == "upnpscapy: evidence of 2 more findings"
    assert b"upnpscapy: 3 more findings" in out.read_bytes()


def test_one_frame_says_all_that_it_shows_of_a_finding(tmp_path: Path) -> None:
    def judge(facts: Facts) -> Iterator[Claim]:
        ones = [Evidence.of(what, facts.place, [2]) for what in ("one", "two", "one")]
        yield Claim("a", "b", "observed", tuple(ones))

    out = tmp_path / "o.pcapng"
    extract_findings(SESSION, out, rules=[Rule("odd", "LOW", "", "", judge)])
    ((_, comment),) = [packet.comments for packet in packets(out)]
    assert comment == b"upnpscapy: LOW odd, observed, confidence high, a: one; two. b"


def test_rule_that_fails_does_not_stop_the_others(tmp_path: Path) -> None:
    def fail(_: Facts) -> Iterator[Claim]:
        yield from [Claim("a", "b", "observed", ())] * (1 // 0)

    out = tmp_path / "o.pcapng"
    rules = [Rule("bad", "LOW", "", "", fail), claiming(7)]
    result = extract_findings(SESSION, out, rules=rules)
    assert [failure.rule.id for failure in result.rule_failures] == ["bad"]
    assert [packet.origin[1] for packet in packets(out)] == [7]


def test_unreadable_files_and_damage(tmp_path: Path) -> None:
    good = pcap([small(1), small(2)])
    damaged, none = tmp_path / "damaged.pcap", tmp_path / "none.pcap"
    damaged.write_bytes(good + b"\xff" * 40)
    none.write_bytes(b"nothing")
    out = tmp_path / "o.pcapng"
    with pytest.raises(CaptureError) as raised:
        extract_findings([none, damaged, tmp_path / "missing"], out, rules=[claiming(2)])
    result = raised.value.partial
    assert [Path(error.path).name for error in result.errors] == [
        "none.pcap",
        "damaged.pcap",
        "missing",
    ]
    assert [(row.capture, row.extracted) for row in result.captures] == [(str(damaged), 1)]
    assert [packet.origin for packet in packets(out)] == [(str(damaged), 2)]


def test_input_is_never_written_over(tmp_path: Path) -> None:
    path = tmp_path / "a.pcap"
    path.write_bytes(pcap([small(1)]))
    with pytest.raises(OutputError, match="is an input"):
        extract_findings(path, path, force=True)


def test_real_rules_on_an_attack(tmp_path: Path) -> None:
    body = (
        b'<?xml version="1.0"?><s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/">'
        b'<s:Body><u:AddPortMapping xmlns:u="urn:schemas-upnp-org:service:WANIPConnection:1">'
        b"<NewRemoteHost></NewRemoteHost><NewExternalPort>1</NewExternalPort>"
        b"<NewProtocol>TCP</NewProtocol><NewInternalPort>1</NewInternalPort>"
        b"<NewInternalClient>`reboot`</NewInternalClient><NewEnabled>1</NewEnabled>"
        b"<NewPortMappingDescription>x</NewPortMappingDescription>"
        b"<NewLeaseDuration>0</NewLeaseDuration></u:AddPortMapping></s:Body></s:Envelope>"
    )
    request = (
        b"POST /wanipcn.xml HTTP/1.1\r\nHOST: 192.168.1.1:52869\r\nCONTENT-TYPE: text/xml\r\n"
        b'SOAPACTION: "urn:schemas-upnp-org:service:WANIPConnection:1#AddPortMapping"\r\n'
        b"CONTENT-LENGTH: %d\r\n\r\n" % len(body)
    ) + body
    path, out = tmp_path / "a.pcap", tmp_path / "o.pcapng"
    path.write_bytes(capture([Sent(alive()), http(request, None, port=52869, at=1)]))
    result = extract_findings(path, out, severity="CRITICAL")
    assert {finding.rule.id for finding in result.findings} == {"cve-2014-8361"}
    found = packets(out)
    assert b"`reboot`" in b"".join(packet.data for packet in found)
    assert all(b"CRITICAL cve-2014-8361, attempted" in packet.comments[1] for packet in found)
