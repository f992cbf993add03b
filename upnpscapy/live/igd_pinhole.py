"""Pinholes in the firewall of IPv6: all actions of WANIPv6FirewallControl:1.

A gateway numbers pinholes and does not list them: who loses the number has lost the pinhole,
until its lease ends.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from ipaddress import IPv6Address, ip_address

from upnpscapy.display import printable
from upnpscapy.errors import ActionFault, ArgumentError
from upnpscapy.live.igd_mapping import LiveMapping
from upnpscapy.live.igd_service import GatewayService, number_in, value_in
from upnpscapy.live.interfaces import interfaces
from upnpscapy.protocol.data_types import parse_value
from upnpscapy.protocol.mapping_terms import PINHOLE, Terms, read_terms

__all__ = ["Firewall", "FirewallStatus"]

LEASE_SECONDS = 86400
"""The longest that the specification allows."""

NUMBERS = {"TCP": 6, "UDP": 17, "UDPLITE": 136, "*": 65535}
"""IANA's; 65535 is every protocol."""

NO_PACKET = 709
"""CheckPinholeWorking: nothing came through it so far, so nothing is known."""


@dataclass(frozen=True, slots=True)
class FirewallStatus:
    """What a firewall says of itself."""

    enabled: bool | None
    """None if it is neither 0 nor 1."""
    inbound_pinhole_allowed: bool | None


class Firewall:
    """The firewall of a gateway; errors are those of ``Igd``."""

    def __init__(self, service: GatewayService) -> None:
        self.service = service

    @property
    def client_address(self) -> str:
        """The address of this host that a pinhole leads to: one that the Internet can reach."""
        return _global_address(self.service.own_address)

    def status(self) -> FirewallStatus:
        """Whether it filters, and whether it opens pinholes at all."""
        result = self.service.call("GetFirewallStatus")
        enabled, allowed = (
            parse_value("boolean", value_in(result, name, self.service.control_url)).value
            for name in ("FirewallEnabled", "InboundPinholeAllowed")
        )
        return FirewallStatus(enabled, allowed)

    def outbound_timeout(
        self,
        protocol: str | int,
        internal_port: int = 0,
        remote_host: str = "",
        remote_port: int = 0,
        *,
        internal_client: str | None = None,
    ) -> int:
        """For how many seconds answers pass to who sent something out."""
        asked = self._five(remote_host, remote_port, internal_client, internal_port, protocol)
        result = self.service.call("GetOutboundPinholeTimeout", asked, client=asked[2][1])
        return number_in(result, "OutboundPinholeTimeout", self.service.control_url)

    def add(
        self,
        protocol: str | int,
        internal_port: int,
        remote_host: str = "",
        remote_port: int = 0,
        *,
        internal_client: str | None = None,
        lease_seconds: int = LEASE_SECONDS,
    ) -> LiveMapping:
        """Let packets in to a port of this host; ``remote_host`` "" and ports 0 are all."""
        if not 1 <= lease_seconds <= LEASE_SECONDS:
            reason = f"LeaseTime is from 1 to {LEASE_SECONDS} seconds, not {lease_seconds}"
            raise ArgumentError(reason, "AddPinhole", "LeaseTime")
        asked = self._five(remote_host, remote_port, internal_client, internal_port, protocol)
        asked.append(("LeaseTime", str(lease_seconds)))
        client = asked[2][1]
        try:
            result = self.service.call("AddPinhole", asked, client=client)
        except ActionFault as fault:
            if fault.code == 606:
                source = self.service.source_for(client) or self.service.own_address
                fault.add_note(f"the request came from {source}")
            raise
        unique_id = value_in(result, "UniqueID", self.service.control_url)
        terms = read_terms([*asked, ("UniqueID", unique_id)], PINHOLE)
        return self.service.opened(terms, "pinhole", client)

    def update(self, pinhole: LiveMapping | str | int, lease_seconds: int) -> LiveMapping:
        """Let its lease begin anew."""
        unique_id, client = _named(pinhole)
        if not 1 <= lease_seconds <= LEASE_SECONDS:
            reason = f"NewLeaseTime is from 1 to {LEASE_SECONDS} seconds, not {lease_seconds}"
            raise ArgumentError(reason, "UpdatePinhole", "NewLeaseTime")
        asked = [("UniqueID", unique_id), ("NewLeaseTime", str(lease_seconds))]
        self.service.call("UpdatePinhole", asked, client=client)
        if not isinstance(pinhole, LiveMapping):
            terms = Terms(unique_id=unique_id, lease_seconds=lease_seconds)
            return self.service.observed(terms, "pinhole")
        terms = pinhole.terms._replace(lease_seconds=lease_seconds)
        return replace(pinhole, terms=terms, time_ns=time.time_ns())

    def delete(self, pinhole: LiveMapping | str | int) -> bool:
        """Close it; False if there was none (704)."""
        unique_id, client = _named(pinhole)
        asked = [("UniqueID", unique_id)]
        try:
            self.service.call("DeletePinhole", asked, client=client)
        except ActionFault as fault:
            if fault.code == 704:
                return False
            raise
        return True

    def packets(self, pinhole: LiveMapping | str | int) -> int:
        """How many came through it."""
        unique_id, client = _named(pinhole)
        asked = [("UniqueID", unique_id)]
        result = self.service.call("GetPinholePackets", asked, client=client)
        return number_in(result, "PinholePackets", self.service.control_url)

    def check(self, pinhole: LiveMapping | str | int) -> bool | None:
        """Whether it works; None if nothing came so far, so that the gateway does not know."""
        unique_id, client = _named(pinhole)
        asked = [("UniqueID", unique_id)]
        try:
            result = self.service.call("CheckPinholeWorking", asked, client=client)
        except ActionFault as fault:
            if fault.code == NO_PACKET:
                return None
            raise
        value = value_in(result, "IsWorking", self.service.control_url)
        working: bool | None = parse_value("boolean", value).value
        return working

    def _five(
        self,
        remote_host: str,
        remote_port: int,
        internal_client: str | None,
        internal_port: int,
        protocol: str | int,
    ) -> list[tuple[str, str]]:
        """The arguments that say what passes, in their order; raises ``ArgumentError``."""
        for name, port in (("RemotePort", remote_port), ("InternalPort", internal_port)):
            if not 0 <= port <= 65535:
                reason = f"{name} is from 0 to 65535, not {port}"
                raise ArgumentError(reason, "AddPinhole", name)
        return [
            ("RemoteHost", remote_host),
            ("RemotePort", str(remote_port)),
            ("InternalClient", internal_client or self.client_address),
            ("InternalPort", str(internal_port)),
            ("Protocol", str(_number_of(protocol))),
        ]


def _number_of(protocol: str | int) -> int:
    text = str(protocol).upper()
    number = NUMBERS.get(text)
    if number is None and text.isascii() and text.isdecimal():
        number = int(text)
    if number is None or not (0 <= number <= 255 or number == NUMBERS["*"]):
        reason = f"Protocol is TCP, UDP or a number up to 255, not {printable(text)!r}"
        raise ArgumentError(reason, "AddPinhole", "Protocol")
    return number


def _named(pinhole: LiveMapping | str | int) -> tuple[str, str | None]:
    """Its number, and the host that it leads to, if that is known."""
    if isinstance(pinhole, LiveMapping):
        return pinhole.unique_id or "", pinhole.internal_client
    return str(pinhole), None


def _global_address(own: str) -> str:
    """An address for the Internet, of the interface that has a link-local one."""
    if not ip_address(own).is_link_local:
        return own
    for interface in interfaces():
        addresses = [ip_address(one) for one in interface.ipv6]
        if IPv6Address(own) in addresses:
            others = [str(one) for one in addresses if not one.is_link_local]
            return others[0] if others else own
    return own
