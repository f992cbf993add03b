"""URLs of a description as UDA 1.0 and 2.0 resolve them."""

from __future__ import annotations

import pytest

from tests.protocol.descriptions import URLS, document
from upnpscapy.protocol.description import parse_description
from upnpscapy.protocol.description_url import base_url


@pytest.mark.parametrize(("version", "base", "location", "url", "resolved", "defects"), URLS)
def test_urls_are_resolved(
    version: str,
    base: str | None,
    location: str | None,
    url: str,
    resolved: str | None,
    defects: list[str],
) -> None:
    description = parse_description(document("", url, base, version), location)
    service = description.services[0]
    assert (service.control_url, service.control_url_raw) == (resolved, url)
    names = {defect.name for defect in description.defects}
    found = sorted(names - {"missing-url"})
    assert found == sorted(defects)
    assert ("missing-url" in names) == (not url)


def test_a_long_base_is_none() -> None:
    """Each of many URLs would carry it."""
    found: list[str] = []
    base = base_url(
        f"http://192.0.2.1/{'x' * 5000}/", None, (1, 0), lambda name, _: found.append(name)
    )
    assert base is None
    assert found == ["url-base-value"]
