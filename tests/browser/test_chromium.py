"""The driver tells of what a page does wrong, so that its silence means something."""

from __future__ import annotations

from pathlib import Path

from tests.browser.chromium import Chromium

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def test_what_a_page_asks_for_and_complains_about_is_seen(
    browser: Chromium, tmp_path: Path
) -> None:
    path = tmp_path / "bad.html"
    path.write_text(
        "<!DOCTYPE html><title>x</title><img src='http://198.51.100.7/a.png'>"
        "<script>console.log('it runs'); throw new Error('it breaks')</script>"
    )
    with browser.page() as page:
        page.open(path.as_uri())
        page.settle()
        assert "http://198.51.100.7/a.png" in page.requests
        assert "it runs" in page.complaints
        assert any("Uncaught" in one for one in page.complaints)


def test_policy_of_reports_stops_scripts_and_says_so(browser: Chromium, tmp_path: Path) -> None:
    path = tmp_path / "bad.html"
    path.write_text(
        f'<!DOCTYPE html><meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        "<title>x</title><script>document.title = 'it ran'</script>"
    )
    with browser.page() as page:
        page.open(path.as_uri())
        page.settle()
        assert page.evaluate("document.title") == "x"
        assert any("Content Security Policy" in one for one in page.complaints)
