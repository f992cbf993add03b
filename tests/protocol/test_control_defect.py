from __future__ import annotations

import pytest

from tests.protocol.control_calls import CALLS
from tests.protocol.control_results import RESULTS
from tests.protocol.events import EVENTS
from tests.protocol.subscriptions import SUBSCRIBES, SUBSCRIPTIONS
from upnpscapy.protocol.control_defect import CATALOGUE, ControlDefect, first_of_each


def test_every_name_is_produced_by_a_case_and_every_case_names_known_ones() -> None:
    cases = (*CALLS, *RESULTS, *SUBSCRIBES, *EVENTS, *SUBSCRIPTIONS)
    assert {name for case in cases for name in case.defects} == set(CATALOGUE)


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_name_has_a_clause_and_a_meaning(name: str) -> None:
    defect = ControlDefect(name, "\x1b[2J")
    assert name == name.lower()
    assert " " not in name
    assert defect.clause
    assert not defect.meaning.endswith(".")
    assert str(defect) == f"{name} '\\x1b[2J': {defect.meaning} ({defect.clause})"


def test_what_is_missing_has_nothing_found() -> None:
    assert str(ControlDefect("missing-sid")).startswith("missing-sid: SID is missing (")


def test_first_of_each() -> None:
    defects = [ControlDefect("not-xml", "a"), ControlDefect("missing-sid")]
    assert first_of_each([*defects, ControlDefect("not-xml", "b")]) == tuple(defects)
