"""Every deviation in a row can be looked up; the meanings of a table are those of its rows."""

from __future__ import annotations

import pytest

from tests.capture.corpus import CAPTURES
from upnpscapy import analyze
from upnpscapy.forensics.defect_catalogues import CATALOGUES
from upnpscapy.protocol.control_defect import CATALOGUE as CONTROL
from upnpscapy.protocol.defect import CATALOGUE as SYNTAX


@pytest.mark.parametrize("name", CAPTURES)
def test_every_name_in_a_capture_can_be_looked_up(name: str) -> None:
    case = analyze(CAPTURES[name])
    rows = {"exchanges": (row.exchange for row in case.exchanges)}
    for table, catalogue in CATALOGUES.items():
        for row in rows.get(table, getattr(case, table)):
            assert catalogue.keys() >= set(row.defects), table


def test_a_name_of_two_catalogues_means_what_its_table_says() -> None:
    shared = SYNTAX.keys() & CONTROL.keys()
    assert "missing-nt" in shared
    for name in shared:
        assert CATALOGUES["messages"][name] == SYNTAX[name]
        assert CATALOGUES["events"][name] == CONTROL[name]
