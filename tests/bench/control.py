"""HTTP between control points and devices, on TCP port 2869 as Windows has it.

Some dozen connections are open at any time. One of them is picked, sends a burst, and waits
until it is picked again; one that has ended is replaced, as long as exchanges are left.
"""

import random
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from typing import Any

from . import bodies
from .bodies import DIRECTORY, GATEWAY, SERVER, WAN
from .flows import ACKNOWLEDGED_MERGED, MSS_4, Ends, Talk, tcp
from .frames import Endpoint, Path
from .truth import Frame

PORT = 2869
OPEN = 40
"""Connections open at a time."""
GATEWAYS, SERVERS, CLIENTS = 24, 16, 60
BURST_GAP_US, PAUSE_US = 90.0, 2400.0
LONGEST_BURST = 7
MEAN_REQUESTS = 8
"""Of one connection."""
EVENT_SHARE = 0.25
"""Of the connections."""
EVENTS = "/upnp/eventing"
"""Where control points want events."""
LEASE = 86_400
"""Seconds; longer than the capture."""
FIRST_PORT, PORTS_OF_A_CLIENT = 50_000, 8
"""Ports that clients ask a gateway for, each for itself: no well-known ones, and not many."""

Exchange = tuple[bytes, bytes, Callable[[], None]]
"""A request, its response, and what to do when both have been sent."""


class Device:
    """A gateway or a media server, with what control points may refer to."""

    def __init__(self, rng: random.Random, number: int) -> None:
        gateway = number < GATEWAYS
        mac = bytes((2, 0x5D, 0, rng.getrandbits(8), 0, number))
        self.endpoint = Endpoint(mac, bytes((10, 30, 0, 10 + number)))
        self.address = f"10.30.0.{10 + number}"
        self.host = f"{self.address}:{PORT}"
        self.udn = f"uuid:{uuid.UUID(int=rng.getrandbits(128), version=4)}"
        self.service = WAN if gateway else DIRECTORY
        kind, name = (GATEWAY, "Gateway") if gateway else (SERVER, "Server")
        self.description = bodies.description(self.udn, f"{name} {number}", kind, self.service)
        self.scpd = bodies.scpd(self.udn)
        self.outside = f"198.51.100.{number}"
        self.ports = iter(range(FIRST_PORT, 65536))
        self.asked: Counter[int] = Counter()
        """How many ports each client asked for."""
        self.mapped: defaultdict[int, list[int]] = defaultdict(list)
        """Client → its external ports that are granted, and not asked to be closed."""
        self.subscriptions: list[tuple[str, int, int]] = []
        """SID, number of the next event, and the client."""


class Control:
    """So many exchanges, in order of time, that depend on the seed alone."""

    def __init__(self, rng: random.Random, exchanges: int, start_us: int) -> None:
        self._rng = rng
        self._start_us = start_us
        self._left = exchanges
        self._devices = [Device(rng, number) for number in range(GATEWAYS + SERVERS)]
        self._clients = [
            Endpoint(bytes((2, 0xC2, 0, 0, 0, number)), bytes((10, 30, 1, 10 + number)))
            for number in range(CLIENTS)
        ]
        self._ports = [49152] * (CLIENTS + GATEWAYS + SERVERS)
        self._roles: Counter[str] = Counter()
        self._mappings: Counter[str] = Counter()
        self._described: set[str] = set()
        self._faults = self._addresses = self._subscribed = 0
        self.finished = False
        """Whether all has been said."""

    def frames(self) -> Iterator[Frame]:
        """Yield the frames of all exchanges."""
        rng = self._rng
        talking = [self._connection() for _ in range(OPEN)]
        now = float(self._start_us)
        while talking:
            chosen = int(rng.random() * len(talking))
            now += PAUSE_US * 2 * rng.random()
            for _ in range(1 + int(rng.random() * LONGEST_BURST)):
                data = next(talking[chosen], None)
                if data is None:
                    if self._left:
                        talking[chosen] = self._connection()
                    else:
                        del talking[chosen]
                    break
                now += 2 + BURST_GAP_US * 2 * rng.random()
                yield Frame(int(now), data, None)
        self.finished = True

    def as_dict(self) -> dict[str, Any]:
        """Return the counts of what was said; they hold when all frames have been taken."""
        return {
            "exchanges": dict(sorted(self._roles.items())),
            "calls": self._roles["control"],
            "faults": self._faults,
            "external_addresses": self._addresses,
            "events": self._roles["event"],
            "subscriptions": self._subscribed,
            "mappings": dict(sorted(self._mappings.items())),
            "described": len(self._described),
            "services": len(self._described),
        }

    def _connection(self) -> Iterator[bytes]:
        rng = self._rng
        device, client = rng.choice(self._devices), rng.randrange(CLIENTS)
        count = min(self._left, 1 + int(rng.expovariate(1 / (MEAN_REQUESTS - 1))))
        self._left -= count
        if device.subscriptions and rng.random() < EVENT_SHARE:
            # Events go the other way.
            sid, number, client = device.subscriptions.pop(rng.randrange(len(device.subscriptions)))
            talk = self._events(device, sid, number, client, count)
            return tcp(rng, self._ends(device.endpoint, self._clients[client], client), talk)
        talk = self._talk(device, client, count)
        return tcp(rng, self._ends(self._clients[client], device.endpoint, client), talk)

    def _ends(self, asks: Endpoint, answers: Endpoint, index: int) -> Ends:
        self._ports[index] += 1
        up = Path(asks, answers, 64, self._rng.getrandbits(16))
        down = Path(answers, asks, 128, self._rng.getrandbits(16))
        return Ends(up, down, self._ports[index], PORT, MSS_4, ACKNOWLEDGED_MERGED)

    def _talk(self, device: Device, client: int, count: int) -> Talk:
        kinds = self._of_gateways if device.service == WAN else self._of_servers
        for _ in range(count):
            asked, answered, done = self._rng.choice(kinds)(self, device, client)
            yield 0, asked
            yield 1, answered
            done()

    def _events(self, device: Device, sid: str, number: int, client: int, count: int) -> Talk:
        """Yield events of one subscription; its numbers go on where they were."""
        rng = self._rng
        for key in range(number, number + count):
            note = " ".join(rng.choices(bodies.WORDS, k=9))
            body = bodies.properties((("SystemUpdateID", rng.getrandbits(31)), ("X_Note", note)))
            lines = ("NT: upnp:event", "NTS: upnp:propchange", f"SID: {sid}", f"SEQ: {key}")
            yield 0, bodies.request("NOTIFY", EVENTS, f"10.30.1.{10 + client}:{PORT}", lines, body)
            yield 1, bodies.response()
            self._roles["event"] += 1
        device.subscriptions.append((sid, number + count, client))

    # What is asked of devices.

    def _describe(self, device: Device, _: int) -> Exchange:
        self._roles["description"] += 1
        self._described.add(device.udn)
        return self._get(device, "/description.xml", device.description)

    def _scpd(self, device: Device, _: int) -> Exchange:
        self._roles["scpd"] += 1
        return self._get(device, "/scpd.xml", device.scpd)

    def _page(self, device: Device, _: int) -> Exchange:
        self._roles["other"] += 1
        body = bodies.page(self._rng, 1 + int(self._rng.expovariate(1 / 40)))
        return self._get(device, f"/pages/{self._rng.getrandbits(24):06x}", body, "text/html")

    def _get(self, device: Device, path: str, body: bytes, kind: str = "") -> Exchange:
        asked = bodies.request("GET", path, device.host, ("Accept: */*", "User-Agent: Skiff/2"))
        return asked, bodies.response(body, kind=kind), lambda: None

    def _call(
        self,
        device: Device,
        action: str,
        arguments: bodies.Pairs,
        result: bodies.Pairs | None,
        done: Callable[[], None] = lambda: None,
    ) -> Exchange:
        """A call; without a result it is refused."""
        self._roles["control"] += 1
        kind = 'CONTENT-TYPE: text/xml; charset="utf-8"'
        lines = (kind, f'SOAPACTION: "{device.service}#{action}"')
        body = bodies.call(device.service, action, arguments)
        asked = bodies.request("POST", "/control", device.host, lines, body)
        if result is None:
            self._faults += 1
            refusal = bodies.fault(718, "ConflictInMappingEntry")
            return asked, bodies.response(refusal, "500 Internal Server Error"), done
        answer = bodies.call(device.service, f"{action}Response", result)
        return asked, bodies.response(answer), done

    def _status(self, device: Device, _: int) -> Exchange:
        uptime = self._rng.getrandbits(24)
        result = [("NewConnectionStatus", "Connected"), ("NewLastConnectionError", "ERROR_NONE")]
        return self._call(device, "GetStatusInfo", (), [*result, ("NewUptime", uptime)])

    def _address(self, device: Device, _: int) -> Exchange:
        self._addresses += 1
        result = [("NewExternalIPAddress", device.outside)]
        return self._call(device, "GetExternalIPAddress", (), result)

    def _open(self, device: Device, client: int) -> Exchange:
        """A mapping to the client of a port that was not asked for before; some are refused."""
        if device.asked[client] >= PORTS_OF_A_CLIENT:
            return self._status(device, client)
        device.asked[client] += 1
        port = next(device.ports)
        granted = self._rng.random() < 0.95
        arguments: bodies.Pairs = (
            ("NewRemoteHost", ""),
            ("NewExternalPort", port),
            ("NewProtocol", "TCP"),
            ("NewInternalPort", port),
            ("NewInternalClient", f"10.30.1.{10 + client}"),
            ("NewEnabled", 1),
            ("NewPortMappingDescription", f"{self._rng.choice(bodies.WORDS)} {port}"),
            ("NewLeaseDuration", LEASE),
        )
        self._mappings["open" if granted else "refused"] += 1
        if not granted:
            return self._call(device, "AddPortMapping", arguments, None)
        done = lambda: device.mapped[client].append(port)  # noqa: E731
        return self._call(device, "AddPortMapping", arguments, (), done)

    def _close(self, device: Device, client: int) -> Exchange:
        mapped = device.mapped[client]
        if not mapped:
            return self._open(device, client)
        port = mapped.pop(self._rng.randrange(len(mapped)))
        self._mappings["open"] -= 1
        self._mappings["deleted"] += 1
        arguments = [("NewRemoteHost", ""), ("NewExternalPort", port), ("NewProtocol", "TCP")]
        return self._call(device, "DeletePortMapping", arguments, ())

    def _browse(self, device: Device, _: int) -> Exchange:
        rng = self._rng
        count = 1 + int(rng.expovariate(1 / 35))
        arguments: bodies.Pairs = (
            ("ObjectID", rng.getrandbits(32)),
            ("BrowseFlag", "BrowseDirectChildren"),
            ("Filter", "*"),
            ("StartingIndex", 0),
            ("RequestedCount", count),
            ("SortCriteria", ""),
        )
        result: bodies.Pairs = (
            ("Result", bodies.listing(rng, count, device.host)),
            ("NumberReturned", count),
            ("TotalMatches", count),
            ("UpdateID", rng.getrandbits(31)),
        )
        return self._call(device, "Browse", arguments, result)

    def _subscribe(self, device: Device, client: int) -> Exchange:
        self._roles["subscribe"] += 1
        self._subscribed += 1
        sid = f"uuid:{uuid.UUID(int=self._rng.getrandbits(128), version=4)}"
        callback = f"CALLBACK: <http://10.30.1.{10 + client}:{PORT}{EVENTS}>"
        lines = (callback, "NT: upnp:event", "TIMEOUT: Second-1800")
        asked = bodies.request("SUBSCRIBE", "/event", device.host, lines)
        answered = bodies.response(lines=(f"SID: {sid}", "TIMEOUT: Second-1800"))
        return asked, answered, lambda: device.subscriptions.append((sid, 0, client))

    _of_gateways = (
        *(_describe, _scpd, _subscribe, _page, _page, _page),
        *(_status,) * 4,
        *(_address,) * 3,
        *(_open,) * 5,
        *(_close,) * 3,
    )
    _of_servers = (_describe, _scpd, _subscribe, *(_page,) * 7, *(_browse,) * 8)
