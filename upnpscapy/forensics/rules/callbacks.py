"""Where the CALLBACK of a subscription leads, as far as the capture tells, and whose it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import ip_address
from typing import TYPE_CHECKING, TypeVar

from upnpscapy.forensics.controlling.subscription_row import SubscriptionRow
from upnpscapy.forensics.finding import Confidence, Evidence, Severity
from upnpscapy.forensics.rules.evidence import connected, resolved
from upnpscapy.forensics.rules.text import is_address, short, url_end
from upnpscapy.protocol.memory import Memory

if TYPE_CHECKING:
    from upnpscapy.forensics.watching.facts import Facts

__all__ = [
    "Callback",
    "Goal",
    "callbacks_of",
    "counted",
    "few",
    "goal_of",
    "is_own",
    "new_by",
    "visits",
]

MAX_URLS = 16
"""URLs of one CALLBACK that are looked at."""

MAX_VISITS = 4

MAX_SHOWN = 16
"""Requests that are evidence of one claim."""

T = TypeVar("T")

_RANK = ("INFO", "LOW", "MEDIUM", "HIGH", "CRITICAL")


@dataclass(frozen=True, slots=True)
class Callback:
    """One URL of a CALLBACK."""

    url: str
    host: str
    port: int
    addresses: tuple[str, ...]
    """Of the host: itself, or what its name was resolved to in the capture."""
    named: tuple[Evidence, ...] = ()
    """The answers of DNS that say so."""


@dataclass(frozen=True, slots=True)
class Goal:
    """Why somebody should not be sent events there."""

    words: str
    severity: Severity
    confidence: Confidence = "high"


def callbacks_of(facts: Facts, row: SubscriptionRow) -> list[Callback]:
    """The URLs of a subscription that lead to a host, the first ones."""
    found = []
    for url in row.callbacks[:MAX_URLS]:
        end = url_end(url)
        if end is None:
            continue
        host, port = end[0], 80 if end[1] is None else end[1]
        if is_address(host):
            found.append(Callback(url, host, port, (_PLAIN[host],)))
            continue
        answers = facts.names.of(host)
        named = tuple(map(resolved, answers[:2]))
        addresses = tuple(dict.fromkeys(one.address for one in answers))
        found.append(Callback(url, host, port, addresses, named))
    return found


def goal_of(facts: Facts, row: SubscriptionRow, callback: Callback) -> Goal | None:
    """What is wrong with where a callback leads, None if it leads to the subscriber."""
    if not callback.addresses:
        words = f"leads to the name {short(callback.host)}, which the capture does not resolve"
        return Goal(words, "LOW", "low")
    goals = [_goal(facts, row, address) for address in callback.addresses]
    wrong = [goal for goal in goals if goal is not None]
    return max(wrong, key=lambda goal: _RANK.index(goal.severity), default=None)


def visits(facts: Facts, row: SubscriptionRow, callback: Callback) -> tuple[Evidence, ...]:
    """Connections of the device to the callback after the subscription, and events it sent."""
    found: list[Evidence] = []
    for address in callback.addresses:
        attempts = facts.connections.to(
            address, callback.port, source=row.publisher, after_ns=row.time_ns
        )
        what = "a connection of the device to the callback"
        found += [connected(attempt, what) for attempt in attempts[:MAX_VISITS]]
    return tuple(found[:MAX_VISITS])


def _goal(facts: Facts, row: SubscriptionRow, address: str) -> Goal | None:
    around = facts.surroundings
    kind = around.class_of(address)
    subscriber = _PLAIN[row.subscriber]
    if address == subscriber or around.same_host(address, subscriber):
        if around.is_local(address):
            return None
        return Goal("leads to the subscriber, who is not local", "HIGH")
    if address == row.publisher or ip_address(address).is_loopback:
        return Goal("leads to the device itself", "MEDIUM")
    if kind == "local":
        if _elsewhere(facts, address, subscriber):
            return Goal("leads to another host of another known network", "LOW", "medium")
        return Goal("leads to a local host that is not the subscriber", "MEDIUM", "medium")
    if kind in ("public", "documentation", "benchmark"):
        return Goal(f"leads out of the local network ({kind} address)", "HIGH")
    return Goal(f"leads to a {kind} address", "MEDIUM")


def _elsewhere(facts: Facts, address: str, subscriber: str) -> bool:
    """Whether an address is in a network that is known, and the subscriber is not in it."""
    one, other = ip_address(address), ip_address(subscriber)
    return any(one in network and other not in network for network in facts.surroundings.networks)


def _compressed(address: str) -> str:
    return ip_address(address.strip("[]").partition("%")[0]).compressed


_PLAIN = Memory(_compressed, len, limit=64, entries=4096)
"""Address, as it is written → the same as rows write it."""


def new_by(facts: Facts, key: Callable[[SubscriptionRow], T]) -> dict[T, list[SubscriptionRow]]:
    """New subscriptions, those with a CALLBACK, by what they share."""
    found: defaultdict[T, list[SubscriptionRow]] = defaultdict(list)
    for row in facts.subscriptions:
        if row.subscribe.kind == "subscribe":
            found[key(row)].append(row)
    return found


def is_own(facts: Facts, row: SubscriptionRow, callback: Callback) -> bool:
    """Whether a callback leads to the subscriber."""
    return callback.host == row.subscriber or any(
        facts.surroundings.same_host(address, row.subscriber) for address in callback.addresses
    )


def few(rows: list[T]) -> list[T]:
    """The first ones and the last."""
    return rows if len(rows) <= MAX_SHOWN else [*rows[: MAX_SHOWN - 1], rows[-1]]


def counted(count: int) -> str:
    """A number of hosts in words."""
    return "one host" if count == 1 else f"{count} hosts"
