"""What simulated devices answer by HTTP: descriptions, actions, subscriptions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from upnpscapy.errors import MessageError
from upnpscapy.protocol.gena import Subscribe, parse_gena
from upnpscapy.protocol.soap import Call, parse_call
from upnpscapy.protocol.soap_build import CONTENT_TYPE, build_fault, build_result
from upnpscapy.simulated.device import SimulatedDevice
from upnpscapy.simulated.http_server import Request, Response
from upnpscapy.simulated.publisher import Publisher
from upnpscapy.simulated.service import Refusal, Service

__all__ = ["Endpoints"]

MAX_TOLD = 500
"""Characters of arguments in a line."""

_XML = ("CONTENT-TYPE", CONTENT_TYPE)


class _End(NamedTuple):
    """What a path is."""

    device: SimulatedDevice
    service: Service | None
    """None of the description."""
    what: str


class Endpoints:
    """The paths of devices; ``handle`` answers a request to one of them.

    ``on_change`` is told that there is something to tell subscribers.
    """

    def __init__(
        self,
        devices: Sequence[SimulatedDevice],
        log: Callable[[str], object],
        on_change: Callable[[], object],
    ) -> None:
        self._log = log
        self._ends: dict[str, _End] = {}
        self._publishers: dict[Service, Publisher] = {}
        self._devices = devices
        for device in devices:
            self._ends[device.description_path] = _End(device, None, "description")
            for service in device.services:
                for what in ("scpd.xml", "control", "event"):
                    self._ends[device.path(service, what)] = _End(device, service, what)
                publisher = self._publishers[service] = Publisher(service)
                service.on_change = _teller(publisher, on_change)

    def handle(self, request: Request) -> Response | None:
        """The answer; None breaks off."""
        end = self._ends.get(request.path)
        said = f"{request.peer} {request.method} {request.path}"
        if end is None:
            self._log(f"{said}: 404")
            return Response(404)
        try:
            response = self._respond(end, request)
        except (MessageError, ValueError) as error:  # what cannot be written
            self._log(f"{said}: {error}")
            return Response(500)
        if end.what != "control":
            self._log(f"{said}: {response.status if response else 'dropped'}")
        return response

    def tell(self) -> float:
        """Send the events that are due; seconds until there may be more to send."""
        waits = [0.25]
        for device in self._devices:
            device.tick()
            with device.lock:
                for service in device.services:
                    publisher = self._publishers[service]
                    publisher.flush()
                    if publisher.wait_seconds is not None:
                        waits.append(publisher.wait_seconds)
        return min(waits)

    def close(self) -> None:
        """End all subscriptions."""
        ended = []
        for device in self._devices:
            with device.lock:
                for service in device.services:
                    service.on_change = lambda _: None
                    ended += self._publishers[service].stop()
        for subscription in ended:
            subscription.join()

    def _respond(self, end: _End, request: Request) -> Response | None:
        if request.method in ("GET", "HEAD") and end.what in ("description", "scpd.xml"):
            if end.service is None:
                return Response(200, [_XML], end.device.description)
            return Response(200, [_XML], end.service.table.xml)
        if request.method in ("POST", "M-POST") and end.what == "control":
            call = parse_call(request.message, request.body)
            return Response(400) if call is None else self._call(end, request, call)
        if request.method in ("SUBSCRIBE", "UNSUBSCRIBE") and end.what == "event":
            asked = parse_gena(request.message, request.body)
            if isinstance(asked, Subscribe) and end.service is not None:
                with end.device.lock:
                    return self._publishers[end.service].answer(asked, request.peer)
        allowed = {"control": "POST", "event": "SUBSCRIBE, UNSUBSCRIBE"}
        return Response(405, [("ALLOW", allowed.get(end.what, "GET, HEAD"))])

    def _call(self, end: _End, request: Request, call: Call) -> Response | None:
        device, service = end.device, end.service
        assert service is not None
        action = call.action or ""
        with device.lock:
            trouble = device.troubles.take(action)
        values = ", ".join(value for _, value in call.arguments)
        said = f"{request.peer} {service.short_id} {action}({values[:MAX_TOLD]})"
        delay = trouble.delay_seconds if trouble else 0.0
        if trouble is not None and trouble.drop:
            self._log(f"{said}: dropped")
            return None
        if trouble is not None and trouble.body is not None:
            self._log(f"{said}: told to answer {trouble.status}")
            return Response(trouble.status, [_XML], trouble.body)
        try:
            if trouble is not None and trouble.code is not None:
                raise Refusal(trouble.code)
            if call.service_type != service.table.service_type:
                raise Refusal(401)
            if call.body_action != action:
                raise Refusal(402)
            with device.lock:
                result = service.call(action, call.arguments, request.peer)
        except Refusal as refusal:
            told = service.error_text(refusal)
            self._log(f"{said}: {refusal.code} {told}")
            fields, body = build_fault(refusal.code, told)
            return Response(500, fields, body, delay_seconds=delay)
        self._log(said)
        fields, body = build_result(service.table.service_type, action, result)
        return Response(200, fields, body, delay_seconds=delay)


def _teller(publisher: Publisher, on_change: Callable[[], object]) -> Callable[[str], None]:
    def tell(name: str) -> None:
        publisher.change(name)
        on_change()

    return tell
