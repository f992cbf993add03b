"""``find_igd()``: the gateway to map ports at, chosen as a careful client does.

Everyone who answers a search is looked at while others may still answer: description, connection
status and WAN address.
The router of this host's default route is taken as soon as it is found good; another one that is
good when a moment has passed in which that router said nothing.
"""

from __future__ import annotations

import copy
import queue
import threading
import time
from collections.abc import Iterable

from upnpscapy.errors import GatewayError
from upnpscapy.live.http import Http
from upnpscapy.live.igd import Igd
from upnpscapy.live.igd_candidate import Candidate, examine, examine_reply
from upnpscapy.live.igd_search import Found, GatewaySearch
from upnpscapy.live.local import Policy
from upnpscapy.live.recorder import Recorder
from upnpscapy.live.socket_transport import SocketTransport
from upnpscapy.live.transport import Plan, Transport

__all__ = ["find_igd"]

TIMEOUT_SECONDS = 3.0
"""Of the search, while nothing good is found; who answered in it has as long to say more."""

GRACE_SECONDS = 0.3
"""For which a good gateway waits for a better one."""

POLL_SECONDS = 0.01
"""How often is looked for further answers while devices are being asked."""

MAX_AT_ONCE = 8
"""Devices asked at the same time."""


def find_igd(
    location: str | None = None,
    *,
    host: str | None = None,
    timeout: float = TIMEOUT_SECONDS,
    interfaces: str | Iterable[str] | None = None,
    any_wan: bool = False,
    ipv6: bool = False,
    http: Http | None = None,
    transport: Transport | None = None,
) -> Igd:
    """The gateway of this network, or the one at a LOCATION, or on a host that is searched alone.

    It is connected and has a public address, else ``GatewayError`` says what there is instead;
    ``any_wan`` takes it all the same, since it may be right behind another NAT.
    ``ipv6`` looks for one over IPv6 that opens pinholes, whatever its WAN is like: routers open
    them only to the address that asks.
    ``interfaces`` are names or addresses, by default all that do multicast.
    The search takes ``timeout`` seconds at most; who answered in them has as long again to say
    what it is.
    What is sent and received is in the recording of ``http``, if it has a recorder.

    Raises ``GatewayError``, ``NetworkError`` where there is no way to search, and for a LOCATION
    what ``describe`` raises.
    """
    http = http or Http()
    if location is not None:
        candidate = examine(location, http, for_pinholes=ipv6)
        return _igd([candidate], any_wan=any_wan)
    search = GatewaySearch(interfaces, host=host, ipv6=ipv6)
    recorder = http.recorder if isinstance(http.recorder, Recorder) else None
    plan = Plan(tuple(search.routes))
    with (transport or SocketTransport()).open(plan, recorder) as channel:
        chosen = _Choice(http, search, timeout, any_wan=any_wan, ipv6=ipv6)
        while not chosen.is_made:
            search.send_due(channel)
            for found in search.answers(channel, chosen.wait_seconds):
                chosen.look_at(found)
            chosen.collect()
    return _igd(chosen.candidates, any_wan=any_wan, timeout_seconds=http.timeout_seconds)


class _Choice:
    """Candidates as they are looked at, and whether it is time to choose."""

    def __init__(
        self, http: Http, search: GatewaySearch, timeout: float, *, any_wan: bool, ipv6: bool
    ) -> None:
        self.candidates: list[Candidate] = []
        self._http = http
        self._seconds = min(http.timeout_seconds, max(timeout, 1.0))
        self._defaults = search.default_addresses()
        self._links = {route.interface.name for route in search.routes}
        self._good = ("public", "not-public") if any_wan else ("public",)
        self._ipv6 = ipv6
        self._end = time.monotonic() + timeout
        self._good_since: float | None = None
        self._waiting: list[Found] = []
        self._asked = 0
        self._answers: queue.SimpleQueue[Candidate] = queue.SimpleQueue()

    @property
    def is_made(self) -> bool:
        """Whether a good one is found, or the time is over."""
        if any(one.is_default and one.standing in self._good for one in self.candidates):
            return True
        now = time.monotonic()
        if self._good_since is not None and now >= self._good_since + GRACE_SECONDS:
            return True
        if now < self._end:
            return False
        return not self._asked or now >= self._end + self._seconds

    @property
    def wait_seconds(self) -> float:
        """How long to wait for datagrams; while devices are asked not at all."""
        if self._asked:
            return 0.0
        return max(0.0, min(0.1, self._end - time.monotonic()))

    def look_at(self, found: Found) -> None:
        """Ask a device, as soon as there is room."""
        self._waiting.append(found)
        self._begin()

    def collect(self) -> None:
        """Take what devices said by now; a short wait while some are asked."""
        try:
            candidate = self._answers.get(self._asked > 0, POLL_SECONDS)
        except queue.Empty:
            return
        self._asked -= 1
        self.candidates.append(candidate)
        if candidate.standing in self._good and self._good_since is None:
            self._good_since = time.monotonic()
        self._begin()

    def _begin(self) -> None:
        while self._waiting and self._asked < MAX_AT_ONCE:
            self._asked += 1
            found = self._waiting.pop(0)
            name = "upnpscapy-gateway"
            # A daemon: whoever has chosen does not wait for a device that says nothing.
            threading.Thread(target=self._ask, args=(found,), name=name, daemon=True).start()

    def _ask(self, found: Found) -> None:
        http = copy.copy(self._http)
        http.timeout_seconds = self._seconds
        if self._ipv6 and not http.policy.interface:
            link = next(iter(self._links)) if len(self._links) == 1 else found.interface
            http.policy = Policy(http.policy.allow, link)
        try:
            candidate = examine_reply(
                found.location,
                http,
                found.replied,
                defaults=self._defaults,
                for_pinholes=self._ipv6,
            )
        except Exception as error:  # a thread's error is seen by nobody
            candidate = Candidate(found.location, "unknown", f"{type(error).__name__}: {error}")
        self._answers.put(candidate)


def _igd(
    candidates: list[Candidate], *, any_wan: bool, timeout_seconds: float | None = None
) -> Igd:
    """The best of them; raises ``GatewayError`` if it is not good enough."""
    ranked = sorted(candidates, key=lambda one: one.rank)
    found = tuple(map(str, ranked))
    if not ranked:
        raise GatewayError("no gateway answered", "none")
    best = ranked[0]
    others = f" ({len(ranked)} devices looked at)" if len(ranked) > 1 else ""
    if best.standing == "unknown" and not (any_wan and best.connection):
        raise GatewayError(f"no gateway answered properly; {best}{others}", "none", found)
    if best.standing == "not-igd":
        raise GatewayError(f"{best}{others}", "not-igd", found)
    if best.standing != "public" and not any_wan:
        who = best.gateway or best.location
        raise GatewayError(f"the gateway {who} is of no use: {best.reason}", best.standing, found)
    if best.device is not None and timeout_seconds is not None:
        best.device.http.timeout_seconds = timeout_seconds
    return Igd(best, tuple(ranked[1:]))
