"""Subscriptions to a device on loopback, from SUBSCRIBE to UNSUBSCRIBE."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from itertools import islice

import pytest

from upnpscapy import (
    DescriptionError,
    NetworkError,
    RefusedError,
    ResponseError,
    TransportError,
    UpnpError,
)
from upnpscapy.live import subscription as module
from upnpscapy.live.device import describe
from upnpscapy.live.eventing import Granted
from upnpscapy.live.interfaces import interfaces
from upnpscapy.live.live_event import LiveEvent
from upnpscapy.live.notice import Notice
from upnpscapy.live.subscribe import subscribe
from upnpscapy.protocol.gena import Change
from upnpscapy.protocol.gena_build import build_last_change

from .publisher import NUMBER, Publisher, kinds, notify, numbers, until

pytestmark = pytest.mark.usefixtures("nothing_is_left")


def test_subscription_is_asked_for_as_the_standard_says_and_ended() -> None:
    with Publisher("Second-300") as device:
        with device.subscribe(duration_seconds=77, state_vars=["A", "B"]) as subscriber:
            (subscription,) = subscriber.subscriptions
            assert (subscription.sid, subscription.state) == ("uuid:0", "active")
            assert subscription.timeout_seconds == 300
            assert subscription.publisher == "127.0.0.1"
        assert subscription.state == "ended"
        first, last = device.asked
        assert (first.kind, first.target, first.nt) == ("subscribe", "/evt", "upnp:event")
        assert first.callback == f"<{subscription.callback}>"
        assert first.timeout is not None
        assert (first.timeout.sent, first.state_vars) == ("Second-77", ("A", "B"))
        assert first.host == device.url.removeprefix("http://")
        assert (last.kind, last.sid, last.callback, last.nt) == (
            "unsubscribe",
            "uuid:0",
            None,
            None,
        )
        assert first.defects == last.defects == ()
        assert subscriber.refused == {}
        assert kinds(subscriber) == []


def test_events_are_typed_by_the_scpd_and_in_order() -> None:
    change = build_last_change(
        "urn:schemas-upnp-org:metadata-1-0/RCS/",
        [Change("0", "Volume", "7", "Master"), Change("0", "Volume", "x", "LF")],
    )
    with Publisher() as device:
        service = device.service("AVTransport")
        with service.subscribe() as subscriber:
            device.send(0, ("Flag", "yes"), ("Number", "70000"), ("Other", "<&>"), NUMBER)
            device.send(1, ("LastChange", change))
            first, second = islice(subscriber, 2)
    assert list(first.properties.items()) == [("Flag", True), ("Number", 70000), ("Other", "<&>")]
    assert first.raw == (("Flag", "yes"), ("Number", "70000"), ("Other", "<&>"), NUMBER)
    assert first.column("properties") == [list(pair) for pair in first.raw]
    assert (first.sid, first.seq, second.seq) == ("uuid:0", 0, 1)
    assert [defect.partition(":")[0] for defect in first.defects] == ["Flag", "Number", "Other"]
    assert [tuple(one) for one in second.changes] == [
        ("0", "Volume", 7, "Master", "7"),
        ("0", "Volume", None, "LF", "x"),
    ]
    assert second.defects == ()
    assert (first.publisher, first.subscriber, first.service) == ("127.0.0.1",) * 2 + (service,)
    loopback = next(one.name for one in interfaces() if "127.0.0.1" in one.ipv4)
    assert (first.frame, second.frame, first.capture) == (1, 2, loopback)
    assert 0 <= second.time_ns - first.time_ns < 5e9
    assert first.message.start.method == b"NOTIFY"
    assert b"<Other>" in first.body
    assert "Number" in str(first)
    assert "Volume Master" in str(second)


def test_url_alone_gives_text() -> None:
    with Publisher() as device, device.subscribe() as subscriber:
        device.send(0, ("Flag", "yes"))
        assert next(subscriber).properties == {"Flag": "yes"}


def test_device_means_its_services_that_send_events() -> None:
    with Publisher() as device, subscribe(describe(f"{device.url}/d.xml")) as subscriber:
        assert [one.event_sub_url for one in subscriber.subscriptions] == [f"{device.url}/evt"]


def test_several_subscriptions_have_one_server_and_paths_of_their_own() -> None:
    with Publisher() as one, Publisher() as other:
        with subscribe(f"{one.url}/evt", f"{other.url}/evt") as subscriber:
            assert one.callback.rpartition("/")[0] == other.callback.rpartition("/")[0]
            assert one.callback != other.callback
            other.send(0, NUMBER)
            one.send(0, NUMBER)
            urls = [event.event_sub_url for event in islice(subscriber, 2)]
        assert urls == [f"{other.url}/evt", f"{one.url}/evt"]
        assert one.kinds == other.kinds == ["subscribe", "unsubscribe"]


def test_events_before_the_answer_to_the_subscription_are_kept() -> None:
    with Publisher() as device:
        device.early = [("uuid:0", 1, [NUMBER]), ("uuid:0", 0, [NUMBER]), ("uuid:x", 2, [NUMBER])]
        with device.subscribe() as subscriber:
            device.send(2, NUMBER)
            assert numbers(subscriber, 3) == [0, 1, 2]
            assert subscriber.next_event(0) is None
            assert subscriber.refused == {"sid": 1}


def test_subscription_that_is_answered_too_late_is_ended_by_the_sid_of_its_event() -> None:
    with Publisher() as device:
        device.early = [("uuid:0", 0, [NUMBER])]
        device.answers = [("200 OK", ("TIMEOUT: Second-9",))]
        with pytest.raises(ResponseError, match="without a SID"):
            device.subscribe()
        assert [(one.kind, one.sid) for one in device.asked] == [
            ("subscribe", None),
            ("unsubscribe", "uuid:0"),
        ]


def test_disorder_is_undone_and_copies_are_left_out() -> None:
    with Publisher() as device, device.subscribe() as subscriber:
        assert [device.send(seq, NUMBER) for seq in (1, 3, 0, 0, 2)] == [200] * 5
        assert numbers(subscriber, 4) == [0, 1, 2, 3]
        assert subscriber.subscriptions[0].duplicates == 1
        assert subscriber.subscriptions[0].lost == 0


def test_loss_is_told_after_a_bounded_wait() -> None:
    with Publisher() as device, device.subscribe(order_seconds=0.3) as subscriber:
        device.send(0, NUMBER)
        began = time.monotonic()
        device.send(3, NUMBER)
        assert numbers(subscriber, 1) == [0]
        event = subscriber.next_event(60)
        assert 0.25 < time.monotonic() - began < 30
        assert event is not None
        assert (event.seq, event.missed, event.late) == (3, 2, False)
        device.send(2, ("Number", "2"))
        late = subscriber.next_event(60)
        assert late is not None
        assert (late.seq, late.missed, late.late) == (2, 0, True)
        assert kinds(subscriber) == ["lost", "late"]
        assert subscriber.subscriptions[0].lost == 2
    assert device.kinds == ["subscribe", "unsubscribe"]


def test_what_waits_for_others_is_given_at_the_end() -> None:
    with Publisher() as device, device.subscribe(timeout=0.2, order_seconds=9) as subscriber:
        assert device.send(2, NUMBER) == 200
        assert [(event.seq, event.missed) for event in subscriber] == [(2, 2)]


def test_loss_is_a_new_subscription_if_that_is_wanted() -> None:
    with Publisher() as device:
        with device.subscribe(order_seconds=0.1, resubscribe=True) as subscriber:
            device.send(1, NUMBER)
            until(lambda: kinds(subscriber) == ["lost", "resubscribed"])
            assert device.send(0, NUMBER) == 200
            assert device.send(2, NUMBER, sid="uuid:0") == 412
            assert [event.sid for event in islice(subscriber, 2)] == ["uuid:0", "uuid:1"]
        assert [(one.kind, one.sid) for one in device.asked] == [
            ("subscribe", None),
            ("unsubscribe", "uuid:0"),
            ("subscribe", None),
            ("unsubscribe", "uuid:1"),
        ]


REFUSALS: dict[str, tuple[tuple[str, tuple[str, ...]], str]] = {
    "503": (("503 Service Unavailable", ()), "SUBSCRIBE refused: status 503 Service Unavailable"),
    "412": (("412 Precondition Failed", ()), "status 412"),
    "501": (("501 Not Implemented", ()), "status 501"),
    "a redirect": (("302 Found", ("LOCATION: /x",)), "status 302"),
    "no SID": (("200 OK", ("TIMEOUT: Second-9",)), "without a SID"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_refusal_is_an_error_and_nothing_is_left(name: str) -> None:
    answer, told = REFUSALS[name]
    with Publisher() as device:
        device.answers = [answer]
        with pytest.raises(ResponseError, match=told) as caught:
            device.subscribe()
        assert caught.value.url == f"{device.url}/evt"
        assert caught.value.status == int(answer[0][:3])


def test_second_that_refuses_ends_the_first() -> None:
    with Publisher() as one, Publisher() as other:
        other.answers = [("503 Busy", ())]
        with pytest.raises(ResponseError):
            subscribe(f"{one.url}/evt", f"{other.url}/evt")
        assert one.kinds == ["subscribe", "unsubscribe"]


def test_device_of_which_all_services_refuse_is_an_error() -> None:
    with Publisher() as device:
        found = describe(f"{device.url}/d.xml")
        device.answers = [("503 Busy", ())]
        with pytest.raises(ResponseError, match="503"):
            subscribe(found)
        with pytest.raises(DescriptionError, match="Mute sends no events"):
            subscribe(device.service("Mute"))


NOT_FOLLOWED: dict[str, tuple[str, type[UpnpError]]] = {
    "not local": ("http://203.0.113.1/evt", RefusedError),
    "no HTTP": ("https://127.0.0.1/evt", RefusedError),
    "nobody there": ("http://127.0.0.1:1/evt", TransportError),
}


@pytest.mark.parametrize("name", NOT_FOLLOWED)
def test_url_that_is_not_followed_or_reached_is_an_error(name: str) -> None:
    url, error = NOT_FOLLOWED[name]
    with pytest.raises(error):
        subscribe(url)


def test_place_that_is_not_of_this_host_is_an_error() -> None:
    with Publisher() as device:
        with pytest.raises(NetworkError, match=r"no callbacks at 203\.0\.113\.1"):
            device.subscribe(callback_address="203.0.113.1")
        assert device.asked == []


def test_chosen_address_and_port_are_in_the_callback() -> None:
    with Publisher() as device:
        with device.subscribe(callback_address="127.0.0.3") as subscriber:
            port = int(device.callback.split(":")[2].partition("/")[0])
            assert device.callback.startswith("http://127.0.0.3:")
            assert device.send(0, NUMBER) == 200
            assert next(subscriber).subscriber == "127.0.0.3"
        with device.subscribe(port=port):
            assert device.callback.startswith(f"http://127.0.0.1:{port}/")


def test_ipv6() -> None:
    with Publisher(host="::1") as device, device.subscribe() as subscriber:
        assert device.callback.startswith("http://[::1]:")
        assert device.send(0, NUMBER) == 200
        event = next(subscriber)
    assert (event.publisher, event.subscriber) == ("::1", "::1")


def test_exception_inside_unsubscribes() -> None:
    with Publisher() as device:
        with pytest.raises(KeyboardInterrupt), device.subscribe():
            raise KeyboardInterrupt
        assert device.kinds == ["subscribe", "unsubscribe"]


def test_interrupt_of_subscribing_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    accept = module.Subscription._accept

    def interrupted(self: module.Subscription, granted: Granted, state: module.State) -> None:
        accept(self, granted, state)
        raise KeyboardInterrupt

    with Publisher() as device:
        monkeypatch.setattr(module.Subscription, "_accept", interrupted)
        with pytest.raises(KeyboardInterrupt):
            device.subscribe()
        assert device.kinds == ["subscribe", "unsubscribe"]


def test_device_that_is_gone_does_not_hold_up_the_end() -> None:
    with Publisher() as device:
        subscriber = device.subscribe()
    began = time.monotonic()
    subscriber.close()
    subscriber.close()
    assert time.monotonic() - began < 30
    assert kinds(subscriber) == ["not-unsubscribed"]
    assert list(subscriber) == []


def test_iterating_ends_after_its_time_with_what_came_until_then() -> None:
    with Publisher() as device, device.subscribe(timeout=0.3) as subscriber:
        device.send(0, NUMBER)
        device.send(1, NUMBER)
        began = time.monotonic()
        assert [event.seq for event in subscriber] == [0, 1]
        assert 0.25 < time.monotonic() - began < 30
        assert device.send(2, NUMBER) == 200
        assert list(subscriber) == []


def test_stop_from_another_thread_ends_iterating() -> None:
    with Publisher() as device, device.subscribe() as subscriber:
        timer = threading.Timer(0.1, subscriber.stop)
        timer.start()
        assert list(subscriber) == []
        timer.join()


def test_functions_are_called_and_may_fail_and_close(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[LiveEvent] = []
    failed: list[object] = []
    noticed: list[Notice] = []
    monkeypatch.setattr(threading, "excepthook", lambda told: failed.append(told.exc_value))

    def take(event: LiveEvent) -> None:
        seen.append(event)
        if event.seq == 0:
            raise ValueError("mine")
        subscriber.close()

    with Publisher() as device:
        subscriber = device.subscribe(on_event=take, on_notice=noticed.append, order_seconds=0.1)
        device.send(0, NUMBER)
        device.send(2, NUMBER)
        until(lambda: device.kinds == ["subscribe", "unsubscribe"])
        until(lambda: len(noticed) == 1)
    assert [event.seq for event in seen] == [0, 2]
    assert [str(error) for error in failed] == ["mine"]
    assert [notice.kind for notice in noticed] == ["lost"]
    until(lambda: not any(one.name.startswith("upnp") for one in threading.enumerate()))


def test_events_nobody_takes_are_bounded_and_counted() -> None:
    with Publisher() as device, device.subscribe(max_events=3) as subscriber:
        for seq in range(5):
            device.send(seq, NUMBER)
        assert subscriber.dropped == 2
        assert numbers(subscriber, 3) == [2, 3, 4]


def test_sender_that_is_not_the_device_is_refused_unless_told_otherwise() -> None:
    with Publisher() as device:
        with device.subscribe() as subscriber:
            status = notify(device.callback, device.sid, 0, [NUMBER], source="127.0.0.9")
            assert status == 412
            assert subscriber.refused == {"sender": 1}
        with device.subscribe(any_sender=True) as subscriber:
            status = notify(device.callback, device.sid, 0, [NUMBER], source="127.0.0.9")
            assert status == 200
            assert next(subscriber).publisher == "127.0.0.9"


def test_more_can_be_subscribed_to_later_but_not_after_the_end() -> None:
    with Publisher() as device:
        with device.subscribe() as subscriber:
            subscriber.add(f"{device.url}/evt")
            assert len(subscriber.subscriptions) == 2
        assert device.kinds == ["subscribe"] * 2 + ["unsubscribe"] * 2
        with pytest.raises(NetworkError, match="closed"):
            subscriber.add(f"{device.url}/evt")


FORGETFUL = """
import sys
import upnpscapy
upnpscapy.subscribe(sys.argv[1], sys.argv[1])
"""


def test_program_that_forgets_to_close_unsubscribes_at_its_end() -> None:
    with Publisher() as device:
        words = [sys.executable, "-W", "error", "-c", FORGETFUL, f"{device.url}/evt"]
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        assert device.kinds == ["subscribe"] * 2 + ["unsubscribe"] * 2
