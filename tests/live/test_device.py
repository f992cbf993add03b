"""Devices on the network: the tree, and actions to call by name."""

from __future__ import annotations

import threading
import time
from typing import Any

import pytest

import upnpscapy
from upnpscapy.errors import (
    DescriptionError,
    RefusedError,
    ResponseError,
    TransportError,
    UpnpError,
)
from upnpscapy.live.device import LiveDevice, describe
from upnpscapy.live.http import Http

from .gateway import (
    GOOD,
    SCPD,
    SERVICE_TYPE,
    STATUS,
    answer_of,
    connection,
    gateway,
    paths,
    result,
)
from .server import Server, http


def test_names_are_those_of_the_package() -> None:
    assert upnpscapy.describe is describe
    assert upnpscapy.Http is Http
    with gateway() as server:
        assert isinstance(upnpscapy.describe(f"{server.url}/root.xml"), upnpscapy.LiveDevice)


def test_services_and_devices_are_attributes_by_name() -> None:
    with gateway() as server:
        location = f"{server.url}/root.xml"
        device = describe(location)
        assert (device.location, device.description.location) == (location, location)
        assert device.own_address == device.devices[1].own_address == "127.0.0.1"
        assert [one.short_id for one in device.services] == ["L3Forwarding1", "WANIPConn1"]
        assert [one.udn for one in device.devices] == ["uuid:g", "uuid:w"]
        assert device.devices[0] is device
        wan = device.__dict__["WANDevice"]
        assert isinstance(wan, LiveDevice)
        assert [one.short_id for one in wan.services] == ["WANIPConn1"]
        assert wan.__dict__["WANIPConn1"] is device.__dict__["WANIPConn1"] is device.services[1]
        assert {"WANDevice", "WANIPConn1", "L3Forwarding1"} <= set(dir(device))
        assert "L3Forwarding1" not in dir(wan)
        assert paths(server) == ["/root.xml"]


@pytest.mark.parametrize(
    "name",
    [
        "WANIPConn1",
        "wanipconn1",
        "urn:upnp-org:serviceId:WANIPConn1",
        SERVICE_TYPE,
        "WANIPConnection",
        "WANIPConnection:1",
    ],
)
def test_service_is_found(name: str) -> None:
    with gateway() as server:
        device = describe(f"{server.url}/root.xml")
        found = device.find_service(name)
        assert found is device.services[1]
        assert device.find_service("other") is None
        assert device.find_device("WANDevice") is device.devices[1]
        assert device.find_device("other") is None


def test_scpd_is_fetched_when_first_needed_and_once() -> None:
    with gateway({"Status": STATUS}) as server:
        service = connection(server)
        assert paths(server) == ["/root.xml"]
        threads = [threading.Thread(target=lambda: service.scpd) for _ in range(5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        service.Status()
        service.Status()
        assert paths(server) == ["/root.xml", "/scpd.xml", "/ctl", "/ctl"]
        service.fetch_scpd()
        assert paths(server)[-1] == "/scpd.xml"


NO_DEVICES: dict[str, tuple[bytes, type[UpnpError], str]] = {
    "HTML": (http("<html><body>x</body></html>"), DescriptionError, "no device in the element"),
    "text": (http("status=ok"), DescriptionError, "XML|element"),
    "nothing": (http(""), DescriptionError, ""),
    "an SCPD": (http(SCPD), DescriptionError, "the description of a service"),
    "entities": (
        http(
            '<!DOCTYPE r [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><root><device>&b;</device></root>'
        ),
        DescriptionError,
        "entit|document type|DOCTYPE",
    ),
    "an external entity": (
        http(
            '<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><root><device>&a;</device></root>'
        ),
        DescriptionError,
        "entit|document type|DOCTYPE",
    ),
    "too deep": (
        http("<root>" + "<device>" * 5000),
        DescriptionError,
        "deep|elements",
    ),
    "not found": (http("", "404 Not Found"), ResponseError, "status 404"),
}


@pytest.mark.parametrize("name", NO_DEVICES)
def test_no_description_is_a_clear_error(name: str) -> None:
    data, kind, reason = NO_DEVICES[name]
    with Server(data) as server:
        start = time.monotonic()
        with pytest.raises(kind, match=reason or None) as caught:
            describe(f"{server.url}/root.xml")
        assert time.monotonic() - start < 10
        assert isinstance(caught.value, DescriptionError | ResponseError)
        assert caught.value.url == f"{server.url}/root.xml"


def test_control_url_off_the_device_is_not_followed() -> None:
    with Server(result("Map", ("A", "1"))) as other:
        url = f"http://127.0.0.1:{other.port}/ctl"
        with gateway(control_url=url) as server:
            assert connection(server).call("Map", GOOD)["A"] == "1"  # another port is the same host
        assert len(other.requests) == 1
        elsewhere = Server(answer_of({}, control_url=url), host="127.0.0.3")
        with elsewhere as server:
            with pytest.raises(RefusedError, match=r"off the host .*127\.0\.0\.3;"):
                connection(server).call("Map", GOOD)
            assert len(other.requests) == 1
            assert connection(server, allow="127.0.0.1").call("Map", GOOD)["A"] == "1"


def test_service_without_a_control_url_says_so() -> None:
    reason = "WANIPConn1 has no control URL"
    with gateway(control_url="") as server, pytest.raises(DescriptionError, match=reason):
        connection(server).Ping()


def test_description_behind_a_redirect_is_relative_to_where_it_is() -> None:
    answers = answer_of({"Ping": result("Ping")}, control_url="ctl")

    def answer(server: Server, client: Any, request: bytes) -> None:
        if request.startswith(b"GET / "):
            client.sendall(http("", "302 Found", "Location: /deep/root.xml"))
        else:
            answers(server, client, request.replace(b" /deep/", b" /"))

    with Server(answer) as server:
        device = describe(f"{server.url}/")
        assert device.location == f"{server.url}/"
        assert device.services[1].Ping() == {}
        assert paths(server) == ["/", "/deep/root.xml", "/scpd.xml", "/deep/ctl"]


def test_trees_show_what_is_known_and_nothing_acts() -> None:
    with gateway({"Status": STATUS}) as server:
        device = describe(f"{server.url}/root.xml")
        service = device.services[1]
        assert repr(device).startswith("<LiveDevice 'A <b> gateway' urn:schemas-upnp-org:device:")
        assert "WANIPConn1" in str(device)
        assert "Map(" not in str(device)
        assert "Map(NewPort: ui2" in str(service)
        assert "Map(NewPort: ui2" in str(device)
        assert "A &lt;b&gt; gateway" in device._repr_html_()
        assert "WANIPConn1" in str(device.devices[1])
        assert "L3Forwarding1" not in str(device.devices[1])
        answer = service.Status()
        assert repr(answer) == "<Answer Status NewUptime=17, NewEnabled=True, NewText=' a '>"
        assert "NewUptime" in answer._repr_html_()
        assert repr(service) == f"<LiveService WANIPConn1 {SERVICE_TYPE}>"


def test_hostile_names_hide_nothing_of_the_device() -> None:
    """Services that are called as what a device has anyway."""
    page = "".join(
        f"<service><serviceType>urn:x:service:y:1</serviceType><serviceId>urn:x:serviceId:{name}"
        "</serviceId><SCPDURL>/s</SCPDURL><controlURL>/c</controlURL></service>"
        for name in ("services", "find_service", "__class__", "device", "http", "a b", "lambda")
    )
    text = f"<root><device><serviceList>{page}</serviceList></device></root>"
    with Server(http(text)) as server:
        device = describe(f"{server.url}/root.xml")
    assert len(device.services) == 7
    assert type(device) is LiveDevice
    assert isinstance(device.http, Http)
    assert device.device is device.description.root
    assert device.find_service("services") is device.services[0]
    assert device.__dict__["a_b"] is device.services[5]


def test_hostile_tree_takes_little_time() -> None:
    deep = "<deviceList><device>" * 25
    services = "<service><serviceId>a</serviceId></service>" * 15000
    text = f"<root><device>{deep}<serviceList>{services}</serviceList>"
    text += "</device></deviceList>" * 25 + "</device></root>"
    with Server(http(text)) as server:
        start = time.monotonic()
        device = describe(f"{server.url}/root.xml")
        assert len(device.services) == 15000
        assert len(str(device)) < 1_000_000
        assert time.monotonic() - start < 15


def test_nobody_there_is_a_transport_error() -> None:
    with gateway() as server:
        location = f"{server.url}/root.xml"
        service = connection(server)
        _ = service.scpd
    with pytest.raises(TransportError, match="refused"):
        describe(location)
    with pytest.raises(TransportError, match="refused"):
        service.Ping()
