"""Subscriptions that have a device connect to others than who subscribes."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import TYPE_CHECKING

from upnpscapy.forensics.controlling.event_row import EventRow
from upnpscapy.forensics.controlling.subscription_row import SubscriptionRow
from upnpscapy.forensics.finding import Claim
from upnpscapy.forensics.rules.callbacks import (
    callbacks_of,
    counted,
    few,
    goal_of,
    is_own,
    new_by,
    visits,
)
from upnpscapy.forensics.rules.evidence import Act, asked, claims_of
from upnpscapy.forensics.rules.rule import rule
from upnpscapy.forensics.rules.text import short
from upnpscapy.forensics.rules.windows import densest

if TYPE_CHECKING:
    from upnpscapy.forensics.watching.facts import Facts

__all__ = ["RULES"]

MANY_URLS = 3
MANY_CHARACTERS = 500
MANY_REQUESTS, REQUESTS_SECONDS = 50, 5

LONG_TARGET = 200
"""Characters of a NOTIFY's target that may carry data."""

MAX_VISITED = 256
"""Subscriptions with one callback after which visits to it are looked for; those after later
ones are among them."""

_CODED = re.compile(r"[A-Za-z0-9+_=-]{48,}")
"""A stretch of base64 or hexadecimal; words of a path, and UUIDs, are shorter."""


@rule(
    "callstranger",
    "HIGH",
    "Subscription whose events go to somebody else",
    reference="CVE-2020-12695",
    technique="T1498.002",
)
def callstranger(facts: Facts) -> Iterator[Claim]:
    """SUBSCRIBE whose CALLBACK leads to somebody else.

    Out of the local network: HIGH, and CRITICAL if the device then connects there. To a local host
    that is not the subscriber, to the device itself, or to an address of another class: MEDIUM; to
    another network that was given or announced, as in homes with several: LOW. A name counts by
    what DNS in the capture says, else it is LOW. A subscriber with several addresses at one link
    address is one host. Devices that are mended refuse with 412 or the like.
    """
    yield from claims_of(_callstranger(facts))


def _callstranger(facts: Facts) -> Iterator[Act]:
    tried: Counter[tuple[str, str, int]] = Counter()
    for row in facts.subscriptions:
        for callback in callbacks_of(facts, row):
            goal = goal_of(facts, row, callback)
            if goal is None:
                continue
            key = row.publisher, callback.host, callback.port
            tried[key] += 1
            seen = visits(facts, row, callback) if tried[key] <= MAX_VISITED else ()
            severity = "CRITICAL" if seen and goal.severity == "HIGH" else goal.severity
            agent = row.subscribe.user_agent or ""
            tool = ", sent by a tool that checks for it" if "callstranger" in agent.lower() else ""
            gone = () if seen else ("no connection of the device to the callback in the capture",)
            yield Act(
                row,
                "SUBSCRIBE",
                f"CALLBACK {goal.words}{tool}",
                row.callback,
                severity,
                goal.confidence,
                seen,
                gone,
                callback.named,
            )


@rule(
    "multi-callback",
    "MEDIUM",
    "Subscription with many callbacks",
    reference="ET 2030339, Snort 54279, Snort 54280",
    technique="T1498.002",
)
def multi_callback(facts: Facts) -> Iterator[Claim]:
    """CALLBACK with two different hosts, three URLs or more, or more than 500 characters.

    HIGH if one of the hosts is not local. Also 50 new subscriptions to one device within 5 s.
    Several URLs are legal (UDA 2.0, 4.1.2), and a host with IPv4 and IPv6 may give both: hosts at
    the subscriber's link address count as one.
    """
    yield from claims_of(_multi_callback(facts))
    for publisher, rows in new_by(facts, lambda row: row.publisher).items():
        burst = densest(rows, REQUESTS_SECONDS, lambda row: row.time_ns)
        if len(burst) >= MANY_REQUESTS:
            hosts = len({row.subscriber for row in burst})
            yield Claim(
                publisher,
                f"{len(burst)} subscriptions within {REQUESTS_SECONDS} s, by {counted(hosts)}.",
                "accepted" if any(row.accepted_ns for row in burst) else "attempted",
                tuple(asked(row, "SUBSCRIBE", row.callback) for row in few(burst)),
            )


def _multi_callback(facts: Facts) -> Iterator[Act]:
    for row in facts.subscriptions:
        if len(row.callbacks) < 2 and not MANY_CHARACTERS < len(row.callback or "") <= 512:
            continue
        hosts = {callback.host: callback for callback in callbacks_of(facts, row)}
        others = [host for host, one in hosts.items() if not is_own(facts, row, one)]
        distinct = len(others) + (len(others) < len(hosts))
        count = len(row.callbacks)
        if distinct > 1 or count >= MANY_URLS:
            note = f"CALLBACK has {count} URLs of {distinct} hosts"
        elif len(row.callback or "") > MANY_CHARACTERS:
            note = f"CALLBACK has {len(row.callback or '')} characters"
        else:
            continue
        away = any(
            not facts.surroundings.is_local(address)
            for host in others
            for address in hosts[host].addresses
        )
        yield Act(row, "SUBSCRIBE", note, row.callback, "HIGH" if away else None)


@rule(
    "gena-exfil",
    "CRITICAL",
    "Events that carry data out in their target",
    reference="CVE-2020-12695",
    technique="T1048.003",
)
def exfiltration(facts: Facts) -> Iterator[Claim]:
    """NOTIFY of a local device to a host that is not, with a long target that looks coded.

    That is more than 200 characters, 48 of them like base64 or hexadecimal without a break.
    CRITICAL if two targets differ, else HIGH with medium confidence. The subscription that named
    the target is evidence where it is in the capture. No device sends events out by itself; cloud
    services use other ways.
    """
    sent: defaultdict[tuple[str, str], list[EventRow]] = defaultdict(list)
    for event in facts.events:
        if isinstance(event, EventRow) and len(event.event.target) > LONG_TARGET:
            away = not facts.surroundings.is_local(event.subscriber)
            if away and _CODED.search(event.event.target):
                sent[event.publisher, event.subscriber].append(event)
    planters = _planters(facts) if sent else {}
    for (publisher, subscriber), events in sent.items():
        targets = {event.event.target for event in events}
        evidence = [asked(one, "NOTIFY", one.event.target) for one in few(events)]
        planted = planters.get((publisher, subscriber), [])
        evidence[:0] = [asked(row, "SUBSCRIBE", row.callback) for row in few(planted)]
        again = len(targets) > 1
        yield Claim(
            publisher,
            f"{len(events)} events to {subscriber}, which is not local, with {len(targets)} "
            f"long targets that look coded, such as {short(events[0].event.target)}.",
            "effect",
            tuple(evidence),
            "high" if again else "medium",
            () if planted else ("the subscription that named the target",),
            None if again else "HIGH",
        )


def _planters(facts: Facts) -> dict[tuple[str, str], list[SubscriptionRow]]:
    """Subscriptions by their publisher and the address they lead to."""
    found: defaultdict[tuple[str, str], list[SubscriptionRow]] = defaultdict(list)
    for row in facts.subscriptions:
        for callback in callbacks_of(facts, row):
            for address in callback.addresses:
                found[row.publisher, address].append(row)
    return found


RULES = (callstranger, multi_callback, exfiltration)
