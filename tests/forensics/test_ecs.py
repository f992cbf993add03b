"""Findings for a SIEM: fields of the schema, flows of the evidence, and nothing made up."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest

from tests.capture.corpus import CAPTURES, frames
from tests.capture.packets import ethernet, fragments, udp
from tests.capture.pcap_writer import pcap
from tests.capture.tshark import needs_tshark, tshark
from tests.cli.command import PCAPS, run
from tests.forensics.judging import arp, capture, dns_answer, http
from tests.forensics.packets import DEVICE, Sent, alive
from upnpscapy.forensics.attack_technique import NAMES, techniques
from upnpscapy.forensics.ecs import SEVERITY_NUMBERS, ecs_documents
from upnpscapy.forensics.finding import SEVERITIES, Claim, Evidence
from upnpscapy.forensics.flow import community_id, read_flows
from upnpscapy.forensics.place import FILE_STRIDE, Place
from upnpscapy.forensics.rules import RULES, Rule
from upnpscapy.forensics.run import Input, Run
from upnpscapy.forensics.watching.facts import Facts

PUBLISHED = {
    # of the specification's and its reference implementation's documents
    ("tcp", "127.0.0.1", 1234, "10.0.0.1", 80): "1:mgRgpIZSu0KHDp/QrtcWZpkJpMU=",
    ("tcp", "10.0.0.1", 10, "10.0.0.2", 20): "1:9j2Dzwrw7T9E+IZi4b4IVT66HBI=",
    ("tcp", "128.232.110.120", 34855, "66.35.250.204", 80): "1:LQU9qZlK+B5F3KDmev6m5PMibrg=",
    ("udp", "192.168.1.52", 54585, "8.8.8.8", 53): "1:d/FP5EW3wiY1vCndhwleRRKHowQ=",
}


@pytest.mark.parametrize("flow", PUBLISHED)
def test_published_community_ids_in_both_directions(flow: tuple[str, str, int, str, int]) -> None:
    transport, source, sport, destination, dport = flow
    number = {"tcp": 6, "udp": 17}[transport]
    ends = ip_address(source), sport, ip_address(destination), dport
    assert community_id(number, *ends) == PUBLISHED[flow]
    assert community_id(number, *ends[2:], *ends[:2]) == PUBLISHED[flow]


@needs_tshark
@pytest.mark.parametrize(
    "name",
    "discovery.pcapng cooked.pcap cooked-v1.pcap igd2-session.pcap ipv6.pcap vlan.pcap".split(),
)
def test_flows_and_community_ids_are_those_of_tshark(name: str) -> None:
    path = PCAPS / name
    fields = "frame.number ip.src ipv6.src tcp.srcport udp.srcport communityid".split()
    asked = [word for field in fields for word in ("-e", field)]
    options = ("-E", "occurrence=f", "-Y", "(tcp || udp) && !icmp && !icmpv6")
    text = tshark(path, "--enable-protocol", "communityid", "-T", "fields", *asked, *options)
    expected = {}
    for line in text.splitlines():
        number, v4, v6, tcp_port, udp_port, known = line.split("\t")
        expected[int(number)] = (v4 or v6, int(tcp_port or udp_port), known)
    count = len(frames(path).frames)
    found = {
        number: (
            str(flow.source),
            flow.sport,
            community_id(flow.protocol, flow.source, flow.sport, flow.destination, flow.dport),
        )
        for number, flow in read_flows(path, range(1, count + 1)).items()
    }
    assert expected
    assert found == expected


def test_flows_of_what_has_none_are_not_made_up(tmp_path: Path) -> None:
    path = tmp_path / "a.pcap"
    first, *others = [ethernet(part) for part in fragments(udp(id=7), 96)]
    path.write_bytes(pcap([*others, first, arp("192.0.2.1").frame, b"", ethernet()[:30]]))
    assert list(read_flows(path, range(-1, 99))) == [3]
    assert read_flows(tmp_path / "missing", [1]) == {}


def documents(
    pieces: list[Any], *claims: Claim, technique: str | None = None, reference: str | None = None
) -> list[dict[str, Any]]:
    """What is written of a capture in which one rule claims this."""

    def judge(_: Facts) -> Iterator[Claim]:
        yield from claims

    rule = Rule("odd", "HIGH", "Odd things", "Looks for them.", judge, reference, technique)
    data = capture(pieces)
    made = Run([Input("x/made.pcap", io.BytesIO(data))], facts=True, rules=[rule])
    for _ in made.messages():
        pass
    assert made.rule_failures == []
    return list(ecs_documents(made.findings, made.captures, lambda _: io.BytesIO(data)))


HERE = Place("x/made.pcap", 0, ("x/made.pcap",))


def test_document_of_a_finding() -> None:
    request = b"GET / HTTP/1.1\r\nHOST: a\r\n\r\n"
    answer = b"HTTP/1.1 200 OK\r\nCONTENT-LENGTH: 0\r\n\r\n"
    talk = http(request, answer, client="192.168.1.10", server="192.168.1.1", sport=40000, port=80)
    claim = Claim(
        "192.168.1.1",
        "It \x1b[31m happened.",
        "accepted",
        (
            Evidence.of("the request", HERE, [4], talk[3].time_ns, value="a=\u202eb"),
            Evidence.of("the answer", HERE, [6], talk[5].time_ns),
            Evidence.of("what a name is", HERE, [99], None, "fe80::1%eth0", "02:00:00:00:00:07"),
        ),
        "medium",
        ("the end",),
        "MEDIUM",
    )
    (document,) = documents(
        [talk], claim, technique="T1552, T1499.002, T1557", reference="CVE-2020-1"
    )
    ends = {
        "source": {"ip": "192.168.1.10", "port": 40000, "mac": "02-00-C0-A8-01-0A"},
        "destination": {"ip": "192.168.1.1", "port": 80},
    }
    flow = community_id(6, ip_address("192.168.1.10"), 40000, ip_address("192.168.1.1"), 80)
    first, second = (f"2023-11-14T22:13:20.00{number}000000Z" for number in (3, 5))
    event = document.pop("event")
    assert len(event.pop("id")) == 32
    assert event == {
        "kind": "alert",
        "module": "upnpscapy",
        "dataset": "upnpscapy.findings",
        "category": ["intrusion_detection", "network"],
        "type": ["allowed"],
        "outcome": "success",
        "severity": 47,
        "start": first,
        "end": second,
    }
    digest = document["file"]["hash"]["sha256"]
    assert len(digest) == 64
    assert document.pop("observer")["product"] == "upnpscapy"
    own = document.pop("upnpscapy")
    assert document == {
        "@timestamp": first,
        "ecs": {"version": "8.11.0"},
        "message": "It \x1b[31m happened.",
        "rule": {
            "id": "odd",
            "name": "Odd things",
            "description": "Looks for them.",
            "reference": "CVE-2020-1",
            "ruleset": "upnpscapy",
        },
        "threat": {
            "framework": "MITRE ATT&CK",
            "technique": {
                "id": ["T1552", "T1499", "T1557"],
                "name": [
                    "Unsecured Credentials",
                    "Endpoint Denial of Service",
                    "Adversary-in-the-Middle",
                ],
                "subtechnique": {"id": ["T1499.002"]},
            },
        },
        **ends,
        "network": {"transport": "tcp", "type": "ipv4", "community_id": flow},
        "file": {"name": "made.pcap", "path": "x/made.pcap", "hash": {"sha256": digest}},
        "related": {"ip": ["192.168.1.1", "192.168.1.10", "fe80::1"], "hash": [digest]},
    }
    assert own == {
        "severity": "MEDIUM",
        "outcome": "accepted",
        "confidence": "medium",
        "subject": "192.168.1.1",
        "missing": ["the end"],
        "frames": ["4", "6", "99"],
        "filter": "frame.number in {4, 6, 99}",
        "evidence": [
            {
                "what": "the request",
                "capture": "x/made.pcap",
                "frames": ["4"],
                "time": first,
                "value": "a=\u202eb",
                "community_id": flow,
                **ends,
            },
            {
                "what": "the answer",
                "capture": "x/made.pcap",
                "frames": ["6"],
                "time": second,
                "community_id": flow,
                "source": {"ip": "192.168.1.1", "port": 80, "mac": "02-00-C0-A8-01-01"},
                "destination": {"ip": "192.168.1.10", "port": 40000},
            },
            {
                "what": "what a name is",
                "capture": "x/made.pcap",
                "frames": ["99"],
                "source": {"ip": "fe80::1"},
                "destination": {"address": "02:00:00:00:00:07"},
            },
        ],
    }


@pytest.mark.parametrize(
    ("piece", "protocol"),
    [
        (Sent(alive()), "ssdp"),
        (dns_answer("a.example", "192.0.2.9"), "dns"),
        (arp("192.0.2.1"), None),
    ],
    ids=["discovery", "DNS", "ARP"],
)
def test_what_is_spoken(piece: Any, protocol: str | None) -> None:
    evidence = Evidence.of("it", HERE, [1], source=DEVICE)
    (document,) = documents([piece], Claim("a", "b", "observed", (evidence,)))
    assert document.get("network", {}).get("protocol") == protocol
    assert document["source"]["ip"]
    assert "outcome" not in document["event"]
    assert ("@timestamp" in document) is (protocol is not None)


def test_vlan_and_time_come_from_the_frame() -> None:
    sent = Sent(alive(), 7, vlan=20)
    (document,) = documents([sent], Claim("a", "b", "attempted", (Evidence.of("it", HERE, [1]),)))
    assert document["network"]["vlan"] == {"id": "20"}
    assert document["@timestamp"] == "2023-11-14T22:13:27.000000000Z"
    assert document["event"]["outcome"] == "unknown"


def test_identity_is_that_of_the_finding() -> None:
    one = Claim("a", "b", "observed", (Evidence.of("it", HERE, [1]),))
    claims = one, one._replace(subject="c"), one._replace(note="d")
    twice = [documents([Sent(alive())], *claims) for _ in range(2)]
    names = [[document["event"]["id"] for document in found] for found in twice]
    assert names[0] == names[1]
    assert len(set(names[0])) == 3
    other = documents([Sent(alive(), 1)], one)[0]["event"]["id"]
    assert other not in names[0]


def test_evidence_in_another_of_joined_files(tmp_path: Path) -> None:
    paths = [tmp_path / "a.pcap", tmp_path / "b.pcap"]
    for number, path in enumerate(paths):
        path.write_bytes(capture([Sent(alive(), number, sport=5000 + number)]))

    def judge(facts: Facts) -> Iterator[Claim]:
        places = facts.place, facts.place._replace(capture=str(paths[1]), ordinal=1)
        evidence = [Evidence.of("it", place, [place.base + 1]) for place in places]
        across = Evidence.of("it", places[0], [FILE_STRIDE + 1])
        yield Claim("a", "b", "observed", (*evidence, across))

    rule = Rule("odd", "HIGH", "Odd", "", judge)
    made = Run([Input(str(path), path) for path in paths], join=True, facts=True, rules=[rule])
    for _ in made.messages():
        pass
    (document,) = ecs_documents(made.findings, made.captures, str)
    evidence = document["upnpscapy"]["evidence"]
    assert [one["source"]["port"] for one in evidence] == [5000, 5001, 5001]
    assert [one["frames"] for one in evidence] == [["1"], ["1"], [f"{paths[1]}:1"]]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_techniques_of_rules_have_names(rule: Rule) -> None:
    found = techniques(rule.technique)
    assert bool(found) is (rule.technique is not None)
    for one in found:
        assert one.name is not None
        assert one.parent is None or one.parent.name is not None


def test_parts_of_techniques_have_their_whole_in_the_table() -> None:
    assert all(name.partition(".")[0] in NAMES for name in NAMES)
    assert techniques(None) == techniques("none") == []


def test_severities_ascend() -> None:
    numbers = [SEVERITY_NUMBERS[name] for name in SEVERITIES]
    assert numbers == sorted(set(numbers))


def test_command_writes_a_line_for_each_finding(tmp_path: Path) -> None:
    path = PCAPS / "igd2-session.pcap"
    rows = run("findings", str(path), "-T", "jsonl").jsonl
    result = run("findings", str(path), "-T", "ecs")
    assert (result.status, result.err) == (0, "")
    found = result.jsonl
    assert [one["rule"]["id"] for one in found] == [row["rule"] for row in rows] != []
    assert [one["message"] for one in found] == [row["note"] for row in rows]
    assert all(one["network"]["community_id"].startswith("1:") for one in found)
    piped = run("findings", "-", "-T", "ecs", stdin=path.read_bytes())
    for one in found:
        for part in (one["file"], *one["upnpscapy"]["evidence"]):
            part["path" if "path" in part else "capture"] = "-"
        one["file"]["name"] = "-"
    assert (piped.status, piped.jsonl) == (0, found)


def test_command_writes_nothing_a_terminal_obeys(tmp_path: Path) -> None:
    rules = tmp_path / "odd.py"
    rules.write_text(
        "from upnpscapy.forensics.finding import Claim, Evidence\n"
        "from upnpscapy.forensics.rules import rule\n"
        "@rule('odd', 'HIGH', 'Odd')\n"
        "def odd(facts):\n"
        "    value = '\\x1b\\u2028\\ud800'\n"
        "    one = Evidence.of('it', facts.place, [1], None, '\\x9b', value=value)\n"
        "    yield Claim('\\x7f', '\\n', 'observed', (one,))\n"
    )
    path = tmp_path / "a.pcap"
    path.write_bytes(capture([Sent(alive())]))
    result = run("findings", str(path), "-T", "ecs", "--rules", str(rules), "--severity", "HIGH")
    assert result.status == 0
    (line,) = result.out.decode().splitlines()
    assert line.isprintable()
    assert json.loads(line)["upnpscapy"]["evidence"][0]["value"] == "\x1b\u2028\ud800"


def test_only_findings_are_written_so() -> None:
    assert run("calls", str(next(iter(CAPTURES.values()))), "-T", "ecs").status == 2
