"""A gateway that maps ports: WANIPConnection:1 and :2, WANPPPConnection:1.

``find_igd()`` gives one.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from upnpscapy.display import Table, printable
from upnpscapy.errors import ActionFault, ArgumentError, GatewayError
from upnpscapy.live.igd_ask import Ask, build_ask
from upnpscapy.live.igd_candidate import Candidate
from upnpscapy.live.igd_list import Listing, list_mappings
from upnpscapy.live.igd_mapping import LiveMapping, Step, mapping_table, step_of
from upnpscapy.live.igd_pinhole import Firewall
from upnpscapy.live.igd_range import delete_range
from upnpscapy.live.igd_retry import Attempt, Retry, refused_codes
from upnpscapy.live.igd_service import GatewayService, value_in
from upnpscapy.live.igd_status import WanStatus, read_status
from upnpscapy.live.igd_verify import verified
from upnpscapy.tree import Node, Shown, Tree

if TYPE_CHECKING:
    from upnpscapy.live.igd_hold import HeldMapping

__all__ = ["Igd"]

LEASE_SECONDS = 86400
"""A day: a mapping that is forgotten is a hole for ever."""

DESCRIPTION = "upnpscapy"

_ABSENT = frozenset((401, 402, 501, 602))
"""What a service answers to an action that it has not."""


class Igd(Shown):
    """A gateway; every method asks it anew.

    They raise ``ActionFault`` where it refuses, with what was tried as notes, ``ResponseError``
    and ``TransportError`` as ``control.call`` does, and ``ArgumentError`` for what no gateway can
    be asked; nothing was sent then.
    """

    def __init__(self, chosen: Candidate, others: tuple[Candidate, ...] = ()) -> None:
        assert chosen.device is not None
        self.device = chosen.device
        """What its description says."""
        self.location = chosen.location
        self.gateway = chosen.gateway
        """Its address."""
        self.own_address = chosen.own_address
        """This host's address toward it."""
        self.found_status = chosen.status
        """What its WAN was like when it was found; None if that was not asked."""
        self.others = others
        """What else answered, the best first."""
        self._connection = chosen.connection
        self._firewall = chosen.firewall

    @property
    def connection(self) -> GatewayService:
        """The service that maps ports; raises ``GatewayError`` if it has none."""
        if self._connection is None:
            raise GatewayError(f"the gateway {self.gateway} maps no ports", "not-igd")
        return self._connection

    @property
    def pinholes(self) -> Firewall:
        """The firewall of IPv6; raises ``GatewayError`` if it has none that can be asked."""
        if self._firewall is None:
            reason = f"the gateway {self.gateway} has no WANIPv6FirewallControl"
            raise GatewayError(reason, "not-igd")
        return Firewall(self._firewall)

    def status(self) -> WanStatus:
        """Whether it is connected, since when, and with which address."""
        return read_status(self.connection)

    def external_address(self) -> str:
        """Its address on the Internet, as sent: it may be empty, private or garbage."""
        result = self.connection.call("GetExternalIPAddress")
        return value_in(result, "NewExternalIPAddress", self.connection.control_url).strip()

    def mappings(self) -> Table[LiveMapping]:
        """Every mapping it has, with the columns of the table ``mappings``."""
        return mapping_table(self.listing().mappings)

    def listing(self) -> Listing:
        """Every mapping it has, and what went otherwise than specified."""
        return list_mappings(self.connection)

    def get(self, protocol: str, external_port: int, remote_host: str = "") -> LiveMapping | None:
        """One mapping, None if there is none."""
        ask = self._ask(protocol, 1, external_port, remote_host=remote_host)
        terms = Attempt(self.connection, ask, frozenset()).entry()
        return None if terms is None else self._addressed(self.connection.observed(terms))

    def add(
        self,
        protocol: str,
        port: int,
        external_port: int | None = None,
        *,
        internal_client: str | None = None,
        lease_seconds: int = LEASE_SECONDS,
        description: str = DESCRIPTION,
        remote_host: str = "",
        retry: Retry = True,
        other_port: bool = False,
        verify: bool = True,
    ) -> LiveMapping:
        """Map an external port, by default that of the same number, to a port of this host.

        A lease of 0 is for ever. ``remote_host`` is who may use it, "" is everyone.
        ``retry`` says whether to ask for something else that the gateway may grant instead
        (``igd_retry.RULES``), or for which of its codes; every such step is in ``steps`` of the
        result. ``other_port`` allows another external port where this one is taken.
        ``verify`` asks for the mapping, since there are gateways that grant and do nothing.
        """
        ask = self._ask(
            protocol,
            port,
            external_port,
            internal_client,
            lease_seconds,
            description,
            remote_host,
        )
        attempt = Attempt(self.connection, ask, refused_codes(retry), other_port)
        return self._finished(attempt, attempt.add(), verify=verify)

    def add_any(
        self,
        protocol: str,
        port: int,
        external_port: int | None = None,
        *,
        internal_client: str | None = None,
        lease_seconds: int = LEASE_SECONDS,
        description: str = DESCRIPTION,
        remote_host: str = "",
        retry: Retry = True,
        verify: bool = True,
    ) -> LiveMapping:
        """As ``add``, but the gateway may choose another external port (AddAnyPortMapping).

        Where it cannot, as WANIPConnection:1 cannot, other ports are tried one by one.
        """
        ask = self._ask(
            protocol,
            port,
            external_port,
            internal_client,
            lease_seconds,
            description,
            remote_host,
        )
        attempt = Attempt(self.connection, ask, refused_codes(retry))
        action = "AddAnyPortMapping"
        if self.connection.version >= 2:
            try:
                return self._finished(attempt, attempt.add(action), verify=verify)
            except ActionFault as fault:
                if fault.code not in _ABSENT or not attempt.codes:
                    raise
                attempt.steps.append(step_of(fault, "tried ports one by one"))
        else:
            done = f"{self.connection.title} has it not; tried ports one by one"
            attempt.steps.append(Step(action, None, None, done))
        attempt.other_port = True
        return self._finished(attempt, attempt.add(), verify=verify)

    def renew(
        self, mapping: LiveMapping, lease_seconds: int | None = None, *, retry: Retry = True
    ) -> LiveMapping:
        """Let a mapping's lease begin anew, or another one.

        Where a gateway takes a mapping for in its own way, it is deleted and made again.
        """
        terms = mapping.terms
        if mapping.kind != "portmap" or terms.external_port is None or not terms.internal_port:
            raise ArgumentError("no mapping that can be renewed", "AddPortMapping")
        ask = self._ask(
            terms.protocol or "",
            terms.internal_port,
            terms.external_port,
            terms.internal_client,
            (terms.lease_seconds or 0) if lease_seconds is None else lease_seconds,
            terms.description or "",
            terms.remote_host or "",
        )
        attempt = Attempt(self.connection, ask, refused_codes(retry), renewing=True)
        again = self._finished(attempt, attempt.add(), verify=False)
        return replace(again, opened_ns=mapping.opened_ns)

    def delete(self, protocol: str, external_port: int, remote_host: str = "") -> bool:
        """Remove a mapping; False if there was none (714), as far as the gateway says so."""
        ask = self._ask(protocol, 1, external_port, remote_host=remote_host)
        try:
            self.connection.call("DeletePortMapping", ask.key)
        except ActionFault as fault:
            if fault.code == 714:
                return False
            if fault.code == 606:
                fault.add_note(f"the request came from {self.own_address}")
            raise
        return True

    def delete_range(
        self, protocol: str, first: int, last: int, *, manage: bool = False
    ) -> tuple[LiveMapping, ...]:
        """Remove the mappings of a range of external ports; those that are gone then.

        ``manage`` takes those of other hosts too, if the gateway lets this host.
        What it cannot do at once (WANIPConnection:1) is done one by one.
        """
        for port in (first, last):
            self._ask(protocol, 1, port)
        if first > last:
            raise ArgumentError(f"{first} is more than {last}", "DeletePortMappingRange")
        return delete_range(self.connection, protocol.upper(), first, last, manage=manage)

    def hold(
        self,
        protocol: str,
        port: int,
        external_port: int | None = None,
        *,
        lease_seconds: int = 3600,
        internal_client: str | None = None,
        description: str = DESCRIPTION,
        remote_host: str = "",
        retry: Retry = True,
        other_port: bool = False,
    ) -> HeldMapping:
        """A mapping for as long as a ``with`` lasts: renewed meanwhile, and removed after."""
        from upnpscapy.live.igd_hold import HeldMapping

        def add() -> LiveMapping:
            return self.add(
                protocol,
                port,
                external_port,
                lease_seconds=lease_seconds,
                internal_client=internal_client,
                description=description,
                remote_host=remote_host,
                retry=retry,
                other_port=other_port,
            )

        return HeldMapping(self, add, lambda mapping: self.renew(mapping, retry=retry))

    def _finished(self, attempt: Attempt, mapping: LiveMapping, *, verify: bool) -> LiveMapping:
        """The mapping with its steps, and as the gateway tells of it if that is to be verified."""
        steps = attempt.steps
        if verify and mapping.state == "open":
            mapping = verified(attempt, mapping)
        return self._addressed(mapping.with_steps(steps))

    def _addressed(self, mapping: LiveMapping) -> LiveMapping:
        """A mapping with the address outside, as it was when the gateway was found."""
        status = self.found_status
        address = None if status is None else status.external_address
        return replace(mapping, external_address=address or None)

    def _ask(
        self,
        protocol: str,
        port: int,
        external_port: int | None,
        internal_client: str | None = None,
        lease_seconds: int = 0,
        description: str = "",
        remote_host: str = "",
    ) -> Ask:
        client = internal_client or self.own_address
        outside = port if external_port is None else external_port
        return build_ask(protocol, outside, client, port, lease_seconds, description, remote_host)

    def _summary(self) -> str:
        return f"Igd {self.gateway} {printable(self.device.friendly_name or '')!r}"

    def tree(self) -> Tree:
        """What is known of it without asking."""
        service = self._connection
        status = self.found_status
        fields = [
            ("gateway", self.gateway),
            ("location", self.location),
            ("service", "" if service is None else service.title),
            ("own address", self.own_address),
        ]
        if status is not None:
            fields += [
                ("connection", status.connection_status or "unknown"),
                ("address", status.external_address or "unknown"),
            ]
        remarks = () if status is None or not status.reason else (status.reason,)
        node = Node(self.device.friendly_name or "gateway", "", tuple(fields))
        return Tree((node,), remarks)
