"""Subscriptions are renewed while a device wants them, and made anew when it forgot them."""

from __future__ import annotations

import time
from itertools import islice

import pytest

from upnpscapy.live import subscription as module

from .publisher import NUMBER, Publisher, kinds, numbers, until

pytestmark = pytest.mark.usefixtures("nothing_is_left")


def test_renewed_before_its_time_is_over() -> None:
    with Publisher("Second-1") as device, device.subscribe() as subscriber:
        until(lambda: device.kinds.count("renew") == 2)
        until(lambda: subscriber.subscriptions[0].renewals == 2)
        assert subscriber.subscriptions[0].state == "renewed"
        renewal = device.asked[1]
        assert (renewal.sid, renewal.callback, renewal.nt) == ("uuid:0", None, None)
        device.send(0, NUMBER)
        assert numbers(subscriber, 1) == [0]


TIMEOUTS: dict[str, tuple[str, int | None, float | None]] = {
    "Second-1800": ("Second-1800", 1800, 900),
    "a clock": ("Second-0:30:00", 1800, 900),
    "infinite": ("Second-infinite", None, None),
    "infinite alone": ("infinite", None, None),
    "bare": ("300", 300, 150),
    "nothing": ("Second-0", 0, 0.5),
    "no number": ("soon", None, 60),
    "beyond any clock": ("Second-999999999999", 999_999_999_999, 499_999_999_999.5),
}


@pytest.mark.parametrize("name", TIMEOUTS)
def test_timeout_as_devices_write_it(name: str) -> None:
    sent, seconds, renewed_after = TIMEOUTS[name]
    began = time.monotonic()
    with Publisher(sent) as device, device.subscribe(duration_seconds=120) as subscriber:
        (subscription,) = subscriber.subscriptions
        due = subscription._renew_at
        assert subscription.timeout_seconds == seconds
        if renewed_after is None:
            assert due is None
        else:
            assert due is not None
            assert began <= due - renewed_after <= time.monotonic()
        assert kinds(subscriber) == (["problem"] if name == "no number" else [])
        device.send(0, NUMBER)
        assert numbers(subscriber, 1) == [0]


@pytest.mark.parametrize("status", ["412 Precondition Failed", "404 Not Found"])
def test_subscription_that_the_device_forgot_is_made_anew(status: str) -> None:
    with Publisher("Second-1") as device, device.subscribe() as subscriber:
        device.send(0, NUMBER)
        device.answers = [(status, ())]
        device.timeout = "Second-1800"
        until(lambda: kinds(subscriber) == ["resubscribed"])
        assert device.kinds == ["subscribe", "renew", "subscribe"]
        assert status in str(subscriber.notices[0])
        assert device.send(0, NUMBER) == 200
        assert device.send(1, NUMBER, sid="uuid:0") == 412
        assert [event.sid for event in islice(subscriber, 2)] == ["uuid:0", "uuid:1"]
        assert subscriber.subscriptions[0].sid == "uuid:1"


def test_renewal_that_fails_is_tried_again_while_there_is_time() -> None:
    with Publisher("Second-4") as device, device.subscribe() as subscriber:
        subscription = subscriber.subscriptions[0]
        with subscription._changed:
            subscription._renew_at = 0.0
            subscription._changed.notify_all()
        device.answers = [("503 Busy", ())]
        until(lambda: kinds(subscriber) == ["not-renewed", "renewed"])
        assert device.kinds == ["subscribe", "renew", "renew"]
        assert subscription.sid == "uuid:0"


def test_new_sid_in_the_answer_to_a_renewal_is_taken() -> None:
    with Publisher("Second-1") as device, device.subscribe() as subscriber:
        device.answers = [("200 OK", ("SID: uuid:new", "TIMEOUT: Second-1800"))]
        until(lambda: subscriber.subscriptions[0].sid == "uuid:new")
        assert device.send(0, NUMBER, sid="uuid:new") == 200
        until(lambda: "uuid:new" in subscriber.notices[0].text)
    assert device.asked[-1].sid == "uuid:new"


def test_device_that_goes_away_is_told_once_and_subscribed_to_when_it_is_back(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(module, "MOST_SECONDS", 0.2)
    with Publisher("Second-1") as device, device.subscribe() as subscriber:
        device.answers = [("503 Busy", ())] * 8
        until(lambda: "resubscribed" in kinds(subscriber), 9)
        assert kinds(subscriber)[:2] == ["not-renewed", "expired"]
        assert kinds(subscriber).count("expired") <= 2
        assert subscriber.subscriptions[0].state in ("active", "renewed")
        assert device.send(0, NUMBER) == 200
        assert numbers(subscriber, 1) == [0]


def test_silence_after_subscribing_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "FIRST_SECONDS", 0.1)
    with Publisher() as device, device.subscribe() as subscriber:
        until(lambda: kinds(subscriber) == ["silent"])
        assert device.callback in subscriber.notices[0].text
    with Publisher() as device:
        device.early = [("uuid:0", 0, [NUMBER])]
        with device.subscribe() as subscriber:
            time.sleep(0.2)
            assert kinds(subscriber) == []
