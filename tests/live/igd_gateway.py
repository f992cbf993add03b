"""A gateway on loopback that keeps mappings and pinholes, and refuses or lies as it is told."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterable
from typing import Any

from upnpscapy.live.http import Http
from upnpscapy.live.igd import Igd
from upnpscapy.live.igd_find import find_igd
from upnpscapy.protocol.httpu import parse
from upnpscapy.protocol.soap import parse_call
from upnpscapy.protocol.soap_build import build_fault, build_result

from .server import Server, http

__all__ = ["FIREWALL", "IP1", "IP2", "PPP", "FakeGateway", "RefusalError", "replies"]

_TYPE = "urn:schemas-upnp-org:service:"
IP1, IP2, PPP = (
    f"{_TYPE}{name}" for name in ("WANIPConnection:1", "WANIPConnection:2", "WANPPPConnection:1")
)
FIREWALL = f"{_TYPE}WANIPv6FirewallControl:1"

_KEY = ("NewRemoteHost", "NewExternalPort", "NewProtocol")
_REST = (
    "NewInternalPort",
    "NewInternalClient",
    "NewEnabled",
    "NewPortMappingDescription",
    "NewLeaseDuration",
)
_ORDER = {
    "AddPortMapping": (*_KEY, *_REST),
    "AddAnyPortMapping": (*_KEY, *_REST),
    "AddPinhole": (
        *("RemoteHost", "RemotePort", "InternalClient", "InternalPort", "Protocol", "LeaseTime"),
    ),
    "DeletePortMappingRange": ("NewStartPort", "NewEndPort", "NewProtocol", "NewManage"),
    "GetListOfPortMappings": (
        *("NewStartPort", "NewEndPort", "NewProtocol", "NewManage", "NewNumberOfPorts"),
    ),
}
"""Actions whose arguments are checked for their order, which is significant."""

Pairs = list[tuple[str, str]]


class RefusalError(Exception):
    """A refusal."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class FakeGateway(Server):
    """Its description is at /root.xml; each service has its control URL, /ctl/0 and so on.

    ``does`` is what an action does in place of what it should: it gets the arguments, and gives
    the result, raises a ``RefusalError``, or gives the bytes of a whole answer.
    ``refusals`` are codes that the next calls of an action get, one after the other.
    """

    def __init__(
        self,
        *services: str,
        device_type: str = "InternetGatewayDevice:1",
        does: dict[str, Callable[[dict[str, str]], Any]] | None = None,
        address: str | None = "44.128.0.2",
        status: str | None = "Connected",
        of_service: dict[int, tuple[str, str]] | None = None,
    ) -> None:
        super().__init__(self._respond)
        self.services = services or (IP1,)
        self.device_type = device_type
        self.does = does or {}
        self.address, self.status = address, status
        self.of_service = of_service or {}
        """Number of a service → its status and address, where they differ."""
        self.refusals: dict[str, list[int]] = {}
        self.mappings: dict[tuple[str, str, str], dict[str, str]] = {}
        self.pinholes: dict[str, dict[str, str]] = {}
        self.calls: list[tuple[str, dict[str, str]]] = []
        """(action, arguments) of every call."""
        self.paths: list[str] = []
        self.silent = False

    @property
    def location(self) -> str:
        return f"{self.url}/root.xml"

    def igd(self, **options: Any) -> Igd:
        """The gateway as ``find_igd`` gives it."""
        return find_igd(self.location, http=Http(timeout_seconds=60), **options)

    def called(self, action: str) -> list[dict[str, str]]:
        """The arguments of each call of an action."""
        return [arguments for name, arguments in self.calls if name == action]

    def put(
        self, port: int, client: str = "127.0.0.1", inside: int | None = None, **more: str
    ) -> None:
        """An entry of the table."""
        values = dict(zip(_REST, (str(inside or port), client, "1", "there", "0"), strict=True))
        self.mappings["", str(port), more.pop("protocol", "TCP")] = {**values, **more}

    def _respond(self, _: Server, connection: socket.socket, request: bytes) -> None:
        message = parse(request)
        path = (message.start.target or b"").decode()
        self.paths.append(path)
        if self.silent:
            self.stopped.wait(5)
            return
        call = parse_call(message)
        if path == "/root.xml":
            answer = http(self._description())
        elif call is None or not path.startswith("/ctl/"):
            answer = http("", "404 Not Found")
        else:
            assert not call.defects, call.defects
            answer = self._answer(call.action or "", list(call.arguments), int(path[5:]))
        connection.sendall(answer)

    def _answer(self, action: str, pairs: Pairs, service: int) -> bytes:
        arguments = dict(pairs)
        self.calls.append((action, arguments))
        try:
            if self.refusals.get(action):
                raise RefusalError(self.refusals[action].pop(0))
            if action in _ORDER and tuple(arguments) != _ORDER[action]:
                raise RefusalError(402)
            if action in self.does:
                result = self.does[action](arguments)
            else:
                method = getattr(self, f"_do_{_snake(action)}", None)
                if method is None:
                    raise RefusalError(401)
                result = method(arguments, service)
        except RefusalError as refusal:
            _, body = build_fault(refusal.code, "no")
            return http(body, "500 Internal Server Error")
        if isinstance(result, bytes):
            return result
        _, body = build_result(self.services[service], action, result or ())
        return http(body)

    def _description(self) -> str:
        inside = "".join(
            f"<service><serviceType>{kind}</serviceType><serviceId>urn:upnp-org:serviceId:S{number}"
            f"</serviceId><SCPDURL>/scpd.xml</SCPDURL><controlURL>/ctl/{number}</controlURL>"
            "<eventSubURL>/e</eventSubURL></service>"
            for number, kind in enumerate(self.services)
        )
        return (
            '<?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0"><specVersion>'
            "<major>1</major><minor>0</minor></specVersion><device><deviceType>"
            f"urn:schemas-upnp-org:device:{self.device_type}</deviceType><friendlyName>Fake"
            f"</friendlyName><UDN>uuid:fake</UDN><serviceList>{inside}</serviceList></device></root>"
        )

    def _do_get_status_info(self, _: dict[str, str], service: int) -> Pairs:
        status = self.of_service.get(service, (self.status,))[0]
        if status is None:
            raise RefusalError(401)
        return [
            ("NewConnectionStatus", status),
            ("NewLastConnectionError", "ERROR_NONE"),
            ("NewUptime", "17"),
        ]

    def _do_get_external_ipaddress(self, _: dict[str, str], service: int) -> Pairs:
        address = self.of_service.get(service, ("", self.address))[1]
        if address is None:
            raise RefusalError(501)
        return [("NewExternalIPAddress", address)]

    def _do_add_port_mapping(self, arguments: dict[str, str], _: int) -> Pairs:
        key = self._key(arguments)
        there = self.mappings.get(key)
        if there and there["NewInternalClient"] != arguments["NewInternalClient"]:
            raise RefusalError(718)
        self.mappings[key] = {name: arguments[name] for name in _REST}
        return []

    def _do_add_any_port_mapping(self, arguments: dict[str, str], service: int) -> Pairs:
        if not self.services[service].endswith(":2"):
            raise RefusalError(401)
        while self._key(arguments) in self.mappings:
            arguments["NewExternalPort"] = str(int(arguments["NewExternalPort"]) + 1)
        self._do_add_port_mapping(arguments, service)
        return [("NewReservedPort", arguments["NewExternalPort"])]

    def _do_delete_port_mapping(self, arguments: dict[str, str], _: int) -> Pairs:
        if self.mappings.pop(self._key(arguments), None) is None:
            raise RefusalError(714)
        return []

    def _do_delete_port_mapping_range(self, arguments: dict[str, str], service: int) -> Pairs:
        if not self.services[service].endswith(":2"):
            raise RefusalError(401)
        first, last = int(arguments["NewStartPort"]), int(arguments["NewEndPort"])
        for key in list(self.mappings):
            if key[2] == arguments["NewProtocol"] and first <= int(key[1]) <= last:
                del self.mappings[key]
        return []

    def _do_get_specific_port_mapping_entry(self, arguments: dict[str, str], _: int) -> Pairs:
        there = self.mappings.get(self._key(arguments))
        if there is None:
            raise RefusalError(714)
        return list(there.items())

    def _do_get_generic_port_mapping_entry(self, arguments: dict[str, str], _: int) -> Pairs:
        index = int(arguments["NewPortMappingIndex"])
        if index >= len(self.mappings):
            raise RefusalError(713)
        key, rest = list(self.mappings.items())[index]
        return [*zip(_KEY, key, strict=True), *rest.items()]

    def _do_add_pinhole(self, arguments: dict[str, str], _: int) -> Pairs:
        number = str(len(self.pinholes) + 1)
        self.pinholes[number] = arguments
        return [("UniqueID", number)]

    def _do_update_pinhole(self, arguments: dict[str, str], _: int) -> Pairs:
        self._pinhole(arguments)["LeaseTime"] = arguments["NewLeaseTime"]
        return []

    def _do_delete_pinhole(self, arguments: dict[str, str], _: int) -> Pairs:
        self._pinhole(arguments)
        del self.pinholes[arguments["UniqueID"]]
        return []

    def _do_get_pinhole_packets(self, arguments: dict[str, str], _: int) -> Pairs:
        self._pinhole(arguments)
        return [("PinholePackets", "12")]

    def _do_get_firewall_status(self, _: dict[str, str], __: int) -> Pairs:
        return [("FirewallEnabled", "1"), ("InboundPinholeAllowed", "0")]

    def _do_get_outbound_pinhole_timeout(self, _: dict[str, str], __: int) -> Pairs:
        return [("OutboundPinholeTimeout", "30")]

    def _pinhole(self, arguments: dict[str, str]) -> dict[str, str]:
        if arguments["UniqueID"] not in self.pinholes:
            raise RefusalError(704)
        return self.pinholes[arguments["UniqueID"]]

    @staticmethod
    def _key(arguments: dict[str, str]) -> tuple[str, str, str]:
        first, second, third = (arguments[name] for name in _KEY)
        return first, second, third


def _snake(action: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", action).lower()


def reply(location: str, request: bytes) -> bytes:
    """An answer to a search, for what it searched."""
    match = re.search(rb"(?im)^st: *(\S+)", request)
    target = match[1].decode() if match else ""
    lines = (
        "HTTP/1.1 200 OK",
        "CACHE-CONTROL: max-age=60",
        "EXT:",
        f"LOCATION: {location}",
        "SERVER: x/1 UPnP/1.1 y/1",
        f"ST: {target}",
        f"USN: uuid:fake::{target}",
    )
    return "\r\n".join((*lines, "", "")).encode()


def replies(locations: Iterable[str]) -> Callable[[bytes, int], list[tuple[bytes, bool]]]:
    """What a ``Responder`` answers to each search: these locations."""
    known = list(locations)
    return lambda request, _: [(reply(location, request), False) for location in known]
