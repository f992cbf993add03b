"""Versions that SERVER names and advisories list; what runs behind them is another matter."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from upnpscapy.forensics.finding import Claim, Evidence, Severity
from upnpscapy.forensics.row_of_exchange import RowOfExchange
from upnpscapy.forensics.rules.discovery import PRESENT
from upnpscapy.forensics.rules.evidence import Row, answered
from upnpscapy.forensics.rules.rule import rule
from upnpscapy.forensics.rules.text import short
from upnpscapy.protocol.httpu import text

if TYPE_CHECKING:
    from upnpscapy.forensics.watching.facts import Facts
    from upnpscapy.forensics.watching.seen_messages import Seen

__all__ = ["RULES", "listed_in"]

MAX_BANNER = 512
"""Characters of SERVER that are looked at."""

MAX_BANNERS = 4096
"""Of all addresses."""

_MINIUPNPD = re.compile(r"MiniUPnPd/(\d{1,3})(?:\.(\d{1,3}))?(?:\.(\d{1,3}))?", re.IGNORECASE)
_LIBUPNP = re.compile(
    r"(?:Portable|Intel) SDK for UPnP devices(?:\s{0,4}/\s{0,4}(\d{1,3})(?:\.(\d{1,3}))?"
    r"(?:\.(\d{1,3}))?)?",
    re.IGNORECASE,
)
_REALTEK = re.compile(r"//[^/]{1,255}:52869/picsdesc\.xml", re.IGNORECASE)

Version = tuple[int, int, int]
_Listing = tuple[Severity, str]

_OTHERS: tuple[tuple[re.Pattern[str], Severity, str], ...] = (
    (
        re.compile(r"Linux, UPnP/1\.0, DIR-"),
        "LOW",
        "D-Link DIR, a family listed in CVE-2019-20215 (commands in M-SEARCH)",
    ),
    (
        re.compile(r"Custom/1\.0 UPnP/1\.0 Proc/Ver"),
        "LOW",
        "Broadcom's UPnP stack, listed in reports of BCMUPnP_Hunter",
    ),
    (
        re.compile(r"Linux, UPnP/1\.0,? DCS-"),
        "INFO",
        "D-Link DCS, a family whose HNAP is listed in several advisories",
    ),
)


@rule(
    "outdated-stack",
    "LOW",
    "Version listed in advisories",
    reference="VU#922681, CVE-2013-0229, CVE-2013-0230, CVE-2014-8361, CVE-2016-6255, "
    "CVE-2020-12695",
    technique="T1592.002",
)
def outdated(facts: Facts) -> Iterator[Claim]:
    """SERVER, of discovery or of an answer to control, names a version that advisories list.

    These are MiniUPnPd before 2.3.11, the SDK for UPnP devices before 1.14.5, families of D-Link,
    and Broadcom's stack. A version listed is no hole found: makers mend without changing it, and
    some banners were never changed at all. Confidence is low, the newest of them INFO.
    """
    for address, banner, location, said in _banners(facts):
        found = listed_in(banner, location)
        evidence = _evidence(said, banner) if found else None
        if evidence is not None:
            severity: Severity = "LOW" if any(one == "LOW" for one, _ in found) else "INFO"
            words = "; ".join(words for _, words in found)
            note = f"SERVER {short(banner)!r}: {words}. Makers mend without changing the version."
            missing = ("what the device really runs",)
            yield Claim(address, note, "observed", (evidence,), "low", missing, severity)


def listed_in(banner: str, location: str | None = None) -> list[_Listing]:
    """(severity, which version or family, and where it is listed) for each listing."""
    of_realtek = location is not None and _REALTEK.search(location) is not None
    return list(_listed_in(banner[:MAX_BANNER], of_realtek))


@lru_cache(1024)
def _listed_in(part: str, of_realtek: bool) -> tuple[_Listing, ...]:
    found: list[_Listing] = []
    if match := _MINIUPNPD.search(part):
        found += _miniupnpd(_version(match), of_realtek)
    for match in _LIBUPNP.finditer(part):
        found += _libupnp(None if match[1] is None else _version(match))
        break
    found += [(severity, words) for pattern, severity, words in _OTHERS if pattern.search(part)]
    return tuple(found)


def _miniupnpd(version: Version, of_realtek: bool) -> Iterator[_Listing]:
    name = "MiniUPnPd " + ".".join(map(str, version[:2]))
    if version[:2] == (1, 4) and of_realtek:
        yield "LOW", f"{name} at port 52869 is Realtek's SDK, listed in CVE-2014-8361"
    elif version < (1, 4, 0):
        yield (
            "LOW",
            f"{name}, a version listed in CVE-2013-0229 or CVE-2013-0230, sources disagree which",
        )
    elif version < (1, 9, 0):
        yield "LOW", f"{name}, a version from before names in Host were refused (2.0)"
    elif version < (2, 3, 11):
        full = "MiniUPnPd " + ".".join(map(str, version))
        yield "INFO", f"{full}, a version listed in the changelog of 2.3.11 (pinholes, XML reader)"


def _libupnp(version: Version | None) -> Iterator[_Listing]:
    if version is None:
        yield "LOW", "SDK for UPnP devices without a version, listed in CVE-2012-5958 to 5965"
        return
    name = "SDK for UPnP devices " + ".".join(map(str, version))
    if version < (1, 6, 18) or version == (1, 8, 0):
        yield "LOW", f"{name}, a version listed in CVE-2012-5958 to 5965"
    elif version < (1, 6, 21):
        yield "LOW", f"{name}, a version listed in CVE-2016-6255 and CVE-2016-8863"
    if version < (1, 14, 0):
        yield "LOW", f"{name}, a version listed in CVE-2020-12695"
    elif version < (1, 14, 5):
        yield "INFO", f"{name}, a version listed in CVE-2021-28302"


def _version(match: re.Match[str]) -> Version:
    major, minor, patch = (int(group or 0) for group in match.groups())
    return major, minor, patch


def _banners(facts: Facts) -> Iterator[tuple[str, str, str | None, Seen | Row]]:
    """(address, SERVER, LOCATION, where) of messages and answers to control, each once."""
    told: set[tuple[str, str]] = set()
    for seen in facts.messages.of_kind(*PRESENT):
        message = seen.ssdp
        if message.server and _is_new(told, seen.src, message.server):
            yield seen.src, message.server, message.location, seen
    known: set[tuple[bytes, bytes]] = set()
    for row in (*facts.calls, *facts.subscriptions):
        response = row.exchange.response
        value = None if response is None else response.message.headers.get(b"server")
        said = row.exchange.server_address, value or b""
        if not value or said in known:
            continue
        known.add(said)
        if _is_new(told, row.server, text(value)):
            yield row.server, text(value), None, row


def _evidence(said: Seen | Row, banner: str) -> Evidence | None:
    if isinstance(said, RowOfExchange):
        return answered(said, "SERVER", banner)
    return said.evidence("SERVER", banner)


def _is_new(told: set[tuple[str, str]], address: str, banner: str) -> bool:
    key = address, banner[:MAX_BANNER]
    if key in told or len(told) >= MAX_BANNERS:
        return False
    told.add(key)
    return True


RULES = (outdated,)
