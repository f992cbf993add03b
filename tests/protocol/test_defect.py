from __future__ import annotations

import pytest

from tests.protocol.deviations import CORRECT, MEANING, SYNTAX, Case
from tests.protocol.quirks import FURTHER, REPLIES
from upnpscapy.protocol.defect import CATALOGUE, Defect
from upnpscapy.protocol.httpu import parse
from upnpscapy.protocol.ssdp import parse_ssdp


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in SYNTAX])
def test_syntax(case: Case) -> None:
    check(case, parse(case.data).defects)


@pytest.mark.parametrize("case", [pytest.param(case, id=case.name) for case in MEANING])
def test_meaning(case: Case) -> None:
    assert not parse(case.data).defects
    check(case, parse_ssdp(case.data).defects)


@pytest.mark.parametrize("name", CORRECT)
def test_correct_messages_have_no_defect(name: str) -> None:
    assert parse_ssdp(CORRECT[name]).defects == ()


def check(case: Case, defects: tuple[Defect, ...]) -> None:
    """The names are the expected ones, and each offset is where the expected bytes begin."""
    assert {defect.name for defect in defects} == case.defects.keys()
    for defect in defects:
        expected = case.defects[defect.name]
        if expected is None:
            assert defect.at is None
        else:
            assert defect.at is not None
            assert case.data[defect.at :].startswith(expected), defect
            if not expected:
                assert defect.at == len(case.data), defect


def test_every_name_is_produced_and_every_produced_name_is_known() -> None:
    datagrams = [quirk.data for quirk in (*REPLIES, *FURTHER)]
    datagrams += [case.data for case in (*SYNTAX, *MEANING)]
    produced = {defect.name for data in datagrams for defect in parse_ssdp(data).defects}
    for quirk in REPLIES:
        produced.update(quirk.envelope_defects)
    assert produced == set(CATALOGUE)


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_name_has_a_clause_and_a_meaning(name: str) -> None:
    defect = Defect(name, 17)
    assert name == name.lower()
    assert " " not in name
    clause = defect.clause
    assert all(
        part.startswith(("UDA 1.1, ", "UDA 2.0, ", "RFC ", "practice"))
        for part in clause.split("; ")
    ), clause
    assert defect.meaning
    assert not defect.meaning.endswith(".")
    assert str(defect) == f"{name} at byte 17: {defect.meaning} ({clause})"


def test_what_is_missing_has_no_place() -> None:
    assert str(Defect("missing-st")).startswith("missing-st: ST is missing")
