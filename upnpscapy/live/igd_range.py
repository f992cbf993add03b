"""Removing the mappings of a range of ports, at once or one by one; what is gone is looked at."""

from __future__ import annotations

import time

from upnpscapy.errors import ActionFault
from upnpscapy.live.igd_list import NOT_FOUND, list_mappings
from upnpscapy.live.igd_mapping import LiveMapping, Step, step_of
from upnpscapy.live.igd_service import GatewayService

__all__ = ["delete_range"]

_ABSENT = frozenset((401, 402, 501, 602))
"""What a service answers to an action that it has not."""


def delete_range(
    service: GatewayService, protocol: str, first: int, last: int, *, manage: bool
) -> tuple[LiveMapping, ...]:
    """The mappings that were in the range and are no more, with the steps on each."""
    before = _in_range(service, protocol, first, last)
    if not before:
        return ()
    steps: list[Step] = []
    if service.version < 2 or not _delete_at_once(service, protocol, first, last, manage, steps):
        for mapping in before:
            if manage or mapping.internal_client == service.own_address:
                _delete(service, mapping, steps)
    left = {_key(mapping) for mapping in _in_range(service, protocol, first, last)}
    now = time.time_ns()
    return tuple(
        mapping.deleted(now).with_steps(steps) for mapping in before if _key(mapping) not in left
    )


def _delete_at_once(
    service: GatewayService, protocol: str, first: int, last: int, manage: bool, steps: list[Step]
) -> bool:
    """Whether the gateway did it."""
    arguments = [
        ("NewStartPort", str(first)),
        ("NewEndPort", str(last)),
        ("NewProtocol", protocol),
        ("NewManage", "1" if manage else "0"),
    ]
    try:
        service.call("DeletePortMappingRange", arguments)
    except ActionFault as fault:
        if fault.code in NOT_FOUND:
            return True
        if fault.code not in _ABSENT:
            raise
        steps.append(step_of(fault, "deleted one by one"))
        return False
    return True


def _delete(service: GatewayService, mapping: LiveMapping, steps: list[Step]) -> None:
    arguments = [
        ("NewRemoteHost", mapping.remote_host or ""),
        ("NewExternalPort", str(mapping.external_port)),
        ("NewProtocol", mapping.protocol or ""),
    ]
    try:
        service.call("DeletePortMapping", arguments)
    except ActionFault as fault:
        steps.append(step_of(fault, f"port {mapping.external_port} is left"))


def _in_range(service: GatewayService, protocol: str, first: int, last: int) -> list[LiveMapping]:
    return [
        one
        for one in list_mappings(service).mappings
        if one.protocol == protocol
        and one.external_port is not None
        and first <= one.external_port <= last
    ]


def _key(mapping: LiveMapping) -> tuple[str | None, int | None, str | None]:
    return mapping.protocol, mapping.external_port, mapping.remote_host
