"""Subscriptions that send a device's events elsewhere, and events that nobody asked for."""

from __future__ import annotations

from tests.corpus.recipe import Expected, Pair, pair
from tests.corpus.saying import CLIENT, OTHER, OUTSIDE
from tests.corpus.wire import ROUTER, Talk, Wire
from tests.forensics.rules.traffic import OK, event, subscribe, subscribed

__all__ = ["PAIRS"]

CODED = "/" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVo" * 7


def asking(
    wire: Wire, callback: str, *, sid: str = "uuid:s1", timeout: str = "Second-1800",
    client: str = CLIENT, server: str = ROUTER, plain: bool = False,
) -> Talk:  # fmt: skip
    """A subscription that is granted."""
    request = subscribe(callback, timeout=timeout)
    told = subscribed(sid, timeout)
    return wire.http(request, told, client=client, server=server, plain=plain)


def telling(
    wire: Wire, *, sid: str = "uuid:s1", seq: int = 0, to: str = CLIENT, target: str = "/cb",
    source: str = ROUTER, port: int = 5000,
) -> Talk:  # fmt: skip
    """An event: the device connects to the subscriber."""
    return wire.http(event(sid, seq, target, to), OK, client=source, server=to, port=port)


@pair("callstranger", "the host of CALLBACK: of the Internet, the subscriber (IPv6)")
def callstranger(wire: Wire, bad: bool) -> list[Expected]:
    client, device = "fd77::10", "fd77::1"
    host = "2001:db8::7" if bad else client
    ends = {"client": client, "server": device}
    asked = asking(wire, f"<http://[{host}]/cb>", **ends)  # type: ignore[arg-type]
    told = telling(wire, to=host, source=device, port=80)
    return [Expected("CRITICAL", "effect", device, [*asked.both, *told.opening])]


@pair("multi-callback", "how many hosts CALLBACK names: two, one")
def multi_callback(wire: Wire, bad: bool) -> list[Expected]:
    second = OUTSIDE if bad else f"{CLIENT}:81"
    asked = asking(wire, f"<http://{CLIENT}/a><http://{second}/b>")
    return [
        Expected("HIGH", "accepted", ROUTER, asked.both),
        Expected("HIGH", "accepted", ROUTER, asked.both, "callstranger"),
    ]


@pair("gena-exfil", "the host that gets events with a long coded target: of the Internet, own")
def exfiltration(wire: Wire, bad: bool) -> list[Expected]:
    host = OUTSIDE if bad else CLIENT
    asked = asking(wire, f"<http://{host}:5000{CODED}>")
    first = telling(wire, to=host, target=CODED)
    wire.wait(1)
    second = telling(wire, to=host, target=CODED + "Zm9v", seq=1)
    return [
        Expected("CRITICAL", "effect", ROUTER, [*asked.request, *first.request, *second.request]),
        Expected(
            "CRITICAL", "effect", ROUTER, [*asked.both, *first.opening, *second.opening],
            "callstranger",
        ),
    ]  # fmt: skip


@pair("callback-portscan", "how many ports of another host callbacks have: 6, 1")
def portscan(wire: Wire, bad: bool) -> list[Expected]:
    frames: list[int] = []
    first: list[int] = []
    for number in range(6):
        port = 20 + (number if bad else 0)
        host = OTHER if bad else CLIENT
        asked = asking(wire, f"<http://{host}:{port}/cb>", sid=f"uuid:s{number}", plain=True)
        tried = wire.connect(ROUTER, host, port, answered=port == 22)
        frames += [*asked.request, *tried]
        first += [*asked.both, *tried]
        wire.wait(5)
    return [
        Expected("HIGH", "effect", ROUTER, frames),
        Expected("MEDIUM", "effect", ROUTER, first, "callstranger"),
    ]


@pair("subscription-exhaustion", "how many endless subscriptions are live: 24, 3", "vlan")
def exhaustion(wire: Wire, bad: bool) -> list[Expected]:
    frames: list[int] = []
    for number in range(24 if bad else 3):
        asked = asking(
            wire, f"<http://{CLIENT}:5000/cb>", sid=f"uuid:s{number}",
            timeout="Second-infinite", plain=True,
        )  # fmt: skip
        frames += asked.request
        wire.wait(1)
    return [Expected("MEDIUM", "accepted", ROUTER, [*frames[:15], *frames[-1:]])]


@pair("gena-anomaly", "who sends the events of a subscription: another host, the device")
def anomaly(wire: Wire, bad: bool) -> list[Expected]:
    wire.arp(CLIENT, ROUTER, OTHER)
    asked = asking(wire, f"<http://{CLIENT}:5000/cb>")
    told = telling(wire, source=OTHER if bad else ROUTER)
    return [Expected("MEDIUM", "accepted", CLIENT, [*asked.request, *told.both])]


PAIRS: tuple[Pair, ...] = tuple(one for one in globals().values() if isinstance(one, Pair))
