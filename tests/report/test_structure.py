"""What holds for every report: its structure, its links, and frames that are in the captures."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.command import PCAPS
from tests.forensics.packets import pcap
from tests.report.hostile import hostile_capture
from tests.report.page import Page, page_of
from upnpscapy import analyze
from upnpscapy.report import report_html

CASES: dict[str, list[str]] = {
    **{path.name: [str(path)] for path in sorted(PCAPS.glob("*.pcap*"))},
    "several": [str(PCAPS / "whole-story.pcap"), str(PCAPS / "igd2-session.pcap")],
    "attacks": [str(path) for path in sorted((PCAPS / "attacks").glob("*.pcapng"))[::9]],
}


@pytest.mark.parametrize("name", CASES)
def test_report_is_well_formed_and_names_frames_that_exist(name: str, tmp_path: Path) -> None:
    page = page_of(CASES[name], tmp_path / "report.html")
    frames = {row.capture: row.frames for row in analyze(CASES[name]).captures}
    for file, number in page.frames:
        assert 1 <= number <= (max(frames.values()) if file is None else frames[file])


def test_empty_capture_has_a_report(tmp_path: Path) -> None:
    path = tmp_path / "empty.pcap"
    path.write_bytes(pcap([]))
    page = page_of(str(path), tmp_path / "report.html")
    text = page.root.text
    for words in (
        "Nothing was found",
        "no port mapping was asked for or seen",
        "No device announced itself",
        "Nobody searched",
        "no frames",
    ):
        assert words in text
    assert not page.root.find("figure")


def test_same_files_give_the_same_report(tmp_path: Path) -> None:
    name = str(PCAPS / "whole-story.pcap")
    first = page_of(name, tmp_path / "a.html").html
    assert page_of(name, tmp_path / "b.html").html == first


def test_case_that_is_there_has_the_same_report(tmp_path: Path) -> None:
    name = str(PCAPS / "events.pcap")
    written = page_of(name, tmp_path / "a.html")
    made = Page(report_html(analyze(name)))
    made.check()
    for section in ("summary", "findings", "mappings", "devices", "conversations", "timeline"):
        assert made.section(section).text == written.section(section).text


def test_hostile_names_make_no_elements_and_stay_short(tmp_path: Path) -> None:
    path = hostile_capture(tmp_path / "hostile.pcap")
    case = analyze(path)
    assert len(case.mappings) > 40
    assert len({device.column("friendly_name") for device in case.devices}) > 25
    page = page_of(path, tmp_path / "report.html")
    assert len(page.html) < 3_000_000
    assert "{{ 7 * 7 }}" in page.root.text
    longest = max(len(str(text)) for one in page.root for text in one.inside if one.tag != "style")
    assert longest < 20_000


def test_hostile_file_names_and_titles_are_text(tmp_path: Path) -> None:
    path = tmp_path / '"><script>alert(1)<\x1b[31m\u202e.pcap'.replace("/", "")
    path.write_bytes(pcap([]))
    title = "</title><script>alert(1)</script>\x1b\u202e"
    page = page_of(str(path), tmp_path / "report.html", title=title)
    (found,) = page.root.find("h1")
    assert found.text == "</title><script>alert(1)</script>\\x1b\\u202e"
    assert page.root.find("title")[0].text == found.text
    page_of(str(path), tmp_path / "other.html")
