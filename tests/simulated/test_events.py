"""Subscriptions to simulated devices: what comes, when, and to whom."""

from __future__ import annotations

import socket
import time
from typing import Any

import pytest

from upnpscapy import subscribe
from upnpscapy.protocol.gena_build import build_renewal, build_subscribe, build_unsubscribe
from upnpscapy.protocol.httpu import Message, parse
from upnpscapy.simulated import publisher
from upnpscapy.simulated.network import SimulatedNetwork
from upnpscapy.simulated.publisher import MAX_SUBSCRIPTIONS

from .conftest import Clock
from .wire import ask

EVENT = "/gateway/WANIPConn1/event"
NOBODY = "http://127.0.0.1:9/"

LONG = 60
"""Seconds within which every event has come."""


def test_first_events_have_all_and_changes_follow(
    gateway: Any, network: SimulatedNetwork, clock: Clock
) -> None:
    with gateway.WANIPConn1.subscribe(timeout=LONG) as events:
        first = next(events)
        assert (first.seq, first.defects) == (0, ())
        assert first.properties == {
            "PossibleConnectionTypes": "IP_Routed",
            "ConnectionStatus": "Connected",
            "ExternalIPAddress": "44.128.0.2",
            "PortMappingNumberOfEntries": 0,
            "SystemUpdateID": 0,
        }
        gateway.WANIPConn1.AddPortMapping("", 80, "TCP", 80, "127.0.0.1", True, "", 10)
        second = next(events)
        assert (second.seq, second.missed) == (1, 0)
        assert second.properties == {"PortMappingNumberOfEntries": 1, "SystemUpdateID": 1}
        network.gateway.external_address = "44.128.0.3"
        assert next(events).properties == {"ExternalIPAddress": "44.128.0.3"}
        clock.now += 10
        assert next(events).properties["PortMappingNumberOfEntries"] == 0


def test_what_does_not_change_is_not_told(network: SimulatedNetwork, gateway: Any) -> None:
    with gateway.WANIPConn1.subscribe(timeout=LONG) as events:
        next(events)
        network.gateway.external_address = "44.128.0.2"
        network.gateway.connect()
        network.gateway.disconnect()
        assert next(events).properties == {"ConnectionStatus": "Disconnected"}


def test_changes_close_to_each_other_are_one_event(
    renderer: Any, network: SimulatedNetwork, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert publisher.MODERATION_SECONDS == 0.2
    monkeypatch.setattr(publisher, "MODERATION_SECONDS", 2)
    with renderer.RenderingControl.subscribe(timeout=LONG) as events:
        first = [(one.name, one.value, one.channel) for one in next(events).changes]
        assert first == [("Mute", False, "Master"), ("Volume", 30, "Master")]
        begun = time.monotonic()
        renderer.RenderingControl.SetVolume(0, "Master", 1)
        next(events)
        for volume in range(2, 12):
            renderer.RenderingControl.SetVolume(0, "Master", volume)
        event = next(events)
        assert [(one.name, one.value) for one in event.changes] == [("Volume", 11)]
        assert event.seq == 2
        assert time.monotonic() - begun >= 2


def test_all_services_of_a_device_can_be_subscribed_to(renderer: Any) -> None:
    with subscribe(renderer, timeout=LONG) as events:
        names = set()
        for _ in range(3):
            names |= set(next(events).properties)
    assert names == {
        *("LastChange", "SourceProtocolInfo", "SinkProtocolInfo", "CurrentConnectionIDs"),
    }


def subscribed(network: SimulatedNetwork, callback: str = NOBODY, **more: Any) -> Message:
    host = network.locations[0].split("/")[2]
    return ask(network, bytes(build_subscribe(EVENT, host, [callback], **more)))


def test_a_subscription_is_renewed_and_ended(network: SimulatedNetwork) -> None:
    answer = subscribed(network, timeout_seconds=77)
    assert answer.headers.get(b"timeout") == b"Second-77"
    sid = (answer.headers.get(b"sid") or b"").decode()
    renewal = bytes(build_renewal(EVENT, "h", sid, timeout_seconds=99_999))
    renewed = ask(network, renewal)
    assert (renewed.start.status, renewed.headers.get(b"sid")) == (200, sid.encode())
    assert renewed.headers.get(b"timeout") == b"Second-1800"
    end = bytes(build_unsubscribe(EVENT, "h", sid))
    assert [ask(network, one).start.status for one in (end, end, renewal)] == [200, 412, 412]


@pytest.mark.parametrize(
    ("status", "callback"),
    [
        (412, "http://192.0.2.1:80/"),
        (412, "http://localhost:80/"),
        (412, "https://127.0.0.1/"),
        (412, "http://127.0.0.1:0/"),
        (200, "http://127.0.0.1:9/"),
    ],
)
def test_events_go_to_the_address_that_asks_alone(
    network: SimulatedNetwork, status: int, callback: str
) -> None:
    assert subscribed(network, callback).start.status == status


@pytest.mark.parametrize(
    ("status", "fields"),
    [
        (412, "CALLBACK: <http://127.0.0.1:9/>\r\nNT: upnp:other"),
        (412, "NT: upnp:event"),
        (412, "SID: uuid:x"),
        (400, "SID: uuid:x\r\nNT: upnp:event"),
    ],
)
def test_subscriptions_that_are_wrong(network: SimulatedNetwork, status: int, fields: str) -> None:
    request = f"SUBSCRIBE {EVENT} HTTP/1.1\r\nHOST: h\r\n{fields}\r\n\r\n".encode()
    assert ask(network, request).start.status == status


def test_there_are_not_too_many(network: SimulatedNetwork) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        callback = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        statuses = [
            subscribed(network, callback).start.status for _ in range(MAX_SUBSCRIPTIONS + 1)
        ]
    assert statuses == [200] * MAX_SUBSCRIPTIONS + [503]


def test_who_does_not_take_events_does_not_hold_up_others(
    network: SimulatedNetwork, gateway: Any
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        callback = f"http://127.0.0.1:{silent.getsockname()[1]}/"
        assert subscribed(network, callback).start.status == 200
        with gateway.WANIPConn1.subscribe(timeout=LONG) as events:
            assert next(events).seq == 0
            network.gateway.external_address = "44.128.0.3"
            assert next(events).seq == 1
        connection, _ = silent.accept()
        with connection:
            first = parse(connection.recv(4096))
            assert first.start.method == b"NOTIFY"
            assert first.headers.get(b"seq") == b"0"


def test_a_subscription_that_is_not_renewed_lapses(network: SimulatedNetwork) -> None:
    sid = (subscribed(network, timeout_seconds=1).headers.get(b"sid") or b"").decode()
    time.sleep(1.05)
    assert ask(network, bytes(build_renewal(EVENT, "h", sid))).start.status == 412
