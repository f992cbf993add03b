"""All mappings of a gateway: in one list where it can, else entry by entry to the end.

Gateways end the second way in many ways: 713 as specified, 501, 402, 714, or status 500 without a
body.
"""

from __future__ import annotations

import time
from typing import NamedTuple

from upnpscapy.errors import ActionFault, ResponseError
from upnpscapy.live.igd_mapping import LiveMapping, Step, step_of
from upnpscapy.live.igd_service import GatewayService
from upnpscapy.protocol.mapping_listing import read_listing
from upnpscapy.protocol.mapping_terms import PORTMAP, Terms, read_terms

__all__ = ["Listing", "list_mappings"]

PROTOCOLS = ("TCP", "UDP")

MAX_ENTRIES = 4096
"""Asked for one by one; tables of real gateways hold some hundreds at most."""

MAX_SECONDS = 60.0
"""For asking one by one: a device that takes its time for each entry is not waited for."""

END = 713
ENDS = frozenset((END, 402, 501, 714))
"""SpecifiedArrayIndexInvalid, and what devices send in its place."""

_BY_ENTRY = "asked entry by entry"

NOT_FOUND = frozenset((714, 730))
"""What GetListOfPortMappings answers where there is nothing to list."""


class Listing(NamedTuple):
    """What a gateway listed."""

    mappings: tuple[LiveMapping, ...]
    steps: tuple[Step, ...]
    """What went otherwise than specified."""


def list_mappings(service: GatewayService) -> Listing:
    """Every mapping; raises what ``control.call`` does where not even the first can be asked for.

    Errors of the network always raise: a list that broke off is not one.
    """
    steps: list[Step] = []
    if service.version >= 2:
        listed = _list_at_once(service, steps)
        if listed is not None:
            return Listing(listed, tuple(steps))
    return Listing(_list_one_by_one(service, steps), tuple(steps))


def _list_at_once(service: GatewayService, steps: list[Step]) -> tuple[LiveMapping, ...] | None:
    """By GetListOfPortMappings, which is there from WANIPConnection:2 on; None if it fails."""
    found: list[LiveMapping] = []
    for protocol in PROTOCOLS:
        arguments = [
            ("NewStartPort", "0"),
            ("NewEndPort", "65535"),
            ("NewProtocol", protocol),
            ("NewManage", "1"),
            ("NewNumberOfPorts", "0"),
        ]
        try:
            result = service.call("GetListOfPortMappings", arguments)
        except ActionFault as fault:
            if fault.code in NOT_FOUND:
                continue
            steps.append(step_of(fault, _BY_ENTRY))
            return None
        except ResponseError as error:
            steps.append(Step("GetListOfPortMappings", None, None, f"{error.reason}; {_BY_ENTRY}"))
            return None
        entries, whole = read_listing(result.arguments)
        if not whole:
            steps.append(Step("GetListOfPortMappings", None, None, f"cut or broken; {_BY_ENTRY}"))
            return None
        found += (service.observed(terms) for terms in entries)
    return tuple(found)


def _list_one_by_one(service: GatewayService, steps: list[Step]) -> tuple[LiveMapping, ...]:
    action = "GetGenericPortMappingEntry"
    found: list[LiveMapping] = []
    seen: set[Terms] = set()
    end = time.monotonic() + MAX_SECONDS
    for index in range(MAX_ENTRIES):
        try:
            result = service.call(action, [("NewPortMappingIndex", str(index))])
        except ActionFault as fault:
            if fault.code not in ENDS and not found:
                raise
            if fault.code != END:
                steps.append(step_of(fault, f"taken for the end, after {index} entries"))
            break
        except ResponseError as error:
            if error.status != 500 or error.data.strip():
                raise
            steps.append(Step(action, None, None, f"{error.reason}: taken for the end"))
            break
        mapping = service.observed(read_terms(result.arguments, PORTMAP))
        key = mapping.terms._replace(lease_seconds=None)
        if key in seen:
            steps.append(Step(action, None, None, f"entry {index} was told before: the end"))
            break
        seen.add(key)
        found.append(mapping)
        if time.monotonic() > end:
            done = f"stopped after {MAX_SECONDS:g} s and {len(found)} entries"
            steps.append(Step(action, None, None, done))
            break
    else:
        steps.append(Step(action, None, None, f"stopped after {MAX_ENTRIES} entries"))
    return tuple(found)
