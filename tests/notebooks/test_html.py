"""The README's HTML of each notebook opens in a browser as it is, and loads nothing."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser.chromium import Chromium
from tests.browser.requirements import missing, required
from tests.notebooks.folder import NOTEBOOKS, ROOT, read

MAX_BYTES = 1_500_000
"""Of a page: the styles of JupyterLab are 300 kB of it."""

INSIDE = ("file:", "data:", "about:")
"""Of what is asked for: the page itself, and what is in it."""


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the README's command writes HTML into."""
    folder = tmp_path_factory.mktemp("html")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    (command,) = re.findall(r"^\.venv/bin/jupyter (nbconvert .*)\*\.ipynb$", readme, re.MULTILINE)
    words = shlex.split(command)[:-1]
    run = subprocess.run(
        [sys.executable, "-m", *words, "--output-dir", str(folder), *map(str, NOTEBOOKS)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    return folder


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    if (absent := missing()) is not None:
        assert not required(), absent
        pytest.skip(absent)
    with Chromium(tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture(params=NOTEBOOKS, ids=lambda path: path.stem)
def notebook(request: pytest.FixtureRequest) -> Path:
    return Path(request.param)


def test_the_browser_has_nothing_to_say(notebook: Path, pages: Path, browser: Chromium) -> None:
    with browser.page() as page:
        page.open((pages / f"{notebook.stem}.html").as_uri())
        assert page.complaints == []
        assert [url for url in page.requests if not url.startswith(INSIDE)] == []
        question = read(notebook).cells[0].source.partition("\n")[0].removeprefix("# ")
        assert page.evaluate("document.querySelector('h1').innerText").startswith(question)


def test_pictures_are_drawn(pages: Path, browser: Chromium) -> None:
    with browser.page() as page:
        page.open((pages / "02-read-a-capture.html").as_uri())
        frames = page.evaluate("[...document.querySelectorAll('iframe')].map(f => f.clientHeight)")
        assert len(frames) == 4
        assert min(frames) > 100


@pytest.mark.parametrize("width", [400, 800])
def test_only_outputs_scroll_sideways(width: int, pages: Path, browser: Chromium) -> None:
    with browser.page() as page:
        page.resize(width, 900)
        page.open((pages / "02-read-a-capture.html").as_uri())
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_it_is_of_moderate_size(notebook: Path, pages: Path) -> None:
    assert (pages / f"{notebook.stem}.html").stat().st_size < MAX_BYTES


def test_what_is_asked_for_is_seen(tmp_path: Path, browser: Chromium) -> None:
    """So that silence means something."""
    file = tmp_path / "page.html"
    file.write_text(
        '<script src="https://example.org/a.js"></script><iframe srcdoc="'
        "<img src='https://example.net/b.png'>\"></iframe>"
        "<script>console.error('as it should')</script>",
        encoding="utf-8",
    )
    with browser.page() as page:
        page.open(file.as_uri())
        asked = [url for url in page.requests if not url.startswith(INSIDE)]
        assert sorted(asked) == ["https://example.net/b.png", "https://example.org/a.js"]
        assert "as it should" in page.complaints
