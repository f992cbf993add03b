"""Each notebook is what a clean run of it gives: small, valid, and about the field alone."""

from __future__ import annotations

import ast
import getpass
import importlib
import re
import socket
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode

from tests.notebooks.folder import NOTEBOOKS, ROOT, read

MAX_BYTES = 500_000
"""Of a notebook with its outputs."""

MAX_LINES = 16
"""Of a cell."""

MAX_COLUMNS = 100

MODULES = frozenset(
    f"upnpscapy.{name}"
    for name in """
    forensics.anonymize.share forensics.extract.evidence forensics.rules
    forensics.rules.evidence layers pictures protocol.description
    """.split()
)
"""Modules that the README tells users of."""

SCRIPT = re.compile(
    r"<script|\bdefine\(\[|require\(\[|cdn\.plot\.ly|Plotly\.newPlot", re.IGNORECASE
)
ADDRESS_IN_MEMORY = re.compile(r"\b0x[0-9a-f]{9,}\b")


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def path(request: pytest.FixtureRequest) -> Path:
    return Path(request.param)


@pytest.fixture
def notebook(path: Path) -> NotebookNode:
    return read(path)


def code(notebook: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_there_are_notebooks_in_order() -> None:
    assert [path.name[:3] for path in NOTEBOOKS] == [f"{n:02}-" for n in range(1, 9)]


def test_it_is_written_as_the_executor_writes(path: Path, notebook: NotebookNode) -> None:
    text = path.read_text(encoding="utf-8")
    assert nbformat.writes(notebook).rstrip("\n") == text.rstrip("\n")
    assert len(text.encode()) < MAX_BYTES
    assert set(notebook.metadata) == {"kernelspec", "language_info", "made_with"}
    assert all(set(cell.metadata) <= {"tags"} for cell in notebook.cells)


def test_it_was_run_from_top_to_bottom(notebook: NotebookNode) -> None:
    cells = code(notebook)
    assert [cell.execution_count for cell in cells] == list(range(1, len(cells) + 1))
    for cell in cells:
        for output in cell.outputs:
            assert output.output_type != "error"
            assert output.get("name") != "stderr", output.text


def test_it_opens_with_a_question_and_ends_with_what_was_seen(notebook: NotebookNode) -> None:
    first, last = notebook.cells[0], notebook.cells[-1]
    assert first.cell_type == last.cell_type == "markdown"
    question, _, rest = first.source.partition("\n")
    assert re.fullmatch(r"# [^\n]+\?", question)
    assert rest.strip()
    assert last.source.startswith("## What was seen\n")


def test_cells_are_short(notebook: NotebookNode) -> None:
    for cell in notebook.cells:
        lines = cell.source.splitlines()
        assert 0 < len(lines) <= MAX_LINES, cell.source
        if cell.cell_type == "code":
            assert all(len(line) <= MAX_COLUMNS for line in lines), cell.source


def test_most_cells_show_something(notebook: NotebookNode) -> None:
    cells = code(notebook)
    assert sum(bool(cell.outputs) for cell in cells) >= len(cells) * 0.7


def test_public_names_only(notebook: NotebookNode) -> None:
    for cell in code(notebook):
        for node in ast.walk(ast.parse(cell.source)):
            if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("upnpscapy"):
                offered = importlib.import_module(node.module or "").__all__
                assert {name.name for name in node.names} - {"*"} <= set(offered)
                assert node.module == "upnpscapy" or node.module in MODULES
            elif isinstance(node, ast.Import):
                assert not any(name.name.startswith("upnpscapy.") for name in node.names)
            elif isinstance(node, ast.Attribute):
                assert not re.match("_[^_]", node.attr), node.attr


def test_modules_for_users_are_in_the_readme() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [
        name for name in MODULES if f"`{name}`" not in readme and f" {name} " not in readme
    ] == []


def test_the_readme_lists_it_with_its_question(path: Path, notebook: NotebookNode) -> None:
    question = notebook.cells[0].source.partition("\n")[0].removeprefix("# ")
    row = f"| [{path.name[:2]}](notebooks/{path.name}) | {question} |"
    assert row in (ROOT / "README.md").read_text(encoding="utf-8")


def test_files_are_those_of_the_repository(path: Path, notebook: NotebookNode) -> None:
    for cell in code(notebook):
        for name in re.findall(r'"(\.\./[^"*]+)"', cell.source):
            assert (path.parent / name).exists(), name


def test_nothing_of_the_machine_is_shown(notebook: NotebookNode) -> None:
    own = {str(ROOT), f"{Path.home()}/", "/tmp/", "/home/", socket.gethostname()}
    if len(getpass.getuser()) > 4:
        own.add(getpass.getuser())
    for cell in code(notebook):
        text = str(cell.outputs)
        assert not [name for name in own if name in text]
        assert not ADDRESS_IN_MEMORY.search(text)


def test_no_script_is_in_outputs(notebook: NotebookNode) -> None:
    for cell in code(notebook):
        for output in cell.outputs:
            kinds = set(output.get("data", ()))
            assert not kinds & {
                "application/javascript",
                "application/vnd.jupyter.widget-view+json",
            }
            for content in output.get("data", {}).values():
                assert not SCRIPT.search(str(content))
