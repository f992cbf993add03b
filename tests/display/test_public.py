"""Every public object shows itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import upnpscapy
from tests.display.showing import shown_text
from tests.forensics.packets import alive
from upnpscapy import (
    DeviceTable,
    Http,
    Recorder,
    ScapyTransport,
    SimulatedGateway,
    SimulatedRenderer,
    describe,
    listen,
    listen_events,
    parse_ssdp,
    search,
    simulate,
    subscribe,
    watch,
)
from upnpscapy.capture.sighting import Sighting
from upnpscapy.display import to_html
from upnpscapy.live.igd_find import find_igd
from upnpscapy.protocol.soap import parse_call, parse_result

NOT_SHOWN = {"Defect", "__version__", "scapy_ext"}
"""A line of its own, a text, and what Scapy calls."""


def test_every_public_class_shows_itself() -> None:
    for name in set(upnpscapy.__all__) - NOT_SHOWN:
        value = getattr(upnpscapy, name)
        if isinstance(value, type) and not issubclass(value, Exception):
            assert callable(getattr(value, "_repr_html_", None)), name
            assert callable(getattr(value, "_repr_pretty_", None)), name


def test_defect_is_a_line() -> None:
    message = parse_ssdp(b"notify * HTTP/1.1\r\n\r\n")
    for defect in message.defects:
        assert defect._repr_html_() == f"<div>{to_html(str(defect))}</div>"


@pytest.fixture(scope="module")
def network() -> Iterator[Any]:
    with simulate() as network:
        yield network


def test_simulated_devices(network: Any) -> None:
    assert network.gateway.location in shown_text(network)
    assert network.renderer.udn in shown_text(network.renderer)
    assert "not on a network" in shown_text(SimulatedGateway())
    assert "not on a network" in shown_text(SimulatedRenderer())


def test_mappings_and_status(network: Any) -> None:
    igd = find_igd(network.gateway.location)
    mapping = igd.add("TCP", 8080, description="<script>\u202e")
    assert "TCP" in shown_text(mapping)
    assert "mappings: 1" in shown_text(igd.mappings())
    assert "8080" in shown_text(network.gateway)
    assert "44.128.0.2" in shown_text(igd.status())
    assert shown_text(igd)
    with igd.hold("UDP", 5060) as held:
        assert "renewals" in shown_text(held)
    assert "not open" in shown_text(igd.hold("UDP", 5061))


def test_devices_services_actions_and_answers(network: Any) -> None:
    device: Any = describe(network.gateway.location)
    service = device.WANIPConn1
    answer = service.GetExternalIPAddress()
    response = Http().get(network.gateway.location)
    for value in (device, service, service.GetStatusInfo, answer, answer.result, response):
        assert shown_text(value)
    assert "Simulated gateway" in shown_text(response)


def test_subscriber_is_looked_at_without_taking_an_event(network: Any) -> None:
    device: Any = describe(network.gateway.location)
    with subscribe(device.WANIPConn1) as subscriber:
        assert "WANIPConn1" in shown_text(subscriber)
        shown_text(subscriber.subscriptions[0])
        event = subscriber.next_event(10)
        assert event is not None
        assert "ExternalIPAddress" in shown_text(event)
    assert "closed" in shown_text(subscriber)


def test_runs_are_looked_at_without_starting_them(network: Any) -> None:
    with search(unicast=network.search_at, timeout=1) as run:
        assert "iterate to search" in shown_text(run)
        reply = next(run)
        assert reply.usn is not None
        assert reply.usn in shown_text(reply)
        assert "replies  1" in shown_text(run)
    for other in (listen(interfaces="lo"), listen_events(interfaces="lo"), watch(interfaces="lo")):
        assert shown_text(other)
        other.close()


def test_recorder_and_client(tmp_path: Path) -> None:
    with Recorder(tmp_path / "a.pcapng") as recorder:
        assert "open" in shown_text(recorder)
    assert "closed" in shown_text(recorder)
    assert "timeout_seconds" in shown_text(Http())
    assert shown_text(ScapyTransport())


def test_device_table_and_its_changes() -> None:
    message = parse_ssdp(alive(server="<b>\x1b[0m"))
    ends = b"\xc0\0\2\1", 1900, b"\xef\xff\xff\xfa", 1900
    sighting = Sighting("eth0", message, 1, 10**18, *ends, None, (), 2, bytes(message), False)
    table = DeviceTable()
    (change,) = table.take(sighting)
    for value in (table, change, change.device, sighting):
        assert change.device.udn in shown_text(value)


def test_calls_and_results() -> None:
    request = b'POST /c HTTP/1.1\r\nSOAPACTION: "urn:a#<b>"\r\n\r\n'
    call = parse_call(upnpscapy.parse(request), b"<a/>")
    assert "<b>" in shown_text(call)
    answer = upnpscapy.parse(b"HTTP/1.1 500 x\r\n\r\n")
    assert "error" in shown_text(parse_result(answer, b"<Fault><errorCode>401</errorCode></Fault>"))
