"""Absolute URLs out of what descriptions write in their place.

UPnP 1.0: relative to URLBase, else to LOCATION (UDA 1.0, 2.1).
UPnP 1.1 and later: relative to LOCATION; URLBase is not sent (UDA 2.0, 2.3).
References are merged by RFC 3986, 5, also for UPnP 1.0: that is what control points do.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from urllib.parse import SplitResult, quote, urljoin, urlsplit

__all__ = ["base_url", "resolve_url"]

Add = Callable[[str, str], None]
"""Takes the name of a defect and what was found."""

_NOT_IN_URL = re.compile(r"[^!#-;=?-\[\]_a-z~]|%(?![0-9A-Fa-f]{2})")
_SCHEMES = ("http", "https")


MAX_BASE = 1024
"""Characters; every URL of the description carries its base, so a long one would multiply."""


def base_url(
    url_base: str | None, location: str | None, version: tuple[int, int] | None, add: Add
) -> str | None:
    """What relative URLs of a description are relative to; None if nothing says so.

    An empty URLBase is none (UDA 1.0, 2.1).
    A URLBase that is no URL (``www.netgear.com``, Netgear DG834) is passed over.
    """
    place = _absolute(location)
    if not url_base:
        return place
    later = version is not None and version > (1, 0)
    if later:
        add("url-base-deprecated", url_base)
    base = _absolute(url_base)
    if base is None and url_base.startswith("/"):
        add("url-base-relative", url_base)
        base = _join(place, url_base) if place else None
    elif base is None:
        add("url-base-value", url_base)
    if base and place and _origin(base) != _origin(place):
        add("url-base-elsewhere", url_base)
    return (place or base) if later else (base or place)


def resolve_url(raw: str | None, base: str | None, add: Add) -> str | None:
    """The absolute URL of a reference; "" of an empty one, None of one that has no base.

    A character that no URL may hold, as a blank, is percent-encoded.
    """
    if not raw:
        return raw
    url = _encoded(raw)
    if url != raw:
        add("url-characters", raw)
    found = _join(base, url)
    if found is None:
        add("url-unresolved", raw)
    return found


def _encoded(url: str) -> str:
    return _NOT_IN_URL.sub(lambda match: quote(match.group(), safe="", errors="replace"), url)


def _split(url: str) -> SplitResult | None:
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _absolute(url: str | None) -> str | None:
    """The URL, if it is one of HTTP with a host, and short enough to be a base."""
    if not url or len(url) > MAX_BASE:
        return None
    encoded = _encoded(url)
    parts = _split(encoded)
    return encoded if parts and parts.scheme in _SCHEMES and parts.hostname else None


def _origin(url: str) -> tuple[str | None, int]:
    parts = _split(url)
    if parts is None:
        return None, 0
    return parts.hostname, parts.port or (443 if parts.scheme == "https" else 80)


def _join(base: str | None, url: str) -> str | None:
    parts = _split(url)
    if parts is None:
        return None
    if parts.scheme and (parts.netloc or parts.scheme not in _SCHEMES):
        return url
    if base is None:
        return None
    try:
        found = urljoin(base, url)
    except ValueError:
        return None
    return found if _split(found) else None
