"""What is peculiar about an HTTP exchange, for what it says in itself and by whom.

No judgement: a mark keeps an exchange for the rules, which decide what it means.
It is asked of every exchange, so that only searches for literal bytes look at whole bodies.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import ip_address

from upnpscapy.capture.datagrams import address_text
from upnpscapy.capture.exchanges import Exchange
from upnpscapy.capture.http_message import HttpMessage
from upnpscapy.forensics.exchange_row import ExchangeRow
from upnpscapy.forensics.url_place import url_place
from upnpscapy.forensics.watching.response_marks import HEAD, has_doctype, marks_of_response
from upnpscapy.forensics.watching.surroundings import ALWAYS_LOCAL
from upnpscapy.protocol.address_class import packed_class
from upnpscapy.protocol.memory import Memory

__all__ = ["MARKS", "ExchangeMarks"]

MARKS: dict[str, str] = {
    "browser": "header fields that only browsers send: Origin, Referer, Sec-Fetch-…, Mozilla",
    "host-name": "a Host that is a name",
    "credentials": "Authorization, or a password or key among what is sent",
    "doctype": "DOCTYPE or ENTITY in XML",
    "metacharacters": "what a shell would run, in target, header fields or body of the request",
    "format": "conversions of printf in target, header fields or body of the request",
    "long": "a request line or header line of more than 512 bytes",
    "action": "SOAPACTION that is not a quoted URN, # and name, or lacks in a POST",
    "subscribe": "SUBSCRIBE or UNSUBSCRIBE",
    "foreign": "an end whose address is not local by itself",
    "exploit-path": "a target that published exploits have",
    "upload": "PUT, DELETE, or a POST without an envelope, to a server of UPnP, and what gives it "
    "back",
    "dial": "DIAL: /apps/…, or Application-URL in the response",
    "event": "an event to a target of more than 128 bytes",
    "preflight": "a browser asks leave to control, or Flash asks, a local server nobody knows yet",
    "framing": "a response whose length is negative or absurd, or that unpacks without end",
    "unc": "a path of a Windows share in a page or document",
}
"""mark → what it says."""

LONG_LINE = 512
LONG_TARGET = 128
MAX_SERVERS = 8192
"""Kept of those that spoke UPnP, and again of what discovery named."""

MAX_UPLOADS = 1024

PORTS = frozenset((1900, 2869, 5431, 37215, 49000, 49152, 52869, 52881))
"""Ports of UPnP servers that exploits go to whatever was seen before."""

_BROWSERS = frozenset(
    b"origin referer x-flash-version sec-fetch-site sec-fetch-mode sec-fetch-dest "
    b"access-control-request-method access-control-request-headers".split()
)
_MAY_HAVE_COMMANDS = frozenset((b"callback", b"sid", b"nt"))
_LOOKED_AT = _BROWSERS | _MAY_HAVE_COMMANDS | {b"host", b"authorization", b"user-agent"}
_EVENTING = (b"SUBSCRIBE", b"UNSUBSCRIBE")
_EXPLOITS = re.compile(
    rb"hnap1?(?:[/?]|\Z)|soap\.cgi|gena\.cgi|ctrlt/|deviceupgrade|picsdesc|wanipcn|\.dtd\b"
    rb"|/upnp/control/hag|tr64|/dslf/|crossdomain\.xml|callstranger|cgi-bin|\.swf\b",
    re.IGNORECASE,
)
_DIAL = re.compile(rb"/apps(?:/|\Z)|/ssdp/device-desc", re.IGNORECASE)
_NAMES = re.compile(rb"\s*(?:[0-9.]+|\[[^\]]*\])?(?::[0-9]*)?\s*\Z")
"""A Host that is no name: an address, a port, or nothing."""
_ACTION = re.compile(rb'\s*"[\w.:/-]+#[\w.-]+"\s*\Z')

_SHELL = (
    *(b"`", b"$(", b"${", b"||", b"&&", b"&amp;&amp;", b"%60", b"%24%28", b"$IFS", b"/bin/"),
    *(b"wget ", b"curl ", b"tftp ", b"telnetd", b"busybox"),
)
_PECULIAR = (b"`", b"$", b"|", b"%", b";", b"&")
"""Nothing of what follows is in a text without any of these."""
_SEMICOLON = re.compile(
    rb";(?<!&lt;)(?<!&gt;)(?<!&amp;)(?<!&quot;)(?<!&apos;)(?<!&#\d\d;)\s*[a-z/$]"
)
_PIPE = re.compile(rb"\|\s*(?:sh|bash|nc|/)\b")
_FORMAT = re.compile(rb"%(?![0-9A-Fa-f]{2})[0-9$.]*[nxsp]|%[0-9]+\$|%08x")
_SECRET_KEYS = (b"SecurityKeys", b"PreSharedKey", b"KeyPassphrase", b"WEPKey")


_Server = tuple[bytes, int]
"""Address and port."""


class ExchangeMarks:
    """Remembers which servers speak UPnP: what is peculiar elsewhere is the Web's."""

    def __init__(self) -> None:
        self._servers: dict[_Server, None] = {}
        self._located: dict[_Server, set[bytes]] = {}
        self._urls: set[str] = set()
        """LOCATIONs that were taken."""
        self._count = 0
        self._uploads: dict[tuple[_Server, bytes], int] = {}

    @property
    def servers(self) -> set[str]:
        """The addresses of servers that spoke UPnP, or that discovery named."""
        return {address_text(address) for address, _ in (*self._servers, *self._located)}

    def saw_location(self, url: str) -> None:
        """Take a LOCATION: what is there is a server of UPnP."""
        if url in self._urls:
            return
        if len(url) <= LONG_LINE and len(self._urls) < MAX_SERVERS:
            self._urls.add(url)
        place = url_place(url)
        packed = None if place is None else _packed(place.host)
        if place is None or packed is None or self._count >= MAX_SERVERS:
            return
        targets = self._located.setdefault((packed, place.port), set())
        target = place.target.encode("utf-8", "replace")
        if target not in targets and len(target) <= LONG_LINE:
            self._count += 1
            targets.add(target)

    def of(self, row: ExchangeRow) -> set[str]:
        """The names of ``MARKS`` that hold; none for what has nothing to do with UPnP."""
        exchange, role = row.exchange, row.role
        request, response = exchange.request, exchange.response
        target = b"" if request is None else request.message.start.target or b""
        marks = _TARGETS[target]
        server = exchange.server_address, exchange.server_port
        if role in ("control", "subscribe", "event", "description", "scpd"):
            if len(self._servers) < MAX_SERVERS and role != "event":
                self._servers[server] = None
        elif (
            not marks
            and server not in self._servers
            and server not in self._located
            and server[1] not in PORTS
        ):
            return {"preflight"} if _asks_leave(exchange) else set()
        found = set(marks)
        if not (_is_local(exchange.client_address) and _is_local(exchange.server_address)):
            found.add("foreign")
        if request is not None:
            self._look_at_request(request, target, role, found)
        if response is not None and role != "icon":
            located = target in self._located.get(server, ())
            found |= marks_of_response(response, role, located=located)
        if self._uploads or "upload" in found:
            self._look_at_uploads(exchange, (server, target), found)
        return found

    def _look_at_request(
        self, request: HttpMessage, target: bytes, role: str, found: set[str]
    ) -> None:
        message, body = request.message, request.body[:HEAD]
        method = (message.start.method or b"").upper()
        action = None
        if len(message.start.line) > LONG_LINE:
            found.add("long")
        for header in message.headers:
            key = header.key
            if len(header.line) > LONG_LINE:
                found.add("long")
            if key[-10:] == b"soapaction":
                action = header.value
                if not _ORDINARY_ACTIONS[action]:
                    found.add("action")
                    found |= _marks_of_text(action)
            elif key in _LOOKED_AT:
                found |= _HEADERS[key, header.value]
        if role == "subscribe":
            found.add("subscribe")
        elif method == b"POST":
            if role != "control":
                found.add("upload")
            elif action is None:
                found.add("action")
        elif method in (b"PUT", b"DELETE"):
            found.add("upload")
        elif role == "event" and len(target) > LONG_TARGET:
            found.add("event")
        if body:
            found |= _marks_of_text(body)
            if b"assword" in body or (b"Key" in body and any(key in body for key in _SECRET_KEYS)):
                found.add("credentials")
            if has_doctype(body):
                found.add("doctype")

    def _look_at_uploads(
        self, exchange: Exchange, what: tuple[_Server, bytes], found: set[str]
    ) -> None:
        """Remember what was stored under a name, and mark the GET that gives the same back."""
        request, response = exchange.request, exchange.response
        if request is None:
            return
        if "upload" in found:
            if request.body and (exchange.status or 200) < 300:
                self._uploads.pop(what, None)
                if len(self._uploads) >= MAX_UPLOADS:
                    del self._uploads[next(iter(self._uploads))]
                self._uploads[what] = hash(request.body)
        elif what in self._uploads and _gives(response, self._uploads[what]):
            found.add("upload")


def _gives(response: HttpMessage | None, stored: int) -> bool:
    return response is not None and hash(response.content().data) == stored


def _asks_leave(exchange: Exchange) -> bool:
    """Whether a page wants to control a local server, or Flash is what asks."""
    request = exchange.request
    return (
        request is not None
        and _looks_like_asking_leave(request)
        and _is_local(exchange.server_address)
    )


def _looks_like_asking_leave(request: HttpMessage) -> bool:
    headers = request.message.headers
    if (request.message.start.method or b"").upper() == b"OPTIONS":
        method = headers.get(b"access-control-request-method") or b""
        asked = headers.get(b"access-control-request-headers") or b""
        return method.strip().upper() in _EVENTING or b"soapaction" in asked.lower()
    if headers.get(b"x-flash-version") is not None:
        return True
    referer = headers.get(b"referer")
    return referer is not None and referer.partition(b"?")[0].rstrip().lower().endswith(b".swf")


def _marks_of_text(text: bytes) -> set[str]:
    found: set[str] = set()
    for one in _PECULIAR:  # nothing is found as fast as a single byte
        if one in text:
            break
    else:
        return found
    if (
        any(word in text for word in _SHELL)
        or (b";" in text and _SEMICOLON.search(text))
        or (b"|" in text and _PIPE.search(text))
    ):
        found.add("metacharacters")
    if b"%" in text and _FORMAT.search(text):
        found.add("format")
    return found


def _marks_of_header(header: tuple[bytes, bytes]) -> frozenset[str]:
    """Of name and value of a header field of a request that is ``_LOOKED_AT``."""
    key, value = header
    if key == b"host":
        return frozenset() if _NAMES.match(value) else frozenset(("host-name",))
    if key == b"authorization":
        return frozenset(("credentials",))
    if key in _MAY_HAVE_COMMANDS:
        return frozenset(_marks_of_text(value))
    if key == b"user-agent" and not value.lstrip().startswith(b"Mozilla/"):
        return frozenset()
    return frozenset(("browser",))


def _marks_of_target(target: bytes) -> frozenset[str]:
    found = _marks_of_text(target)
    if _EXPLOITS.search(target):
        found.add("exploit-path")
    if _DIAL.match(target):
        found.add("dial")
    return frozenset(found)


def _is_ordinary_action(value: bytes) -> bool:
    return _ACTION.match(value) is not None


_HEADERS = Memory(_marks_of_header, lambda header: len(header[1]), limit=LONG_LINE, entries=4096)
_TARGETS = Memory(_marks_of_target, len, limit=LONG_LINE, entries=4096)
_ORDINARY_ACTIONS = Memory(_is_ordinary_action, len, limit=LONG_LINE, entries=4096)
"""Clients say the same again and again; what is longer is ``long`` anyway."""


@lru_cache(4096)
def _is_local(address: bytes) -> bool:
    return packed_class(address) in ALWAYS_LOCAL


def _packed(host: str) -> bytes | None:
    """An address as bytes, None for a name."""
    try:
        return ip_address(host).packed
    except ValueError:
        return None
