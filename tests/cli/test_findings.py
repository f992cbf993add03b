"""``findings`` and ``rules``: forms, thresholds, rules from files, exit statuses."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.cli.command import FORMS, PCAPS, run
from tests.forensics.judging import capture
from tests.forensics.packets import Sent, alive, pcap
from upnpscapy.cli.judging import SEVERITIES as WORDS
from upnpscapy.forensics.finding import FINDING_COLUMNS, SEVERITIES
from upnpscapy.forensics.rules import RULES

SENDER = "192.168.1.66"

OWN_RULE = '''
"""Rules of my own."""
from upnpscapy.forensics.rules import Claim, Evidence, rule

@rule("my-rule", "LOW", "Mine", reference="me")
def my_rule(facts):
    """Whoever sends anything."""
    for seen in facts.messages:
        yield Claim(seen.src, "It sent something.", "observed", (seen.evidence("it"),))
'''


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "a.pcap"
    path.write_bytes(capture([Sent(alive(LOCATION="intent:<b>\x1b[1m"), 0, SENDER)]))
    return str(path)


@pytest.fixture
def own(tmp_path: Path) -> str:
    path = tmp_path / "own.py"
    path.write_text(OWN_RULE)
    return str(path)


@pytest.mark.parametrize("form", FORMS)
def test_every_form(form: str, file: str) -> None:
    result = run("findings", file, "-T", form)
    assert (result.status, result.err) == (0, "")
    assert b"location-scheme" in result.out
    assert b"\x1b" not in result.out


def test_rows(file: str) -> None:
    (row,) = [row for row in run("findings", file, "-T", "json").json if row["severity"] == "HIGH"]
    assert tuple(row) == FINDING_COLUMNS
    assert row["capture"] == file
    assert (row["rule"], row["outcome"], row["confidence"]) == (
        "location-scheme",
        "attempted",
        "high",
    )
    assert (row["subject"], row["frames"]) == (SENDER, [1])
    assert row["first_time"] == row["last_time"] == "2023-11-14T22:13:20.000000000Z"
    assert row["filter"] == "frame.number in {1}"
    assert row["missing"] == ["whether anyone opened it"]
    table = list(csv.reader(run("findings", file, "-T", "csv").out.decode().splitlines()))
    assert table[0] == list(FINDING_COLUMNS)


@pytest.mark.parametrize(
    ("arguments", "count", "status"),
    [
        ([], 1, 0),
        (["--severity", "high"], 1, 0),
        (["--severity", "CRITICAL"], 0, 0),
        (["--fail-on", "HIGH"], 1, 4),
        (["--fail-on", "low"], 1, 4),
        (["--fail-on", "CRITICAL"], 1, 0),
        (["--fail-on", "HIGH", "--severity", "CRITICAL"], 0, 4),
        (["--fail-on", "HIGH", "--host", "192.168.1.1"], 0, 0),
        (["--host", SENDER], 1, 0),
        (["--host", "192.168.1.1"], 0, 0),
        (["--udn", "uuid:2fac1234-31f8-11b4-a222-08002b34c003"], 0, 0),
        (["--until", "2023-11-14T22:13:19Z"], 0, 0),
        (["--since", "2023-11-14T22:13:20Z"], 1, 0),
    ],
)
def test_choices(arguments: list[str], count: int, status: int, file: str) -> None:
    result = run("findings", file, "-T", "json", *arguments)
    assert result.status == status
    assert sum(row["rule"] == "location-scheme" for row in result.json) == count


def test_a_capture_without_findings(tmp_path: Path) -> None:
    path = tmp_path / "empty.pcap"
    path.write_bytes(pcap([]))
    result = run("findings", str(path), "--fail-on", "INFO")
    assert (result.status, result.out, result.err) == (0, b"", "upnpscapy: no findings\n")


def test_an_unreadable_file_matters_more_than_findings(file: str, tmp_path: Path) -> None:
    result = run("findings", file, str(tmp_path / "none.pcap"), "--fail-on", "LOW", "-T", "jsonl")
    assert result.status == 3
    assert b"location-scheme" in result.out


@pytest.mark.parametrize("form", FORMS)
def test_rules_of_a_file(form: str, file: str, own: str) -> None:
    result = run("findings", file, "--rules", own, "-T", form)
    assert result.status == 0
    assert b"my-rule" in result.out
    assert b"location-scheme" in result.out


def test_a_rule_of_a_file_takes_the_place_of_another(file: str, tmp_path: Path) -> None:
    path = tmp_path / "own.py"
    path.write_text(OWN_RULE.replace("my-rule", "location-scheme"))
    rows = run("findings", file, "--rules", str(path), "-T", "json").json
    assert [row["severity"] for row in rows if row["rule"] == "location-scheme"] == ["LOW"]


WRONG = {
    "no file": (None, "is no file"),
    "syntax": ("def f(:\n", "own.py:1: SyntaxError"),
    "raises": ("\nimport nothing_of_this_name\n", "own.py:2: ModuleNotFoundError"),
    "exits": ("raise SystemExit(0)\n", "own.py:1: SystemExit"),
    "none": ("x = 1\n", "has no rules"),
    "others": ("RULES = [1]\n", "something that is no rule: 1"),
    "number": ("RULES = 1\n", "RULES is no sequence"),
    "severity": (OWN_RULE.replace('"LOW"', '"BAD"'), "'BAD' is none of INFO"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_file_of_rules_that_does_not_work(name: str, file: str, tmp_path: Path) -> None:
    text, reason = WRONG[name]
    path = tmp_path / "own.py"
    if text is not None:
        path.write_text(text)
    result = run("findings", file, "--rules", str(path))
    assert (result.status, result.out) == (2, b"")
    assert reason in " ".join(result.err.split())


def test_a_rule_that_fails_is_told_after_the_output(file: str, tmp_path: Path) -> None:
    path = tmp_path / "own.py"
    path.write_text(OWN_RULE + '    raise LookupError("a\\x1bb")\n')
    result = run("findings", file, "--rules", str(path), "--fail-on", "INFO", "-T", "json")
    assert result.status == 70
    assert {"my-rule", "location-scheme"} <= {row["rule"] for row in result.json}
    assert result.err == (
        f"upnpscapy: {file}: rule my-rule failed: LookupError: a\\x1bb (own.py:10)\n"
    )


def test_local_networks(file: str, tmp_path: Path) -> None:
    path = tmp_path / "own.py"
    path.write_text(
        OWN_RULE.replace("facts.messages:", "facts.messages:\n        kind = 'LOCAL' if ")
        .replace("if \n", "if facts.surroundings.is_local('203.0.113.7') else 'FOREIGN'\n", 1)
        .replace('"It sent something."', "kind")
    )
    arguments = ["findings", file, "--rules", str(path), "-T", "jsonl"]
    assert b"FOREIGN" in run(*arguments).out
    assert b"LOCAL" in run(*arguments, "--local-net", "203.0.113.0/24").out
    wrong = run(*arguments, "--local-net", "x")
    assert wrong.status == 2
    assert "--local-net" in wrong.err


@pytest.mark.parametrize("form", FORMS)
def test_rules_are_listed(form: str, own: str) -> None:
    result = run("rules", "-T", form, "--rules", own)
    assert (result.status, result.err) == (0, "")
    assert all(one.id.encode() in result.out for one in RULES)
    assert b"my-rule" in result.out
    if form == "json":
        columns = ["id", "severity", "title", "description", "reference", "technique", "since"]
        assert list(result.json[0]) == columns


def test_a_rule_is_explained() -> None:
    result = run("rules", "location-scheme")
    text = result.out.decode()
    assert text.startswith("location-scheme  HIGH\nLOCATION that is no address")
    assert "technique  T1203\n" in text
    assert "intent:" in text
    assert max(map(len, text.splitlines())) < 100
    assert run("rules", "location-scheme", "-T", "json").json[0]["severity"] == "HIGH"
    assert run("rules", "no-such-rule").status == 2


def test_inspect_tells_of_findings(file: str) -> None:
    text = run("inspect", file).out.decode()
    assert "HIGH\n└── location-scheme" in text
    assert f"{SENDER}  attempted, frame 1" in text
    rows = run("inspect", file, "-T", "json").json["findings"]
    assert "location-scheme" in {row["rule"] for row in rows}


def test_severities_are_those_of_findings() -> None:
    assert WORDS == SEVERITIES


@pytest.mark.parametrize("path", sorted(PCAPS.glob("*.pcap*")), ids=lambda path: path.name)
def test_ordinary_captures_have_nothing_of_note(path: Path) -> None:
    result = run("findings", str(path), "--severity", "MEDIUM", "--fail-on", "MEDIUM", "-T", "json")
    assert (result.status, result.json) == (0, [])
