"""Each notebook runs to its end, offline and soon, and shows what was committed."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

import pytest
from nbformat import NotebookNode

from tests.notebooks.comparing import is_live, lasting
from tests.notebooks.execute import made_with
from tests.notebooks.folder import NOTEBOOKS, ROOT, read

SECONDS = 60


@pytest.fixture(scope="module", params=NOTEBOOKS, ids=lambda path: path.stem)
def committed(request: pytest.FixtureRequest) -> Path:
    return Path(request.param)


@pytest.fixture(scope="module")
def fresh(committed: Path, tmp_path_factory: pytest.TempPathFactory) -> NotebookNode:
    """The notebook run anew, its sockets confined to loopback."""
    folder = tmp_path_factory.mktemp("run")
    begin = time.monotonic()
    run = subprocess.run(
        [sys.executable, "-m", "tests.notebooks.execute", str(committed), "--to", str(folder)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=2 * SECONDS,
    )
    assert run.returncode == 0, run.stderr
    assert time.monotonic() - begin < SECONDS
    return read(folder / committed.name)


def test_it_runs_without_remarks(fresh: NotebookNode) -> None:
    for cell in fresh.cells:
        for output in cell.get("outputs", ()):
            assert output.get("name") != "stderr", output.text


def test_the_committed_one_is_from_these_sources(committed: Path, fresh: NotebookNode) -> None:
    assert [(cell.id, cell.source) for cell in read(committed).cells] == [
        (cell.id, cell.source) for cell in fresh.cells
    ]


def test_it_shows_what_was_committed(committed: Path, fresh: NotebookNode) -> None:
    before = read(committed)
    if before.metadata.made_with != made_with():
        pytest.skip(f"committed with {before.metadata.made_with}, which may show other text")
    for old, new in zip(before.cells, fresh.cells, strict=True):
        if old.cell_type == "code":
            assert lasting(new) == lasting(old), f"{committed.name}, cell {old.id}"


def test_most_of_it_is_the_same_in_every_run(committed: Path) -> None:
    cells = [cell for cell in read(committed).cells if cell.cell_type == "code"]
    assert sum(map(is_live, cells)) <= len(cells) // 2
