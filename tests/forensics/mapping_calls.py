"""Calls as a ledger takes them, made from few words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from upnpscapy.forensics.mappings.ledger import Ledger
from upnpscapy.forensics.place import Place

PLACE = Place("a.pcap", 0, ("a.pcap",))
SECOND = 1_000_000_000
GATEWAY = "192.168.1.1"
CLIENT = "192.168.1.5"
OTHER = "192.168.1.6"
WANIP = "urn:schemas-upnp-org:service:WANIPConnection:1"
FIREWALL = "urn:schemas-upnp-org:service:WANIPv6FirewallControl:1"

ADD = {
    "NewRemoteHost": "",
    "NewExternalPort": "6881",
    "NewProtocol": "TCP",
    "NewInternalPort": "6881",
    "NewInternalClient": CLIENT,
    "NewEnabled": "1",
    "NewPortMappingDescription": "seed",
    "NewLeaseDuration": "3600",
}
KEY = {name: ADD[name] for name in ("NewRemoteHost", "NewExternalPort", "NewProtocol")}
HOLE = {
    "RemoteHost": "",
    "RemotePort": "0",
    "InternalClient": "2001:db8::5",
    "InternalPort": "443",
    "Protocol": "6",
    "LeaseTime": "600",
}


@dataclass
class Said:
    """A call; one second passes between request and response, frames are the time in seconds."""

    action: str | None
    at: float
    arguments: Sequence[tuple[str, str]] = ()
    result: Sequence[tuple[str, str]] | None = None
    status: int | None = None
    error_code: int | None = None
    ok: bool = False
    client: str = CLIENT
    server: str = GATEWAY
    control_url: str | None = f"http://{GATEWAY}/ctl"
    service_type: str | None = WANIP
    place: Place = PLACE
    capture: str = "a.pcap"
    timed: bool = True
    filter: str = "tcp.stream == 0"
    frames: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.frame: int | None = int(self.at)
        self.response_frame: int | None = None if self.status is None else int(self.at) + 1
        base = int(self.at * SECOND)
        self.time_ns: int | None = base if self.timed else None
        answered = self.timed and self.status is not None
        self.response_time_ns: int | None = base + SECOND if answered else None
        self.frames = [f for f in (self.frame, self.response_frame) if f is not None]


def granted(
    action: str,
    at: float,
    arguments: dict[str, str] | None = None,
    result: dict[str, str] | None = None,
    **more: Any,
) -> Said:
    pairs = list((result or {}).items())
    return Said(action, at, list((arguments or {}).items()), pairs, 200, ok=True, **more)


def refused(
    action: str, at: float, arguments: dict[str, str], code: int | None, **more: Any
) -> Said:
    return Said(action, at, list(arguments.items()), (), 500, code, **more)


def asked(action: str, at: float, arguments: dict[str, str], **more: Any) -> Said:
    return Said(action, at, list(arguments.items()), **more)


def add(at: float, **more: Any) -> Said:
    return granted("AddPortMapping", at, ADD, **more)


def listed(at: float, **more: str) -> Said:
    return granted("GetGenericPortMappingEntry", at, {"NewPortMappingIndex": "0"}, ADD | more)


def hole(at: float, unique_id: str = "7", **more: str) -> Said:
    return granted("AddPinhole", at, HOLE | more, {"UniqueID": unique_id}, service_type=FIREWALL)


def ledger(*calls: Said, end: float = 1000) -> Ledger:
    found = Ledger()
    for call in calls:
        found.take(call)
    found.close(int(end * SECOND))
    return found


def rows(*calls: Said, end: float = 1000) -> list[str]:
    """Each row in a line: state, opened and closed frame, frames."""
    return [
        f"{row.state} {_or(row.opened_in)} {_or(row.closed_in)} {list(row.frames)}"
        for row in ledger(*calls, end=end).mappings
    ]


def _or(frame: int | None) -> str:
    return "-" if frame is None else str(frame)
