"""A report says what the tables say, what it leaves out, and what could not be read."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.cli.command import PCAPS
from tests.forensics.gateways import call, done, envelope, post
from tests.forensics.judging import capture, http
from tests.forensics.mapping_calls import ADD
from tests.forensics.packets import Sent, alive, pcap, search, write
from tests.report.page import Page, page_of
from upnpscapy import CaptureError, analyze
from upnpscapy.forensics.finding import SEVERITIES
from upnpscapy.forensics.rules import RULES, rule
from upnpscapy.report import Report, devices, findings, mappings, timeline, write_report

STORY, SESSION = str(PCAPS / "whole-story.pcap"), str(PCAPS / "igd2-session.pcap")
UPNPROXY = str(PCAPS / "attacks" / "upnproxy.pcapng")


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Page:
    return page_of(STORY, tmp_path_factory.mktemp("report") / "report.html")


def numbers(page: Page) -> dict[str, str]:
    """The facts of the first page."""
    found = page.section("summary").find("dl", "numbers")[0].find("div")
    return {
        one.find("a")[0].text: one.find("div", "value")[0].text for one in found if one.find("a")
    }


@pytest.mark.parametrize("name", ["whole-story.pcap", "igd2-session.pcap", "events.pcap"])
def test_numbers_are_those_of_the_tables(name: str, tmp_path: Path) -> None:
    page, case = page_of(str(PCAPS / name), tmp_path / "a.html"), analyze(PCAPS / name)
    live = sum(row.state in ("open", "observed") for row in case.mappings)
    told = numbers(page)
    assert told["Findings"] == str(len(case.findings))
    assert told["Open ports at the end"] == str(live)
    assert told["Devices"] == str(len(case.devices))
    assert told["Discovery messages"] == str(len(case.messages))
    assert len(page.root.find("section", "finding")) == len(case.findings)
    assert len(page.section("mappings").find("article")) == len(case.mappings)
    assert (
        page.section("captures").find("span", "hash")[0].text.split()[1] == case.captures[0].sha256
    )


def test_ports_that_were_opened_can_be_told_from_the_report_alone(story: Page) -> None:
    mapping = story.section("mapping-1")
    text = mapping.text
    for words in (
        "TCP 8443 at gateway 192.168.77.1 (external address 44.128.0.2), from anywhere",
        "leads to 192.168.77.10:8443, called “Backup”",
        "Asked for by 192.168.77.10 for itself",
        "granted it in frame 313 at 2026-11-20 20:39:45.393",
        "Deleted by 192.168.77.10 in frame 616 at 2026-11-20 20:39:46.531",
        "It was open for 1.14 s",
    ):
        assert words in text
    (filter, *_) = mapping.find("code", "filter")
    assert re.fullmatch(r"frame\.number in \{309, 313, .*616\}", filter.text)
    refused = story.section("mapping-2").text
    assert "was to lead to 192.168.77.11:8443" in refused
    assert "The gateway refused it: 718 ConflictInMappingEntry." in refused


def test_lease_that_the_gateway_lists_is_told_beside_that_asked_for(tmp_path: Path) -> None:
    text = page_of(SESSION, tmp_path / "a.html").section("mapping-1").text
    assert "for itself without an end (a lease of 0)" in text
    assert "The gateway lists it for 604800 s (7 days)." in text


def test_open_ports_stand_on_the_first_page(tmp_path: Path) -> None:
    page = page_of(UPNPROXY, tmp_path / "a.html")
    summary = page.section("summary").text
    assert "TCP 6881 → 203.0.113.9:6881 , open to anyone".replace(" ,", ",") in summary
    assert "asked for by 192.168.1.10, its lease ends at 2023-11-14 23:13" in summary
    assert "CRITICAL" in summary
    assert "◆" in summary


def test_evidence_marks_the_value_in_text_and_bytes(tmp_path: Path) -> None:
    name = str(PCAPS / "attacks" / "cve-2014-8361.pcapng")
    page = page_of(name, tmp_path / "a.html")
    marks = [one.text for one in page.section("findings").find("mark")]
    assert "`echo upnpscapy-test`" in marks
    hexed = b"`echo upnpscapy-test`".hex(" ")
    assert any(one.replace("  ", " ") in hexed for one in marks if re.match("[0-9a-f]{2} ", one))
    (dump, *_) = page.section("finding-1").find("pre", "hex")
    assert re.match(r"[0-9a-f]{4} ", dump.text)


def test_deviations_have_clause_and_frames(tmp_path: Path) -> None:
    name = PCAPS / "quirks.pcap" if (PCAPS / "quirks.pcap").exists() else PCAPS / "whole-story.pcap"
    page, case = page_of(str(name), tmp_path / "a.html"), analyze(name)
    rows = page.section("deviations").find("tbody")[0].find("tr")
    counted: dict[str, int] = {}
    for message in case.messages:
        for defect in message.defects:
            counted[defect] = counted.get(defect, 0) + 1
    shown = {
        row.find("code")[0].text: int(row.find("td", "number")[0].text.replace(",", ""))
        for row in rows
        if row.find("td")[2].text == "messages"
    }
    assert shown == counted
    for row in rows:
        assert row.find("td")[1].text
        assert row.find("span", "frames")[0].text


def test_what_is_made_of_is_said(story: Page) -> None:
    making = story.section("making").text
    assert analyze(STORY).captures[0].sha256 in making
    assert f"{len(RULES)} of the {len(RULES)} that come with upnpscapy" in making
    assert "no limit was hit" in making


def test_several_files_are_told_apart(tmp_path: Path) -> None:
    page = page_of([STORY, SESSION], tmp_path / "a.html")
    assert len(page.section("mappings").find("article")) == 5
    for article in page.section("mappings").find("article"):
        assert STORY in article.text or SESSION in article.text
    assert page.root.find("h1")[0].text == "UPnP in 2 captures"
    assert "independent" in page.section("making").text


def test_joined_files_name_frames_of_each_other(tmp_path: Path) -> None:
    data = capture(http(*exchange(), at=1))
    first, second = tmp_path / "1.pcap", tmp_path / "2.pcap"
    whole = frames_of(data)
    first.write_bytes(data[:24] + b"".join(whole[:5]))
    second.write_bytes(data[:24] + b"".join(whole[5:]))
    page = page_of([str(first), str(second)], tmp_path / "a.html", join=True)
    assert "one rotated capture" in page.section("making").text
    assert len(page.section("mappings").find("article")) == 1
    mapping = page.section("mapping-1").text
    assert str(second) in mapping, "the file in which the answer is"
    assert "granted it in frame 1 at" in mapping
    assert (str(first), 4) in list(page.frames)


def exchange() -> tuple[bytes, bytes]:
    body = envelope(call("AddPortMapping", *ADD.items()))
    return post("/ctl", "AddPortMapping", body), done("AddPortMapping")


def frames_of(data: bytes) -> list[bytes]:
    """The records of a little-endian pcap file."""
    found, at = [], 24
    while at < len(data):
        size = 16 + int.from_bytes(data[at + 8 : at + 12], "little")
        found.append(data[at : at + size])
        at += size
    return found


def test_cut_file_is_told_of_and_written(tmp_path: Path) -> None:
    path = tmp_path / "cut.pcap"
    path.write_bytes(pcap([Sent(search()), Sent(alive(), 1)])[:-5])
    page = page_of(str(path), tmp_path / "a.html")
    assert "cut in frame 2 at byte" in page.section("summary").text
    assert "cut in frame 2 at byte" in page.section("making").text


def test_unreadable_file_raises_after_the_report_is_written(tmp_path: Path) -> None:
    bad, out = tmp_path / "bad", tmp_path / "a.html"
    bad.write_bytes(b"nothing")
    with pytest.raises(CaptureError) as raised:
        write_report([str(bad), STORY], out)
    result = raised.value.partial
    assert isinstance(result, Report)
    assert result.written
    page = Page(out.read_text())
    page.check()
    for section in ("summary", "captures", "making"):
        assert "bad: neither pcap nor pcapng" in page.section(section).text
    assert numbers(page)["Devices"] == "4"


def test_nothing_readable_is_no_report(tmp_path: Path) -> None:
    with pytest.raises(CaptureError) as raised:
        write_report([str(tmp_path / "none")], tmp_path / "a.html")
    assert raised.value.partial.written is False
    assert list(tmp_path.iterdir()) == []


def test_rule_that_fails_is_told_of(tmp_path: Path) -> None:
    @rule("my-rule", "LOW", "Mine")
    def mine(facts: Any) -> Any:
        """Fails."""
        yield from facts.no_such_thing

    page = page_of(STORY, tmp_path / "a.html", rules=[*RULES, mine])
    for section in ("summary", "making"):
        told = page.section(section).text
        assert "rule my-rule failed: AttributeError: 'Facts' object has" in told
    assert "and 1 more: my-rule" in page.section("making").text


def test_local_networks_are_told_of(tmp_path: Path) -> None:
    page = page_of(STORY, tmp_path / "a.html", local_networks=["198.51.100.0/24"])
    assert "198.51.100.0/24" in page.section("making").text
    with pytest.raises(ValueError, match="lamp"):
        write_report(STORY, tmp_path / "b.html", local_networks=["lamp"])
    assert not (tmp_path / "b.html").exists()


def test_caps_say_what_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mappings, "MAX_MAPPINGS", 1)
    monkeypatch.setattr(findings, "MAX_OF_RULE", dict.fromkeys(SEVERITIES, 1))
    monkeypatch.setattr(devices, "MAX_ROOTS", 1)
    monkeypatch.setattr(timeline, "MAX_HAPPENINGS", 3)
    page = page_of(STORY, tmp_path / "a.html")
    assert "2 more port mappings are not shown here: upnpscapy mappings lists all" in (
        page.section("mappings").text
    )
    assert len(page.section("mappings").find("article")) == 1
    assert "8443" in page.section("mapping-1").text, "that which was open comes before attempts"
    assert "2 more findings of this rule" in page.section("findings").text
    assert "1 more device is not shown here" in page.section("devices").text
    assert re.search(r"\d+ more moments", page.section("timeline").text)
    assert len(page.section("timeline").find("tbody")[0].find("tr")) == 3


def test_flood_of_devices_stays_small(tmp_path: Path) -> None:
    sent = [
        Sent(alive(udn=f"uuid:{n:08d}-0000-0000-0000-{'x' * 600}", SERVER="s" * 600), n / 100)
        for n in range(3000)
    ]
    page = page_of(write(tmp_path / "flood.pcap", sent), tmp_path / "a.html")
    assert len(page.html) < 1_000_000
    assert "2,940 more devices are not shown here" in page.section("devices").text


def test_times_are_those_of_the_capture(story: Page) -> None:
    times = story.root.find("time")
    assert len(times) > 20
    for one in times:
        machine = one.attributes["datetime"]
        assert one.text == machine.replace("T", " ").removesuffix("Z")
        assert re.fullmatch(r"2026-11-20T20:39:4\d\.\d{3}Z", machine)
