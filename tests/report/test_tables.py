"""The tables beside a report: all rows, as every other output has them."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.command import PCAPS
from tests.report.page import page_of
from upnpscapy import analyze
from upnpscapy.errors import OutputError
from upnpscapy.report import write_report
from upnpscapy.report.tables import TABLES

STORY = str(PCAPS / "whole-story.pcap")


def test_tables_are_those_of_the_case(tmp_path: Path) -> None:
    page = page_of(STORY, tmp_path / "a.html", tables=tmp_path / "my tables: <b>")
    directory, case = tmp_path / "my tables: <b>", analyze(STORY)
    assert {path.name for path in directory.iterdir()} == {
        f"{name}.{form}" for name in TABLES for form in ("csv", "jsonl")
    }
    for name in TABLES:
        table = getattr(case, name)
        lines = (directory / f"{name}.jsonl").read_text("utf-8").splitlines()
        assert [json.loads(line) for line in lines] == list(table.to_dicts())
        assert (directory / f"{name}.csv").read_bytes().decode() == "".join(table.to_csv())
        for form in ("csv", "jsonl"):
            assert f"./my%20tables%3A%20%3Cb%3E/{name}.{form}" in page.links
    assert f"mappings.jsonl ({len(case.mappings)} rows)" in page.section("making").text


def test_links_go_from_the_report_to_the_tables(tmp_path: Path) -> None:
    (tmp_path / "reports").mkdir()
    page = page_of(STORY, tmp_path / "reports" / "a.html", tables=tmp_path / "tables")
    assert "./../tables/messages.csv" in page.links


def test_directory_must_be_new_or_empty(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "there" / "x").touch()
    with pytest.raises(OutputError, match="not empty"):
        write_report(STORY, tmp_path / "a.html", tables=tmp_path / "there")
    assert not (tmp_path / "a.html").exists()
