"""The browser for the tests of this directory; others import the same fixtures."""

from tests.browser.fixtures import browser, page

__all__ = ["browser", "page"]
