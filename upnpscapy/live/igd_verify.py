"""Whether a mapping that was granted is there: some gateways grant and do nothing."""

from __future__ import annotations

from dataclasses import replace

from upnpscapy.display import printable
from upnpscapy.errors import ControlError
from upnpscapy.live.igd_mapping import LiveMapping, Step
from upnpscapy.live.igd_retry import Attempt

__all__ = ["verified"]

LEASE_SLACK = 5
"""Seconds by which the rest of a lease may be less than the lease as granted."""


def verified(attempt: Attempt, mapping: LiveMapping) -> LiveMapping:
    """The mapping as the gateway tells of it; what is otherwise than asked is a step.

    Raises ``ControlError`` if it is not there.
    """
    action = "GetSpecificPortMappingEntry"
    attempt.ask = replace(
        attempt.ask,
        external_port=mapping.external_port or 0,
    )
    try:
        terms = attempt.entry()
    except ControlError as error:
        attempt.steps.append(Step(action, None, None, f"not verified: {error}"))
        return mapping
    if terms is None or not attempt.is_own(terms):
        there = "nothing" if terms is None else f"{terms.internal_client}:{terms.internal_port}"
        raise ControlError(
            f"AddPortMapping: granted, but {mapping.protocol} port {mapping.external_port}"
            f" is mapped to {printable(there)}"
        )
    asked, told = attempt.ask.lease_seconds, terms.lease_seconds
    if told is None or (asked and told and 0 <= asked - told <= LEASE_SLACK):
        terms = terms._replace(lease_seconds=asked)
    elif told != asked:
        wanted = f"{asked} s" if asked else "for ever"
        given = f"{told} s" if told else "for ever"
        done = f"the lease is {given}, not {wanted} as it was asked for"
        attempt.steps.append(Step(action, None, None, done))
        # Many say 0 of every lease: it may end all the same.
        terms = terms._replace(lease_seconds=told or asked)
    if terms.enabled is False:
        attempt.steps.append(Step(action, None, None, "the mapping is disabled"))
    if terms.description is None:
        terms = terms._replace(description=attempt.ask.description)
    return replace(mapping, terms=terms)
