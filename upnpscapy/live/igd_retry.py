"""What follows when a gateway refuses a mapping: a table of rules, each step of which is told.

Codes and reactions are those that real gateways need; any other refusal is the caller's.
A rule is used once for each mapping, so that there is an end.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Collection
from dataclasses import dataclass, field, replace

from upnpscapy.display import printable
from upnpscapy.errors import ActionFault, ControlError
from upnpscapy.live.igd_ask import Ask
from upnpscapy.live.igd_mapping import LiveMapping, Step, step_of
from upnpscapy.live.igd_service import GatewayService
from upnpscapy.protocol.mapping_terms import PORTMAP, Terms, read_terms

__all__ = ["CONFLICTS", "RULES", "Attempt", "Retry", "Rule", "refused_codes"]

LONG_LEASE = 604800
"""Seconds, a week: what WANIPConnection:2 makes of a lease without end."""

MAX_OTHER_PORTS = 5
"""Tried when the one that was asked for is taken."""

OTHER_PORTS = range(1024, 65536)
"""Where other ports are looked for: below, many gateways refuse all."""

CONFLICTS = frozenset((718, 501))
"""ConflictInMappingEntry, and what some send in its place."""

Retry = bool | Collection[int]
"""Whether to react at all, or to which codes."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What is asked for instead when a mapping is refused with a code."""

    code: int
    done: str
    """In words."""
    change: Callable[[Ask], Ask]
    """An equal answer means that the rule is of no use."""


RULES: tuple[Rule, ...] = (
    Rule(725, "asked for a permanent lease", lambda ask: replace(ask, lease_seconds=0)),
    Rule(
        402,
        f"asked for a lease of {LONG_LEASE} s, as no end may not be allowed",
        lambda ask: ask if ask.lease_seconds else replace(ask, lease_seconds=LONG_LEASE),
    ),
    Rule(
        716,
        "asked for the internal port's number outside too",
        lambda ask: ask if ask.external_port else replace(ask, external_port=ask.internal_port),
    ),
    Rule(
        724,
        "asked for the internal port's number outside too",
        lambda ask: replace(ask, external_port=ask.internal_port),
    ),
    Rule(
        726,
        "asked for every remote host, not only the one that was given",
        lambda ask: replace(ask, remote_host=""),
    ),
)


def refused_codes(retry: Retry) -> frozenset[int]:
    """The codes that are reacted to."""
    if isinstance(retry, bool):
        return frozenset(rule.code for rule in RULES) | CONFLICTS if retry else frozenset()
    return frozenset(retry)


@dataclass
class Attempt:
    """One mapping on its way: what is asked for now, and what happened so far."""

    service: GatewayService
    ask: Ask
    codes: frozenset[int]
    """That are reacted to."""
    other_port: bool = False
    """Whether another external port will do."""
    renewing: bool = False
    """Whether the own mapping in the way is not enough, since its lease is to begin anew."""
    steps: list[Step] = field(default_factory=list)
    _used: set[int] = field(default_factory=set)
    _ports: int = 0

    def add(self, action: str = "AddPortMapping") -> LiveMapping:
        """Ask until it is granted, or refused for good.

        Raises ``ActionFault`` with the steps as notes, and whatever ``control.call`` raises.
        """
        while True:
            ask = self.ask
            try:
                result = self.service.call(action, ask.arguments, client=ask.internal_client)
            except ActionFault as fault:
                own = self._react(fault)
                if own is not None:
                    return own
                continue
            pairs = list(ask.arguments)
            if action == "AddAnyPortMapping":
                pairs = self._reserved(pairs, result.arguments)
            return self.service.opened(read_terms(pairs, PORTMAP), client=ask.internal_client)

    def entry(self) -> Terms | None:
        """What the gateway says of that external port now; None if it has no such mapping."""
        try:
            result = self.service.call("GetSpecificPortMappingEntry", self.ask.key)
        except ActionFault as fault:
            if fault.code in (714, 713):
                return None
            raise
        return read_terms([*self.ask.key, *result.arguments], PORTMAP)

    def is_own(self, terms: Terms) -> bool:
        """Whether an entry is the mapping that is asked for."""
        inside = terms.internal_client, terms.internal_port
        return inside == (self.ask.internal_client, self.ask.internal_port)

    def _reserved(
        self, pairs: list[tuple[str, str]], result: tuple[tuple[str, str], ...]
    ) -> list[tuple[str, str]]:
        """The arguments with the external port that the gateway chose."""
        chosen = [("NewExternalPort", value) for name, value in result if name == "NewReservedPort"]
        terms = read_terms(chosen, PORTMAP)
        if terms.external_port is None:
            raise ControlError("AddAnyPortMapping: granted, but without a port that was reserved")
        if terms.external_port != self.ask.external_port:
            done = f"the gateway chose port {terms.external_port} for {self.ask.external_port}"
            self.steps.append(Step("AddAnyPortMapping", None, None, done))
        return [*(pair for pair in pairs if pair[0] != "NewExternalPort"), *chosen]

    def _react(self, fault: ActionFault) -> LiveMapping | None:
        """Change what is asked for, or find that it is there; raises the fault if nothing helps."""
        code = fault.code
        if code is None or code not in self.codes:
            raise self._noted(fault)
        for rule in RULES:
            if rule.code == code and code not in self._used:
                changed = rule.change(self.ask)
                if changed != self.ask:
                    self._used.add(code)
                    self.ask = changed
                    self.steps.append(step_of(fault, rule.done))
                    return None
        if code in CONFLICTS:
            own = self._own(fault)
            if own is not None and not (self.renewing and own.lease_seconds):
                self.steps.append(step_of(fault, "it is there already"))
                return own
            if own is not None and code not in self._used:
                self._used.add(code)
                client = self.ask.internal_client
                self.service.call("DeletePortMapping", self.ask.key, client=client)
                self.steps.append(step_of(fault, "deleted the own mapping, to have it anew"))
                return None
            if self.other_port and self._ports < MAX_OTHER_PORTS:
                self._ports += 1
                taken = self.ask.external_port
                port = random.choice(OTHER_PORTS)
                self.ask = replace(self.ask, external_port=port)
                self.steps.append(step_of(fault, f"asked for port {port}, as {taken} is taken"))
                return None
        raise self._noted(fault)

    def _own(self, fault: ActionFault) -> LiveMapping | None:
        """The mapping that is in the way, if it is the very one that was asked for."""
        try:
            terms = self.entry()
        except ControlError:
            return None
        if terms is None:
            return None
        if not self.is_own(terms) or terms.enabled is False:
            whose = printable(f"{terms.internal_client}:{terms.internal_port}")
            fault.add_note(f"port {self.ask.external_port} is mapped to {whose}")
            return None
        return self.service.observed(terms)

    def _noted(self, fault: ActionFault) -> ActionFault:
        """A refusal with what led to it."""
        for step in self.steps:
            fault.add_note(str(step))
        if fault.code == 606:
            source = self.service.source_for(self.ask.internal_client) or self.service.own_address
            fault.add_note(f"the request came from {source}")
        return fault
