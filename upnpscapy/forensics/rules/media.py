"""Players and media servers made to do what their owner may not have asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from upnpscapy.forensics.controlling.call_row import CallRow
from upnpscapy.forensics.finding import Claim, Evidence
from upnpscapy.forensics.rules.browser import is_own_origin
from upnpscapy.forensics.rules.evidence import Act, asked, claims_of
from upnpscapy.forensics.rules.requests import (
    calls_having,
    calls_named,
    header_of,
    local_name,
    method_of,
    requests_of,
    target_of,
)
from upnpscapy.forensics.rules.rule import rule
from upnpscapy.forensics.rules.text import redacted, short

if TYPE_CHECKING:
    from upnpscapy.forensics.watching.facts import Facts

__all__ = ["RULES"]

MANY_ITEMS, ITEMS_SECONDS = 500, 300

DIAL = "urn:dial-multiscreen-org:service:dial:1"

_URIS = frozenset(("CurrentURI", "NextURI", "SourceURI"))
_FILES = frozenset("file gopher dict ftp tftp ldap jar smb data javascript".split())
"""Schemes by which a player reads what is not on the Web: its own files, other services."""

_UPLOADS = frozenset(("CreateObject", "ImportResource"))


@rule(
    "media-control-abuse",
    "LOW",
    "A player or media server used against its owner",
    reference="UPnP AV",
    technique="T1090",
)
def media(facts: Facts) -> Iterator[Claim]:
    """A URI that a player or server should not be given, or more taken from it than is usual.

    A URI to play or import with a scheme that is not of media (file, gopher, ftp …), with a
    password in it, or of the loopback: MEDIUM. One that is not local: LOW, as for Internet radio.
    CreateObject and ImportResource, which put files on a server, and more than 500 items browsed by
    one host within 5 minutes: LOW, as apps that keep an index do it. Schemes of makers, such as
    x-rincon, are nothing.
    """
    yield from claims_of(_uris(facts), facts)
    yield from claims_of(
        Act(row, str(call.action), f"{call.action} puts objects on the server", None, "LOW")
        for row, call in calls_named(facts, _UPLOADS)
        if local_name(call.service_type) == "ContentDirectory"
    )
    yield from _dumps(facts)


def _uris(facts: Facts) -> Iterator[Act]:
    for row, call in calls_having(facts, _is_uri):
        for name, value in call.arguments:
            if not _is_uri(name, value):
                continue
            try:
                parts = urlsplit(value.strip())
                host = parts.hostname or ""
            except ValueError:
                continue
            what = f"{call.action} {name}"
            shown = value
            if parts.password:
                shown = value.replace(parts.password, redacted(parts.password), 1)
                note = f"{name} has a password in it"
                yield Act(row, what, note, shown, "MEDIUM")
            command = f"{parts.scheme}://{host}/" if host else ""
            kind = facts.surroundings.class_of(host)
            if parts.scheme.lower() in _FILES:
                note = f"{name} has the scheme {parts.scheme.lower()}, which is none of media"
                yield Act(row, what, note, shown, "MEDIUM", "high", command=command)
            elif host == "localhost" or _loops(host):
                note = f"{name} leads to the device itself"
                yield Act(row, what, note, shown, "MEDIUM", "medium")
            elif kind in ("public", "documentation", "benchmark"):
                note = f"{name} leads out of the local network"
                yield Act(row, what, note, shown, "LOW", "low", command=command)


def _is_uri(name: str, value: str) -> bool:
    return name in _URIS and ":" in value[:64]


def _loops(host: str) -> bool:
    return host.startswith("127.") or host == "::1"


def _dumps(facts: Facts) -> Iterator[Claim]:
    """Hosts that browsed very much of a server in a short time."""
    browsed: defaultdict[tuple[str, str], list[tuple[CallRow, int]]] = defaultdict(list)
    for row, _ in calls_named(facts, ("Browse", "Search")):
        if row.ok:
            count = (row.result_argument("NumberReturned") or "").strip()
            if count.isascii() and count.isdigit() and len(count) < 10:
                browsed[row.client, row.server].append((row, int(count)))
    for (client, server), rows in browsed.items():
        if sum(count for _, count in rows) <= MANY_ITEMS:
            continue
        best: list[tuple[CallRow, int]] = _most(rows)
        total = sum(count for _, count in best)
        if total > MANY_ITEMS:
            yield Claim(
                server,
                f"{client} was sent {total} items within {ITEMS_SECONDS} s.",
                "accepted",
                tuple(
                    asked(row, str(row.action), row.argument("ObjectID"))
                    for row, _ in (*best[:15], *best[15:][-1:])
                ),
                "low",
                severity="LOW",
            )


def _most(rows: list[tuple[CallRow, int]]) -> list[tuple[CallRow, int]]:
    """The window of time in which most items were sent."""
    times = enumerate(row.time_ns for row, _ in rows)
    timed = sorted((time_ns, at) for at, time_ns in times if time_ns is not None)
    best, most, total, start = (0, 0), 0, 0, 0
    for end, (time, at) in enumerate(timed):
        total += rows[at][1]
        while time - timed[start][0] > ITEMS_SECONDS * 1_000_000_000:
            total -= rows[timed[start][1]][1]
            start += 1
        if total > most:
            best, most = (start, end + 1), total
    return [rows[at] for _, at in timed[best[0] : best[1]]]


@rule(
    "dial-chromecast",
    "INFO",
    "DIAL: apps found or started on a television",
    reference="DIAL 2.2.1",
    technique="T1046",
)
def dial(facts: Facts) -> Iterator[Claim]:
    """Searches for DIAL, and apps that are started by a web page or from outside.

    Browsers and phones search all day: INFO, one finding of each host. POST to /apps/… with an
    Origin that is a web site other than the device, or from an address that is not local: MEDIUM.
    Apps have an Origin too, but no site: package:com.example. Pages of the maker's own service may
    start its app, and their site is in the evidence.
    """
    yield from claims_of(_launches(facts), facts)
    for source, seen in _searches(facts).items():
        words = f"{source} searched for DIAL devices."
        yield Claim(source, words, "observed", tuple(seen))


def _launches(facts: Facts) -> Iterator[Act]:
    for row in requests_of(facts, "dial"):
        target = target_of(row)
        if method_of(row) != "POST" or not target.lower().startswith("/apps/"):
            continue
        origin = header_of(row, "origin")
        site = origin is not None and origin.strip().lower().startswith(("http://", "https://"))
        if not facts.surroundings.is_local(row.client):
            note = "an app was started from outside"
            yield Act(row, f"POST {short(target)}", note, target, "MEDIUM")
        elif origin is not None and site and not is_own_origin(row, origin):
            note = f"an app was started by a page of {short(origin)}"
            yield Act(row, f"POST {short(target)}", note, origin, "MEDIUM", "medium")


def _searches(facts: Facts) -> dict[str, list[Evidence]]:
    found: defaultdict[str, list[Evidence]] = defaultdict(list)
    for seen in facts.messages.of_kind("search"):
        if (seen.ssdp.st or "").lower() == DIAL and len(found[seen.src]) < 4:
            found[seen.src].append(seen.evidence("M-SEARCH", DIAL))
    return {source: evidence for source, evidence in found.items() if evidence}


RULES = (media, dial)
