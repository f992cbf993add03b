"""Every row, document and case shows itself: whole, bounded, harmless, by its own names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.cli.command import PCAPS
from tests.display.showing import shown_text
from tests.display.test_text import NASTY
from tests.forensics.controlling import done, facts, post, refused, talk
from tests.forensics.descriptions import device_xml, fetch, read, root_xml, service_xml
from tests.forensics.packets import Sent, alive, write
from upnpscapy import analyze
from upnpscapy.forensics.case import Case
from upnpscapy.forensics.inventory import Inventory
from upnpscapy.forensics.rules import RULES
from upnpscapy.forensics.tables import TABLES
from upnpscapy.protocol.xml_build import element_text

STORIES = [
    *("whole-story.pcap", "refused.pcap", "events.pcap", "ipv6.pcap", "offload.pcap"),
    *(f"attacks/{name}.pcapng" for name in ("natpmp-pcp", "xxe", "callstranger", "hnap-probe")),
]


@cache
def case_of(name: str) -> Case:
    return analyze(str(PCAPS / name))


def rows_of(case: Case) -> Iterator[Any]:
    for name in TABLES:
        yield from getattr(case, name)
    yield from case.documents


@pytest.mark.parametrize("name", STORIES)
def test_every_row_shows_itself(name: str) -> None:
    case = case_of(name)
    for row in rows_of(case):
        assert shown_text(row)
    for table in TABLES:
        assert f"{table}: " in shown_text(getattr(case, table))
    assert shown_text(case)


@pytest.mark.parametrize("table", TABLES)
def test_every_column_is_an_attribute(table: str) -> None:
    for name in STORIES:
        rows = getattr(case_of(name), table)
        for row in rows[:20]:
            assert set(rows.columns) <= {*dir(row)}
            for column in set(rows.columns) - {"frame", "response_frame", "rule"}:
                value, attribute = row.column(column), getattr(row, column)
                if isinstance(value, str | int | None):
                    assert attribute == value, column


def test_rules_show_themselves() -> None:
    for rule in RULES:
        text = shown_text(rule)
        assert rule.id in text
        assert rule.title in text


def test_exchange_has_both_messages_and_the_filter() -> None:
    case = case_of("whole-story.pcap")
    for row in case.exchanges:
        text = shown_text(row)
        assert row.filter in text
        for frame in filter(None, (row.frame, row.response_frame)):
            assert f"from frame {frame}" in text
        for part in row.exchange.parts:
            for header in part.message.headers:
                assert header.value.decode() in text


def test_call_has_arguments_with_types_and_result() -> None:
    call = next(row for row in case_of("whole-story.pcap").calls if row.action == "AddPortMapping")
    assert str(call).split("├── arguments\n")[1].splitlines()[:3] == [
        '│       NewRemoteHost              ""',
        "│       NewExternalPort            8443  (int)",
        "│       NewProtocol                TCP",
    ]
    assert "1  (bool True)" in str(call)


def test_refusal_has_its_name() -> None:
    call = next(row for row in case_of("refused.pcap").calls if row.error_code == 718)
    assert "error 718 ConflictInMappingEntry" in str(call).splitlines()[0]


def test_mapping_has_its_whole_life() -> None:
    (mapping, *_) = case_of("whole-story.pcap").mappings
    text = shown_text(mapping)
    for word in (mapping.opened_time, mapping.closed_time, mapping.filter, mapping.requested_by):
        assert word is not None
        assert word in text
    assert f"frame {mapping.opened_frame}" in text
    assert "closed by" in text


def test_finding_has_its_evidence_part_by_part() -> None:
    for finding in case_of("attacks/callstranger.pcapng").findings:
        text = shown_text(finding)
        for words in (finding.severity, finding.note, *finding.missing, finding.filter):
            assert words is not None
            assert words in text
        for part in finding.evidence:
            assert part.what in text
            assert part.value is None or part.value in text
            for frame in part.frames[:10]:
                assert str(frame) in text


def test_case_names_what_to_look_at_next() -> None:
    case = case_of("whole-story.pcap")
    text = str(case)
    for words in ("case.findings[0]", "case.calls", "case.packets(case.findings[0])"):
        assert words in text
        assert eval(words, {"case": case}) is not None
    for finding in case.findings:
        assert finding.rule.id in text
    for device in case.devices:
        assert device.udn in text
    assert "sensitive-port-mapping" in text
    assert "TCP 8443 → 192.168.77.10:8443" in text


def test_case_of_many_devices_ends(tmp_path: Path) -> None:
    sent = [Sent(alive(udn=f"uuid:{number}"), number) for number in range(3000)]
    case = analyze(write(tmp_path / "a.pcap", sent))
    text = shown_text(case)
    assert "2988 more with what is in them: case.devices lists all" in text
    assert len(case._repr_html_()) < 50_000
    assert "2900 more rows" in shown_text(case.devices)


def test_case_of_several_captures_names_them() -> None:
    names = [str(PCAPS / name) for name in ("refused.pcap", "events.pcap")]
    case = analyze(names)
    text = shown_text(case)
    assert all(name in text for name in names)
    assert len(repr(case)) < 400


def in_xml(text: str) -> str:
    """A text in XML, without what XML cannot hold."""
    sent = text.encode("utf-8", "replace").decode()
    return element_text(re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]", "?", sent))


HOSTILE = st.sampled_from(NASTY) | st.text(max_size=50)


@settings(deadline=None, max_examples=60)
@given(HOSTILE, HOSTILE)
def test_hostile_values_are_text(name: str, value: str) -> None:
    arguments = ("NewDescription", in_xml(value)), ("NewExternalPort", in_xml(name))
    request = post("AddPortMapping", *arguments, more="X: <script>\x1b[31m\r\n")
    for answer in (done("AddPortMapping", *arguments), refused(718, in_xml(value)), None):
        found = facts(talk(request, answer))
        for row in found.calls:
            assert "AddPortMapping" in shown_text(row)


@pytest.mark.parametrize("text", NASTY)
def test_hostile_description_is_text(text: str) -> None:
    name = in_xml(text)
    service = service_xml().replace("</service>", f"<{name}>{name}</{name}></service>")
    inventory = Inventory()
    whole = root_xml(device_xml("uuid:a", name, service))
    for body in (whole, name.encode(), b"<" + name.encode()):
        for document in read(fetch(body), inventory).documents:
            shown_text(document)
    for device in inventory.devices:
        shown_text(device)
