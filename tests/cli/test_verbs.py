"""Every verb, every form, every capture; choices of rows; help and its examples."""

from __future__ import annotations

import csv
import json
import re
import shlex
from pathlib import Path

import click
import pytest

from tests.cli.command import FORMS, PCAPS, TABLES, VERBS, process, run
from tests.forensics.packets import (
    CLIENT,
    DEVICE,
    GROUP6,
    START,
    UDN,
    Sent,
    alive,
    response,
    search,
    write,
)
from upnpscapy.cli.command import upnpscapy
from upnpscapy.forensics.overview import overview

COMMANDS = sorted(upnpscapy.commands)
README = PCAPS.parent / "README.md"


@pytest.mark.parametrize("path", sorted(PCAPS.glob("*.pcap*")), ids=lambda path: path.name)
@pytest.mark.parametrize("verb", VERBS)
def test_every_form(verb: str, path: Path) -> None:
    for form in FORMS:
        result = run(verb, str(path), "-T", form)
        assert result.status == 0
        assert result.err == "" or result.err == f"upnpscapy: no {verb}\n"
        assert result.out.endswith(b"\n") or not result.out
        text = result.out.decode()
        if form == "json":
            json.loads(text)
        elif form == "jsonl":
            assert all(isinstance(json.loads(line), dict) for line in text.splitlines())
        elif form == "csv":
            rows = list(csv.reader(text.splitlines(keepends=True), strict=True))
            assert len({len(row) for row in rows}) == 1
        assert "\x1b" not in text


@pytest.fixture
def story(tmp_path: Path) -> str:
    client = "02:00:00:00:00:0a"
    sent = [
        Sent(search(), 0, CLIENT, 50000, mac=client),
        Sent(response(), 1, DEVICE, 1900, CLIENT, 50000),
        Sent(search(UDN), 2, CLIENT, 50001, mac=client),
        Sent(alive(udn="uuid:b"), 3.000000005, "fe80::b", dst=GROUP6, mac="02:00:00:00:00:0b"),
    ]
    return write(tmp_path / "a.pcap", sent)


CHOICES: dict[str, tuple[tuple[str, ...], list[int], list[int], int]] = {
    "all": ((), [1, 2, 3, 4], [1, 3], 2),
    "IPv4": (("--host", CLIENT), [1, 2, 3], [1, 3], 0),
    "IPv6": (("--host", "FE80:0::B"), [4], [], 1),
    "link address": (("--host", "02-00-00-00-00-0A"), [1, 3], [1, 3], 0),
    "UDN": (("--udn", UDN), [2, 3], [3], 1),
    "UDN, bare": (("--udn", UDN[5:]), [2, 3], [3], 1),
    "UDN, capitals": (("--udn", UDN.upper()), [2, 3], [3], 1),
    "no such UDN": (("--udn", "uuid:c"), [], [], 0),
    "since": (("--since", "2023-11-14T22:13:21Z"), [2, 3, 4], [3], 2),
    "until, zone": (("--until", "2023-11-14T23:13:21+01:00"), [1, 2], [1], 1),
    "until, no zone": (("--until", "2023-11-14T22:13:21"), [1, 2], [1], 1),
    "since, nanoseconds": (("--since", "2023-11-14T22:13:23.000000005Z"), [4], [], 1),
    "since, a nanosecond late": (("--since", "2023-11-14T22:13:23.000000006Z"), [], [], 0),
    "until, epoch": (("--until", f"{START}.5"), [1], [1], 0),
    "both": (("--since", f"{START + 1}", "--until", f"{START + 2}"), [2, 3], [3], 1),
    "with a host": (("--since", f"{START + 1}", "--host", DEVICE), [2], [], 1),
}


@pytest.mark.parametrize(
    ("options", "messages", "searches", "devices"), CHOICES.values(), ids=CHOICES
)
def test_choice(
    story: str, options: tuple[str, ...], messages: list[int], searches: list[int], devices: int
) -> None:
    def rows(verb: str) -> list[dict[str, object]]:
        return run(verb, story, "-T", "jsonl", *options).jsonl

    assert [row["frame"] for row in rows("messages")] == messages
    assert [row["frame"] for row in rows("searches")] == searches
    assert len(rows("devices")) == devices
    assert len(rows("captures")) == (1 if messages else 0)
    told = run("inspect", story, "-T", "json", *options).json
    assert sum(told["messages"].values()) == len(messages)
    assert sum(quest["searches"] for quest in told["searches"]) == len(searches)
    assert len(told["devices"]) == devices


@pytest.mark.parametrize(
    ("option", "value", "reason"),
    [
        ("--host", "lamp.local", "neither an IP address nor a link address"),
        ("--host", "192.0.2.1:80", "neither an IP address nor a link address"),
        ("--since", "yesterday", "neither ISO 8601 nor seconds since 1970"),
        ("--until", "2023-13-01", "neither ISO 8601 nor seconds since 1970 (month"),
        ("--format", "xml", "is not one of 'text', 'json', 'jsonl', 'csv'"),
    ],
)
@pytest.mark.parametrize("verb", VERBS)
def test_bad_value_is_named(verb: str, story: str, option: str, value: str, reason: str) -> None:
    result = run(verb, story, option, value)
    assert (result.status, result.out) == (2, b"")
    last = result.err.splitlines()[-1]
    assert last.startswith("Error: Invalid value for ")
    assert option in last
    assert f"'{value}'" in last
    assert reason in last


def test_text_of_several_captures_names_each(story: str, tmp_path: Path) -> None:
    other = write(tmp_path / "b.pcap", [Sent(alive()), Sent(search(), 1, CLIENT, 50000)])
    for verb in TABLES:
        one = run(verb, story).out.decode()
        assert (story in one) == (verb == "captures")
        both = run(verb, story, other).out.decode()
        assert story in both
        assert other in both


def test_inspect_says_how_many_searches_it_does_not_show(
    story: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(overview, "MAX_QUESTS", 1)
    result = run("inspect", story)
    assert (result.status, result.out.count(b"\nSearches: 2\n")) == (0, 1)
    assert result.err == (
        "upnpscapy: 1 searches for other targets are not shown, too many targets\n"
    )


def test_standard_input_of_any_verb(story: str) -> None:
    for verb in VERBS:
        for extra in ((), ("--join",)):
            result = run(verb, "-", *extra, stdin=Path(story).read_bytes())
            assert (result.status, result.err) == (0, "")
            assert result.out


def test_terminal_that_lacks_a_character(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = write(tmp_path / "a.pcap", [Sent(alive(SERVER="Lämp")) for _ in range(9)])
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    with process("devices", path) as running:
        out, err = running.communicate(timeout=20)
    assert (running.returncode, err) == (0, b"")
    assert rb"L\xe4mp" in out


def test_long_input_has_a_bar_on_a_terminal(story: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for verb in VERBS:
        assert run(verb, story, "-T", "json", progress=True).err == "", "short"
    monkeypatch.setattr("upnpscapy.cli.reading.PROGRESS_FROM", 0)
    for verb in VERBS:
        quiet = run(verb, story, "-T", "json")
        assert quiet.err == ""
        shown = run(verb, story, "-T", "json", progress=True)
        assert "a.pcap" in shown.err
        assert shown.out == quiet.out
    assert run("messages", story, progress=True, columns=80).err == "", "among the rows"


@pytest.mark.parametrize("columns", [40, 80, 120, 160, 240])
@pytest.mark.parametrize("verb", VERBS)
def test_terminal_shows_all_of_every_row(verb: str, columns: int) -> None:
    path = str(PCAPS / "discovery.pcapng")
    plain = run(verb, path).out.decode()
    shown = re.sub(r"\x1b\[[0-9;]*m", "", run(verb, path, columns=columns).out.decode())
    assert max(len(line.rstrip()) for line in shown.splitlines()) <= columns
    if verb != "inspect":
        packed = "".join(shown.split())
        names = plain.splitlines()[0].split()
        for line in plain.splitlines()[2:]:
            for cell in re.split(r"  +", line):
                if columns <= 80 or len(cell) <= 16:
                    assert "".join(cell.split()) in packed, (cell, names)


# Help.


@pytest.mark.parametrize("name", COMMANDS)
def test_help_ends_with_an_example_that_parses(name: str) -> None:
    result = run(name, "--help")
    assert (result.status, result.err) == (0, "")
    assert run(name, "-h") == result
    text = result.out.decode()
    _, *examples = re.split(r"\n  Examples?:\n", text)
    assert len(examples) == 1
    assert "\\b" not in text
    assert max(map(len, text.splitlines())) <= 80
    for line in examples[0].strip().splitlines():
        ours = re.search(rf"\bupnpscapy ({name}\b[^|)]*)", line)
        assert ours
        _, *arguments = shlex.split(ours[1])
        command: click.Command = upnpscapy.commands[name]
        while isinstance(command, click.Group):
            command = command.commands[arguments.pop(0)]
        with command.make_context(name, arguments) as context:
            assert context.params


def test_help_lists_every_verb_with_a_whole_sentence() -> None:
    text = run("--help").out.decode()
    assert "..." not in text.partition("Commands:")[2]
    for name in COMMANDS:
        assert re.search(rf"^  {name} +[A-Z].*\.$", text, re.MULTILINE), name


def test_every_listing_has_the_same_options() -> None:
    def options(name: str) -> list[str]:
        return [
            option
            for parameter in upnpscapy.commands[name].params
            if isinstance(parameter, click.Option)
            for option in parameter.opts
        ]

    expected = ["-T", "--format", "--host", "--udn", "--since", "--until", "--join"]
    sniffing = ["-i", "--interface", "-w", "--write", "--seconds", "--count"]
    more = {"messages": sniffing}
    assert {name: options(name) for name in VERBS} == {
        name: expected + more.get(name, []) for name in VERBS
    }


@pytest.mark.skipif(not README.exists(), reason="README.md is not written yet")
@pytest.mark.parametrize("name", COMMANDS)
def test_readme_names_every_verb(name: str) -> None:
    assert f"upnpscapy {name}" in README.read_text(encoding="utf-8")


def test_version() -> None:
    from upnpscapy import __version__

    assert run("--version").out.decode() == f"upnpscapy, version {__version__}\n"


def test_same_answer_from_a_pipe(story: str) -> None:
    piped = run("messages", "-", "-T", "csv", stdin=Path(story).read_bytes()).out
    assert piped == run("messages", story, "-T", "csv").out.replace(story.encode(), b"-")
    assert piped.count(b"\r\n") == 5
