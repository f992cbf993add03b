"""HTTP with bounds: one request and one answer, from a host that may be hostile.

requests speaks HTTP, over a connection that ``wire`` keeps in bounds, to a host that ``local``
has checked.
Each exchange has a connection of its own, and nothing is carried from one to the next: no
cookies, no credentials, no proxies of the environment.
Redirects are followed for GET only, a few, and by the same rules as any URL of the device.
"""

from __future__ import annotations

import platform
import re
import time
from collections.abc import Iterable
from urllib.parse import urljoin

import requests
from requests.utils import requote_uri
from urllib3.util import SKIP_HEADER

from upnpscapy.errors import MessageError, ResponseError, UpnpError
from upnpscapy.live.local import Place, Policy, read_url
from upnpscapy.live.response import ERRORS, Response, broken, read_response
from upnpscapy.live.wire import MAX_HEAD, Adapter, Recorder, Wire
from upnpscapy.tree import Shown, Tree, card
from upnpscapy.version import __version__

__all__ = ["USER_AGENT", "Http", "Response"]

_SYSTEM = f"{platform.system()}/{re.split('[^0-9.]', platform.release())[0].rstrip('.')}"

USER_AGENT = f"{_SYSTEM} UPnP/2.0 upnpscapy/{__version__}"
"""UDA 2.0, 3.2.1."""

TIMEOUT_SECONDS = 30.0
"""A device has to answer within that time (UDA 2.0, 3.2)."""

CONNECT_SECONDS = 5.0
READ_SECONDS = 15.0
"""Of silence."""

MAX_BYTES = 4 << 20
"""Of a body; the largest of real devices are some hundred kilobytes."""

MAX_REDIRECTS = 3

_REDIRECTS = frozenset((301, 302, 303, 307, 308))


class Http(Shown):
    """Bounds, policy and recorder of requests; threads may share it.

    ``timeout_seconds``: of one exchange in all, with look-up and redirects;
    ``connect_seconds`` and ``read_seconds`` (of silence) are parts of that.
    ``max_bytes``: of one body, packed or not.
    ``recorder``: gets every byte of every connection.
    ``allow``: hosts, addresses or networks (``"203.0.113.0/24"``) that are followed though they
    are not on the local network or not the device's host; ``"*"`` is every one.
    ``interface``: where link-local addresses are whose URL does not say it.
    ``source_address``: of this host, to send from.
    """

    def __init__(
        self,
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
        connect_seconds: float = CONNECT_SECONDS,
        read_seconds: float = READ_SECONDS,
        max_bytes: int = MAX_BYTES,
        recorder: Recorder | None = None,
        allow: str | Iterable[str] = (),
        interface: str | None = None,
        source_address: str | None = None,
        user_agent: str = USER_AGENT,
    ) -> None:
        self.timeout_seconds = timeout_seconds
        self.connect_seconds = connect_seconds
        self.read_seconds = read_seconds
        self.max_bytes = max_bytes
        self.recorder = recorder
        self.policy = Policy(allow, interface)
        self.source_address = source_address
        self.user_agent = user_agent

    def tree(self) -> Tree:
        """Its bounds, and whom it follows."""
        fields = (
            ("timeout_seconds", self.timeout_seconds),
            ("connect_seconds", self.connect_seconds),
            ("read_seconds", self.read_seconds),
            ("max_bytes", self.max_bytes),
            ("source_address", self.source_address),
            ("user_agent", self.user_agent),
            ("recorder", getattr(self.recorder, "name", None)),
        )
        return card("HTTP client", "", fields)

    def _summary(self) -> str:
        return f"Http timeout_seconds={self.timeout_seconds} max_bytes={self.max_bytes}"

    def get(self, url: str, *, device_url: str | None = None) -> Response:
        """What is at a URL, after redirects; with status 200, else ``ResponseError``.

        ``device_url`` is the description's that names the URL: both must be on one host.
        Raises ``RefusedError`` for a URL that is not followed, ``TransportError`` and
        ``DeadlineError`` where no answer came, ``ResponseError`` for what is none.
        """
        deadline = time.monotonic() + self.timeout_seconds
        device = None if device_url is None else read_url(device_url)
        place = read_url(url)
        for _ in range(MAX_REDIRECTS + 1):
            response = self._exchange("GET", place, (), None, device, deadline)
            target = response.header("Location")
            if response.status not in _REDIRECTS or target is None:
                break
            # A redirect is as much the device's word as a URL in its description.
            device = place
            place = _redirected(place, target)
        else:
            raise response.error(f"more than {MAX_REDIRECTS} redirects")
        if response.status != 200:
            raise response.error(response.status_line)
        return response

    def request(
        self,
        method: str,
        url: str,
        fields: Iterable[tuple[str, str]] = (),
        body: bytes | None = None,
        *,
        device_url: str | None = None,
    ) -> Response:
        """The answer to any request, of whatever status; redirects are not followed.

        Errors are those of ``get``; ``MessageError`` for fields that HTTP cannot carry.
        """
        deadline = time.monotonic() + self.timeout_seconds
        device = None if device_url is None else read_url(device_url)
        return self._exchange(method, read_url(url), fields, body, device, deadline)

    def _exchange(
        self,
        method: str,
        place: Place,
        fields: Iterable[tuple[str, str]],
        body: bytes | None,
        device: Place | None,
        deadline: float,
    ) -> Response:
        found = self.policy.check(place, deadline, device=device)
        wire = Wire(
            place.url,
            [(one.family, one.place) for one in found],
            deadline,
            self.connect_seconds,
            self.read_seconds,
            # Chunks of one byte take six; what is longer is no answer worth waiting for.
            2 * self.max_bytes + MAX_HEAD,
            self.recorder,
            self.source_address,
        )
        request = self._prepare(method, place, fields, body)
        try:
            with Adapter(wire).send(request, stream=True) as answer:
                return read_response(answer, wire, self.max_bytes)
        except UpnpError:
            raise
        except ERRORS as error:
            raise (wire.failure or broken(error, wire)) from None
        finally:
            wire.close()

    def _prepare(
        self, method: str, place: Place, fields: Iterable[tuple[str, str]], body: bytes | None
    ) -> requests.PreparedRequest:
        request = requests.PreparedRequest()
        own = {
            "HOST": place.header,
            "USER-AGENT": self.user_agent,
            "CONNECTION": "close",
            "Accept-Encoding": SKIP_HEADER,
        }
        given = dict(fields)
        names = {name.lower() for name in given}
        headers = {name: value for name, value in own.items() if name.lower() not in names}
        try:
            request.prepare_method(method)
            request.prepare_headers({**headers, **given})
            "".join(f"{name}{value}" for name, value in given.items()).encode("latin-1")
        except (requests.RequestException, UnicodeError) as error:
            raise MessageError(f"HTTP cannot carry these header fields: {error}") from error
        if body is not None:
            request.prepare_body(body, None)
        request.url = requote_uri(place.url)
        return request


def _redirected(place: Place, target: str) -> Place:
    try:
        url = urljoin(place.url, requote_uri(target.strip()))
    except (ValueError, requests.RequestException):
        raise ResponseError(f"a redirect to no URL: {target[:200]!r}", place.url) from None
    return read_url(url)
