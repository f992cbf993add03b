"""Reports in a browser: nothing runs, nothing is loaded, and they can be read in every way."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.browser.chromium import Page
from tests.cli.command import PCAPS
from tests.report.hostile import hostile_capture
from upnpscapy.report import write_report

WIDTHS = (320, 390, 768, 1280)

OPEN_ALL = "for (const one of document.querySelectorAll('details')) one.open = true"

OVERFLOWING = """
(() => {
  const scrolls = element => {
    for (let one = element; one && one !== document.body; one = one.parentElement)
      if (['auto', 'scroll', 'hidden'].includes(getComputedStyle(one).overflowX)) return true;
    return false;
  };
  return [...document.body.querySelectorAll('*')]
    .filter(one => !one.closest('svg') && !one.classList.contains('skip'))
    .filter(one => one.getBoundingClientRect().right > innerWidth + 1 && !scrolls(one))
    .map(one => one.tagName + ' ' + one.textContent.slice(0, 60));
})()
"""

CONTRAST = """
(() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  const rgb = text => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = text; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = ([r, g, b]) => [r, g, b].map(one => one / 255)
    .map(one => one <= 0.03928 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4)
    .reduce((sum, one, place) => sum + one * [0.2126, 0.7152, 0.0722][place], 0);
  const behind = element => {
    for (let one = element; one; one = one.parentElement) {
      const found = rgb(getComputedStyle(one).backgroundColor);
      if (found[3] === 255) return found;
    }
    return [255, 255, 255];
  };
  const bad = new Set();
  for (const one of document.body.querySelectorAll('*')) {
    if (one.closest('svg') || ![...one.childNodes].some(n => n.nodeType === 3 && n.data.trim()))
      continue;
    const [a, b] = [rgb(getComputedStyle(one).color), behind(one)].map(light);
    const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (ratio < 4.5) bad.add(one.tagName + '.' + one.className + ' ' + ratio.toFixed(2));
  }
  return [...bad];
})()
"""


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    directory = tmp_path_factory.mktemp("reports")
    hostile = hostile_capture(directory / "hostile.pcap")
    sources = {
        "story": [str(PCAPS / "whole-story.pcap")],
        "attacks": [str(one) for one in sorted((PCAPS / "attacks").glob("cve-*[0-9].pcapng"))],
        "hostile": [hostile],
    }
    found = {}
    for name, source in sources.items():
        found[name] = directory / f"{name}.html"
        write_report(source, found[name], title="<script>alert(1)</script>\u202e")
    return found


@pytest.fixture(params=["story", "attacks", "hostile"])
def report(request: pytest.FixtureRequest, reports: dict[str, Path]) -> str:
    name: str = request.param
    return reports[name].as_uri()


def test_nothing_runs_and_nothing_is_loaded(report: str, page: Page) -> None:
    page.open(report)
    page.evaluate(OPEN_ALL)
    assert page.requests == [report]
    assert page.evaluate("document.scripts.length") == 0
    assert page.evaluate("document.querySelectorAll('iframe, object, form, img, link').length") == 0
    assert page.evaluate("document.querySelector('h1').textContent").startswith("<script>")


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_is_wider_than_the_window(report: str, page: Page, width: int) -> None:
    page.resize(width, 800)
    page.open(report)
    page.evaluate(OPEN_ALL)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate(OVERFLOWING) == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_contrast_is_enough(reports: dict[str, Path], page: Page, scheme: str) -> None:
    page.prefer(scheme)
    page.open(reports["attacks"].as_uri())
    page.evaluate(OPEN_ALL)
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor") != "rgb(253, 253, 252)"
    assert dark is (scheme == "dark")
    assert page.evaluate(CONTRAST) == []


def test_keyboard_reaches_links_and_details(reports: dict[str, Path], page: Page) -> None:
    page.open(reports["story"].as_uri())
    active = "document.activeElement"
    page.press("Tab")
    assert page.evaluate(f"{active}.className") == "skip"
    assert page.evaluate(f"{active}.getBoundingClientRect().left") >= 0
    page.press("Enter")
    assert page.evaluate("location.hash") == "#main"
    seen = set()
    for _ in range(120):
        page.press("Tab")
        seen.add(page.evaluate(f"{active}.tagName"))
        if page.evaluate(f"{active}.tagName + {active}.textContent").startswith("SUMMARYEvidence"):
            break
    assert {"A", "SUMMARY", "DIV"} <= seen, "links, details and tables that scroll"
    is_open = f"{active}.parentElement.open"
    assert page.evaluate(is_open) is False
    page.press("Enter")
    assert page.evaluate(is_open) is True
    assert page.evaluate(f"getComputedStyle({active}).outlineStyle") == "solid"


def test_every_link_of_the_page_leads_somewhere(reports: dict[str, Path], page: Page) -> None:
    page.open(reports["attacks"].as_uri())
    lost = "[...document.links].filter(a => !document.getElementById(a.hash.slice(1))).length"
    assert page.evaluate(lost) == 0


def test_one_click_takes_a_filter(reports: dict[str, Path], page: Page) -> None:
    page.open(reports["story"].as_uri())
    select = "getComputedStyle(document.querySelector('code.filter')).userSelect"
    assert page.evaluate(select) == "all"


def test_paper_has_everything(reports: dict[str, Path], page: Page, tmp_path: Path) -> None:
    page.open(reports["attacks"].as_uri())
    told = page.evaluate("document.querySelectorAll('pre.hex').length")
    page.pdf(tmp_path / "a.pdf")
    subprocess.run(["pdftotext", "-layout", "a.pdf", "a.txt"], cwd=tmp_path, check=True)
    text = (tmp_path / "a.txt").read_text()
    assert told > 10
    # What is closed on the screen is open on paper.
    assert len(re.findall(r"Bytes of frame", text)) == told
    assert text.count("The message as text") > 10
