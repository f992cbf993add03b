"""The requests of eventing: SUBSCRIBE, its renewal, UNSUBSCRIBE (UDA 2.0, 4.1)."""

from __future__ import annotations

import copy
import time
from ipaddress import IPv6Address
from typing import NamedTuple
from urllib.parse import urlsplit

from upnpscapy.live.http import Http, Response
from upnpscapy.live.interfaces import address_facing, resolve
from upnpscapy.live.local import read_url
from upnpscapy.protocol.gena import Timeout, parse_subscription
from upnpscapy.protocol.gena_build import build_renewal, build_subscribe, build_unsubscribe
from upnpscapy.protocol.httpu import Message

__all__ = ["Facing", "Granted", "Publisher"]


class Granted(NamedTuple):
    """What a device granted."""

    sid: str
    timeout: Timeout | None
    """None if it did not say."""
    publisher: str
    """The device's address, without scope id."""


class Facing(NamedTuple):
    """The way between a device and this host."""

    address: str
    """This host's, that its callbacks are to have."""
    scope_id: int
    """Of a link-local address, else 0."""
    senders: frozenset[str]
    """Addresses that the device is known by."""


class Publisher:
    """The device's end of a subscription.

    All requests raise ``ResponseError`` for a refusal, ``TransportError`` where no answer came.
    """

    def __init__(self, event_sub_url: str, http: Http, device_url: str | None = None) -> None:
        self.event_sub_url = event_sub_url
        self._http = http
        self._device_url = device_url
        """The description that names the URL, if one did."""

    def face(self, callback_address: str | None = None) -> Facing:
        """How device and host see each other; nothing is sent.

        Raises ``RefusedError`` for a URL that is not followed, ``NetworkError`` if there is no
        way.
        """
        place = read_url(self.event_sub_url)
        device = None if self._device_url is None else read_url(self._device_url)
        deadline = time.monotonic() + self._http.timeout_seconds
        found = self._http.policy.check(place, deadline, device=device)
        senders = set()
        for one in found:
            mapped = one.ip.ipv4_mapped if isinstance(one.ip, IPv6Address) else None
            senders.add(str(mapped or one.ip))
        ip, scope_id = found[0].ip, (found[0].place[3:] or (0,))[0]
        if callback_address is None:
            host = f"{ip}%{scope_id}" if scope_id else str(ip)
            own = address_facing(host, place.port, source=self._http.source_address)
        else:
            bound = resolve(callback_address, 0)
            own, scope_id = bound[0], (bound[3] if len(bound) == 4 else 0) or scope_id
        return Facing(own, scope_id, frozenset(senders))

    def subscribe(
        self,
        callback: str,
        duration_seconds: int,
        state_vars: tuple[str, ...] = (),
        within: float | None = None,
    ) -> Granted:
        """Begin a subscription; ``within`` is the patience in seconds, if not that of the HTTP."""
        request = build_subscribe(
            *self._target(),
            [callback],
            timeout_seconds=duration_seconds,
            state_vars=state_vars,
        )
        response = self._ask(request, within)
        granted = _granted(response)
        if not granted.sid:
            raise response.error("subscription accepted without a SID")
        return granted

    def renew(self, sid: str, duration_seconds: int, within: float | None = None) -> Granted:
        """Go on with a subscription."""
        request = build_renewal(*self._target(), sid, timeout_seconds=duration_seconds)
        granted = _granted(self._ask(request, within))
        return granted if granted.sid else granted._replace(sid=sid)

    def unsubscribe(self, sid: str, within: float | None = None) -> None:
        """End a subscription."""
        self._ask(build_unsubscribe(*self._target(), sid), within)

    def _target(self) -> tuple[str, str]:
        """Path and HOST."""
        place = read_url(self.event_sub_url)
        parts = urlsplit(self.event_sub_url)
        path = parts.path or "/"
        return f"{path}?{parts.query}" if parts.query else path, place.header

    def _ask(self, request: Message, within: float | None) -> Response:
        http = self._http
        if within is not None:
            http = copy.copy(http)
            http.timeout_seconds = min(within, http.timeout_seconds)
        method = (request.start.method or b"").decode()
        fields = [(name, value) for name, value in request.headers.pairs() if name != "HOST"]
        response = http.request(method, self.event_sub_url, fields, device_url=self._device_url)
        if not 200 <= response.status < 300:
            raise response.error(f"{method} refused: {response.status_line}")
        return response


def _granted(response: Response) -> Granted:
    answer = parse_subscription(response.message)
    return Granted(answer.sid or "", answer.timeout, response.server[0].partition("%")[0])
