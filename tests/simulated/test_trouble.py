"""A simulated device does wrong as it is told to, and right again."""

from __future__ import annotations

import time
from typing import Any

import pytest

from upnpscapy import (
    ActionFault,
    DeadlineError,
    Http,
    ResponseError,
    TransportError,
)
from upnpscapy.protocol.soap_build import build_result
from upnpscapy.simulated.network import SimulatedNetwork

from .wire import control

ACTION = "GetExternalIPAddress"


def test_an_error_comes_as_often_as_it_shall(network: SimulatedNetwork, gateway: Any) -> None:
    network.gateway.fail(ACTION, 501, times=2)
    for _ in range(2):
        with pytest.raises(ActionFault) as caught:
            gateway.WANIPConn1.GetExternalIPAddress()
        assert (caught.value.code, caught.value.description) == (501, "Action Failed")
    assert gateway.WANIPConn1.GetExternalIPAddress().value == "44.128.0.2"


def test_an_error_of_any_action_lasts_until_it_is_healed(
    network: SimulatedNetwork, gateway: Any
) -> None:
    network.gateway.fail("*", 600)
    network.gateway.fail("GetStatusInfo", 603)
    for action, code in ((ACTION, 600), ("GetStatusInfo", 603), ("GetNATRSIPStatus", 600)):
        with pytest.raises(ActionFault, match=str(code)):
            gateway.WANIPConn1.call(action)
    network.gateway.heal("*")
    assert gateway.WANIPConn1.GetExternalIPAddress().value == "44.128.0.2"
    with pytest.raises(ActionFault, match="603"):
        gateway.WANIPConn1.GetStatusInfo()
    network.gateway.heal()
    assert gateway.WANIPConn1.GetStatusInfo()["NewConnectionStatus"] == "Connected"


def test_a_refused_action_is_not_carried_out(network: SimulatedNetwork, gateway: Any) -> None:
    network.gateway.fail("AddPortMapping", 501)
    with pytest.raises(ActionFault):
        gateway.WANIPConn1.AddPortMapping("", 80, "TCP", 80, "127.0.0.1", True, "", 10)
    assert network.gateway.mappings == []


def test_a_late_answer_is_late(network: SimulatedNetwork) -> None:
    connection = control(network.gateway.location).WANIPConn1
    hasty = control(network.gateway.location, http=Http(timeout_seconds=2)).WANIPConn1
    assert connection.GetExternalIPAddress().value == "44.128.0.2"
    network.gateway.delay(ACTION, 0.1)
    begun = time.monotonic()
    assert connection.GetExternalIPAddress().value == "44.128.0.2"
    assert time.monotonic() - begun >= 0.1
    network.gateway.delay(ACTION, 60)
    with pytest.raises(DeadlineError):
        hasty.GetExternalIPAddress()


def test_a_connection_is_dropped(network: SimulatedNetwork, gateway: Any) -> None:
    network.gateway.drop(ACTION)
    with pytest.raises(TransportError):
        gateway.WANIPConn1.GetExternalIPAddress()


def test_wrong_xml_is_sent_as_it_is_given(network: SimulatedNetwork, gateway: Any) -> None:
    network.gateway.answer(ACTION, "<s:Envelope><oops", times=1)
    with pytest.raises(ResponseError) as caught:
        gateway.WANIPConn1.GetExternalIPAddress()
    assert caught.value.data == b"<s:Envelope><oops"
    _, body = build_result(
        gateway.WANIPConn1.service_type, ACTION, [("NewExternalIPAddress", "not one")]
    )
    network.gateway.answer(ACTION, body)
    assert gateway.WANIPConn1.GetExternalIPAddress().value == "not one"
    network.gateway.answer(ACTION, b"no", status=404)
    with pytest.raises(ResponseError) as caught:
        gateway.WANIPConn1.GetExternalIPAddress()
    assert caught.value.status == 404


def test_an_action_that_is_not_there_cannot_fail(network: SimulatedNetwork) -> None:
    with pytest.raises(ValueError, match="no action 'Get'"):
        network.gateway.fail("Get")
