"""Subscriptions by which a device tries ports of others, or has no room left."""

from __future__ import annotations

from collections.abc import Iterator
from math import inf
from typing import TYPE_CHECKING

from upnpscapy.forensics.controlling.subscription_row import SubscriptionRow
from upnpscapy.forensics.finding import Claim, Evidence
from upnpscapy.forensics.rules.callbacks import callbacks_of, counted, few, is_own, new_by, visits
from upnpscapy.forensics.rules.evidence import asked
from upnpscapy.forensics.rules.rule import rule
from upnpscapy.forensics.rules.text import short
from upnpscapy.forensics.rules.windows import densest

if TYPE_CHECKING:
    from upnpscapy.forensics.watching.facts import Facts

__all__ = ["RULES"]

MANY_GOALS, GOALS_SECONDS = 5, 60
MANY_LIVE, MANY_INFINITE = 100, 20


@rule(
    "callback-portscan",
    "HIGH",
    "A device made to try ports of others",
    reference="CVE-2020-12695",
    technique="T1046",
)
def portscan(facts: Facts) -> Iterator[Claim]:
    """Subscriptions of one host at one device with callbacks to five pairs of host and port.

    That many or more within 60 s, none of them the subscriber's own. A control point with several
    programs has several ports, but they are its own.
    """
    for (subscriber, publisher), rows in new_by(
        facts, lambda row: (row.subscriber, row.publisher)
    ).items():
        pairs = [
            (row, callback)
            for row in rows
            for callback in callbacks_of(facts, row)
            if not is_own(facts, row, callback)
        ]
        scan = densest(
            pairs,
            GOALS_SECONDS,
            lambda pair: pair[0].time_ns,
            lambda pair: (pair[1].host, pair[1].port),
        )
        goals = list(dict.fromkeys(f"{one.host}:{one.port}" for _, one in scan))
        if len(goals) < MANY_GOALS:
            continue
        effects: list[Evidence] = []
        for row, callback in few(scan):
            effects += visits(facts, row, callback)
        done = any(row.accepted_ns for row, _ in scan)
        yield Claim(
            publisher,
            f"{subscriber} named {len(goals)} callbacks of others within {GOALS_SECONDS} s: "
            f"{short(', '.join(goals))}.",
            "effect" if effects else "accepted" if done else "attempted",
            (
                *(asked(row, "SUBSCRIBE", row.callback) for row, _ in few(scan)),
                *dict.fromkeys(effects),
            ),
            missing=() if effects else ("no connection of the device to the callbacks",),
        )


@rule(
    "subscription-exhaustion",
    "MEDIUM",
    "Very many live subscriptions at one device",
    reference="UDA 2.0, 4.1",
    technique="T1499",
)
def exhaustion(facts: Facts) -> Iterator[Claim]:
    """At least 100 subscriptions of one device live at a time, or more than 20 that never end.

    Those that were ended by UNSUBSCRIBE do not count.
    """
    for publisher, rows in new_by(facts, lambda row: row.publisher).items():
        live = _most_live([row for row in rows if row.accepted_ns and row.state != "ended"])
        infinite = [row for row in live if row.infinite]
        if len(live) < MANY_LIVE and len(infinite) <= MANY_INFINITE:
            continue
        hosts = len({row.subscriber for row in live})
        yield Claim(
            publisher,
            f"{len(live)} subscriptions live at a time, {len(infinite)} of them without end, "
            f"by {counted(hosts)}.",
            "accepted",
            tuple(asked(row, "SUBSCRIBE", row.callback) for row in few(live)),
        )


def _most_live(rows: list[SubscriptionRow]) -> list[SubscriptionRow]:
    """Those that are live when most are."""
    spans = [(row.accepted_ns or 0, _end(row)) for row in rows]
    moments = sorted(moment for start, end in spans for moment in ((start, 1), (end, -1)))
    count = most = 0
    at = 0.0
    for time, change in moments:
        count += change
        if count > most:
            most, at = count, time
    return [row for row, (start, end) in zip(rows, spans, strict=True) if start <= at < end]


def _end(row: SubscriptionRow) -> float:
    if row.timeout_seconds is None:
        return inf
    return (row.accepted_ns or 0) + row.timeout_seconds * 1_000_000_000


RULES = (portscan, exhaustion)
