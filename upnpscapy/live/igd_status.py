"""Whether a gateway is connected, and whether its address can be reached from the Internet."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from upnpscapy.display import Through, printable
from upnpscapy.errors import ControlError
from upnpscapy.live.igd_service import GatewayService
from upnpscapy.protocol.address_class import AddressClass, address_class
from upnpscapy.protocol.mapping_terms import value_among
from upnpscapy.tree import MAX_SUMMARY, Shown, Tree, card

__all__ = ["WanStatus", "read_status"]

WanState = Literal["public", "not-public", "not-connected"]

_CONNECTED = frozenset(("connected", "up"))
"""What devices say for Connected."""

_WHY: dict[AddressClass, str] = {
    "private": "private: another NAT is in front of it",
    "cgnat": "of a carrier-grade NAT",
    "unspecified": "no address yet",
    "invalid": "no address",
}


@dataclass(frozen=True, slots=True, repr=False)
class WanStatus(Shown):
    """The WAN side of a gateway; what it did not say is None."""

    service: str
    """``WANIPConnection:2``, the service that was asked."""
    connection_status: str | None
    """As sent."""
    last_error: str | None
    uptime_seconds: int | None
    external_address: str | None
    """As sent, without blanks around it."""
    address_class: AddressClass | None
    problems: tuple[str, ...] = ()
    """What it refused to say, in words."""

    def tree(self) -> Tree:
        """What it said, and what speaks against it."""
        fields = (
            ("connection_status", self.connection_status),
            ("external_address", self.external_address),
            ("address_class", self.address_class),
            ("uptime_seconds", self.uptime_seconds),
            ("last_error", self.last_error),
            ("reason", self.reason),
            *(("problem", problem) for problem in self.problems),
        )
        return card(self.service, self.state, fields)

    def _summary(self) -> str:
        address = printable((self.external_address or "")[:MAX_SUMMARY])
        return f"WanStatus {self.service} {self.state} {address}".rstrip()

    @property
    def connected(self) -> bool:
        """Whether it says so; of one that does not tell, whether it has a public address."""
        if self.connection_status is None:
            return self.address_class == "public"
        return self.connection_status.strip().lower() in _CONNECTED

    state = Through[WanState](lambda status: _state_of(status))
    """What it is good for."""

    @property
    def reason(self) -> str:
        """Why nothing outside can reach it, in words; "" if nothing speaks against it."""
        if self.state == "public":
            return ""
        if not self.connected:
            said = printable((self.connection_status or "nothing")[:60])
            return f"its WAN is not connected: {said}"
        if self.external_address is None or self.address_class is None:
            return "it does not say its WAN address"
        why = _WHY.get(self.address_class, f"not public ({self.address_class})")
        return f"its WAN address {printable(self.external_address[:60])} is {why}"


def _state_of(status: WanStatus) -> WanState:
    if not status.connected:
        return "not-connected"
    return "public" if status.address_class == "public" else "not-public"


def read_status(service: GatewayService) -> WanStatus:
    """Ask a connection service; what it refuses is not known, network errors are raised."""
    problems: list[str] = []

    def ask(action: str) -> tuple[tuple[str, str], ...]:
        try:
            return service.call(action).arguments
        except ControlError as error:
            problems.append(str(error))
            return ()

    info = ask("GetStatusInfo")
    status = value_among(info, "NewConnectionStatus")
    address = value_among(ask("GetExternalIPAddress"), "NewExternalIPAddress")
    uptime = (value_among(info, "NewUptime") or "").strip()
    return WanStatus(
        service.title,
        status,
        value_among(info, "NewLastConnectionError"),
        int(uptime) if uptime.isascii() and uptime.isdecimal() and len(uptime) < 20 else None,
        None if address is None else address.strip(),
        None if address is None else address_class(address),
        tuple(problems),
    )
