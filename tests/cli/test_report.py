"""``upnpscapy report``: what it writes, refuses and says, and how it ends."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.cli.command import PCAPS, run
from tests.cli.refused import REFUSED, check_refusal, judges_refused
from tests.report.page import Page
from upnpscapy.report import page as page_module

STORY = str(PCAPS / "whole-story.pcap")


def page(path: Path) -> Page:
    found = Page(path.read_text("utf-8"))
    found.check()
    return found


def test_report_is_written_and_nothing_else_is_said(tmp_path: Path) -> None:
    out = tmp_path / "a.html"
    result = run("report", STORY, "-o", str(out), "--title", "A case")
    assert (result.status, result.out, result.err) == (0, b"", "")
    assert page(out).root.find("h1")[0].text == "A case"
    assert [path.name for path in tmp_path.iterdir()] == ["a.html"]


def test_report_on_standard_input(tmp_path: Path) -> None:
    out = tmp_path / "a.html"
    result = run("report", "-", "-o", str(out), stdin=Path(STORY).read_bytes())
    assert (result.status, result.err) == (0, "")
    direct = tmp_path / "b.html"
    assert run("report", STORY, "-o", str(direct)).status == 0
    marks = [one.text for one in page(direct).root.find("mark")]
    assert [one.text for one in page(out).root.find("mark")] == marks != []


REFUSED_TOO = {
    **REFUSED,
    **judges_refused("-o", "x"),
    "no output": ((), "Missing option '-o'"),
    "standard output": (("-o", "-"), "no report is written to standard output"),
    "tables to it": (("-o", "x", "--tables", "-"), "no report is written to standard output"),
    "tables not empty": (("-o", "x", "--tables", "full"), "full: is there, and not empty"),
}


@pytest.mark.parametrize("name", REFUSED_TOO)
def test_refusal(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check_refusal("report", REFUSED_TOO[name], tmp_path, monkeypatch)


def test_force_writes_over_a_file(tmp_path: Path) -> None:
    out = tmp_path / "a.html"
    out.write_text("old")
    assert run("report", STORY, "-o", str(out), "--force").status == 0
    page(out)


def test_unreadable_input_is_status_3_after_the_others(tmp_path: Path) -> None:
    bad, out = tmp_path / "bad", tmp_path / "a.html"
    bad.write_bytes(b"nothing")
    result = run("report", str(bad), STORY, "-o", str(out))
    assert result.status == 3
    assert result.err == f"upnpscapy: {bad}: neither pcap nor pcapng: begins with 6e6f7468\n"
    assert f"{bad}: neither pcap nor pcapng" in page(out).section("summary").text


def test_nothing_readable_is_status_3_and_no_file(tmp_path: Path) -> None:
    result = run("report", str(tmp_path / "a"), "-o", str(tmp_path / "out"))
    assert result.status == 3
    assert result.err.splitlines() == [
        f"upnpscapy: {tmp_path / 'a'}: No such file or directory",
        "upnpscapy: nothing was written",
    ]
    assert list(tmp_path.iterdir()) == []


def test_rules_of_a_file_and_one_that_fails(tmp_path: Path) -> None:
    rules, out = tmp_path / "mine.py", tmp_path / "a.html"
    rules.write_text(
        "from upnpscapy.forensics.rules import rule\n"
        "@rule('mine', 'LOW', 'Mine')\n"
        "def mine(facts):\n    'It fails.'\n    yield 1 / 0\n"
    )
    result = run("report", STORY, "-o", str(out), "--rules", str(rules))
    assert result.status == 70
    assert "rule mine failed: ZeroDivisionError" in result.err
    assert "and 1 more: mine" in page(out).section("making").text


def test_without_jinja2_it_says_what_to_install(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page_module._environment.cache_clear()
    monkeypatch.setitem(sys.modules, "jinja2", None)
    result = run("report", STORY, "-o", str(tmp_path / "a.html"))
    assert result.status == 2
    assert "pip install 'upnpscapy[report]'" in result.err
    assert list(tmp_path.iterdir()) == []
