"""Subscriptions and events of a recording are those that daemons logged and subscribers printed."""

from collections import defaultdict

import pytest

from upnpscapy import Case
from upnpscapy.forensics.controlling.event_row import EventRow

from . import logged, logged_media
from .daemons import IGD_PORT
from .host import LAN_IPV4, NUMBERS
from .printed import dumped, json_events, json_steps
from .story import ROUTER_SERVICES, SUBSCRIBED, Story

CLIENT, OTHER = (f"{LAN_IPV4}{NUMBERS[name]}" for name in ("client", "other"))
ROUTER = f"http://{LAN_IPV4}{NUMBERS['router']}:{IGD_PORT}"
SERVICES = {
    "/evt/IPConn": "WANIPConn1",
    "/evt/CmnIfCfg": "WANCommonIFC1",
    "/evt/L3F": "L3Forwarding1",
    "/evt/DP": "DeviceProtection1",
}
"""Path of the router's eventSubURL → end of its serviceId."""


def service_of(event: EventRow) -> str:
    """The serviceId of the subscription that an event is of."""
    url = event.event_sub_url or ""
    assert url.startswith(ROUTER)
    return f"urn:upnp-org:serviceId:{SERVICES[url.removeprefix(ROUTER)]}"


def unicast_events(case: Case) -> list[EventRow]:
    """All events: of these devices none goes to a group."""
    found = [event for event in case.events if isinstance(event, EventRow)]
    assert len(found) == len(case.events)
    return found


def target_of(event: EventRow) -> str:
    return (event.exchange.target or b"").decode()


def test_router_logged_every_subscription_and_its_end_and_no_other(
    story: Story, case: Case
) -> None:
    found = [
        logged.LoggedSubscription(
            row.subscriber,
            (row.event_sub_url or "").removeprefix(ROUTER),
            row.callback or "",
            row.timeout_seconds or 0,
            row.sid or "",
            row.state,
        )
        for row in case.subscriptions
        if (row.event_sub_url or "").startswith(ROUTER)
    ]
    assert found == logged.subscriptions(story.router_log)
    assert [row.state for row in found] == (
        ["active"] * ROUTER_SERVICES[story.igd]
        + ["ended"] * len(SUBSCRIBED)
        # Of `renewing`: left alone, renewed too late, renewed and ended, made again and ended.
        + ["expired", "expired", "ended", "ended"]
    )


def test_renewing_printed_every_step_of_its_subscriptions(story: Story, case: Case) -> None:
    steps = json_steps(story.renewer)
    rows = {row.sid: row for row in case.subscriptions if row.subscriber == OTHER}
    assert {step.sid for step in steps} == set(rows)
    for sid, row in rows.items():
        timeouts = [step.timeout for step in steps if step.sid == sid and step.timeout]
        assert row.timeout_seconds == timeouts[-1]
        assert row.renewals == sum(step.sid == sid and step.done == "renewed" for step in steps)
        ended = any(step.sid == sid and step.done == "ended" for step in steps)
        assert row.state == ("ended" if ended else "expired")


def test_router_logged_every_event_and_no_other(story: Story, case: Case) -> None:
    assert [
        logged.LoggedEvent(
            f"{event.subscriber}:{event.exchange.server_port}",
            target_of(event),
            event.sid or "",
            -1 if event.seq is None else event.seq,
            event.properties,
        )
        for event in unicast_events(case)
    ] == logged.events(story.router_log)
    assert {event.publisher for event in unicast_events(case)} == {f"{LAN_IPV4}{NUMBERS['router']}"}


def test_every_event_was_answered_and_counted_from_0_on(case: Case) -> None:
    counted = defaultdict(list)
    for event in unicast_events(case):
        assert event.status == 200
        counted[event.sid].append(event.seq)
    assert len(counted) == len({row.sid for row in case.subscriptions})
    for numbers in counted.values():
        assert numbers == list(range(len(numbers)))
    assert max(map(len, counted.values())) > 5


@pytest.mark.parametrize("subscriber", [CLIENT, OTHER])
def test_subscriber_printed_every_event_that_it_got(
    story: Story, case: Case, subscriber: str
) -> None:
    by_service = defaultdict(list)
    for service, properties in json_events(
        story.subscriber if subscriber == CLIENT else story.renewer
    ):
        by_service[service].append(properties)
    found = defaultdict(list)
    for event in unicast_events(case):
        # The path is that of async-upnp-client; gupnp has one for each service.
        if event.subscriber == subscriber and target_of(event) == "/notify":
            found[service_of(event)].append(event.properties)
    assert found == by_service


def test_gupnp_printed_no_event_that_is_not_there(story: Story, case: Case) -> None:
    got = {
        (service_of(event), name, value)
        for event in unicast_events(case)
        if target_of(event) != "/notify"
        for name, value in event.properties
    }
    assert set(dumped(story.dumper)) <= got


def test_media_server_logged_every_subscription_and_no_other(
    story: Story, media_case: Case
) -> None:
    server = f"http://{LAN_IPV4}{NUMBERS['media']}:8200"
    assert [
        logged_media.MediaSubscription(
            row.subscriber,
            (row.event_sub_url or "").removeprefix(server),
            (row.callback or "").strip("<>"),
            row.timeout_seconds or 0,
            row.sid or "",
        )
        for row in media_case.subscriptions
    ] == logged_media.subscriptions(story.media_log)
    assert len(media_case.subscriptions) == 3
    # minidlna 1.3.0 connects to the callbacks and sends nothing.
    assert len(media_case.events) == 0
