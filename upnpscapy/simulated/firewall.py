"""WANIPv6FirewallControl:1 of a simulated gateway: pinholes."""

from __future__ import annotations

from dataclasses import replace
from ipaddress import AddressValueError, IPv6Address
from typing import Any

from upnpscapy.simulated.gateway_tables import FIREWALL
from upnpscapy.simulated.mapping import Clock, Pinhole, Table
from upnpscapy.simulated.service import Arguments, Refusal, Service

__all__ = ["Firewall"]

_OUTBOUND_SECONDS = 7440
"""How long a hole that a host makes itself stays open (RFC 5382, 5: two hours and 4 minutes)."""


class Firewall(Service):
    """The firewall; what it lets in is never looked at, as nothing is routed."""

    def __init__(self, clock: Clock) -> None:
        super().__init__(FIREWALL, {"FirewallEnabled": True, "InboundPinholeAllowed": True})
        self.pinholes: Table[int, Pinhole] = Table(clock)
        self._next_id = 0

    def _do_get_outbound_pinhole_timeout(self, _: Arguments) -> dict[str, Any]:
        self._check_on()
        return {"OutboundPinholeTimeout": _OUTBOUND_SECONDS}

    def _do_add_pinhole(self, arguments: Arguments) -> dict[str, Any]:
        self._check_on()
        if not self.values["InboundPinholeAllowed"]:
            raise Refusal(703)
        if arguments["RemoteHost"]:
            _check_ipv6(arguments["RemoteHost"])
        _check_ipv6(arguments["InternalClient"])
        if not arguments["InternalPort"]:
            raise Refusal(706)
        if arguments["Protocol"] == 65535:
            raise Refusal(707)
        if arguments["Protocol"] not in (6, 17):
            raise Refusal(705)
        pinhole = Pinhole(
            arguments["LeaseTime"],
            None,
            arguments["RemoteHost"],
            arguments["RemotePort"],
            arguments["InternalClient"],
            arguments["InternalPort"],
            arguments["Protocol"],
            arguments["caller"],
        )
        unique_id = self._id_for(pinhole)
        self.pinholes.put(unique_id, pinhole)
        return {"UniqueID": unique_id}

    def _id_for(self, pinhole: Pinhole) -> int:
        """That of the same pinhole if there is one, which then lasts anew; else a free one."""
        for unique_id, present in self.pinholes.entries.items():
            if replace(present, lease_seconds=pinhole.lease_seconds, ends=None) == pinhole:
                return unique_id
        if self.pinholes.is_full:
            raise Refusal(701)
        while self._next_id in self.pinholes.entries:
            self._next_id = (self._next_id + 1) % 2**16
        return self._next_id

    def _do_update_pinhole(self, arguments: Arguments) -> None:
        pinhole = self._pinhole(arguments)
        pinhole.lease_seconds = arguments["NewLeaseTime"]
        self.pinholes.put(arguments["UniqueID"], pinhole)

    def _do_delete_pinhole(self, arguments: Arguments) -> None:
        self._pinhole(arguments)
        del self.pinholes.entries[arguments["UniqueID"]]

    def _do_get_pinhole_packets(self, arguments: Arguments) -> dict[str, Any]:
        self._pinhole(arguments)
        return {"PinholePackets": 0}

    def _do_check_pinhole_working(self, arguments: Arguments) -> dict[str, Any]:
        self._pinhole(arguments)
        raise Refusal(709)

    def _pinhole(self, arguments: Arguments) -> Pinhole:
        """The one that is meant, for the address that opened it alone."""
        self._check_on()
        pinhole = self.pinholes.entries.get(arguments["UniqueID"])
        if pinhole is None:
            raise Refusal(704)
        if pinhole.opened_by != arguments["caller"]:
            raise Refusal(606)
        return pinhole

    def _check_on(self) -> None:
        if not self.values["FirewallEnabled"]:
            raise Refusal(702)


def _check_ipv6(text: str) -> None:
    try:
        IPv6Address(text)
    except AddressValueError:
        raise Refusal(402) from None
