"""The README's HTML of each notebook opens in a browser as it is, and loads nothing."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from tests.notebooks.chromium import CHROMIUM, visit
from tests.notebooks.folder import NOTEBOOKS, ROOT, read

MAX_BYTES = 1_500_000
"""Of a page: the styles of JupyterLab are 300 kB of it."""

chromium = pytest.mark.skipif(CHROMIUM is None, reason="no chromium here")


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the README's command writes HTML into."""
    folder = tmp_path_factory.mktemp("html")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"^\.venv/bin/jupyter (nbconvert .*)\*\.ipynb$", readme, re.MULTILINE)
    words = shlex.split(command)[:-1]
    run = subprocess.run(
        [
            sys.executable,
            "-m",
            *words,
            "--output-dir",
            str(folder),
            *map(str, NOTEBOOKS),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return folder


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def page(request: pytest.FixtureRequest, pages: Path) -> Path:
    return pages / f"{request.param.stem}.html"


@chromium
def test_the_browser_is_content(page: Path) -> None:
    seen = visit(page)
    assert seen.console == []
    assert seen.requests == set()
    title = read(NOTEBOOKS[0].parent / f"{page.stem}.ipynb").cells[0].source.split("\n")[0]
    assert title.removeprefix("# ") in seen.dom


def test_it_is_of_moderate_size(page: Path) -> None:
    assert page.stat().st_size < MAX_BYTES


@chromium
def test_what_is_asked_for_is_seen(tmp_path: Path) -> None:
    """So that silence means something."""
    page = tmp_path / "page.html"
    page.write_text(
        '<script src="https://example.org/a.js"></script><iframe srcdoc="'
        "<img src='https://example.net/b.png'>\"></iframe>"
        "<script>console.error('as it should')</script>",
        encoding="utf-8",
    )
    seen = visit(page)
    assert seen.requests == {"https://example.org/a.js", "https://example.net/b.png"}
    assert any("as it should" in line for line in seen.console)
