"""One device that may be the gateway: what its description and its WAN say for and against it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from ipaddress import ip_address
from typing import Literal

from upnpscapy.display import printable
from upnpscapy.errors import UpnpError
from upnpscapy.live.device import LiveDevice
from upnpscapy.live.http import Http
from upnpscapy.live.igd_service import GatewayService
from upnpscapy.live.igd_status import WanStatus, read_status
from upnpscapy.protocol.description import parse_description

__all__ = ["Candidate", "Standing", "examine", "examine_reply"]

MAX_SERVICES = 8
"""Connection services asked of one device: a modem with eight is known."""

Standing = Literal["public", "not-public", "not-connected", "not-igd", "unknown"]

STANDINGS: tuple[Standing, ...] = ("public", "not-public", "not-connected", "not-igd", "unknown")
"""The best first; ``unknown`` is one that could not be asked."""

_ORDER = {
    ("wanipconnection", 2): 0,
    ("wanipconnection", 1): 1,
    ("wanpppconnection", 1): 2,
}
"""Connection services in the order of preference; later versions go with the last known."""

_NONE = 9
_FIREWALL = "wanipv6firewallcontrol"


@dataclass(frozen=True, slots=True)
class Candidate:
    """A device that was looked at."""

    location: str
    standing: Standing
    reason: str
    """What speaks against it, in words; "" if nothing does."""
    is_default: bool = False
    """Whether it is the router of the default route."""
    device: LiveDevice | None = None
    gateway: str = ""
    """Its address."""
    own_address: str = ""
    """This host's toward it."""
    connection: GatewayService | None = None
    firewall: GatewayService | None = None
    status: WanStatus | None = None

    @property
    def rank(self) -> tuple[int, bool, int]:
        """The lowest is the best."""
        order = _NONE if self.connection is None else _order(self.connection)
        return STANDINGS.index(self.standing), not self.is_default, order

    def __str__(self) -> str:
        said = self.reason or "connected, with a public address"
        return printable(f"{self.location[:200]}: {said}")


def examine(location: str, http: Http, *, for_pinholes: bool = False) -> Candidate:
    """Look at what a LOCATION leads to; raises what ``describe`` does if that is no device."""
    return _judge(_fetch(location, http, None), for_pinholes=for_pinholes)


def examine_reply(
    location: str,
    http: Http,
    replied: str,
    *,
    defaults: frozenset[str] = frozenset(),
    for_pinholes: bool = False,
) -> Candidate:
    """Look at what a reply to a search names; never raises an error of upnpscapy.

    ``replied`` is the address that it came from: over IPv4 the description is to be on that host.
    ``defaults`` are the addresses of default gateways.
    """
    # A host has several addresses of IPv6, and may answer from another one.
    named_by = None if ":" in replied else f"http://{replied}/"
    try:
        found = _fetch(location, http, named_by)
    except UpnpError as error:
        reason = _without(str(error), location)
        return Candidate(location, "unknown", reason, is_default=replied in defaults)
    found = replace(found, is_default=bool({replied, found.gateway} & defaults))
    return _judge(found, for_pinholes=for_pinholes)


def _fetch(location: str, http: Http, named_by: str | None) -> Candidate:
    response = http.get(location, device_url=named_by)
    device = LiveDevice(parse_description(response.body, response.url), location, http)
    gateway, own = (_bare(end[0]) for end in (response.server, response.client))
    return Candidate(location, "not-igd", "", device=device, gateway=gateway, own_address=own)


def _judge(found: Candidate, *, for_pinholes: bool) -> Candidate:
    assert found.device is not None
    services = [
        GatewayService(one, found.gateway, found.own_address)
        for one in found.device.services
        if one.service.control_url
    ]
    connections = sorted((one for one in services if _order(one) < _NONE), key=_order)
    found = replace(
        found,
        reason=_what_it_is(found.device, for_pinholes=for_pinholes),
        connection=connections[0] if connections else None,
        firewall=next((one for one in services if one.name.lower() == _FIREWALL), None),
    )
    if for_pinholes and found.firewall is not None:
        return replace(found, standing="public", reason="")
    return found if for_pinholes else _best(found, connections[:MAX_SERVICES])


def _best(found: Candidate, connections: list[GatewayService]) -> Candidate:
    """The candidate with the first of its connection services that is of use, else the best."""
    best = found
    for service in connections:
        try:
            status = read_status(service)
        except UpnpError as error:
            reason = _without(str(error), service.control_url)
            one = replace(found, standing="unknown", reason=reason, connection=service)
        else:
            one = replace(
                found,
                standing=status.state,
                reason=status.reason,
                connection=service,
                status=status,
            )
        if best is found or one.rank < best.rank:
            best = one
        if one.standing == "public":
            break
    return best


def _order(service: GatewayService) -> int:
    name = service.name.lower()
    for version in range(min(service.version, 2), 0, -1):
        if (name, version) in _ORDER:
            return _ORDER[name, version]
    return _NONE


def _what_it_is(device: LiveDevice, *, for_pinholes: bool) -> str:
    wanted = "WANIPv6FirewallControl" if for_pinholes else "WANIPConnection or WANPPPConnection"
    return (
        f"no gateway: {printable(device.device_type or 'a device without type')}, without {wanted}"
    )


def _bare(address: str) -> str:
    return str(ip_address(address.partition("%")[0]))


def _without(text: str, url: str) -> str:
    """An error without the URL in front, which is said already."""
    return text.removeprefix(f"{url}: ")
