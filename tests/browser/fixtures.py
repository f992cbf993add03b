"""One browser for the tests of a file; where there is none they are skipped, and say why."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.browser.chromium import Chromium, Page
from tests.browser.requirements import missing, required

__all__ = ["browser", "page"]


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    reason = missing()
    if reason is not None:
        if required():
            pytest.fail(reason)
        pytest.skip(reason)
    with Chromium(tmp_path_factory.mktemp("profile")) as opened:
        yield opened


@pytest.fixture
def page(browser: Chromium) -> Iterator[Page]:
    """A tab; at the end nothing may have been complained about or loaded from elsewhere."""
    with browser.page() as opened:
        yield opened
        opened.settle()
        assert opened.complaints == []
        assert opened.dialogs == []
        assert [url for url in opened.requests if not url.startswith(("file:", "data:"))] == []
