"""Every deviation that framing names is in its catalogue, and the other way round."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from upnpscapy import capture
from upnpscapy.capture.framing_defect import CATALOGUE
from upnpscapy.protocol.defect import CATALOGUE as SYNTAX

SOURCES = [
    Path(capture.__path__[0]) / f"{name}.py"
    for name in ("http_framing", "chunked", "http_message", "exchange", "exchanges")
]
NAME = re.compile(r"[a-z]+(?:-[a-z]+)+\Z|reset\Z")


def names_in(source: Path) -> set[str]:
    """Every text in a program that has the form of a deviation's name."""
    nodes = ast.walk(ast.parse(source.read_bytes()))
    found = {node.value for node in nodes if isinstance(node, ast.Constant)}
    return {value for value in found if isinstance(value, str) and NAME.match(value)}


def test_every_name_used_is_in_the_catalogue_and_every_name_there_is_used() -> None:
    assert set().union(*map(names_in, SOURCES)) == set(CATALOGUE)


def test_no_name_is_also_one_of_the_syntax() -> None:
    assert not CATALOGUE.keys() & SYNTAX.keys()


@pytest.mark.parametrize("name", CATALOGUE)
def test_every_name_has_a_clause_and_a_meaning(name: str) -> None:
    clause, meaning = CATALOGUE[name]
    parts = clause.split("; ")
    assert all(part.startswith(("UDA 2.0, ", "RFC ", "practice", "capture")) for part in parts)
    assert meaning
    assert not meaning.endswith(".")
