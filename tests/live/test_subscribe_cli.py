"""``upnpscapy subscribe``, and its recording read by the other commands."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from upnpscapy import Http, Recorder, analyze, subscribe
from upnpscapy.forensics.controlling.event_facts import EVENT_COLUMNS
from upnpscapy.protocol.gena import Change
from upnpscapy.protocol.gena_build import build_last_change

from ..cli.command import FORMS, Result, process, run
from .publisher import Publisher

PAIRS = (("Number", "7"), ("Flag", "maybe"), ("LastChange", "=<\x9b,"))


@contextmanager
def sending(device: Publisher, *, count: int = 2) -> Iterator[None]:
    """Events from another thread once there is a subscription."""

    def send() -> None:
        while not device.sids:
            time.sleep(0.01)
        for seq in range(count):
            device.send(seq, *PAIRS)

    thread = threading.Thread(target=send)
    thread.start()
    yield
    thread.join()


def subscribed(device: Publisher, *words: str) -> Result:
    return run("subscribe", f"{device.url}/d.xml", *words)


def test_events_are_written_in_each_form() -> None:
    shown = {}
    for form in FORMS:
        with Publisher() as device, sending(device):
            shown[form] = subscribed(device, "AVTransport", "-T", form, "--count", "2")
        assert device.kinds == ["subscribe", "unsubscribe"]
    assert [one.status for one in shown.values()] == [0] * 4
    rows = shown["jsonl"].jsonl
    assert [tuple(row) for row in rows] == [EVENT_COLUMNS] * 2
    assert [row["seq"] for row in shown["json"].json] == [0, 1]
    assert rows[0]["properties"] == [list(pair) for pair in PAIRS]
    assert [rows[0][name] for name in ("publisher", "subscriber", "sid")] == [
        "127.0.0.1",
        "127.0.0.1",
        "uuid:0",
    ]
    head, first, second = shown["csv"].out.decode().splitlines()
    assert head == ",".join(EVENT_COLUMNS)
    assert "uuid:0,0," in first
    assert "uuid:0,1," in second
    text = shown["text"].out.decode()
    assert "\x9b" not in text
    assert "Number" in text
    assert "defect: Flag: not-of-type: 'maybe'" in shown["text"].err


def test_all_services_that_send_events_are_subscribed_to_by_default() -> None:
    with Publisher() as device, sending(device):
        done = subscribed(device, "--seconds", "0.5", "--duration", "33", "-T", "jsonl")
    assert (done.status, len(done.jsonl)) == (0, 2)
    assert [one.target for one in device.asked] == ["/evt", "/evt"]
    assert device.asked[0].timeout is not None
    assert device.asked[0].timeout.sent == "Second-33"


WRONG: dict[str, tuple[tuple[str, ...], str]] = {
    "no such service": (("Nope",), "no service 'Nope'; there are: AVTransport, Silent, Mute"),
    "a service without events": (("Mute",), "Mute sends no events"),
    "an address of another host": (("--callback-address", "203.0.113.9"), "no callbacks at"),
    "no time": (("--seconds", "0"), "--seconds"),
    "no port": (("--port", "70000"), "--port"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_usage_is_status_2_and_subscribes_to_nothing(name: str) -> None:
    words, told = WRONG[name]
    with Publisher() as device:
        done = subscribed(device, *words)
        assert device.asked == []
    assert (done.status, done.out) == (2, b"")
    assert told in done.err


def test_refusal_is_status_2_with_the_device_s_word() -> None:
    with Publisher() as device:
        device.answers = [("503 Too Many", ())]
        done = subscribed(device, "--seconds", "5")
    assert (done.status, done.out) == (2, b"")
    assert "SUBSCRIBE refused: status 503 Too Many" in done.err


def test_what_else_happens_is_a_remark() -> None:
    with Publisher("Second-1") as device:
        device.early = [("uuid:0", 1, [("Number", "1")])]
        device.answers = [None, ("412 Precondition Failed", ())]
        done = subscribed(device, "--seconds", "0.9", "-T", "jsonl")
    assert done.status == 0
    assert "resubscribed: SUBSCRIBE refused: status 412" in done.err
    assert [row["seq"] for row in done.jsonl] == [1]


def test_interrupt_unsubscribes_and_is_status_130() -> None:
    with Publisher() as device:
        running = process("subscribe", f"{device.url}/d.xml", "-T", "jsonl")
        end = time.monotonic() + 60
        while not device.sids:
            assert time.monotonic() < end
            time.sleep(0.02)
        device.send(0, ("Number", "1"))
        assert running.stdout is not None
        assert b'"seq":0' in running.stdout.readline().replace(b" ", b"")
        running.send_signal(signal.SIGINT)
        _, told = running.communicate(timeout=60)
        assert (running.returncode, told) == (130, b"")
        assert device.kinds == ["subscribe", "unsubscribe"]


def test_recording_has_the_same_subscriptions_and_events(tmp_path: Path) -> None:
    path = tmp_path / "events.pcapng"
    change = build_last_change("urn:x", [Change("0", "Volume", "7", "Master")])
    with Publisher() as device, Recorder(path) as recorder:
        http = Http(recorder=recorder)
        device.early = [("uuid:0", 0, [("Number", "1" * 4000)])]
        service = device.service("AVTransport", http)
        with subscribe(service) as subscriber:
            device.send(1, ("Flag", "1"), ("LastChange", change))
            device.send(2, *PAIRS)
            live = [subscriber.next_event(60) for _ in range(3)]
            (subscription,) = subscriber.subscriptions
    case = analyze(path)
    found = list(case.events)
    assert [[row.column(name) for name in EVENT_COLUMNS] for row in found] == [
        [event.column(name) for name in EVENT_COLUMNS] for event in live if event
    ]
    for row, event in zip(found, live, strict=True):
        assert event is not None
        assert row.event.changes == event.event.changes
        assert row.typed_properties is not None
        assert [one.value for one in row.typed_properties.arguments] == list(
            event.properties.values()
        )
    (asked,) = case.subscriptions
    assert (asked.sid, asked.state, asked.timeout_seconds, asked.callbacks) == (
        subscription.sid,
        subscription.state,
        subscription.timeout_seconds,
        (subscription.callback,),
    )
    assert asked.event_sub_url == subscription.event_sub_url
    statuses = [exchange.column("status") for exchange in case.exchanges]
    assert statuses == [200] * len(statuses)
    assert len(statuses) == 2 + 1 + 3 + 1
