from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from tests.protocol.quirks import BASELINE, UUID
from upnpscapy.errors import MessageError
from upnpscapy.protocol.httpu import Message
from upnpscapy.protocol.ssdp import read_ssdp
from upnpscapy.protocol.ssdp_build import (
    build_alive,
    build_byebye,
    build_response,
    build_search,
    build_unicast_search,
    build_update,
    host_port,
)

NT = "upnp:rootdevice"
USN = f"{UUID}::{NT}"
URL = "http://192.0.2.17:49152/device.xml"
SERVER = "Linux/5.10 UPnP/1.0 Lamp/2.3"
SERVER_2_0 = SERVER.replace("UPnP/1.0", "UPnP/2.0")

alive = partial(build_alive, NT, USN, URL, server=SERVER)
byebye = partial(build_byebye, NT, USN)
update = partial(build_update, NT, USN, URL, boot_id=7, next_boot_id=8, config_id=1)
response = partial(build_response, NT, USN, URL, server=SERVER)

BUILT: dict[str, tuple[Message, dict[str, Any]]] = {
    "search": (build_search(), {"kind": "search", "st": "ssdp:all", "mx_seconds": 2}),
    "search of UPnP 2.0": (
        build_search(
            NT,
            5,
            host=host_port("ff02::c"),
            user_agent=SERVER_2_0,
            tcp_port=50000,
            control_point_name="Kitchen",
            control_point_uuid=UUID,
        ),
        {
            "kind": "search",
            "st": NT,
            "mx_seconds": 5,
            "host": "[ff02::c]:1900",
            "user_agent": SERVER_2_0,
            "tcp_port": 50000,
            "control_point_name": "Kitchen",
            "control_point_uuid": UUID,
        },
    ),
    "unicast search": (
        build_unicast_search(host_port("192.0.2.17"), user_agent="a/1"),
        {"kind": "search", "host": "192.0.2.17:1900", "mx_seconds": None, "user_agent": "a/1"},
    ),
    "alive": (
        alive(),
        {
            "kind": "alive",
            "nt": NT,
            "nts": "ssdp:alive",
            "usn": USN,
            "udn": UUID,
            "location": URL,
            "server": SERVER,
            "host": "239.255.255.250:1900",
            "max_age_seconds": 1800,
            "boot_id": None,
        },
    ),
    "alive of UPnP 2.0": (
        build_alive(
            NT,
            USN,
            URL,
            server=SERVER_2_0,
            max_age_seconds=60,
            boot_id=0,
            config_id=2**24 - 1,
            search_port=49152,
            secure_location="https://192.0.2.17/",
        ),
        {
            "max_age_seconds": 60,
            "boot_id": 0,
            "config_id": 16777215,
            "search_port": 49152,
            "secure_location": "https://192.0.2.17/",
        },
    ),
    "byebye": (byebye(), {"kind": "byebye", "nt": NT, "udn": UUID, "location": None}),
    "byebye of UPnP 2.0": (byebye(boot_id=7, config_id=1), {"boot_id": 7, "config_id": 1}),
    "update": (update(), {"kind": "update", "boot_id": 7, "next_boot_id": 8, "config_id": 1}),
    "response": (response(), {"kind": "response", "st": NT, "udn": UUID, "location": URL}),
    "response of UPnP 2.0": (
        build_response(NT, USN, URL, server=SERVER_2_0, boot_id=7, config_id=1, search_port=65535),
        {"boot_id": 7, "config_id": 1, "search_port": 65535},
    ),
    "fields of one's own": (
        response(extra=[("X-LAMP", "on"), ("OPT", '"http://schemas.upnp.org/upnp/1/0/"; ns=01')]),
        {"kind": "response"},
    ),
}


@pytest.mark.parametrize("name", BUILT)
def test_what_is_built_reads_back_without_defect(name: str) -> None:
    message, expected = BUILT[name]
    read = read_ssdp(message)
    assert read.defects == ()
    assert {field: getattr(read, field) for field in expected} == expected


def test_the_bytes_of_a_search() -> None:
    assert bytes(build_search("ssdp:all", 3)) == (
        b"M-SEARCH * HTTP/1.1\r\n"
        b"HOST: 239.255.255.250:1900\r\n"
        b'MAN: "ssdp:discover"\r\n'
        b"MX: 3\r\n"
        b"ST: ssdp:all\r\n"
        b"\r\n"
    )


def test_the_bytes_of_a_response() -> None:
    assert bytes(response(date="Sat, 06 Jan 2024 10:20:30 GMT")) == BASELINE


def test_the_bytes_of_a_byebye() -> None:
    assert bytes(byebye()) == (
        b"NOTIFY * HTTP/1.1\r\n"
        b"HOST: 239.255.255.250:1900\r\n"
        b"NT: upnp:rootdevice\r\n"
        b"NTS: ssdp:byebye\r\n"
        b"USN: " + USN.encode() + b"\r\n"
        b"\r\n"
    )


@pytest.mark.parametrize(
    ("address", "port", "expected"),
    [
        ("192.0.2.1", 1900, "192.0.2.1:1900"),
        ("lamp.local", 50000, "lamp.local:50000"),
        ("ff02::c", 1900, "[ff02::c]:1900"),
        ("[ff02::c]", 1900, "[ff02::c]:1900"),
        ("fe80::1%eth0", 1900, "[fe80::1]:1900"),
    ],
)
def test_host_port(address: str, port: int, expected: str) -> None:
    assert host_port(address, port) == expected


REFUSED: dict[str, Callable[[], object]] = {
    "MX 0": lambda: build_search(mx_seconds=0),
    "MX 6": lambda: build_search(mx_seconds=6),
    "MX no whole number": lambda: build_search(mx_seconds=1.5),  # type: ignore[arg-type]
    "ST empty": lambda: build_search(""),
    "ST with LF": lambda: build_search("a\nMX: 1"),
    "ST with CR": lambda: build_search("a\rb"),
    "ST with NUL": lambda: build_search("a\0"),
    "ST with blank at the end": lambda: build_search("a "),
    "HOST empty": lambda: build_unicast_search(""),
    "HOST with CR LF": lambda: build_unicast_search("a\r\n"),
    "USER-AGENT with LF": lambda: build_search(user_agent="a\n"),
    "CPFN with LF": lambda: build_search(control_point_name="a\n"),
    "CPUUID with LF": lambda: build_search(control_point_uuid="a\n"),
    "TCPPORT 1900": lambda: build_search(tcp_port=1900),
    "TCPPORT 65536": lambda: build_search(tcp_port=65536),
    "address empty": lambda: host_port(""),
    "port 0": lambda: host_port("a", 0),
    "port 65536": lambda: host_port("a", 65536),
    "LOCATION with LF": lambda: build_alive(NT, USN, "http://a/\n", server=SERVER),
    "LOCATION empty": lambda: build_alive(NT, USN, "", server=SERVER),
    "SERVER with NUL": lambda: build_alive(NT, USN, URL, server="\0"),
    "SERVER no text": lambda: build_alive(NT, USN, URL, server="\udcff"),
    "USN empty": lambda: build_byebye(NT, ""),
    "NT with DEL": lambda: build_byebye("\x7f", USN),
    "max-age below 0": lambda: alive(max_age_seconds=-1),
    "max-age of 32 bits": lambda: response(max_age_seconds=2**31),
    "BOOTID below 0": lambda: alive(boot_id=-1),
    "BOOTID of 32 bits": lambda: byebye(boot_id=2**31),
    "CONFIGID of 25 bits": lambda: response(config_id=2**24),
    "SEARCHPORT 1900": lambda: alive(search_port=1900),
    "SEARCHPORT 65536": lambda: update(search_port=65536),
    "SECURELOCATION with LF": lambda: response(secure_location="https://a/\n"),
    "NEXTBOOTID that does not rise": lambda: update(next_boot_id=7),
    "NEXTBOOTID of 32 bits": lambda: update(next_boot_id=2**31),
    "DATE with LF": lambda: response(date="\n"),
    "name with colon": lambda: alive(extra=[("A:", "1")]),
    "name with blank": lambda: byebye(extra=[("A ", "1")]),
    "name empty": lambda: update(extra=[("", "1")]),
    "value with LF": lambda: response(extra=[("A", "1\nB: 2")]),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refuses(name: str) -> None:
    with pytest.raises(MessageError) as caught:
        REFUSED[name]()
    assert isinstance(caught.value, ValueError)
    assert str(caught.value)
