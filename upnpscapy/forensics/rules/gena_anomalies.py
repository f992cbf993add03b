"""Eventing that does not fit together: events nobody asked for, subscriptions of two hosts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from upnpscapy.forensics.controlling.event_row import EventRow
from upnpscapy.forensics.controlling.subscription_row import SubscriptionRow
from upnpscapy.forensics.finding import Claim, Severity
from upnpscapy.forensics.rules.evidence import Act, Row, asked, claims_of
from upnpscapy.forensics.rules.requests import header_of, method_of, requests_of
from upnpscapy.forensics.rules.rule import rule

if TYPE_CHECKING:
    from upnpscapy.forensics.watching.facts import Facts

__all__ = ["RULES"]

BEFORE_INITIAL_NS = 30_000_000_000
"""An initial event follows its subscription at once: after that much capture it would be seen."""

_LAST_SEQ = 2**32 - 1


@rule(
    "gena-anomaly",
    "MEDIUM",
    "Eventing that does not fit together",
    reference="UDA 2.0, 4",
    technique="T1557",
)
def anomaly(facts: Facts) -> Iterator[Claim]:
    """An event or a renewal that does not fit the subscriptions seen.

    MEDIUM: an event from another host than was subscribed to; an initial event (SEQ 0), later than
    30 s into the capture, to a host that never subscribed there, nor connected in the 30 s before;
    a subscription renewed or ended by another host than began it. LOW: any other event without a
    subscription in the capture, as it may have begun before; a SEQ that goes back without a new
    SID; another host where link addresses are not known, since a device may have several addresses.
    NAT between them looks the same.
    """
    yield from claims_of(_strays(facts))
    yield from claims_of(_backward(facts))
    yield from claims_of(_hijacked(facts))


def _strays(facts: Facts) -> Iterator[Act]:
    """Events without a subscription, or of another one's."""
    asking = {(row.publisher, row.subscriber) for row in facts.subscriptions}
    for event in facts.events:
        if not isinstance(event, EventRow):
            continue
        subscription = event.subscription
        if subscription is not None:
            if not _same(facts, event.publisher, subscription.publisher):
                sure = _linked(facts, event.publisher, subscription.publisher)
                began = asked(subscription, "SUBSCRIBE", subscription.sid)
                note = f"the event is of a subscription at {subscription.publisher}"
                severity: Severity | None = None if sure else "LOW"
                yield Act(event, "NOTIFY", note, event.sid, severity, "medium", context=(began,))
            continue
        initial = event.seq == 0 and _is_late(facts, event.time_ns) and not _met(facts, event)
        if initial and (event.publisher, event.subscriber) not in asking:
            note = "an initial event to a host that is not seen to have subscribed"
            yield Act(event, "NOTIFY", note, event.sid, None, "low", unseen=_NO_SUBSCRIBE)
        else:
            note = "an event whose subscription is not in the capture"
            yield Act(event, "NOTIFY", note, event.sid, "LOW", "low", unseen=_NO_SUBSCRIBE)


_NO_SUBSCRIBE = ("the subscription, which may be older than the capture",)


def _backward(facts: Facts) -> Iterator[Act]:
    """Events whose SEQ is less than that of one before, of one subscription."""
    last: dict[tuple[bytes, str], EventRow] = {}
    for event in facts.events:
        if not isinstance(event, EventRow):
            continue
        sid, seq = event.sid, event.seq
        if sid is None or seq is None:
            continue
        key = event.exchange.client_address, sid.lower()
        before = last.get(key)
        last[key] = event
        if before is None or before.seq is None or before.seq <= seq:
            continue
        if before.seq != _LAST_SEQ:
            note = "SEQ goes back without a new SID"
            value = f"SEQ {seq} after {before.seq}"
            told = (asked(before, "the event before", f"SEQ {before.seq}"),)
            yield Act(event, "NOTIFY", note, value, "LOW", "low", context=told)


def _hijacked(facts: Facts) -> Iterator[Act]:
    """Renewals and ends of a subscription by another host than it belongs to."""
    owners: dict[tuple[str, str], SubscriptionRow | Row] = {}
    for row in facts.subscriptions:
        if row.sid is not None:
            owners.setdefault((row.publisher, row.sid.lower()), row)
    for asking in requests_of(facts, "subscribe"):
        sid = header_of(asking, "sid")
        if sid is None or method_of(asking) not in ("SUBSCRIBE", "UNSUBSCRIBE"):
            continue
        owner = owners.setdefault((asking.server, sid.strip().lower()), asking)
        if _same(facts, owner.client, asking.client):
            continue
        renews = method_of(asking) == "SUBSCRIBE"
        note = f"a subscription of {owner.client} was {'renewed' if renews else 'ended'} by another"
        sure = _linked(facts, owner.client, asking.client)
        began = (asked(owner, "the subscription", sid),)
        severity: Severity | None = None if sure else "LOW"
        yield Act(asking, method_of(asking), note, sid, severity, "medium", context=began)


def _is_late(facts: Facts, time_ns: int | None) -> bool:
    start = facts.start_ns
    return start is not None and time_ns is not None and time_ns - start > BEFORE_INITIAL_NS


def _met(facts: Facts, event: EventRow) -> bool:
    """Whether the subscriber connected to the publisher just before, and may have subscribed."""
    after = (event.time_ns or 0) - BEFORE_INITIAL_NS
    tried = facts.connections.to(event.publisher, source=event.subscriber, after_ns=after)
    return any((one.time_ns or 0) <= (event.time_ns or 0) for one in tried)


def _same(facts: Facts, one: str, other: str) -> bool:
    return facts.surroundings.same_host(one, other)


def _linked(facts: Facts, one: str, other: str) -> bool:
    """Whether both are known to be on the link, so that two addresses are two hosts."""
    around = facts.surroundings
    return bool(around.link_of(one) and around.link_of(other))


RULES = (anomaly,)
