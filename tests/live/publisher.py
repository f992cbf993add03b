"""A device on loopback that sends events as it is told, and the fields of what it was asked."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable
from typing import Any

from upnpscapy.live.device import LiveService, describe
from upnpscapy.live.http import Http
from upnpscapy.live.subscribe import Subscriber, subscribe
from upnpscapy.protocol.gena import Subscribe, parse_gena
from upnpscapy.protocol.gena_build import build_event
from upnpscapy.protocol.httpu import parse

from .server import Server
from .server import http as answered

__all__ = [
    "DESCRIPTION",
    "NUMBER",
    "SCPD",
    "Publisher",
    "exchange",
    "kinds",
    "notify",
    "numbers",
    "place_of",
    "until",
]

NUMBER = ("Number", "1")

Pairs = Iterable[tuple[str, str]]

DESCRIPTION = """<?xml version="1.0"?>
<root xmlns="urn:schemas-upnp-org:device-1-0"><specVersion><major>1</major><minor>0</minor>
</specVersion><device><deviceType>urn:schemas-upnp-org:device:MediaRenderer:1</deviceType>
<friendlyName>Player</friendlyName><UDN>uuid:p</UDN><serviceList>
<service><serviceType>urn:schemas-upnp-org:service:AVTransport:1</serviceType>
<serviceId>urn:upnp-org:serviceId:AVTransport</serviceId><SCPDURL>/scpd.xml</SCPDURL>
<controlURL>/ctl</controlURL><eventSubURL>/evt</eventSubURL></service>
<service><serviceType>urn:schemas-upnp-org:service:Silent:1</serviceType>
<serviceId>urn:upnp-org:serviceId:Silent</serviceId><SCPDURL>/silent.xml</SCPDURL>
<controlURL>/ctl2</controlURL><eventSubURL>/evt2</eventSubURL></service>
<service><serviceType>urn:schemas-upnp-org:service:Mute:1</serviceType>
<serviceId>urn:upnp-org:serviceId:Mute</serviceId><SCPDURL>/scpd.xml</SCPDURL>
<controlURL>/ctl3</controlURL><eventSubURL></eventSubURL></service>
</serviceList></device></root>"""

_VARIABLE = '<stateVariable sendEvents="{}"><name>{}</name><dataType>{}</dataType></stateVariable>'
_SCPD = (
    '<scpd xmlns="urn:schemas-upnp-org:service-1-0">'
    "<serviceStateTable>{}</serviceStateTable></scpd>"
)
SCPD = _SCPD.format(
    "".join(
        _VARIABLE.format(*one)
        for one in (
            ("yes", "Number", "ui2"),
            ("yes", "Flag", "boolean"),
            ("yes", "LastChange", "string"),
            ("no", "Volume", "ui2"),
        )
    )
)
SILENT = _SCPD.format(_VARIABLE.format("no", "Number", "ui2"))


class Publisher(Server):
    """Accepts subscriptions, each with a SID of its own, unless ``answers`` has something else.

    ``answers`` is used up, a (status, fields) for each request of eventing; ``early`` are
    (SEQ, properties) that are sent before the answer to a SUBSCRIBE.
    """

    def __init__(self, timeout: str = "Second-1800", host: str = "127.0.0.1") -> None:
        super().__init__(Publisher._reply, host)
        self.timeout = timeout
        self.asked: list[Subscribe] = []
        self.answers: list[tuple[str, tuple[str, ...]] | None] = []
        self.early: list[tuple[str, int, Pairs]] = []
        self.early_statuses: list[int] = []
        self.callback = ""
        self.sids: list[str] = []

    @property
    def sid(self) -> str:
        return self.sids[-1]

    @property
    def kinds(self) -> list[str]:
        return [one.kind for one in self.asked]

    def send(self, seq: int, *pairs: tuple[str, str], sid: str | None = None) -> int:
        """Send an event; the status of the answer."""
        return notify(self.callback, sid or self.sid, seq, pairs)

    def subscribe(self, **options: Any) -> Subscriber:
        """A subscriber to the URL alone."""
        return subscribe(f"{self.url}/evt", **({"http": Http(timeout_seconds=60)} | options))

    def service(self, name: str, http: Http | None = None) -> LiveService:
        """One of its services."""
        found = describe(f"{self.url}/d.xml", http=http).find_service(name)
        assert found is not None
        return found

    @staticmethod
    def _reply(server: Server, connection: socket.socket, request: bytes) -> None:
        assert isinstance(server, Publisher)
        asked = parse_gena(parse(request))
        if not isinstance(asked, Subscribe):
            pages = {b"/d.xml": DESCRIPTION, b"/scpd.xml": SCPD, b"/silent.xml": SILENT}
            page = pages.get(request.split(b" ")[1])
            connection.sendall(answered("", "404 Not Found") if page is None else answered(page))
            return
        server.asked.append(asked)
        told = server.answers.pop(0) if server.answers else None
        sid = asked.sid or f"uuid:{len(server.sids)}"
        if asked.kind == "subscribe" and (told is None or told[0].startswith("200")):
            server.callback = asked.callbacks[0]
            server.sids.append(sid)
            for early_sid, seq, pairs in server.early:
                server.early_statuses.append(notify(server.callback, early_sid, seq, pairs))
        status, fields = told or ("200 OK", (f"SID: {sid}", f"TIMEOUT: {server.timeout}"))
        connection.sendall(answered("", status, *fields))


def place_of(callback: str) -> tuple[str, int, str]:
    """Host, port and path of a callback."""
    host, _, path = callback.removeprefix("http://").partition("/")
    name, _, port = host.rpartition(":")
    return name.strip("[]"), int(port), f"/{path}"


def exchange(
    callback: str,
    data: bytes,
    *,
    source: str = "",
    half_close: bool = False,
    then: Callable[[socket.socket], object] = lambda _: None,
) -> bytes:
    """All that a callback server answers to bytes."""
    host, port, _ = place_of(callback)
    own = (source, 0) if source else None
    with socket.create_connection((host, port), 5, source_address=own) as connection:
        connection.sendall(data)
        then(connection)
        if half_close:
            connection.shutdown(socket.SHUT_WR)
        answer = b""
        while b"\r\n\r\n" not in answer and (more := connection.recv(65536)):
            answer += more
    return answer


def notify(callback: str, sid: str, seq: int, properties: Pairs, **options: Any) -> int:
    """Send an event; the status of the answer."""
    host, port, path = place_of(callback)
    message = build_event(path, f"{host}:{port}", sid, seq, properties)
    status = parse(exchange(callback, bytes(message), **options)).start.status
    assert status is not None
    return status


def until(ready: Callable[[], bool], seconds: float = 60) -> None:
    """Return when it is ready."""
    end = time.monotonic() + seconds
    while not ready():
        assert time.monotonic() < end, "not in time"
        time.sleep(0.01)


def numbers(subscriber: Subscriber, count: int) -> list[int | None]:
    """SEQ of the next events."""
    found = [subscriber.next_event(60) for _ in range(count)]
    assert None not in found
    return [one.seq for one in found if one is not None]


def kinds(subscriber: Subscriber) -> list[str]:
    """Of its notices."""
    return [notice.kind for notice in subscriber.notices]
