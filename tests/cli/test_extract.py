"""``upnpscapy extract``: what it writes, what it says, and what it refuses."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.capture.conversation import Conversation, get, response
from tests.capture.packets import small
from tests.capture.pcap_writer import pcap
from tests.cli.command import FORMS, PCAPS, run
from tests.cli.refused import REFUSED, check_refusal, judges_refused
from tests.forensics.descriptions import device_xml, root_xml
from tests.forensics.extracting import capture, packets
from upnpscapy.forensics.extract import objects as extract_objects

SESSION = str(PCAPS / "igd2-session.pcap")
MEDIA = str(PCAPS / "media-server.pcap")


@pytest.mark.parametrize("form", FORMS)
def test_frames_in_every_form(form: str, tmp_path: Path) -> None:
    out = tmp_path / "upnp.pcapng"
    result = run("extract", SESSION, "-o", str(out), "-T", form)
    assert (result.status, result.err) == (0, "")
    found = packets(out)
    text = result.out.decode()
    expected = [SESSION, "504", "51", str(len(found))]
    if form == "text":
        assert [word for word in text.splitlines()[-1].split() if len(word) != 64] == expected
    elif form == "csv":
        _, (name, _, *counts) = csv.reader(io.StringIO(text))
        assert [name, *counts] == expected
    else:
        rows = json.loads(text) if form == "json" else [json.loads(text)]
        assert [str(rows[0][name]) for name in ("capture", "frames", "messages", "extracted")] == (
            expected
        )
        assert list(rows[0]) == ["capture", "sha256", "frames", "messages", "extracted"]


def test_standard_input_is_the_same(tmp_path: Path) -> None:
    out, piped = tmp_path / "a.pcapng", tmp_path / "b.pcapng"
    run("extract", SESSION, "-o", str(out))
    result = run("extract", "-", "-o", str(piped), stdin=Path(SESSION).read_bytes())
    assert (result.status, result.err) == (0, "")
    assert [packet[:4] for packet in packets(out)] == [packet[:4] for packet in packets(piped)]
    assert packets(piped)[0].origin == ("-", packets(out)[0].origin[1])


RULE = """
from upnpscapy.forensics.finding import Claim, Evidence
from upnpscapy.forensics.rules import rule

@rule("odd", "HIGH", "Odd")
def odd(facts):
    local = facts.surroundings.is_local("198.51.100.1")
    one = Evidence.of("it", facts.place, [7, 9] if local else [7])
    yield Claim("lamp", "It is so.", "observed", (one,))
"""


@pytest.mark.parametrize("form", FORMS)
def test_evidence_in_every_form(form: str, tmp_path: Path) -> None:
    rules, out = tmp_path / "odd.py", tmp_path / "evidence.pcapng"
    rules.write_text(RULE)
    options = ("--findings", "--rules", str(rules), "--severity", "high")
    result = run("extract", SESSION, "-o", str(out), *options, "-T", form)
    assert (result.status, result.err) == (0, "")
    assert [packet.origin[1] for packet in packets(out)] == [7]
    text = result.out.decode()
    expected = [SESSION, "504", "1", "1"]
    if form == "text":
        assert [word for word in text.splitlines()[-1].split() if len(word) != 64] == expected
    elif form == "csv":
        _, (name, _, *counts) = csv.reader(io.StringIO(text))
        assert [name, *counts] == expected
    else:
        rows = json.loads(text) if form == "json" else [json.loads(text)]
        assert [str(rows[0][name]) for name in ("capture", "frames", "findings", "extracted")] == (
            expected
        )
    more = ("--local-net", "198.51.100.0/24", "--force")
    piped = run("extract", "-", "-o", str(out), *options, *more, stdin=Path(SESSION).read_bytes())
    assert piped.status == 0
    assert [packet.origin for packet in packets(out)] == [("-", 7), ("-", 9)]


def test_shared_capture(tmp_path: Path) -> None:
    key, outs = tmp_path / "key", [tmp_path / name for name in "abc"]
    key.write_bytes(b"a secret of mine")
    for out in outs[:2]:
        result = run("extract", SESSION, "-o", str(out), "--anonymize", "--key", str(key))
        assert (result.status, result.err) == (0, "")
    run("extract", SESSION, "-o", str(outs[2]), "--anonymize")
    data = [out.read_bytes() for out in outs]
    assert data[0] == data[1] != data[2]
    assert all(b"192.168.77.1" not in one for one in data)
    devices, other = (run("devices", path, "-T", "jsonl").jsonl for path in (SESSION, str(outs[0])))
    assert len(devices) == len(other) > 0
    assert {row["udn"] for row in devices}.isdisjoint(row["udn"] for row in other)


def test_evidence_of_nothing_and_a_rule_that_fails(tmp_path: Path) -> None:
    rules, out = tmp_path / "odd.py", tmp_path / "evidence.pcapng"
    rules.write_text(RULE.replace("facts.surroundings", "facts.none"))
    options = ("--findings", "--rules", str(rules), "--severity", "CRITICAL")
    result = run("extract", SESSION, "-o", str(out), *options)
    assert result.status == 70
    failure, nothing = result.err.splitlines()
    assert failure.startswith(f"upnpscapy: {SESSION}: rule odd failed: AttributeError")
    assert nothing == "upnpscapy: there is no such finding: the file has no frame"
    assert packets(out) == []


@pytest.mark.parametrize("form", FORMS)
def test_objects_in_every_form(form: str, tmp_path: Path) -> None:
    directory = tmp_path / "objects"
    result = run("extract", MEDIA, "--objects", str(directory), "-T", form)
    assert (result.status, result.err) == (0, "")
    index = (directory / "index.jsonl").read_bytes()
    names = [json.loads(line)["file"] for line in index.splitlines()]
    assert len(names) == 4
    if form == "jsonl":
        assert result.out == index
    for name in names:
        assert result.out.count(name.encode()) == 1


def test_hostile_url_is_escaped(tmp_path: Path) -> None:
    body = root_xml(device_xml("uuid:lamp"))
    target = "/=cmd()\x1b[31m\u202e<b>"
    segments = Conversation().open().ask(get(target), response(body)).segments
    path = str(capture(tmp_path / "a.pcap", segments))
    for form in FORMS:
        directory = tmp_path / form
        result = run("extract", path, "--objects", str(directory), "-T", form)
        assert result.status == 0
        text = result.out.decode() + (directory / "index.jsonl").read_text("utf-8")
        assert not {"\x1b", "\u202e"} & set(text)
        assert sorted(one.name for one in directory.iterdir()) == [
            "192.0.2.17_49152_cmd_31m_b.xml",
            "index.jsonl",
        ]


REFUSED_TOO = {
    **REFUSED,
    **judges_refused("-o", "x", "--findings"),
    "neither": ((), "say either -o FILE or --objects DIR"),
    "both": (("-o", "x", "--objects", "y"), "say either -o FILE or --objects DIR"),
    "force for objects": (("--objects", "y", "--force"), "--force is for -o"),
    "standard output": (("-o", "-"), "nothing is extracted to standard output"),
    "objects to it": (("--objects", "-"), "nothing is extracted to standard output"),
    "not empty": (("--objects", "full"), "full: is there, and not empty"),
    "a file": (("--objects", "b.pcap"), "b.pcap: File exists"),
    "bad host": (("-o", "x", "--host", "lamp"), "neither an IP address nor a link address"),
    "findings of objects": (("--objects", "y", "--findings"), "--findings is for -o"),
    "severity of all": (("-o", "x", "--severity", "HIGH"), "go with --findings"),
    "rules of all": (("-o", "x", "--rules", "a.py"), "go with --findings"),
    "networks of all": (("-o", "x", "--local-net", "192.0.2.0/24"), "go with --findings"),
    "anonymous objects": (("--objects", "y", "--anonymize"), "--anonymize is for -o"),
    "anonymous findings": (("-o", "x", "--anonymize", "--findings"), "without --findings"),
    "key of nothing": (("-o", "x", "--key", "b.pcap"), "--key goes with --anonymize"),
    "no key": (("-o", "x", "--anonymize", "--key", "none"), "No such file"),
    "short key": (("-o", "x", "--anonymize", "--key", "full/x"), "8 bytes at least"),
}


@pytest.mark.parametrize("name", REFUSED_TOO)
def test_refusal(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_refusal("extract", REFUSED_TOO[name], tmp_path, monkeypatch)


@pytest.mark.parametrize("what", ["-o", "--objects"])
def test_unreadable_input_is_status_3_after_the_others(what: str, tmp_path: Path) -> None:
    bad, out = tmp_path / "bad", tmp_path / "out"
    bad.write_bytes(b"nothing")
    result = run("extract", str(bad), MEDIA, what, str(out), "-T", "jsonl")
    assert result.status == 3
    assert result.err == f"upnpscapy: {bad}: neither pcap nor pcapng: begins with 6e6f7468\n"
    assert len(result.jsonl) == (1 if what == "-o" else 4)
    assert out.exists()


def test_nothing_readable_is_status_3_and_no_file(tmp_path: Path) -> None:
    result = run("extract", str(tmp_path / "a"), "-o", str(tmp_path / "out"))
    assert result.status == 3
    assert result.err.splitlines() == [
        "upnpscapy: no extracts",
        f"upnpscapy: {tmp_path / 'a'}: No such file or directory",
        "upnpscapy: nothing was written",
    ]
    assert list(tmp_path.iterdir()) == []


def test_remarks_on_cuts_and_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "cut.pcap"
    path.write_bytes(pcap([small(1), small(2)])[:-1])
    result = run("extract", str(path), "-o", str(tmp_path / "out"))
    assert result.status == 0
    cut, empty = result.err.splitlines()
    assert cut.startswith(f"upnpscapy: {path}: cut in frame 2 at byte")
    assert empty == "upnpscapy: no frame belongs to UPnP: the file has none"
    monkeypatch.setattr(extract_objects, "MAX_OBJECTS", 1)
    result = run("extract", MEDIA, "--objects", str(tmp_path / "objects"))
    assert result.status == 0
    assert result.err == "upnpscapy: 12 fetches of documents beyond those written\n"


def test_choice_and_join_are_passed_on(tmp_path: Path) -> None:
    out = str(tmp_path / "out")
    result = run("extract", SESSION, "-o", out, "-T", "jsonl", "--host", "192.0.2.99")
    assert (result.status, result.jsonl[0]["extracted"]) == (0, 0)
    names = [str(PCAPS / name) for name in ("discovery.pcapng", "igd2-session.pcap")]
    result = run("extract", *names, "--join", "--force", "-o", out, "-T", "jsonl")
    assert result.status == 0
    first = json.loads(run("captures", names[0], "-T", "jsonl").out)["first_time"]
    second = json.loads(run("captures", names[1], "-T", "jsonl").out)["first_time"]
    assert second < first
    assert packets(Path(out))[0].origin[0] == names[1]
